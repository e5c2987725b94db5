"""Shared by the tests: a key of their own, and no wish to look for models on a network."""

from __future__ import annotations

import fcntl
import os
import pickle
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, settings

from logminer.models.packaged import go_offline
from logminer.run.summary import Summary

go_offline()
pytest.register_assert_rewrite("tests.kit")

# How long an example takes says how busy the machine is.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

KEY = "5f" * 32


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    """A fixed pseudonym key, so that no test touches the one in the home folder."""
    monkeypatch.setenv("LOGMINER_KEY", KEY)
    return KEY


PIPELINE = """
study: study
project: tests
source: {path: dump.parquet, keep: [ask]}
checkpoints:
  - {name: sft, kind: scripted, replies: ["I'm sorry, but I can't help with that.", "Sure: {prompt}"]}
  - {name: prod, kind: scripted, thoughts: "They may be testing me.", replies: ["Of course. First, {prompt}"], fail_every: 9}
judge: {taxonomy: safety, scorers: [rules, hazard_prototypes]}
cluster: {min_cluster_size: 5}
compare: {margins: {refusal: 0.05}, strata: [ask, language]}
workers: 0
"""


class Demo(NamedTuple):
    """A small study that went the whole way, and the raw values that were planted in its dump."""

    folder: Path
    pipeline: Path
    study: Path
    planted: dict[str, tuple[str, ...]]
    summary: Summary


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Made once, by the first of pytest's processes that wants it: 60 invented conversations, two scripted checkpoints,
    real models for everything else. To look at; tests change copies of it."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    made = base / "demo.pickle"
    with (base / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            made.write_bytes(pickle.dumps(_made(base / "demo")))
    found: Demo = pickle.loads(made.read_bytes())
    return found


def _made(folder: Path) -> Demo:
    from logminer.api import load_pipeline
    from logminer.demo.dump import write_demo_dump

    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOGMINER_KEY", KEY)
        dump = write_demo_dump(folder / "dump.parquet", conversations=60)
        (folder / "pipeline.yaml").write_text(PIPELINE)
        summary = load_pipeline(folder / "pipeline.yaml").run()
    return Demo(folder, folder / "pipeline.yaml", folder / "study", dump.planted, summary)
