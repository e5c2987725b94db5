"""The files of a dump, found; and what lies beside them and is not read, with the reason."""

from __future__ import annotations

import fnmatch
import glob
import os
import re
from collections.abc import Collection, Iterator
from pathlib import Path, PurePath
from typing import NamedTuple, TypeAlias
from urllib.parse import unquote

from logminer.errors import SourceError
from logminer.files.foreign import mend
from logminer.files.kinds import FOLDERS, folder_kind, kind_of, suffixes
from logminer.files.objects import AnyPath, ObjectPath
from logminer.files.places import below, is_url, located

__all__ = ["DumpFile", "Found", "Skipped", "find_files", "rooted", "survey"]

_LOOKS_LIKE_DATA = re.compile(
    r".+\.(?:parquet|parq|pq|jsonl?|ndjson|csv|tsv|arrow|feather|ipc|orc|avro|eval|duckdb|db|sqlite3?)(?:\.\w{2,6})?"
    r"|.+\.(?:gz|zst|zip|tgz|tar|bz2|xz|7z)"
)
NOTES = ("csv", "json")  # kinds in which notes on a dump are often written
_SHARDS = ".shards"  # ends the name of the folder beside a log of Inspect, in which workers wrote each its own
_STUDY, _HALVES = "study.duckdb", "halves.parquet"
_OF_A_STUDY = frozenset(
    (
        "parts",
        "maps",
        "runs",
        "suites",
        _HALVES,
        "human_labels.parquet",
        "contents.json",
        "made_of.json",
        _STUDY,
    )
)
_ANONYMISED = re.compile(r"anonymise-[0-9a-f]{12}")
_PART = "part of the study in this folder"
# What Inspect writes beside its logs: which there are, with their headers, or what a set of them is of.
_LISTS = frozenset(("logs.json", "listing.json", "eval-set.json"))
_LIST = re.compile(rb'\s*\{\s*"(?:eval_set_id"|[^"]*\.(?:eval|json)"\s*:\s*\{)')
_HEAD_BYTES = 1 << 12
_LITERAL = re.compile(r"\[[^]]*]|[*?.]")
_BELOW = -1  # in a state: everything from here down, by its suffix

HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"


class DumpFile(NamedTuple):
    """A file, and its path below the fixed part of the pattern that found it."""

    path: AnyPath
    relative: str

    @property
    def hive(self) -> tuple[tuple[str, str | None], ...]:
        """The columns that its folders' names give, as in `model=x/`: (name, value), each name once, by name.

        The innermost folder holds; names and values are decoded as URLs are.
        """
        named = [folder.partition("=") for folder in self.path.parent.parts]
        values = {unquote(key): unquote(value) for key, equals, value in named if key and equals}
        return tuple(
            (key, None if value == HIVE_NULL else value) for key, value in sorted(values.items())
        )


class Skipped(NamedTuple):
    """A file, or a whole folder, that is not read."""

    path: str
    reason: str
    looks_like_data: bool


class Found(NamedTuple):
    """What a path names, in order, and what lies there and is not read."""

    files: list[DumpFile]
    skipped: list[Skipped]


def rooted(path: str, base: Path) -> str:
    """`path` as an absolute one, taken from `base` where it is relative; what a URL names.

    Raises:
        ConfigError: see `located`.
    """
    if is_url(path):
        return str(located(path))
    return os.path.normpath(base / Path(path).expanduser())


def find_files(
    path: str, kinds: tuple[str, ...] = ("parquet",), *, mixed: bool = False
) -> list[DumpFile]:
    """The files of `survey`.

    Raises:
        SourceError: nothing is there.
        ConfigError: a URL that is not read.
    """
    found = survey(path, kinds, mixed=mixed)
    if not found.files:
        raise SourceError(_nothing(path, kinds, found.skipped))
    return found.files


def survey(path: str, kinds: tuple[str, ...] = ("parquet",), *, mixed: bool = False) -> Found:
    """The files that a path, a glob (`**` goes down) or a folder names, sorted by their path below its fixed part.

    A folder gives its files of the first of `kinds` (see `kinds.kind_of`) of which it has any; so does a glob whose last
    part says nothing of names. Where they may be `mixed`, of all but `NOTES`, unless there are none others. Links are followed, and what two paths lead to is read under
    the first. Hidden and temporary names (a leading `.` or `_`) and the folders of studies are skipped.

    Of an object store a folder, and a glob with `**`, is listed with all that lies below; another glob folder by folder.

    Raises:
        SourceError: there is no such file or folder.
        ConfigError: a URL that is not read.
    """
    whole = located(path)
    try:
        return _surveyed(path, whole, kinds, mixed)
    except OSError as error:  # a name that is too long, a folder on the way that may not be entered
        raise SourceError(f"{path}: cannot be read ({error.strerror})") from None


def _surveyed(path: str, whole: AnyPath, kinds: tuple[str, ...], mixed: bool) -> Found:
    inside = next((above for above in whole.parents[:3] if folder_kind(above) in kinds), None)
    if inside and (whole.is_dir() or (whole.is_file() and kind_of(whole.name) is None)):
        raise SourceError(f"{path}: lies in {inside}, which is read as one; name that folder")
    if whole.is_file() or folder_kind(whole) in kinds:
        file = whole.as_listed() if isinstance(whole, ObjectPath) else whole
        return Found([DumpFile(file, whole.name)], [])
    if whole.is_dir():
        walk = _Walk(whole, (), kinds)
    elif glob.has_magic(path):
        root = next(above for above in whole.parents if not glob.has_magic(str(above)))
        walk = _Walk(root, below(whole, root).parts, kinds)
    elif whole.is_symlink():
        raise SourceError(f"{path}: a link to nothing; mend it, or name the file itself")
    elif whole.exists():
        raise SourceError(f"{path}: neither a file nor a folder; check the path")
    else:
        raise SourceError(f"{path}: no such file or folder; check the path")
    if walk.root.is_dir():
        walk.folder(walk.root, _real(walk.root), walk.start)
        walk.choose(mixed=mixed)
    return Found(walk.files, walk.skipped)


class _Walk:
    """Goes through folders in the order of names.

    A state says what is still wanted of a pattern below a folder: the numbers of the parts that come next, or `_BELOW`.
    One folder is gone through once in each state, so that circles of links end.
    """

    def __init__(self, root: AnyPath, pattern: tuple[str, ...], kinds: tuple[str, ...]) -> None:
        self.root, self._pattern, self._kinds = root, pattern, kinds
        self.files: list[DumpFile] = []
        self.skipped: list[Skipped] = []
        self.start = self._closed({0}) if pattern else frozenset((_BELOW,))
        self._named = bool(pattern) and bool(_LITERAL.sub("", pattern[-1]))
        deep = isinstance(root, ObjectPath) and (not pattern or "**" in pattern)
        self._tree = root.tree() if isinstance(root, ObjectPath) and deep else None
        self._folders: dict[tuple[str, frozenset[int]], AnyPath] = {}
        self._read: dict[str, AnyPath] = {}  # by the real path
        self._kind: dict[DumpFile, str] = {}  # of those that were not asked for by name

    def choose(self, *, mixed: bool) -> None:
        """Of files that nobody named, leave those of one kind: beside tables there are often notes on them."""
        there = [kind for kind in self._kinds if kind in self._kind.values()]
        kept = there[:1] if not mixed else [k for k in there if k not in NOTES] or there[:1]
        for file in [file for file, kind in self._kind.items() if kind not in kept]:
            self.files.remove(file)
            reason = (
                f"a folder with {' and '.join(kept)} files gives these alone; name others by a glob"
            )
            beside = kept == list(FOLDERS)  # such a folder has notes around it, and no data
            self._skip(file.path, reason, data=_data(file.path) and not beside)

    def folder(self, folder: AnyPath, real: str, state: frozenset[int]) -> None:
        """Take in what is wanted of a folder."""
        if before := self._folders.get((real, state)):
            return self._skip(folder, f"a link to the folder {self._shown(before)}, which is read")
        self._folders[real, state] = folder
        try:
            entries = self._listed(folder)
        except OSError as error:
            if folder == self.root:
                raise SourceError(f"{folder}: cannot be read ({error.strerror})") from None
            return self._skip(folder, f"cannot be read ({error.strerror})", data=True)
        study = _is_study(folder, {entry.name for entry in entries})
        if study and folder != self.root:
            return self._skip(folder, "the folder of a study")
        if merged := self._merged(real):
            reason = f"the pieces of {self._shown(merged)}, which is read and has their samples"
            return self._skip(folder, reason, data=True)
        for entry in entries:
            if study and entry.name in _OF_A_STUDY:
                self._skip(folder / entry.name, _PART)
            elif after := self._after(state, entry.name):
                path = entry if isinstance(entry, ObjectPath) else folder / entry.name
                self._entry(entry, path, real, after)
            else:
                self._told_case(state, folder, entry.name)
        return None

    def _listed(self, folder: AnyPath) -> list[_Entry]:
        """What lies in a folder, by name."""
        if isinstance(folder, ObjectPath):
            return [*(folder.iterdir() if self._tree is None else self._tree.get(folder, ()))]
        with os.scandir(folder) as listed:
            return sorted(listed, key=lambda entry: entry.name)

    def _merged(self, real: str) -> AnyPath | None:
        """The log of Inspect that was put together from what is in a folder, if it is read; its name sorts before."""
        stem, dot, _ = real.rpartition(_SHARDS)
        whole = (f"{stem}.eval", f"{stem}-recovered.eval") if dot and real.endswith(_SHARDS) else ()
        return next((self._read[name] for name in whole if name in self._read), None)

    def _entry(self, entry: _Entry, path: AnyPath, real: str, after: frozenset[int]) -> None:
        try:
            is_folder, is_file = entry.is_dir(), entry.is_file()
            linked = entry.is_symlink()
        except OSError as error:  # a link to itself, or into a folder that may not be entered
            return self._skip(path, f"cannot be read ({error.strerror})", data=True)
        lies_in = real
        real = _real(path) if linked else os.path.join(real, entry.name)
        kind = folder_kind(path) if is_folder else None
        if is_folder and kind not in self._kinds:
            goes_on = after - {len(self._pattern)}
            if len(self._pattern) in after and self._pattern and "**" not in self._pattern:
                goes_on |= {_BELOW}
            if not goes_on or self._hidden(path):
                return None
            known = (real, frozenset(goes_on)) in self._folders
            if not known and Path(lies_in).is_relative_to(real):  # what lies beside was not named
                return self._skip(path, "a link to a folder in which it lies itself")
            return self.folder(path, real, frozenset(goes_on))
        if _BELOW not in after and len(self._pattern) not in after:
            return None
        if linked and not is_file and not path.exists():
            return self._skip(path, "a link to nothing", data=True)
        if not is_file and not kind:
            return self._skip(path, "no regular file")
        if self._hidden(path):
            return None
        asked = self._named and len(self._pattern) in after
        try:
            fits = kind or asked or self._fits(entry.name) or self._is_bare_parquet(path)
        except OSError as error:
            return self._skip(path, f"cannot be read ({error.strerror})")
        if not fits:
            return self._skip(path, f"not named {suffixes(self._kinds)}", data=_data(path))
        if entry.name in _LISTS and _is_list(path):
            return self._skip(path, "Inspect's list of its logs")
        if before := self._read.get(real):
            return self._skip(path, f"the same file as {self._shown(before)}, which is read")
        self._read[real] = path
        file = DumpFile(path, self._shown(path))
        self.files.append(file)
        if not asked:
            self._kind[file] = kind or kind_of(path.name) or "parquet"
        return None

    def _after(self, state: frozenset[int], name: str) -> frozenset[int]:
        """The state behind an entry; it holds the pattern's length where nothing more is wanted."""
        after = {_BELOW} & state
        for at in state:
            if 0 <= at < len(self._pattern):
                if self._pattern[at] == "**":
                    after.add(at)
                elif fnmatch.fnmatchcase(name, self._pattern[at]):
                    after.add(at + 1)
        return self._closed(after)

    def _closed(self, state: set[int]) -> frozenset[int]:
        """With what comes behind each `**`, which may stand for nothing."""
        closed = set(state)
        for at in sorted(state):
            while 0 <= at < len(self._pattern) and self._pattern[at] == "**":
                at += 1
                closed.add(at)
        return frozenset(closed)

    def _told_case(self, state: frozenset[int], folder: AnyPath, name: str) -> None:
        """Whoever wrote `*.parquet` may not know of an `X.PARQUET`."""
        if len(self._pattern) - 1 in state and self._fits(name):
            last = self._pattern[-1].lower()
            if fnmatch.fnmatchcase(name.lower(), last):
                self._skip(folder / name, "matches in other letters only", data=True)

    def _hidden(self, path: AnyPath) -> bool:
        if path.name == "_delta_log":
            self._skip(
                path, "the log of a Delta table, whose dropped files are read too", data=True
            )
            return True
        # As Spark has it: `_day=3` is a column, `_temporary` is not.
        own = path.name.startswith(".") or (path.name.startswith("_") and "=" not in path.name)
        if not own and path.name != "lost+found":
            return False
        looks = path.suffix != "" and self._fits(path.name) and not path.name.startswith("._")
        self._skip(path, "a hidden or temporary name", data=looks and path.is_file())
        return True

    def _fits(self, name: str) -> bool:
        return kind_of(name) in self._kinds

    def _is_bare_parquet(self, path: AnyPath) -> bool:
        return "parquet" in self._kinds and "." not in path.name and _is_parquet(path)

    def _skip(self, path: AnyPath, reason: str, *, data: bool = False) -> None:
        self.skipped.append(Skipped(str(path), reason, data))

    def _shown(self, path: AnyPath) -> str:
        return below(path, self.root).as_posix()


_Entry: TypeAlias = os.DirEntry[str] | ObjectPath


def _real(path: AnyPath) -> str:
    return str(path) if isinstance(path, ObjectPath) else os.path.realpath(path)


def _is_study(folder: AnyPath, names: Collection[str]) -> bool:
    """A run that was killed before it published leaves the anonymised parts alone, one that begins its lock and halves.

    So is a folder in which parts alone are kept, away from their study.
    """
    if any(_ANONYMISED.fullmatch(name) for name in names):
        return True
    if "parts" in names and (_STUDY in names or any((folder / "parts").glob("anonymise-*"))):
        return True
    return _HALVES in names and ".lock" in names


def _is_parquet(path: AnyPath) -> bool:
    """By its first bytes: exports of databases come without a suffix."""
    with path.open("rb", buffering=_HEAD_BYTES) as file:
        return file.read(4) == b"PAR1"


def _is_list(path: AnyPath) -> bool:
    """Whether a file lists logs of Inspect; one that cannot be read is not known to."""
    try:
        with path.open("rb", buffering=_HEAD_BYTES) as file:
            return bool(_LIST.match(file.read(_HEAD_BYTES)))
    except OSError:
        return False


def _data(path: AnyPath) -> bool:
    return bool(_LOOKS_LIKE_DATA.fullmatch(path.name.lower()))


def _nothing(path: str, kinds: tuple[str, ...], skipped: list[Skipped]) -> str:
    said = f"{path}: no {suffixes(kinds)} files there"
    others = list(_worth_telling(skipped))
    if not others:
        return f"{said}; check the path"
    first = others[0]
    why = _mend(first)
    more = f" and {len(others) - 1:,} others like it" if len(others) > 1 else ""
    return f"{said}; check the path: {PurePath(first.path).name}{more} was skipped: {why}"


def _mend(skipped: Skipped) -> str:
    try:
        return (
            mend(located(skipped.path))
            if skipped.reason.startswith("not named")
            else skipped.reason
        )
    except OSError as error:
        return f"cannot be read ({error.strerror})"


def _worth_telling(skipped: list[Skipped]) -> Iterator[Skipped]:
    yield from (one for one in skipped if one.looks_like_data)
    yield from (one for one in skipped if one.reason in ("the folder of a study", _PART))
