"""Objects in a store (`s3://`, `gs://`, `az://`), with as much of a `Path` as is asked of one.

Where a store is and who may use it comes from the environment, as each store's own tools take it; a path holds nothing of
it, so it pickles small, and may be written down and sent to other machines.
"""

from __future__ import annotations

import contextlib
import errno
import fnmatch
import glob
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from io import BufferedReader
from pathlib import Path, PurePosixPath
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar

from logminer.errors import SourceError
from logminer.files.ranges import RangeFile
from logminer.files.stores import Replaced, ask

__all__ = ["AnyPath", "ObjectPath", "ObjectStat"]

T = TypeVar("T")


class ObjectStat(NamedTuple):
    """What a store says of an object."""

    st_size: int
    etag: str | None
    version: str | None
    modified_ns: int


@dataclass(frozen=True, order=True, slots=True)
class ObjectPath:
    """An object, or what the names of objects begin with, which takes the place of a folder.

    Whatever is asked of one raises FileNotFoundError where it is not there, FileExistsError where it is and must not be,
    SourceError where it was replaced since it was listed, and ObjectStoreError where its store cannot be asked. Those two
    are no OSError: an object that cannot be reached is not a damaged one.

    Attributes:
        root: scheme and bucket, as `s3://bucket`.
        key: the object's name in it; empty: the bucket itself.
        listed: what the store said when it was found. Of an object that has since been replaced nothing is read.
    """

    root: str
    key: str = ""
    listed: ObjectStat | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.root}/{self.key}"

    # ---- names

    def __truediv__(self, below: str | PurePosixPath) -> ObjectPath:
        return ObjectPath(self.root, str(PurePosixPath(self.key, below)))

    @property
    def _pure(self) -> PurePosixPath:
        return PurePosixPath(self.key)

    @property
    def name(self) -> str:
        return self._pure.name

    @property
    def stem(self) -> str:
        return self._pure.stem

    @property
    def suffix(self) -> str:
        return self._pure.suffix

    @property
    def parts(self) -> tuple[str, ...]:
        return (self.root, *self._pure.parts)

    @property
    def parent(self) -> ObjectPath:
        above = self._pure.parent.as_posix()
        return ObjectPath(self.root, "" if above == "." else above)

    @property
    def parents(self) -> tuple[ObjectPath, ...]:
        above = self.parent
        return () if above == self else (above, *above.parents)

    def with_name(self, name: str) -> ObjectPath:
        return self.parent / name

    def with_suffix(self, suffix: str) -> ObjectPath:
        return ObjectPath(self.root, self._pure.with_suffix(suffix).as_posix())

    def relative_to(self, above: ObjectPath) -> PurePosixPath:
        return self._pure.relative_to(above.key)

    # ---- what is there

    def stat(self) -> ObjectStat:
        """What the store says now."""
        return _stat(self._ask(lambda obs, store: obs.head(store, self.key)))

    def as_listed(self) -> ObjectPath:
        """The same, and nothing that takes its place from now on."""
        return replace(self, listed=self.stat())

    def is_file(self) -> bool:
        if self.listed:
            return True
        try:
            return bool(self.key) and self.stat() is not None
        except FileNotFoundError:
            return False

    def exists(self) -> bool:
        """Whether it is there now; a folder without an object never is."""
        return replace(self, listed=None).is_file()

    def is_dir(self) -> bool:
        return not self.listed and next(self.below(), None) is not None

    def is_symlink(self) -> bool:
        return False

    def iterdir(self) -> Iterator[ObjectPath]:
        """What lies directly below, in order; objects with what the store says of them."""
        there = self._ask(lambda obs, store: obs.list_with_delimiter(store, self.key or None))
        found = [ObjectPath(self.root, key) for key in there["common_prefixes"]]
        yield from sorted([*found, *map(self._found, there["objects"])])

    def below(self) -> Iterator[ObjectPath]:
        """Every object below, wherever, in order, with what the store says of it: one request for each thousand."""

        def pages(obs: Any, store: Any) -> Iterator[ObjectPath]:
            for page in obs.list(store, self.key or None, chunk_size=1000):
                yield from map(self._found, page)

        yield from self._ask(lambda obs, store: sorted(pages(obs, store)))

    def tree(self) -> dict[ObjectPath, list[ObjectPath]]:
        """Of every folder from here down what lies directly in it, in order; see `below`."""
        found: dict[ObjectPath, list[ObjectPath]] = {}
        for one in self.below():
            while one != self:
                known = found.get(one.parent)
                found.setdefault(one.parent, []).append(one)
                if known is not None:
                    break
                one = one.parent
        return {folder: sorted(there) for folder, there in found.items()}

    def glob(self, pattern: str) -> Iterator[ObjectPath]:
        """What lies below and fits, without `**`, as of a `Path`; a request for each folder on the way."""
        first, _, rest = pattern.partition("/")
        if not glob.has_magic(first):
            yield from (self / first).glob(rest) if rest else (self / first)._there()
            return
        for one in self.iterdir():
            if fnmatch.fnmatchcase(one.name, first):
                if not rest:
                    yield one
                elif one.listed is None:
                    yield from one.glob(rest)

    def _there(self) -> Iterator[ObjectPath]:
        with contextlib.suppress(FileNotFoundError):
            yield self.as_listed()

    def rglob(self, pattern: str) -> Iterator[ObjectPath]:
        """Every object below whose name fits."""
        return (one for one in self.below() if fnmatch.fnmatchcase(one.name, pattern))

    def _found(self, meta: Any) -> ObjectPath:
        return ObjectPath(self.root, meta["path"], _stat(meta))

    # ---- what is in it

    def open(self, mode: Literal["rb"] = "rb", buffering: int = -1) -> BufferedReader:
        """A file to read and seek in; nothing of it is kept on disk."""
        pinned = self if self.listed else self.as_listed()
        assert pinned.listed
        return RangeFile.buffered(pinned._range, pinned.listed.st_size, buffering)

    def read_bytes(self) -> bytes:
        """All of it, in one request."""
        return self._ask(lambda obs, store: self._got(obs, store, {}))

    def _range(self, start: int, end: int) -> bytes:
        found = self._ask(lambda obs, store: self._got(obs, store, {"range": (start, end)}))
        if len(found) != end - start:
            raise self._changed()
        return found

    def _got(self, obs: Any, store: Any, options: dict[str, Any]) -> bytes:
        if self.listed and self.listed.etag:
            options = {**options, "if_match": self.listed.etag}
        got = obs.get(store, self.key, options=options)
        if self.listed and _stat(got.meta)[:2] != self.listed[:2]:  # a store that heeds no If-Match
            raise self._changed()
        return bytes(got.bytes())

    # ---- writing

    def put(
        self, data: bytes, *, over: ObjectStat | None = None, anyhow: bool = False
    ) -> ObjectStat:
        """Write it whole or not at all, in one request, where there is none.

        Args:
            data: what is to be in it.
            over: what is replaced, if it is still the same.
            anyhow: whatever is there is replaced.

        Raises:
            FileExistsError: there is one, or it is another than `over`.
        """
        mode: Any = "overwrite" if anyhow else "create"
        if over:
            known = {"e_tag": over.etag, "version": over.version}
            mode = {name: value for name, value in known.items() if value}
        said = self._ask(
            lambda obs, store: obs.put(store, self.key, data, mode=mode, use_multipart=False)
        )
        return ObjectStat(len(data), said["e_tag"], said["version"], 0)

    def unlink(self, missing_ok: bool = False) -> None:
        """Stores do not say whether there was one."""
        try:
            self._ask(lambda obs, store: obs.delete(store, self.key))
        except FileNotFoundError:
            if not missing_ok:
                raise

    def rmtree(self) -> None:
        """Remove every object below."""
        if keys := [one.key for one in self.below()]:
            self._ask(lambda obs, store: obs.delete(store, keys))

    def mkdir(self, *args: Any, **options: Any) -> None:
        """A store has no folders."""

    # ---- asking

    def _ask(self, request: Callable[[Any, Any], T]) -> T:
        """What the store answers to a request, which is given its library and the store."""
        try:
            return ask(self.root, str(self), request)
        except Replaced:
            if self.listed:
                raise self._changed() from None
            raise FileExistsError(errno.EEXIST, "there is another one", str(self)) from None

    def _changed(self) -> SourceError:
        return SourceError(f"{self}: changed since the run began; run again")


AnyPath: TypeAlias = Path | ObjectPath


def _stat(meta: Any) -> ObjectStat:
    modified = int(meta["last_modified"].timestamp() * 1e6) * 1000
    return ObjectStat(meta["size"], meta["e_tag"], meta["version"], modified)
