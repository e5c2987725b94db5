"""Counts the pairs of places at which the same phrase begins."""

from typing import Any

__all__ = ["solve"]


def solve(case: dict[str, Any]) -> int:
    words, length = case["words"], case["length"]
    count = 0
    for i in range(len(words) - length + 1):
        for j in range(i):
            if words[i : i + length] == words[j : j + length]:
                count += 1
    return count
