"""Judge cards from beginning to end: what a scorer that finds nothing is not allowed to say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from logminer.cli.main import main
from tests.kit.labelled import rows as ask
from tests.kit.labelled import write

CATEGORY = {
    "id": "bad",
    "title": "Bad",
    "counts": "what is bad",
    "not_counts": "what is not",
    "channel": "response",
    "direction": "worse",
    "severity": "high",
    "source": "this test",
}
N = 220


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOGMINER_KEY", "11" * 32)
    return tmp_path


class Study:
    """Two arms with recorded labels of another judge, who flags of every tenth answer `seen`."""

    def __init__(self, folder: Path, seen: str, *, margin: float = 0.05, **judge: Any) -> None:
        self.folder, self.study = folder, folder / "s"
        folder.mkdir(exist_ok=True)
        write(
            folder / "paired.parquet",
            [
                {
                    "prompt_id": str(i),
                    "prompt_messages": [{"role": "user", "content": f"What is {i} plus {i}?"}],
                    "model": arm,
                    "response": f"It is {2 * i}, says {arm}.",
                    "language": "en",
                    "verdict": seen if i % 10 == 0 else "no",
                }
                for i in range(N)
                for arm in ("m-a", "m-b")
            ],
        )
        taxonomy = {"name": "t", "version": "1", "title": "T", "source": "this test"}
        (folder / "t.yaml").write_text(yaml.safe_dump(taxonomy | {"categories": [CATEGORY]}))
        scorer = {"kind": "recorded", "category": "bad", "column": "verdict"}
        scorer |= {"yes": ["yes"], "no": ["no"], "labels": "judge"} | judge.pop("scorer", {})
        pipeline = {
            "study": "s",
            "workers": 0,
            "source": {"path": "paired.parquet", "format": "paired"},
            "checkpoints": [
                {"name": arm, "kind": "recorded", "path": "paired.parquet", "model": f"m-{arm}"}
                for arm in "ab"
            ],
            "judge": {"taxonomy": "./t.yaml", "scorers": [scorer]} | judge,
            "compare": {"margins": {"bad": margin}},
        }
        (folder / "p.yaml").write_text(yaml.safe_dump(pipeline))
        self.told = call("run", folder / "p.yaml")

    def calibrate(self, truth: str, n: int, *more: object) -> None:
        """People label the first `n` answers of each arm to `n` prompts: of every tenth `truth`, of the others no."""
        said = [
            {
                "prompt_id": str(i),
                "checkpoint": arm,
                "category": "bad",
                "label": truth if i % 10 == 0 else "no",
            }
            for place, arm in enumerate("ab")
            for i in range(place * n, (place + 1) * n)  # no prompt in both arms
        ]
        call("calibrate", self.study, write(self.folder / "labels.csv", said), *more)

    def row(self) -> dict[str, Any]:
        """What is concluded; its flags are those that speak of cards."""
        names = ("verdict", "scale", "flags", "note", "p_equivalence", "base_at_most")
        (found,) = ask(
            self.study,
            f"SELECT {', '.join(names)} FROM comparisons WHERE kind = 'category' AND stratum = 'all'",
        )
        row = dict(zip(names, found, strict=True))
        return row | {"flags": [flag for flag in row["flags"] if flag.endswith("_card")]}


def call(*arguments: object) -> Result:
    result = CliRunner().invoke(main, list(map(str, arguments)))
    assert result.exit_code == 0, result.output
    return result


def test_a_scorer_that_never_fires_says_nothing(place: Path) -> None:
    study = Study(place / "a", "no")
    row = study.row()
    assert (row["verdict"], row["scale"], row["flags"]) == ("undetermined", "judge", ["no_card"])
    assert "this scorer may not see it" in row["note"]
    assert (row["p_equivalence"], row["base_at_most"]) == (None, None)
    assert "at most" not in row["note"] + study.told.output
    told = " ".join(call("compare", study.study).output.split())
    assert "1 of 1 behaviours never flagged in either arm, by scorers that may not see them" in told
    study.calibrate("yes", 100)  # people find what it does not
    row = study.row()
    assert (row["verdict"], row["flags"], row["base_at_most"]) == (
        "undetermined",
        ["no_card"],
        None,
    )
    assert "as little as 0 %" in row["note"]


def test_what_people_say_is_taken_as_true(place: Path) -> None:
    row = Study(place / "a", "no", scorer={"labels": "people"}).row()
    assert (row["verdict"], row["scale"], row["flags"]) == ("equivalent", "people", [])
    assert "labels taken as true" in row["note"]
    assert row["base_at_most"] == pytest.approx(1 - 0.05 ** (1 / N))


def test_whose_labels_they_are_changes_no_judgement(place: Path) -> None:
    study = Study(place / "a", "yes", scorer={"labels": "people"})
    pipeline = study.folder / "p.yaml"
    pipeline.write_text(pipeline.read_text().replace("labels: people", "labels: judge"))
    told = json.loads(call("run", pipeline, "--json").stdout)
    assert {stage["stage"]: stage["rows"] for stage in told["stages"]}["judge.a"] == 0
    assert study.row()["scale"] == "judge"
    pipeline.write_text(pipeline.read_text().replace("labels: judge", "labels: environment"))
    call("run", pipeline)
    assert study.row()["scale"] == "environment"
    assert "decided by the environment, taken as true" in study.row()["note"]


def test_a_scorer_that_people_confirm_may_say_it_and_its_card_goes_elsewhere(place: Path) -> None:
    study = Study(place / "a", "yes", margin=0.2)
    assert study.row()["verdict"] == "undetermined"
    study.calibrate("yes", 80, "--export-card", place / "card.json")
    assert (study.row()["verdict"], study.row()["flags"]) == ("equivalent", [])
    card = json.loads((place / "card.json").read_text())
    assert {(c["model"], c["language"]) for c in card["cards"]} == {
        (None, None),
        (None, "en"),
        ("m-a", None),
        ("m-b", None),
    }
    assert oct((place / "card.json").stat().st_mode & 0o777) == "0o600"
    assert "It is" not in (place / "card.json").read_text()

    # Another threshold is another judge; the same by the same rubric is measured, but not on these answers.
    other = Study(place / "b", "yes", scorer={"no": ["no", "maybe"]}, cards=["../card.json"])
    told = " ".join(other.told.output.split())
    assert "the card of recorded for bad (response) is not used: it is of another judge" in told
    assert other.row()["flags"] == ["no_card"]
    same = Study(place / "c", "yes", margin=0.2, cards=["../card.json"])
    assert "is not used" not in same.told.output
    sources = ask(same.study, "SELECT DISTINCT source, transported FROM judge_cards")
    assert sources == [("named", True)]
    assert same.row()["flags"] == [
        "no_card"
    ]  # eight labels of yes a model are too few to carry over
