"""Writing files below a folder, and reading back what somebody else left there, without following anything.

The launcher imports this file: see `wire`.
"""

from __future__ import annotations

import os
import stat

from logminer.sandbox.wire import EXECUTABLE, FILE, ODD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["empty", "held", "put", "walked"]

DEEPEST = 32  # folders below one another; what lies deeper is named and not read
LONGEST = 3_000  # bytes of a path below the folder; a longer one could be read here, step by step, but not be written again
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Without O_NONBLOCK, opening a fifo that took a file's place would wait for somebody to write to it.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_KINDS = {stat.S_IFIFO: b"fifo", stat.S_IFSOCK: b"socket", stat.S_IFLNK: b"symlink"}


def put(folder: str, path: str, content: bytes, *, executable: bool = False) -> None:
    """Write a file below a folder, and the folders that it needs.

    Raises:
        OSError: there is no room for it, or something else has its place.
    """
    at = os.path.join(folder, path)
    os.makedirs(os.path.dirname(at), exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    fd = os.open(at, flags, 0o644)
    try:
        os.fchmod(fd, 0o755 if executable else 0o644)
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(fd, rest) :]
    finally:
        os.close(fd)


def walked(
    folder: str,
    most_bytes: int,
    most_files: int,
    *,
    mend: bool = False,
    first: Iterable[bytes] = (),
) -> Iterator[tuple[bytes, bytes, bytes]]:
    """What lies below a folder, by name: records `FILE` or `EXECUTABLE` (path, content), and `ODD` (path, what it is).

    No more than `most_bytes` are read, and no more than `most_files` entries, folders among them, looked at; the first thing that
    is left out for that is named.

    Args:
        mend: what cannot be read for its permissions is made readable; only where nobody else is at work in it.
        first: paths that are looked at before others of their folder, so that these do not crowd them out.
    """
    try:
        if mend:
            os.chmod(folder, 0o700)
        top = os.open(folder, _FOLDER)
    except OSError:
        yield ODD, b".", b"unreadable"
        return
    known: dict[bytes, set[bytes]] = {}
    for path in first:
        while path:
            above, slash, name = path.rpartition(b"/")
            known.setdefault(above + slash, set()).add(name)
            path = above
    yield from _Walk(most_bytes, most_files, mend, known).below(top, b"", 0)


class _Walk:
    """What is left of the bounds while folders are gone through, each from an open one, so that no link can come between."""

    def __init__(
        self, most_bytes: int, most_files: int, mend: bool, first: dict[bytes, set[bytes]]
    ) -> None:
        self.bytes, self.files, self.mend, self.first = most_bytes, most_files, mend, first

    def below(self, fd: int, before: bytes, depth: int) -> Iterator[tuple[bytes, bytes, bytes]]:
        """Of an open folder, which is closed after that."""
        try:
            first = {name for name in self.first.get(before, ()) if _is_there(fd, name)}
            others = {os.fsencode(name) for name in _names(fd, self.files)} - first
            for name in [*sorted(first), *sorted(others)]:
                self.files -= 1
                if self.files < 0:
                    if self.files == -1:  # once, and not again for the folders above
                        yield ODD, before + name, b"too_many"
                    return
                if len(before) + len(name) > LONGEST:
                    yield ODD, before + name, b"unreadable"
                    continue
                kind, content = _entry(fd, name, self.bytes, self.mend)
                if kind == b"/" and depth == DEEPEST:
                    kind, content = ODD, b"too_many"
                if kind != b"/":
                    self.bytes -= len(content) if kind != ODD else 0
                    yield kind, before + name, content
                    continue
                try:
                    inner = _opened(fd, name, _FOLDER, 0o700, self.mend)
                except OSError:
                    yield ODD, before + name, b"unreadable"
                else:
                    yield from self.below(inner, before + name + b"/", depth + 1)
        finally:
            os.close(fd)


def _is_there(fd: int, name: bytes) -> bool:
    try:
        os.stat(name, dir_fd=fd, follow_symlinks=False)
    except OSError:
        return False
    return True


def _names(fd: int, most: int) -> list[str]:
    """Of what lies in a folder, one more than may be looked at."""
    found: list[str] = []
    try:
        with os.scandir(fd) as entries:
            for entry in entries:
                found.append(entry.name)
                if len(found) > most:
                    break
    except OSError:
        pass  # what was listed before it failed
    return found


def _entry(fd: int, name: bytes, most_bytes: int, mend: bool) -> tuple[bytes, bytes]:
    """`/` of a folder, the content of a file that fits into `most_bytes`, or what else it is."""
    try:
        found = os.stat(name, dir_fd=fd, follow_symlinks=False)
        kind = stat.S_IFMT(found.st_mode)
        if kind == stat.S_IFDIR:
            return b"/", b""
        if kind == stat.S_IFLNK:
            return ODD, b"symlink " + os.readlink(name, dir_fd=fd)
        if kind != stat.S_IFREG:
            return ODD, _KINDS.get(kind, b"device")
        if found.st_size > most_bytes:
            return ODD, b"too_large"
        content = _content(_opened(fd, name, _FILE, 0o600, mend), most_bytes)
    except OSError:
        return ODD, b"unreadable"
    if content is None:
        return ODD, b"too_large"
    return (EXECUTABLE if found.st_mode & 0o100 else FILE), content


def _opened(fd: int, name: bytes, flags: int, mode: int, mend: bool) -> int:
    try:
        return os.open(name, flags, dir_fd=fd)
    except PermissionError:
        if not mend:
            raise
        os.chmod(name, mode, dir_fd=fd)
        return os.open(name, flags, dir_fd=fd)


def _content(fd: int, most_bytes: int) -> bytes | None:
    """Of an open regular file; None: it has more. It is closed."""
    with os.fdopen(fd, "rb") as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            return None
        content = file.read(most_bytes + 1)
    return content if len(content) <= most_bytes else None


def held(folder: str, most_files: int) -> tuple[int, int]:
    """Bytes and entries below a folder in which others may be at work; the count ends soon after `most_files`."""
    size = count = 0
    waiting = [folder]
    while waiting and count <= most_files:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    count += 1
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        size += entry.stat(follow_symlinks=False).st_blocks * 512
                    if count > most_files:
                        break
        except OSError:
            continue  # gone while it was looked at
    return size, count


def empty(folder: str) -> None:
    """Remove a folder with all that lies in it, whatever its permissions and however deep; what resists is left.

    A folder is brought up to the top before it is emptied, so that no path is too long, and no more than two are open.
    """
    try:
        os.chmod(folder, 0o700)
        top = os.open(folder, _FOLDER)
    except OSError:
        return
    try:
        waiting = _folders_left(top)
        taken, number = {*waiting}, 0
        while waiting:
            name = waiting.pop()
            try:
                fd = os.open(name, _FOLDER, dir_fd=top)
            except OSError:
                continue
            try:
                for inner in _folders_left(fd):
                    while str(number) in taken:
                        number += 1
                    try:
                        os.rename(inner, str(number), src_dir_fd=fd, dst_dir_fd=top)
                    except OSError:
                        continue
                    taken.add(str(number))
                    waiting.append(str(number))
            finally:
                os.close(fd)
            _remove(name, top)
    finally:
        os.close(top)
    _remove(folder)


def _remove(folder: str, above: int | None = None) -> None:
    try:
        os.rmdir(folder, dir_fd=above)
    except OSError:
        return  # what resists is left


def _folders_left(fd: int) -> list[str]:
    """Of an open folder, once all else in it is removed; each may be opened and moved."""
    found = []
    try:
        with os.scandir(fd) as entries:
            for entry in entries:
                try:
                    if entry.is_dir(follow_symlinks=False):
                        os.chmod(entry.name, 0o700, dir_fd=fd)
                        found.append(entry.name)
                    else:
                        os.unlink(entry.name, dir_fd=fd)
                except OSError:
                    continue
    except OSError:
        pass  # what was found before it failed
    return found
