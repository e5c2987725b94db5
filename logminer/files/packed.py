"""Files that may be packed, as streams of what is in them."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import lzma
import sys
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any, BinaryIO

from logminer.errors import SourceError
from logminer.files.growing import reading
from logminer.files.objects import AnyPath

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = ["is_packed", "unpacked"]

_PACKERS: tuple[tuple[bytes, str, Callable[[BinaryIO], Any]], ...] = (
    (b"\x1f\x8b", "gzip", lambda file: gzip.GzipFile(fileobj=file)),
    (b"\x28\xb5\x2f\xfd", "zstd", zstd.ZstdFile),
    (b"BZh", "bzip2", bz2.BZ2File),
    (b"\xfd7zXZ\x00", "xz", lzma.LZMAFile),
)
_DAMAGED = (EOFError, zlib.error, zstd.ZstdError, lzma.LZMAError, gzip.BadGzipFile)


def is_packed(path: AnyPath) -> bool:
    """Whether it is, by its first bytes.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return _packer(file) is not None


@contextlib.contextmanager
def unpacked(path: AnyPath) -> Iterator[IO[bytes]]:
    """What is in the file, as a stream that can be sought forwards at the price of unpacking.

    Raises:
        SourceError: it is missing, cannot be read, or is damaged, wherever in the reading that comes to light.
    """
    name = None
    try:
        with reading(path) as file:
            if found := _packer(file):
                name, opened = found
                with opened(file) as stream:
                    yield stream
            else:
                yield file
    except FileNotFoundError:
        raise SourceError(f"{path}: no such file; check the path") from None
    except _DAMAGED:
        raise SourceError(
            f"{path}: damaged or cut off, as {name or 'a'} file; copy it again"
        ) from None
    except OSError as error:
        if error.strerror is None and name:  # bz2 and gzip say so what is damaged
            raise SourceError(f"{path}: damaged, as {name} file; copy it again") from None
        raise SourceError(f"{path}: cannot be read ({error.strerror})") from None


def _packer(file: BinaryIO) -> tuple[str, Callable[[BinaryIO], Any]] | None:
    head = file.read(6)
    file.seek(0)
    return next(
        ((name, opened) for magic, name, opened in _PACKERS if head.startswith(magic)), None
    )
