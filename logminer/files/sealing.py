"""Encryption of what lies in a study's folder: whoever writes there asks here for the key, whoever reads is given what was written.

A folder that is encrypted has a mark, which names the environment variable that holds the key, and by which a wrong key is
told at once; the key itself lies nowhere. What is written below goes under that key, in any process that has the variable:
nobody hands it on. What is read says itself whether it is encrypted.

Tables are encrypted by their own libraries (Parquet here, DuckDB in `store.encrypting`), other files here: AES-256-GCM with
a random nonce, bound to the file's name.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import hmac
import json
import os
import re
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from logminer.errors import ConfigError, SecretError, StoreError
from logminer.files.objects import AnyPath, ObjectPath

__all__ = [
    "ENCRYPTED_PARQUET",
    "ENCRYPTION_MARK",
    "MISSING",
    "SEALED",
    "FileKey",
    "Mark",
    "decrypting",
    "encrypting",
    "forget_marks",
    "is_encrypted_parquet",
    "key_for",
    "load_file_key",
    "mark_above",
    "read_bytes",
    "require_libraries",
    "sealed",
    "under",
]

ENCRYPTION_MARK = ".encryption"
SEALED = b"LOGMINER SEALED 1\n"  # begins an encrypted file that is no table
ENCRYPTED_PARQUET = b"PARE"  # ends one
MISSING = "encryption needs: pip install 'logminer[encryption]'"
KEY_BYTES, NONCE_BYTES = 32, 12


@dataclass(frozen=True)
class FileKey:
    """A key, from which one is made for each use."""

    variable: str  # that it was taken from
    secret: bytes = field(repr=False)

    @property
    def check(self) -> str:
        """Tells another key from it, and nothing else; letters, for digits would seem to be somebody's number."""
        return "".join(chr(ord("a") + byte % 16) for byte in self._of(b"check"))

    @property
    def files(self) -> bytes:
        """Of what is no table."""
        return self._of(b"files")

    def parquet(self, name: str) -> bytes:
        """Of a Parquet file of that name."""
        return self._of(b"parquet " + name.encode())

    @property
    def duckdb(self) -> str:
        """What DuckDB is given, for databases and vectors."""
        return base64.b64encode(self._of(b"duckdb")).decode()

    def _of(self, purpose: bytes) -> bytes:
        return hmac.digest(self.secret, b"logminer " + purpose, "sha256")


def load_file_key(variable: str) -> FileKey:
    """The key in an environment variable.

    Raises:
        SecretError: there is none, or it is no key.
    """
    text = os.environ.get(variable, "").strip()
    if not text:
        raise SecretError(
            f"environment variable {variable} (`encryption.key_env`) is not set: it holds the key of the study's files"
        )
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text):
        raise SecretError(
            f"environment variable {variable} (`encryption.key_env`) must hold 32 bytes as hex: python -c 'import secrets;"
            " print(secrets.token_hex(32))'"
        )
    return FileKey(variable, bytes.fromhex(text))


# ---- which folders are encrypted -----------------------------------------------------------------------------------


class Mark(NamedTuple):
    """Says that what lies below is encrypted, or is being rekeyed.

    Attributes:
        variable: that holds the key; None: nothing is encrypted.
        check: see `FileKey.check`.
        before: while all is rekeyed, variable and check of the key before, or both None where there was none; else None.
    """

    variable: str | None
    check: str | None
    before: tuple[str | None, str | None] | None = None

    @classmethod
    def of(cls, key: FileKey | None) -> Mark:
        """Of what is encrypted with a key; None: it is plain."""
        return cls(key.variable, key.check) if key else cls(None, None)

    def instead_of(self, before: FileKey | None) -> Mark:
        """The same while all is rekeyed from another."""
        return self._replace(before=Mark.of(before)[:2])

    @classmethod
    def read(cls, folder: AnyPath) -> Mark | None:
        """That of a folder; None: it has none.

        Raises:
            StoreError: it is damaged.
        """
        said = _marked(folder) if isinstance(folder, ObjectPath) else _read(folder)
        if said is None:
            return None
        try:
            row = json.loads(said)
            before = row.get("before")
            return cls(row["key_env"], row["check"], before and (before[0], before[1]))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise StoreError(
                f"{folder / ENCRYPTION_MARK}: damaged; it says which variable has the key of what lies there: put it back"
            ) from None

    @property
    def text(self) -> str:
        """As it stands in the file."""
        row = {"key_env": self.variable, "check": self.check, "before": self.before}
        return json.dumps(row) + "\n"


def _read(folder: AnyPath) -> bytes | None:
    try:
        return (folder / ENCRYPTION_MARK).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise StoreError(
            f"{folder / ENCRYPTION_MARK}: cannot be read ({os.strerror(error.errno or 0)})"
        ) from None


_marked = functools.lru_cache(4096)(_read)  # of an object store, which takes a request


def forget_marks() -> None:
    """A mark was written or taken away."""
    _marked.cache_clear()


def mark_above(path: AnyPath) -> Mark | None:
    """The mark of the nearest folder above, if any has one."""
    where = path.absolute() if isinstance(path, Path) else path
    return next((mark for folder in where.parents if (mark := Mark.read(folder))), None)


_given: ContextVar[tuple[FileKey | None] | None] = ContextVar("key", default=None)


@contextlib.contextmanager
def under(key: FileKey | None) -> Iterator[None]:
    """Meanwhile all is read and written under this key, or plainly, whatever is marked: for rekeying."""
    token = _given.set((key,))
    try:
        yield
    finally:
        _given.reset(token)


def key_for(path: AnyPath) -> FileKey | None:
    """Under which key a file is encrypted, or is to be; None: it is plain.

    Raises:
        SecretError: the variable that is named there holds none, or another.
        StoreError: what lies there was not rekeyed to the end.
    """
    if given := _given.get():
        return given[0]
    mark = mark_above(path)
    if mark is None:
        return None
    if mark.before is not None or mark.variable is None:
        raise StoreError(
            f"{path}: rekeying was not finished here; run `logminer rekey` with its pipeline again"
        )
    key = load_file_key(mark.variable)
    if not hmac.compare_digest(key.check, mark.check or ""):
        raise SecretError(
            f"{path}: environment variable {mark.variable} holds another key than the one that the study is encrypted with;"
            " set it back, or see `logminer rekey`"
        )
    return key


# ---- files that are no tables ----------------------------------------------------------------------------------------


def sealed(content: bytes, path: AnyPath) -> bytes:
    """What is to be written to `path`: the content itself where nothing is encrypted there.

    Raises:
        SecretError, StoreError: see `key_for`.
        ConfigError: a library is missing.
    """
    if (key := key_for(path)) is None:
        return content
    nonce = os.urandom(NONCE_BYTES)
    encrypted: bytes = _cipher(key).encrypt(nonce, content, _bound(path))
    return SEALED + nonce + encrypted


def read_bytes(path: AnyPath) -> bytes:
    """What was written to `path`.

    Raises:
        OSError: it is not there, or cannot be read.
        ValueError: it is damaged.
        SecretError, StoreError: see `key_for`; or nothing says with which key it is encrypted.
        ConfigError: a library is missing.
    """
    raw = path.read_bytes()
    if not raw.startswith(SEALED):
        return raw
    cipher = _cipher(_needed(path))
    from cryptography.exceptions import InvalidTag

    at = len(SEALED) + NONCE_BYTES
    try:
        content: bytes = cipher.decrypt(raw[len(SEALED) : at], raw[at:], _bound(path))
    except InvalidTag:
        raise ValueError("not what was encrypted under this key and name") from None
    return content


def _needed(path: AnyPath) -> FileKey:
    if key := key_for(path):
        return key
    raise SecretError(
        f"{path}: is encrypted, and nothing says with which key: put {ENCRYPTION_MARK} of its study into its folder"
    )


def _bound(path: AnyPath) -> bytes:
    """What it takes to decrypt beside the key: a file does not pass for another."""
    return SEALED + path.name.encode()


def require_libraries() -> None:
    """Ask that files can be encrypted here.

    Raises:
        ConfigError: they cannot.
    """
    _cipher(FileKey("", bytes(KEY_BYTES)))
    _parquet()


def _cipher(key: FileKey) -> Any:
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ImportError:
        raise ConfigError(MISSING) from None
    return AESGCM(key.files)


# ---- Parquet -------------------------------------------------------------------------------------------------------


def encrypting(path: AnyPath) -> dict[str, Any]:
    """Options with which a Parquet file is written.

    Raises:
        SecretError, StoreError: see `key_for`.
    """
    if (key := key_for(path)) is None:
        return {}
    properties = _parquet().create_encryption_properties(key.parquet(path.name))
    return {"encryption_properties": properties}


def decrypting(path: AnyPath, end: bytes | None = None) -> dict[str, Any]:
    """Options with which it is read.

    Args:
        path: of the file.
        end: its last four bytes; None: they are looked at.

    Raises:
        OSError: it cannot be read.
        SecretError, StoreError: see `read_bytes`.
    """
    if (_end(path) if end is None else end) != ENCRYPTED_PARQUET:
        return {}
    key = _needed(path).parquet(path.name)
    return {"decryption_properties": _parquet().create_decryption_properties(key)}


def _parquet() -> Any:
    try:
        from pyarrow.parquet import encryption

        if hasattr(encryption, "create_encryption_properties"):
            return encryption
    except ImportError:
        pass
    raise ConfigError(f"{MISSING}, and a pyarrow of version 24 or later that has encryption")


def is_encrypted_parquet(path: AnyPath) -> bool:
    """Whether a file ends as one; nothing else is looked at."""
    return _end(path) == ENCRYPTED_PARQUET


def _end(path: AnyPath) -> bytes:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - len(ENCRYPTED_PARQUET)))
        return file.read()
