"""Adds up the squares of how many words begin in each way."""

from typing import Any

__all__ = ["solve"]


def solve(case: dict[str, Any]) -> int:
    total = 0
    for beginning in case["beginnings"]:
        count = 0
        for word in case["words"]:
            if word.startswith(beginning):
                count += 1
        total += count * count
    return total
