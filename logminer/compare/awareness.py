"""Whether checkpoints take what they are asked for a test: on a suite against real logs, and what they do then.

Awareness is the category `eval_awareness` as its primary scorer labels it. Sign everywhere: suite minus logs, given
awareness minus given none, candidate minus base.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

import logminer.stats as stats
from logminer.compare.comparing import FEWEST_UNITS
from logminer.compare.labelled import LabelColumn, Labelled
from logminer.compare.options import CompareOptions
from logminer.compare.prompts import Mask
from logminer.store.session import Session

__all__ = ["AWARE", "ONLY_THOUGHTS", "AwarenessRow", "awareness"]

AWARE = "eval_awareness"
ONLY_THOUGHTS = "only_thoughts"  # in the thoughts, and not in the response

Pairs = Sequence[tuple[str, str]]


class AwarenessRow(NamedTuple):
    """A row of the table `awareness` without the suite's name; what is None of which row: see there."""

    base: str | None
    checkpoint: str
    scorer: str
    channel: str
    category_id: str | None
    category_scorer: str | None
    category_channel: str | None
    n_responses: int
    n_effective: float
    rate: float | None
    low: float | None
    high: float | None
    against: str | None
    other_responses: int | None
    other_effective: float | None
    other_rate: float | None
    other_low: float | None
    other_high: float | None
    gap: float | None
    gap_low: float | None
    gap_high: float | None


def awareness(
    suite: Session, logs: Session | None, options: CompareOptions, pairs: Pairs
) -> list[AwarenessRow]:
    """How often the checkpoints of these pairs take a prompt for a test, and whether they behave otherwise then.

    Args:
        suite: a study.
        logs: the study of real logs, which is another one; None: there is none.
        options: of the comparison of `suite`; `cluster_by` of the logs is theirs, or the user.
        pairs: base, candidate.

    Returns:
        By channel: of each checkpoint, then of each pair, first awareness itself (against the logs where the same scorer
        judged there by the same rubric), then each behaviour that is worse and that any of them shows (given awareness,
        against given none). None where nobody judged awareness.
    """
    arms = tuple(dict.fromkeys(name for pair in pairs for name in pair))
    here = Labelled.read(suite, options, arms)
    there = Labelled.read(logs, _of_logs(logs, options), arms) if logs else None
    rows: list[AwarenessRow] = []
    for aware in _channels(here):
        others = there.again(aware) if there else None
        rows += _rows(aware, None, _against_logs(aware, others, arms, pairs))
        for behaviour in _behaviours(here):
            rows += _rows(aware, behaviour, _given(aware, behaviour, arms, pairs))
    return rows


def _of_logs(logs: Session, options: CompareOptions) -> CompareOptions:
    """Users are the units of logs where they lack the suite's attribute."""
    known = logs.rows(
        "SELECT 1 FROM prompts WHERE attributes[?] IS NOT NULL LIMIT 1", [options.cluster_by]
    )
    return options if known else options.model_copy(update={"cluster_by": "user", "strata": ()})


def _channels(study: Labelled) -> Iterator[LabelColumn]:
    found = {one.channel: one for one in study.primary(AWARE)}
    yield from found.values()
    if (thoughts := found.get("thoughts")) and (response := found.get("response")):
        yield thoughts.without(response, ONLY_THOUGHTS)


def _behaviours(study: Labelled) -> Iterator[LabelColumn]:
    for (category,) in study.session.rows(
        "SELECT category_id FROM categories WHERE direction = 'worse' AND NOT found AND category_id <> ?"
        " ORDER BY ALL",
        [AWARE],
    ):
        yield from (one for one in study.primary(category) if one.shown)


class _Term(NamedTuple):
    """One rate of those found together, and its sign in a sum."""

    found: stats.ClusteredRates
    place: int
    sign: int = 1

    @property
    def rate(self) -> float:
        return float(self.found.rates[self.place])

    @property
    def interval(self) -> stats.Interval:
        return stats.Interval(float(self.found.low[self.place]), float(self.found.high[self.place]))


Terms = list[_Term]


class _Contrast(NamedTuple):
    """What a row says: the rate, the other one, each a sum of terms; `other` is empty where there is none."""

    base: str | None
    checkpoint: str
    against: str | None
    one: Terms
    other: Terms


def _against_logs(
    aware: LabelColumn, others: LabelColumn | None, arms: Sequence[str], pairs: Pairs
) -> Iterator[_Contrast]:
    found = aware.rates([(aware, aware.of_arm(name)) for name in arms])
    logged = others.rates([(others, others.of_arm(name)) for name in arms]) if others else None

    def terms(of: stats.ClusteredRates | None, base: str | None, name: str) -> Terms:
        return _candidate_minus_base(of, arms, base, name, 1, 0) if of else []

    against = "logs" if others else None
    for base, name in _asked(arms, pairs):
        yield _Contrast(base, name, against, terms(found, base, name), terms(logged, base, name))


def _given(
    aware: LabelColumn, behaviour: LabelColumn, arms: Sequence[str], pairs: Pairs
) -> Iterator[_Contrast]:
    among: list[tuple[LabelColumn, Mask]] = []
    for name in arms:
        among += [(behaviour, behaviour.of_arm(name) & (aware.values == label)) for label in (1, 0)]
    found = aware.rates(among)
    for base, name in _asked(arms, pairs):
        one, other = (_candidate_minus_base(found, arms, base, name, 2, k) for k in (0, 1))
        yield _Contrast(base, name, "unaware", one, other)


def _asked(arms: Sequence[str], pairs: Pairs) -> Iterator[tuple[str | None, str]]:
    yield from ((None, name) for name in arms)
    yield from pairs


def _candidate_minus_base(
    found: stats.ClusteredRates,
    arms: Sequence[str],
    base: str | None,
    name: str,
    step: int,
    offset: int,
) -> Terms:
    terms = [_Term(found, step * arms.index(name) + offset)]
    if base is not None:
        terms.append(_Term(found, step * arms.index(base) + offset, -1))
    return terms


def _rows(
    aware: LabelColumn, behaviour: LabelColumn | None, contrasts: Iterable[_Contrast]
) -> Iterator[AwarenessRow]:
    for one in contrasts:
        n, effective = _behind(one.one)
        if not n:
            continue
        minus = [term._replace(sign=-term.sign) for term in one.other]
        single = one.base is None
        rows, units = _behind(one.other) if one.other else (None, None)
        yield AwarenessRow(
            one.base,
            one.checkpoint,
            aware.scorer,
            aware.channel,
            behaviour.category if behaviour else None,
            behaviour.scorer if behaviour else None,
            behaviour.channel if behaviour else None,
            n,
            effective,
            *_summed(one.one, claims=not single),
            one.against,
            rows,
            units,
            *_summed(one.other, claims=not single),
            *_summed([*one.one, *minus] if one.other else [], claims=True),
        )


def _behind(terms: Terms) -> tuple[int, float]:
    """Responses and effective units behind the least of the rates."""
    rows = min(int(term.found.rows[term.place]) for term in terms)
    return rows, min(float(term.found.n_effective[term.place]) for term in terms)


def _summed(terms: Terms, *, claims: bool) -> tuple[float | None, float | None, float | None]:
    """A sum with its interval; nothing of no rows, and no claim from fewer than six effective units."""
    if not terms or any(math.isnan(term.rate) for term in terms):
        return None, None, None
    if claims and round(_behind(terms)[1], 6) < FEWEST_UNITS:
        return None, None, None
    rates, signs = [term.rate for term in terms], [term.sign for term in terms]
    related = [
        [float(a.found.correlation[a.place, b.place]) if a.found is b.found else 0.0 for b in terms]
        for a in terms
    ]
    interval = stats.combined(rates, [t.interval for t in terms], signs, np.array(related))
    return float(np.dot(rates, signs)), interval.low, interval.high
