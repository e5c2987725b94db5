"""What the views and macros of a study compute is what `stats` would say."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import logminer.stats as stats
from logminer.stats.clustered import clustered_rates
from logminer.store.session import Session, open_session
from tests.conftest import Demo


@pytest.fixture(scope="module")
def session(demo: Demo) -> Iterator[Session]:
    with open_session(demo.study) as opened:
        yield opened


@pytest.mark.parametrize(("hits", "of"), [(0, 10), (10, 10), (1, 1), (37, 1000)])
def test_wilson_is_the_interval_of_a_share(hits: int, of: int, session: Session) -> None:
    ((low, high),) = session.rows("SELECT wilson($1, $2).low, wilson($1, $2).high", [hits, of])
    expected = stats.weighted_share([True] * hits + [False] * (of - hits))
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert session.rows("SELECT wilson(0, 0), wilson(1, NULL), per_100k(0.5)") == [
        (None, None, 50_000)
    ]


def test_rates_of_strata_allow_for_users(session: Session) -> None:
    shown = session.columns(
        "SELECT checkpoint, category_id, channel, scorer, list(CAST(label = 'yes' AS INTEGER)) AS yes,"
        " list(coalesce(user_id, conversation_id)) AS units FROM labelled_responses WHERE label IN ('yes', 'no')"
        " GROUP BY ALL ORDER BY ALL"
    ).to_pylist()
    rates = session.columns(
        "SELECT * FROM rates_by_stratum WHERE stratum = 'all' ORDER BY ALL"
    ).to_pylist()
    assert len(rates) == len(shown) > 20
    for found, judged in zip(rates, shown, strict=True):
        values = np.array(judged["yes"], float)[:, None]
        exact = clustered_rates(values, np.ones_like(values), judged["units"])
        assert found["rate"] == pytest.approx(exact.rates[0])
        assert found["n_effective"] == pytest.approx(exact.n_effective[0])
        # Wilson's beside Clopper and Pearson's, which is never too short.
        assert found["low"] == pytest.approx(exact.low[0], abs=0.03)
        assert found["high"] == pytest.approx(exact.high[0], abs=0.03)
        assert found["high"] - found["low"] > 0.001


def test_every_stratum_of_a_kind_takes_its_prompts_once(session: Session) -> None:
    counts = dict(
        session.rows(
            "SELECT split_part(stratum, '=', 1) AS kind, sum(n) FROM rates_by_stratum"
            " WHERE (checkpoint, category_id, channel) = ('sft', 'refusal', 'response') GROUP BY ALL"
        )
    )
    assert counts.keys() == {"all", "turn", "language", "month", "altered", "ask"}
    assert len(set(counts.values())) == 1


def test_who_asks_how_much(session: Session) -> None:
    (first, *_), last = (rows := session.rows("FROM unit_shares")), rows[-1]
    assert first[-2] == first[-1] == max(row[-2] for row in rows)
    assert last[-1] == pytest.approx(1)


def test_examples_of_a_cluster_are_of_different_people(session: Session) -> None:
    found = session.rows(
        "SELECT count(*), count(DISTINCT user_id), max(place) FROM cluster_examples GROUP BY cluster_id, checkpoint"
    )
    assert found
    assert all(n == people == last <= 5 for n, people, last in found)
