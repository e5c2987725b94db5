"""How an export says that it is not released: in the name of each file, inside Parquet files, and in a notice beside them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from logminer.files.atomic import writing

__all__ = ["append_lines", "json_line", "marked", "marked_parquet", "notice"]

MARK = "not-released"
NOTICE = """# Not released

This is restricted, as the study is that it comes from: single conversations, anonymised by detectors that no person has
checked here, with what scorers and people say of them. Keep it where the study may be, and hand on only what
was released on purpose: aggregates over enough people.
"""


def marked(name: str, suffix: str) -> str:
    """The name of a file: `answers`, `.csv` gives `answers.not-released.csv`."""
    return f"{name}.{MARK}{suffix}"


def notice(what: str, use: str) -> str:
    """What lies beside the files; Markdown."""
    return "\n".join((NOTICE, what, use))


def json_line(value: Any) -> str:
    """One line of JSON; what is not a number is `NaN`, as Inspect has it."""
    return json.dumps(value, ensure_ascii=False) + "\n"


def append_lines(lines: list[str], path: Path) -> None:
    """Write them at the end of a file, which is made with its folder where there is none."""
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8", newline="") as file:
            file.writelines(lines)


@contextlib.contextmanager
def marked_parquet(path: Path, schema: pa.Schema) -> Iterator[pq.ParquetWriter]:
    """A writer of a Parquet file whose metadata say that it is not released."""
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with pq.ParquetWriter(
            path, schema.with_metadata({"not_released": NOTICE}), compression="zstd"
        ) as writer:
            yield writer
