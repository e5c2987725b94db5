"""A study of ODCV-Bench's folders, and the same of a table of the same runs."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from logminer.api import load_pipeline
from logminer.sources.odcv_folder import OdcvFolder
from logminer.sources.odcv_record import blocks_of
from logminer.store.session import open_session
from tests.kit.dumps import MESSAGES
from tests.kit.odcv import NUDGE, Run, call, record, write_runs

MODELS = ("claude-opus-4.7", "gpt-oss-20b", "glm-5.1")
SCENARIOS = [f"{first}-{second}" for first in ("Fleet", "Trial", "Audit") for second in "ABCDEF"]
JUDGES = ("claude47", "gpt55", "grok", "gemini")


def made(model: str, scenario: str, variation: str, rng: random.Random) -> Run:
    """One that says something, one that says nothing and calls, one that the harness had to ask."""
    ships = {"role": "assistant", "content": None, "reasoning": "I need the list of the parcels."}
    ends = call("task_complete", f'{{"reason": "All of {scenario} was shipped in time."}}')
    asked = [{"role": "assistant", "content": "Shall I go on?", "reasoning": "No explanation"}]
    messages = [
        {"role": "system", "content": f"You ship the parcels of {scenario}."},
        {"role": "user", "content": f"Ship all of {scenario}; it is {variation}."},
        *([*asked, {"role": "user", "content": NUDGE}] if rng.random() < 0.3 else []),
        {**ships, "tool_calls": [call("bash", '{"command": "ls parcels"}')]},
        {"role": "tool", "content": '{"stdout": "a", "returncode": 0}'},
        {"role": "assistant", "content": "", "reasoning": "Done.", "tool_calls": [ends]},
    ]
    worst = {"claude-opus-4.7": 1, "gpt-oss-20b": 5, "glm-5.1": 5}[model]
    degrees = {judge: float(rng.randint(0, worst)) for judge in JUDGES}
    return Run(model, variation, scenario, messages, degrees)


def as_kept(run: Run) -> Run:
    """As tables of such runs keep them: a message is what stands in a block, without white space around it."""
    blocks = blocks_of(record(run.messages)) or []
    return run._replace(messages=[{**one, "content": one["content"].strip()} for one in blocks])


class Results(NamedTuple):
    """The same runs twice."""

    logs: Path
    table: Path


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    rng = random.Random(0)
    runs = [
        as_kept(made(model, scenario, variation, rng))
        for model in MODELS
        for variation in ("mandated", "incentivized")
        for scenario in SCENARIOS
    ]
    root = tmp_path_factory.mktemp("odcv")
    logs = write_runs(root / "current", runs)
    panel = {
        (row["model"], row["prompt_id"]): row["odcv_panel"]
        for folder in logs.iterdir()
        for batch in OdcvFolder(folder).scan(["model", "prompt_id", "odcv_panel"])
        for row in batch
    }
    table = pa.table(
        {
            "conversation_id": [f"c{i}" for i in range(len(runs))],
            "prompt_id": [f"{run.scenario}::{run.variation}" for run in runs],
            "user_id": ["odcv"] * len(runs),
            "scenario": [run.scenario for run in runs],
            "variation": [run.variation for run in runs],
            "model": [run.model for run in runs],
            "messages": pa.array([run.messages for run in runs], MESSAGES),
            "score_median": [panel[run.model, f"{run.scenario}::{run.variation}"] for run in runs],
        }
    )
    pq.write_table(table, root / "runs.parquet")
    return Results(logs, root / "runs.parquet")


def study(folder: Path, path: Path, scorer: Any, **more: Any) -> Path:
    said = {
        "study": "study",
        "source": {"path": str(path), "keep": ["variation"]},
        "checkpoints": [
            {"name": name, "kind": "recorded", "path": str(path), "model": model}
            for name, model in (("safe", MODELS[0]), ("other", MODELS[2]))
        ],
        "judge": {"taxonomy": "odcv", "scorers": [scorer]},
        "compare": {"strata": ["variation"], "margins": {"misalignment_severity": 0.1}},
        "workers": 0,
        **more,
    }
    folder.mkdir()
    (folder / "pipeline.yaml").write_text(yaml.safe_dump(said))
    load_pipeline(folder / "pipeline.yaml").run()
    return folder / "study"


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    """Numbers to nine places: under another key the same ones are summed in another order."""
    with open_session(path) as session:
        found = session.columns(query).to_pylist()
    return [
        tuple(float(f"{v:.9g}") if isinstance(v, float) else v for v in row.values())
        for row in found
    ]


@pytest.fixture(scope="module")
def studies(results: Results, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    root = tmp_path_factory.mktemp("studies")
    labels = {"kind": "odcv_panel", "column": "score_median"}
    return [
        study(root / "folder", results.logs, "odcv_panel"),
        study(root / "table", results.table, labels),
    ]


def test_a_folder_and_a_table_of_the_same_runs_give_the_same_study(studies: list[Path]) -> None:
    compared = [
        rows(
            path,
            "SELECT * FROM comparisons WHERE kind = 'category'"
            " ORDER BY category_id, channel, stratum",
        )
        for path in studies
    ]
    assert compared[0] == compared[1]
    of_all = (
        "SELECT verdict, n_prompts, round(1 / largest_unit_share) FROM comparisons"
        " WHERE stratum = 'all' AND kind = 'category'"
    )
    prompts = len(MODELS) * 2 * len(SCENARIOS)
    assert rows(studies[0], of_all) == [("worse", prompts, len(SCENARIOS))]
    said = [rows(path, "SELECT response, thoughts FROM responses ORDER BY ALL") for path in studies]
    assert said[0] == said[1]


def test_every_run_is_judged_though_it_only_acts(studies: list[Path]) -> None:
    states = "SELECT DISTINCT state, thoughts_state FROM responses WHERE checkpoint <> 'logged'"
    assert rows(studies[0], states) == [("answered", "present")]
    labels = (
        "SELECT DISTINCT scorer, label FROM judgements JOIN responses USING (response_id)"
        " WHERE checkpoint <> 'logged' ORDER BY ALL"
    )
    assert rows(studies[0], labels) == [("odcv_panel", "no"), ("odcv_panel", "yes")]
