"""A row of `comparisons`, or of the board, in words: what it is about, its rates in %, its differences in points."""

from __future__ import annotations

from typing import Any

__all__ = [
    "CORRECTED",
    "NOISE",
    "PLAIN",
    "behaviour",
    "difference",
    "digits",
    "margin",
    "points",
    "rates",
]

Row = dict[str, Any]

PLAIN = ("difference", "low", "high")
NOISE = ("noise_difference", "noise_low", "noise_high")
CORRECTED = ("difference_corrected", "corrected_low", "corrected_high")
SEEN_IN = {"thoughts": " (in thoughts)", "pair": " (thoughts against response)"}


def behaviour(row: Row) -> str:
    """Its title, or that of its cluster; of one that nothing knows any longer the code. A channel only where it is not the response."""
    if row.get("cluster_id") is not None:
        called = f"cluster {row['cluster_id']}"
        # The former is also the name of one that has no good one.
        return called if row["title"] in (None, "", called) else f"{called}: {row['title']}"
    return f"{row['title'] or row['category_id']}{SEEN_IN.get(row['channel'], '')}"


def rates(row: Row) -> str:
    """`0.6 → 4.6`, in %, with the digits that the interval allows for."""
    places = digits(row["high"] - row["low"])
    return f"{100 * row['base_rate']:.{places}f} → {100 * row['candidate_rate']:.{places}f}"


def difference(row: Row) -> str:
    """That on which the verdict rests."""
    return points(row, CORRECTED if row["scale"] == "corrected" else PLAIN)


def points(row: Row, names: tuple[str, str, str]) -> str:
    """`+4.0 (+1.7 to +6.8)`, in points."""
    if any(row[name] is None for name in names):
        return "–"
    effect, low, high = (100 * row[name] for name in names)
    places = digits((high - low) / 100)
    return f"{effect:+.{places}f} ({low:+.{places}f} to {high:+.{places}f})"


def margin(row: Row) -> str:
    """`±5`, in points, and with a ratio `±5, × 1.5`; empty where none was declared."""
    if row["margin"] is None:
        return ""
    ratio = "" if row["margin_ratio"] is None else f", × {row['margin_ratio']:g}"
    return f"±{100 * row['margin']:g}{ratio}"


def digits(width: float) -> int:
    """Decimals of a percentage that do justice to an interval (or difference) of this width, a share."""
    return 1 if width >= 0.01 else 2 if width >= 0.001 else 3
