"""Measures of form and manner, each compared between the arms, prompt by prompt.

What is measured is in `measures.catalogue`, and `measures.events`. None was chosen by a look at the data, so
that nothing is lost by testing on all prompts, those of the discovery half too: it halves the variance.

Of a measure that is a share, the mean is compared. A count has no bound, and one response of 10,000 words would outweigh a
thousand: what lies above the 99th percentile counts as that percentile. It is that of the responses that are not 0, both arms
together, each prompt and arm with one vote: the arms may change places, and the bound stays. Means, difference, interval
and p are all of what is bounded so, so that they never contradict each other. The test is the one that verdicts rest on:
it asks by flipping signs unit by unit, and leans on no law of what is measured.

Source: Tukey 1962, Ann. Math. Stat. 33:1 (winsorising); Yuen 1974, Biometrika 61:165 (why few of the greatest are enough).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from logminer.compare.effect import votes_of
from logminer.compare.options import CompareOptions
from logminer.compare.prompts import NUMBERED, Codes, ComparedPrompts, Floats
from logminer.discovery.measures.catalogue import MEASURES
from logminer.discovery.measures.events import EVENTS
from logminer.discovery.measures.measure import RESPONSES
from logminer.discovery.measures.reading import read_text
from logminer.discovery.reading import Channel, paired_texts
from logminer.discovery.testing import Row, tested
from logminer.store.session import Session

__all__ = ["feature_rows"]

KEPT = 0.99  # of the responses that are not 0 lie at or below the bound of a count
CHANNELS: tuple[Channel, ...] = ("response", "thoughts")


class _Arm(NamedTuple):
    """Measures [responses, measures], and to which prompt each response belongs: its place [responses]."""

    values: NDArray[np.float32]
    places: Codes


def feature_rows(
    session: Session,
    prompts: ComparedPrompts,
    pair: tuple[str, str],
    compare: CompareOptions,
) -> list[Row]:
    """Rows of `features` of one pair, without q and verdict.

    Every prompt to which both arms say something counts, with the mean over its samples. What neither arm ever shows is
    no row. In memory are four bytes for each measure of each response.
    """
    languages = [one for (one,) in session.rows("SELECT language FROM prompts ORDER BY prompt_id")]
    rows = list[Row]()
    for channel in CHANNELS:
        numbers, *arms = _measured(session, pair, channel, languages)
        if len(numbers):
            found = _compared(prompts, numbers, arms, compare)
            rows += [{"channel": channel} | row for row in found]
    for event in EVENTS:
        table = session.columns(
            f"SELECT n.number, avg(CAST({event.of} AS DOUBLE)) FILTER (r.checkpoint = $1) AS base,"
            f" avg(CAST({event.of} AS DOUBLE)) FILTER (r.checkpoint = $2) AS candidate"
            f" FROM responses AS r JOIN {NUMBERED} AS n USING (prompt_id)"
            f" WHERE r.checkpoint IN ($1, $2) AND ({event.asked})"
            " GROUP BY n.number HAVING base IS NOT NULL AND candidate IS NOT NULL ORDER BY n.number",
            list(pair),
        )
        numbers, *rates = (np.asarray(table[n]) for n in ("number", "base", "candidate"))
        named = {"feature": event.name, "channel": event.channel}
        named |= {"unit": RESPONSES, "meaning": event.doc}
        rows += _tested(prompts, numbers, rates[0], rates[1], 1.0, compare, named)
    return rows


def _compared(
    prompts: ComparedPrompts, numbers: Codes, arms: Sequence[_Arm], compare: CompareOptions
) -> Iterator[Row]:
    """Rows of what was measured."""
    for column, measure in enumerate(MEASURES):
        values = [arm.values[:, column].astype(np.float64) for arm in arms]
        bound = 1.0 if measure.is_share else _bound(values, arms)
        base, candidate = (
            _means(np.minimum(mine, bound), arm.places, len(numbers))
            for mine, arm in zip(values, arms, strict=True)
        )
        named = {"feature": measure.name, "unit": measure.unit, "meaning": measure.doc}
        yield from _tested(prompts, numbers, base, candidate, bound, compare, named)


def _measured(
    session: Session, pair: tuple[str, str], channel: Channel, languages: list[str | None]
) -> tuple[Codes, _Arm, _Arm]:
    """Numbers of the prompts that both arms answered, and the measures of each arm's responses."""
    numbers = list[Codes]()
    values: tuple[list[NDArray[np.float32]], list[NDArray[np.float32]]] = ([], [])
    places: tuple[list[int], list[int]] = ([], [])
    seen = 0
    for read in paired_texts(session, *pair, channel):
        numbers.append(read.numbers)
        for arm, said in enumerate((read.base, read.candidate)):
            found = list[list[float]]()
            for place, (number, texts) in enumerate(zip(read.numbers, said, strict=True), seen):
                for text in texts:
                    whole = read_text(text, languages[number])
                    found.append([measure.of(whole) for measure in MEASURES])
                places[arm].extend([place] * len(texts))
            values[arm].append(np.array(found, np.float32))
        seen += len(read.numbers)
    none = np.empty((0, len(MEASURES)), np.float32)
    base, candidate = (
        _Arm(np.concatenate([none, *rows]), np.array(where, np.int64))
        for rows, where in zip(values, places, strict=True)
    )
    return np.concatenate([np.empty(0, np.int64), *numbers]), base, candidate


def _means(values: Floats, places: Codes, n: int) -> Floats:
    """[n] mean over the samples of each prompt."""
    return np.bincount(places, values, n) / np.bincount(places, minlength=n)


def _bound(values: Sequence[Floats], arms: Sequence[_Arm]) -> float:
    """What a count counts at most; 0 where it is 0 throughout."""
    votes = np.concatenate([1 / np.bincount(arm.places)[arm.places] for arm in arms])
    whole = np.concatenate(values)
    seen = np.flatnonzero(whole)
    if not len(seen):
        return 0.0
    order = seen[np.argsort(whole[seen], kind="stable")]
    below = np.cumsum(votes[order])
    return float(whole[order[np.searchsorted(below, KEPT * below[-1])]])


def _tested(
    prompts: ComparedPrompts,
    numbers: Codes,
    base: Floats,
    candidate: Floats,
    bound: float,
    compare: CompareOptions,
    named: Row,
) -> list[Row]:
    """The row of one feature; none where neither arm shows it."""
    if not (base.any() or candidate.any()):
        return []
    found = tested(
        prompts,
        numbers,
        np.clip(base / bound, 0.0, 1.0),
        np.clip(candidate / bound, 0.0, 1.0),
        compare,
    )
    votes = votes_of(prompts.units[numbers], compare.weight)
    own = {name: bound * found[name] for name in ("difference", "low", "high")}
    return [
        named
        | found
        | own
        | {
            "base_mean": float(np.average(base, weights=votes)),
            "candidate_mean": float(np.average(candidate, weights=votes)),
        }
    ]
