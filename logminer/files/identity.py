"""What names a file: what is in it, to the last byte.

A Parquet file is named row group by row group, and lines of JSON block by block, so that one to which rows were added, or
of which a part was written anew, differs only where it does. Reading every byte costs about a second for each gigabyte or two, so what was found is
remembered under the file's stamp, in this process and, where `recall` and `keep` are called, in the study.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from stat import S_ISDIR
from typing import Any, BinaryIO, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from logminer.errors import SourceError
from logminer.files.atomic import write_text
from logminer.files.finding import DumpFile
from logminer.files.foreign import has_encrypted_columns
from logminer.files.growing import GrowingPath, Stood, changed, reading
from logminer.files.jsonread import read_json
from logminer.files.lines import blocks, holds_lines
from logminer.files.objects import AnyPath, ObjectPath
from logminer.files.odcv import RunFolder, is_run_folder
from logminer.files.packed import unpacked
from logminer.files.sealing import read_bytes

__all__ = [
    "Content",
    "GroupContent",
    "Stamp",
    "content",
    "files_identity",
    "identity",
    "keep",
    "recall",
    "stamp",
]

READ_BYTES = 1 << 22
# A file may change twice within one tick of its file system's clock; one that was changed so recently is read again.
SETTLED_S = 2.0
HEX = 16


class Stamp(NamedTuple):
    """What cannot stay the same when a file's bytes change, but for the grain of the clock."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int

    @property
    def name(self) -> str:
        """The same as 16 hex characters."""
        return hashlib.sha256(repr(tuple(self)).encode()).hexdigest()[:HEX]


class GroupContent(NamedTuple):
    """A row group, a block of lines."""

    rows: int
    name: str  # 16 hex characters of its bytes, and of the types by which they are read
    start: int = 0  # of a block: its first byte, in what is unpacked


class Content(NamedTuple):
    """What is in a file; where the file lies and what it is called is no part of it."""

    digest: str  # 64 hex characters
    pieces: tuple[
        GroupContent, ...
    ]  # of Parquet and of lines of JSON, in order; of other files none


def stamp(path: AnyPath) -> Stamp:
    """The file as it is now; a growing one as it stood, as long as it is there and no shorter.

    Raises:
        SourceError: it cannot be read, or is another one.
    """
    try:
        if isinstance(path, ObjectPath):
            return _object_stamp(path)
        state = path.stat()
        if isinstance(path, GrowingPath) and (stood := path.stood):
            if state.st_ino != stood.inode or state.st_size < stood.end:
                raise changed(path)
            return Stamp(stood.device, stood.inode, stood.end, stood.mtime_ns, stood.ctime_ns)
    except OSError as error:
        raise _unreadable(path, error) from None
    found = Stamp(state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)
    return _folder_stamp(path, found) if S_ISDIR(state.st_mode) else found


def content(path: AnyPath) -> Content:
    """What names the bytes of a file; of one that is remembered under its stamp nothing is read.

    Raises:
        SourceError: it cannot be read, or changes while it is.
    """
    before = stamp(path)
    if found := _known.get(before.name):
        _used.add(before.name)
        return found
    stood = path.stood if isinstance(path, GrowingPath) else None
    if stood and (last := _stood.get(str(path))) and last[0] == stood:
        return last[1]
    began = time.time()
    try:
        found = _folder(RunFolder(path)) if _is_folder(path) else _file(path)
    except OSError as error:
        raise _unreadable(path, error) from None
    if stamp(path) != before:
        raise SourceError(
            f"{path}: changes while it is read; wait until it is written, and run again"
        )
    if began - max(before.mtime_ns, before.ctime_ns) / 1e9 > SETTLED_S:
        _known[before.name] = found
        _used.add(before.name)
    elif stood:  # what has changed in it since is told where its lines are read
        _stood[str(path)] = stood, found
    return found


def identity(file: DumpFile) -> str:
    """12 hex characters that name a file's content and its place below the pattern that found it."""
    found = content(file.path)
    name = file.relative.encode("utf-8", "surrogateescape")
    # Of a folder what lies in its files counts, not what its file system needs for their names.
    size = b"" if _is_folder(file.path) else str(stamp(file.path).size).encode()
    return hashlib.sha256(b"\0".join([name, size, bytes.fromhex(found.digest)])).hexdigest()[:12]


def files_identity(path: Path) -> str:
    """12 hex characters of a model's file, or of the files of its folder: weights, tokenizer and chat template.

    Raises:
        SourceError: one cannot be read.
    """
    files = [path] if path.is_file() else sorted(p for p in path.iterdir() if p.is_file())
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.name}\0{stamp(file).size}\0{content(file).digest}\n".encode())
    return digest.hexdigest()[:12]


# ---- memory

_known: dict[str, Content] = {}  # by the stamp's name
_used: set[str] = set()
_stood: dict[
    str, tuple[Stood, Content]
] = {}  # by the path: of files that grow, as they were looked at last


def recall(path: Path) -> None:
    """Remember what `keep` wrote there; nothing where there is no such file, or none that can be read."""
    try:
        said = read_json(read_bytes(path))
        found = {
            name: Content(digest, tuple(GroupContent(*piece) for piece in pieces))
            for name, (digest, pieces) in said.items()
        }
    except (OSError, ValueError, TypeError, AttributeError):
        return
    _known.update({name: content for name, content in found.items() if name not in _known})


def keep(path: Path) -> None:
    """Write down what this process has asked for: stamps and hashes, no name of a file."""
    said = {name: [_known[name].digest, _known[name].pieces] for name in sorted(_used)}
    write_text(json.dumps(said), path)


def _is_folder(path: AnyPath) -> bool:
    return isinstance(path, Path) and path.is_dir()


def _object_stamp(path: ObjectPath) -> Stamp:
    """An object that is written anew bears another tag or time: no clock's grain has to be waited for."""
    size, *tags = path.stat()
    named = hashlib.sha256(repr((str(path), size, tags)).encode()).digest()
    return Stamp(0, int.from_bytes(named[:8]), size, 0, 0)


def _file(path: AnyPath) -> Content:
    with reading(path) as file:
        found = _parquet(file) or Content(hashlib.file_digest(file, "sha256").hexdigest(), ())
    if not found.pieces and holds_lines(path):
        found = found._replace(pieces=_blocks_of(path))
    return found


# ---- folders that are read as one file


def _folder_stamp(path: Path, own: Stamp) -> Stamp:
    """Of the folder, with its names, and of all that is read in it or belongs to it."""
    if not is_run_folder(path):
        return own
    folder = RunFolder(path)
    names = repr((own.inode, folder.path.name, folder.generation, *folder.records)).encode()
    sizes, mtimes, ctimes = zip(*(one[2:] for one in (own, *map(stamp, folder.files))), strict=True)
    return Stamp(
        own.device,
        int.from_bytes(hashlib.sha256(names).digest()[:8]),
        sum(sizes),
        max(mtimes),
        max(ctimes),
    )


def _folder(folder: RunFolder) -> Content:
    """What its rows hold: records, names, and of the scores its own alone, for the tables grow with every model."""
    digests = {}
    for name, record in folder.records.items():
        with record.open("rb") as file:
            digests[name] = hashlib.file_digest(file, "sha256").hexdigest()
    told = json.dumps([folder.path.name, folder.generation, digests, folder.scores]).encode()
    digest = hashlib.sha256(told).hexdigest()
    return Content(digest, (GroupContent(len(digests), digest[:HEX]),) if digests else ())


# ---- lines of JSON


def _blocks_of(path: AnyPath) -> tuple[GroupContent, ...]:
    with unpacked(path) as stream:
        return tuple(GroupContent(block.rows, block.name, block.start) for block in blocks(stream))


# ---- Parquet


def _parquet(file: BinaryIO) -> Content | None:
    """None where it is no Parquet file that can be read: its bytes name it then."""
    try:
        footer = pq.ParquetFile(file, pre_buffer=False)
        if has_encrypted_columns(file, footer.metadata.serialized_size):
            file.seek(0)
            return None
        metadata, types = footer.metadata, _types(footer)
        pieces = tuple(
            GroupContent(metadata.row_group(i).num_rows, _group(file, metadata.row_group(i), types))
            for i in range(metadata.num_row_groups)
        )
    except (OSError, pa.ArrowException):
        file.seek(0)
        return None
    named = json.dumps([types, [piece[:2] for piece in pieces]]).encode()
    return Content(hashlib.sha256(named).hexdigest(), pieces)


def _types(footer: Any) -> str:
    """By what bytes become values."""
    columns = [footer.schema.column(i) for i in range(len(footer.schema))]
    leaves = [
        [c.path, c.physical_type, c.length, c.logical_type.to_json(), c.converted_type, *_levels(c)]
        for c in columns
    ]
    fields = [[field.name, str(field.type)] for field in footer.schema_arrow]
    return hashlib.sha256(json.dumps([leaves, fields]).encode()).hexdigest()


def _levels(column: Any) -> tuple[int, int]:
    return column.max_definition_level, column.max_repetition_level


def _group(file: BinaryIO, group: Any, types: str) -> str:
    digest = hashlib.sha256(f"{types}\0{group.num_rows}".encode())
    for number in range(group.num_columns):
        chunk = group.column(number)
        facts = [
            chunk.path_in_schema,
            chunk.compression,
            chunk.num_values,
            chunk.total_compressed_size,
        ]
        digest.update(repr(facts).encode())
        for block in _blocks(file, _start(chunk), chunk.total_compressed_size):
            digest.update(block)
    return digest.hexdigest()[:HEX]


def _start(chunk: Any) -> int:
    """Where a column chunk begins: at its dictionary, if it has one."""
    offsets = [chunk.data_page_offset, chunk.dictionary_page_offset or 0]
    return int(min(offset for offset in offsets if offset > 0))


def _blocks(file: BinaryIO, start: int, size: int) -> Iterator[bytes]:
    file.seek(start)
    while size > 0 and (block := file.read(min(size, READ_BYTES))):
        size -= len(block)
        yield block


def _unreadable(path: AnyPath, error: OSError) -> SourceError:
    return SourceError(f"{path}: cannot be read ({error.strerror or type(error).__name__})")
