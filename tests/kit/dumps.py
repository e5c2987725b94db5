"""Dumps as Parquet files, and how they read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from logminer.errors import ConfigError, SourceError
from logminer.sources.spec import SourceSpec

__all__ = [
    "MESSAGES",
    "conversations",
    "dialogue",
    "lines",
    "parts",
    "raw",
    "refusal",
    "said",
    "write",
]


MESSAGES = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))


def dialogue(*contents: str | None) -> list[dict[str, str | None]]:
    roles = ("user", "assistant")
    return [{"role": roles[i % 2], "content": c} for i, c in enumerate(contents)]


def write(path: Path, columns: dict[str, object], **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path, **options)
    return path


def lines(path: Path, *records: dict[str, object]) -> Path:
    """Records as lines of JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def said(row: dict[str, Any]) -> list[tuple[str, str | None]]:
    """Who says what in a raw conversation."""
    return [(message["role"], message["content"]) for message in row["messages"]]


def conversations(n: int, prefix: str = "c", text: str = "hello") -> dict[str, object]:
    return {
        "conversation_id": [f"{prefix}{i}" for i in range(n)],
        "messages": pa.array([dialogue(f"{text} {i}", f"hi {i}") for i in range(n)], MESSAGES),
    }


def raw(path: Path | str, **options: object) -> list[dict[str, object]]:
    spec = SourceSpec(path=str(path), **options)
    return [row for piece in spec.slices() for row in piece.read().to_pylist()]


def parts(path: Path | str) -> list[str]:
    return [piece.part for piece in SourceSpec(path=str(path)).slices()]


def refusal(path: Path | str, **options: object) -> str:
    spec = SourceSpec(path=str(path), **options)
    with pytest.raises((SourceError, ConfigError)) as caught:
        spec.check()
    message = str(caught.value)
    assert "\n" not in message
    return message
