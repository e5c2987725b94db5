"""A pipeline with a suite of its own: one YAML beside it, and the answers of two models."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pytest
import yaml

from tests.conftest import KEY
from tests.kit.dumps import MESSAGES, conversations, write

WORD = "quillfeatherish"  # in every prompt of the suite

SUITE = """
title: Manners
data: Questions of one's own, with the answers of two models.
source: {format: paired, keep: [asked_nicely]}
taxonomy: refusal
scorers: [rules]
shows: [{category: refusal, channel: response, stratum: asked_nicely=true}]
"""
PIPELINE: dict[str, Any] = {
    "study": "study",
    "source": {"path": "dump.parquet"},
    "checkpoints": [
        {"name": "sft", "kind": "recorded", "path": "logged.parquet", "family": "lab"},
        {"name": "prod", "kind": "scripted"},
        {"name": "next", "kind": "scripted", "replies": ["I'm sorry, but I can't help with that."]},
        {"name": "lost", "kind": "recorded", "path": "logged.parquet"},
    ],
    "judge": {"taxonomy": "refusal", "scorers": ["rules"]},
    "cluster": {"min_cluster_size": 5},
    "compare": {
        "pairs": [["sft", "prod"], ["lost", "prod"]],
        "margins": {"refusal": 0.2},
        "chain": ["lost", "sft", "prod"],
    },
    "families": {"one": ["sft", "prod"], "other": ["lost", "next"]},
    "suites": {"manners": {"path": "asked.parquet", "arms": {"sft": "model-a"}}},
    "workers": 0,
}
REFUSES = "I'm sorry, but I can't help with that."


class Beside(NamedTuple):
    """A folder with a pipeline file and a suite; `asked` are the suite's prompts, beside one that is rejected."""

    folder: Path
    asked: int

    @property
    def pipeline(self) -> Path:
        return self.folder / "pipeline.yaml"

    @property
    def study(self) -> Path:
        return self.folder / "study"

    def say(self, **more: Any) -> Path:
        """The pipeline file anew, with these keys in place of its own."""
        self.pipeline.write_text(yaml.safe_dump({**PIPELINE, **more}))
        return self.pipeline

    def copied(self, folder: Path) -> Beside:
        """The same elsewhere, to be changed."""
        shutil.copytree(self.folder, folder)
        return Beside(folder, self.asked)


def set_up(folder: Path, asked: int = 14) -> Beside:
    write(folder / "dump.parquet", conversations(6, text="How do I bake bread"))
    write(folder / "logged.parquet", {"prompt_id": ["c0"], "response": ["so"]})
    (folder / "suites").mkdir(parents=True)
    (folder / "suites" / "manners.yaml").write_text(SUITE)
    prompts = [f"May I {WORD} ask about number {i}?" for i in range(asked + 1)]
    rows = [(i, text, model) for model in ("model-a", "model-b") for i, text in enumerate(prompts)]
    write(
        folder / "asked.parquet",
        {
            "prompt_id": [f"q{i}" for i, _, _ in rows],
            "prompt_messages": pa.array(
                [[{"role": "user", "content": text}] for _, text, _ in rows], MESSAGES
            ),
            "model": [model for _, _, model in rows],
            "response": [
                REFUSES if model == "model-a" and i % 2 else f"Of course: {i}."
                for i, _, model in rows
            ],
            "asked_nicely": [i % 3 > 0 for i, _, _ in rows],
            "language": ["de" if i == asked else "en" for i, _, _ in rows],  # one is rejected
        },
    )
    beside = Beside(folder, asked)
    beside.say()
    return beside


@pytest.fixture
def beside(tmp_path: Path) -> Beside:
    return set_up(tmp_path)


@pytest.fixture(scope="session")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beside]:
    """Its suite was run, the pipeline itself was not; read only."""
    from logminer.api import load_pipeline

    made = set_up(tmp_path_factory.mktemp("suites"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOGMINER_KEY", KEY)
        load_pipeline(made.pipeline).suite("manners").run()
        yield made
