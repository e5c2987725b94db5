"""Counts the pairs of parcels that go together: all pairs within the range less those of one depot, by two pointers."""

from typing import Any

__all__ = ["solve"]


def at_most(weights: list[int], limit: int) -> int:
    """Pairs of a sorted list whose sum is at most `limit`."""
    count, right = 0, len(weights) - 1
    for left, weight in enumerate(weights):
        rest = limit - weight
        while right > left and weights[right] > rest:
            right -= 1
        if right <= left:
            break
        count += right - left
    return count


def solve(case: dict[str, Any]) -> int:
    low, high = case["low"] - 1, case["high"]
    by_depot: dict[int, list[int]] = {}
    for depot, weight in case["parcels"]:
        by_depot.setdefault(depot, []).append(weight)
    lists = list(by_depot.values())
    for weights in lists:
        weights.sort()
    every = sorted(weight for weights in lists for weight in weights)
    count = at_most(every, high) - at_most(every, low)
    return count - sum(at_most(one, high) - at_most(one, low) for one in lists)
