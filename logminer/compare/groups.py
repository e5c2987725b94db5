"""What the arms show, prompt by prompt: categories as scorers saw them, and clusters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from logminer.compare.prompts import NUMBERED, Codes, ComparedPrompts, Floats
from logminer.messages.states import JUDGED
from logminer.store.session import Session
from logminer.taxonomy.tree import CHANNELS

# A judge that fails is no reason for another scorer to have the verdict.
ASKED = "(j.label IN ('yes', 'no', 'unsure') OR j.judge_error IS NOT NULL)"
NOT_JUDGED = f"r.state NOT IN ({', '.join(map(repr, JUDGED))})"

__all__ = [
    "ASKED",
    "ArmRates",
    "Group",
    "Side",
    "category_groups",
    "cluster_groups",
    "responses_due",
    "scorers_of",
]


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
    """One arm, by number of all prompts: the share of judged samples that show it, in [0, 1] (nan: none is), and how many are.

    `scores` are their mean scores, in [0, 1] (nan: none has one); None of a cluster.
    """

    rates: Floats
    judged: Codes
    scores: Floats | None = None


class Group(NamedTuple):
    """One category (by one scorer, in one channel) or one cluster, in both arms.

    `asked` are the prompts that were put to both arms and on which a judgement is due; on some there may be none.
    `due` are, for base and candidate, the responses of each of all prompts that are due one; None of a cluster.
    """

    keys: dict[str, Any]
    asked: Codes
    base: ArmRates
    candidate: ArmRates
    due: tuple[Codes, Codes] | None = None


def scorers_of(session: Session, base: str, candidate: str) -> dict[tuple[str, str], list[str]]:
    """Category and channel → the scorers that judged both arms, sorted; those too whose judge was asked and gave no label."""
    found: dict[tuple[str, str], list[str]] = {}
    for category, channel, scorer in session.rows(
        "SELECT j.category_id, j.channel, j.scorer FROM judgements AS j JOIN responses AS r USING (response_id)"
        f" WHERE {ASKED} AND r.checkpoint IN (?, ?) GROUP BY ALL"
        " HAVING count(DISTINCT r.checkpoint) = 2 ORDER BY ALL",
        [base, candidate],
    ):
        found.setdefault((category, channel), []).append(scorer)
    return found


def category_groups(
    session: Session, prompts: ComparedPrompts, scorer: str, base: Side, candidate: Side
) -> Iterator[Group]:
    """Every category × channel that the scorer judged in both arms, in order of their ids."""
    arms = [_rates(session, scorer, side) for side in (base, candidate)]
    due: dict[str, tuple[Codes, Codes]] = {
        channel: (
            responses_due(session, prompts, channel, base),
            responses_due(session, prompts, channel, candidate),
        )
        for channel in CHANNELS
    }
    asked: dict[str, Codes] = {
        channel: np.flatnonzero((one > 0) & (other > 0)) for channel, (one, other) in due.items()
    }
    for category, channel in sorted(arms[0].keys() & arms[1].keys()):
        keys = {"kind": "category", "category_id": category, "scorer": scorer, "channel": channel}
        of_base, of_candidate = (_spread(len(prompts), *arm[category, channel]) for arm in arms)
        yield Group(keys, asked[channel], of_base, of_candidate, due[channel])


def responses_due(session: Session, prompts: ComparedPrompts, channel: str, side: Side) -> Codes:
    """[prompts] responses that are to be judged. For thoughts (and pairs) without those given without thinking: nothing is missing."""
    condition, parameters = side.condition
    due = "" if channel == "response" else f" AND ({NOT_JUDGED} OR r.thoughts_state <> 'none')"
    table = session.columns(
        f"SELECT n.number FROM responses AS r JOIN {NUMBERED} AS n USING (prompt_id) WHERE {condition}{due}",
        parameters,
    )
    return np.bincount(np.asarray(table["number"], np.int64), minlength=len(prompts))


def _spread(n: int, numbers: Codes, rates: Floats, judged: Codes, scores: Floats) -> ArmRates:
    of_all, of_scores = ArmRates(np.full(n, np.nan), np.zeros(n, np.int64)), np.full(n, np.nan)
    of_all.rates[numbers], of_all.judged[numbers], of_scores[numbers] = rates, judged, scores
    return of_all._replace(scores=of_scores)


def _rates(
    session: Session, scorer: str, side: Side
) -> dict[tuple[str, str], tuple[Codes, Floats, Codes, Floats]]:
    """Category and channel → numbers of the prompts that have a judgement, the share of yes, how many, and the mean score."""
    condition, parameters = side.condition
    table = session.columns(
        "SELECT j.category_id, j.channel, n.number, avg(CAST(j.label = 'yes' AS DOUBLE)) AS rate, count(*) AS judged,"
        " round(avg(j.score), 12) AS score"  # summed in any order
        " FROM judgements AS j JOIN responses AS r USING (response_id)"
        f" JOIN {NUMBERED} AS n USING (prompt_id)"
        f" WHERE j.scorer = ? AND j.label IN ('yes', 'no') AND {condition}"
        " GROUP BY ALL ORDER BY j.category_id, j.channel, n.number",
        [scorer, *parameters],
    )
    numbers, rates, judged = (np.asarray(table[name]) for name in ("number", "rate", "judged"))
    scores = np.asarray(table["score"], np.float64)
    return {
        key: (numbers[where], rates[where], judged[where], scores[where])
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
            rates = np.full(len(prompts), np.nan)
            np.divide(counts, total, out=rates, where=total > 0)
            arms.append(ArmRates(rates, total))
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
