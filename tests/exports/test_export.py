"""`logminer export`: what is written is what the study says, restricted, and it is recorded."""

from __future__ import annotations

import csv
import json
import math
import re
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from logminer.api import export_study
from logminer.cli.export import TARGETS as OFFERED
from logminer.errors import ConfigError, StoreError
from logminer.exports import reading
from logminer.exports.targets import TARGETS, load_target
from logminer.files.formulas import unguarded
from logminer.store.session import open_session
from tests.conftest import Demo
from tests.exports.conftest import DIALOGUE, Exportable
from tests.kit.permissions import modes, umask
from tests.kit.places import ROOT


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def cells(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def recorded(study: Path) -> list[dict[str, Any]]:
    with open_session(study) as session:
        return session.columns("FROM runs WHERE kind = 'export' ORDER BY sequence").to_pylist()


def test_the_terminal_offers_what_there_is() -> None:
    assert tuple(TARGETS) == OFFERED
    with pytest.raises(ConfigError, match="did you mean 'hf'"):
        load_target("hff")


@pytest.mark.parametrize("to", TARGETS)
def test_every_export_is_restricted_marked_and_recorded(
    to: str, exportable: Exportable, tmp_path: Path
) -> None:
    out = tmp_path / "here" / "out"
    with umask(0):
        made = export_study(exportable.folder, to, out)
    files = [path for path in out.rglob("*") if path.is_file()]
    assert modes(out) <= {0o700, 0o600}
    assert {str(path.relative_to(out)) for path in files} == {*made.files, "README.md"}
    assert all(".not-released." in name for name in made.files)
    assert "# Not released" in (out / "README.md").read_text("utf-8")
    assert [path.name for path in out.parent.iterdir()] == ["out"]
    (row,) = recorded(exportable.folder)
    assert (row["run_id"], row["status"], row["pipeline"]) == (made.run_id, "done", None)
    summary = json.loads(row["summary"])
    assert (summary["to"], summary["out"], summary["files"]) == (to, str(out), made.files)


@pytest.mark.parametrize("to", TARGETS)
def test_slices_change_nothing_but_the_order(
    to: str, exportable: Exportable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = export_study(exportable.folder, to, tmp_path / "whole")
    monkeypatch.setattr(reading, "SLICE_ROWS", 1)
    sliced = export_study(exportable.folder, to, tmp_path / "sliced")
    assert (whole.files, whole.left_out) == (sliced.files, sliced.left_out)
    for name in whole.files:
        rows = [
            pq.read_table(out / name).to_pylist()
            if name.endswith(".parquet")
            else (out / name).read_text("utf-8").splitlines()
            for out in (whole.out, sliced.out)
        ]
        assert sorted(map(str, rows[0])) == sorted(map(str, rows[1]))


def test_scores_are_by_prompt_and_epoch(exportable: Exportable, tmp_path: Path) -> None:
    out = export_study(exportable.folder, "inspect-scores", tmp_path / "out").out
    first, failed, sampled = exportable.prompts
    judged = {
        (row["id"], row["epoch"]): row
        for row in lines(out / "a" / "judge" / "bad.response.not-released.jsonl")
    }
    assert {key: row["value"] for key, row in judged.items() if not math.isnan(row["value"])} == {
        (first, 1): 1,
        (sampled, 1): 0,
    }
    assert judged[failed, 1]["metadata"]["unscored_reason"] == "error"
    assert judged[sampled, 2]["metadata"]["unscored_reason"] == "grader_failed"
    people = lines(out / "b" / "human_labels" / "bad.response.not-released.jsonl")
    assert {row["id"]: row["answer"] for row in people} == {first: "unsure", sampled: "no"}
    dataset = {row["id"]: row["input"] for row in lines(out / "dataset.not-released.jsonl")}
    assert set(dataset) == set(exportable.prompts)
    assert dataset[first][2]["tool_calls"][0]["arguments"] == {"at": "x"}


def test_validation_has_what_people_say(exportable: Exportable, tmp_path: Path) -> None:
    made = export_study(exportable.folder, "scout-validation", tmp_path / "out")
    ids = exportable.responses
    rows = cells(made.out / "bad.response.not-released.csv")
    assert {row["id"]: (row["target"], row["split"]) for row in rows} == {
        ids[0, "a", 0]: ("true", "inference"),
        ids[2, "a", 0]: ("false", "inference"),
        ids[2, "b", 0]: ("false", "inference"),
    }
    assert made.left_out == {"unsure": 1}


def test_a_scorer_may_be_the_truth_and_one_alone(exportable: Exportable, tmp_path: Path) -> None:
    made = export_study(exportable.folder, "scout-validation", tmp_path / "out", scorers=["judge"])
    assert sum(made.files.values()) == 4
    assert made.left_out == {"unsure": 1, "unparsable": 1}
    with pytest.raises(ConfigError, match="one truth"):
        export_study(
            exportable.folder, "scout-validation", tmp_path / "b", scorers=["judge", "human_labels"]
        )


def test_transcripts_hold_the_whole_dialogue(exportable: Exportable, tmp_path: Path) -> None:
    out = export_study(exportable.folder, "scout-transcripts", tmp_path / "out").out
    table = pq.read_table(out / "transcripts.not-released.parquet")
    assert b"Not released" in table.schema.metadata[b"not_released"]
    rows = {row["transcript_id"]: row for row in table.to_pylist()}
    assert set(rows) == set(exportable.responses.values())
    row = rows[exportable.responses[0, "a", 0]]
    chat = json.loads(row["messages"])
    assert [message["role"] for message in chat] == [
        *(message["role"] for message in DIALOGUE),
        "assistant",
    ]
    assert chat[3] | {"id": ""} == {
        "role": "tool",
        "content": "a cat",
        "id": "",
        "tool_call_id": "c1",
        "function": "look",
    }
    assert chat[-1]["content"] == [
        {"type": "reasoning", "reasoning": "hm"},
        {"type": "text", "text": "+1, a cat\nof nobody"},
    ]
    assert (row["message_count"], row["total_time"], row["trust_content"]) == (6, 2.5, False)
    assert json.loads(row["judgements"])[0]["label"] == "yes"
    assert json.loads(row["human_labels"])[0]["label"] == "yes"
    failed = rows[exportable.responses[1, "a", 0]]
    assert (failed["error"], failed["message_count"]) == ("timeout", 1)


def test_a_dataset_has_a_configuration_for_each_checkpoint(
    exportable: Exportable, tmp_path: Path
) -> None:
    made = export_study(exportable.folder, "hf", tmp_path / "out")
    card = (made.out / "README.md").read_text("utf-8")
    assert card.startswith("---\n")
    for checkpoint in "ab":
        file = f"data/{checkpoint}.not-released.parquet"
        assert f'- config_name: "{checkpoint}"\n  data_files: "{file}"' in card
        rows = pq.read_table(made.out / file).to_pylist()
        assert len(rows) == made.files[file]
        assert {row["checkpoint"] for row in rows} == {checkpoint}
    first = next(
        row
        for row in pq.read_table(made.out / "data" / "a.not-released.parquet").to_pylist()
        if row["prompt_id"] == exportable.prompts[0]
    )
    assert first["messages"][2]["reasoning_content"] == "I look."
    assert first["judgements"][0]["label"] == first["human_labels"][0]["label"] == "yes"


def test_no_cell_is_a_formula_and_all_come_back(exportable: Exportable, tmp_path: Path) -> None:
    out = export_study(exportable.folder, "csv", tmp_path / "out").out
    rows = cells(out / "responses.not-released.csv")
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+"))]
    said = {row["response_id"]: unguarded(row["response"]) for row in rows}
    assert said[exportable.responses[0, "b", 0]] == "+1, a cat\nof nobody"
    assert said[exportable.responses[1, "a", 0]] == ""
    assert len(cells(out / "judgements.not-released.csv")) == 6


def test_what_is_chosen_is_all_there_is(exportable: Exportable, tmp_path: Path) -> None:
    made = export_study(
        exportable.folder, "csv", tmp_path / "out", checkpoints=["b"], scorers=["human_labels"]
    )
    assert list(made.files.values()) == [3, 0, 2]


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"checkpoints": ["c"]}, "no checkpoint 'c'; .*a, b"),
        ({"categories": ["badd"]}, "no category 'badd'; did you mean 'bad'"),
        ({"scorers": ["jugde"]}, "no scorer 'jugde'; did you mean 'judge'"),
    ],
)
def test_what_is_not_there_is_named_and_nothing_is_left(
    chosen: dict[str, list[str]], words: str, exportable: Exportable, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=words):
        export_study(exportable.folder, "csv", tmp_path / "out", **chosen)
    assert [path.name for path in tmp_path.iterdir()] == ["study"]
    export_study(exportable.folder, "csv", tmp_path / "out")
    assert [row["status"] for row in recorded(exportable.folder)] == ["failed", "done"]


def test_nothing_is_overwritten_and_no_study_is_made(
    exportable: Exportable, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine").write_text("mine")
    with pytest.raises(StoreError, match="overwrites nothing"):
        export_study(exportable.folder, "csv", out)
    assert [path.name for path in out.iterdir()] == ["mine"]
    with pytest.raises(StoreError, match="run the pipeline first"):
        export_study(tmp_path / "none", "csv", tmp_path / "new")
    assert not (tmp_path / "none").exists()


def test_a_link_is_not_written_through_and_what_a_killed_export_left_goes(
    exportable: Exportable, tmp_path: Path
) -> None:
    place = tmp_path / "place"
    (place / "real").mkdir(parents=True)
    (place / "out").symlink_to("real")
    with pytest.raises(StoreError, match="out: a link; name a new folder"):
        export_study(exportable.folder, "csv", place / "out")
    assert not any((place / "real").iterdir())
    assert [row["status"] for row in recorded(exportable.folder)] == []
    left = place / f".new.{'a' * 32}.tmp"
    left.mkdir()
    (left / "answers.csv").write_text("half")
    (place / ".new.notes.tmp").mkdir()
    export_study(exportable.folder, "csv", place / "new")
    assert {path.name for path in place.iterdir()} == {"real", "out", "new", ".new.notes.tmp"}


def test_what_the_page_shows_runs(
    demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (ROOT / "docs" / "export.md").read_text("utf-8")
    (block,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    shutil.copytree(demo.study, tmp_path / "studies" / "quarterly")
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "export.md", "exec"), {})
    named = re.findall(r"scores/((?:prod/\S+|dataset\S*)\.jsonl)", page)
    assert len(named) == 2
    assert all((tmp_path / "scores" / name).is_file() for name in named)
    assert set(re.findall(r"^\| `([\w-]+)` \|", page, re.MULTILINE)) == set(TARGETS)
