"""`csv`: answers, judgements and people's labels as tables that every tool opens."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from logminer.exports.base import Target, Written
from logminer.exports.marking import append_lines, marked
from logminer.exports.reading import ExportRow, Selected
from logminer.files.formulas import guarded

__all__ = ["TARGET"]

WHAT = "CSV files: answers with their prompts, judgements, and people's labels."
USE = """
They go together by `response_id`; columns are those of `logminer schema`, `prompt` is the whole of what the answer was given to. A
text that a spreadsheet would compute as a formula has an apostrophe before it.
"""
ANSWER = ("response_id", "prompt_id", "checkpoint", "sample_index")
RESPONSES = (
    *ANSWER,
    "conversation_id",
    "user_id",
    "turn_index",
    "language",
    "state",
    "thoughts_state",
    "finish_reason",
    "error",
    "prompt",
    "thoughts",
    "response",
)
SAID = {
    "judgements": ("scorer", "category_id", "channel", "label", "score", "judge_error"),
    "human_labels": ("category_id", "channel", "label", "second_label", "weight"),
}


def _write(selected: Selected, folder: Path) -> Written:
    columns = {"responses": RESPONSES} | {table: (*ANSWER, *more) for table, more in SAID.items()}
    files = {marked(table, ".csv"): 0 for table in columns}
    for table, names in columns.items():
        append_lines([_lines([names])], folder / marked(table, ".csv"))
    for rows in selected.responses():
        said = {"judgements": selected.judged(rows), "human_labels": selected.labelled(rows)}
        tables: dict[str, list[ExportRow]] = {
            "responses": [row | {"prompt": _prompt(row["messages"])} for row in rows]
        }
        for table, found in said.items():
            tables[table] = [row | one for row in rows for one in found.get(row["response_id"], ())]
        for table, made in tables.items():
            name = marked(table, ".csv")
            cells = ([_cell(row[column]) for column in columns[table]] for row in made)
            append_lines([_lines(cells)], folder / name)
            files[name] += len(made)
    return Written(files, {})


def _prompt(messages: Sequence[ExportRow]) -> str:
    """What the user said; of several messages each with its role before it."""
    if len(messages) == 1:
        return messages[0]["content"] or ""
    return "\n\n".join(f"[{message['role']}]\n{message['content'] or ''}" for message in messages)


def _cell(value: Any) -> Any:
    return guarded(value) if isinstance(value, str) else value


def _lines(rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


TARGET = Target(WHAT, USE, _write)
