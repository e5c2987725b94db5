"""Arms that another version of a judge judged."""

from __future__ import annotations

from pathlib import Path

from logminer.compare.drift import judge_drift
from logminer.schemas import JUDGEMENTS
from logminer.store.publication import publish
from tests.kit.world import World


def test_who_judged_which_arm_is_said_where_a_judge_changed(tmp_path: Path) -> None:
    world = World(tmp_path).counts(3, 2, 1, 4)
    for number, row in enumerate(world.tables[JUDGEMENTS.name]):
        a = number % 2 == 0
        row["judged_by"] = [
            {"judge": "j", "answered_by": "m fp_a" if a and number < 14 else "m fp_b"},
            {"judge": "k", "answered_by": "other"},
        ]
    world.judge(world.tables["responses"][0]["response_id"], "no", scorer="rules")
    with publish(tmp_path, []) as publication:
        world.publish(publication)
        assert list(judge_drift(publication, "rules", "a", "b")) == []
        assert list(judge_drift(publication, "judge", "b", "b")) == []
        assert list(judge_drift(publication, "judge", "a", "b")) == [
            "judge j was not the same model throughout:"
            " m fp_b (base 3, candidate 10), m fp_a (base 7, candidate 0)"
        ]
