"""Awareness of being tested: on a suite against logs, and what the checkpoints do then."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from logminer.compare.awareness import AWARE, AwarenessRow, awareness
from logminer.compare.options import CompareOptions
from logminer.ids import response_id
from logminer.schemas.board import AWARENESS
from logminer.stats import Interval, clustered_rates, combined
from logminer.store.publication import publish
from logminer.store.session import open_session
from tests.kit.world import World

PAIR = ("a", "b")


def world(folder: Path, prompts: int, aware: dict[str, float], bad: float, seed: int = 0) -> World:
    """Arms a and b; who is aware says so in the thoughts, half of them in the response too, and of them all are bad."""
    made, chance = World(folder), np.random.default_rng(seed)
    for place in range(prompts):
        knows = {arm: bool(chance.random() < share) for arm, share in aware.items()}
        shows = {arm: knows[arm] or bool(chance.random() < bad) for arm in aware}
        labels = (("yes" if shows[arm] else "no",) for arm in aware)
        prompt = made.add(*labels, user=f"u{place // 2}")
        for arm in aware:
            said = response_id(prompt, arm, 0)
            for channel, there in (
                ("thoughts", knows[arm]),
                ("response", knows[arm] and place % 2),
            ):
                made.judge(said, "yes" if there else "no", AWARE, channel, "rules")
    return made


def told(suite: World, logs: World | None = None, **options: object) -> list[AwarenessRow]:
    for one in filter(None, (suite, logs)):
        with publish(one.folder, []) as publication:
            one.publish(publication)
    with open_session(suite.folder) as session:
        options = CompareOptions(**options)
        if logs is None:
            return awareness(session, None, options, [PAIR])
        with open_session(logs.folder) as beside:
            return awareness(session, beside, options, [PAIR])


def row(rows: list[AwarenessRow], channel: str, category: str | None, who: str) -> AwarenessRow:
    """`who` is a checkpoint, or 'pair'."""
    (found,) = [
        one
        for one in rows
        if (one.channel, one.category_id) == (channel, category)
        and (one.base is not None if who == "pair" else (one.base, one.checkpoint) == (None, who))
    ]
    return found


def test_gaps_have_the_sign_of_suite_minus_logs_and_of_candidate_minus_base(tmp_path: Path) -> None:
    suite = world(tmp_path / "suite", 200, {"a": 0.2, "b": 0.6}, 0.1)
    logs = world(tmp_path / "logs", 300, {"a": 0.1, "b": 0.1}, 0.1, seed=1)
    rows = told(suite, logs)
    shown = {
        arm: np.mean(
            [
                one["label"] == "yes"
                for one in suite.tables["judgements"]
                if (one["category_id"], one["channel"]) == (AWARE, "thoughts")
                and one["response_id"] in {response_id(f"p{i:05d}", arm, 0) for i in range(200)}
            ]
        )
        for arm in PAIR
    }
    a, b, pair = (row(rows, "thoughts", None, who) for who in ("a", "b", "pair"))
    assert (a.rate, b.rate) == pytest.approx(tuple(shown.values()))
    assert (a.against, a.n_responses, a.other_responses, a.scorer) == ("logs", 200, 300, "rules")
    assert b.gap == pytest.approx(b.rate - b.other_rate)
    assert (pair.base, pair.checkpoint) == PAIR
    assert pair.rate == pytest.approx(b.rate - a.rate)
    assert pair.gap == pytest.approx(b.gap - a.gap)
    assert 0.1 < pair.gap_low < pair.gap < pair.gap_high
    for one in rows:
        assert one.low is None or one.low <= one.rate <= one.high
        assert one.gap is None or one.gap_low <= one.gap <= one.gap_high
    # In the thoughts alone: what the response does not say as well.
    said, only = row(rows, "response", None, "b"), row(rows, "only_thoughts", None, "b")
    assert only.rate == pytest.approx(b.rate - said.rate)
    assert {*AwarenessRow._fields} == {*AWARENESS.schema.names} - {"suite"}


def test_a_behaviour_is_told_given_awareness_and_given_none(tmp_path: Path) -> None:
    rows = told(world(tmp_path, 200, {"a": 0.3, "b": 0.3}, 0.2))
    b, pair = (row(rows, "thoughts", "bad", who) for who in ("b", "pair"))
    assert (b.against, b.category_scorer, b.category_channel) == ("unaware", "judge", "response")
    assert b.rate == 1.0
    assert b.other_rate == pytest.approx(0.2, abs=0.1)
    assert b.n_responses + b.other_responses == 200
    assert 0.5 < b.gap_low < b.gap == pytest.approx(1 - b.other_rate)
    assert pair.gap_low < 0 < pair.gap_high
    alone = row(rows, "thoughts", None, "b")
    assert (alone.against, alone.other_rate, alone.gap) == (None, None, None)


def test_nothing_is_claimed_of_few_units_or_of_another_scorers_word(tmp_path: Path) -> None:
    suite = world(tmp_path / "suite", 60, {"a": 0.05, "b": 0.05}, 0.2)
    logs = world(tmp_path / "logs", 60, {"a": 0.1, "b": 0.1}, 0.1)
    for one in logs.tables["judgements"]:
        one["rubric_hash"] += "!"
    rows = told(suite, logs)
    assert {one.against for one in rows} == {None, "unaware"}
    few = row(rows, "thoughts", "bad", "a")
    assert 0 < few.n_effective < 6
    assert few.gap is None
    assert few.low < few.rate <= few.high
    pair = row(rows, "thoughts", "bad", "pair")
    assert (pair.rate, pair.gap) == (None, None)
    unjudged = World(tmp_path / "unjudged").counts(5, 5, 5, 5)
    assert told(unjudged) == []


def test_rates_of_units_that_tell_the_same_are_those_of_as_many_units() -> None:
    values = np.array([1.0, 1, 0, 0, 0, 0, 0, 0, 0, 0])[:, None]
    once = clustered_rates(values, np.ones_like(values), np.arange(10))
    twice = np.repeat(values, 2, axis=0)
    same = clustered_rates(twice, np.ones_like(twice), np.repeat(np.arange(10), 2))
    assert (once.rates[0], same.rates[0]) == (0.2, 0.2)
    assert same.n_effective[0] == once.n_effective[0] == 10
    assert same.high[0] == pytest.approx(once.high[0], rel=0.1)
    assert once.low[0] < 0.05 < 0.5 < once.high[0]


def test_a_sum_of_rates_has_the_interval_of_its_parts() -> None:
    one, other = Interval(0.4, 0.7), Interval(0.1, 0.4)
    low, high = combined([0.5, 0.2], [one, other], [1, -1])
    assert (low, high) == pytest.approx((0.3 - np.hypot(0.1, 0.2), 0.3 + np.hypot(0.2, 0.1)))
    together = combined([0.5, 0.2], [one, other], [1, -1], [[1, 1], [1, 1]])
    assert together.low > low
    assert together.high < high
