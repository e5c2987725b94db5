"""Files here and objects in stores, taken alike: what a path of a pipeline file names, and what lies in a folder."""

from __future__ import annotations

import re
from pathlib import Path, PurePath
from urllib.parse import unquote

from logminer.errors import ConfigError
from logminer.files.objects import AnyPath, ObjectPath
from logminer.files.stores import STORES

__all__ = ["all_below", "below", "is_url", "located", "matching"]

_READ = "s3://BUCKET/..., gs://BUCKET/..., az://CONTAINER/... and file:///... are"
_QUERY = re.compile(r"\?[\w.-]+=")  # `?` alone may stand in a glob


def is_url(path: str) -> bool:
    """Whether it is one; else it is the path of a file."""
    return "://" in path


def located(path: str) -> AnyPath:
    """The file or object that is named; `file://` is the file itself.

    Raises:
        ConfigError: a URL of another kind, or one that holds a secret, which is not repeated.
    """
    if not is_url(path):
        return Path(path).expanduser()
    scheme, _, rest = path.partition("://")
    bucket, _, key = rest.partition("/")
    if "@" in bucket or _QUERY.search(path):
        shown = scheme if scheme in (*STORES, "file", "http", "https") else "this"
        raise ConfigError(
            f"{shown}://...: a URL with a user, a password, a token or a query, which may be kept and shown; leave it out and"
            " set what the store's own tools read from the environment"
        )
    if scheme == "file" and bucket in ("", "localhost"):
        return Path("/", unquote(key))
    if scheme not in STORES or not bucket:
        raise ConfigError(f"{path}: of URLs {_READ} read; copy or mount the files")
    return ObjectPath(f"{scheme}://{bucket}", key.strip("/"))


def below(path: AnyPath, above: AnyPath) -> PurePath:
    """The path from `above` on.

    Raises:
        ValueError: it does not lie there.
    """
    if isinstance(path, ObjectPath) and isinstance(above, ObjectPath) and path.root == above.root:
        return path.relative_to(above)
    if isinstance(path, Path) and isinstance(above, Path):
        return path.relative_to(above)
    raise ValueError(f"{path} does not lie in {above}")


def matching(folder: AnyPath, pattern: str) -> list[AnyPath]:
    """What lies below and fits, in order, without `**`."""
    return sorted([*folder.glob(pattern)], key=lambda path: path.parts)


def all_below(folder: AnyPath) -> list[AnyPath]:
    """Every file, wherever in a folder, in order."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted([*found], key=lambda path: path.parts)
