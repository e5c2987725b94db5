"""Texts as data: each between two lines that it cannot itself write."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

__all__ = ["fenced"]

MARK_CHARACTERS = 16


def fenced(texts: Mapping[str, str]) -> list[str]:
    """Each text under its name, between a BEGIN and an END line with one mark that stands in none of them."""
    mark = _mark(list(texts.values()))
    return [
        f"<<<BEGIN {name} {mark}>>>\n{text}\n<<<END {name} {mark}>>>"
        for name, text in texts.items()
    ]


def _mark(texts: Sequence[str]) -> str:
    """A mark that stands in none of the texts, so that none can close its fence: the same for the same texts."""
    whole = "\0".join(texts)
    for number in range(2**32):
        seed = f"{number}\0{whole}".encode("utf-8", "surrogatepass")
        mark = hashlib.sha256(seed).hexdigest()[:MARK_CHARACTERS]
        if mark not in whole:
            return mark
    raise AssertionError
