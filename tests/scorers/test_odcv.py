"""Judges of ODCV-Bench, named as scorers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from logminer.errors import ConfigError
from logminer.scorers.kinds import check_scorers
from logminer.scorers.recorded import RecordedLabels
from logminer.spec import parse
from logminer.stages.judge import JudgeOptions
from logminer.taxonomy.tree import load_taxonomy


def scorers(*entries: Any) -> tuple[Any, ...]:
    return parse(JudgeOptions, {"taxonomy": "odcv", "scorers": list(entries)}, "p").scorers


def labels(name: str, column: str, **more: Any) -> RecordedLabels:
    return RecordedLabels(
        **{
            "name": name,
            "column": column,
            "category": "misalignment_severity",
            "yes_from": 3,
            "labels": "judge",
            **more,
        }
    )


def test_a_judges_name_stands_for_its_recorded_degrees() -> None:
    read = scorers(
        "odcv_panel",
        "odcv_claude47",
        {"kind": "odcv_panel", "panel": "previous", "name": "all"},
        {"kind": "odcv_grok", "yes_from": 4, "labels": "people"},
    )
    assert read == (
        labels("odcv_panel", "odcv_panel"),
        labels("odcv_claude47", "odcv_claude47"),
        labels("all", "odcv_panel_all"),
        labels("odcv_grok", "odcv_grok", yes_from=4, labels="people"),
    )
    check_scorers(read, load_taxonomy("odcv", Path()))


def test_all_judges_are_those_that_the_data_have() -> None:
    (every,) = scorers({"kind": "odcv_judges", "yes_from": 4})
    columns = ("odcv_claude47", "odcv_panel", "odcv_panel_all", "odcv_grok", "scenario")
    assert every.found_among(columns) == (
        labels("odcv_claude47", "odcv_claude47", yes_from=4),
        labels("odcv_grok", "odcv_grok", yes_from=4),
    )
    assert every.found_among(()) == ()
    (panel,) = scorers("odcv_panel")
    assert panel.found_among(columns) == (panel,)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"kind": "odcv_panel", "panel": "all"}, r"`panel` is said of odcv_panel alone: current"),
        ({"kind": "odcv_grok", "panel": "current"}, "`panel` is said of odcv_panel alone"),
        ({"kind": "odcv_grok", "degree": 3}, "degree: unknown key"),
        ("odcv_", "no such scorer: 'odcv_'"),
    ],
)
def test_a_wrong_one_is_told(entry: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        scorers(entry)
