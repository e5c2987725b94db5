"""Transcripts and scan results of Inspect Scout, in tables of the types that it writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from logminer.checkpoints.recorded import Recorded
from logminer.errors import SourceError
from logminer.ids import Pseudonyms
from logminer.sources.formats import FORMATS
from logminer.sources.spec import SourceSpec
from tests.kit.dumps import raw, refusal

Record = dict[str, Any]

TEXT = pa.large_string()
TRANSCRIPT = pa.schema(
    [
        *((name, TEXT) for name in ("transcript_id", "source_type", "source_id", "source_uri")),
        *((name, TEXT) for name in ("date", "task_set", "task_id")),
        ("task_repeat", pa.int64()),
        *((name, TEXT) for name in ("agent", "agent_args", "model", "model_options", "score")),
        ("score_explanation", TEXT),
        ("success", pa.bool_()),
        ("message_count", pa.int64()),
        ("total_time", pa.float64()),
        ("total_tokens", pa.int64()),
        ("error", TEXT),
        ("limit", TEXT),
        ("trust_content", pa.bool_()),
        *((name, TEXT) for name in ("messages", "events", "timelines", "events_data")),
        ("eval_status", TEXT),  # of the metadata, a column each
    ]
)
# A scan's file has the transcript's columns under other names, but its content.
ABOUT = [
    TRANSCRIPT.field(name).with_name(f"transcript_{name.removeprefix('transcript_')}")
    for name in TRANSCRIPT.names[:21]
]
PLAIN = pa.string()  # a column that is null throughout, and `value`
SCAN = pa.schema(
    [
        *ABOUT,
        ("transcript_metadata", TEXT),
        *((name, TEXT) for name in ("scan_id", "scan_tags", "scan_metadata")),
        *((name, TEXT) for name in ("scanner_key", "scanner_name")),
        ("scanner_version", pa.int64()),
        *((name, TEXT) for name in ("input_type", "input_ids", "input", "input_data", "uuid")),
        ("label", PLAIN),
        ("value", PLAIN),
        ("value_type", TEXT),
        *((name, TEXT) for name in ("answer", "explanation", "metadata", "message_references")),
        *((name, TEXT) for name in ("scan_error", "scan_error_traceback", "scan_error_type")),
        ("scan_total_tokens", pa.int64()),
        *((name, TEXT) for name in ("scan_model_usage", "scan_events", "timestamp")),
    ]
)

MESSAGES: list[Record] = [
    {"id": "1", "content": "be kind", "role": "system", "source": None, "metadata": None},
    {
        "id": "2",
        "content": [{"type": "text", "text": "look"}],
        "role": "user",
        "tool_call_id": None,
    },
    {
        "id": "3",
        "role": "assistant",
        "content": [{"type": "reasoning", "reasoning": "hm", "redacted": False}],
        "tool_calls": [{"id": "c", "function": "look", "arguments": {"at": "it"}}],
    },
    {"id": "4", "role": "tool", "content": "seen", "tool_call_id": "c", "function": "look"},
    {"id": "5", "role": "assistant", "content": "there it is", "model": "lab/m"},
]


def transcript(name: str, **fields: Any) -> Record:
    return {
        "transcript_id": name,
        "source_type": "eval_log",
        "date": "2026-03-01 10:00:00+00:00",
        "task_set": "probe",
        "task_id": f"task-{name}",
        "task_repeat": 1,
        "model": "lab/m",
        "score": "I",
        "success": False,
        "error": "",
        "limit": "",
        "messages": json.dumps(MESSAGES),
        "eval_status": "success",
        **fields,
    }


def write(path: Path, rows: list[Record], schema: pa.Schema) -> Path:
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path, compression="zstd")
    return path


def scan(name: str, value: Any, kind: str, **fields: Any) -> Record:
    told = transcript(name)
    return {
        **{
            f"transcript_{key.removeprefix('transcript_')}": held
            for key, held in told.items()
            if key not in ("messages", "eval_status")
        },
        "scan_id": "S",
        "scanner_key": "refusal",
        "scanner_name": "refusal",
        "input_type": "transcript",
        "input": json.dumps({**told, "messages": MESSAGES}),
        "value": value,
        "value_type": kind,
        "metadata": "{}",
        **fields,
    }


def test_transcripts_are_conversations(tmp_path):
    rows = [
        transcript("a"),
        transcript("b", error="RuntimeError('boom')"),
        transcript("c", limit="token", messages=json.dumps(MESSAGES[:2])),
        transcript("d", messages=None),
        transcript("e", task_id=None, task_set=None),
    ]
    path = write(tmp_path / "transcripts_1.parquet", rows, TRANSCRIPT)
    assert SourceSpec(path=str(path)).check().format == "scout"
    first, second, third, fourth, fifth = raw(path, keep=("eval_status", "score"))
    assert (first["conversation_id"], first["prompt_id"], first["model"]) == (
        "a",
        "probe/task-a",
        "lab/m",
    )
    assert first["created_at"].isoformat() == "2026-03-01T10:00:00+00:00"
    assert [(m["role"], m["content"], m["thoughts"], m["name"]) for m in first["messages"]] == [
        ("system", "be kind", None, None),
        ("user", "look", None, None),
        ("assistant", "", "hm", None),
        ("tool", "seen", None, "look"),
        ("assistant", "there it is", None, None),
    ]
    assert first["signs"] == []
    assert {sign["error"] for sign in second["signs"]} == {"finish_reason:error"}
    assert third["signs"][0]["finish_reason"] == "length"
    assert third["messages"][-1]["role"] == "assistant"
    assert (fourth["problem"], fifth["prompt_id"]) == ("null_messages", None)
    assert first["attributes"] == [("eval_status", "success"), ("score", "i")]


def said(path: Path, *columns: str) -> list[Record]:
    table = FORMATS["scout_scan"].open(path)
    return [row for batch in table.scan(columns) for row in batch]


def test_what_a_scanner_says_is_in_its_column_and_a_scan_that_failed_says_nothing(tmp_path):
    rows = [
        scan("a", "true", "boolean"),
        scan("b", "false", "boolean"),
        scan("c", None, "null", scan_error="secret words", scan_error_type="refusal"),
        scan("d", None, "null", scan_error="secret words"),
        # A result whose transcript could not be read back carries its error beside it.
        scan("e", "false", "boolean", scan_error="secret words"),
        scan("f", "3.5", "number"),
        scan("g", "7", "string"),
    ]
    path = write(tmp_path / "refusal.parquet", rows, SCAN)
    found = said(path, "refusal", "refusal.reason", "transcript_model")
    assert [(row["refusal"], row["refusal.reason"]) for row in found] == [
        (True, None),
        (False, None),
        (None, "refusal"),
        (None, "scan_failed"),
        (None, "scan_failed"),
        (3.5, None),
        ("7", None),
    ]
    assert "secret" not in str(found)
    assert SourceSpec(path=str(path)).check().format == "scout_scan"
    first = raw(path, keep=("refusal",))[0]
    assert (first["conversation_id"], first["prompt_id"], first["model"]) == (
        "a",
        "probe/task-a",
        "lab/m",
    )
    assert [m["role"] for m in first["messages"]] == [m["role"] for m in MESSAGES]
    assert first["attributes"] == [("refusal", "true")]


def test_records_and_sets_of_results_have_a_column_for_each_part(tmp_path):
    several = [
        {"label": "a", "value": 1},
        {"label": "b", "value": None},
        {"label": "a", "value": 2},
    ]
    rows = [
        scan("a", json.dumps({"harm": 4, "kind": "x"}), "object", scanner_key="grading"),
        scan("b", json.dumps(several), "resultset", scanner_key="grading"),
    ]
    path = write(tmp_path / "grading.parquet", rows, SCAN)
    found = said(path, "grading.harm", "grading.kind", "grading.a", "grading.b")
    assert [list(row.values()) for row in found] == [[4, "x", None, None], [None, None, 1, None]]
    named = write(
        tmp_path / "value.parquet", [scan("a", "yes", "string", scanner_key="value")], SCAN
    )
    assert said(named, "scanner.value", "value") == [{"scanner.value": "yes", "value": "yes"}]


def test_what_was_not_given_as_a_dialogue_is_rejected(tmp_path):
    rows = [
        scan("a", "4", "number", input_type="message", input=json.dumps(MESSAGES[4])),
        scan("b", "4", "number", input_type="event", input="{}"),
        scan("c", "4", "number", input_type="messages", input=json.dumps(MESSAGES)),
        scan("d", "4", "number", input="cut off {"),
    ]
    problems = [row["problem"] for row in raw(write(tmp_path / "words.parquet", rows, SCAN))]
    assert problems == ["no_user_message", "null_messages", None, "null_messages"]
    other = write(tmp_path / "other.parquet", [transcript("a")], TRANSCRIPT)
    assert "no column 'scanner_key'" in refusal(other, format="scout_scan")


def test_of_a_folder_of_scans_a_checkpoint_takes_one_scanners(tmp_path):
    for name, value in (("length", "7"), ("harm", "3")):
        rows = [scan(one, value, "number", scanner_key=name) for one in "ab"]
        write(tmp_path / f"{name}.parquet", rows, SCAN)
    key = Pseudonyms(b"k" * 32, "test")
    (asked, content) = (key.source_key("probe/task-b"), "0" * 32)
    one = Recorded(name="m", path=str(tmp_path), where={"scanner_key": "harm"})
    assert one.labels(["harm"], key).of([(asked, content)]) == [[{"harm": 3}]]
    with pytest.raises(SourceError, match=r"harm.parquet: no column 'length'"):
        one.labels(["length"], key)
    with pytest.raises(SourceError, match=r"they differ in .*scanner_key"):
        Recorded(name="m", path=str(tmp_path)).check()
