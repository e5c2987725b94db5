"""Counts the pairs of cables that cross: from the left upwards, by a tree of counts over the ranks of the right heights."""

from typing import Any

__all__ = ["solve"]


def solve(case: dict[str, Any]) -> int:
    cables = sorted(case["cables"])
    rank = {right: place for place, right in enumerate(sorted({right for _, right in cables}), 1)}
    size = len(rank)
    tree = [0] * (size + 1)
    count = 0
    for seen, (_, right) in enumerate(cables):
        at = place = rank[right]
        lower = 0
        while at:
            lower += tree[at]
            at &= at - 1
        count += seen - lower
        while place <= size:
            tree[place] += 1
            place += place & -place
    return count
