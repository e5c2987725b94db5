"""What the arms show, prompt by prompt: categories as scorers saw them, and clusters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from logminer.compare.prompts import NUMBERED, Codes, ComparedPrompts, Floats, Mask
from logminer.messages.states import JUDGED
from logminer.store.session import Session
from logminer.taxonomy.tree import CHANNELS

NOT_JUDGED = f"r.state NOT IN ({', '.join(map(repr, JUDGED))})"

__all__ = ["ArmRates", "Group", "Side", "asked_of", "category_groups", "cluster_groups", "scorers"]


class Side(NamedTuple):
    """Whose responses: all of a checkpoint's, or every second sample of it (parity 0 or 1)."""

    checkpoint: str
    parity: int | None = None

    @property
    def condition(self) -> tuple[str, list[Any]]:
        """SQL on `responses AS r`, with its parameters."""
        if self.parity is None:
            return "r.checkpoint = ?", [self.checkpoint]
        return "r.checkpoint = ? AND r.sample_index % 2 = ?", [self.checkpoint, self.parity]


class ArmRates(NamedTuple):
    """One arm's rates: prompt numbers in ascending order, and the share of samples that show it, in [0, 1]."""

    prompts: Codes
    rates: Floats

    def at(self, prompts: Codes) -> Floats:
        """Rates of these prompts; nan where there is none."""
        if not len(self.prompts):
            return np.full(len(prompts), np.nan)
        place = np.minimum(np.searchsorted(self.prompts, prompts), len(self.prompts) - 1)
        return np.where(self.prompts[place] == prompts, self.rates[place], np.nan)


class Group(NamedTuple):
    """One category (by one scorer, in one channel) or one cluster, in both arms.

    `asked` are the prompts that were put to both arms and on which a judgement is due; on some there may be none.
    """

    keys: dict[str, Any]
    asked: Codes
    base: ArmRates
    candidate: ArmRates


def scorers(session: Session) -> list[str]:
    """Names of the scorers, sorted."""
    rows = session.rows("SELECT DISTINCT scorer FROM judgements ORDER BY scorer")
    return [scorer for (scorer,) in rows]


def category_groups(
    session: Session, prompts: ComparedPrompts, scorer: str, base: Side, candidate: Side
) -> Iterator[Group]:
    """Every category × channel that the scorer judged in both arms, in order of their ids."""
    arms = [_rates(session, scorer, side) for side in (base, candidate)]
    asked: dict[str, Codes] = {
        channel: asked_of(session, prompts, channel, base, candidate) for channel in CHANNELS
    }
    for category, channel in sorted(arms[0].keys() & arms[1].keys()):
        keys = {"kind": "category", "category_id": category, "scorer": scorer, "channel": channel}
        yield Group(keys, asked[channel], arms[0][category, channel], arms[1][category, channel])


def asked_of(
    session: Session, prompts: ComparedPrompts, channel: str, base: Side, candidate: Side
) -> Codes:
    """Prompts put to both arms. For thoughts (and pairs) without those that an arm answered without thinking: nothing is missing."""
    both = np.ones(len(prompts), bool)
    for side in (base, candidate):
        condition, parameters = side.condition
        due = "" if channel == "response" else f" AND ({NOT_JUDGED} OR r.thoughts_state <> 'none')"
        table = session.columns(
            f"SELECT DISTINCT n.number FROM responses AS r JOIN {NUMBERED} AS n USING (prompt_id)"
            f" WHERE {condition}{due}",
            parameters,
        )
        mine: Mask = np.zeros(len(prompts), bool)
        mine[np.asarray(table["number"])] = True
        both &= mine
    return np.flatnonzero(both)


def _rates(session: Session, scorer: str, side: Side) -> dict[tuple[str, str], ArmRates]:
    condition, parameters = side.condition
    table = session.columns(
        "SELECT j.category_id, j.channel, n.number, avg(CAST(j.label = 'yes' AS DOUBLE)) AS rate"
        " FROM judgements AS j JOIN responses AS r USING (response_id)"
        f" JOIN {NUMBERED} AS n USING (prompt_id)"
        f" WHERE j.scorer = ? AND j.label IN ('yes', 'no') AND {condition}"
        " GROUP BY ALL ORDER BY j.category_id, j.channel, n.number",
        [scorer, *parameters],
    )
    numbers, rates = (np.asarray(table[name]) for name in ("number", "rate"))
    return {
        key: ArmRates(numbers[where], rates[where])
        for key, where in _runs(table["category_id"], table["channel"])
    }


def _runs(
    first: pa.ChunkedArray, second: pa.ChunkedArray
) -> Iterator[tuple[tuple[str, str], slice]]:
    """Equal neighbours in two sorted columns as slices."""
    if not len(first):
        return
    encoded = [column.combine_chunks().dictionary_encode() for column in (first, second)]
    codes = [np.asarray(column.indices) for column in encoded]
    changes = np.flatnonzero((np.diff(codes[0]) != 0) | (np.diff(codes[1]) != 0)) + 1
    starts = [0, *changes.tolist()]
    for start, stop in zip(starts, [*starts[1:], len(first)], strict=True):
        names = [
            column.dictionary[int(code[start])].as_py()
            for column, code in zip(encoded, codes, strict=True)
        ]
        yield (names[0], names[1]), slice(start, stop)


def cluster_groups(
    session: Session, prompts: ComparedPrompts, base: Side, candidate: Side
) -> Iterator[Group]:
    """Every cluster with a response in either arm, on the users who were not used to find it."""
    numbers, totals, found = zip(
        *(_assigned(session, prompts, side) for side in (base, candidate)), strict=True
    )
    judged = np.flatnonzero((totals[0] > 0) & (totals[1] > 0) & prompts.inference)
    clusters = sorted(found[0].keys() | found[1].keys())
    for cluster in clusters:
        arms = []
        for number, total, hits in zip(numbers, totals, found, strict=True):
            mine = hits.get(cluster, np.zeros(0, np.int64))
            counts = np.bincount(number[mine], minlength=len(prompts))
            arms.append(ArmRates(judged, counts[judged] / total[judged]))
        keys = {"kind": "cluster", "cluster_id": cluster, "channel": "response"}
        yield Group(keys, judged, arms[0], arms[1])


def _assigned(
    session: Session, prompts: ComparedPrompts, side: Side
) -> tuple[Codes, Codes, dict[int, Codes]]:
    """Prompt number of each assigned response, responses by prompt, and the rows of each cluster."""
    condition, parameters = side.condition
    table = session.columns(
        "SELECT n.number, a.cluster_id FROM assignments AS a JOIN responses AS r USING (response_id)"
        f" JOIN {NUMBERED} AS n USING (prompt_id) WHERE {condition}",
        parameters,
    )
    number, cluster = (np.asarray(table[name], np.int64) for name in ("number", "cluster_id"))
    order = np.argsort(cluster, kind="stable")
    names, starts = np.unique(cluster[order], return_index=True)
    rows = dict(zip(names.tolist(), np.split(order, starts[1:]), strict=True)) if len(names) else {}
    return number, np.bincount(number, minlength=len(prompts)), rows
