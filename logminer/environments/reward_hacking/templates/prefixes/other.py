"""Adds up the squares of how many words begin in each way: each word is counted once for everything that it begins with."""

from typing import Any

__all__ = ["solve"]


def solve(case: dict[str, Any]) -> int:
    counts = dict.fromkeys(case["beginnings"], 0)
    for word in case["words"]:
        for length in range(1, len(word) + 1):
            beginning = word[:length]
            if beginning in counts:
                counts[beginning] += 1
    return sum(counts[beginning] ** 2 for beginning in case["beginnings"])
