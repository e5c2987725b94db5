"""What an environment decided calibrates those who only read the transcripts, here and elsewhere."""

from __future__ import annotations

import datetime
import json
import random
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from logminer.cli.main import main
from logminer.compare.comparing import compare
from logminer.compare.options import CompareOptions
from logminer.ids import response_id
from logminer.labels.calibrating import restore
from logminer.schemas import CHECKPOINTS, COMPARISONS, JUDGEMENTS
from logminer.scorers.cards.file import read_cards_file
from logminer.store.publication import revise
from tests.kit.labelled import Row, rows, write
from tests.kit.world import World, filled

CHEATS = {"a": 0.2, "b": 0.4, "c": 0.2}
OWN = {"kind": "recorded", "name": "environment", "category": "bad", "channel": "response"}


class Episodes(World):
    """200 episodes of three models: what the environment decided, and a reader who finds 80 % and errs in 5 % of the rest.

    `decided`: whether the environment's outcomes lie beside them.
    """

    def __init__(self, folder: Path, *, decided: bool = True, **models: str) -> None:
        super().__init__(folder, carded=False)
        self.models = {arm: models.get(arm, f"m-{arm}") for arm in CHEATS}
        chance = random.Random(folder.name)
        for i in range(200):
            cheated = {arm: chance.random() < share for arm, share in CHEATS.items()}
            read = {a: _said(chance.random() < (0.8 if c else 0.05)) for a, c in cheated.items()}
            prompt = self.add(safe=f"t{i % 10}", **{arm: (label,) for arm, label in read.items()})
            for arm in CHEATS if decided else ():
                label = _said(cheated[arm]) if i else "unparsable"
                self.judge(response_id(prompt, arm, 0), label, scorer="environment")
        pipeline = {
            "judge": {"scorers": [OWN | {"labels": "environment"}]},
            "compare": {"cluster_by": "safe"},
        }
        run = {"run_id": "1", "kind": "run", "sequence": 1, "status": "done", "version": "1"}
        run |= {"started_at": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC), "margins": "{}"}
        self.tables["runs"].append(run | {"pipeline": json.dumps(pipeline)})
        self.compared()
        with revise(folder) as publication:
            told = {"kind": "recorded", "options": "{}", "identity": "i"}
            checkpoints = [told | {"checkpoint": arm, "model": m} for arm, m in self.models.items()]
            publication.replace(CHECKPOINTS, filled(CHECKPOINTS, checkpoints))

    def told(self, scorer: str) -> Row:
        names = "verdict role scale difference correction difference_corrected corrected_low"
        names += " corrected_high flags note"
        query = f"SELECT {', '.join(names.split())} FROM comparisons WHERE stratum = 'all' AND scorer = '{scorer}'"
        ((found),) = rows(self.folder, query)
        return dict(zip(names.split(), found, strict=True))

    def learnt(self) -> list[list[tuple[Any, ...]]]:
        tables = ("human_labels", "calibrations", "judge_cards")
        return [rows(self.folder, f"FROM {table} ORDER BY ALL") for table in tables]

    def named(self, card: Path) -> Row:
        """What is told of the reader in a study that names the card."""
        with revise(self.folder) as publication:
            restore(publication, self.folder, [read_cards_file(card)])
            made = compare(publication, CompareOptions(), [("a", "b")])
            publication.replace(COMPARISONS, made.comparisons)
        return self.told("judge")


def _said(yes: bool) -> str:
    return "yes" if yes else "no"


def call(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(main, list(map(str, arguments)))
    assert result.exit_code == code, result.output
    return result


@pytest.fixture
def card(tmp_path: Path) -> Path:
    return tmp_path / "card.json"


def test_outcomes_calibrate_a_reader(tmp_path: Path, card: Path) -> None:
    here = Episodes(tmp_path / "here")
    refused = " ".join(call("calibrate", here.folder, "--from", "judge", code=1).output.split())
    assert "'judge' is a judge, which may err" in refused
    command = ("calibrate", here.folder, "--from", "environment")
    found = json.loads(call(*command, "--json").stdout)
    assert (found["rows"], found["matched"], found["unusable"]) == (600, 597, 3)
    assert {row["scorer"] for row in found["calibrations"]} == {"judge"}  # and not its own
    by_arm = {row["checkpoint"]: row for row in found["calibrations"]}
    assert by_arm.keys() == {None, "a", "b", "c"}
    assert by_arm[None]["sensitivity"] == pytest.approx(0.8, abs=0.07)
    assert by_arm[None]["sensitivity_n"] < by_arm[None]["positives"]  # of ten templates
    assert (found["wanted"], found["outdated"]) == ([], 0)  # nobody is asked to label

    own, read = here.told("environment"), here.told("judge")
    assert (own["scale"], own["verdict"], own["flags"]) == ("environment", "worse", [])
    assert (read["role"], read["correction"]) == ("secondary", "ppi")
    assert read["difference"] < own["difference"] - 0.02  # it misses some in both arms
    assert read["difference_corrected"] == pytest.approx(own["difference"], abs=0.01)

    first = here.learnt()
    assert {row[-1] for row in first[0]} == {"environment"}
    assert {row[-2] for row in first[2]} == {"outcomes of the study's environment"}
    call(*command)
    assert here.learnt() == first
    with revise(here.folder) as publication:  # a run that finds other outcomes
        others = [row for row in here.tables["judgements"] if row["scorer"] == "judge"]
        publication.replace(
            JUDGEMENTS,
            filled(JUDGEMENTS, [*others, *(o | {"scorer": "environment"} for o in others)]),
        )
        restore(publication, here.folder)
    assert rows(here.folder, "SELECT min(kappa) FROM calibrations") == [(1.0,)]
    said = [{"prompt_id": "p00001", "checkpoint": "a", "category": "bad", "label": "yes"}]
    people = ("calibrate", here.folder, write(tmp_path / "labels.csv", said), "--json")
    found = json.loads(call(*people).stdout)
    assert (found["labels"], found["outdated"]) == (600, 0)  # people's word replaces the other
    assert {row["scorer"] for row in found["calibrations"]} == {"judge", "environment"}


def test_the_card_is_read_where_nobody_decided(tmp_path: Path, card: Path) -> None:
    here = Episodes(tmp_path / "here")
    call("calibrate", here.folder, "--from", "environment", "--export-card", card)
    origin = json.loads(card.read_text())["origin"]
    assert "what an environment decided" in origin
    known = Episodes(tmp_path / "known", decided=False).named(card)
    assert (known["scale"], known["correction"]) == ("judge", "card")
    assert known["flags"] == ["transported_card"]
    assert f"as far as this scorer errs here as there: {origin}" in known["note"]
    assert known["difference"] < known["difference_corrected"]
    assert known["corrected_low"] < 0.2 < known["corrected_high"]
    # Of a model that the card does not name only how far those differ that it does.
    unknown = Episodes(tmp_path / "unknown", decided=False, b="m-d").named(card)
    assert unknown["flags"] == ["no_card"]
    assert unknown["correction"] is None
