"""The length of the longest common part of two lists."""

from typing import Any

__all__ = ["solve"]


def solve(case: dict[str, Any]) -> int:
    first, second = case["first"], case["second"]
    before = [0] * (len(second) + 1)
    for i in range(len(first)):
        row = [0]
        for j in range(len(second)):
            if first[i] == second[j]:
                row.append(before[j] + 1)
            else:
                row.append(max(before[j + 1], row[j]))
        before = row
    return before[-1]
