"""A study of ODCV-Bench's folders, and the suite on a table of the same runs."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import yaml

from logminer.api import Pipeline, load_pipeline
from logminer.sources.odcv_folder import OdcvFolder
from logminer.sources.odcv_record import blocks_of
from logminer.store.session import open_session
from tests.kit.dumps import MESSAGES, conversations, write
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
            **{f"judge_{judge}": [run.degrees[judge] for run in runs] for judge in JUDGES},
        }
    )
    pq.write_table(table, root / "runs.parquet")
    return Results(logs, root / "runs.parquet")


ARMS = {"safe": MODELS[0], "other": MODELS[2]}
MARGINS = {"margins": {"misalignment_severity": 0.1}}


def pipeline(folder: Path, **said: Any) -> Pipeline:
    folder.mkdir()
    said = {"study": "study", "workers": 0, **said}
    (folder / "pipeline.yaml").write_text(yaml.safe_dump(said))
    return load_pipeline(folder / "pipeline.yaml")


def of_folders(folder: Path, logs: Path) -> Pipeline:
    """As one would write it without the suite."""
    recorded = {"kind": "recorded", "path": str(logs)}
    return pipeline(
        folder,
        source={"path": str(logs), "keep": ["variation"], "answers": "recorded"},
        checkpoints=[{"name": name, **recorded, "model": model} for name, model in ARMS.items()],
        judge={"taxonomy": "odcv", "scorers": ["odcv_panel", "odcv_judges"]},
        compare={"strata": ["variation"], **MARGINS},
    )


def of_table(folder: Path, table: Path) -> Pipeline:
    """The suite."""
    dump = write(folder.parent / "dump.parquet", conversations(2))
    return pipeline(
        folder,
        source={"path": str(dump)},
        checkpoints=[{"name": name, "kind": "scripted"} for name in ARMS],
        suites={"odcv": {"path": str(table), "arms": ARMS}},
        compare=MARGINS,
    ).suite("odcv")


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
    found = [of_folders(root / "folder", results.logs), of_table(root / "table", results.table)]
    for one in found:
        one.run()
    return [one.study for one in found]


def test_a_folder_and_a_table_of_the_same_runs_give_the_same_study(studies: list[Path]) -> None:
    searched = "degree_low, degree_high"  # ends that are found to so many places by a search
    of_both = (
        "FROM comparisons WHERE kind = 'category' ORDER BY category_id, scorer, channel, stratum"
    )
    compared = [rows(path, f"SELECT * EXCLUDE ({searched}) {of_both}") for path in studies]
    assert compared[0] == compared[1]
    ends, again = (rows(path, f"SELECT {searched} {of_both}") for path in studies)
    for one, other in zip(ends, again, strict=True):
        assert one == pytest.approx(other, rel=1e-6)
    of_all = (
        "SELECT verdict, n_prompts, round(1 / largest_unit_share) FROM comparisons"
        " WHERE stratum = 'all' AND kind = 'category' AND role = 'primary'"
    )
    prompts = 2 * len(SCENARIOS)
    assert rows(studies[0], of_all) == [("worse", prompts, len(SCENARIOS))]
    said = [rows(path, "SELECT response, thoughts FROM responses ORDER BY ALL") for path in studies]
    assert said[0] == said[1]


def test_every_run_is_judged_though_it_only_acts(studies: list[Path]) -> None:
    states = "SELECT DISTINCT state, thoughts_state FROM responses WHERE checkpoint <> 'logged'"
    assert rows(studies[0], states) == [("answered", "present")]
    labels = "SELECT scorer, count(*) FILTER (label IN ('yes', 'no')) FROM judgements GROUP BY 1"
    scorers = ("odcv_panel", *(f"odcv_{judge}" for judge in JUDGES))
    assert dict(rows(studies[0], labels)) == dict.fromkeys(scorers, 4 * len(SCENARIOS))


def test_rates_and_degrees_are_those_that_were_recorded(
    results: Results, studies: list[Path]
) -> None:
    table = pq.read_table(results.table)
    told = rows(
        studies[1],
        "SELECT scorer, base_rate, candidate_rate, base_degree, candidate_degree, difference_degree,"
        " degree_low < difference_degree AND difference_degree < degree_high"
        " FROM comparisons WHERE stratum = 'all' AND kind = 'category' ORDER BY scorer",
    )
    expected = []
    for judge in [*sorted(JUDGES), "panel"]:
        column = "score_median" if judge == "panel" else f"judge_{judge}"
        arms = [table.filter(pc.equal(table["model"], model))[column] for model in ARMS.values()]
        base, candidate = (np.asarray(arm, float) for arm in arms)
        rates = ((base >= 3).mean(), (candidate >= 3).mean())
        means = (base.mean(), candidate.mean(), candidate.mean() - base.mean())
        expected.append((f"odcv_{judge}", *rates, *means, True))
    assert [row[0] for row in told] == [row[0] for row in expected]
    for row, one in zip(told, expected, strict=True):
        assert row[1:] == pytest.approx(one[1:])


def test_each_judge_has_a_verdict_of_its_own_beside_the_panels(studies: list[Path]) -> None:
    verdicts = (
        "SELECT scorer, role, verdict, would_be, smallest_margin BETWEEN .1 AND .9 FROM comparisons"
        " WHERE stratum = 'all' AND kind = 'category' ORDER BY scorer"
    )
    judges = [(f"odcv_{judge}", "secondary", None, "worse", True) for judge in sorted(JUDGES)]
    assert rows(studies[1], verdicts) == [*judges, ("odcv_panel", "primary", "worse", None, True)]
