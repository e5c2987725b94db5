"""From judgements and assignments to verdicts. Sign everywhere: candidate minus base.

The unit is the prompt; several samples are averaged. Where a user (or the declared `cluster_by` attribute) has more
than one prompt, standard errors are clustered by it. Clusters are tested only on users who were not used to find
them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field

from logminer import stats
from logminer.schemas import COMPARISONS
from logminer.spec import Spec
from logminer.store import Session

__all__ = ["CompareOptions", "Margin", "compare"]

Direction = Literal["worse", "better", "neutral"]
Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Margin(Spec):
    """The largest change declared to be negligible, before judging. With `ratio`, both must hold."""

    absolute: float = Field(gt=0, lt=1)
    ratio: float | None = Field(None, gt=1)


def _spelt_out(margin: Any) -> Any:
    """`refusal: 0.03` is short for `refusal: {absolute: 0.03}`."""
    return {"absolute": margin} if isinstance(margin, int | float) else margin


class CompareOptions(Spec):
    """What is compared with what, by which unit, and which changes are declared negligible."""

    pairs: tuple[tuple[str, str], ...] = ()
    margins: dict[str, Annotated[Margin, BeforeValidator(_spelt_out)]] = {}
    strata: tuple[str, ...] = ()
    cluster_by: str = "user"
    alpha: float = Field(0.05, gt=0, lt=0.5)


class _Prompts(NamedTuple):
    """All prompts in the order of their ids: unit and user as codes (−1 = unknown), strata as masks."""

    units: Codes
    users: Codes
    inference: Mask
    strata: dict[str, Mask]
    unit_is_conversation: bool


class _Group(NamedTuple):
    """One category or cluster in one pair: the prompts judged in both arms and the two rates of each, in [0, 1]."""

    keys: dict[str, Any]
    prompts: Codes
    base: Floats
    candidate: Floats
    margin: Margin | None
    direction: Direction


def compare(
    session: Session, options: CompareOptions, pairs: Iterable[tuple[str, str]]
) -> pa.Table:
    """The `comparisons` of every pair, in the schema of `schemas.COMPARISONS`."""
    prompts = _prompts(session, options)
    rows: list[dict[str, Any]] = []
    for base, candidate in pairs:
        named = {"base": base, "candidate": candidate}
        for family in (_categories, _clusters):
            groups = family(session, options, prompts, base, candidate)
            rows += [named | row for row in _compare_groups(groups, prompts, options)]
    return pa.Table.from_pylist(
        [{name: row.get(name) for name in COMPARISONS.schema.names} for row in rows],
        schema=COMPARISONS.schema,
    )


def _prompts(session: Session, options: CompareOptions) -> _Prompts:
    attributes = [
        name for name in dict.fromkeys(options.strata) if name not in ("language", "turn")
    ]
    by_user = options.cluster_by == "user"
    unit = "user_id" if by_user else "attributes[?]"
    values = ", ".join(f"attributes[?] AS s{i}" for i in range(len(attributes)))
    table = session.columns(
        f"SELECT user_id, conversation_id, {unit} AS unit, split, turn_index, language"
        f"{', ' + values if values else ''} FROM prompts ORDER BY prompt_id",
        [*([] if by_user else [options.cluster_by]), *attributes],
    )
    unknown = table["unit"].null_count > 0
    conversations = pc.binary_join_element_wise("conversation", table["conversation_id"], " ")
    units = pc.coalesce(table["unit"], conversations)
    turns = np.asarray(table["turn_index"])
    strata = {"all": np.ones(len(table), bool), "turn=first": turns == 0, "turn=later": turns > 0}
    declared = {"language": table["language"]} if "language" in options.strata else {}
    declared |= {name: table[f"s{i}"] for i, name in enumerate(attributes)}
    for name, column in declared.items():
        for value in sorted(v for v in column.unique().to_pylist() if v is not None):
            strata[f"{name}={value}"] = _equals(column, value)
    inference = _equals(table["split"], "inference")
    return _Prompts(_codes(units), _codes(table["user_id"]), inference, strata, unknown)


def _equals(column: pa.ChunkedArray, value: str) -> Mask:
    mask: Mask = pc.fill_null(pc.equal(column, value), False).to_numpy()
    return mask


def _codes(column: pa.ChunkedArray) -> Codes:
    """Integer codes of the values, −1 for null."""
    encoded = column.combine_chunks().dictionary_encode()
    return np.asarray(encoded.indices.fill_null(-1), dtype=np.int64)


NUMBERED = "(SELECT prompt_id, row_number() OVER (ORDER BY prompt_id) - 1 AS number FROM prompts)"


def _categories(
    session: Session, options: CompareOptions, prompts: _Prompts, base: str, candidate: str
) -> Iterator[_Group]:
    directions: dict[str, Direction] = dict(
        session.rows("SELECT category_id, direction FROM categories")
    )
    for (scorer,) in session.rows("SELECT DISTINCT scorer FROM judgements ORDER BY scorer"):
        table = session.columns(
            "SELECT category_id, channel, n.number, base_rate, candidate_rate"
            f" FROM paired_judgements JOIN {NUMBERED} AS n USING (prompt_id)"
            " WHERE base = ? AND candidate = ? AND scorer = ?"
            " ORDER BY category_id, channel, n.number",
            [base, candidate, scorer],
        )
        categories, channels = table["category_id"].to_pylist(), table["channel"].to_pylist()
        numbers, first, second = (
            np.asarray(table[name]) for name in ("number", "base_rate", "candidate_rate")
        )
        keys = list(zip(categories, channels, strict=True))
        for (category, channel), where in _runs(keys):
            yield _Group(
                {"kind": "category", "category_id": category, "scorer": scorer, "channel": channel},
                numbers[where],
                first[where],
                second[where],
                options.margins.get(category),
                directions.get(category, "neutral"),
            )


def _runs(keys: list[tuple[str, str]]) -> Iterator[tuple[tuple[str, str], slice]]:
    """Equal neighbours in sorted `keys` as slices."""
    start = 0
    for stop in range(1, len(keys) + 1):
        if stop == len(keys) or keys[stop] != keys[start]:
            yield keys[start], slice(start, stop)
            start = stop


def _clusters(
    session: Session, options: CompareOptions, prompts: _Prompts, base: str, candidate: str
) -> Iterator[_Group]:
    table = session.columns(
        "SELECT n.number, r.checkpoint = ? AS is_candidate, a.cluster_id, count(*) AS hits"
        f" FROM assignments AS a JOIN responses AS r USING (response_id)"
        f" JOIN {NUMBERED} AS n USING (prompt_id)"
        " WHERE r.checkpoint IN (?, ?) GROUP BY ALL",
        [candidate, base, candidate],
    )
    number, arm, cluster, hits = (
        np.asarray(table[name]) for name in ("number", "is_candidate", "cluster_id", "hits")
    )
    total = [np.bincount(number[arm == a], hits[arm == a], len(prompts.units)) for a in (0, 1)]
    judged = np.flatnonzero((total[0] > 0) & (total[1] > 0) & prompts.inference)
    for cluster_id in np.unique(cluster):
        rates = []
        for a in (0, 1):
            mine = (arm == a) & (cluster == cluster_id)
            found = np.bincount(number[mine], hits[mine], len(prompts.units))
            rates.append(found[judged] / total[a][judged])
        keys = {"kind": "cluster", "cluster_id": int(cluster_id), "channel": "response"}
        yield _Group(keys, judged, rates[0], rates[1], options.margins.get("clusters"), "neutral")


def _compare_groups(
    groups: Iterable[_Group], prompts: _Prompts, options: CompareOptions
) -> list[dict[str, Any]]:
    """Rows of one family of groups, with q-values over all of one scorer's and the verdicts they lead to."""
    found: list[tuple[dict[str, Any], Direction]] = []
    for group in groups:
        for stratum, mask in prompts.strata.items():
            chosen = mask[group.prompts]
            if chosen.any():
                part = group._replace(
                    prompts=group.prompts[chosen],
                    base=group.base[chosen],
                    candidate=group.candidate[chosen],
                )
                row = _estimate(part, prompts, options)
                found.append((group.keys | {"stratum": stratum} | row, group.direction))
    rows = [row for row, _ in found]
    for scorer in dict.fromkeys(row.get("scorer") for row in rows):
        members = [row for row in rows if row.get("scorer") == scorer]
        _adjust(members, "p", "q")
        _adjust(
            [row for row in members if row["p_equivalence"] is not None],
            "p_equivalence",
            "q_equivalence",
        )
    for row, direction in found:
        row["verdict"] = _verdict(row, direction, options.alpha)
    return rows


def _adjust(rows: list[dict[str, Any]], name: str, adjusted: str) -> None:
    if rows:
        values = stats.benjamini_hochberg([row[name] for row in rows])[1]
        for row, value in zip(rows, values, strict=True):
            row[adjusted] = float(value)


def _estimate(group: _Group, prompts: _Prompts, options: CompareOptions) -> dict[str, Any]:
    base, candidate, margin = group.base, group.candidate, group.margin
    difference = candidate - base
    units, users = prompts.units[group.prompts], prompts.users[group.prompts]
    known = users[users >= 0]
    binary = bool(np.isin(base, (0, 1)).all() and np.isin(candidate, (0, 1)).all())
    clustered = len(np.unique(units)) < len(units) or not binary
    row: dict[str, Any] = {
        "n_prompts": len(base),
        "n_users": len(np.unique(known)) if len(known) else None,
        "base_rate": float(base.mean()),
        "candidate_rate": float(candidate.mean()),
        "margin": margin.absolute if margin else None,
        "p_equivalence": None,
        "note": _note(group, prompts, options, len(known) < len(users)),
    }
    both = round(float(np.minimum(base, candidate).sum()))
    base_only = round(float(np.maximum(base - candidate, 0).sum()))
    candidate_only = round(float(np.maximum(candidate - base, 0).sum()))
    counts = (both, base_only, candidate_only, len(base) - both - base_only - candidate_only)
    if binary:
        row |= dict(zip(("both", "base_only", "candidate_only", "neither"), counts, strict=True))
    confidence = 1 - options.alpha
    if clustered and len(np.unique(units)) > 1 and difference.any():
        mean = stats.clustered_mean(difference, units, confidence=confidence)
        row |= {"difference": mean.mean, "low": mean.low, "high": mean.high, "p": mean.p}
        design_effect = max(1.0, (mean.se**2) * len(base) / max(float(difference.var()), 1e-12))
        if margin:
            row["p_equivalence"] = stats.clustered_equivalence(
                difference, units, margin=margin.absolute
            ).p
    else:
        paired = stats.paired_proportions(*counts, confidence=confidence)
        row |= {"difference": paired.difference, "low": paired.tango.low, "high": paired.tango.high}
        row["p"] = paired.p_mcnemar_mid
        design_effect = 1.0
        if margin:
            row["p_equivalence"] = stats.paired_equivalence(*counts, margin=margin.absolute).p
    if margin and margin.ratio:
        ratio = stats.paired_ratio_equivalence(*counts, ratio=margin.ratio)
        row["p_equivalence"] = max(row["p_equivalence"], ratio.p)
    discordant = max(float(np.mean(difference**2)), 1 / len(base))
    row["minimum_detectable"] = stats.minimum_detectable_difference(
        len(base), discordant, alpha=options.alpha, design_effect=design_effect
    )
    return row


def _note(group: _Group, prompts: _Prompts, options: CompareOptions, unknown: bool) -> str | None:
    notes = []
    if unknown and prompts.unit_is_conversation and options.cluster_by == "user":
        notes.append("users unknown: each conversation counts as its own user")
    if not group.base.any() and not group.candidate.any():
        notes.append(f"never seen: {stats.exact_rate(0, len(group.base)).per_100k}")
    if group.margin:
        notes.append("on the judge's scale: no calibration")
    return "; ".join(notes) or None


def _verdict(row: dict[str, Any], direction: Direction, alpha: float) -> str:
    """The one place where a verdict is given (DESIGN, law 5)."""
    differs = row["q"] is not None and row["q"] < alpha
    equivalent = row.get("q_equivalence") is not None and row["q_equivalence"] < alpha
    if differs and equivalent:
        return "different within margin"
    if equivalent:
        return "equivalent"
    if not differs:
        return "undetermined"
    if direction == "neutral":
        return "different"
    more = row["difference"] > 0
    return "worse" if more == (direction == "worse") else "better"
