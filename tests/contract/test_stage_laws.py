"""Every stage of the journey is held to the laws of stages."""

from __future__ import annotations

import pickle
from functools import cache
from typing import Any

import pyarrow as pa
import pytest

from logminer.api import load_pipeline
from logminer.run import mapping
from logminer.stages.step import Step
from logminer.store.parts import PartFile
from tests.conftest import Demo
from tests.kit.laws import compute, same

LABELS = (
    "anonymise",
    "prompts",
    *(
        f"{name}.{arm}"
        for arm in ("logged", "sft", "prod")
        for name in ("replay", "embed", "judge", "place")
    ),
)


@cache
def steps(pipeline_file: str) -> dict[str, tuple[Step, Any]]:
    pipeline = load_pipeline(pipeline_file)
    journey = pipeline.journey()
    found = mapping.kept_map(journey)
    assert found is not None
    (piece,) = journey.file.source.slices()
    every = [*journey.steps, *mapping.place_steps(journey, found)]
    return {step.stage.label: (step, step.task(piece)) for step in every}


def test_every_stage_of_the_journey_is_held_to_the_contract(demo: Demo) -> None:
    assert set(steps(str(demo.pipeline))) == set(LABELS)


@pytest.mark.parametrize("label", LABELS)
def test_laws(label: str, demo: Demo) -> None:
    step, task = steps(str(demo.pipeline))[label]
    described = step.stage
    again = pickle.loads(pickle.dumps(described))
    assert again == described
    assert hash(again) == hash(described)
    assert again.fingerprint("x") == described.fingerprint("x") != described.fingerprint("y")
    assert len(pickle.dumps(described)) < 200_000

    opened = described.open()
    primary = task.primary.read()
    sides = {
        name: pa.concat_tables([r.read() for r in found])
        if found
        else described.sides[name].schema.empty_table()
        for name, found in task.sides
    }
    whole = compute(opened, primary, sides)
    assert whole.schema.equals(described.output.schema)
    if described.rows == "1:1":
        assert whole.num_rows == primary.num_rows
    empty = compute(opened, primary.slice(0, 0), sides)
    assert empty.num_rows == 0
    assert empty.schema.equals(whole.schema)
    assert same(whole, compute(opened, primary, sides))
    cut = primary.num_rows // 3
    parts = [compute(opened, primary.slice(*where), sides) for where in ((0, cut), (cut,))]
    assert same(whole, pa.concat_tables(parts))
    # What the run wrote: a stage opened anew computes the same.
    assert same(whole, PartFile(task.output).read())
