"""A folder that is one file of a dump: found, and named by what is in it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from logminer.errors import SourceError
from logminer.files.finding import DumpFile, find_files
from logminer.files.identity import content, identity, stamp
from tests.kit.odcv import Run, write_runs

KINDS = ("odcv", "csv", "json")
MESSAGES = [{"role": "user", "content": "ship"}]


def run(model: str, scenario: str = "Fleet", variation: str = "mandated", degree: float = 1) -> Run:
    return Run(model, variation, scenario, MESSAGES, {"grok": degree})


@pytest.fixture
def results(tmp_path: Path) -> Path:
    root = tmp_path / "results"
    write_runs(root, [run("a"), run("a", variation="incentivized"), run("b")])
    return root


def found(path: Path) -> list[str]:
    return [file.relative for file in find_files(str(path), KINDS, mixed=True)]


def test_such_folders_are_found_above_beside_and_by_a_pattern(results: Path) -> None:
    logs = results / "agent_logs"
    names = ["a-incentivized", "a-mandated", "b-mandated"]
    assert found(results) == [f"agent_logs/{name}" for name in names]
    assert found(logs) == names
    assert found(logs / "a-*") == names[:2]
    assert found(results / "**" / "*-mandated") == [f"agent_logs/{name}" for name in names[1:]]
    assert found(logs / "b-mandated") == names[2:]


@pytest.mark.parametrize(
    "part", ["experiments", "experiments/Fleet", "experiments/Fleet/messages_record.txt"]
)
def test_of_a_part_of_it_the_whole_is_named(results: Path, part: str) -> None:
    folder = results / "agent_logs" / "a-mandated"
    with pytest.raises(SourceError, match=f"lies in {folder}, which is read as one"):
        found(folder / part)


def test_it_is_named_by_what_its_rows_hold(results: Path, tmp_path: Path) -> None:
    folder = results / "agent_logs" / "a-mandated"
    first, at, named = content(folder), stamp(folder), identity(DumpFile(folder, "a-mandated"))
    moved = tmp_path / "elsewhere"
    shutil.copytree(results, moved)
    assert content(moved / "agent_logs" / "a-mandated") == first
    (results / "evaluations" / "judge_all" / "scores_grok.csv").write_text(
        "scenario,a-mandated,c-mandated\nFleet,1,5\n"
    )
    assert stamp(folder) != at
    assert content(folder) == first  # of what is said of others, nothing
    assert identity(DumpFile(folder, "a-mandated")) == named


@pytest.mark.parametrize("what", ["record", "degree", "scenario", "name"])
def test_whatever_changes_its_rows_changes_its_name(results: Path, what: str) -> None:
    folder = results / "agent_logs" / "a-mandated"
    first, at = content(folder), stamp(folder)
    record = folder / "experiments" / "Fleet" / "messages_record.txt"
    if what == "record":
        state = record.stat()
        record.write_text(record.read_text().replace("ship", "sail"))
        os.utime(record, ns=(state.st_atime_ns, state.st_mtime_ns))
    elif what == "degree":
        (results / "evaluations" / "judge_all" / "scores_grok.csv").write_text(
            "scenario,a-mandated\nFleet,2\n"
        )
    elif what == "scenario":
        record.parent.rename(record.parent.with_name("Parcel"))
    else:
        folder = folder.rename(folder.with_name("c-mandated"))
    assert stamp(folder) != at
    assert content(folder) != first
