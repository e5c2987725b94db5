"""Parts: Parquet files that are the unit of work and of resume.

A part is written under a temporary name in its own folder and renamed, or put into an object store in one request. If it
exists, it is done: there is no second mark. Its name is a hash of what is in its rows of the dump, so a new file shifts no other. Its footer vouches for it: a
digest of what it says and of the parts that it was made of, under the pseudonym key. Whoever rewrites a part by hand is
found out, and so is a part whose sources were computed anew and became others.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from logminer.errors import StoreError
from logminer.files.atomic import TEMPORARY, write_parquet
from logminer.files.objects import AnyPath, ObjectPath
from logminer.files.places import all_below, matching
from logminer.files.sealing import ENCRYPTED_PARQUET, decrypting
from logminer.ids import seal
from logminer.process.memory import gave_out
from logminer.schemas import Table
from logminer.store.digest import table_digest

__all__ = [
    "ALTERED",
    "KIN",
    "TAKEN",
    "Footer",
    "PartFile",
    "PartFolder",
    "files_of_stages",
    "open_part",
    "sweep",
    "vouched",
]


class Footer(NamedTuple):
    """What a part says of itself."""

    rows_in: int
    rows_out: int
    rejected: int
    digest: str  # keyed: see `write`
    inputs: tuple[str, ...]  # digests of the parts that it was made of
    kin: str | None = None  # names what its rows depend on: see `runners.journal`
    taken: str | None = None  # names what recorded answers said: see `stages.base.FromRecorded`


class PartFile(NamedTuple):
    """A finished part."""

    path: AnyPath

    def read(self, columns: Sequence[str] | None = None) -> pa.Table:
        """All its rows, and they are as they were written; of some columns only, where text need not be touched.

        Raises:
            StoreError: it is damaged, or was altered since.
        """
        try:
            if columns is None:
                return self._checked()[0]
            with open_part(self.path) as file:
                return file.read(columns=list(columns))
        except _UNREADABLE as error:
            raise self._bad(self._damage(error)) from None
        except _Altered:
            raise self._bad(ALTERED) from None

    def footer(self) -> Footer:
        """What it says of itself; no row is read.

        Raises:
            StoreError: it is damaged, or no memory is left.
        """
        try:
            with open_part(self.path) as file:
                return _footer(file)
        except _UNREADABLE as error:
            raise self._bad(self._damage(error)) from None

    def examined(self, inputs: Sequence[str] | None = None) -> Footer | str:
        """What it says of itself, having been read whole; in words why it is not to be used, where it is not what a run wrote.

        Args:
            inputs: digests of the parts that it ought to be made of; None: whatever it was made of.
        """
        try:
            found = self._checked()[1]
        except _UNREADABLE as error:
            return self._damage(error)
        except _Altered:
            return ALTERED
        return found if inputs is None or found.inputs == tuple(inputs) else OUTDATED

    def verified(self) -> tuple[pa.Table, Footer]:
        """All its rows and what it says of itself, read once.

        Raises:
            StoreError: it is damaged, or was altered since.
        """
        try:
            return self._checked()
        except _UNREADABLE as error:
            fault = self._damage(error)
        except _Altered:
            fault = ALTERED
        raise StoreError(f"{self.path}: {fault}; run again to compute it anew")

    @property
    def older(self) -> bool:
        """Whether it bears a name that earlier versions gave; nothing vouched for their parts."""
        return bool(OLDER_NAME.fullmatch(self.path.stem))

    def _checked(self) -> tuple[pa.Table, Footer]:
        with open_part(self.path) as file:
            footer = _footer(file)
            table = file.read()
        if self.older and not footer.digest:
            return table, footer
        try:
            expected = _digest(self.path, table, footer)
        except (TypeError, pa.ArrowException):  # of types that no run writes
            raise _Altered from None
        if not hmac.compare_digest(expected, footer.digest):
            raise _Altered
        return table, footer

    def _damage(self, error: BaseException) -> str:
        """What is to be said of a part that cannot be read.

        Raises:
            StoreError: the machine had no memory for it, which says nothing of the part.
        """
        if gave_out(error):
            raise StoreError(
                f"{self.path}: no memory was left to read it; free some, or run with fewer --workers"
            ) from None
        return DAMAGED

    def _bad(self, fault: str) -> StoreError:
        return StoreError(f"{self.path}: {fault}; delete the file and run again to compute it anew")


KIN, TAKEN = "kin", "taken"
CHUNKS = ".chunks"  # folder beside the parts
STAGE_FOLDER = re.compile(r".+-[0-9a-f]{12}")
OLDER_NAME = re.compile(r"[0-9a-f]{12}-\d{9}")

DAMAGED = "damaged part"
ALTERED = "this part is not as a run wrote it"
OUTDATED = "this part was made of others than those that are there"

_UNREADABLE = (OSError, KeyError, ValueError, pa.ArrowException)


class _Altered(Exception):
    """The digest is not that of what is there."""


def open_part(path: AnyPath) -> Any:
    """A part to read from; one of an object store is fetched whole, for requests take longer than parts are large."""
    if isinstance(path, Path):
        return pq.ParquetFile(path, **decrypting(path))
    raw = path.read_bytes()
    return pq.ParquetFile(pa.BufferReader(raw), **decrypting(path, raw[-len(ENCRYPTED_PARQUET) :]))


def _footer(file: Any) -> Footer:
    said = {
        key.decode(): value.decode() for key, value in (file.schema_arrow.metadata or {}).items()
    }
    counts = int(said["rows_in"]), int(file.metadata.num_rows), int(said["rejected"])
    inputs = tuple(said.get("inputs", "").split())
    return Footer(*counts, said.get("digest", ""), inputs, said.get(KIN), said.get(TAKEN))


def _digest(path: AnyPath, table: pa.Table, footer: Footer) -> str:
    """Over the columns, what the footer counts, what the part was made of, and which part it is."""
    above, folder, name = path.parts[-3:]
    place = f"{'parts' if STAGE_FOLDER.fullmatch(folder) else above}/{folder}/{name}"
    counts = (footer.rows_in, footer.rows_out, footer.rejected)
    return seal(repr((place, counts, footer.inputs, table_digest(table))).encode())


class PartFolder(NamedTuple):
    """The parts of one stage with one fingerprint: `parts/<label>-<fingerprint>/<source hash>-<first row>.parquet`."""

    root: AnyPath
    label: str
    fingerprint: str

    @property
    def path(self) -> AnyPath:
        return self.root / f"{self.label}-{self.fingerprint}"

    def file(self, part: str) -> AnyPath:
        """Where the part is, or will be."""
        return self.path / f"{part}.parquet"

    def parts(self) -> list[str]:
        """Names of the finished parts, sorted."""
        return sorted(p.stem for p in self.path.glob("*.parquet") if not p.name.startswith("."))

    def stamps(self) -> dict[str, str]:
        """Of each finished part what tells its file from one that was written in its place; by name, from one listing."""
        return {file.stem: _stamp(file) for file in matching(self.path, "[!.]*.parquet")}

    def kept(self) -> int:
        """Rows of unfinished parts that are kept already: see `runners.journal`."""
        lots = (self.path / CHUNKS).glob("*.parquet")
        return sum(PartFile(lot).footer().rows_out for lot in lots if not lot.name.startswith("."))


def _stamp(file: AnyPath) -> str:
    if isinstance(file, ObjectPath):
        size, *tags = file.listed or file.stat()
        return "-".join(map(str, (size, *tags)))
    state = file.stat()
    return f"{state.st_size}-{state.st_mtime_ns}-{state.st_ino}"


def write(
    path: AnyPath,
    data: pa.Table,
    table: Table,
    *,
    rows_in: int,
    rejected: int,
    inputs: Sequence[str] = (),
    extra: tuple[tuple[str, str], ...] = (),
    over: bool = False,
) -> None:
    """Write a part whole or not at all; a keyed digest in its footer vouches for it.

    In an object store one that is there already, is whole and was made of the same, recorded answers among it, is left as it
    is: an answer that was lost on the way, or the worker of a run that was killed.

    Args:
        path: see `PartFolder.file`.
        data: the rows.
        table: what they are rows of.
        rows_in: rows that they were made of.
        rejected: of those.
        inputs: digests of the parts that it was made of.
        extra: what else the footer says.
        over: another one in a store is replaced, whatever it is.

    Raises:
        SecretError: there is no pseudonym key.
        StoreError: the disk is full, or may not be written.
    """
    data = data.cast(table.schema)
    said = {
        "rows_in": str(rows_in),
        "rejected": str(rejected),
        "inputs": " ".join(inputs),
        "digest": vouched(path, data, rows_in=rows_in, rejected=rejected, inputs=inputs),
        **dict(extra),
    }
    metadata = {
        **(table.schema.metadata or {}),
        **{k.encode(): v.encode() for k, v in said.items()},
    }
    data = data.replace_schema_metadata(metadata)
    try:
        write_parquet(data, path, over=over)
    except FileExistsError:
        found = PartFile(path).examined(inputs)
        told = dict(extra)
        if isinstance(found, str) or (found.kin, found.taken) != (told.get(KIN), told.get(TAKEN)):
            path.unlink()
            write_parquet(data, path)


def vouched(
    path: AnyPath, data: pa.Table, *, rows_in: int, rejected: int, inputs: Sequence[str]
) -> str:
    """The digest of a part that `write` is given, whose types are those of its table."""
    return _digest(path, data, Footer(rows_in, len(data), rejected, "", tuple(inputs)))


def files_of_stages(root: AnyPath) -> Iterator[AnyPath]:
    """All that runs wrote into a place of parts: parts, what is kept of unfinished ones, and what a killed run left."""
    folders = root.iterdir() if root.is_dir() else ()
    for folder in sorted(one for one in folders if STAGE_FOLDER.fullmatch(one.name)):
        for file in all_below(folder):
            own = file.name.endswith(TEMPORARY if file.name.startswith(".") else ".parquet")
            if own and file.parent in (folder, folder / CHUNKS):
                yield file


def sweep(root: AnyPath) -> int:
    """Remove temporary files that a killed run left; the number removed. Call it under the study's lock."""
    if isinstance(root, ObjectPath):  # what is put there is whole
        return 0
    leftovers = list(_temporary_files(root))
    for path in leftovers:
        path.unlink(missing_ok=True)
    return len(leftovers)


def _temporary_files(root: Path) -> Iterator[Path]:
    for folder in ("*", f"*/{CHUNKS}"):
        yield from root.glob(f"{folder}/.*{TEMPORARY}")
