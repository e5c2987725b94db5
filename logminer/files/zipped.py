"""Members of a zip archive, one at a time: also those packed with zstd, which Python's own reader takes from 3.14 on only.

Source: PKWARE's APPNOTE 6.3.10, 4.3.7 (local file header) and 4.4.5 (methods; 93 is zstd). A member packed with zstd may
be several frames behind each other, all of which are read.
"""

from __future__ import annotations

import struct
import sys
import zipfile
import zlib
from types import TracebackType
from typing import BinaryIO

from logminer.errors import SourceError
from logminer.files.objects import AnyPath

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = ["Zipped"]

ZSTD = 93
LOCAL_HEADER = struct.Struct("<4s5H3I2H")
LOCAL = b"PK\x03\x04"
ENCRYPTED = 1  # bit of a member's flags
_DAMAGED = (
    zipfile.BadZipFile,
    OSError,
    EOFError,
    ValueError,
    struct.error,
    zlib.error,
    zstd.ZstdError,
)


class Zipped:
    """An archive, opened; of members with one name the last holds.

    Args:
        path: the archive.
        what: what it is meant to be, for messages: `an Inspect log`.

    Raises:
        SourceError: it is missing, is no archive, or was cut off.
    """

    def __init__(self, path: AnyPath, what: str) -> None:
        self.path = path
        self._what = what
        try:
            self._file: BinaryIO = path.open("rb")
        except FileNotFoundError:
            raise SourceError(f"{path}: no such file; check the path") from None
        except OSError as error:
            raise SourceError(f"{path}: cannot be read ({error.strerror})") from None
        try:
            self._archive = zipfile.ZipFile(self._file)
        except (*_DAMAGED, NotImplementedError):
            told = self._why_none()
            self._file.close()
            raise SourceError(f"{path}: {told}") from None
        self._members = {info.filename: info for info in self._archive.infolist()}

    @property
    def names(self) -> tuple[str, ...]:
        """The members' names, each once."""
        return tuple(self._members)

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def __enter__(self) -> Zipped:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._archive.close()
        self._file.close()

    def read(self, name: str) -> bytes:
        """What a member holds.

        Raises:
            SourceError: there is none of that name, or it is damaged, encrypted, or packed in a way that nobody here knows.
        """
        info = self._members.get(name)
        if info is None:
            raise SourceError(f"{self.path}: {self._what} without '{name}'; copy it again")
        if info.flag_bits & ENCRYPTED:
            raise SourceError(
                f"{self.path}: '{name}' is encrypted; write the archive anew without a password"
            )
        try:
            held = self._unzstd(info) if info.compress_type == ZSTD else self._archive.read(info)
        except NotImplementedError:
            raise SourceError(
                f"{self.path}: '{name}' is packed by method {info.compress_type}, which is not read;"
                " pack it anew with zstd or deflate"
            ) from None
        except _DAMAGED:
            raise SourceError(f"{self.path}: '{name}' is damaged; copy the file again") from None
        return held

    def _unzstd(self, info: zipfile.ZipInfo) -> bytes:
        """A member packed with zstd, its length and checksum compared."""
        self._file.seek(info.header_offset)
        header = LOCAL_HEADER.unpack(self._file.read(LOCAL_HEADER.size))
        if header[0] != LOCAL:
            raise zipfile.BadZipFile
        self._file.seek(info.header_offset + LOCAL_HEADER.size + header[-2] + header[-1])
        packed = self._file.read(info.compress_size)
        held: bytes = zstd.decompress(packed)
        if len(held) != info.file_size or zlib.crc32(held) != info.CRC:
            raise zipfile.BadZipFile
        return held

    def _why_none(self) -> str:
        self._file.seek(0)
        head = self._file.read(4)
        if not head:
            return f"an empty file, not {self._what}; copy it again, or remove it"
        if head == LOCAL:
            return (
                f"{self._what} whose end is missing: whoever wrote it did not finish, or it was copied only in part;"
                " copy it again, or have it mended where it was written"
            )
        return f"not {self._what}: no zip archive; check the file"
