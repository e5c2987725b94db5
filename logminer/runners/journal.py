"""Rows of an unfinished part that are too costly to lose, kept beside it lot by lot until the part is whole."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from logminer.errors import StoreError
from logminer.files.objects import AnyPath
from logminer.files.places import matching
from logminer.schemas import Table
from logminer.stages.base import Earlier
from logminer.store import parts
from logminer.store.parts import CHUNKS, KIN, PartFile

__all__ = ["Journal", "taken_over"]

ASKED = ["prompt_id", "messages", "language", "redactions", "found"]  # columns of a prompt


class Journal(NamedTuple):
    """The lots of one part: `parts/<stage>-<fingerprint>/.chunks/<part>.<number>.parquet`.

    `kin` names what a row depends on. Where an option changes which rows there are but none of the rows (a larger
    sample), the part of the other fingerprint has the same kin, and its rows are taken over.
    """

    output: AnyPath  # of the part
    table: Table
    kin: str | None = None

    def read(self, earlier: Iterable[pa.Table] = ()) -> pa.Table:
        """The rows kept so far, each once, from the stage's other fingerprints too; of those none that failed.

        Args:
            earlier: rows that come after these; see `taken_over`.
        """
        own = [PartFile(file).read() for file in self._files()]
        others = [_good(PartFile(file).read()) for file in self.relatives()]
        found = [self.table.schema.empty_table(), *own, *others, *earlier]
        rows = pa.concat_tables([table.cast(self.table.schema) for table in found])
        ids = zip(*(rows[name].to_pylist() for name in self.table.key_columns), strict=True)
        firsts = {identity: row for row, identity in reversed(list(enumerate(ids)))}
        return rows.take(pa.array(sorted(firsts.values()), pa.int64()))

    def keep(self, rows: pa.RecordBatch | pa.Table) -> None:
        """Write a lot, whole or not at all."""
        number = 1 + max((int(file.stem.rsplit(".", 1)[1]) for file in self._files()), default=-1)
        table = rows if isinstance(rows, pa.Table) else pa.Table.from_batches([rows])
        parts.write(
            self._file(f"{number:06d}"),
            table,
            self.table,
            rows_in=len(table),
            rejected=0,
            extra=self.mark,
        )

    def clear(self) -> None:
        """The part is whole: forget its lots."""
        for file in self._files():
            file.unlink(missing_ok=True)

    @property
    def mark(self) -> tuple[tuple[str, str], ...]:
        """What the footer of a part or a lot says of its kin."""
        return ((KIN, self.kin),) if self.kin else ()

    def _file(self, number: str) -> AnyPath:
        return self.output.parent / CHUNKS / f"{self.output.stem}.{number}.parquet"

    def _files(self) -> list[AnyPath]:
        folder = self.output.parent / CHUNKS
        return matching(folder, f"{glob.escape(self.output.stem)}.*.parquet")

    def relatives(self) -> Iterator[AnyPath]:
        """Parts, and lots of parts, of the same rows under another fingerprint."""
        folder = self.output.parent
        label = folder.name.rsplit("-", 1)[0]
        for other in matching(folder.parent, f"{glob.escape(label)}-*") if self.kin else ():
            if other != folder:
                relative = Journal(other / self.output.name, self.table)
                for file in (relative.output, *relative._files()):
                    if file.exists() and PartFile(file).footer().kin == self.kin:
                        yield file


def taken_over(earlier: Sequence[Earlier], batch: pa.RecordBatch) -> Iterator[pa.Table]:
    """Rows of parts of the dump as it was that answer prompts which are asked as they were; none that failed.

    Args:
        earlier: such parts; one that is damaged is of no use.
        batch: rows of `schemas.PROMPTS`.
    """
    asked = _asked(batch) if earlier else {}
    for one in earlier:
        try:
            before, rows = _asked(one.prompts.read()), one.rows.read()
        except StoreError:
            continue
        same = [name for name, row in before.items() if asked.get(name) == row]
        yield _good(rows.filter(pc.is_in(rows["prompt_id"], pa.array(same, pa.string()))))


def _asked(prompts: pa.RecordBatch | pa.Table) -> dict[str, dict[str, Any]]:
    """Of each prompt all that its answer hangs on."""
    return {row["prompt_id"]: row for row in prompts.select(ASKED).to_pylist()}


def _good(rows: pa.Table) -> pa.Table:
    return rows.filter(pc.is_null(rows["error"])) if "error" in rows.column_names else rows
