"""Objects in a store (`s3://`, `gs://`, `az://`), with as much of a `Path` as is asked of one.

Where a store is and who may use it comes from the environment, as each store's own tools take it; a path holds nothing of
it, so it pickles small, and may be written down and sent to other machines.
"""

from __future__ import annotations

import errno
import fnmatch
import functools
import importlib.util
import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from io import BufferedReader
from pathlib import Path, PurePosixPath
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar

from logminer.errors import ObjectStoreError, SourceError
from logminer.files.ranges import RangeFile

__all__ = ["STORES", "AnyPath", "ObjectPath", "ObjectStat"]

T = TypeVar("T")

# The class of each scheme, and by what begins the environment that it reads.
STORES = {"s3": ("S3Store", "AWS_"), "gs": ("GCSStore", "GOOGLE_"), "az": ("AzureStore", "AZURE_")}
# What a store's library tries again by itself: 429, 5xx, refused connections.
_RETRIES: Any = {
    "max_retries": 7,
    "retry_timeout": timedelta(seconds=120),
    "backoff": {
        "init_backoff": timedelta(milliseconds=100),
        "max_backoff": timedelta(seconds=10),
        "base": 2,
    },
}
_PAUSES_S = (0.1, 0.4, 1.6)  # before what it does not: a conflict, an answer cut off in the middle
_CONFLICT = re.compile(r"\b409\b|ConditionalRequestConflict|OperationAborted")
_STATUS = re.compile(r"status code: (\d{3}) ?([A-Za-z ]{0,40})")
_CODE = re.compile(r"<Code>(\w{1,60})</Code>")


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

    def relative_to(self, above: AnyPath) -> PurePosixPath:
        if isinstance(above, ObjectPath) and above.root == self.root:
            return self._pure.relative_to(above.key)
        raise ValueError(f"{self} does not lie in {above}")

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

    exists = is_file  # a folder without an object is not there

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
        for one in self.iterdir():
            if fnmatch.fnmatchcase(one.name, first):
                if not rest:
                    yield one
                elif one.listed is None:
                    yield from one.glob(rest)

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

    def put(self, data: Any, *, over: ObjectStat | None = None) -> ObjectStat:
        """Write it whole or not at all, in one request, where there is none; or `over` the one that is still the same.

        Args:
            data: bytes, or a buffer of them.
            over: what is replaced.

        Raises:
            FileExistsError: there is one, or it is another than `over`.
        """
        mode: Any = "create"
        if over:
            known = {"e_tag": over.etag, "version": over.version}
            mode = {name: value for name, value in known.items() if value}
        said = self._ask(
            lambda obs, store: obs.put(store, self.key, data, mode=mode, use_multipart=False)
        )
        return ObjectStat(len(memoryview(data)), said["e_tag"], said["version"], 0)

    def unlink(self, missing_ok: bool = False) -> None:
        """Stores do not say whether there was one."""
        try:
            self._ask(lambda obs, store: obs.delete(store, self.key))
        except FileNotFoundError:
            if not missing_ok:
                raise

    def mkdir(self, *args: Any, **options: Any) -> None:
        """A store has no folders."""

    # ---- asking

    def _ask(self, request: Callable[[Any, Any], T]) -> T:
        """What the store answers, asked again where that may help."""
        for pause in (*_PAUSES_S, None):
            try:
                return self._asked(request)
            except _Again as error:
                if pause is None:
                    raise ObjectStoreError(f"{self}: {error}") from None
                time.sleep(pause)
        raise AssertionError

    def _asked(self, request: Callable[[Any, Any], T]) -> T:
        obs = _library(self)
        from obstore import exceptions as known

        try:
            return request(obs, _store(self.root, _environment(self.root)))
        except FileNotFoundError as error:
            if "NoSuchBucket" in str(error):
                raise ObjectStoreError(f"{self}: {_told(error)}") from None
            raise FileNotFoundError(errno.ENOENT, "no such object", str(self)) from None
        except known.AlreadyExistsError as error:
            if _CONFLICT.search(
                str(error)
            ):  # two wrote at once, and this one may still be the first
                raise _Again(_told(error)) from None
            raise FileExistsError(errno.EEXIST, "there is one already", str(self)) from None
        except known.PreconditionError:
            if self.listed is None:
                raise FileExistsError(errno.EEXIST, "there is another one", str(self)) from None
            raise self._changed() from None
        except (known.PermissionDeniedError, known.UnauthenticatedError) as error:
            raise ObjectStoreError(f"{self}: {_told(error)}; {_who(self.root)}") from None
        except known.BaseError as error:
            told = _told(error)
            if _CONFLICT.search(str(error)) or not _STATUS.search(str(error)):
                raise _Again(f"{told}; {_who(self.root)}") from None
            raise ObjectStoreError(f"{self}: {told}; {_who(self.root)}") from None
        except ValueError:  # a name that no store of this kind has
            raise ObjectStoreError(
                f"{self}: no name of an object: it holds an empty part, . or .."
            ) from None

    def _changed(self) -> SourceError:
        return SourceError(f"{self}: changed since the run began; run again")


AnyPath: TypeAlias = Path | ObjectPath


class _Again(Exception):
    """What was asked may be asked again."""


def _stat(meta: Any) -> ObjectStat:
    modified = int(meta["last_modified"].timestamp() * 1e6) * 1000
    return ObjectStat(meta["size"], meta["e_tag"], meta["version"], modified)


def _library(path: ObjectPath) -> Any:
    try:
        import obstore
    except ImportError:
        raise ObjectStoreError(
            f"{path}: object stores need a library that is not installed: pip install 'logminer[objectstore]'"
        ) from None
    return obstore


def _environment(root: str) -> frozenset[tuple[str, str]]:
    """What a store is made of: where it changes, another one is opened."""
    begins = STORES[root.partition("://")[0]][1]
    return frozenset((k, v) for k, v in os.environ.items() if k.upper().startswith(begins))


@functools.lru_cache(maxsize=16)
def _store(root: str, environment: frozenset[tuple[str, str]]) -> Any:
    from obstore import store

    scheme, _, bucket = root.partition("://")
    options: dict[str, Any] = {"retry_config": _RETRIES}
    names = {name for name, _ in environment}
    if scheme == "s3" and "AWS_PROFILE" in names and "AWS_ACCESS_KEY_ID" not in names:
        options["credential_provider"] = _of_profile(root)
    return getattr(store, STORES[scheme][0])(bucket, **options)


def _of_profile(root: str) -> Any:
    """Who AWS_PROFILE says that we are; Amazon's own library alone reads its files."""
    if importlib.util.find_spec("boto3") is None:
        raise ObjectStoreError(
            f"{root}: AWS_PROFILE is set, and reading profiles needs boto3: pip install boto3, or set AWS_ACCESS_KEY_ID and"
            " AWS_SECRET_ACCESS_KEY"
        )
    from obstore.auth.boto3 import Boto3CredentialProvider

    try:
        return Boto3CredentialProvider()
    except Exception as error:
        raise ObjectStoreError(
            f"{root}: the profile that AWS_PROFILE names cannot be used ({type(error).__name__})"
        ) from None


def _told(error: Exception) -> str:
    """What went wrong, in no words of the store's, which may hold what was asked with."""
    said = str(error)
    status, code = _STATUS.search(said), _CODE.search(said)
    if status:
        answer = " ".join((status[1], status[2].strip(), f"({code[1]})" if code else "")).strip()
        return f"the object store answered {' '.join(answer.split())}"
    if "credential" in said.lower() or "Missing AccessKey" in said:
        return "no credentials were found"
    return "the object store cannot be reached, or broke off its answer"


def _who(root: str) -> str:
    """What to look at."""
    variables = {
        "s3": "AWS_ACCESS_KEY_ID, AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL",
        "gs": "GOOGLE_APPLICATION_CREDENTIALS",
        "az": "AZURE_STORAGE_ACCOUNT_NAME, AZURE_STORAGE_ACCOUNT_KEY",
    }[root.partition("://")[0]]
    return (
        f"check the network, the bucket, what may be done in it, and the environment ({variables})"
    )
