"""Encrypted databases, and which studies are encrypted.

DuckDB's own AES cannot be trusted with writing, so its extension with OpenSSL is asked for always, from the package that
carries it, or from where DuckDB keeps extensions; nothing is fetched.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import duckdb

from logminer.errors import ConfigError
from logminer.files.atomic import write_text, writing
from logminer.files.objects import AnyPath, ObjectPath
from logminer.files.sealing import (
    ENCRYPTION_MARK,
    MISSING,
    FileKey,
    Mark,
    forget_marks,
    key_for,
    load_file_key,
    mark_above,
    require_libraries,
)
from logminer.store.ddl import quoted
from logminer.store.layout import StudyFolder

__all__ = [
    "ENCRYPTED_FROM",
    "is_encrypted",
    "look_with",
    "mark",
    "places_away",
    "require_encryption",
    "settle",
    "unlock",
    "unlock_with",
    "unlocked",
]

ENCRYPTED_FROM = "v1.4.0"  # the first storage of DuckDB that knows encryption
FLAGS = 20  # where the header of a database says whether it is encrypted


def unlock(connection: duckdb.DuckDBPyConnection, path: Path) -> str:
    """What ATTACH is told to open a database, behind a comma; nothing where it is plain. The connection can read vectors then.

    Raises:
        SecretError, StoreError: see `files.sealing.key_for`.
        ConfigError: the extension is missing.
    """
    return unlock_with(connection, key_for(path.absolute()))


def unlock_with(connection: duckdb.DuckDBPyConnection, key: FileKey | None) -> str:
    """The same of a key."""
    if key is None:
        return ""
    _load(connection)
    connection.execute("SET temp_file_encryption = true")
    connection.execute(f"PRAGMA add_parquet_key('{key.check}', '{key.duckdb}')")
    return _options(key)


def look_with(connection: duckdb.DuckDBPyConnection, path: Path) -> str:
    """The same for a glance at a database that nothing is read of: the extension takes a tenth of a second."""
    if (key := key_for(path.absolute())) is None:
        return ""
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute("SET autoload_known_extensions = false")
    return _options(key)


def require_encryption(variable: str) -> None:
    """Ask that the key is there, and what it takes to use it.

    Raises:
        SecretError: there is none in the variable, or it is no key.
        ConfigError: a library is missing.
    """
    key = load_file_key(variable)
    require_libraries()
    with unlocked(key):
        pass


@contextlib.contextmanager
def unlocked(key: FileKey) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to no database, for what is written or read in passing; nothing of it is spilled."""
    with _instance(key).cursor() as cursor:
        yield cursor


@functools.cache
def _instance(key: FileKey) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    connection.execute("SET temp_directory = ''")
    unlock_with(connection, key)
    return connection


def _options(key: FileKey) -> str:
    return f", ENCRYPTION_KEY '{key.duckdb}', ENCRYPTION_CIPHER 'GCM'"


def is_encrypted(path: Path) -> bool:
    """Whether a database is."""
    try:
        with path.open("rb") as file:
            head = file.read(FLAGS + 1)
    except OSError:
        return False
    return head[8:12] == b"DUCK" and len(head) > FLAGS and bool(head[FLAGS] & 1)


def _load(connection: duckdb.DuckDBPyConnection) -> None:
    found = _extension()
    connection.execute("SET autoinstall_known_extensions = false")
    try:
        connection.execute(f"LOAD '{quoted(found)}'" if found else "LOAD httpfs")
    except duckdb.Error:
        raise ConfigError(
            f"{MISSING}: DuckDB {duckdb.__version__} encrypts with its extension httpfs alone, of the same version"
            f" (duckdb-extension-httpfs=={duckdb.__version__})"
        ) from None


def _extension() -> Path | None:
    """In its package; None: it is not installed, or is another DuckDB's."""
    package = importlib.util.find_spec("duckdb_extension_httpfs")
    for folder in (package and package.submodule_search_locations) or ():
        file = Path(folder, "extensions", f"v{duckdb.__version__}", "httpfs.duckdb_extension")
        if file.is_file():
            return file
    return None


# ---- which studies are -----------------------------------------------------------------------------------------------


def mark(folder: AnyPath, said: Mark) -> None:
    """Say of a folder that what lies in it is encrypted, or is not."""
    file = folder / ENCRYPTION_MARK
    if said.variable is None and said.before is None:
        file.unlink(missing_ok=True)
    else:
        write_text(said.text, file, plain=True)
    forget_marks()


def settle(folder: StudyFolder, variable: str | None) -> None:
    """Hold a study to what its pipeline says of encryption; a study that is about to begin is encrypted if it says so.

    Args:
        folder: of the study, whose lock is held; that of a suite is as the one that it belongs to.
        variable: that has the key; None: it is not to be encrypted.

    Raises:
        ConfigError: it exists, and is otherwise.
        SecretError: the key is missing, or another one.
    """
    whole = StudyFolder(folder.above[0] if folder.above else folder.root)
    found = mark_above(whole.root / ENCRYPTION_MARK)
    if found is None and variable is not None:
        if _has_begun(whole):
            raise ConfigError(
                f"{whole.root}: is not encrypted, and its pipeline says `encryption`; run `logminer rekey` with the pipeline, or"
                " leave `encryption` out"
            )
        found = Mark.of(load_file_key(variable))
        with writing(whole.root):
            mark(whole.root, found)
    if found is None:
        return
    if found.before is None and found.variable != variable:
        wanted = f"says `encryption: {{key_env: {variable}}}`" if variable else "does not say so"
        raise ConfigError(
            f"{whole.root}: is encrypted with the key in {found.variable}, and its pipeline {wanted}; say"
            f" `encryption: {{key_env: {found.variable}}}`, or run `logminer rekey` with the pipeline"
        )
    key_for(whole.database)
    for place in places_away(folder):
        if Mark.read(place) != found:
            mark(place, found)


def _has_begun(folder: StudyFolder) -> bool:
    """Whether a run has written anything there that is to be encrypted."""
    return any(
        one.runs.exists() or one.database.exists() or one.halves.exists()
        for one in (folder, *folder.nested)
    )


def places_away(folder: StudyFolder) -> Iterator[AnyPath]:
    """Where parts lie outside the study."""
    parts = folder.parts
    if isinstance(parts, ObjectPath) or folder.root.resolve() not in parts.resolve().parents:
        yield parts
