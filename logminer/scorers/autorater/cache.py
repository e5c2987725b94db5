"""What judges have said already: a file in the study, in which each vote is kept as it comes.

It holds keyed hashes, codes and offsets, and no text. A vote that failed (no answer came) is not kept. It is no part of
the study's result and can be deleted: then the judges are asked again.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from logminer.errors import StoreError
from logminer.files.atomic import FULL, disk_full
from logminer.process.leaving import closed_at_the_end
from logminer.scorers.autorater.votes import Vote

__all__ = ["VoteCache", "keep_votes"]

SCHEMA = """
CREATE TABLE IF NOT EXISTS votes (
    judge TEXT NOT NULL,        -- identity of who was asked, and how
    question BLOB NOT NULL,     -- keyed hash of the rubric and the texts
    number INTEGER NOT NULL,    -- of the vote
    said INTEGER,               -- code of a label, or a degree; null: nothing that could be read
    error TEXT,                 -- what was wrong with the answer; null: nothing
    evidence_start INTEGER,
    evidence_end INTEGER,
    answered_by TEXT,           -- model and fingerprint of who answered, as its server says; null: not said
    PRIMARY KEY (judge, question, number)
) WITHOUT ROWID
"""
ADDED = "answered_by"  # which files of earlier versions lack
MOST_AT_ONCE = 500  # questions in one query
BUSY_S = 60.0
NO_SPACE = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_FSYNC,
    sqlite3.SQLITE_IOERR_TRUNCATE,
    sqlite3.SQLITE_IOERR_SHMSIZE,
)


class VoteCache:
    """The votes of one judge. Threads may share it, and several may be open on one file.

    Args:
        path: of the file; made where there is none.
        judge: its identity.

    Raises:
        StoreError: the file is damaged or cannot be written, or the disk is full; so do the methods.
    """

    def __init__(self, path: Path, judge: str) -> None:
        self._path, self._judge = path, judge
        self._lock = threading.Lock()
        if path.is_symlink():
            raise StoreError(f"{path}: is a link to another file; remove it and run again")
        with self._translated():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                path, timeout=BUSY_S, isolation_level=None, check_same_thread=False
            )
            # the last one that closes folds the log into the file and leaves nothing beside it
            closed_at_the_end(self, self._connection.close)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.execute(SCHEMA)
            self._add_column()

    def find(self, questions: Sequence[str]) -> dict[tuple[str, int], Vote]:
        """Every vote on these questions, by question and number."""
        found: dict[tuple[str, int], Vote] = {}
        with self._translated(), self._lock:
            for begin in range(0, len(questions), MOST_AT_ONCE):
                some = [bytes.fromhex(id) for id in questions[begin : begin + MOST_AT_ONCE]]
                rows = self._connection.execute(
                    "SELECT question, number, said, error, evidence_start, evidence_end, answered_by FROM votes"
                    f" WHERE judge = ? AND question IN ({', '.join('?' * len(some))})",
                    [self._judge, *some],
                )
                for question, number, said, error, start, end, by in rows:
                    span = None if start is None else (start, end)
                    found[question.hex(), number] = Vote(said, error, span, by)
        return found

    def keep(self, question: str, number: int, vote: Vote) -> None:
        """Keep one vote; it is on its way to the disk when this returns, and outlives the process."""
        start, end = vote.evidence or (None, None)
        said = vote.said, vote.error, start, end, vote.answered_by
        row = (self._judge, bytes.fromhex(question), number, *said)
        with self._translated(), self._lock:
            self._connection.execute(
                "INSERT OR REPLACE INTO votes VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row
            )

    def _add_column(self) -> None:
        def names() -> set[str]:
            return {row[1] for row in self._connection.execute("PRAGMA table_info(votes)")}

        if ADDED not in names():
            try:
                self._connection.execute(f"ALTER TABLE votes ADD COLUMN {ADDED} TEXT")
            except sqlite3.OperationalError:
                if ADDED not in names():  # else another process was faster
                    raise

    @contextmanager
    def _translated(self) -> Iterator[None]:
        with _translated(self._path):
            yield


def keep_votes(path: Path, questions: Iterable[str]) -> None:
    """Forget every vote but those on these questions, whoever gave it; no byte of the others is left. Nobody has it open.

    Raises:
        StoreError: the file is damaged or cannot be written, or the disk is full.
    """
    with _translated(path), closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("PRAGMA temp_store = MEMORY")
        file.execute("PRAGMA journal_mode = DELETE")
        file.execute("CREATE TEMP TABLE kept (question BLOB PRIMARY KEY) WITHOUT ROWID")
        file.executemany(
            "INSERT OR IGNORE INTO kept VALUES (?)", ([bytes.fromhex(id)] for id in questions)
        )
        file.execute("DELETE FROM votes WHERE question NOT IN (SELECT question FROM kept)")
        file.execute("VACUUM")


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        if getattr(error, "sqlite_errorcode", None) in NO_SPACE or (
            isinstance(error, OSError) and error.errno in FULL
        ):
            raise disk_full(path) from None
        raise StoreError(
            f"{path}: cannot be used ({type(error).__name__}); if it is damaged, delete it: the judges are then asked again"
        ) from None
