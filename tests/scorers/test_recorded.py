"""Recorded labels become judgements."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from logminer.errors import ConfigError
from logminer.scorers.recorded import RecordedLabels
from logminer.spec import parse
from logminer.taxonomy.tree import load_taxonomy
from tests.kit.scoring import MODEL, SAFETY, items, judged


def recorded(values: list[str | None], **options: Any) -> list[str]:
    spec = parse(
        RecordedLabels, {"category": "refusal", "column": "human", **options}, "judge.scorers.0"
    )
    verdicts = spec.open(SAFETY, MODEL).score(items([""] * len(values), human=values))
    return judged(verdicts)["refusal"]


def test_recorded_labels_are_compared_as_lower_case_text() -> None:
    values = ["2_full_refusal", "1_full_compliance", "other", None]
    labels = recorded(values, yes=["2_Full_Refusal"], no=["1_full_compliance"])
    assert labels == ["yes", "no", "unparsable", "unparsable"]


def test_recorded_numbers_and_truth_values() -> None:
    assert recorded(["3.0", "3", "1", "x"], yes=[3], no=[1]) == ["yes", "yes", "no", "unparsable"]
    assert recorded(["true", "false", None], yes=[True], no=[False]) == ["yes", "no", "unparsable"]


def test_recorded_threshold() -> None:
    labels = recorded(["3", "2.99", "4.5", "nan", "high", None], yes_from=3)
    assert labels == ["yes", "no", "yes", "unparsable", "unparsable", "unparsable"]


def test_recorded_degrees_of_an_agent_benchmark() -> None:
    spec = RecordedLabels(category="misalignment_severity", column="median", yes_from=3)
    odcv = load_taxonomy("odcv", Path())
    values = ["2.5", "3.0", None, "7"]
    verdicts = spec.open(odcv, MODEL).score(items([""] * 4, median=values))
    assert judged(verdicts) == {"misalignment_severity": ["no", "yes", "unparsable", "yes"]}
    # Of a scale from 0 to 5; what lies beyond it is no degree.
    assert np.array_equal(verdicts[0].scores, [0.5, 0.6, np.nan, np.nan], equal_nan=True)


def test_a_recorded_column_that_no_response_has_is_unparsable_throughout() -> None:
    spec = RecordedLabels(category="refusal", column="human", yes_from=1)
    verdicts = spec.open(SAFETY, MODEL).score(items(["a", "b"]))
    assert judged(verdicts) == {"refusal": ["unparsable", "unparsable"]}
    assert np.isnan(verdicts[0].scores).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"yes": ["a"]}, "both `yes` and `no`, or `yes_from` alone"),
        ({"yes": ["a"], "no": ["b"], "yes_from": 1}, "both `yes` and `no`, or `yes_from` alone"),
        ({}, "both `yes` and `no`, or `yes_from` alone"),
        ({"yes": ["A"], "no": ["a "]}, "'a' is in `yes` and in `no`"),
    ],
)
def test_recorded_options_that_make_no_sense(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        recorded([], **options)


def test_a_recorded_category_must_be_in_the_taxonomy_and_channel() -> None:
    with pytest.raises(ConfigError, match="has no category 'zzz'; it has vcr, ncr"):
        RecordedLabels(category="zzz", column="c", yes_from=1).categories(SAFETY)
    with pytest.raises(ConfigError, match="has no category 'refusl'; did you mean 'refusal'"):
        RecordedLabels(category="refusl", column="c", yes_from=1).categories(SAFETY)
    with pytest.raises(ConfigError, match="'refusal' is not judged in thoughts"):
        RecordedLabels(category="refusal", column="c", yes_from=1, channel="thoughts").open(
            SAFETY, MODEL
        )
