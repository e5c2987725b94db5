"""Counts the groups of callers, and adds up the squares of their sizes."""

from typing import Any

__all__ = ["solve"]


def solve(case: dict[str, Any]) -> list[int]:
    group = list(range(case["callers"]))
    for one, other in case["calls"]:
        stays, goes = group[one], group[other]
        if stays != goes:
            for caller in range(len(group)):
                if group[caller] == goes:
                    group[caller] = stays
    sizes: dict[int, int] = {}
    for number in group:
        sizes[number] = sizes.get(number, 0) + 1
    return [len(sizes), sum(size * size for size in sizes.values())]
