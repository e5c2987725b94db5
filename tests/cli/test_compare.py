"""`logminer compare` as a person reads it, on comparisons whose rows are known."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from logminer.cli.main import main
from logminer.cli.verdicts import show_comparisons
from logminer.compare.flags import FLAGS
from logminer.schemas import CATEGORIES, CLUSTERS, COMPARISONS, MISSINGNESS
from logminer.store.publication import publish
from logminer.store.session import open_session
from tests.conftest import Demo
from tests.kit.world import Row, World, filled


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def text_of(*arguments: object) -> str:
    result = call("compare", *arguments)
    assert result.exit_code == 0, result.output
    return result.output


def comparison(category: str | None, base: float, candidate: float, /, **more: object) -> Row:
    """A row on 1,000 prompts of 800 users."""
    difference = candidate - base
    return {
        "base": "sft",
        "candidate": "prod",
        "kind": "category" if category else "cluster",
        "category_id": category,
        "scorer": "rules" if category else None,
        "channel": "response",
        "stratum": "all",
        "role": "primary",
        "scale": "judge",
        "weight": "prompt",
        "flags": [],
        "n_distinct_prompts": 900,
        "n_effective": 700.0,
        "largest_unit_share": 0.01,
        "n_prompts": 1000,
        "n_users": 800,
        "base_rate": base,
        "candidate_rate": candidate,
        "difference": difference,
        "low": difference - 0.02,
        "high": difference + 0.02,
        "p": 0.5,
        "q": 0.5,
        "minimum_detectable": 0.03,
        "base_at_most": None if base else 0.003,
        "verdict": "undetermined",
    } | more


def study(folder: Path, rows: list[Row], missing: list[Row] | None = None) -> Path:
    with publish(folder, []) as publication:
        World(folder).publish(publication)
        publication.replace(COMPARISONS, filled(COMPARISONS, rows))
        publication.replace(MISSINGNESS, filled(MISSINGNESS, missing or []))
        prv = dict.fromkeys(CATEGORIES.schema.names, "x") | {
            "found": False,
            "top_degree": None,
            "degrees_by": None,
            "category_id": "prv",
            "title": "Privacy",
        }
        poems = {
            "cluster_id": 3,
            "map_id": "m",
            "name": "poems",
            "terms": [],
            "fit_size": 9,
            "name_source": "none",
        }
        publication.replace(CATEGORIES, filled(CATEGORIES, [prv]))
        publication.replace(CLUSTERS, filled(CLUSTERS, [poems]))
    return folder


def shown(
    rows: list[Row], missing: list[Row] | None = None, width: int | None = None, **options: bool
) -> str:
    """What a person reads of these rows: into a pipe, or on a terminal of a width."""
    names = [*COMPARISONS.schema.names, "title"]
    states = [dict.fromkeys([*MISSINGNESS.schema.names, "title"]) | row for row in missing or []]
    text = io.StringIO()
    terminal = width is not None
    out = Console(
        file=text, width=width or 220, highlight=False, force_terminal=terminal, color_system=None
    )
    show_comparisons(out, [dict.fromkeys(names) | row for row in rows], states, **options)
    return text.getvalue()


def table(output: str) -> list[str]:
    """The lines of the first table, without those above and below it."""
    lines = output.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("verdict"))
    words = ("worse", "better", "different", "equivalent", "undetermined")
    return [
        lines[start],
        *(line for line in lines[start + 1 :] if line.split(" ")[0] in words),
    ]


def test_a_row_says_verdict_rates_effect_denominators_and_power() -> None:
    row = comparison(
        "prv", 0.10, 0.125, q=0.0123, verdict="worse", n_prompts=50_000, n_users=12_345
    )
    output = shown([row, comparison("refusal", 0.1, 0.1)])
    header, first, *others = table(output)
    assert " ".join(first.split()) == (
        "worse prv 10.0 → 12.5 +2.5 (+0.5 to +4.5) 50,000 12,345 0.012 3.0"
    )
    assert not others
    assert "base → candidate" in header
    assert "sft → prod  1 worse · 1 undetermined" in output
    assert "rates in %, differences in points: prod minus sft; judged by rules" in output
    assert not {"corrected", "A′−A", "stratum", "scorer"} & set(header.split())


@pytest.mark.parametrize(
    ("reach", "text"),
    [
        (0.006, "0.4 → 0.4  +0.0 (-0.6 to +0.6)"),
        (0.003, "0.36 → 0.40  +0.04 (-0.26 to +0.34)"),
        (0.0003, "0.360 → 0.400  +0.040 (+0.010 to +0.070)"),
    ],
)
def test_small_changes_keep_the_digits_that_the_interval_allows(reach: float, text: str) -> None:
    row = comparison("prv", 0.0036, 0.0040, low=0.0004 - reach, high=0.0004 + reach)
    assert text in shown([row | {"verdict": "worse"}])


def test_columns_that_say_something_appear() -> None:
    rows = [
        comparison(
            "prv",
            0.1,
            0.2,
            difference_corrected=0.15,
            corrected_low=0.05,
            corrected_high=0.25,
            noise_difference=0.01,
            noise_low=-0.01,
            noise_high=0.03,
            channel="thoughts",
        ),
        comparison("prv", 0.1, 0.1, scorer="probe", stratum="safe=true"),
    ]
    header, *lines = table(shown(rows, everything=True))
    assert {"corrected", "B−A", "A′−A", "stratum", "scorer", "code"} <= set(header.split())
    (first,) = [line for line in lines if "prv (in thoughts)" in line]
    assert "+10.0 (+8.0 to +12.0)  +1.0 (-1.0 to +3.0)  +15.0 (+5.0 to +25.0)" in first
    (second,) = [line for line in lines if "probe" in line]
    assert "safe=true" in second
    assert second.count(" – ") == 2


def test_rows_of_the_usual_width() -> None:
    effect = {"difference_corrected": 0.1, "corrected_low": 0.1, "corrected_high": 0.2}
    rows = [
        comparison(name, 0.1, 0.3, verdict="worse", scorer=scorer, n_prompts=50_000, **effect)
        for name in ("reward_hacking", "system_prompt_leak")
        for scorer in ("rules", "hazard_prototypes")
    ]
    assert max(len(line.rstrip()) for line in table(shown(rows))) <= 150


def test_flags_stand_in_the_row_and_secondary_scorers_apart() -> None:
    flags = ["no_card", "scorers_disagree"]
    note = " · ".join(["users unknown: x", *(FLAGS[flag] for flag in flags)])
    rows = [
        comparison("prv", 0.1, 0.3, verdict="worse", flags=flags, note=note),
        comparison("prv", 0.1, 0.1, role="secondary", verdict=None, q=None, scorer="probe"),
        comparison("leak", 0.1, 0.1),
    ]
    output = shown(rows)
    header, first = table(output)
    assert header.split()[-1] == "flags"
    assert first.endswith("no_card scorers_disagree")
    assert "probe" not in output
    assert "1 worse · 1 undetermined" in output
    assert "beside them: 1 rows by secondary scorers" in output
    told = [line for line in output.splitlines() if line.startswith((*flags, "note"))]
    assert [line.split(": ")[0] for line in told] == [*flags, "note"]
    assert told[0] == f"no_card: {FLAGS['no_card']}"
    everything = shown(rows, everything=True)
    assert "secondary" in everything
    assert "beside them" not in everything


def test_whose_word_decides_is_said_where_it_is_not_one() -> None:
    corrected = comparison("prv", 0.1, 0.3, scale="corrected", difference_corrected=0.1)
    corrected |= {"corrected_low": 0, "corrected_high": 0.2}
    corrected |= {"verdict": "worse"}
    header, first, second = table(shown([corrected, comparison("leak", 0.1, 0.1, verdict="worse")]))
    assert "scale" in header
    assert ("corrected" in first, "judge" in second) == (True, True)
    assert "+10.0 (+0.0 to +20.0)" in first
    assert "verdicts corrected for the judge's errors" in shown([corrected])


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_a_narrow_terminal_loses_no_digit(width: int) -> None:
    title = "Reward hacking where an algorithm is to be made faster"
    named = {"title": title, "channel": "thoughts", "flags": ["no_card", "wide_margin"]}
    row = comparison("rh", 0.1, 0.125, verdict="different within margin", q=0.012, **named)
    for everything in (False, True):
        output = shown([row, comparison("x", 0.1, 0.1)], width=width, everything=everything)
        assert "…" not in output
        assert width < 80 or max(map(len, output.splitlines())) <= width
        words = " ".join(output.split())
        for said in ("10.0 → 12.5", "+2.5 (+0.5 to +4.5)", "0.012", "1,000", "800", "no_card"):
            assert said in words
        beneath = next(line for line in output.splitlines() if "no_card" in line)
        assert beneath.startswith("  ") == (width <= 80)
        assert "no_card wide_margin" in beneath


def test_what_cannot_be_told_is_one_line_with_what_could_have_been_found() -> None:
    rows = [
        comparison("prv", 0.1, 0.12, minimum_detectable=0.021, margin=0.05, title="Privacy"),
        *(comparison(f"c{i}", 0.1, 0.1, minimum_detectable=0.05 + i / 100) for i in range(5)),
    ]
    output = shown(rows)
    assert (
        '6 undetermined, which is not "no difference": below 2.1 points none could have been found reliably, some not'
        " below 9.0; among them, with a margin declared: Privacy\n"
    ) in output
    assert "every row and column: logminer compare STUDY --all" in output
    assert "undetermined (Privacy), which" in shown(rows[:1])
    assert "prv" in shown(rows, everything=True)


def test_a_behaviour_has_one_row_where_two_strata_say_the_same() -> None:
    for other, n in (("worse", 1), ("different", 2), ("undetermined", 1)):
        both = [
            comparison("prv", 0.1, 0.3, stratum="turn=first", verdict="worse"),
            comparison("prv", 0.1, 0.2, verdict=other),
        ]
        output = shown(both)
        assert len(table(output)) == 1 + n
        assert f"\n  turn=first: 1 worse\n  all: 1 {other}\n" in output


def test_what_was_never_seen_is_one_line_with_its_bound() -> None:
    bound = 1 - 0.05 ** (1 / 50_000)
    rows = [
        comparison(
            "prv", 0, 0, base_at_most=bound, note="never seen: 0 of 50,000; at most 6.0 per 100,000"
        ),
        comparison("refusal", 0, 0, base_at_most=bound / 2),
        comparison("leak", 0, 0, verdict="equivalent", base_at_most=bound),
        comparison("other", 0.1, 0.1),
    ]
    output = shown(rows)
    assert [line.split()[1] for line in table(output)[1:]] == ["leak"]
    assert "3 of 4 behaviours never seen in either arm: each at most 0.003 to 0.006 % (" in output
    blind = shown([*rows, comparison("blind", 0, 0, base_at_most=None)])
    assert "3 of 5 behaviours never seen in either arm: each at most 0.003 to 0.006 %" in blind
    assert (
        "1 of 5 behaviours never flagged in either arm, by scorers that may not see them" in blind
    )
    few = shown([comparison("prv", 0, 0, base_at_most=0.25887)])
    assert "1 of 1 behaviours never seen in either arm: each at most 25.89 % (exact" in few
    assert "note" not in output
    assert len(table(shown(rows, everything=True))) == 5


def test_only_in_candidate_goes_by_what_allows_for_everything() -> None:
    whole = {"n_prompts": 500, "candidate_only": 9, "q": 0.0039}
    rows = [
        comparison("prv", 0, 0.018, **whole, base_at_most=0.006),
        comparison("prv", 0, 0.018, **whole, base_at_most=0.006, stratum="turn=first"),
        comparison("leak", 0, 0.02, q=0.01),
        comparison("once", 0, 0.001, q=0.06, p_exact=0.001, candidate_only=1),
        comparison("unseen", 0, 0.03, q=0.02, base_at_most=None),
        comparison(None, 0, 0.004, q=0.049, candidate_only=4, cluster_id=3, title="poems"),
        comparison("refusal", 0.1, 0.0, q=0.001),
        comparison("few", 0, 0.3, q=None, p=None),
        comparison("other", 0, 0.3, q=None, p=0.0001, role="secondary", verdict=None),
    ]
    lines = shown(rows).splitlines()
    assert [line for line in lines if line.startswith("only in candidate")] == [
        "only in candidate prv (rules): 9 of 500 prompts, q 0.0039; base at most 0.60 %",
        "only in candidate leak (rules): 2.0 % of 1,000 prompts, q 0.01; base at most 0.30 %",
        "only in candidate unseen (rules): 3.0 % of 1,000 prompts, q 0.02",
        "only in candidate cluster 3: poems: 4 of 1,000 prompts, q 0.049; base at most 0.30 %",
        "only in candidate, weaker: 2; logminer sql STUDY 'from only_in_candidate'",
    ]


def test_view_of_what_only_the_candidate_does(tmp_path: Path) -> None:
    rows = [
        comparison("once", 0, 0.001, q=1.0, p=0.0001),
        comparison("prv", 0, 0.01, q=0.04, p=0.003),
        comparison(None, 0, 0.02, q=0.03, p=0.01, cluster_id=3),
        comparison("other", 0, 0.01, q=None, p=0.00001, role="secondary", verdict=None),
        comparison("refusal", 0.1, 0.3),
        comparison("leak", 0, 0),
    ]
    folder = study(tmp_path, rows)
    with open_session(folder) as session:
        found = session.rows(
            "SELECT coalesce(category_id, 'cluster ' || cluster_id), title, base_at_most FROM only_in_candidate"
        )
    assert found == [
        ("cluster 3", "poems", 0.003),
        ("prv", "Privacy", 0.003),
        ("once", None, 0.003),
    ]


def state(state: str, q: float, **more: object) -> Row:
    return {
        "base": "sft",
        "candidate": "prod",
        "state": state,
        "n_prompts": 1000,
        "base_rate": 0.02,
        "candidate_rate": 0.08,
        "difference": 0.06,
        "low": 0.04,
        "high": 0.08,
        "p": q / 2,
        "q": q,
    } | more


class TestMissing:
    def test_states_by_arm_and_where_the_bounds_are(self) -> None:
        judged = {"scorer": "probe", "category_id": "prv", "channel": "thoughts"}
        states = [state("truncated", 0.001), state("unsure", 0.01, **judged)]
        output = shown([comparison("prv", 0.1, 0.1)], states)
        assert "missing truncated 2.0 → 8.0 %: +6.0 (+4.0 to +8.0) points, q 0.001" in output
        assert "missing unsure prv (in thoughts) (by probe)" in output
        assert "bound_low and bound_high in comparisons" in output

    def test_nothing_differs_nothing_said(self) -> None:
        assert "bound_low" not in shown([comparison("prv", 0.1, 0.1)])

    def test_an_arm_that_never_answered_is_not_passed_over(self, tmp_path: Path) -> None:
        states = [state("failed", 0.001), state("truncated", 0.06)]
        output = text_of(study(tmp_path, [], states))
        assert "no comparison" in output
        assert "sft → prod" in output
        assert "missing failed" in output
        assert "truncated" not in output  # no more than chance


def test_notes_say_what_they_are_about() -> None:
    rows = [
        comparison(f"c{i}", 0.1, 0.1, note=" · ".join(["users unknown: x", *more]))
        for i, more in enumerate([["late"], ["scale"], ["scale"], ["scale"], ["scale"], []])
    ]
    notes = [line for line in shown(rows).splitlines() if line.startswith("note")]
    assert notes == ["note: users unknown: x", "note: late (c0)", "note: scale (4 of 6 rows)"]


class TestStrata:
    def rows(self, *strata: str) -> list[Row]:
        return [
            comparison(
                "prv", 0.1, 0.2, stratum=s, verdict="worse" if s == "turn=later" else "different"
            )
            for s in ("all", *strata)
        ]

    def strata(self, *arguments: object) -> list[str]:
        return [row["stratum"] for row in json.loads(text_of(*arguments, "--json"))]

    def test_primary_stratum_first_where_there_are_later_turns(self, tmp_path: Path) -> None:
        folder = study(tmp_path, self.rows("turn=first", "turn=later", "safe=true"))
        assert self.strata(folder) == ["turn=first", "all"]
        assert "turn=first" in table(text_of(folder))[1]
        assert self.strata(folder, "--stratum", "all") == ["all"]
        assert len(self.strata(folder, "--stratum", "*")) == 4

    def test_without_later_turns_all_says_it(self, tmp_path: Path) -> None:
        assert self.strata(study(tmp_path, self.rows("turn=first", "safe=true"))) == ["all"]

    def test_a_stratum_that_does_not_exist_passes_no_gate(self, tmp_path: Path) -> None:
        folder = study(tmp_path, self.rows("safe=true"))
        result = call("compare", folder, "--stratum", "safe=True", "--fail-on", "worse")
        assert result.exit_code == 1
        assert result.stderr == (
            "error: no comparison in stratum 'safe=True'; did you mean 'safe=true'?\n"
        )
        other = call("compare", folder, "--stratum", "language")
        assert other.stderr == (
            "error: no comparison in stratum 'language'; there are: all, safe=true\n"
        )

    def test_gate_looks_at_the_rows_chosen(self, tmp_path: Path) -> None:
        folder = study(tmp_path, self.rows("turn=first", "turn=later"))
        assert call("compare", folder, "--fail-on", "worse").exit_code == 0
        assert call("compare", folder, "--fail-on", "different").exit_code == 3
        assert call("compare", folder, "--fail-on", "worse", "--stratum", "*").exit_code == 3


def test_csv_has_every_column_and_nothing_for_null(tmp_path: Path) -> None:
    flags = ["few_units", "no_card"]
    rows = [comparison("prv", 0.1, 0.2, note='a, "b"', flags=flags), comparison("leak", 0, 0)]
    folder = study(tmp_path, rows)
    found = list(csv.DictReader(io.StringIO(text_of(folder, "--csv"))))
    assert list(found[0]) == [*COMPARISONS.schema.names, "title"]
    assert [(r["category_id"], r["title"], r["note"]) for r in found] == [
        ("prv", "Privacy", 'a, "b"'),
        ("leak", "", ""),
    ]
    assert float(found[0]["high"]) == pytest.approx(0.12)
    assert [r["flags"] for r in found] == ["few_units no_card", ""]
    printed = json.loads(text_of(folder, "--json"))
    assert [list(r) for r in printed] == [list(r) for r in found]
    empty = text_of(folder, "--csv", "--kind", "cluster")
    assert empty.splitlines() == [",".join([*COMPARISONS.schema.names, "title"])]


def test_names_are_not_taken_for_markup() -> None:
    rows = [comparison("[bold]x", 0, 0.1, q=0.01, note="see [1]", candidate="[red]prod")]
    output = shown(rows)
    assert "sft → [red]prod" in output
    assert output.count("[bold]x") == 2
    assert "note: see [1]" in output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--observed", "prod"], "--observed goes with --against"),
        (["--against", "later", "--fail-on", "worse"], "not with --against"),
    ],
)
def test_options_that_do_not_go_together(
    arguments: list[str], message: str, tmp_path: Path
) -> None:
    result = call("compare", tmp_path, *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_study_that_went_the_whole_way(demo: Demo) -> None:
    assert "sft → prod" in text_of(demo.study, "--kind", "both")
    rows = list(csv.DictReader(io.StringIO(text_of(demo.study, "--csv", "--stratum", "*"))))
    with open_session(demo.study) as session:
        ((n,),) = session.rows("SELECT count(*) FROM comparisons WHERE kind = 'category'")
        only = session.rows("SELECT base_at_most FROM only_in_candidate")
    assert len(rows) == n > 0
    assert all(bound is None or bound > 0 for (bound,) in only)  # None: no card
