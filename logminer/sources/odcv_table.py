"""A table of ODCV-Bench's runs whose degrees stand under other names than the folder's."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import pyarrow as pa

from logminer.files.rows import Rows
from logminer.sources.odcv_folder import PANEL, PREFIX

__all__ = ["OdcvTable"]

JUDGED, MEDIAN = "judge_", "score_median"  # what tables of runs call degrees and their median


class OdcvTable(Rows):
    """The same table, in which `score_median` is `odcv_panel` as well, and `judge_<name>` is `odcv_<name>`.

    A column of that name that the table has itself holds instead.
    """

    def __init__(self, rows: Rows) -> None:
        super().__init__(rows.path)
        self._rows, self.repeated = rows, rows.repeated

    @cached_property
    def _also(self) -> dict[str, str]:
        """Our name → the table's."""
        there = self._rows.names
        named = {_ours(name): name for name in there if _ours(name) != name}
        return {ours: name for ours, name in named.items() if ours not in there}

    @cached_property
    def own_schema(self) -> pa.Schema:
        schema = self._rows.schema
        for ours, name in self._also.items():
            if name not in self.repeated:
                schema = schema.append(pa.field(ours, self._rows.type_of(name)))
        return schema

    @property
    def group_rows(self) -> tuple[int, ...]:
        return self._rows.group_rows

    def _stream(self, columns: tuple[str, ...], group: int) -> Iterator[pa.RecordBatch]:
        theirs = [self._also.get(name, name) for name in columns]
        for batch in self._rows._with_constants(tuple(dict.fromkeys(theirs)), group):
            yield batch.select(theirs).rename_columns(list(columns)) if columns else batch


def _ours(name: str) -> str:
    if name == MEDIAN:
        return PANEL
    return PREFIX + name.removeprefix(JUDGED) if name.startswith(JUDGED) else name
