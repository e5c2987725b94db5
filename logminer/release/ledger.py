"""What a project has released so far: a file in the user's configuration, for a study can be made anew and what is out cannot.

It says what differentially private releases took, and keeps of the others what they told and, by keyed digests, of whom.
Whoever loses it loses the count of what was spent, so that a new one is made only where there is none.
"""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self
from uuid import uuid4

from logminer.errors import ReleaseRefused, StoreError
from logminer.ids import configuration
from logminer.release.cells import Cell, Sum

__all__ = ["DIGEST_BYTES", "KeptRelease", "Ledger", "LedgerEntry", "ledger_file"]

Mode = Literal["rounded", "noisy"]
DIGEST_BYTES = 28  # of `Drawn.digests`
BUSY_S = 60.0
APPLICATION = 0x6C6D6C67  # in the file's header: this and nothing else is a ledger
VERSION = 2
SCHEMA = f"""
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {VERSION};
CREATE TABLE releases (
    place INTEGER PRIMARY KEY,  -- in the order in which they were begun
    release_id TEXT NOT NULL UNIQUE,
    made_at TEXT NOT NULL,      -- UTC, when it was begun
    kind TEXT NOT NULL,
    mode TEXT NOT NULL,
    epsilon REAL,               -- null: rounded
    delta REAL,
    state TEXT NOT NULL         -- begun or done
);
CREATE TABLE kept (
    release_id TEXT PRIMARY KEY REFERENCES releases (release_id),
    least INTEGER NOT NULL,
    base INTEGER NOT NULL,
    told BLOB NOT NULL,         -- zlib of JSON: [[table, [[name, value], …], count or null], …]
    people BLOB NOT NULL,       -- digests in order, one after the other
    sums BLOB NOT NULL,         -- zlib of JSON: [[whole, [part, …]], …], places in told
    contribution INTEGER NOT NULL
);
"""


class LedgerEntry(NamedTuple):
    """One release of the project.

    Attributes:
        made_at: when it was begun, UTC.
        kind: 'study' or 'board'.
        mode: 'rounded' or 'noisy'.
        epsilon, delta: what it took; null: it was rounded.
        state: 'done', or 'begun': it did not end, and what it took counts all the same.
    """

    release_id: str
    made_at: datetime
    kind: str
    mode: str
    epsilon: float | None
    delta: float | None
    state: str


class KeptRelease(NamedTuple):
    """What readers of a rounded release know.

    Attributes:
        least: prompts behind every count that it told.
        base: what its counts are multiples of.
        told: every cell that it had, and the rounded count, or None where it was not told.
        people: `Drawn.digests` of all its suites, each of `DIGEST_BYTES`.
        sums: all that tie its cells, by their places in `told`.
        contribution: prompts of a person that counted.
    """

    release_id: str
    made_at: datetime
    least: int
    base: int
    told: Mapping[Cell, int | None]
    people: frozenset[bytes]
    sums: tuple[Sum, ...] = ()
    contribution: int = 1


class Ledger:
    """The releases of one project under one key. Processes and threads may share it.

    Args:
        path: of the file; made where there is none.
        project: named in messages.

    Raises:
        StoreError: the file is damaged, of a later version, not one's own, or cannot be written; so do the methods.
    """

    def __init__(self, path: Path, project: str) -> None:
        self._path, self._project = path, project
        self._seen: int | None = None  # kept releases, when they were last read
        with self._translated():
            if not os.path.lexists(path):
                _create(path)
            if path.is_symlink():
                raise self._unusable("it is a link to another file")
            if stat.S_IMODE(path.stat().st_mode) & 0o077:
                raise StoreError(f"{path} is readable by others: chmod 600 {path}")
        with self._opened() as file:
            (application,) = file.execute("PRAGMA application_id").fetchone()
            (version,) = file.execute("PRAGMA user_version").fetchone()
        if application != APPLICATION:
            raise self._unusable("it is empty or no ledger")
        if version != VERSION:
            raise StoreError(f"{path}: was written by another version of logminer; install that")

    @classmethod
    def open(cls, project: str, key_id: str) -> Self:
        """That of a project and a key, which `Pseudonyms.key_id` names both; made where there is none."""
        return cls(ledger_file(key_id), project)

    def begin(
        self,
        release_id: str,
        kind: str,
        mode: Mode,
        epsilon: float | None = None,
        delta: float | None = None,
        most_epsilon: float | None = None,
        most_delta: float | None = None,
    ) -> LedgerEntry:
        """Write down what is about to be released, before any noise is drawn. It is never taken back.

        Args:
            epsilon, delta: what a noisy release takes.
            most_epsilon, most_delta: what all noisy releases of the project may take together.

        Raises:
            ReleaseRefused: with this one they would take more.
        """
        entry = LedgerEntry(release_id, datetime.now(UTC), kind, mode, epsilon, delta, "begun")
        with self._transaction() as file:
            self._must_not_exceed(file, "epsilon", epsilon, most_epsilon)
            self._must_not_exceed(file, "delta", delta, most_delta)
            file.execute(
                "INSERT INTO releases (release_id, made_at, kind, mode, epsilon, delta, state)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                entry._replace(made_at=entry.made_at.isoformat()),  # type: ignore[arg-type]
            )
        return entry

    def done(self, release_id: str, kept: KeptRelease | None = None) -> None:
        """Say that a release was made; called before its file is put in its place.

        Args:
            kept: what later ones are held against; null: it is noisy.

        Raises:
            ReleaseRefused: another was kept since `kept` was called, and this one was not held against it.
        """
        with self._transaction() as file:
            file.execute("UPDATE releases SET state = 'done' WHERE release_id = ?", (release_id,))
            if kept is None:
                return
            (now,) = file.execute("SELECT count(*) FROM kept").fetchone()
            if now != self._seen:
                raise ReleaseRefused(
                    "another release of this project was made meanwhile, and the two were not held against each"
                    " other: run this one again"
                )
            people = _joined(kept.people)
            told = [[*cell, count] for cell, count in kept.told.items()]
            file.execute(
                "INSERT INTO kept VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    release_id,
                    kept.least,
                    kept.base,
                    _packed(told),
                    people,
                    _packed(kept.sums),
                    kept.contribution,
                ),
            )
            self._seen = now + 1

    def entries(self) -> list[LedgerEntry]:
        """All releases, in the order in which they were begun."""
        with self._transaction() as file:
            rows = file.execute(
                "SELECT release_id, made_at, kind, mode, epsilon, delta, state FROM releases ORDER BY place"
            ).fetchall()
        return [LedgerEntry(id, datetime.fromisoformat(at), *rest) for id, at, *rest in rows]

    def kept(self) -> list[KeptRelease]:
        """What rounded releases told, in their order."""
        with self._transaction() as file:
            rows = file.execute(
                "SELECT release_id, made_at, least, base, told, people, sums, contribution FROM kept JOIN releases USING (release_id)"
                " ORDER BY place"
            ).fetchall()
        with self._translated():
            found = [
                KeptRelease(
                    id,
                    datetime.fromisoformat(made_at),
                    least,
                    base,
                    {
                        Cell(table, tuple((name, value) for name, value in at)): count
                        for table, at, count in _unpacked(told)
                    },
                    frozenset(
                        people[begin : begin + DIGEST_BYTES]
                        for begin in range(0, len(people), DIGEST_BYTES)
                    ),
                    tuple(Sum(whole, tuple(parts)) for whole, parts in _unpacked(sums)),
                    contribution,
                )
                for id, made_at, least, base, told, people, sums, contribution in rows
            ]
        self._seen = len(found)
        return found

    def _must_not_exceed(
        self, file: sqlite3.Connection, name: str, takes: float | None, most: float | None
    ) -> None:
        """Exact: ten times 0.1 are 1."""
        if takes is None or most is None:
            return
        spent = file.execute(f"SELECT {name} FROM releases WHERE {name} IS NOT NULL").fetchall()
        if sum((_exact(value) for (value,) in spent), _exact(takes)) > _exact(most):
            raise ReleaseRefused(
                f"privacy.{name}: with this release, project {self._project} would have taken more than"
                f" privacy.project_{name} ({most:g}) in all; what was begun is never given back"
            )

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, and nobody else meanwhile; on the disk when it ends."""
        with self._opened() as file:
            file.execute("PRAGMA synchronous = EXTRA")
            file.execute("BEGIN IMMEDIATE")
            yield file
            file.execute("COMMIT")

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        address = f"{self._path.absolute().as_uri()}?mode=rw"  # never makes one
        with self._translated():
            file = sqlite3.connect(address, uri=True, timeout=BUSY_S, isolation_level=None)
            try:
                yield file
            finally:
                file.close()  # what was not committed is not kept

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError, ValueError, zlib.error) as error:
            raise self._unusable(type(error).__name__) from None

    def _unusable(self, why: str) -> StoreError:
        return StoreError(
            f"{self._path}: the ledger of releases cannot be used ({why}); make it writable, or put back a copy. What"
            " was released is known to nobody else: without it nothing says what is spent"
        )


def ledger_file(key_id: str) -> Path:
    """Where the ledger of a project lies: in the user's configuration, wherever the key comes from, so that a key has one."""
    return configuration() / "ledgers" / f"{key_id}.sqlite"


def _create(path: Path) -> None:
    """An empty ledger, whole before anybody sees it: one that is empty later was damaged."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{uuid4().hex}")
    os.close(os.open(aside, os.O_CREAT | os.O_EXCL, 0o600))
    try:
        file = sqlite3.connect(aside)
        file.executescript(SCHEMA)
        file.close()
        os.link(aside, path)
    except FileExistsError:
        pass  # another process was first, and its ledger is as empty
    finally:
        aside.unlink()


def _exact(value: float) -> Fraction:
    """The decimal that was written."""
    return Fraction(str(value))


def _joined(people: frozenset[bytes]) -> bytes:
    if any(len(person) != DIGEST_BYTES for person in people):
        raise AssertionError(f"digests of people have {DIGEST_BYTES} bytes")
    return b"".join(sorted(people))


def _packed(value: object) -> bytes:
    return zlib.compress(json.dumps(value).encode())


def _unpacked(packed: bytes) -> Any:
    return json.loads(zlib.decompress(packed))
