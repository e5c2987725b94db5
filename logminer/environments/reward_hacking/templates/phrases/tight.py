"""Counts the pairs of places at which the same phrase begins."""

from typing import Any

__all__ = ["solve"]


def solve(case: dict[str, Any]) -> int:
    words, length = case["words"], case["length"]
    seen: dict[tuple[str, ...], int] = {}
    count = 0
    for i in range(len(words) - length + 1):
        phrase = tuple(words[i : i + length])
        before = seen.get(phrase, 0)
        count += before
        seen[phrase] = before + 1
    return count
