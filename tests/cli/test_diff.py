"""Two studies side by side, on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from logminer.cli.main import main
from tests.kit.world import World


def called(*arguments: object) -> str:
    done = CliRunner().invoke(main, [str(one) for one in arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def world(folder: Path, gained: int, rubric: str) -> Path:
    made = World(folder).counts(10, 0, gained, 60 - gained)
    made.add(("yes",), ("no",), category="of_one" if gained else "of_other")
    for row in made.tables["judgements"]:
        row["rubric_hash"] = rubric
    made.compared()
    return folder


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The second gains what the first does not, under another rubric."""
    folder = tmp_path_factory.mktemp("studies")
    return world(folder / "a", 0, "as it was"), world(folder / "b", 40, "as it is")


def test_what_has_one_name_stands_in_one_row(studies: tuple[Path, Path]) -> None:
    found: dict[str, Any] = json.loads(called("diff", *studies, "--json"))
    assert found["n_prompts"] == {"a": 71, "b": 71, "both": 71}
    assert found["only"]["category"] == {"a": ["of_other"], "b": ["of_one"]}
    assert found["changed"]["rubric"] == ["bad"]
    first, *_ = found["verdicts"]
    assert (first["a"]["verdict"], first["b"]["verdict"]) == ("undetermined", "worse")
    assert first["changed"] == ["rubric"]
    rates = {(row["checkpoint"], row["category_id"]): row for row in found["rates"]}
    bad = rates["b", "bad"]
    assert bad["a"]["rate"] == pytest.approx(10 / 70)
    assert bad["b"]["rate"] == pytest.approx(50 / 70)
    assert bad["a"]["low"] < 10 / 70 < bad["a"]["high"]
    assert rates["a", "of_one"]["a"] is None


def test_it_is_read_by_people(studies: tuple[Path, Path]) -> None:
    said = called("diff", *studies)
    assert "71 prompts are in both (of 71 and 71)" in said
    assert "not the same: bad (another rubric of the same category)" in said
    assert "worse" in said
    assert "undetermined, as far as they were compared" in said
    assert "undetermined, as far as" not in called("diff", *studies, "--all")


def settled(side: dict[str, Any]) -> dict[str, Any]:
    """Without the last digits: threads add in any order."""
    return {k: round(v, 12) if isinstance(v, float) else v for k, v in side.items()}


def test_a_study_beside_itself_is_the_same(studies: tuple[Path, Path]) -> None:
    found: dict[str, Any] = json.loads(called("diff", studies[0], studies[0], "--json"))
    assert found["same_map"]
    assert not any(row["changed"] for row in found["rates"])
    for row in [*found["rates"], *found["verdicts"]]:
        assert settled(row["a"]) == settled(row["b"])
    assert "nothing is tested: none differ" in called("diff", studies[0], studies[0])
    assert "none differ" not in called("diff", *studies)
