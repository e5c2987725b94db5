"""How many are enough for what the data made to be told of: a number that only the key knows."""

from __future__ import annotations

from logminer.ids import Pseudonyms
from logminer.release.drawn import ALL

__all__ = ["random_threshold", "suite_stands"]


def random_threshold(pseudonyms: Pseudonyms, least: int, *named: str) -> int:
    """From `least` to twice that less one, evenly: the same for the same name, and known to nobody without the key."""
    drawn = int.from_bytes(pseudonyms.digest("released-threshold", *named)[:8], "big")
    return least + drawn % least


def suite_stands(pseudonyms: Pseudonyms, least: int, suite: str, people: int) -> bool:
    """Whether so many people of a suite are enough for it to be told of at all."""
    return people >= random_threshold(pseudonyms, least, suite, ALL)
