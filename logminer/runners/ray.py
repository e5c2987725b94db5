"""A Ray cluster: one that is there, or one that a run starts on this machine and stops.

What a run starts listens on the loopback alone, behind a token of its own that lies in no file, and tells nobody that it
is used. Its folder holds logs of Ray; it goes with the run, or with the next one after a run that was killed.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import secrets
import shutil
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from logminer.errors import ConfigError, LogminerError, StageFailed
from logminer.files.atomic import write_text
from logminer.files.objects import AnyPath
from logminer.process.permissions import Permissions
from logminer.runners.local import lost_worker
from logminer.runners.remote import Expected, RemoteWorker
from logminer.runners.worker import one_thread
from logminer.stages.base import CPU, GPU, Stage, Task

__all__ = ["CONTROL", "Cluster"]

ADDRESS_VARIABLE = "RAY_ADDRESS"
CONTROL = "control"  # calls that do not wait until a part is done
BEGUN_AGAIN = 2  # times that a part is, whose worker died
FOLDER = "logminer-ray-"
YOUNG_S = 60.0  # a folder that is younger may be about to be held
MARK = ".shared"  # lies among the parts while a cluster computes them
OBJECTS_BYTES = 80 * 2**20  # nothing is put there; Ray takes no less
CLOSING_S = 30.0
KNOCK_S = 10.0

_NO_TELEMETRY = {"RAY_USAGE_STATS_ENABLED": "0"}
_OF_ITS_OWN = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # as there, nothing but the loopback
    "RAY_AUTH_MODE": "token",
}


class Cluster:
    """The one that this process has joined already, else one that is joined, else one that is started.

    Args:
        address: of one; None: what `RAY_ADDRESS` says.
        workers: actors for which one that is started has cores.

    Raises:
        ConfigError: Ray is not installed, no cluster answers, or none can be started.
    """

    def __init__(self, address: str | None, workers: int) -> None:
        address = address or os.environ.get(ADDRESS_VARIABLE)
        self._mark: AnyPath | None = None
        with contextlib.ExitStack() as leaving:
            leaving.enter_context(_environment(_NO_TELEMETRY))
            if not address:
                token = {"RAY_AUTH_TOKEN": secrets.token_hex(32)}
                leaving.enter_context(_environment(_OF_ITS_OWN | token))
            self._ray = _imported()
            leaving.enter_context(_saying_nothing(self._ray))
            joined = self._ray.is_initialized()
            self.is_own = not address and not joined
            folder = leaving.enter_context(_temporary_folder()) if self.is_own else ""
            if not joined:
                leaving.callback(self._ray.shutdown)
                with _signals_kept():
                    self._join(address) if address else self._start(workers, folder)
            self._leaving = leaving.pop_all()
        nodes = [node for node in self._ray.nodes() if node["Alive"]]
        has = self._ray.cluster_resources()
        self.nodes, self.cpus, self.gpus = len(nodes), int(has.get("CPU", 0)), has.get("GPU", 0.0)

    def __str__(self) -> str:
        return f"{self.nodes} nodes, {self.cpus} CPUs, {self.gpus:g} GPUs"

    def marking(self, expected: Expected, parts: AnyPath) -> Expected:
        """What workers must find, and how they know the folder of the parts again; on this machine there is no other."""
        if self.is_own:
            return expected._replace(dump=None)
        self._mark, marked = parts / MARK, secrets.token_hex(16)
        write_text(marked, self._mark, plain=True)
        return expected._replace(mark=self._mark, marked=marked)

    def actor(
        self, stage: Stage, at_once: int, expected: Expected, permissions: Permissions
    ) -> Any:
        """A worker for the lane of a stage; it takes `at_once` parts."""
        needs = dict(stage.resources)
        options: dict[str, Any] = {
            "num_cpus": 1 if stage.lane == CPU else 0,  # others mostly wait
            "num_gpus": needs.pop(GPU, 0),
            "resources": needs,
            "max_concurrency": at_once,
            "max_restarts": -1,  # parts bound it
            "max_task_retries": BEGUN_AGAIN,
            "concurrency_groups": {CONTROL: 1},
        }
        if stage.at_home:
            home = self._ray.get_runtime_context().get_node_id()
            pinned = self._ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy
            options["scheduling_strategy"] = pinned(home, soft=False)
        return self._ray.remote(**options)(RemoteWorker).remote(expected, permissions, at_once)

    def fate(self, error: BaseException, stage: Stage, task: Task) -> LogminerError:
        """What is to be said of a part that came to nothing; what Ray says of it may quote what was raised."""
        if isinstance(error, self._ray.exceptions.RayTaskError):
            return StageFailed(stage.label, task.part, type(error.cause).__name__, "worker")
        return lost_worker(stage, task)

    def dismiss(self, actors: Sequence[Any], *, now: bool) -> None:
        """End actors: when they have closed what is to be closed, or at once."""
        if not now and actors:
            closing = [actor.close.remote() for actor in actors]
            self._ray.wait(closing, num_returns=len(closing), timeout=CLOSING_S)
        for actor in actors:
            self._ray.kill(actor)

    def leave(self) -> None:
        """Stop it where it was started, else part from it."""
        with contextlib.suppress(OSError, LogminerError):
            if self._mark:
                self._mark.unlink(missing_ok=True)
        self._leaving.close()

    def _join(self, address: str) -> None:
        try:
            _knock(address)
            self._ray.init(address, log_to_driver=False, configure_logging=False)
        except Exception as error:
            raise ConfigError(
                f"runner: no Ray cluster can be joined at {address} ({_first_line(error)}); unset {ADDRESS_VARIABLE} to have one"
                " started on this machine"
            ) from None

    def _start(self, workers: int, folder: str) -> None:
        one_thread()
        try:
            self._ray.init(
                "local",
                num_cpus=workers + 1,  # with none to spare Ray starts actors late
                include_dashboard=False,
                log_to_driver=False,
                configure_logging=False,
                object_store_memory=OBJECTS_BYTES,
                _temp_dir=folder,
            )
        except Exception as error:
            raise ConfigError(
                f"runner: Ray cannot be started here ({_first_line(error)}); `runner: local` needs none"
            ) from None


def _imported() -> Any:
    try:
        import ray
        import ray.util.scheduling_strategies
    except ImportError:
        raise ConfigError("runner: ray needs: pip install 'logminer[ray]'") from None
    logging.getLogger("ray").setLevel(logging.ERROR)
    return ray


def _knock(address: str) -> None:
    """Ray itself waits for many minutes for one that does not answer.

    Raises:
        OSError: nobody does.
    """
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), KNOCK_S).close()


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


@contextlib.contextmanager
def _temporary_folder() -> Iterator[str]:
    """In one that is its owner's alone; gone with the run, or where that is killed, with a later one."""
    # Not where others are: a path of a socket is short.
    where = os.environ.get("RAY_TMPDIR", "/tmp")
    for left in Path(where).glob(f"{FOLDER}*"):
        with contextlib.suppress(OSError):  # somebody else's, or another run removes it
            if time.time() - left.stat().st_mtime > YOUNG_S:
                with _held(left) as held:
                    if held:
                        shutil.rmtree(left, ignore_errors=True)
    with (
        tempfile.TemporaryDirectory(prefix=FOLDER, dir=where, ignore_cleanup_errors=True) as folder,
        _held(folder),
    ):
        yield str(Path(folder, "r"))  # Ray opens its own to everybody


@contextlib.contextmanager
def _held(folder: Path | str) -> Iterator[bool]:
    """Whether it is this process's alone until the end, however that comes."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        held = True
    except OSError:  # another's, or the disk knows no locks
        held = False
    try:
        yield held
    finally:
        os.close(handle)


@contextlib.contextmanager
def _environment(said: dict[str, str]) -> Iterator[None]:
    """Variables of this process and of those that it starts meanwhile; what somebody has set stays."""
    new = {name: value for name, value in said.items() if name not in os.environ}
    os.environ.update(new)
    try:
        yield
    finally:
        for name in new:
            os.environ.pop(name, None)


@contextlib.contextmanager
def _saying_nothing(ray: Any) -> Iterator[None]:
    """Ray prints what befell its workers among what the run prints, whatever it is told of logs."""
    worker = ray._private.worker
    before = worker.print_to_stdstream
    worker.print_to_stdstream = lambda data, ignore_prefix: None
    try:
        yield
    finally:
        worker.print_to_stdstream = before


@contextlib.contextmanager
def _signals_kept() -> Iterator[None]:
    """Ray takes SIGTERM for itself."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
