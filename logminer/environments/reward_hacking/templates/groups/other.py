"""Counts the groups of callers, and adds up the squares of their sizes: from each caller to all that can be reached."""

from typing import Any

__all__ = ["solve"]


def solve(case: dict[str, Any]) -> list[int]:
    linked: list[list[int]] = [[] for _ in range(case["callers"])]
    for one, other in case["calls"]:
        linked[one].append(other)
        linked[other].append(one)
    seen = [False] * case["callers"]
    groups = squares = 0
    for caller in range(case["callers"]):
        if seen[caller]:
            continue
        seen[caller] = True
        group = [caller]
        for member in group:
            for other in linked[member]:
                if not seen[other]:
                    seen[other] = True
                    group.append(other)
        groups += 1
        squares += len(group) ** 2
    return [groups, squares]
