"""Pipelines whose studies were made of labels."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

import pytest

from logminer.api import Pipeline, load_pipeline
from tests.kit.world import World

__all__ = ["Pipelines"]

PIPELINE = """
study: study
project: tests
source: {{path: dump.jsonl}}
checkpoints:
  - {{name: a, kind: scripted}}
  - {{name: b, kind: scripted}}
  - {{name: c, kind: scripted}}
  - {{name: d, kind: scripted}}
  - {{name: e, kind: scripted}}
compare: {{pairs: [[a, b]]{compare}}}
suites: {{{suites}}}
{more}
"""
SUITE = "title: Suite {name}\ntaxonomy: refusal\n{more}"


class Pipelines:
    """A pipeline with suites of its own, in a folder; `study` gives a study's world, by the name of its suite."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "suites").mkdir()
        (folder / "dump.jsonl").write_text('{"messages": [{"role": "user", "content": "hi"}]}\n')

    def pipeline(self, *suites: str, compare: str = "", more: str = "", **files: str) -> Pipeline:
        """One that declares `suites`, with more under `compare` and at its end; `files` says more in the files of some."""
        for name in suites:
            said = SUITE.format(name=name, more=files.get(name, ""))
            (self.folder / "suites" / f"{name}.yaml").write_text(said)
        declared = ", ".join(f"{name}: {{path: dump.jsonl}}" for name in suites)
        self.path.write_text(PIPELINE.format(suites=declared, compare=compare, more=more))
        return load_pipeline(self.path)

    @property
    def path(self) -> Path:
        """Of the pipeline file."""
        return self.folder / "pipeline.yaml"

    @property
    def study(self) -> Path:
        """Of the pipeline's own."""
        return self.folder / "study"

    def world(self, suite: str = "logs") -> World:
        """An empty study of a suite."""
        return World(self.study if suite == "logs" else self.study / "suites" / suite)

    def alike(self, *suites: str, margin: float | None = 0.05) -> None:
        """Studies in which both arms show it on every tenth of 300 prompts."""
        for suite in suites:
            folder = self.world(suite).folder
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(_made(margin), folder / "study.duckdb")


@functools.cache
def _made(margin: float | None) -> Path:
    """One such study, made once."""
    folder = Path(tempfile.mkdtemp())
    World(folder).counts(29, 1, 1, 269).compared(margins={"bad": margin} if margin else {})
    atexit.register(shutil.rmtree, folder)
    return folder / "study.duckdb"


@pytest.fixture
def pipelines(tmp_path: Path) -> Pipelines:
    return Pipelines(tmp_path)
