"""The far end of a runner whose workers are on other machines: what a worker does there, and what it must find.

It raises nothing, it returns its errors: whoever carries calls between machines writes what is raised into logs, and a
foreign message may quote a conversation. It prints nothing either, for that would lie in a file.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
import threading
import uuid
from collections import Counter
from typing import NamedTuple

from logminer.errors import (
    ConfigError,
    LogminerError,
    SecretError,
    SourceError,
    StageFailed,
    StoreError,
    where_failed,
)
from logminer.files.objects import AnyPath
from logminer.files.sealing import key_for
from logminer.ids import KEY_VARIABLE, planned_pseudonyms
from logminer.models.packaged import go_offline
from logminer.process import egress, stopping
from logminer.process.egress import Egress
from logminer.process.leaving import close_all
from logminer.process.memory import no_core_file
from logminer.process.permissions import Permissions
from logminer.runners.worker import SWITCH_S, compute, one_thread
from logminer.stages.base import Done, Stage, Task

__all__ = ["Expected", "News", "RemoteWorker"]


class Expected(NamedTuple):
    """What a worker must find as it is where the run began.

    Attributes:
        project: domain of the pseudonyms.
        key_id: names the key and the project.
        dump: a file that must be there; None: nothing is asked.
        mark: a file among the parts; None: nothing is asked.
        marked: what it says.
        version: of logminer.
    """

    project: str
    key_id: str
    dump: AnyPath | None = None
    mark: AnyPath | None = None
    marked: str = ""
    version: str = importlib.metadata.version("logminer")

    def unmet(self) -> LogminerError | None:
        """What is wrong on this machine, and which one it is."""
        try:
            self._require()
        except LogminerError as error:
            return type(error)(f"node {platform.node()}: {error}")
        return None

    def _require(self) -> None:
        """Raises LogminerError: something is not as it should be, or a store does not let this machine see."""
        here = importlib.metadata.version("logminer")
        if here != self.version:
            raise ConfigError(
                f"logminer {here} is installed there, and the run is of {self.version}: install the same everywhere"
            )
        try:
            planned_pseudonyms(self.project, self.key_id)
        except SecretError as error:
            raise SecretError(
                f"{error}; workers take it from there: set {KEY_VARIABLE} on every node before Ray is started"
            ) from None
        try:
            if self.mark:
                key_for(self.mark)
        except SecretError as error:
            raise SecretError(f"{error}; set it on every node before Ray is started") from None
        if self.mark and not self._marked(self.mark):
            raise StoreError(
                f"{self.mark.parent} is not the folder that it is where the run began: keep the parts where every node sees"
                " them, on a shared path or in an object store (`parts:`)"
            )
        if self.dump and not _is_there(self.dump):
            raise SourceError(
                f"{self.dump} is not there: the dump must be where every node sees it"
            )

    def _marked(self, mark: AnyPath) -> bool:
        try:
            return mark.read_bytes().decode() == self.marked
        except (OSError, ValueError):
            return False


def _is_there(dump: AnyPath) -> bool:
    try:
        return dump.exists()
    except OSError:  # it may not be looked for
        return False


class News(NamedTuple):
    """What a worker says: what became of a task, rows that it kept since it last spoke, and all that it has sent."""

    worker: str  # names the process: one that was started anew is another
    kept: tuple[tuple[str, int], ...]  # by the label of their stage
    egress: tuple[Egress, ...]
    ended: Done | LogminerError | None = None


class RemoteWorker:
    """Computes parts, several at once where several threads call it."""

    def __init__(self, expected: Expected, permissions: Permissions, at_once: int) -> None:
        _print_nothing()
        no_core_file()
        one_thread()
        go_offline()
        os.umask(0o777 & ~permissions.folder)
        if at_once > 1:
            sys.setswitchinterval(SWITCH_S)
        self._name = uuid.uuid4().hex
        self._kept: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._unmet = expected.unmet()

    def look(self) -> News:
        """What it is called; an error where it can compute nothing."""
        return self.news()._replace(ended=self._unmet)

    def compute(self, stage: Stage, task: Task) -> News:
        """One part; see `worker.compute`."""
        ended = self._unmet or self._computed(stage, task)
        return self.news()._replace(ended=ended)

    def news(self, stop: bool = False) -> News:
        """What there is to tell; `stop`: it is wished that what is in flight inside the parts is the last."""
        if stop:
            stopping.request()
        with self._lock:
            kept, self._kept = self._kept, Counter()
        return News(self._name, tuple(kept.items()), egress.totals())

    def close(self) -> None:
        """Close servers and what else a process closes before it ends."""
        close_all()

    def _computed(self, stage: Stage, task: Task) -> Done | LogminerError:
        def heard(rows: int) -> None:
            with self._lock:
                self._kept[stage.label] += rows

        try:
            return compute(stage, task, heard)
        except LogminerError as error:
            return error
        except Exception as error:  # its message may quote a conversation
            return StageFailed(stage.label, task.part, type(error).__name__, where_failed(error))


def _print_nothing() -> None:
    """What is printed here would be kept in a file, and libraries may warn of a text by quoting it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)
