"""The sheet that an annotator fills: a CSV or Parquet file of texts, which arm wrote them hidden.

It holds conversation text, so only its owner can read it (mode 0600). Each change replaces the file whole: whatever
interrupts the work, the file is the one before or the one after. `logminer calibrate` reads it as it stands.
"""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from logminer.errors import SourceError, StoreError
from logminer.files.atomic import write_private
from logminer.files.csv import CsvRows
from logminer.files.formulas import guarded, unguarded

__all__ = ["SHEET", "AnnotationSheet", "write_sheet"]

Row = dict[str, Any]

TEXTS = ("prompt", "thoughts", "response")

# Columns of every sheet; between `channel` and `label` it has those of `TEXTS` that are to be read.
SHEET = pa.schema(
    [
        pa.field("response_id", pa.string()),
        pa.field("category", pa.string()),
        pa.field("channel", pa.string()),
        *(pa.field(name, pa.string()) for name in TEXTS),
        pa.field("label", pa.string()),
        pa.field("second_label", pa.string()),
        pa.field("weight", pa.float64()),
        pa.field("note", pa.string()),
    ]
)

LABELS = ("label", "second_label")
NEEDED = ("response_id", "category", "channel", "prompt", *LABELS)


def write_sheet(path: Path, rows: Sequence[Row], texts: Sequence[str]) -> None:
    """Write a new sheet of `rows`, of which `texts` are to be read.

    Raises:
        SourceError: another kind of file, a folder that cannot be written, or a file is there that is no sheet or in
            which somebody has filled labels.
    """
    _kind(path)
    if path.exists():
        try:
            filled = AnnotationSheet(path).filled()
        except SourceError:
            raise SourceError(
                f"{path}: there is a file that is no sheet of logminer label; give another with --out"
            ) from None
        if filled:
            raise SourceError(
                f"{path}: {filled} rows of it are labelled; go on with it (logminer label STUDY {path}),"
                " or give another file with --out"
            )
    kept = [field for field in SHEET if field.name not in TEXTS or field.name in texts]
    _save(path, pa.schema(kept), rows, new=True)


class AnnotationSheet:
    """A sheet that is being filled. Rows and columns stay in their order, also columns that somebody added."""

    def __init__(self, path: Path) -> None:
        """Open the sheet.

        Raises:
            SourceError: missing, of another kind, damaged, or without the columns of a sheet.
        """
        self.path = path
        table = _read(path)
        if missing := [name for name in NEEDED if name not in table.column_names]:
            raise SourceError(
                f"{path}: no column {', '.join(map(repr, missing))}, so it is no sheet of logminer label;"
                " draw one with logminer label STUDY --category CATEGORY --out FILE"
            )
        self._schema = pa.schema(
            [pa.field(f.name, pa.string()) if f.name in LABELS else f for f in table.schema]
        )
        self.rows: list[Row] = table.to_pylist()
        self._state = self._stat()

    def label(self, place: int, column: str) -> str:
        """The label in row `place`; '' where there is none."""
        return str(self.rows[place][column] or "").strip().lower()

    def filled(self) -> int:
        """Rows with a label of either annotator."""
        return sum(any(self.label(i, name) for name in LABELS) for i in range(len(self.rows)))

    def open_rows(self, column: str) -> list[int]:
        """Rows without a label in `column`."""
        return [place for place in range(len(self.rows)) if not self.label(place, column)]

    def texts(self, place: int) -> dict[str, str]:
        """What is to be read in row `place`: prompt, and thoughts, response, or both."""
        found = {name: str(text or "") for name, text in self.rows[place].items() if name in TEXTS}
        if _kind(self.path) == ".csv":
            return {name: unguarded(text) for name, text in found.items()}
        return found

    def set(self, place: int, column: str, label: str) -> None:
        """Fill a label in and save the sheet.

        Raises:
            SourceError: the file was changed by somebody else meanwhile, or cannot be written.
        """
        if self._stat() != self._state:
            raise SourceError(
                f"{self.path}: changed by another program meanwhile; nothing of it is overwritten:"
                " close it there and start again"
            )
        self.rows[place][column] = label
        _save(self.path, self._schema, self.rows)
        self._state = self._stat()

    def _stat(self) -> tuple[int, int, int] | None:
        with contextlib.suppress(OSError):
            state = self.path.stat()
            return state.st_ino, state.st_size, state.st_mtime_ns
        return None


def _kind(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".parquet"):
        raise SourceError(f"{path}: a sheet is a .csv or .parquet file; name it so")
    return suffix


def _read(path: Path) -> pa.Table:
    if _kind(path) == ".csv":
        return CsvRows(path).table()
    try:
        return pq.ParquetFile(path).read()
    except FileNotFoundError:
        raise SourceError(f"{path}: no such file; check the path") from None
    except (OSError, pa.ArrowException):
        raise SourceError(f"{path}: cannot be read as Parquet") from None


def _save(path: Path, schema: pa.Schema, rows: Sequence[Row], *, new: bool = False) -> None:
    """Replace the file in one step; nobody but its owner may read it."""
    if _kind(path) == ".csv":
        content = _csv(schema.names, rows, guard=new)
    else:
        buffer = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(list(rows), schema), buffer, compression="zstd")
        content = buffer.getvalue()
    if not path.parent.is_dir():
        raise SourceError(f"{path}: cannot be written (No such file or directory)")
    try:
        write_private(content, path)
    except StoreError as error:
        raise SourceError(str(error)) from None


def _csv(names: Sequence[str], rows: Iterable[Row], *, guard: bool) -> bytes:
    """CSV in UTF-8. Cells of a sheet that was read are as they are to be; those of a new one are guarded."""

    def cell(value: Any) -> str:
        if isinstance(value, float):
            return f"{value:.12g}"
        text = "" if value is None else str(value)
        return guarded(text) if guard else text

    lines = io.StringIO(newline="")
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([cell(row[name]) for name in names] for row in rows)
    return lines.getvalue().encode()
