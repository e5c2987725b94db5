"""Stores of objects: opened as the environment says, asked, and asked again; what went wrong in words of our own."""

from __future__ import annotations

import errno
import functools
import importlib.util
import os
import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple, TypeVar

from logminer.errors import ObjectStoreError

__all__ = ["STORES", "Replaced", "ask"]

T = TypeVar("T")

# What a store's library tries again by itself: 429, 5xx, refused connections.
RETRIES: Any = {
    "max_retries": 7,
    "retry_timeout": timedelta(seconds=120),
    "backoff": {
        "init_backoff": timedelta(milliseconds=100),
        "max_backoff": timedelta(seconds=10),
        "base": 2,
    },
}
PAUSES_S = (0.1, 0.4, 1.6)  # before what it does not: a conflict, an answer that broke off
_CONFLICT = re.compile(r"status code: 409|ConditionalRequestConflict|OperationAborted")
_STATUS = re.compile(r"status code: (\d{3}) ?([A-Za-z ]{0,40})")
_CODE = re.compile(r"<Code>(\w{1,60})</Code>")


class StoreKind(NamedTuple):
    """A kind of stores: its class, what its variables begin with, and those that are looked at first."""

    opens: str
    begins: str
    variables: str


STORES = {
    "s3": StoreKind(
        "S3Store", "AWS_", "AWS_ACCESS_KEY_ID, AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL"
    ),
    "gs": StoreKind("GCSStore", "GOOGLE_", "GOOGLE_APPLICATION_CREDENTIALS"),
    "az": StoreKind(
        "AzureStore", "AZURE_", "AZURE_STORAGE_ACCOUNT_NAME, AZURE_STORAGE_ACCOUNT_KEY"
    ),
}


class Replaced(Exception):
    """An object is not the one that was meant."""


class _Again(Exception):
    """What was asked may be asked again."""


def ask(root: str, url: str, request: Callable[[Any, Any], T]) -> T:
    """What a store answers.

    Args:
        root: scheme and bucket.
        url: of the object, for messages.
        request: given the library and the store.

    Raises:
        FileNotFoundError, FileExistsError, Replaced: it has no such object, has one already, or another one.
        ObjectStoreError: it cannot be reached, or refuses.
    """
    for pause in (*PAUSES_S, None):
        try:
            return _asked(root, url, request)
        except _Again as error:
            if pause is None:
                raise ObjectStoreError(f"{url}: {error}; {_look_at(root)}") from None
            time.sleep(pause)
    raise AssertionError


def _asked(root: str, url: str, request: Callable[[Any, Any], T]) -> T:
    library = _library(url)
    from obstore import exceptions as known

    try:
        return request(library, _store(root, _environment(root)))
    except FileNotFoundError as error:
        if "NoSuchBucket" in str(error):
            raise ObjectStoreError(f"{url}: {_told(error)}; {_look_at(root)}") from None
        raise FileNotFoundError(errno.ENOENT, "no such object", url) from None
    except known.AlreadyExistsError as error:
        if _CONFLICT.search(str(error)):  # two wrote at once: this one may still be the first
            raise _Again(_told(error)) from None
        raise FileExistsError(errno.EEXIST, "there is one already", url) from None
    except known.PreconditionError:
        raise Replaced from None
    except known.InvalidPathError:
        raise ObjectStoreError(
            f"{url}: there is an object whose name holds an empty part (//), . or .., which cannot be read: rename it, or name a"
            " folder without it"
        ) from None
    except known.BaseError as error:
        told = _told(error)
        if _CONFLICT.search(str(error)) or not _STATUS.search(str(error)):
            raise _Again(told) from None
        raise ObjectStoreError(f"{url}: {told}; {_look_at(root)}") from None
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


def _told(error: Exception) -> str:
    """What went wrong, in no words of the store's, which may hold what was asked with."""
    said = str(error)
    if status := _STATUS.search(said):
        code = _CODE.search(said)
        answer = f"{status[1]} {status[2].strip()}" + (f" ({code[1]})" if code else "")
        return f"the object store answered {answer}"
    if "credential" in said.lower() or "Missing AccessKey" in said:
        return "no credentials were found"
    return "the object store cannot be reached, or broke off its answer"


def _look_at(root: str) -> str:
    return f"check the network, the bucket, what may be done in it, and the environment ({_kind(root).variables})"
