"""Any table: the reader that fits a file."""

from __future__ import annotations

from logminer.errors import SourceError
from logminer.files.arrowfile import ArrowRows
from logminer.files.csvtable import CsvTable
from logminer.files.jsonrows import JsonArrayRows, JsonLinesRows
from logminer.files.kinds import kind_of
from logminer.files.lines import is_json_lines
from logminer.files.objects import AnyPath
from logminer.files.parquet import ParquetRows
from logminer.files.rows import Constants, Rows

__all__ = ["open_table"]


def open_table(path: AnyPath, constants: Constants = ()) -> Rows:
    """A reader for the file, by its name; one that is named as nothing that is known is Parquet.

    Args:
        path: the file.
        constants: columns to add; one that the file has itself holds instead.

    Raises:
        SourceError: missing, or not what its name says.
    """
    kind = kind_of(path.name)
    if kind == "arrow":
        return ArrowRows(path, constants)
    if kind == "csv":
        return CsvTable(path, constants)
    if kind == "jsonl":
        return JsonLinesRows(path, constants)
    if kind == "json":
        lines = is_json_lines(path)
        return JsonLinesRows(path, constants) if lines else JsonArrayRows(path, constants)
    if kind not in ("parquet", None):
        raise SourceError(f"{path}: no table of rows; name its format under source.format")
    return ParquetRows(path, constants)
