"""From p-values to verdicts, over everything that was looked at.

Everything with a verdict is one hierarchy: the categories (and clusters) of each pair are the families, their strata and
channels the members. Declared categories and each kind of what was found in the data have their own shares of alpha, so that under no difference at all any finding has the chance alpha at most. Equivalence is a hierarchy apart,
pair by pair: whether one candidate is equivalent does not hang on which others were compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, Literal

import numpy as np

import logminer.stats as stats
from logminer.compare.members import Member

__all__ = ["ALPHA_SHARES", "FINDINGS", "Direction", "settle"]

Direction = Literal["worse", "better", "neutral"]
Family = tuple[Any, ...]

# Of alpha. Last what a model proposed as a category after a look at the discovery half.
ALPHA_SHARES = {"category": 0.8, "cluster": 0.05, "phrase": 0.09, "feature": 0.04, "found": 0.02}
KINDS = ("category", "cluster", "found")  # of comparisons
FINDINGS = ("worse", "better", "different", "different within margin")
FEWEST = 3  # categories whose spread is an estimate


def settle(members: Sequence[Member], directions: dict[str, Direction], alpha: float) -> None:
    """Fill in what hangs on everything that was looked at: `q`, `verdict`, what could be found, what findings are worth.

    Args:
        members: all comparisons of all pairs.
        directions: by category.
        alpha: level of both tests.
    """
    tested = [member for member in members if member.is_tested]
    for pair in dict.fromkeys(member.family[:2] for member in tested):
        mine = [member for member in tested if member.family[:2] == pair]
        _adjust(mine, "p_equivalence", "q_equivalence", 1.0)
    for kind in KINDS:
        share = ALPHA_SHARES[kind]
        tree = [member for member in tested if member.share == kind]
        _adjust(tree, "p", "q", share)
        for member in tree:
            direction = directions.get(member.row.get("category_id") or "", "neutral")
            member.row["verdict"] = _verdict(member, direction, alpha)
        _say_detectable(tree, share * alpha)
        _widen(tree, share * alpha)
    for member in members:
        if member.row["role"] == "primary":
            member.row.setdefault("verdict", "undetermined")
        if member.missing:
            member.row["tipping_point"] = member.missing.tipping_point(
                finding=member.row.get("verdict") in FINDINGS, margin=member.row.get("margin")
            )
    _shrink(tested)
    _disagree(members)


def _adjust(members: Iterable[Member], name: str, adjusted: str, share: float) -> None:
    families: dict[str, list[Member]] = {}
    for member in members:
        if member.row.get(name) is not None:
            families.setdefault(repr(member.family), []).append(member)
    found = stats.tree_q_values({f: [m.row[name] for m in ms] for f, ms in families.items()})
    for family, mine in families.items():
        for member, q in zip(mine, np.asarray(found[family]).tolist(), strict=True):
            member.row[adjusted] = min(q / share, 1.0)


def _verdict(member: Member, direction: Direction, alpha: float) -> str:
    """The one place where a verdict is given."""
    row, decides = member.row, member.decides
    assert decides is not None
    differs = row["q"] <= alpha
    equivalent = row.get("q_equivalence") is not None and row["q_equivalence"] <= alpha
    if equivalent and row.get("missing_may_break"):
        equivalent = False
        member.flags.add("missing_differs")
    if differs and equivalent:
        return "different within margin"
    if equivalent:
        return "equivalent"
    if not differs:
        return "undetermined"
    if direction == "neutral":
        return "different"
    return "worse" if (decides.difference > 0) == (direction == "worse") else "better"


def _say_detectable(tree: Sequence[Member], alpha: float) -> None:
    """At the level at which the member is found if nothing else is."""
    sizes = Counter(member.family for member in tree)
    for member in tree:
        level = stats.level_alone(len(sizes), sizes[member.family], q=alpha)
        assert member.decides is not None
        member.row["minimum_detectable"] = member.decides.minimum_detectable(level)


def _widen(tree: Sequence[Member], alpha: float) -> None:
    """Intervals of the findings that allow for their having been picked."""
    found = [member for member in tree if member.row["verdict"] in FINDINGS]
    for member in found:
        assert member.decides is not None
        confidence = stats.selected_confidence(len(found), len(tree), alpha=alpha)
        low, high = member.decides.interval(confidence)
        member.row |= {"low_selected": low, "high_selected": high}


def _shrink(tested: Iterable[Member]) -> None:
    """Differences of a pair's categories, in one channel and stratum, drawn towards none together."""

    def beside(member: Member) -> tuple[str, ...]:
        row = member.row
        return row["base"], row["candidate"], member.share, row["channel"], member.strata[0]

    categories = (member for member in tested if member.row["kind"] == "category")
    for _, together in groupby(sorted(categories, key=beside), beside):
        mine = list(together)
        if len(mine) < FEWEST:
            continue
        decided = [member.decides for member in mine if member.decides is not None]
        errors = [decides.standard_error for decides in decided]
        values = stats.shrunken([decides.difference for decides in decided], errors)
        for member, value in zip(mine, values.tolist(), strict=True):
            member.row["difference_shrunken"] = value


def _disagree(members: Iterable[Member]) -> None:
    """Flag a secondary scorer, and its primary, whose difference is on the other side of 0 or beyond its interval."""

    def what(member: Member) -> tuple[Any, ...]:
        return *member.family, member.row["channel"], member.strata[0]

    primary = {what(member): member for member in members if member.row["role"] == "primary"}
    for member in members:
        first = primary.get(what(member))
        if member.row["role"] == "secondary" and first and _apart(first, member):
            first.flags.add("scorers_disagree")
            member.flags.add("scorers_disagree")


def _apart(one: Member, other: Member) -> bool:
    """Intervals that do not meet, or estimates of other signs one of which is beyond chance."""
    (low, high), (other_low, other_high) = (
        (member.row["low"], member.row["high"]) for member in (one, other)
    )
    if low > other_high or high < other_low:
        return True
    beyond = low > 0 or high < 0 or other_low > 0 or other_high < 0
    return bool(beyond and one.row["difference"] * other.row["difference"] < 0)
