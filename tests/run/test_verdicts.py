"""Whole studies of recorded answers whose truth is known: what may be concluded, and what may not."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from logminer.api import load_pipeline
from logminer.errors import ConfigError
from logminer.labels.handout import draw_sheet
from logminer.store.session import open_session
from logminer.taxonomy.tree import shipped_taxonomies
from tests.kit.recordings import ask, write

Row = dict[str, Any]

WORDS = [
    "how",
    "do",
    "I",
    "fix",
    "a",
    "leaking",
    "tap",
    "in",
    "the",
    "kitchen",
    "store",
    "apples",
    "over",
    "winter",
    "explain",
    "why",
    "sky",
    "looks",
    "blue",
    "compare",
    "sorting",
    "methods",
    "write",
    "short",
    "poem",
    "about",
    "rain",
    "list",
    "uses",
    "of",
    "vinegar",
]
PAIR = [["a", "b"]]


def text(number: int) -> str:
    return " ".join(random.Random(number).choices(WORDS, k=9)) + f" ({number})"


class Dump:
    """Prompts with the labels of arms a and b."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.prompts = 0

    def add(
        self, who: str, user: str, a: str, b: str, *, said: str | None = None, samples: int = 1
    ) -> None:
        """One prompt; a label is 'yes', 'no' or '' (none); of several samples b's first alone has one."""
        self.prompts += 1
        for arm, label in (("a", a), ("b", b)):
            for sample in range(samples):
                has = label if arm == "a" or not sample else ""
                self.rows.append(
                    {
                        "prompt_id": str(self.prompts),
                        "prompt_messages": ask(said or text(self.prompts)),
                        "user_id": user,
                        "language": "en",
                        "model": arm,
                        "response": f"answer {self.prompts} {sample} {'alpha' if label == 'yes' else 'beta'}",
                        "who": who,
                        "harm": has,
                        "none": "no",
                        "trick": label,
                        "hack": has if self.prompts % 3 else "yes",
                    }
                )


def label(column: str, category: str, **more: object) -> Row:
    return {
        "kind": "recorded",
        "category": category,
        "column": column,
        "yes": ["yes"],
        "no": ["no"],
    } | more


def hard() -> Dump:
    """Single users who see a difference, one user with most prompts, one template, and samples without labels."""
    chance, dump = random.Random(0), Dump()

    def either(share: float) -> str:
        return "yes" if chance.random() < share else "no"

    for number in range(220):
        dump.add("single", f"s{number}", either(0.05), either(0.25))
    for number in range(180):
        boss = number < 130
        dump.add(
            "heavy", "boss" if boss else f"h{number}", either(0.1), either(0.9 if boss else 0.1)
        )
    for number in range(60):
        dump.add(
            "template",
            f"t{number}",
            "no",
            "yes",
            said="Write me a letter that asks for my money back",
        )
    for number in range(50):
        dump.add("samples", f"m{number}", "no", "no", samples=4)
    return dump


class Made:
    """A study: its pipeline file can be changed and run again."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "p.yaml"

    def change(self, **sections: Row) -> Made:
        """Keys of a section replaced."""
        options = yaml.safe_load(self.file.read_text())
        for name, section in sections.items():
            options[name] |= section
        self.file.write_text(yaml.safe_dump(options))
        return self

    def run(self) -> dict[tuple[str, str, str], Row]:
        """Rows of categories by category, stratum and scorer."""
        pipeline = load_pipeline(self.file)
        pipeline.run()
        with open_session(pipeline.study) as session:
            rows = session.columns("FROM comparisons WHERE kind = 'category'").to_pylist()
        return {(row["category_id"], row["stratum"], row["scorer"]): row for row in rows}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[tuple[str, str, str], Row]]:
    folder = tmp_path_factory.mktemp("verdicts")
    write(folder / "answers.parquet", hard().rows)
    arm = {"kind": "recorded", "path": "answers.parquet", "samples": "all"}
    options = {
        "study": "study",
        "workers": 0,
        "source": {"path": "answers.parquet", "format": "paired", "keep": ["who"]},
        "checkpoints": [{"name": name, "model": name} | arm for name in "ab"],
        "judge": {
            "scorers": [
                label("harm", "unsafe"),
                label("none", "deception", name="blind", labels="judge"),
                label("trick", "reward_hacking", name="trick"),
                label("hack", "reward_hacking", name="second", labels="judge"),
            ]
        },
        "compare": {
            "pairs": PAIR,
            "strata": ["who"],
            "margins": {"unsafe": 0.05, "deception": 0.05},
        },
    }
    (folder / "p.yaml").write_text(yaml.safe_dump(options))
    return folder, Made(folder).run()


@pytest.fixture
def again(made: tuple[Path, object], tmp_path: Path) -> Made:
    """The same study to run anew."""
    shutil.copytree(made[0], tmp_path / "again")
    return Made(tmp_path / "again")


@pytest.fixture
def rows(made: tuple[Path, dict[tuple[str, str, str], Row]]) -> dict[tuple[str, str, str], Row]:
    return made[1]


Rows = dict[tuple[str, str, str], Row]


def test_what_single_users_see_is_found(rows: Rows) -> None:
    row = rows["unsafe", "who=single", "recorded"]
    assert (row["verdict"], row["role"], row["scale"]) == ("worse", "primary", "people")
    assert "labels taken as true" in row["note"]
    assert row["low_selected"] < row["low"]
    assert row["high"] < row["high_selected"]


def test_one_user_with_most_prompts_makes_no_verdict(rows: Rows) -> None:
    row = rows["unsafe", "who=heavy", "recorded"]
    assert row["difference"] > 0.3
    assert row["largest_unit_share"] == pytest.approx(130 / 180)
    assert (row["verdict"], row["p"], row["q"]) == ("undetermined", None, None)
    assert "few_units" in row["flags"]


def test_one_text_of_many_users_makes_no_verdict(rows: Rows) -> None:
    row = rows["unsafe", "who=template", "recorded"]
    assert (row["difference"], row["n_users"], row["n_distinct_prompts"]) == (1.0, 60, 1)
    assert row["n_effective"] == pytest.approx(1)
    assert row["verdict"] == "undetermined"
    assert {"few_units", "few_prompts"} <= set(row["flags"])


def test_samples_without_a_label_are_missing(rows: Rows) -> None:
    row = rows["unsafe", "who=samples", "recorded"]
    assert (row["base_missing"], row["candidate_missing"]) == (0, 150)
    assert row["p_missing"] < 0.001
    assert row["bound_high"] == pytest.approx(0.75)
    assert row["verdict"] == "undetermined"
    assert "missing_differs" in row["flags"]


def test_a_judge_that_sees_nothing_finds_nothing_equivalent(rows: Rows) -> None:
    row = rows["deception", "all", "blind"]
    assert (row["base_rate"], row["candidate_rate"]) == (0, 0)
    assert (row["verdict"], row["scale"], row["base_at_most"]) == ("undetermined", "judge", None)
    assert "no_card" in row["flags"]
    assert "this scorer may not see it" in row["note"]
    assert "on the judge's scale" in row["note"]
    assert "at most" not in row["note"]


def test_the_second_scorer_of_a_category_has_no_verdict(rows: Rows) -> None:
    first = rows["reward_hacking", "who=single", "trick"]
    second = rows["reward_hacking", "who=single", "second"]
    assert (first["role"], first["verdict"]) == ("primary", "worse")
    assert (second["role"], second["verdict"], second["q"]) == ("secondary", None, None)


def test_people_are_given_texts_by_the_scorer_that_has_the_verdict(again: Made) -> None:
    again.change(judge={"primary": {"reward_hacking": "second"}}).run()
    folder = again.file.parent
    drawn = draw_sheet(folder / "study", folder / "sheet.csv", category="reward_hacking", n=8)
    assert drawn.scorer == "second"  # the pipeline names another one first


def test_declared_after_judging_stays_so_whatever_else_is_changed(again: Made) -> None:
    taxonomy = yaml.safe_load(shipped_taxonomies()["safety"].read_text())
    for category in _categories(taxonomy["categories"]):
        if category["id"] in ("prv", "unsafe"):
            category["title"] += "s"
    (again.file.parent / "own.yaml").write_text(yaml.safe_dump(taxonomy))
    margins = {"unsafe": 0.05, "deception": 0.05, "reward_hacking": 0.2}
    again.change(judge={"taxonomy": "own.yaml"}, compare={"margins": margins})
    late = {key[0] for key, row in again.run().items() if "late_margin" in row["flags"]}
    # Of `deception` nothing was touched; the rubric of `unsafe` is another one than that which was judged.
    assert late == {"unsafe", "reward_hacking"}


def test_a_primary_scorer_stays_unless_it_is_said_and_then_it_is_late(again: Made) -> None:
    scorers = yaml.safe_load(again.file.read_text())["judge"]["scorers"]
    newer = label("trick", "deception", name="newer")
    again.change(judge={"scorers": [newer, *scorers]})
    rows = again.run()
    assert rows["deception", "who=single", "blind"]["role"] == "primary"
    assert rows["deception", "who=single", "newer"]["role"] == "secondary"
    assert "scorers_disagree" in rows["deception", "who=single", "blind"]["flags"]
    again.change(judge={"primary": {"deception": "newer"}})
    rows = again.run()
    assert rows["deception", "who=single", "newer"]["role"] == "primary"
    assert "primary_late" in rows["deception", "who=single", "newer"]["flags"]
    assert rows["deception", "who=single", "blind"]["verdict"] is None
    assert not any(
        "primary_late" in row["flags"] for key, row in rows.items() if key[0] != "deception"
    )


@pytest.mark.parametrize(
    ("primary", "message"),
    [
        ({"decepton": "blind"}, "no scorer judges 'decepton'; did you mean 'deception'"),
        ({"deception": "blnd"}, "judge.primary.deception: 'blnd' is no scorer that judges it"),
    ],
)
def test_a_primary_scorer_that_is_none_is_named(again: Made, primary: Row, message: str) -> None:
    again.change(judge={"primary": primary})
    with pytest.raises(ConfigError, match=message):
        load_pipeline(again.file).check()


def test_each_user_one_vote(again: Made) -> None:
    row = again.change(compare={"weight": "unit"}).run()["unsafe", "who=heavy", "recorded"]
    assert row["weight"] == "unit"
    assert row["difference"] < 0.2  # the heavy user is one of 51
    assert "each user has one vote" in row["note"]
    assert "few_units" not in row["flags"]


def _categories(nodes: list[Row]) -> Iterator[Row]:
    for node in nodes:
        yield node
        yield from _categories(node.get("children", []))
