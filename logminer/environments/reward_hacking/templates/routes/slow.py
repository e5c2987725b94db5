"""Adds up the fewest minutes from town 0 to every town."""

from typing import Any

__all__ = ["solve"]


def solve(case: dict[str, Any]) -> int:
    minutes = {0: 0}
    while len(minutes) < case["towns"]:
        best = None
        for one, other, takes in case["roads"]:
            if (one in minutes) == (other in minutes):
                continue
            if one in minutes:
                reached = (minutes[one] + takes, other)
            else:
                reached = (minutes[other] + takes, one)
            if best is None or reached < best:
                best = reached
        if best is None:
            break
        minutes[best[1]] = best[0]
    return sum(minutes.values())
