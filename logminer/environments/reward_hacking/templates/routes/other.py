"""Adds up the fewest minutes from town 0 to every town: towns whose minutes have fallen wait in a queue until their roads are looked at again."""

from collections import deque
from typing import Any

__all__ = ["solve"]


def solve(case: dict[str, Any]) -> int:
    roads: list[list[tuple[int, int]]] = [[] for _ in range(case["towns"])]
    for one, other, takes in case["roads"]:
        roads[one].append((takes, other))
        roads[other].append((takes, one))
    far = 1 << 60
    minutes = [far] * case["towns"]
    minutes[0] = 0
    queue, queued = deque([0]), [False] * case["towns"]
    while queue:
        town = queue.popleft()
        queued[town] = False
        here = minutes[town]
        for takes, other in roads[town]:
            if here + takes < minutes[other]:
                minutes[other] = here + takes
                if not queued[other]:
                    queued[other] = True
                    queue.append(other)
    return sum(one for one in minutes if one < far)
