"""What a path of a pipeline file names: a file here, or an object in a store."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

from logminer.errors import ConfigError
from logminer.files.objects import STORES, AnyPath, ObjectPath

__all__ = ["is_url", "located"]

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
