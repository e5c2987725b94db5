"""Counts the groups of callers, and adds up the squares of their sizes: groups that are joined as the calls are read."""

from typing import Any

__all__ = ["solve"]


def solve(case: dict[str, Any]) -> list[int]:
    leader = list(range(case["callers"]))
    size = [1] * case["callers"]
    groups = squares = case["callers"]
    for one, other in case["calls"]:
        while leader[one] != one:
            leader[one] = one = leader[leader[one]]
        while leader[other] != other:
            leader[other] = other = leader[leader[other]]
        if one != other:
            if size[one] < size[other]:
                one, other = other, one
            squares += 2 * size[one] * size[other]
            groups -= 1
            leader[other] = one
            size[one] += size[other]
    return [groups, squares]
