"""A study under another key: every file that runs wrote is read under the one that it has and written under the new one.

While that is going on the study says so, and nobody can open it; whatever interrupts it, it is begun again and goes on with
what is left. What was replaced is gone as far as this folder knows: a disk that copies on writing, its snapshots and backups
keep what they keep.
"""

from __future__ import annotations

import contextlib
import hmac
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from logminer.errors import ConfigError, SecretError, StoreError
from logminer.files.atomic import TEMPORARY, replacing, write_bytes, write_parquet
from logminer.files.objects import AnyPath
from logminer.files.places import all_below
from logminer.files.sealing import (
    SEALED,
    FileKey,
    Mark,
    is_encrypted_parquet,
    load_file_key,
    mark_above,
    read_bytes,
    under,
)
from logminer.store.attaching import attach, refuse_if_held, remove_logs
from logminer.store.ddl import quoted
from logminer.store.encrypting import (
    ENCRYPTED_FROM,
    is_encrypted,
    mark,
    places_away,
    unlock,
)
from logminer.store.layout import StudyFolder
from logminer.store.leftovers import leftovers, remove_path
from logminer.store.lock import lock_study
from logminer.store.parts import files_of_stages, open_part
from logminer.store.publication import Publication
from logminer.store.segments import read_segment, rows_in, writing_segment
from logminer.store.session import open_session
from logminer.store.vectors import write_database
from logminer.store.writable import PACKS_FROM

__all__ = ["Rekeyed", "rekey"]

MEMORY = "1GB"
UNREADABLE = (OSError, ValueError, KeyError, pa.ArrowException, duckdb.Error)


class Rekeyed(NamedTuple):
    """What became of a study.

    Attributes:
        study: its folder.
        variable: that has the key of its files now; None: they are plain.
        files: that were written anew; none where all were under that key already.
        bytes: of these, as they are now.
        left: files in its folder that no run wrote, and that are as they were.
    """

    study: Path
    variable: str | None
    files: int
    bytes: int
    left: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """JSON-ready."""
        return {**self._asdict(), "study": str(self.study)}


def rekey(
    folder: StudyFolder,
    variable: str | None,
    from_variable: str | None = None,
    *,
    group_readable: bool | None = None,
) -> Rekeyed:
    """Have a study, and those of its suites, under the key in a variable; a plain one is encrypted.

    Args:
        folder: of the study, with the place of its parts.
        variable: that has the key; None: all is written plainly.
        from_variable: that has the key which the files are under; None: the one that the study names.
        group_readable: see `lock_study`.

    Raises:
        StoreError: there is no such study, a run holds it, a file is damaged, or the disk is full; what was not reached is as
            it was, and nobody can open the study until this was run to its end.
        StudyHeld: another program has its database open for writing.
        SecretError: a key is missing, or another one.
        ConfigError: it is the study of a suite, or what encryption needs is not installed.
    """
    if folder.above:
        raise ConfigError(
            f"{folder.root}: is the study of a suite; name the pipeline whose suite it is"
        )
    if not folder.root.is_dir():
        raise StoreError(f"{folder.root}: no such study; `logminer run` makes it")
    with contextlib.ExitStack() as locks:
        locks.enter_context(lock_study(folder.root, folder.parts, group_readable=group_readable))
        for nested in folder.nested:
            locks.enter_context(lock_study(nested.root, group_readable=group_readable))
        return _rekeyed(folder, variable, from_variable)


def _rekeyed(folder: StudyFolder, variable: str | None, from_variable: str | None) -> Rekeyed:
    found = mark_above(folder.encryption) or Mark.of(None)
    new = load_file_key(variable) if variable else None
    old = _key_of(folder, found, from_variable)
    if found.before is not None and found[:2] != Mark.of(new)[:2]:
        raise SecretError(
            f"{folder.root}: rekeying was begun with another key in {found.variable or 'no variable'}; finish that first"
        )
    studies = (folder, *folder.nested)
    for study in studies:
        for database in (study.database, study.board):
            with under(old):
                refuse_if_held(database)
    places = (folder.root, *(place for study in studies for place in places_away(study)))
    files: list[AnyPath] = []
    _sweep(studies)
    if (old and old.secret) != (new and new.secret):
        for place in places:
            mark(place, Mark.of(new).instead_of(old))
        for study in studies:
            files += _Changing(study, old, new).files()
    _sweep(studies)  # of what DuckDB kept beside copies
    for place in reversed(places):  # the study itself at last
        mark(place, Mark.of(new))
    return Rekeyed(
        folder.root, variable, len(files), sum(path.stat().st_size for path in files), _left(folder)
    )


def _key_of(folder: StudyFolder, found: Mark, variable: str | None) -> FileKey | None:
    """What the files are under, but for those that were reached before.

    Raises:
        SecretError: the key is missing, or another one.
        ConfigError: there is none, and a variable was named.
    """
    named, check = found[:2] if found.before is None else found.before
    if named is None:
        if variable is not None:
            raise ConfigError(f"{folder.root}: is not encrypted: leave out --from-env {variable}")
        return None
    key = load_file_key(variable or named)
    if not hmac.compare_digest(key.check, check or ""):
        raise SecretError(
            f"{folder.root}: environment variable {key.variable} holds another key than the one that the study is encrypted with;"
            " name the variable that has it (--from-env)"
        )
    return key


class _Changing(NamedTuple):
    """One study, from a key to another; each step says whether there was anything to do."""

    study: StudyFolder
    old: FileKey | None
    new: FileKey | None

    def files(self) -> Iterator[AnyPath]:
        """Those that were written anew; that is done on the way."""
        study = self.study
        for path in _files(study):
            if path.name.startswith(".") and path.name.endswith(TEMPORARY):
                path.unlink(missing_ok=True)  # left by a run that was killed
            elif (self._table if path.suffix == ".parquet" else self._text)(path):
                yield path
        steps = [(path, self._segment) for path in sorted(study.vectors.glob("[!.]*.parquet"))]
        steps += [(study.database, self._published), (study.vectors_database, self._shows_vectors)]
        steps += [(study.board, self._copied)]
        for file, change in steps:
            if file.exists() and change(file):
                yield file
        if self.new is None:
            study.published.unlink(missing_ok=True)

    def _text(self, path: AnyPath) -> bool:
        if self._is_done(path.read_bytes().startswith(SEALED), lambda: read_bytes(path)):
            return False
        with under(self.old), _read_whole(path):
            content = read_bytes(path)
        with under(self.new):
            write_bytes(content, path)
        return True

    def _table(self, path: AnyPath) -> bool:
        if self._is_done(is_encrypted_parquet(path), lambda: open_part(path).close()):
            return False
        with under(self.old), _read_whole(path), open_part(path) as file:
            table = file.read()
        with under(self.new):
            write_parquet(table, path, over=True)
        return True

    def _segment(self, path: Path) -> bool:
        if self._is_done(is_encrypted_parquet(path), lambda: rows_in(path)):
            return False
        with under(self.old), _read_whole(path):
            table = read_segment(path)
        with under(self.new), replacing(path) as temporary:
            writer = writing_segment(temporary)
            writer.add(table)
            writer.close()
        return True

    def _published(self, path: Path) -> bool:
        if self._is_done(is_encrypted(path), lambda: _look_into(path)):
            return False
        with self._copy(path) as copy, under(self.new), Publication(copy, MEMORY) as publication:
            publication.run("UPDATE vector_parts SET bytes = NULL")  # a segment's size is another
            publication.finish()
        return True

    def _copied(self, path: Path) -> bool:
        if self._is_done(is_encrypted(path), lambda: _look_into(path)):
            return False
        with self._copy(path):
            return True

    def _shows_vectors(self, path: Path) -> bool:
        if self._is_done(is_encrypted(path), lambda: _look_into(path)):
            return False
        study = self.study
        with under(self.new), open_session(study.root) as session:
            files = [*session.vector_files]
            with replacing(path) as temporary:
                write_database(temporary, files)
        return True

    @contextlib.contextmanager
    def _copy(self, path: Path) -> Iterator[Path]:
        """All that a database holds, in a new one that takes its place at the end."""
        with replacing(path) as copy, _read_whole(path):
            with duckdb.connect(":memory:") as connection:
                connection.execute("SET temp_directory = ''")
                with under(self.old):
                    key = unlock(connection, path)
                    connection.execute(f"ATTACH '{quoted(path)}' AS old (READ_ONLY{key})")
                with under(self.new):
                    key = unlock(connection, copy)
                    version = f"STORAGE_VERSION '{ENCRYPTED_FROM if key else PACKS_FROM}'{key}"
                    connection.execute(f"ATTACH '{quoted(copy)}' AS new ({version})")
                connection.execute("COPY FROM DATABASE old TO new")
                connection.execute("CHECKPOINT new")
            yield copy
            remove_logs(path)

    def _is_done(self, encrypted: bool, read: Callable[[], object]) -> bool:
        """Whether a file is under the new key already."""
        if self.new is None or not encrypted:
            return encrypted == (self.new is not None)
        with under(self.new), contextlib.suppress(StoreError, *UNREADABLE):
            read()
            return True
        return False


def _files(study: StudyFolder) -> Iterator[AnyPath]:
    """All that runs wrote there but databases and vectors, and but what bears nothing of anybody."""
    yield from files_of_stages(study.parts)
    if study.forgotten_for_workers != study.forgotten and study.forgotten_for_workers.exists():
        yield study.forgotten_for_workers
    others = {
        *(study.parts, study.own_parts, study.suites, study.vectors, study.votes, study.lock),
        *(study.database, study.vectors_database, study.board),
        *(study.mark, study.parts_at, study.encryption, study.published),
    }
    for path in (*study.kept, study.attacks):
        if path not in others:
            yield from all_below(path) if path.is_dir() else [path] if path.exists() else []


def _sweep(studies: Iterable[StudyFolder]) -> None:
    """Remove what processes that were killed left, which is under whatever key they had, or plain."""
    for study in studies:
        for path in leftovers(study):
            if path.name.startswith("."):  # else another program's, or a copy that somebody made
                remove_path(path)


def _look_into(path: Path) -> None:
    with duckdb.connect(":memory:") as connection:
        attach(connection, path, "found")


@contextlib.contextmanager
def _read_whole(path: AnyPath) -> Iterator[None]:
    try:
        yield
    except UNREADABLE as error:
        raise StoreError(
            f"{path}: damaged, or under another key ({type(error).__name__}); delete it, rekey again, and run the pipeline, which"
            " makes it anew"
        ) from None


def _left(folder: StudyFolder) -> tuple[str, ...]:
    """What lies in a study and is no run's."""
    return tuple(
        path.relative_to(folder.root).as_posix()
        for study in (folder, *folder.nested)
        for path in sorted(study.root.iterdir())
        if path not in (*study.kept, study.attacks)
    )
