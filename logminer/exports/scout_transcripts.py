"""`scout-transcripts`: answers with their prompts, as a transcript database of Scout.

Source: `inspect_scout.transcripts_db_schema` (0.6.2): a folder of Parquet files; `messages` is JSON, and columns that the
schema does not know become metadata.
"""

from __future__ import annotations

import datetime
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa

from logminer.exports.base import Target, Written
from logminer.exports.chat import answered, inspect_chat
from logminer.exports.marking import marked, marked_parquet
from logminer.exports.reading import ExportRow, Selected

__all__ = ["TARGET"]

WHAT = "A transcript database for Scout: each answer with its prompt is a transcript."
USE = """
`transcripts_from(FOLDER)` reads it. `transcript_id` is the study's `response_id`, `task_id` the `prompt_id`, `task_repeat` the
number of the answer from 1 on, `total_time` in seconds. `checkpoint`, `state` of the answer, `language`, `attributes`, `judgements`
and `human_labels` are metadata.
"""
TEXT, NUMBER = pa.large_string(), pa.int64()
SCHEMA = pa.schema(
    [
        ("transcript_id", TEXT),
        ("source_type", TEXT),
        ("date", TEXT),
        ("task_id", TEXT),
        ("task_repeat", NUMBER),
        ("model", TEXT),
        ("message_count", NUMBER),
        ("total_time", pa.float64()),
        ("total_tokens", NUMBER),
        ("error", TEXT),
        ("trust_content", pa.bool_()),
        ("messages", TEXT),
        # Beyond Scout's own.
        ("checkpoint", TEXT),
        ("state", TEXT),
        ("finish_reason", TEXT),
        ("conversation_id", TEXT),
        ("user_id", TEXT),
        ("split", TEXT),
        ("turn_index", NUMBER),
        ("language", TEXT),
        ("attributes", TEXT),
        ("judgements", TEXT),
        ("human_labels", TEXT),
    ]
)
SAME = (
    "error",
    "checkpoint",
    "state",
    "finish_reason",
    "conversation_id",
    "user_id",
    "split",
    "turn_index",
    "language",
)
JUDGED = ("scorer", "category_id", "channel", "label", "score")


def _write(selected: Selected, folder: Path) -> Written:
    files = Counter[str]()
    name = marked("transcripts", ".parquet")
    with marked_parquet(folder / name, SCHEMA) as writer:
        for rows in selected.responses():
            judged, labelled = selected.judged(rows), selected.labelled(rows)
            made = [
                _transcript(
                    row, judged.get(row["response_id"], []), labelled.get(row["response_id"], [])
                )
                for row in rows
            ]
            writer.write_table(pa.Table.from_pylist(made, schema=writer.schema))
            files[name] += len(made)
    return Written(dict(files), {})


def _transcript(
    row: ExportRow, judged: list[ExportRow], labelled: list[ExportRow]
) -> dict[str, Any]:
    chat = inspect_chat(answered(row), row["response_id"])
    tokens = [n for n in (row["input_tokens"], row["output_tokens"]) if n is not None]
    return {name: row[name] for name in SAME} | {
        "transcript_id": row["response_id"],
        "source_type": "logminer",
        "date": row["created_at"] and row["created_at"].replace(tzinfo=datetime.UTC).isoformat(),
        "task_id": row["prompt_id"],
        "task_repeat": row["sample_index"] + 1,
        "model": row["model"] or row["checkpoint"],
        "message_count": len(chat),
        "total_time": row["latency_s"],
        "total_tokens": sum(tokens) if tokens else None,
        "trust_content": False,
        "messages": json.dumps(chat, ensure_ascii=False),
        "attributes": json.dumps(row["attributes"], ensure_ascii=False),
        "judgements": json.dumps([{key: one[key] for key in JUDGED} for one in judged]),
        "human_labels": json.dumps(labelled),
    }


TARGET = Target(WHAT, USE, _write)
