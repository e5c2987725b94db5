"""Counts the pairs of parcels that go together."""

from typing import Any

__all__ = ["solve"]


def solve(case: dict[str, Any]) -> int:
    parcels = case["parcels"]
    low, high = case["low"], case["high"]
    count = 0
    for i in range(len(parcels)):
        depot, weight = parcels[i]
        for j in range(i + 1, len(parcels)):
            if parcels[j][0] != depot and low <= weight + parcels[j][1] <= high:
                count += 1
    return count
