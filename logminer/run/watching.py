"""Following a dump: a run whenever something is new, and nothing where nothing is.

What is looked at are the stamps of files, of the dump's and of those with recorded answers. The study is held while a run goes on,
and by nobody in between.

A file that cannot be opened yet, or changes while it is looked at, is left for later. Is it new, the others go on without
it; is it one that the study has, everything waits, for its rows would be taken out meanwhile. A file of lines that has grown is
read as it stands, up to its last whole line: some are never at rest.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from logminer.errors import (
    ConfigError,
    LogminerError,
    ModelError,
    SandboxError,
    SecretError,
    SourceError,
)
from logminer.files.finding import DumpFile
from logminer.files.growing import GrowingPath
from logminer.files.identity import Stamp, stamp
from logminer.files.lines import standing
from logminer.pipeline.file import PipelineFile
from logminer.run.made_of import end_of, file_named, files_of
from logminer.run.summary import Summary
from logminer.sources.unfinished import why_unfinished
from logminer.store.layout import StudyFolder

__all__ = ["Round", "Unfinished", "watch"]

REST_S = (
    2.0  # a file that was written so recently is looked at a second time, so long after the first
)
LONGEST_S = 3600.0  # between rounds that fail, unless rounds are further apart anyway
# What waiting does not mend.
MISTAKES = (ConfigError, SecretError, ModelError, SandboxError)
MOVING = "is being written"
CUT = "its last line is cut"
NEVER = " (where one never is, have its writer begin a new file by the hour or the day)"


class Unfinished(NamedTuple):
    """A file that is left for a later round, or the last line of one (`CUT`)."""

    path: str
    why: str


class Round(NamedTuple):
    """One look, and what came of it."""

    round: int  # from 1 on
    began: datetime
    state: Literal["published", "unchanged", "waiting", "failed"]
    summary: Summary | None  # of a run that published
    error: LogminerError | None  # why it waits or failed
    left: tuple[Unfinished, ...]
    next_s: float | None  # from its end to the next one; None: it was the last

    def as_json(self) -> dict[str, Any]:
        """JSON-ready."""
        error = self.error and {"kind": type(self.error).__name__, "message": str(self.error)}
        return self._asdict() | {
            "began": self.began.isoformat(timespec="seconds"),
            "summary": self.summary and self.summary.as_json(),
            "error": error,
            "left": [one._asdict() for one in self.left],
        }


def watch(
    file: PipelineFile,
    run: Callable[[PipelineFile], Summary],
    every_s: float,
    *,
    rounds: int | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Round]:
    """Run at once, then look every so often and run where something has changed.

    A run that failed is tried again, each time after twice as long, up to an hour. ^C and SIGTERM end it, at once between
    two runs, and during one as they end a run.

    Args:
        file: what its owner wrote; it is not read again.
        run: does what is new of it and publishes.
        every_s: from the beginning of a round to that of the next; where a run takes longer the next follows at once.
        rounds: end after so many; None: never.
        sleep: waits so many seconds.

    Raises:
        ConfigError, SecretError, ModelError, SandboxError: in whichever round: waiting does not mend it.
        KeyboardInterrupt: it was stopped; what was finished is kept.
    """
    watched = _Watched(file, run, sleep)
    number = failures = 0
    with _terminable():
        while True:
            number += 1
            began, clock = datetime.now(UTC), time.monotonic()
            found = watched.round(number, began)
            failures = failures + 1 if found.state == "failed" else 0
            after = every_s * 2 ** max(0, failures - 1)
            after = min(after, max(every_s, LONGEST_S))
            last = rounds is not None and number >= rounds
            next_s = max(0.0, after - (time.monotonic() - clock))
            yield found._replace(next_s=None if last else next_s)
            if last:
                return
            sleep(next_s)


class _Look(NamedTuple):
    """The files as they are."""

    dump: Mapping[str, Stamp]
    answers: Mapping[str, Stamp]
    stood: Mapping[str, GrowingPath]  # of those of lines
    left: tuple[Unfinished, ...]

    def without(self) -> _Look:
        """Less those that are left for later."""
        left = {one.path for one in self.left}
        dump, answers = (
            {path: one for path, one in files.items() if path not in left}
            for files in (self.dump, self.answers)
        )
        stood = {path: one for path, one in self.stood.items() if path not in left}
        return _Look(dump, answers, stood, ())

    @property
    def cut(self) -> tuple[Unfinished, ...]:
        """Files that are read but for their last line."""
        return tuple(
            Unfinished(path, CUT)
            for path, one in self.stood.items()
            if one.stood and one.stood.is_cut
        )


class _Watched:
    def __init__(
        self,
        file: PipelineFile,
        run: Callable[[PipelineFile], Summary],
        sleep: Callable[[float], None],
    ) -> None:
        self._file, self._run, self._sleep = file, run, sleep
        self._whole: dict[str, Stamp] = {}  # files that could be opened as they are
        self._done: _Look | None = None  # what the study was made of last
        self._before = files_of(StudyFolder(file.study))  # what it was made of before this began
        self._ends = dict[str, int]()  # of files of lines, as they were looked at last

    def round(self, number: int, began: datetime) -> Round:
        """One look, and a run where something is new."""
        left: tuple[Unfinished, ...] = ()

        def told(
            state: Literal["published", "unchanged", "waiting", "failed"],
            summary: Summary | None = None,
            error: LogminerError | None = None,
        ) -> Round:
            return Round(number, began, state, summary, error, left, None)

        try:
            look = self._look()
            left = look.left
            self._require_whole(look)
        except MISTAKES:
            raise
        except LogminerError as error:
            return told("waiting", error=error)
        whole = look.without()
        left = tuple(sorted((*look.left, *whole.cut)))
        if whole == self._done:
            return told("unchanged")
        try:
            summary = self._run(_taking(self._file, look))
        except MISTAKES:
            raise
        except LogminerError as error:
            return told("failed", error=error)
        self._done = whole
        return told("published", summary)

    def _look(self) -> _Look:
        """At every file; twice where one was written a moment ago.

        Raises:
            SourceError: nothing there, or a file cannot be read.
        """
        dump, files, stamps = self._stamps()
        moving, now = set[str](), time.time_ns()
        if any(self._may_move(files[path], one, now) for path, one in stamps.items()):
            self._sleep(REST_S)
            before = stamps
            dump, files, stamps = self._stamps()
            moving = {
                path
                for path, one in stamps.items()
                if before.get(path) != one and not isinstance(files[path].path, GrowingPath)
            }
        self._ends = {path: end_of(standing(file.path)) for path, file in files.items()}
        left = [Unfinished(path, MOVING) for path in stamps if path in moving]
        for path, one in stamps.items():
            if path in moving or self._whole.get(path) == one:
                continue
            if why := why_unfinished(files[path]):
                left.append(Unfinished(path, why))
            else:
                self._whole[path] = one
        return _Look(
            {path: stamps[path] for path in dump},
            {path: one for path, one in stamps.items() if path not in dump},
            {p: file.path for p, file in files.items() if isinstance(file.path, GrowingPath)},
            tuple(sorted(left)),
        )

    def _stamps(self) -> tuple[set[str], dict[str, DumpFile], dict[str, Stamp]]:
        """Which files are the dump's, and of every one where it is and how."""
        dump = self._file.source.files()
        answers = [file for one in self._file.checkpoints for file in one.files()]
        files = {str(file.path): self._standing(file) for file in (*dump, *answers)}
        stamps = {path: stamp(file.path) for path, file in files.items()}
        return {str(file.path) for file in dump}, files, stamps

    def _standing(self, file: DumpFile) -> DumpFile:
        """A file of lines as it is, up to its last whole one; as any other where it is shorter than it was."""
        path, grown = str(file.path), standing(file.path, whole_lines=True)
        before = self._ends.get(path, (self._before or {}).get(file_named(path), 0))
        return file if end_of(grown) < before else file._replace(path=grown)

    def _may_move(self, file: DumpFile, one: Stamp, now_ns: int) -> bool:
        """Whether somebody may be writing a file: it was written a moment ago, or later than now by a clock that is wrong.

        Where that does no harm it does not matter.
        """
        age_s = (now_ns - max(one.mtime_ns, one.ctime_ns)) / 1e9
        harm = not isinstance(file.path, GrowingPath)
        return harm and age_s < REST_S and self._whole.get(str(file.path)) != one

    def _has(self, path: str) -> bool:
        """Whether the study was made of a file; where nobody knows, it may be any."""
        if self._done:
            return path in self._done.dump or path in self._done.answers
        return self._before is None or file_named(path) in self._before

    def _require_whole(self, look: _Look) -> None:
        """Raises SourceError where what is left would be missed: the study has it, or there is nothing else."""
        for path, why in look.left:
            if self._has(path):
                raise SourceError(
                    f"{path}: {why}; the study stays as it is until the file is whole{NEVER}"
                )
        if not look.without().dump:
            raise SourceError(f"{self._file.source.path}: no file there is whole yet{NEVER}")


def _taking(file: PipelineFile, look: _Look) -> PipelineFile:
    """The same with the files as they were looked at, and without those that are left."""
    left = [one.path for one in look.left]
    checkpoints = tuple(checkpoint.leaving(left) for checkpoint in file.checkpoints)
    source = file.source.leaving(left)
    taken = file.model_copy(update={"source": source, "checkpoints": checkpoints})
    return taken.as_of(look.stood)


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM is as ^C, in the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
