"""`logminer board` as people and programs read it."""

from __future__ import annotations

import csv
import io
import json

from click.testing import CliRunner, Result

from logminer.cli.main import main
from logminer.ids import response_id
from logminer.schemas.board import BOARD
from tests.board.conftest import Pipelines, pipelines

__all__ = ["pipelines"]


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["board", *(str(a) for a in arguments)])


def test_it_prints_the_headline_first_and_exits_by_what_it_is_asked(pipelines: Pipelines) -> None:
    pipelines.world().counts(5, 20, 2, 73).compared(margins={"bad": 0.05})
    pipelines.alike("one")
    pipelines.pipeline("one", "two")
    result = call(pipelines.path)
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[1].startswith("a → b: not claimed that no behaviour differs by more")
    assert "1 differ by more; 1 suite missing or not up to date" in lines[1]
    assert any("two: missing: never run" in line for line in lines)
    assert "similar" not in result.output
    exits = {
        on: call(pipelines.path, "--fail-on", on).exit_code
        for on in ("worse", "different", "unclaimed")
    }
    assert exits == {"worse": 0, "different": 3, "unclaimed": 3}  # it is better


def test_machines_get_one_document_or_every_column(pipelines: Pipelines) -> None:
    pipelines.alike("logs")
    pipelines.pipeline()
    told = json.loads(call(pipelines.path, "--json").output)
    assert {"headline", "board", "suites", "families", "attribution", "awareness"} <= set(told)
    assert told["headline"][0]["claimed"] is True
    assert list(told["board"][0]) == BOARD.schema.names
    (row,) = csv.DictReader(io.StringIO(call(pipelines.path, "--csv").output))
    assert row["verdict"] == "equivalent"
    assert call(pipelines.path, "--json", "--csv").exit_code == 2


def test_what_is_said_beyond_pairs_stands_at_the_end(pipelines: Pipelines) -> None:
    for suite, often in (("logs", 9), ("one", 2)):
        world = pipelines.world(suite)
        for i in range(90):
            aware = ("yes",) if i % often == 0 else ("no",)
            prompt = world.add(aware, aware, category="eval_awareness", c=("no",))
            for arm in ("a", "b", "c"):
                label = "yes" if arm == "b" and i % 3 else "no"
                world.judge(response_id(prompt, arm, 0), label)
        world.compared(margins={"bad": 0.05})
    pipelines.pipeline("one", compare=", chain: [c, a, b]")
    output = call(pipelines.path).output
    assert output.index("Which stage brought it") < output.index("Taken for a test")
    (row,) = (
        line
        for line in output.splitlines()
        if line.startswith("one") and "a → b" in line and "awareness" in line
    )
    assert "logs" in row
    told = json.loads(call(pipelines.path, "--json").output)
    assert {one["suite"] for one in told["awareness"]} == {"logs", "one"}
    assert "from c to b, a brought 0 %" in told["said"]["attribution"]["one"]
