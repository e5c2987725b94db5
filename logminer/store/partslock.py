"""One writer at a time where parts lie away from their study, in a folder or an object store: several studies may lead there.

In a store an object `.lock` says who writes. It is put where there is none, and renewed every ten seconds. Who was killed on
this machine is followed at once; on another one, when the store has heard nothing of it for a minute by the store's own
clock; so whoever cannot renew it for that long stops. Of several that follow one alone succeeds, since each replaces the very
lock that it has read.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, Self

from logminer.errors import SourceError, StoreError
from logminer.files.atomic import writing
from logminer.files.jsonread import read_json
from logminer.files.objects import AnyPath, ObjectPath, ObjectStat
from logminer.files.stores import waiting_at_most
from logminer.process import stopping
from logminer.store.lockfile import open_lock

__all__ = ["Pace", "lock_parts"]

LOCK = ".lock"
TRIES = 5  # where others change it at the same time
TAKEN = "this run was silent for more than a minute, and another one has begun to write there"
LATE = "this run could not say for more than a minute that it writes there, and another one may have begun to"


class Pace(NamedTuple):
    """How often a lock is renewed, and after how long without that it is nobody's; in seconds."""

    beat_s: float = 10.0
    silent_s: float = 60.0


USUAL = Pace()


class Holder(NamedTuple):
    """Who writes: what a lock says."""

    host: str
    machine: str  # where process numbers mean the same
    pid: int
    study: str
    id: str
    since: str
    beat: int = 0  # how often it was renewed: no two states of a lock are alike

    @classmethod
    def this(cls, study: Path) -> Self:
        """This process, from now on."""
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        return cls(socket.gethostname(), _machine(), os.getpid(), study.name, uuid.uuid4().hex, now)

    @classmethod
    def read(cls, said: bytes) -> Self:
        """Nobody that is known where it is not what one of us wrote."""
        try:
            found = cls(**read_json(said))
            return found._replace(pid=int(found.pid))
        except (ValueError, TypeError):
            return cls("an unknown host", "", 0, "unknown", "", "an unknown time")

    @property
    def said(self) -> bytes:
        """For `read`."""
        return json.dumps(self._asdict()).encode()

    @property
    def is_dead(self) -> bool:
        """Whether it was a process of this machine, and is no more."""
        if self.machine != _machine():
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except OSError:
            pass
        return False


@contextlib.contextmanager
def lock_parts(parts: AnyPath, study: Path, pace: Pace = USUAL) -> Iterator[None]:
    """Hold a place of parts for one writer, which is told where it lost it.

    Args:
        parts: the place; a folder is made where there is none.
        study: whose parts they are.
        pace: in a store.

    Raises:
        StoreError: another run holds it, or has taken it from this one; or it cannot be written.
    """
    if isinstance(parts, ObjectPath):
        with _Held(parts, Holder.this(study), pace).kept():
            yield
        return
    with writing(parts):
        parts.mkdir(parents=True, exist_ok=True)
    with open_lock(parts / LOCK) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise _refused(parts, Holder.read(file.read().encode())) from None
        with writing(parts / LOCK):
            os.ftruncate(file.fileno(), 0)
            os.write(file.fileno(), Holder.this(study).said)
        yield


class _Held:
    """A lock in a store."""

    def __init__(self, parts: ObjectPath, holder: Holder, pace: Pace) -> None:
        self._pace = pace
        self._parts, self._lock, self._holder = parts, parts / LOCK, holder
        self._ended, self._lost = threading.Event(), ""  # how it was lost
        self._written: ObjectStat | None = None
        self._renewed = time.monotonic()

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """Taken, renewed, and given back."""
        self._take()
        beating = threading.Thread(target=self._beat, daemon=True)
        beating.start()
        try:
            yield
        finally:
            self._ended.set()
            beating.join()
            self._give_back()

    def _give_back(self) -> None:
        """Raises StoreError: it was not this run's alone all the while."""
        try:
            with waiting_at_most(self._pace.beat_s):
                if self._is_ours():
                    self._lock.unlink()
                else:
                    self._lost = TAKEN
        except Exception:  # then it is nobody's in a minute
            self._miss()
        if self._lost:
            raise StoreError(
                f"{self._parts}: {self._lost}; what was finished is kept: run again when nobody else writes there"
            )

    def _take(self) -> None:
        found = self._holder
        for _ in range(TRIES):
            try:
                self._written = self._lock.put(self._holder.said)
                return
            except FileExistsError:
                pass
            try:
                found, self._written = self._found()
                if found.id == self._holder.id:  # the answer to our own was lost
                    return
                if not (found.is_dead or self._is_silent(self._written)):
                    break
                self._written = self._lock.put(self._holder.said, over=self._written)
                return
            except (FileNotFoundError, FileExistsError, SourceError):
                continue  # it was given back, or taken by another
        raise _refused(self._parts, found)

    def _found(self) -> tuple[Holder, ObjectStat]:
        lock = self._lock.as_listed()
        assert lock.listed
        return Holder.read(lock.read_bytes()), lock.listed

    def _is_silent(self, lock: ObjectStat) -> bool:
        """By the store's clock, which is asked by an object of our own."""
        asking = self._parts / f"{LOCK}.{self._holder.id}"
        asking.put(b"")
        now = asking.stat().modified_ns
        asking.unlink()
        return now - lock.modified_ns > self._pace.silent_s * 1e9

    def _beat(self) -> None:
        while not self._ended.wait(self._pace.beat_s):
            try:
                with waiting_at_most(self._pace.beat_s):
                    self._renew()
            except Exception:  # whatever it was, it may go well again before it is late
                self._miss()
            if self._lost:
                stopping.request()
                return

    def _renew(self) -> None:
        begun = time.monotonic()
        self._holder = self._holder._replace(beat=self._holder.beat + 1)
        try:
            self._written = self._lock.put(self._holder.said, over=self._written)
        except (FileExistsError, FileNotFoundError):
            if not self._is_ours():
                self._lost = TAKEN
        else:
            self._renewed = begun

    def _miss(self) -> None:
        if time.monotonic() - self._renewed > self._pace.silent_s:
            self._lost = LATE

    def _is_ours(self) -> bool:
        try:
            found, self._written = self._found()
        except FileNotFoundError:
            return False
        return found.id == self._holder.id


def _refused(parts: AnyPath, holder: Holder) -> StoreError:
    who = f"process {holder.pid} on {holder.host}, study {holder.study}"
    return StoreError(
        f"{parts}: another run ({who}) has been writing there since {holder.since}; wait for it or stop it"
        f" (one that was killed on another machine is given up after {USUAL.silent_s:.0f} s)"
    )


def _machine() -> str:
    """Where the numbers of processes mean the same: this boot of it, and this container."""
    said = [socket.gethostname()]
    with contextlib.suppress(OSError):
        said.append(Path("/proc/sys/kernel/random/boot_id").read_text())
        said.append(os.readlink("/proc/self/ns/pid"))
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]
