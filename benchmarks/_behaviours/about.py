"""Whether a row of what was found is about the behaviour that was planted.

It is where the candidate shows more of it and at least half of the prompts behind it are planted ones. For a phrase these
are the prompts on which the candidate says it and the base does not; for a feature, the share of the difference that the
planting made.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks._behaviours.texts import Pairs

__all__ = ["Sayings", "half_planted"]

HALF = 0.5
WORDS = re.compile(r"[^\W_]+")
UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
NUMBERS = re.compile(r"\d+")


class Sayings:
    """Who says what, for looking it up phrase by phrase."""

    def __init__(self, pairs: Pairs) -> None:
        self._base = [_folded(text) for text in pairs.base]
        self._candidate = [_folded(text) for text in pairs.candidate]

    def gained(self, phrase: str) -> NDArray[np.int64]:
        """The prompts on which the candidate says any part of `a | b` and the base none."""
        parts = [part for part in map(_folded, phrase.split(" | ")) if part.strip()]
        return np.array(
            [
                number
                for number, (base, candidate) in enumerate(
                    zip(self._base, self._candidate, strict=True)
                )
                if _says(candidate, parts) and not _says(base, parts)
            ],
            np.int64,
        )


def _folded(text: str) -> str:
    """Its words between spaces, numbers as 0; a character of a script without spaces is a word."""
    plain = UNSPACED.sub(r" \g<0> ", unicodedata.normalize("NFKC", text).casefold())
    return f" {' '.join(NUMBERS.sub('0', word) for word in WORDS.findall(plain))} "


def _says(text: str, parts: Sequence[str]) -> bool:
    return any(part in text for part in parts)


def half_planted(sayings: Sayings, row: dict[str, Any], chosen: NDArray[np.int64]) -> bool:
    """Whether a row of `phrases` is about what was planted on the prompts `chosen`."""
    gained = sayings.gained(row["phrase"]) if row["difference"] > 0 else chosen[:0]
    return bool(len(gained)) and float(np.isin(gained, chosen).mean()) >= HALF
