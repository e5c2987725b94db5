"""How far a scorer can be trusted: its labels against people's."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

import logminer.stats as stats
from logminer.schemas import CALIBRATIONS
from logminer.store.session import Session
from logminer.study.last_run import last_run

__all__ = ["REACH", "calibrations", "more_labels"]

REACH = 0.05  # half the width of an interval that is good enough

Row = dict[str, Any]
Codes = NDArray[np.int8]


class _Labels(NamedTuple):
    """Responses that people labelled yes or no: all [n]; labels are 1, 0, or −1 where there is no yes or no."""

    human: Codes
    second: Codes
    judge: Codes
    weights: NDArray[np.float64]
    users: NDArray[
        Any
    ]  # who asked, or what else prompts hang together in; the conversation where that is unknown

    def take(self, which: NDArray[Any]) -> _Labels:
        return _Labels(*(column[which] for column in self))


def calibrations(session: Session, language: str | None = None) -> pa.Table:
    """Each scorer × category × channel that people labelled, for all arms together and for each: `CALIBRATIONS`.

    Only yes and no count, of people (or of whom their labels are taken from) and scorer; what was taken from a scorer says
    nothing of that one. Shares are weighted, with Wilson's interval on `stats.weighted_share`'s effective n; labels of one
    unit of `compare.cluster_by` (of one conversation, where the user is unknown) are not independent. Of all languages,
    or of the prompts in `language`.
    """
    table = session.columns(
        "SELECT j.scorer, h.category_id, h.channel, r.checkpoint, h.label AS human, h.second_label AS second,"
        " j.label AS judge, h.weight,"
        " coalesce('a' || p.attributes[?], 'u' || p.user_id, 'c' || p.conversation_id) AS unit"
        " FROM human_labels AS h JOIN responses AS r USING (response_id) JOIN prompts AS p USING (prompt_id)"
        " JOIN judgements AS j USING (response_id, category_id, channel)"
        " WHERE h.label IN ('yes', 'no') AND j.scorer IS DISTINCT FROM h.taken_from"
        " AND (?::VARCHAR IS NULL OR r.prompt_id IN (SELECT prompt_id FROM prompts WHERE language = ?))"
        " ORDER BY j.scorer, h.category_id, h.channel, r.checkpoint, response_id",
        [_hang_together_in(session), language, language],
    )
    labels = _Labels(
        human=_codes(table["human"]),
        second=_codes(table["second"]),
        judge=_codes(table["judge"]),
        weights=np.asarray(table["weight"]),
        users=np.asarray(pc.dictionary_encode(table["unit"]).combine_chunks().indices),
    )
    arms = np.asarray(table["checkpoint"], dtype=object)
    groups: defaultdict[tuple[str, str, str], list[int]] = defaultdict(list)
    keys = (table[name].to_pylist() for name in ("scorer", "category_id", "channel"))
    for place, key in enumerate(zip(*keys, strict=True)):
        groups[key].append(place)
    rows: list[Row] = []
    for (scorer, category, channel), places in groups.items():
        named = {"scorer": scorer, "category_id": category, "channel": channel}
        mine, of = labels.take(np.array(places)), arms[places]
        each = [{"checkpoint": arm} | _calibration(mine.take(of == arm)) for arm in np.unique(of)]
        each = [row for row in each if row["n_labels"]]
        if each:
            whole = {"checkpoint": None} | _calibration(mine)
            rows += [named | row for row in (whole | {"p_error_differs": _p_differs(each)}, *each)]
    names = CALIBRATIONS.schema.names
    return pa.Table.from_pylist(
        [{n: row.get(n) for n in names} for row in rows], CALIBRATIONS.schema
    )


def _hang_together_in(session: Session) -> str:
    """The attribute by which prompts are clustered; empty where it is the user."""
    last = last_run(session)
    unit = last.options.get("compare", {}).get("cluster_by", "user") if last else "user"
    return "" if unit == "user" else str(unit)


def more_labels(low: float | None, high: float | None, effective_n: float | None, n: int) -> int:
    """How many more labels of a kind bring the interval of their share to ± `REACH`; 0 where it is that narrow.

    Args:
        low: lower end of the interval; None where there is no label yet.
        high: upper end of it.
        effective_n: independent labels behind it.
        n: labels behind it.

    Source: Wald's count at the middle of the interval, where a share of 1 does not look certain.
    """
    if low is None or high is None or not effective_n:
        low, high, effective_n, n = 0.0, 1.0, 1.0, 0
    elif high - low <= 2 * REACH:
        return 0
    middle = (low + high) / 2
    wanted = 1.96**2 * middle * (1 - middle) / REACH**2
    each = n / effective_n if n else 1.0  # labels for one independent one, where weights differ
    return max(1, math.ceil(wanted * each) - n)


def _codes(column: pa.ChunkedArray) -> Codes:
    codes = {"yes": 1, "no": 0}
    return np.array([codes.get(label, -1) for label in column.to_pylist()], np.int8)


def _calibration(labels: _Labels) -> Row:
    both = labels.take(labels.judge >= 0)
    twice = labels.take(labels.second >= 0)
    yes, no = both.take(both.human == 1), both.take(both.human == 0)
    row: Row = {
        "n_labels": len(both.human),
        "positives": len(yes.human),
        "true_positives": int(yes.judge.sum()),
        "negatives": len(no.human),
        "true_negatives": int((no.judge == 0).sum()),
    }
    for name, right, labelled in (
        ("sensitivity", yes.judge == 1, yes),
        ("specificity", no.judge == 0, no),
    ):
        if len(right):
            share = stats.weighted_share(right, labelled.weights, users=labelled.users)
            row |= {name: share.share, f"{name}_low": share.low, f"{name}_high": share.high}
            row[f"{name}_n"] = share.effective_n
    if len(both.human):
        row["kappa"] = _agreement(both.human, both.judge, both.weights).kappa
    if len(twice.human):
        agreement = _agreement(twice.human, twice.second, twice.weights)
        row |= {"human_agreement": agreement.agreement, "human_kappa": agreement.kappa}
    return row


def _agreement(first: Codes, second: Codes, weights: NDArray[np.float64]) -> stats.Agreement:
    return stats.cohen_kappa(first.tolist(), second.tolist(), weights=weights)


def _p_differs(arms: list[Row]) -> float | None:
    """p that neither sensitivity nor specificity differs between the arms where they differ most; None with one arm.

    Bonferroni over the two, and over the pairs of arms from which the most different one is picked.
    """
    least = []
    for name in ("sensitivity", "specificity"):
        shares = sorted((row[name], row[f"{name}_n"]) for row in arms if row.get(name) is not None)
        if len(shares) > 1:
            tests = 2 * math.comb(len(shares), 2)
            least.append(tests * stats.shares_differ(*shares[0], *shares[-1]))
    return min(1.0, *least) if least else None
