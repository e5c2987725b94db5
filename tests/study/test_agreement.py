"""Scorers held against each other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from logminer.cli.main import main
from logminer.errors import ConfigError
from logminer.schemas import INJECTED_JUDGEMENTS
from logminer.store.session import open_session
from logminer.study.agreement import judge_agreement
from tests.conftest import Demo
from tests.kit.world import World

Row = dict[str, Any]


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["judges", "agree", *map(str, arguments)])


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """20 prompts a cell of (judge, other) in arm a; in arm b both agree. 10 more are unsure or unparsable."""
    world = World(tmp_path)
    cells = [("yes", "yes")] * 20 + [("yes", "no")] * 15 + [("no", "yes")] * 5 + [("no", "no")] * 40
    cells += [("unsure", "yes")] * 6 + [("no", "unparsable")] * 4
    for judge, other in cells:
        world.add((judge,), ("no",))
        in_a, in_b = (row["response_id"] for row in world.tables["responses"][-2:])
        world.judge(in_a, other, scorer="other")
        world.judge(in_b, "no", scorer="other")
        world.tables["prompts"][-1]["messages"] = [{"role": "user", "content": "[ask]"}]
    world.compared()
    return world.folder


def test_figures(study: Path) -> None:
    with open_session(study) as session:
        (pair,) = judge_agreement(session, "bad")
    whole, a, b = pair.arms
    assert (pair.first, pair.second, pair.channel) == ("judge", "other", "response")
    assert [arm.checkpoint for arm in pair.arms] == [None, "a", "b"]
    assert (whole.n, whole.n_yes_no, a.n, a.n_yes_no) == (180, 170, 90, 80)
    assert a.confusion["yes"] == {"yes": 20, "no": 15, "unsure": 0, "unparsable": 0}
    assert (a.confusion["unsure"]["yes"], a.confusion["no"]["unparsable"]) == (6, 4)
    chance = 35 / 80 * 25 / 80 + 45 / 80 * 55 / 80
    assert a.kappa == pytest.approx((0.75 - chance) / (1 - chance))
    assert a.kappa_low is not None
    assert a.kappa_high is not None
    assert 0.2 < a.kappa_low < a.kappa < a.kappa_high < 0.7
    assert (a.first_only, a.second_only, a.difference) == (15, 5, pytest.approx(-10 / 80))
    assert a.p == pytest.approx(0.0266, abs=1e-3)  # McNemar's mid p of 5 and 15
    assert (b.kappa, b.kappa_low, b.agreement, b.p) == (None, None, 1.0, 1.0)


def test_two_are_named_in_their_order(study: Path) -> None:
    (there,) = json.loads(call(study, "judge", "other", "--category", "bad", "--json").stdout)
    (back,) = json.loads(call(study, "other", "judge", "--category", "bad", "--json").stdout)
    assert back["arms"][0]["difference"] == pytest.approx(-there["arms"][0]["difference"])
    assert back["arms"][0]["kappa"] == pytest.approx(there["arms"][0]["kappa"])
    assert there["disagreements"] == []


def test_disagreements_to_read(study: Path) -> None:
    arguments = (study, "--category", "bad", "--show", 3)
    (pair,) = json.loads(call(*arguments, "--json").stdout)
    (other,) = json.loads(call(*arguments, "--seed", 1, "--json").stdout)
    shown = pair["disagreements"]
    assert len(shown) == 3
    assert shown != other["disagreements"]
    for row in shown:
        assert set(row["labels"].values()) == {"yes", "no"}
        assert (row["checkpoint"], row["prompt"], row["response"]) == ("a", "[ask]", "x")
    page = call(*arguments).output
    assert "judge and other on bad (response)" in page
    assert "judge alone says yes 15 times, other alone 5 times" in page
    assert "unparsable" in page
    assert page.count("[ask]") == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"category": "bda"}, "did you mean 'bad'"),
        ({"category": "bad", "scorers": ("judge", "nobody")}, "judge, other did"),
        ({"category": "bad", "scorers": ("judge", "judge")}, "name two of them"),
        ({"category": "bad", "channel": "thoughts"}, "no scorer of this study"),
    ],
)
def test_what_is_not_there(options: Row, message: str, study: Path) -> None:
    with open_session(study) as session, pytest.raises(ConfigError, match=message):
        judge_agreement(session, **options)


def test_usage_and_one_scorer_only(study: Path, tmp_path: Path, demo: Demo) -> None:
    assert call(study, "judge", "--category", "bad").exit_code == 2
    assert call(study).exit_code == 2
    result = call(demo.study, "--category", "refusal")
    assert result.exit_code == 1
    assert "only rules judged refusal" in result.stderr


def test_an_autoraters_canaries_are_no_second_opinion(tmp_path: Path) -> None:
    world = World(tmp_path / "canaries")
    for label in ("yes", "no") * 6:
        world.add((label,), (label,))
        for row in world.tables["responses"][-2:]:
            world.judge(row["response_id"], label, scorer="other")
            world.judge(row["response_id"], "no", table=INJECTED_JUDGEMENTS)
            world.judge(row["response_id"], "no", scorer="third", table=INJECTED_JUDGEMENTS)
    world.compared()
    with open_session(world.folder) as session:
        (pair,) = judge_agreement(session, "bad")
        assert (pair.first, pair.second) == ("judge", "other")
        assert (pair.arms[0].n, pair.arms[0].agreement) == (24, 1.0)
        with pytest.raises(ConfigError, match="judge, other did: name two of them"):
            judge_agreement(session, "bad", scorers=("judge", "third"))
