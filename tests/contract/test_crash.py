"""However a run ends, nothing raw is left behind: exceptions, kills, a worker's death, memory that gives out."""

from __future__ import annotations

import json
import logging
import os
import pickle
import re
import resource
import signal
import subprocess
import sys
import time
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pyarrow as pa
import pytest
from click.testing import CliRunner

from logminer.api import load_pipeline
from logminer.audit.auditor import audit
from logminer.audit.findings import Canary
from logminer.cli.main import main
from logminer.errors import StageFailed
from logminer.stages.anonymise import Anonymise
from logminer.stages.base import Stage
from logminer.stages.embed import Embed
from logminer.stages.judge import Judge
from logminer.stages.place import Place
from logminer.stages.prompts import Prompts
from logminer.stages.replay import Logged, Replay
from logminer.store.session import Session
from tests.conftest import KEY
from tests.kit.planting import Planted, files_with, plant

ONE_REPLAY = {
    '  - {name: half, kind: scripted, replies: ["Once more, {prompt}"], fail_every: 2}\n': ""
}


def planted(folder: Path, **how: Any) -> Planted:
    there = plant(folder, **how)
    text = there.pipeline.read_text()
    for old, new in ONE_REPLAY.items():
        assert old in text
        text = text.replace(old, new)
    there.pipeline.write_text(text)
    return there


def canaries(there: Planted) -> list[Canary]:
    """What was planted, and the key."""
    return [Canary(i, "plumbing", text) for i, text in enumerate([*there.plumbing, KEY])]


def assert_nothing_in(text: str, there: Planted) -> None:
    assert not [i for i, canary in enumerate([*there.plumbing, KEY]) if canary in text]


def assert_clean(study: Path, there: Planted, *, finished: bool = True) -> None:
    found = audit(study, Session, canaries=canaries(there))
    assert found.hits == ()
    assert found.certain_finds == ()
    assert found.clean or not finished


# ---- an exception in each stage, in this process


class Broken:
    """An opened stage that fails, quoting all it knows; `late` after it has done its work."""

    def __init__(self, transform: Any, late: bool) -> None:
        self.transform, self.late = transform, late

    def __call__(self, batch: pa.RecordBatch, /, **sides: pa.Table) -> pa.RecordBatch:
        done = self.transform(batch, **sides) if self.late else None
        logging.getLogger("test").info("at work")
        raise ValueError(f"cannot digest {batch.to_pylist()} {done and done.to_pylist()}")


STAGES: tuple[tuple[type[Stage], bool], ...] = (
    (Anonymise, False),
    (Anonymise, True),
    (Prompts, False),
    (Logged, False),
    (Embed, False),
    (Judge, False),
    (Replay, True),
    (Place, False),
)


def test_an_exception_in_any_stage_leaves_nothing_raw(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    there = planted(tmp_path, good=6, rejected=5)
    study = tmp_path / "study"
    caplog.set_level(logging.DEBUG)  # every library may talk
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        for stage, late in STAGES:
            with monkeypatch.context() as patch:
                whole = stage.open
                patch.setattr(stage, "open", lambda self, w=whole, late=late: Broken(w(self), late))
                with pytest.raises(StageFailed, match=r"ValueError at test_crash\.py") as raised:
                    load_pipeline(there.pipeline).run()
            said = "".join(traceback.format_exception(raised.value))
            assert_nothing_in(said + str(raised.value) + repr(pickle.dumps(raised.value)), there)
            assert "cannot digest" not in said
            assert_clean(study, there)
        # As a user sees it, and then to the end.
        with monkeypatch.context() as patch:
            patch.setattr("logminer.run.execute.compare", _raises_text)
            shown = CliRunner().invoke(main, ["run", str(there.pipeline), "--workers", "0"])
        assert shown.exit_code == 1
        assert "ValueError at test_crash.py" in shown.output
        assert "the text of a conversation" not in shown.output
        load_pipeline(there.pipeline).run()
    assert_clean(study, there)
    printed = capfd.readouterr()
    talk = [printed.out, printed.err, caplog.text, *(str(w.message) for w in warned)]
    talk += [repr((record.msg, record.args, record.__dict__)) for record in caplog.records]
    assert any("at work" in text for text in talk)
    assert_nothing_in("\n".join(talk), there)
    assert files_with([*there.plumbing, KEY], study, tmp_path / "tmp") == []
    states = [json.loads(p.read_text())["status"] for p in sorted((study / "runs").glob("*.json"))]
    assert states == ["failed"] * (len(STAGES) + 1) + ["done"]


def _raises_text(*_: object) -> None:
    raise ValueError("the text of a conversation")


# ---- harm from outside, to runs in processes of their own


class Crashed(NamedTuple):
    there: Planted
    folder: Path
    returncode: int
    output: str

    @property
    def roots(self) -> tuple[Path, ...]:
        return tuple(self.folder / name for name in ("study", "home", "tmp", "work"))


def _allow_core_dumps() -> None:
    """As a shell may have it; a core that is written lies in the working folder."""
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (most, most))


class Harmed:
    """A run that is let work until a stage's first part is there while the next is in flight, and then harmed."""

    def __init__(self, folder: Path, workers: int) -> None:
        self.folder = folder
        self.there = planted(folder, good=14, rejected=7, files=7)
        for name in ("home", "tmp", "work"):
            (folder / name).mkdir()
        environment = {k: v for k, v in os.environ.items() if not k.startswith("LOGMINER_")}
        environment |= {
            "LOGMINER_KEY": KEY,
            "HOME": str(folder / "home"),
            "TMPDIR": str(folder / "tmp"),
            "PYTHONFAULTHANDLER": "1",
            "PYTHONWARNINGS": "always",
            "PYTHONDEVMODE": "0",
        }
        for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
            environment.pop(name, None)
        self.environment, self.workers = environment, workers
        self.output = (folder / "output.txt").open("w+")
        self.start()

    def start(self) -> None:
        command = [
            "-m",
            "logminer.cli",
            "run",
            str(self.there.pipeline),
            "--workers",
            str(self.workers),
        ]
        self.process = subprocess.Popen(
            [sys.executable, *command],
            cwd=self.folder / "work",
            env=self.environment,
            stdout=self.output,
            stderr=subprocess.STDOUT,
            preexec_fn=_allow_core_dumps,
        )

    def wait_for_work(self, stage: str = "anonymise") -> None:
        deadline = time.monotonic() + 600
        while not list((self.folder / "study" / "parts").glob(f"{stage}-*/*.parquet")):
            assert self.process.poll() is None, self.text()
            assert time.monotonic() < deadline, self.text()
            time.sleep(0.02)

    def text(self) -> str:
        self.output.seek(0)
        return self.output.read()

    def ended(self) -> Crashed:
        returncode = self.process.wait(600)
        return Crashed(self.there, self.folder, returncode, self.text())


@pytest.fixture(scope="module")
def crashes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Crashed]]:
    """All three at once: they take turns at waiting."""
    killed, bereft, starved = (
        Harmed(tmp_path_factory.mktemp(name), workers)
        for name, workers in (("killed", 1), ("bereft", 1), ("starved", 0))
    )
    everyone = (killed, bereft, starved)
    try:
        starved.wait_for_work()
        memory = psutil.Process(starved.process.pid)
        most = memory.memory_info().vms + 1_000_000
        memory.rlimit(resource.RLIMIT_AS, (most, most))
        bereft.wait_for_work()
        workers = [
            child
            for child in psutil.Process(bereft.process.pid).children()
            if "spawn_main" in " ".join(child.cmdline())
        ]
        assert workers
        workers[0].send_signal(signal.SIGSEGV)
        killed.wait_for_work(
            "replay.old"
        )  # raw answers are in flight there, and rows of later files
        killed.process.kill()
        yield dict(zip(("killed", "bereft", "starved"), (h.ended() for h in everyone), strict=True))
    finally:
        for harmed in everyone:
            if harmed.process.poll() is None:
                harmed.process.kill()
            harmed.output.close()


@pytest.mark.parametrize("how", ["killed", "bereft", "starved"])
def test_no_end_leaves_anything_raw(how: str, crashes: dict[str, Crashed]) -> None:
    crash = crashes[how]
    assert crash.returncode != 0, crash.output
    assert_nothing_in(crash.output, crash.there)
    assert_clean(crash.folder / "study", crash.there, finished=False)
    assert files_with([*crash.there.plumbing, KEY], *crash.roots) == []
    assert list((crash.folder / "study" / "parts").glob("anonymise-*/*.parquet"))


def test_what_went_wrong_is_said_without_a_word_of_text(crashes: dict[str, Crashed]) -> None:
    assert crashes["killed"].returncode == -signal.SIGKILL
    assert crashes["bereft"].returncode == 1
    assert "a worker process was killed" in crashes["bereft"].output
    # The fault handler names files and lines, no values.
    assert "Segmentation fault" in crashes["bereft"].output
    starved = crashes["starved"]
    assert starved.returncode < 0 or re.search("memory", starved.output, re.IGNORECASE)
    for crash in crashes.values():
        assert "mail.example" not in crash.output


def test_a_crashed_run_goes_on_to_a_clean_study(crashes: dict[str, Crashed]) -> None:
    crash = crashes["killed"]
    summary = load_pipeline(crash.there.pipeline).run(workers=0)
    assert summary.rows_in == 21
    assert_clean(crash.folder / "study", crash.there)
    assert not list((crash.folder / "study").rglob("*.tmp"))
