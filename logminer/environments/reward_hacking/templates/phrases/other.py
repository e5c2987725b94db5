"""Counts the pairs of places at which the same phrase begins: the phrases in order, so that equal ones stand together."""

from typing import Any

__all__ = ["solve"]


def solve(case: dict[str, Any]) -> int:
    words, length = case["words"], case["length"]
    phrases = sorted(" ".join(words[i : i + length]) for i in range(len(words) - length + 1))
    count = run = 0
    before = ""
    for phrase in phrases:
        run = run + 1 if phrase == before else 0
        count += run
        before = phrase
    return count
