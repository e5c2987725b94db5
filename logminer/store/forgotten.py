"""Who was forgotten and is not to come back, though a dump may still hold them.

Of a user or a conversation a keyed hash of the pseudonym is kept, which stands nowhere else: it tells whether somebody is
meant who comes again, and nobody who has the file alone, or a copy of the study from before, can tell who.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple, Self

import pyarrow as pa

from logminer.errors import StoreError
from logminer.files.atomic import write_parquet
from logminer.files.objects import AnyPath
from logminer.ids import Pseudonyms
from logminer.store.layout import StudyFolder
from logminer.store.parts import open_part

__all__ = ["REASON", "Forgotten", "share_forgotten"]

REASON = "forgotten"  # of a rejection
BEFORE = b"before"
SCHEMA = pa.schema([pa.field("mark", pa.string(), nullable=False)])


class Forgotten(NamedTuple):
    """Marks as `Pseudonyms.forgotten` gives them, and the time before which no conversation is to have begun; null: any may."""

    marks: frozenset[str] = frozenset()
    before: datetime | None = None

    @classmethod
    def read(cls, path: AnyPath) -> Self:
        """Those of a file; nobody where there is none.

        Raises:
            StoreError: it is damaged. Nobody can say then who is not to come back, so nothing goes on.
        """
        try:
            with open_part(path) as file:
                table = file.read(columns=SCHEMA.names)
            said = (table.schema.metadata or {}).get(BEFORE)
            before = datetime.fromisoformat(said.decode()) if said else None
            return cls(frozenset(table["mark"].to_pylist()), before)
        except FileNotFoundError:
            return cls()
        except (OSError, KeyError, ValueError, pa.ArrowException):
            raise StoreError(
                f"{path}: damaged, and it says who was forgotten; take it from a copy of the study"
            ) from None

    def keep(self, path: AnyPath) -> None:
        """Write it down, whole or not at all."""
        metadata = {BEFORE: self.before.isoformat().encode()} if self.before else {}
        table = pa.table([sorted(self.marks)], SCHEMA.with_metadata(metadata))
        write_parquet(table, path, over=True)

    def joined(self, others: Forgotten) -> Forgotten:
        """Both; of two times the later one."""
        times = [one for one in (self.before, others.before) if one]
        return Forgotten(self.marks | others.marks, max(times, default=None))

    def with_marks(self, marks: Iterable[str]) -> Forgotten:
        """The same, and these."""
        return self._replace(marks=self.marks.union(marks))

    def has(self, pseudonyms: Pseudonyms, pseudonym: str | None) -> bool:
        """Whether a user or conversation is one of them."""
        return pseudonym is not None and pseudonyms.forgotten(pseudonym) in self.marks

    def is_before(self, created_at: datetime | None) -> bool:
        """Whether a conversation of that time is too old; nobody knows of one without."""
        if self.before is None or created_at is None:
            return False
        return (created_at if created_at.tzinfo else created_at.replace(tzinfo=UTC)) < self.before

    def __bool__(self) -> bool:
        return bool(self.marks) or self.before is not None


def share_forgotten(folder: StudyFolder) -> None:
    """Put a copy where workers read it; the study is locked."""
    copy = folder.forgotten_for_workers
    if copy != folder.forgotten and folder.forgotten.exists():
        Forgotten.read(folder.forgotten).keep(copy)
