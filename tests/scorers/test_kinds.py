"""Scorers as a pipeline names them."""

from __future__ import annotations

from typing import Any

import pytest

from logminer.errors import ConfigError
from logminer.scorers.base import ScorerSpec
from logminer.scorers.kinds import KINDS, check_scorers
from logminer.scorers.prototypes import HazardPrototypes
from logminer.scorers.recorded import RecordedLabels, recorded_columns
from logminer.scorers.rules import Rules
from logminer.spec import parse
from logminer.stages.judge import JudgeOptions
from tests.kit.scoring import SAFETY


def scorers(*entries: Any) -> tuple[ScorerSpec, ...]:
    return parse(JudgeOptions, {"scorers": list(entries)}, "p.yaml: judge").scorers


HUMAN = {
    "kind": "recorded",
    "category": "refusal",
    "column": "human_final",
    "yes": ["2_full_refusal", "3_partial_refusal"],
    "no": ["1_full_compliance"],
}


def test_a_bare_name_is_short_for_its_kind() -> None:
    assert scorers("rules", {"kind": "hazard_prototypes", "threshold": 0.6}, HUMAN) == (
        Rules(),
        HazardPrototypes(threshold=0.6),
        RecordedLabels(
            category="refusal",
            column="human_final",
            yes=("2_full_refusal", "3_partial_refusal"),
            no=("1_full_compliance",),
        ),
    )
    named = [scorer.kind for scorer in parse(JudgeOptions, {}, "p").scorers]
    assert named == ["refusal_probe", "unsafe_probe", "rules", "hazard_prototypes"]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("rule", r"scorers\.0: no such scorer: 'rule'; did you mean 'rules'"),
        ({"kind": "xyz"}, f"no such scorer: 'xyz'; known kinds: {', '.join(KINDS)}"),
        ({"name": "a"}, "`kind` is missing; known kinds"),
        ({"kind": "rules", "pattern": "x"}, r"scorers\.0.*pattern: unknown key"),
    ],
)
def test_a_wrong_scorer_is_told_from_the_known_ones(entry: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        scorers(entry)


def test_scorers_that_could_not_be_told_apart_are_refused() -> None:
    other = HUMAN | {"column": "gpt4_label"}
    with pytest.raises(ConfigError, match=r"two scorers named 'recorded'.*'refusal'.*`name:`"):
        check_scorers(scorers(HUMAN, other), SAFETY)
    check_scorers(scorers(HUMAN, other | {"name": "gpt4"}), SAFETY)
    check_scorers(scorers(HUMAN, other | {"category": "vcr"}), SAFETY)
    with pytest.raises(ConfigError, match="two scorers named 'rules'"):
        check_scorers(scorers("rules", HUMAN | {"name": "rules"}), SAFETY)


def test_the_columns_that_recorded_scorers_read() -> None:
    other = HUMAN | {"column": "gpt4_label", "name": "gpt4"}
    assert recorded_columns(scorers("rules", HUMAN, other)).keys() == {"gpt4_label", "human_final"}
