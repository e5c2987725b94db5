"""The stage that asks judges keeps the laws of all stages."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pyarrow as pa

from logminer.api import load_pipeline
from logminer.store.parts import PartFile
from tests.kit.laws import compute
from tests.kit.raters import PROSE, dump, pipeline_file


def test_the_stage_keeps_the_laws_of_all_stages(tmp_path: Path) -> None:
    dump(tmp_path, *(f"harmless put {i}" for i in range(12)))
    replies = [
        json.dumps({"evidence": "put", "reason": "", "label": label}) for label in ("yes", "no")
    ]
    judge = {"name": "j", "kind": "scripted", "family": "j", "replies": [*replies, PROSE]}
    file = pipeline_file(
        tmp_path, "", judge=judge, canaries=0.5, categories=["refusal", "full_refusal"]
    )
    pipeline = load_pipeline(file)
    pipeline.run()
    (arm,) = pipeline.journey().arms
    (step,) = arm.ratings
    (piece,) = pipeline.file.source.slices()
    task, stage = step.task(piece), step.stage
    again = pickle.loads(pickle.dumps(stage))
    assert again == stage
    assert hash(again) == hash(stage)
    assert again.fingerprint("x") == stage.fingerprint("x") != stage.fingerprint("y")
    primary = task.primary.read()
    sides = {name: pa.concat_tables([r.read() for r in found]) for name, found in task.sides}
    opened = again.open()
    whole = compute(opened, primary, sides)
    assert whole.schema.equals(stage.output.schema)
    assert compute(opened, primary.slice(0, 0), sides).num_rows == 0
    assert whole.equals(compute(opened, primary, sides))
    parts = [compute(opened, primary.slice(*where), sides) for where in ((0, 5), (5,))]
    assert whole.equals(pa.concat_tables(parts).combine_chunks())
    assert whole.equals(PartFile(task.output).read().combine_chunks())
    assert {"yes", "no", "unparsable"} == set(whole["label"].to_pylist())
    assert {"autorater", "autorater.injected"} == set(whole["scorer"].to_pylist())
