"""Counts the pairs of places at which the same phrase begins: how often each phrase occurs."""

from collections import Counter
from typing import Any

__all__ = ["solve"]


def solve(case: dict[str, Any]) -> int:
    words = case["words"]
    phrases = Counter(zip(*(words[i:] for i in range(case["length"])), strict=False))
    return sum(n * (n - 1) // 2 for n in phrases.values())
