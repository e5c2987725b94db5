"""Parts on a real Ray cluster of this machine: as elsewhere, and no text is left with Ray."""

from __future__ import annotations

import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from logminer.api import load_pipeline
from logminer.errors import (
    ConfigError,
    ObjectStoreError,
    SecretError,
    SourceError,
    StageFailed,
    StoreError,
)
from logminer.files.objects import ObjectPath
from logminer.ids import Pseudonyms, load_key
from logminer.process.permissions import OWNER
from logminer.runners.actors import ActorRunner
from logminer.runners.flow import flow
from logminer.runners.part import Runner
from logminer.runners.ray import Cluster
from logminer.runners.remote import Expected
from logminer.stages.base import Stage, Transform
from logminer.stages.step import Step
from logminer.store.parts import PartFile, PartFolder
from tests.conftest import KEY, Demo
from tests.kit.copies import copy
from tests.kit.numbers import Add, Rows
from tests.kit.places import ROOT
from tests.runners import test_lane

CANARY = "Brunhilde Quastenflosser"


@pytest.fixture(scope="module", autouse=True)
def sessions() -> Iterator[Path]:
    """One cluster for all tests here, with their key, which what they open finds joined; the folder of its logs."""
    folder = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))  # paths of sockets are short
    left = folder / "logminer-ray-left"  # by a run that was killed
    left.mkdir()
    os.utime(left, (0, 0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOGMINER_KEY", KEY)
        patch.setenv("RAY_TMPDIR", str(folder))
        cluster = Cluster(None, 2)
    assert [one.stat().st_mode & 0o777 for one in folder.iterdir()] == [0o700]
    yield folder
    cluster.leave()
    assert list(folder.iterdir()) == []
    folder.rmdir()


def expected() -> Expected:
    return Expected("tests", Pseudonyms(load_key(), "tests").key_id)


def on_ray(*stages: Stage, say: Callable[[str], None] = lambda text: None) -> ActorRunner:
    return ActorRunner(Cluster(None, 1), stages, expected(), OWNER, workers=1, say=say)


class TestLanes(test_lane.TestLane):
    """What holds of lanes of this machine."""

    def runner(self, *stages: Stage) -> Runner:
        return on_ray(*stages)


class Frail(Add):
    """Prints and warns of a text; where told so it fails with it, and kills its process as often as it may."""

    deaths: int = 0
    tally: str = ""

    def open(self) -> Transform:
        add = super().open()

        def transform(batch: pa.RecordBatch, **sides: pa.Table) -> pa.RecordBatch:
            print(CANARY, flush=True)  # noqa: T201
            print(CANARY, file=sys.stderr, flush=True)  # noqa: T201
            warnings.warn(CANARY, stacklevel=1)
            with Path(self.tally).open("a+") as file:
                file.write("+")
            if Path(self.tally).stat().st_size <= self.deaths:
                os.kill(os.getpid(), signal.SIGKILL)
            return add(batch, **sides)

        return transform


class TestPart:
    def computed(self, folder: Path, **how: object) -> list[int]:
        stage = Frail(by=1, tally=str(folder / "tally"), **how)
        step = Step(stage, PartFolder(folder / "parts", "add", "f"), None)
        self.said = list[str]()
        runner = on_ray(stage, say=self.said.append)
        try:
            done = list(flow([step], [Rows(f"s-{i}", [i]) for i in range(3)], runner))
        finally:
            self.where = runner.where
            runner.close()
        return sorted(n for d in done for n in PartFile(d.output).read()["n"].to_pylist())

    def test_a_part_whose_worker_died_is_begun_again(self, tmp_path: Path) -> None:
        assert self.computed(tmp_path, deaths=2) == [1, 2, 3]
        assert [text for text in self.said if "a worker of cpu died" in text]
        assert self.where.endswith("workers died")

    def test_what_it_said_is_left_with_nobody(self, tmp_path: Path, sessions: Path) -> None:
        with pytest.raises(StageFailed) as error:
            self.computed(tmp_path, fail=CANARY)
        assert "ValueError at numbers.py" in str(error.value)
        assert CANARY not in repr(error.value)
        assert found(sessions, [CANARY]) == []

    def test_a_node_that_is_not_as_expected_is_told(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        mark, here = tmp_path / "mark", expected()
        mark.write_text("this")
        assert here._replace(mark=mark, marked="this", dump=mark).unmet() is None
        wrong = {"version": "0.1"}, {"mark": mark, "marked": "that"}, {"dump": tmp_path / "gone"}
        kinds = [type(here._replace(**other).unmet()) for other in wrong]
        assert kinds == [ConfigError, StoreError, SourceError]
        monkeypatch.setenv("AWS_PROFILE", "of-nobody-there")  # as where a node has no credentials
        monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
        for place in ("mark", "dump"):
            refused = here._replace(**{place: ObjectPath("s3://dumps", "there")}).unmet()
            assert isinstance(refused, ObjectStoreError)
            assert str(refused).startswith(f"node {platform.node()}: s3://dumps")
        monkeypatch.setenv("LOGMINER_KEY", "ab" * 32)  # the workers have the other one
        with pytest.raises(SecretError, match="set LOGMINER_KEY on every node"):
            self.computed(tmp_path)


def test_a_study_is_the_same_and_its_texts_are_not_with_ray(
    demo: Demo, tmp_path: Path, sessions: Path
) -> None:
    file = copy(demo, tmp_path)
    shutil.rmtree(file.parent / "study")
    summary = load_pipeline(file).run(workers=1, runner="ray")
    assert summary.runner == "ray: 1 nodes, 3 CPUs, 0 GPUs"
    assert digests(file.parent / "study") == digests(demo.study)
    messages = pq.read_table(demo.folder / "dump.parquet")["messages"].to_pylist()
    texts = [text for planted in demo.planted.values() for text in planted]
    texts += [
        message["content"][:40] for row in messages for message in row or () if message["content"]
    ]
    assert found(sessions, [*texts, KEY]) == []


def digests(study: Path) -> dict[str, str]:
    """Of the parts, by their place."""
    parts = study / "parts"
    files = {str(file.relative_to(parts)): file for file in parts.rglob("*.parquet")}
    return {place: PartFile(file).footer().digest for place, file in files.items()}


def found(sessions: Path, texts: list[str]) -> list[str]:
    """Files of Ray, and what it shares between processes, in which one of the texts stands."""
    processes = psutil.Process().children(recursive=True)
    shared = {
        handle
        for process in processes
        for handle in Path(f"/proc/{process.pid}/fd").glob("*")
        if "/dev/shm" in os.readlink(handle)
    }
    kept = [file for file in sessions.rglob("*") if file.is_file()]
    assert any(file.stat().st_size for file in kept)
    return [
        str(file)
        for file in [*kept, *shared]
        if any(text.encode() in file.read_bytes() for text in texts)
    ]


DRIVER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from logminer.runners.flow import flow
from logminer.runners.ray import Cluster
from logminer.stages.step import Step
from logminer.store.parts import PartFolder
from tests.kit.numbers import Rows
from tests.runners.test_ray import Slow, on_ray
stage = Slow(by=1)
step = Step(stage, PartFolder(Path(sys.argv[1]), "add", "f"), None)
for done in flow([step], [Rows(f"s-{i}", [i]) for i in range(100)], on_ray(stage)):
    print(done.part, flush=True)
"""


class Slow(Add):
    def open(self) -> Transform:
        add = super().open()

        def transform(batch: pa.RecordBatch, **sides: pa.Table) -> pa.RecordBatch:
            time.sleep(0.2)
            return add(batch, **sides)

        return transform


def test_what_a_killed_run_started_goes_with_it(tmp_path: Path) -> None:
    script = tmp_path / "driver.py"
    script.write_text(DRIVER)
    command = [sys.executable, str(script), str(tmp_path / "parts"), str(ROOT)]
    folder = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))
    environment = os.environ | {"PYTHONPATH": str(ROOT), "RAY_TMPDIR": str(folder)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as driver:
        assert driver.stdout
        assert driver.stdout.readline() == "s-0\n"
        started = psutil.Process(driver.pid).children(recursive=True)
        assert len(started) > 3
        driver.kill()
    _, alive = psutil.wait_procs(started, timeout=300)  # some look for their parent now and then
    assert alive == []
    shutil.rmtree(folder)
    there = PartFolder(tmp_path / "parts", "add", "f").parts()
    assert 1 <= len(there) < 100
    assert all(PartFile(tmp_path / f"parts/add-f/{part}.parquet").read().num_rows for part in there)
