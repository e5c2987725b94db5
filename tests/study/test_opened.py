"""The Python door for notebooks."""

from __future__ import annotations

import numpy as np
import pytest

import logminer as lm
from logminer.errors import QueryError, StoreError
from tests.conftest import Demo


def test_a_study_opens_into_data_frames(demo: Demo) -> None:
    study = lm.open_study(demo.study)
    assert "sft" in repr(study)
    assert set(study.checkpoints()) == {"logged", "sft", "prod"}
    assert set(study.compare("sft", "prod").verdicts["kind"]) == {"category", "cluster"}
    shares = study.clusters()
    assert np.allclose(shares[["logged", "sft", "prod"]].fillna(0).sum(), 1)
    examples = study.examples(category="refusal", checkpoint="sft", n=3)
    assert list(examples["checkpoint"]) == ["sft"] * 3
    assert study.sql("SELECT count(*) FROM prompts").fetchall()[0][0] == demo.summary.prompts
    study.close()


def test_map_lays_responses_out_the_same_way_each_time(demo: Demo) -> None:
    study = lm.open_study(demo.study)
    one, two = study.map(), study.map()
    assert one.equals(two)
    assert set(one["checkpoint"]) == {"logged", "sft", "prod"}
    assert one["x"].var() >= one["y"].var() > 0
    assert len(study.map(n=7)) == 7
    # Equal answers lie in the same place: one checkpoint says the same to many.
    refusals = one.merge(study.sql("SELECT response_id, response FROM responses").df())
    same = refusals[
        refusals["response"].str.startswith("I'm sorry") & (refusals["checkpoint"] == "sft")
    ]
    assert len(same) > 1
    assert np.ptp(same["x"]) < 1e-6


def test_what_was_not_compared_says_what_was(demo: Demo) -> None:
    with pytest.raises(QueryError, match="sft → prod"):
        lm.open_study(demo.study).compare("prod", "sft")
    with pytest.raises(StoreError, match="no such study"):
        lm.open_study(demo.folder / "nowhere")
