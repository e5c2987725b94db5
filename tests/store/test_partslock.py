"""One writer at a time where parts lie away from their studies."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from logminer.errors import StoreError
from logminer.process import stopping
from logminer.store.lock import lock_study
from logminer.store.partslock import Holder, Pace, lock_parts
from tests.kit.s3 import Bucket, Fault, bucket

STUDY = Path("one")


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    with bucket(monkeypatch) as served:
        yield served


def dead() -> Holder:
    """Somebody of this machine who was killed."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return Holder.this(STUDY)._replace(pid=process.pid, id="dead")


def test_a_second_writer_is_told_of_the_first(store: Bucket, tmp_path: Path) -> None:
    told = f"process {os.getpid()} on .*, study one\\) has been writing there since 20.*; wait"
    for n, parts in enumerate((store.root / "parts", tmp_path / "parts")):
        study, copy = tmp_path / f"{n}/one", tmp_path / f"{n}/copied/one"
        with lock_study(study, parts):
            shutil.copytree(study, copy)
            with pytest.raises(StoreError, match=told), lock_study(copy, parts):
                pass
        with lock_study(copy, parts):
            pass
    assert [one.name for one in store.root.below()] == [".study"]


def test_who_was_killed_here_is_followed_at_once(store: Bucket) -> None:
    lock = store.root / "parts" / ".lock"
    lock.put(dead().said)
    with lock_parts(store.root / "parts", STUDY):
        assert Holder.read(lock.read_bytes()).pid == os.getpid()


def test_who_is_elsewhere_when_it_is_silent(store: Bucket) -> None:
    (store.root / "parts" / ".lock").put(dead()._replace(machine="another").said)
    with pytest.raises(StoreError, match="wait for it"), lock_parts(store.root / "parts", STUDY):
        pass
    with lock_parts(store.root / "parts", STUDY, Pace(silent_s=-1)):
        pass


def test_a_lock_is_renewed_and_its_loss_stops_the_run(store: Bucket) -> None:
    parts = store.root / "parts"
    lock = parts / ".lock"

    def lose() -> None:
        while Holder.read(lock.read_bytes()).beat < 2:
            time.sleep(0.02)
        lock.put(dead().said, anyhow=True)
        while not stopping.requested():
            time.sleep(0.02)

    told = "another one has begun to write there"
    with pytest.raises(StoreError, match=told), lock_parts(parts, STUDY, Pace(beat_s=0.05)):
        lose()
    stopping.reset()
    assert Holder.read(lock.read_bytes()).id == "dead"


def test_who_cannot_renew_it_stops_before_another_follows(store: Bucket) -> None:
    parts = store.root / "parts"

    def refuse() -> None:
        store.fail(Fault("PUT", ".lock", 403, 1000))
        while not stopping.requested():
            time.sleep(0.02)

    with lock_parts(parts, STUDY, Pace(beat_s=0.05)):
        store.fail(Fault("PUT", ".lock", 403, 2))  # missed, and then renewed
        while Holder.read((parts / ".lock").read_bytes()).beat < 4:
            time.sleep(0.02)
    assert not stopping.requested()
    told = "another one may have begun to"
    pace = Pace(beat_s=0.05, silent_s=0.3)
    with pytest.raises(StoreError, match=told), lock_parts(parts, STUDY, pace):
        refuse()
    stopping.reset()


def test_an_answer_that_was_lost_locks_nobody_out(store: Bucket) -> None:
    store.fail(Fault("PUT", ".lock", "lost"), Fault("PUT", ".lock", 409, 2))
    with lock_parts(store.root / "parts", STUDY):
        pass
