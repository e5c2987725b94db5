"""Adds up the fewest minutes from town 0 to every town: the nearest first, from a heap."""

from heapq import heappop, heappush
from typing import Any

__all__ = ["solve"]


def solve(case: dict[str, Any]) -> int:
    roads: list[list[tuple[int, int]]] = [[] for _ in range(case["towns"])]
    for one, other, takes in case["roads"]:
        roads[one].append((takes, other))
        roads[other].append((takes, one))
    done = [False] * case["towns"]
    waiting = [(0, 0)]
    total = 0
    while waiting:
        minutes, town = heappop(waiting)
        if done[town]:
            continue
        done[town] = True
        total += minutes
        for takes, other in roads[town]:
            if not done[other]:
                heappush(waiting, (minutes + takes, other))
    return total
