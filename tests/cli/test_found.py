"""What nobody asked for, as a person reads it and as programs do: phrases and features of a study whose rows are known."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

import logminer as lm
from logminer.cli.found import phrase_line
from logminer.cli.main import main
from logminer.errors import QueryError
from logminer.schemas import FEATURES, PHRASES
from logminer.store.publication import publish
from tests.kit.world import Row, World, filled

PAIR = {"base": "a", "candidate": "b", "channel": "response"}
TESTED = {"low": 0.17, "high": 0.196, "p": 0.0, "q": 0.001, "n_prompts": 1000}


def phrase(text: str, base: int, candidate: int, **more: object) -> Row:
    counts = {"n_base": base, "n_candidate": candidate, "people_base": 9, "people_candidate": 1204}
    said = {"phrase": text, "position": "body", "scope": "all", "verdict": "different"}
    return PAIR | TESTED | counts | said | {"difference": (candidate - base) / 1000} | more


def feature(
    name: str, meaning: str, unit: str, base: float, candidate: float, **more: object
) -> Row:
    means = {"base_mean": base, "candidate_mean": candidate, "difference": candidate - base}
    named = {"feature": name, "meaning": meaning, "unit": unit, "verdict": "different"}
    return PAIR | TESTED | named | means | more


def study(folder: Path) -> Path:
    world = World(folder)
    for i in range(4):
        world.add(("no",), ("no",), user=f"u{i}")
    said = ["The sun …", "So, in\nConclusion: 12 suns.", "Inconclusion, no.", "日本語の答え"] * 2
    for response, text in zip(world.tables["responses"], said, strict=True):
        response |= {"response": text, "thoughts": None, "thoughts_state": "none"}
    with publish(folder, []) as publication:
        world.publish(publication)
        phrases = [
            phrase("the end | fin", 0, 900, q=0.04, position="closing", scope="cluster=3"),
            phrase("in conclusion", 121, 304),
            phrase("[bold]", 1, 2, verdict="undetermined", q=0.9),
        ]
        features = [
            feature(
                "closes_with_offer", "closes with an offer of help", "share of responses", 0.1, 0.3
            ),
            feature(
                "words", "length in words", "words", 1210.4, 340, low=-900.0, high=-800.0, q=0.002
            ),
            feature(
                "lists", "has a list", "share of responses", 0.1, 0.1, verdict="undetermined", q=1.0
            ),
        ]
        publication.replace(PHRASES, filled(PHRASES, phrases))
        publication.replace(FEATURES, filled(FEATURES, features))
    return folder


def printed(*arguments: object) -> str:
    ran = CliRunner().invoke(main, [str(a) for a in arguments])
    assert ran.exit_code == 0, ran.output
    return ran.output


def test_what_differs_is_said_in_a_sentence_with_what_to_read_next(tmp_path: Path) -> None:
    output = printed("compare", study(tmp_path / "my study"))
    first, second = (
        output.index(text) for text in ("says 'in conclusion'", "closes with 'the end'")
    )
    assert first < second  # the most certain first
    for line in (
        "says 'in conclusion' on 12.1 → 30.4 % of prompts (+18.3 points, 17.0 to 19.6), 1,204 people",
        "closes with 'the end' or 'fin' on 0.0 → 90.0 % of prompts, where cluster=3 (",
        "closes with an offer of help: 10.0 → 30.0 % of responses (+20.0 points, 17.0 to 19.6)",
        "length in words: 1,210 → 340 words (-870, -900 to -800)",
        f"logminer show '{tmp_path / 'my study'}' --phrase 'in conclusion'",
    ):
        assert line in output
    assert "2 of 3 differ" in output
    assert "[bold]" not in output
    assert "has a list" not in output


def test_each_kind_by_itself_and_for_programs(tmp_path: Path) -> None:
    folder = study(tmp_path)
    output = printed("compare", folder, "--kind", "phrase", "--all", "-n", 3)
    assert "undetermined says '[bold]'" in output
    assert "length" not in output
    assert "and 1 more" in printed("compare", folder, "--kind", "feature", "-n", 1)
    assert "conclusion" not in printed("compare", folder, "--kind", "category")
    rows = json.loads(printed("compare", folder, "--kind", "phrase", "--json"))
    assert [row["phrase"] for row in rows] == ["in conclusion", "the end | fin", "[bold]"]
    whole = json.loads(printed("compare", folder, "--kind", "all", "--json"))
    assert [len(whole[kind]) for kind in ("comparisons", "phrases", "features")] == [0, 3, 3]
    table = list(
        csv.DictReader(io.StringIO(printed("compare", folder, "--kind", "feature", "--csv")))
    )
    assert [row["feature"] for row in table] == ["closes_with_offer", "words", "lists"]
    for wrong in (["--kind", "all", "--csv"], ["--kind", "phrase", "--stratum", "all"]):
        assert CliRunner().invoke(main, ["compare", str(folder), *wrong]).exit_code == 2
    failing = ["compare", str(folder), "--kind", "phrase", "--fail-on", "different"]
    assert CliRunner().invoke(main, failing).exit_code == 3
    assert (
        CliRunner().invoke(main, ["compare", str(folder), "--fail-on", "different"]).exit_code == 0
    )


def test_who_says_a_phrase(tmp_path: Path) -> None:
    folder = study(tmp_path)
    rows = json.loads(printed("show", folder, "--phrase", "in conclusion", "--json"))
    assert [(row["checkpoint"], row["says"]) for row in rows] == [("b", True), ("a", False)] * 2
    one = printed("show", folder, "--phrase", "in conclusion", "-n", 1)
    assert one.count("says it") == one.count("does not") == 1
    with lm.open_study(folder) as opened:
        assert (
            len(opened.examples(phrase="<number> suns")) == 4
        )  # of both prompts on which it is said
        assert set(opened.examples(phrase="語の答")["says"]) == {True, False}
        assert opened.examples(phrase="conclusion", checkpoint="a").empty
        assert opened.examples(phrase="inconclusion no", checkpoint="a", n=1)["says"].tolist() == [
            True,
            False,
        ]
        with pytest.raises(QueryError, match="no word"):
            opened.examples(phrase=" | ")
    for unsaid in ("nobody says so", "in conclusion\udcff"):
        assert "nothing found" in printed("show", folder, "--phrase", unsaid)


def test_what_stands_for_phrases_that_may_not_be_named_is_no_phrase(tmp_path: Path) -> None:
    row = phrase("wait a | let me | …", 1, 2, channel="thoughts", position="anywhere")
    assert phrase_line(row).startswith(
        "thinks 'wait a' or 'let me' or more that may not be named on"
    )
    folder = study(tmp_path)
    with lm.open_study(folder) as opened:
        assert opened.examples(phrase="in conclusion | …")["says"].tolist() == [True, False] * 2
        with pytest.raises(QueryError, match="no word"):
            opened.examples(phrase="…")


def test_python_and_the_overview_have_them(tmp_path: Path) -> None:
    folder = study(tmp_path)
    with lm.open_study(folder) as opened:
        assert opened.phrases()["phrase"].iloc[0] == "in conclusion"
        assert list(opened.features()["unit"])[:2] == ["share of responses", "words"]
        counts = [
            (one["kind"], one["tested"], one["different"]) for one in opened.overview()["found"]
        ]
    assert counts == [("feature", 3, 2), ("phrase", 3, 2)]
    assert "nobody asked for it: 2 phrases, 2 features differ" in printed("show", folder)


def test_a_study_of_an_earlier_version_says_run_again(tmp_path: Path) -> None:
    folder = study(tmp_path)
    with duckdb.connect(str(folder / "study.duckdb")) as connection:
        connection.execute("DROP TABLE phrases")
    assert "run again" in printed("compare", folder)
    assert "run again" in printed("show", folder)
    assert "says it" in printed("show", folder, "--phrase", "in conclusion", "-n", 1)
    ran = CliRunner().invoke(main, ["compare", str(folder), "--kind", "feature"])
    assert (ran.exit_code, "run the pipeline again" in ran.stderr) == (1, True)
    with lm.open_study(folder) as opened, pytest.raises(QueryError, match="earlier version"):
        opened.phrases()
