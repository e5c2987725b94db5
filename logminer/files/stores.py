"""Stores of objects: opened as the environment says, asked, and asked again; what went wrong in words of our own."""

from __future__ import annotations

import contextlib
import errno
import functools
import importlib.util
import itertools
import logging
import os
import random
import re
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from datetime import timedelta
from typing import Any, NamedTuple, TypeVar

from logminer.errors import ObjectStoreError

__all__ = ["STORES", "Replaced", "ask", "waiting_at_most"]

T = TypeVar("T")
_log = logging.getLogger(__name__)

# What a store's library tries again by itself; a request that nobody answers ends after half a minute.
RETRIES: Any = {
    "max_retries": 3,
    "retry_timeout": timedelta(seconds=10),
    "backoff": {
        "init_backoff": timedelta(milliseconds=100),
        "max_backoff": timedelta(seconds=2),
        "base": 2,
    },
}
# For so long a store is asked again that is away; less where it has never answered, for its name may be a slip.
PATIENCE_S, FIRST_S = 120.0, 10.0
PAUSES_S = (0.1, 0.4, 1.6, 5.0)  # from one time to the next; then as the last one
TOLD_S = 5.0  # after so long it is told
PASSING = (408, 409, 429)  # and all from 500 on
_CONFLICT = re.compile(r"status code: 409|ConditionalRequestConflict|OperationAborted")
_STATUS = re.compile(r"status code: (\d{3}) ?([A-Za-z ]{0,40})")
_LACKING = "Missing AccessKey"
_BAD_ADDRESS = "builder error"
_URL = re.compile(r"https?://\S+")
_METADATA = re.compile(r"://169\.254\.|token request")  # where a machine asks who it is
_CODE = re.compile(r"<Code>(\w{1,60})</Code>")

_answered = set[str]()  # roots, by this process
_awaited = set[str]()  # of which it was told that they are away
_most = ContextVar("_most", default=PATIENCE_S)


class StoreKind(NamedTuple):
    """A kind of stores: its class, what its variables begin with, and those that say who asks, and where it is."""

    opens: str
    begins: str
    who: str
    where: str


STORES = {
    "s3": StoreKind(
        "S3Store",
        "AWS_",
        "AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY and, where there is one, AWS_SESSION_TOKEN, or AWS_PROFILE",
        "AWS_ENDPOINT_URL, AWS_REGION",
    ),
    "gs": StoreKind(
        "GCSStore", "GOOGLE_", "GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_APPLICATION_CREDENTIALS"
    ),
    "az": StoreKind(
        "AzureStore", "AZURE_", "AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_ACCOUNT_NAME"
    ),
}


class Replaced(Exception):
    """An object is not the one that was meant."""


class _Trouble(NamedTuple):
    """What went wrong and what mends it, in no words of the store's, which may hold what was asked with."""

    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.what}: {self.mend}"


class _Again(Exception):
    """What was asked may be asked again."""

    def __init__(self, told: _Trouble) -> None:
        super().__init__(told)
        self.told = told


@contextlib.contextmanager
def waiting_at_most(seconds: float) -> Iterator[None]:
    """Have a store that is away waited for no longer than this, in this thread."""
    before = _most.set(seconds)
    try:
        yield
    finally:
        _most.reset(before)


def ask(root: str, url: str, request: Callable[[Any, Any], T]) -> T:
    """What a store answers; one that is away is waited for, and a line says so.

    Args:
        root: scheme and bucket.
        url: of the object, for messages.
        request: given the library and the store.

    Raises:
        FileNotFoundError, FileExistsError, Replaced: it has no such object, has one already, or another one.
        ObjectStoreError: it refuses, or was away for too long.
    """
    began = time.monotonic()
    for pause in itertools.chain(PAUSES_S, itertools.repeat(PAUSES_S[-1])):
        try:
            answer = _asked(root, url, request)
        except _Again as error:
            most = min(_most.get(), PATIENCE_S if root in _answered else FIRST_S)
            spent = time.monotonic() - began
            if spent + pause > most:
                raise ObjectStoreError(f"{url}: {error.told}") from None
            if spent + pause > TOLD_S and root not in _awaited:
                _awaited.add(root)
                _log.warning("%s: %s; waiting, %.0f s at most", root, error.told.what, most)
            time.sleep(pause * random.uniform(0.8, 1.0))  # so that not all knock at once
        except (OSError, Replaced):
            _answered.add(root)
            raise
        else:
            _answered.add(root)
            _awaited.discard(root)
            return answer
    raise AssertionError


def _asked(root: str, url: str, request: Callable[[Any, Any], T]) -> T:
    library = _library(url)
    from obstore import exceptions as known

    try:
        return request(library, _store(root, _environment(root)))
    except FileNotFoundError as error:
        if "NoSuchBucket" in str(error):
            raise ObjectStoreError(f"{url}: {_told(root, error)}") from None
        raise FileNotFoundError(errno.ENOENT, "no such object", url) from None
    except known.AlreadyExistsError as error:
        if _CONFLICT.search(str(error)):  # two wrote at once: this one may still be the first
            raise _Again(_told(root, error)) from None
        raise FileExistsError(errno.EEXIST, "there is one already", url) from None
    except known.PreconditionError:
        raise Replaced from None
    except known.InvalidPathError:
        raise ObjectStoreError(
            f"{url}: there is an object whose name holds an empty part (//), . or .., which cannot be read: rename it, or name a"
            " folder without it"
        ) from None
    except known.BaseError as error:
        told = _told(root, error)
        raise _Again(told) if _passes(str(error)) else ObjectStoreError(f"{url}: {told}") from None
    except ValueError as error:
        if "parse path" not in str(error):
            raise
        raise ObjectStoreError(f"{url}: no name of an object (//, . or .. in it)") from None


def _library(url: str) -> Any:
    try:
        import obstore
    except ImportError:
        raise ObjectStoreError(
            f"{url}: object stores need a library that is not installed: pip install 'logminer[objectstore]'"
        ) from None
    return obstore


def _kind(root: str) -> StoreKind:
    return STORES[root.partition("://")[0]]


def _environment(root: str) -> frozenset[tuple[str, str]]:
    """What a store is made of: where it changes, another one is opened."""
    begins = _kind(root).begins
    return frozenset((k, v) for k, v in os.environ.items() if k.upper().startswith(begins))


@functools.lru_cache(maxsize=16)
def _store(root: str, environment: frozenset[tuple[str, str]]) -> Any:
    from obstore import store

    options: dict[str, Any] = {"retry_config": RETRIES}
    names = {name for name, _ in environment}
    if "AWS_PROFILE" in names and "AWS_ACCESS_KEY_ID" not in names:
        options["credential_provider"] = _of_profile(root)
    return getattr(store, _kind(root).opens)(root.partition("://")[2], **options)


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
    except Exception as error:  # it knows errors of many kinds
        raise ObjectStoreError(
            f"{root}: the profile that AWS_PROFILE names cannot be used ({type(error).__name__})"
        ) from None


def _passes(said: str) -> bool:
    """Whether waiting may mend it."""
    if status := _STATUS.search(said):
        return int(status[1]) >= 500 or int(status[1]) in PASSING
    return _BAD_ADDRESS not in said and _LACKING not in said


def _lacks_credentials(said: str) -> bool:
    first = said.partition("\n")[0]
    told = _LACKING in first or "credential" in _URL.sub("", first).lower()
    return told or bool(_METADATA.search(first))


def _told(root: str, error: Exception) -> _Trouble:
    kind, said = _kind(root), str(error)
    if _lacks_credentials(said):
        return _Trouble("no credentials were found", f"set {kind.who}")
    if status := _STATUS.search(said):
        code = _CODE.search(said)
        answer = f"{status[1]} {status[2].strip()}" + (f" ({code[1]})" if code else "")
        return _Trouble(f"the object store answered {answer}", _mend(kind, int(status[1])))
    if _BAD_ADDRESS in said:
        for name, value in _environment(root):
            if "ENDPOINT" in name.upper() and value.startswith("http://"):
                allow = f"set {kind.begins}ALLOW_HTTP=true to allow it"
                return _Trouble(f"{name} is http://, which is not encrypted", allow)
        return _Trouble("the address of the object store is none", f"check {kind.where}")
    away = "the object store cannot be reached, or broke off its answer"
    return _Trouble(away, f"check the network, and {kind.where}")


def _mend(kind: StoreKind, status: int) -> str:
    """What an answer of such a status asks for."""
    if status in (401, 403):
        return f"these credentials are refused, or may not do that there: check {kind.who}, and their rights"
    if status == 404:
        return f"there is no such bucket: check its name, and {kind.where}"
    if status == 409:
        return "others write there at the same time; run again"
    if status == 429 or status >= 500:
        return "it is down, or has too much to do; run again later"
    return f"check {kind.where}"
