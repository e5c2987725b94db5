"""Results of an Inspect Scout scanner as a table: what it says of each transcript in a column that is named after it.

Source: `RecorderBuffer.record` and `ResultReport.to_df_columns` of inspect_scout 0.6.2 (_recorder/buffer.py,
_scanner/result.py), and its `as_scorer` for result sets.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

from logminer.errors import SourceError
from logminer.files.jsonread import read_json
from logminer.files.objects import AnyPath
from logminer.files.parquet import ParquetRows
from logminer.files.records import RecordRows
from logminer.files.rows import Constants, Record
from logminer.messages.calls import parsed
from logminer.messages.text import text_of
from logminer.sources.inspect_messages import (
    CODE,
    end_of,
    limit_of,
    mark_end,
    nothing_attached,
    read_message,
)

__all__ = ["REQUIRED", "ScanRows"]

REQUIRED = ("transcript_id", "scanner_key", "input_type", "value", "value_type")
MADE = ("prompt_id", "messages")
LARGE = frozenset(("input", "input_data", "scan_events", "scan_error_traceback"))
VALUES = ("scanner_key", "value", "value_type", "scan_error", "scan_error_type")
ASKED = ("transcript_task_set", "transcript_task_id")
GIVEN = ("input_type", "input", "transcript_error", "transcript_limit")
FAILED = "scan_failed"


class ScanRows(RecordRows):
    """A Parquet file of one scanner; its rows are one group.

    It has the file's columns but LARGE, `prompt_id` (`TASK SET/TASK ID`), `messages` (what the scanner was given), and
    what the scanner says: in the column named after it, or in `SCANNER.KEY` where that is a record or a set of labelled
    results (of equal labels the first). Where the scan failed it is null, and `SCANNER.reason` says so: `refusal` (of the
    scanner's model) or `scan_failed`.

    Args:
        path: the file.
        constants: columns to add; one that the file has itself holds instead.

    Raises:
        SourceError: missing, no Parquet, or no scanner's results.
    """

    def __init__(self, path: AnyPath, constants: Constants = ()) -> None:
        super().__init__(path, constants)
        self._file = ParquetRows(path)
        if lacking := [name for name in REQUIRED if name not in self._file.names]:
            raise SourceError(
                f"{path}: no results of a Scout scanner: no column '{lacking[0]}'; check source.format"
            )
        self.repeated = self._file.repeated

    @cached_property
    def own_names(self) -> tuple[str, ...]:
        said = {name for record in self._read(VALUES) for name in self._results(record)}
        return (*self._small, *MADE, *sorted(said))

    @cached_property
    def _small(self) -> tuple[str, ...]:
        """The file's own columns that are given."""
        return tuple(name for name in self._file.names if name not in LARGE and name not in MADE)

    @property
    def group_rows(self) -> tuple[int, ...]:
        return (self._file.num_rows,)

    def _records(self, columns: Sequence[str], group: int) -> Iterator[Record]:
        given = GIVEN if "messages" in columns else ()
        own = [name for name in columns if name in self._small]
        for record in self._read(dict.fromkeys((*own, *VALUES, *ASKED, *given))):
            made = {
                "prompt_id": _prompt_id(record),
                "messages": _dialogue(record) if given else None,
            }
            yield {**record, **made, **self._results(record)}

    def _read(self, columns: Iterable[str]) -> Iterator[Record]:
        """The file's rows; a column that it lacks is null."""
        there = [name for name in columns if name in self._file.names]
        nothing: Record = dict.fromkeys(columns)
        for batch in self._file.scan(there):
            for record in batch:
                yield nothing | record

    def _results(self, record: Record) -> Record:
        """What the scanner says, by column."""
        name = text_of(record["scanner_key"]) or "scanner"
        column = f"scanner.{name}" if name in self._file.names or name in MADE else name
        if record["scan_error"] is not None or record["scan_error_type"] is not None:
            told = text_of(record["scan_error_type"]) or FAILED
            return {column: None, f"{column}.reason": told if CODE.fullmatch(told) else FAILED}
        value = _value(record["value"], record["value_type"])
        if record["value_type"] == "resultset" and isinstance(value, list):
            labelled = [
                (text_of(one.get("label")), one.get("value"))
                for one in value
                if isinstance(one, dict)
            ]
            value = {label: said for label, said in reversed(labelled) if label}
        if isinstance(value, dict):
            return {f"{column}.{key}": _known(said) for key, said in value.items()}
        return {column: _known(value)}


def _prompt_id(record: Record) -> str | None:
    task, sample = (text_of(record[name]) for name in ASKED)
    return "/".join(filter(None, (task, sample))) if sample else None


def _dialogue(record: Record) -> list[Any] | None:
    """The messages that the scanner was given: of a transcript, or told as such; None where it was given something else."""
    try:
        given = read_json(record["input"] or "null")
    except ValueError:
        return None
    if record["input_type"] == "transcript" and isinstance(given, dict):
        given = given.get("messages")
    if record["input_type"] == "message":
        given = [given]
    if record["input_type"] not in ("transcript", "messages", "message") or not isinstance(
        given, list
    ):
        return None
    messages = [read_message(one, nothing_attached) for one in given]
    mark_end(
        messages,
        end_of(bool(record["transcript_error"]), limit_of(record["transcript_limit"])),
    )
    return messages


def _value(value: Any, kind: Any) -> Any:
    """A value, which stands as text where the file's rows have values of several kinds."""
    if not isinstance(value, str) or kind == "string":
        return value
    if kind == "boolean":
        return {"true": True, "false": False}.get(value.lower(), value)
    if kind == "number":
        try:
            number = float(value)
        except ValueError:
            return value
        return int(number) if number.is_integer() else number
    return parsed(value) if kind in ("object", "array", "resultset") else value


def _known(value: Any) -> Any:
    """NaN, which stands for none, as None."""
    return None if isinstance(value, float) and math.isnan(value) else value
