"""`study.duckdb`: built from the parts, thrown away and rebuilt at will.

Publishing never touches the file that analysts read: it works on a copy beside it and replaces the file in one
step, so a reader is never locked out and keeps its snapshot. What it writes is that copy and what is new: the vectors
of responses, most of all bytes, lie beside it (see `vectors`). When the database holds a part that is no longer there as
it was loaded, or is not as it was published, it is built anew.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from logminer.errors import QueryError, StoreError
from logminer.files.atomic import disk_full, write_text, writing
from logminer.files.jsonread import read_json
from logminer.files.sealing import FileKey, key_for, read_bytes, under
from logminer.schemas import (
    CONVERSATIONS,
    EMBEDDINGS,
    INSIDE,
    PART_DIGESTS,
    PROMPTS,
    PUBLISHED,
    PUBLISHED_STATE,
)
from logminer.store.attaching import refuse_if_held, remove_logs, state, sweep_beside
from logminer.store.encrypting import is_encrypted
from logminer.store.grouping import prompt_groups
from logminer.store.halves import Halves, kept_halves
from logminer.store.layout import DATABASE, StudyFolder
from logminer.store.loading import (
    Key,
    KnownPart,
    KnownVectors,
    Loader,
    held_vectors,
    is_as_known,
)
from logminer.store.twice import Loadable, conversation_parts, is_in_order, note_order
from logminer.store.vectors import SegmentFolder, write_database
from logminer.store.writable import Writable, found_no_space

__all__ = ["Loadable", "Publication", "publish", "revise"]

ASIDES = [table.aside.table for table in PUBLISHED if table.aside]


class Publication(Writable):
    """The copy that is being brought up to date; `rows` and `columns` work as in a session."""

    def __init__(self, path: Path, memory: str) -> None:
        self._opened = state(path)
        super().__init__(path, memory)

    def is_as_published(self) -> bool:
        """Whether nobody has changed the file since a publication finished it."""
        if is_encrypted(self._path):
            return self._opened in _published(self._folder)
        return self.rows("SELECT state FROM published_state") == [(self._opened,)]

    @property
    def is_earlier(self) -> bool:
        """Whether it has its vectors in itself, as earlier versions published it."""
        found = "SELECT 1 FROM duckdb_tables() WHERE table_name = ?"
        return bool(self.rows(found, [EMBEDDINGS.name]))

    def known(self) -> dict[Key, KnownPart]:
        """What is known of the loaded parts."""
        rows = self.rows(
            "SELECT stage, fingerprint, part, rows, coalesce(digest, ''), coalesce(stamp, '')"
            " FROM loaded_parts LEFT JOIN part_digests USING (stage, fingerprint, part)"
        )
        return {
            (stage, fingerprint, part): KnownPart(*known)
            for stage, fingerprint, part, *known in rows
        }

    def holds(
        self, loadables: Sequence[Loadable], parts: Sequence[str] | None, *, all_came: bool
    ) -> bool:
        """Whether all that is loaded is to be, and as it was; then it is enough to load what is new.

        Args:
            loadables: see `publish`.
            parts: see `publish`.
            all_came: the dump has no others.
        """
        folders = {one.key("")[:2]: one.folder for one in loadables}
        stamps = {name: folder.stamps() for name, folder in folders.items()}
        named = None if parts is None or not all_came else set(parts)
        known = self.known()
        for (stage, fingerprint, part), said in known.items():
            folder = folders.get((stage, fingerprint))
            if folder is None or (named is not None and part not in named):
                return False
            if not is_as_known(folder, part, stamps[stage, fingerprint], said):
                return False
        if len(self.segments.whole(held_vectors(self))) < len(self.named):
            return False
        if all_came and not self.is_in_order(loadables, parts):
            return False
        self._stamp({key: stamps[key[:2]][key[2]] for key in known}, known)
        return True

    def _stamp(self, now: Mapping[Key, str], known: Mapping[Key, KnownPart]) -> None:
        """Note that files of a study that was copied are what they were: none is opened the next time."""
        if any(now[key] != said.stamp for key, said in known.items()):
            rows = [(*key, said.digest, now[key]) for key, said in known.items()]
            columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
            self.replace(PART_DIGESTS, pa.table(columns, PART_DIGESTS.schema))

    @property
    def segments(self) -> SegmentFolder:
        """Where its vectors are."""
        return SegmentFolder(self._folder.vectors)

    @property
    def _folder(self) -> StudyFolder:
        return StudyFolder(self._path.parent)

    @property
    def named(self) -> list[str]:
        """The segments that hold them."""
        return list(dict.fromkeys(one.segment for one in held_vectors(self)))

    def known_vectors(self) -> KnownVectors:
        """What need not be written again where it is built anew."""
        return KnownVectors(held_vectors(self), self.known())

    def load(
        self, loadables: Sequence[Loadable], parts: Sequence[str] | None, known: KnownVectors
    ) -> None:
        """Load the parts that are not in yet.

        Args:
            loadables: folders, and the tables that they go to.
            parts: names in the order of the dump; None: whatever lies in the folders, by name.
            known: vectors that lie there already.
        """
        old = conversation_parts(self, loadables)
        was_in_order = is_in_order(self, old, parts)
        if new := Loader(self, loadables, self.segments, known).load(parts):
            note_order(self, old, new, parts, was_in_order=was_in_order)

    def is_in_order(self, loadables: Sequence[Loadable], parts: Sequence[str] | None) -> bool:
        """Whether a conversation that came twice was kept from the first part that has it."""
        return is_in_order(self, conversation_parts(self, loadables), parts)

    def allot(self, halves: Halves) -> None:
        """Put everybody on the half that the study has given; who has none yet is on neither."""
        with self.incoming(halves.table()):
            for table in (CONVERSATIONS, PROMPTS):
                unit = "coalesce(user_id, conversation_id)"
                self._connection.execute(
                    f"UPDATE {table.name} SET split = NULL WHERE split IS NOT NULL"
                    f" AND {unit} NOT IN (SELECT unit FROM incoming)"
                )
                self._connection.execute(
                    f"UPDATE {table.name} SET split = i.split FROM incoming AS i"
                    f" WHERE {unit} = i.unit AND {table.name}.split IS DISTINCT FROM i.split"
                )

    def group_prompts(self) -> None:
        """Say of every prompt which others ask alike, where some prompt is new."""
        if self.rows("SELECT 1 FROM prompts WHERE prompt_group IS NULL LIMIT 1"):
            with self.incoming(prompt_groups(self._connection)):
                self._connection.execute(
                    "UPDATE prompts SET prompt_group = i.prompt_group FROM incoming AS i"
                    " WHERE prompts.prompt_id = i.prompt_id"
                    " AND prompts.prompt_group IS DISTINCT FROM i.prompt_group"
                )

    def finish(self) -> None:
        """Fold everything into the one file, which says itself which state of it this is; beside it where it is encrypted."""
        self.fold()
        if is_encrypted(self._path):
            known = [*_published(self._folder), state(self._path)]
            write_text(json.dumps(known[-2:]), self._folder.published)  # it, and what it replaces
            return
        said = pa.table({"state": [(state(self._path) or 0) + 1]})
        self.replace(PUBLISHED_STATE, said)
        self.fold()


@contextlib.contextmanager
def publish(
    study: Path,
    loadables: Sequence[Loadable],
    memory: str = "1GB",
    *,
    parts: Sequence[str] | None = None,
    whole: bool = False,
) -> Iterator[Publication]:
    """Bring a copy up to date with the parts, let the caller add tables, then replace the database.

    Args:
        study: the study's folder; the caller holds its lock.
        loadables: parts to load, in an order where conversations come before prompts before responses before the rest.
        memory: limit for DuckDB, in its own notation.
        parts: names of the dump's parts, in its order: no other is loaded. None: all that lie in the folders.
        whole: they are all that the dump has. A database that holds another, of a dump as it was, is built anew.

    Raises:
        StoreError: a part is damaged or the disk is full.
        StudyHeld: another program has the database open for writing; the parts remain.
    """
    study.mkdir(parents=True, exist_ok=True)
    folder, all_came = StudyFolder(study), whole or parts is None
    with _showing_vectors(folder), _copy_of(study) as copy:
        publication, known = _open_copy(copy, memory, loadables, parts, all_came=all_came)
        try:
            publication.load(loadables, parts, known)
            if all_came and not publication.is_in_order(loadables, parts):
                known = publication.known_vectors()
                publication.close()
                publication = _open_empty(copy, memory)
                publication.load(loadables, parts, known)
            if all_came:  # it takes all texts to say it
                publication.group_prompts()
            if (halves := kept_halves(folder)) is not None:
                publication.allot(halves)
            yield publication
            if all_came:
                _tighten(publication, copy)
            publication.finish()
            files = publication.segments.files(publication.named)
            if files or folder.vectors_database.exists():
                write_database(folder.next_vectors_database, files)
        finally:
            publication.close()


@contextlib.contextmanager
def revise(study: Path, memory: str = "1GB") -> Iterator[Publication]:
    """Let the caller change tables of a copy of the database, then replace it. No part is read.

    Args:
        study: the study's folder; the caller holds its lock.
        memory: limit for DuckDB, in its own notation.

    Raises:
        StoreError: there is no database, it is another version's or was changed since it was published, or the disk is
            full.
        StudyHeld: another program has it open for writing.
    """
    target = StudyFolder(study).database
    if not target.is_file():
        raise StoreError(f"{target}: no such study database; run the pipeline first")
    with _copy_of(study) as copy:
        publication = _open_current(copy, memory)
        if publication is None:
            raise StoreError(
                f"{target}: damaged, or made by another version of logminer; run the pipeline again"
            )
        with publication:
            if not publication.is_as_published():
                raise StoreError(
                    f"{target}: another program has changed it since it was published; run the pipeline again"
                )
            yield publication
            publication.finish()


@contextlib.contextmanager
def _copy_of(study: Path) -> Iterator[Path]:
    """A copy of the database beside it; without an error, the copy has replaced the database at the end.

    Nothing of another program is copied or left beside it, and none may be writing it, then or at the end: it would go
    on in a file that is no longer there, and leave its log of changes to one that it has not seen.
    """
    folder = StudyFolder(study)
    target, copy = folder.database, folder.next_database
    _remove(copy)
    sweep_beside(target)
    refuse_if_held(target)
    try:
        if target.exists():
            with writing(copy):
                shutil.copyfile(target, copy)
        yield copy
        refuse_if_held(target)
        with writing(target):
            remove_logs(target)  # first: killed in between, the database is as it was
            os.replace(copy, target)
    except (duckdb.Error, pa.ArrowException) as error:
        if found_no_space(error):
            raise disk_full(copy) from None
        raise StoreError(
            f"{target}: publishing failed ({type(error).__name__}); where memory or disk ran out, free some and run again"
        ) from None
    finally:
        _remove(copy)


@contextlib.contextmanager
def _showing_vectors(folder: StudyFolder) -> Iterator[None]:
    """Once the database is published, what was written meanwhile to show its vectors takes its place beside it."""
    written = folder.next_vectors_database
    try:
        yield
        if written.exists():
            with writing(folder.vectors_database):
                os.replace(written, folder.vectors_database)
    finally:
        written.unlink(missing_ok=True)


def _open_copy(
    copy: Path,
    memory: str,
    loadables: Sequence[Loadable],
    parts: Sequence[str] | None,
    *,
    all_came: bool,
) -> tuple[Publication, KnownVectors]:
    """The copy; an empty database where it is damaged, of another version, was changed, or holds outdated parts.

    And the vectors that need not be written again.
    """
    known = KnownVectors()
    publication = _open_current(copy, memory)
    if publication is not None:
        publication.segments.sweep(publication.named)
        if publication.is_as_published() and not publication.is_earlier:
            if publication.holds(loadables, parts, all_came=all_came):
                return publication, known
            known = publication.known_vectors()
        publication.close()
    return _open_empty(copy, memory), known


def _open_empty(copy: Path, memory: str) -> Publication:
    """An empty database in the place of the copy."""
    _remove(copy)
    with writing(copy):
        copy.write_bytes(_empty_database(key_for(copy)))
    return Publication(copy, memory)


def _published(folder: StudyFolder) -> list[int]:
    """States of an encrypted database that a publication has finished."""
    try:
        return [int(one) for one in read_json(read_bytes(folder.published))]
    except (OSError, ValueError, TypeError):
        return []


def _tighten(publication: Publication, copy: Path) -> None:
    publication.fold()
    if publication.is_loose:
        fresh = copy.with_suffix(".fresh")
        with writing(fresh):
            fresh.write_bytes(_empty_database(key_for(fresh)))
            publication.tighten(fresh)


@functools.cache
def _empty_database(key: FileKey | None) -> bytes:
    """A file with every table and view, and what they mean: said once in a process, as it takes a while."""
    with tempfile.TemporaryDirectory() as folder, under(key):
        path = Path(folder) / DATABASE
        with Publication(path, "1GB") as publication:
            publication.describe()
            publication.fold()  # what does not fit on the disk is told now, not lost as it closes
        return path.read_bytes()


def _open_current(copy: Path, memory: str) -> Publication | None:
    """The copy with every table and view of this version; None where it is damaged or another version's."""
    try:
        publication = Publication(copy, memory)
        if publication.is_current(ASIDES):  # else their rows are in other tables
            publication.describe()
            if publication.is_current(INSIDE):
                return publication
        publication.close()
    except (duckdb.Error, QueryError) as error:
        if found_no_space(error):
            raise
    return None


def _remove(copy: Path) -> None:
    remove_logs(copy)
    copy.unlink(missing_ok=True)
    copy.with_suffix(".fresh").unlink(missing_ok=True)
    shutil.rmtree(copy.with_suffix(".spill"), ignore_errors=True)
