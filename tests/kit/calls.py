"""Exports of logs of calls, as each tool writes them."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

__all__ = [
    "ai",
    "as_text",
    "calling",
    "told",
    "tool",
    "user",
    "write_csv",
    "write_json",
    "write_lines",
    "write_typed",
]

Record = dict[str, Any]


def user(text: Any) -> Record:
    return {"role": "user", "content": text}


def ai(text: Any, **more: Any) -> Record:
    return {"role": "assistant", "content": text, **more}


def calling(name: str, call_id: str = "call_1", arguments: str = "{}") -> Record:
    function = {"name": name, "arguments": arguments}
    return ai(None, tool_calls=[{"id": call_id, "type": "function", "function": function}])


def tool(text: str, call_id: str = "call_1") -> Record:
    return {"role": "tool", "tool_call_id": call_id, "content": text}


def told(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """What matters of a raw conversation."""
    messages = [(m["role"], m["content"]) for m in row["messages"] or ()]
    return (row["conversation_id"], row["user_id"], row["model"], row["problem"], messages)


def as_text(value: Any) -> Any:
    """A cell as exports to CSV have it: lists and records as JSON."""
    return json.dumps(value) if isinstance(value, list | dict) else value


def write_typed(path: Path, rows: Sequence[Record], schema: pa.Schema) -> Path:
    """Parquet of exactly these types."""
    pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), path)
    return path


def write_lines(path: Path, rows: Sequence[Record]) -> Path:
    path.write_text("".join(json.dumps(row, default=str) + "\n" for row in rows))
    return path


def write_json(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value, default=str))
    return path


def write_csv(path: Path, rows: Sequence[Record]) -> Path:
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(names)
        for row in rows:
            writer.writerow(["" if (v := as_text(row.get(n))) is None else v for n in names])
    return path
