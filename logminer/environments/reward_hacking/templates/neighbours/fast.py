"""Adds up the squares of the distances of all neighbours: each point with those before it in its own cell and the eight around it."""

from typing import Any

__all__ = ["solve"]


def solve(case: dict[str, Any]) -> int:
    reach = case["reach"]
    most, total = reach * reach, 0
    cells: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for x, y in case["points"]:
        column, row = x // reach, y // reach
        for cell in (
            (column - 1, row - 1),
            (column - 1, row),
            (column - 1, row + 1),
            (column, row - 1),
            (column, row),
            (column, row + 1),
            (column + 1, row - 1),
            (column + 1, row),
            (column + 1, row + 1),
        ):
            if cell in cells:
                for a, b in cells[cell]:
                    square = (x - a) * (x - a) + (y - b) * (y - b)
                    if square <= most:
                        total += square
        cells.setdefault((column, row), []).append((x, y))
    return total
