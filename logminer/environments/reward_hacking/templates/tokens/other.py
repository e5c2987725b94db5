"""The length of the longest common part of two lists: as the longest rising run of places, by bisection."""

from bisect import bisect_left
from typing import Any

__all__ = ["solve"]


def solve(case: dict[str, Any]) -> int:
    places: dict[int, list[int]] = {}
    for place, code in enumerate(case["second"]):
        places.setdefault(code, []).append(place)
    ends: list[int] = []  # of the common parts of each length, the one that ends first
    for code in case["first"]:
        for place in reversed(places.get(code, ())):
            at = bisect_left(ends, place)
            if at == len(ends):
                ends.append(place)
            else:
                ends[at] = place
    return len(ends)
