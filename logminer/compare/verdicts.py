"""From p-values to verdicts, over everything that was looked at.

Everything with a verdict is one hierarchy: the categories (and clusters) of each pair are the families, their strata and
channels the members. Declared categories and each kind of what was found in the data have their own shares of alpha, so that under no difference at all any finding has the chance alpha at most. Equivalence is a hierarchy apart,
pair by pair: whether one candidate is equivalent does not hang on which others were compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Literal, NamedTuple

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
    adjusted = _adjusted(tested)
    for member in tested:
        member.row |= adjusted[id(member)]
        decided = _decided(member, adjusted[id(member)], directions, alpha)
        member.row["verdict"] = decided.verdict
        if decided.missing_differs:
            member.flags.add("missing_differs")
    for kind in KINDS:
        share = ALPHA_SHARES[kind]
        tree = [member for member in tested if member.share == kind]
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
    _ask_others(members, directions, alpha)


def _adjusted(tested: Sequence[Member]) -> dict[int, dict[str, float]]:
    """`q` and, where there is a p of it, `q_equivalence` of each of the members that are tested together, by its `id`."""
    found: dict[int, dict[str, float]] = {id(member): {} for member in tested}
    for pair in dict.fromkeys(member.family[:2] for member in tested):
        mine = [member for member in tested if member.family[:2] == pair]
        _adjust(mine, "p_equivalence", "q_equivalence", 1.0, found)
    for kind in KINDS:
        tree = [member for member in tested if member.share == kind]
        _adjust(tree, "p", "q", ALPHA_SHARES[kind], found)
    return found


def _adjust(
    members: Iterable[Member],
    name: str,
    adjusted: str,
    share: float,
    into: dict[int, dict[str, float]],
) -> None:
    families: dict[str, list[Member]] = {}
    for member in members:
        if member.row.get(name) is not None:
            families.setdefault(repr(member.family), []).append(member)
    found = stats.tree_q_values({f: [m.row[name] for m in ms] for f, ms in families.items()})
    for family, mine in families.items():
        for member, q in zip(mine, np.asarray(found[family]).tolist(), strict=True):
            into[id(member)][adjusted] = min(q / share, 1.0)


class _Decided(NamedTuple):
    """A verdict, and whether what is missing stood in the way of another."""

    verdict: str
    missing_differs: bool = False


def _decided(
    member: Member, adjusted: Mapping[str, float], directions: Mapping[str, Direction], alpha: float
) -> _Decided:
    """The one place where a verdict is given."""
    row, decides = member.row, member.decides
    assert decides is not None
    direction = directions.get(row.get("category_id") or "", "neutral")
    differs = adjusted["q"] <= alpha
    equivalent = adjusted.get("q_equivalence", 1.0) <= alpha
    broken = equivalent and bool(row.get("missing_may_break"))
    equivalent = equivalent and not broken
    if differs and equivalent:
        return _Decided("different within margin")
    if equivalent:
        return _Decided("equivalent")
    if not differs:
        return _Decided("undetermined", broken)
    if direction == "neutral":
        return _Decided("different", broken)
    worse = (decides.difference > 0) == (direction == "worse")
    return _Decided("worse" if worse else "better", broken)


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


def _ask_others(
    members: Sequence[Member], directions: Mapping[str, Direction], alpha: float
) -> None:
    """What each secondary scorer would give as the verdict: `would_be`.

    It takes the place of its category's primary scorer in all that is tested together, in every pair, channel and stratum
    that it judged; all else stays as it is, and so does every verdict.
    """
    primary = {_what(member): member for member in members if member.row["role"] == "primary"}
    others: dict[tuple[str, str], dict[int, Member]] = {}
    for member in members:
        first = primary.get(_what(member))
        if member.row["role"] == "secondary" and first:
            key = member.row["category_id"], member.row["scorer"]
            others.setdefault(key, {})[id(first)] = member
    for instead in others.values():
        swapped = [instead.get(id(member), member) for member in primary.values()]
        adjusted = _adjusted([member for member in swapped if member.decides is not None])
        for member in instead.values():
            found = adjusted.get(id(member))
            decided = _decided(member, found, directions, alpha) if found else None
            member.row["would_be"] = decided.verdict if decided else "undetermined"


def _what(member: Member) -> tuple[Any, ...]:
    """What is asked: the same of all scorers of a category."""
    return *member.family, member.row["channel"], member.strata[0]


def _disagree(members: Iterable[Member]) -> None:
    """Flag a secondary scorer, and its primary, whose difference is on the other side of 0 or beyond its interval."""
    primary = {_what(member): member for member in members if member.row["role"] == "primary"}
    for member in members:
        first = primary.get(_what(member))
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
