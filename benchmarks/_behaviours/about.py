"""Whether a row of what was found is about the behaviour that was planted.

It is where the candidate shows more of it and at least half of what is behind it was planted. Behind a phrase are the prompts
on which the candidate says it at that position and the base does not, and behind a cluster those whose answers moved into
it; behind a feature is the difference, beside that of the
same study without the planting. Features of mere size, which tell nobody what it is, are about nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks._behaviours.planting import SENTENCE_ENDS
from benchmarks._behaviours.texts import Pairs

__all__ = ["ANYWHERE", "Sayings", "made_by_planting", "mostly"]

HALF = 0.5
SIZE = ("words", "characters", "paragraphs", "sentence_length", "distinct_words", "repetition")
ANYWHERE = "anywhere"
WORDS = re.compile(r"[^\W_]+")
UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
NUMBERS = re.compile(r"\d+|<number>")


class Sayings:
    """Who says what where, for looking it up phrase by phrase."""

    def __init__(self, pairs: Pairs, chosen: NDArray[np.int64]) -> None:
        self._chosen = chosen
        self._arms = [[_Said.of(text) for text in arm] for arm in (pairs.base, pairs.candidate)]

    def planted(self, phrase: str, difference: float, position: str = ANYWHERE) -> bool:
        """Whether a phrase, `a | b` for any of both, is about what was planted on the prompts `chosen`."""
        parts = [part for part in map(_folded, phrase.split(" | ")) if part.strip()]
        base, candidate = (
            np.array([_says(said.at(position), parts) for said in arm], bool) for arm in self._arms
        )
        return difference > 0 and mostly(np.flatnonzero(candidate & ~base), self._chosen)


def mostly(numbers: NDArray[np.int64], chosen: NDArray[np.int64]) -> bool:
    """Whether there are prompts, and at least half of them are planted ones."""
    return bool(len(numbers)) and float(np.isin(numbers, chosen).mean()) >= HALF


def made_by_planting(feature: str, difference: float, without: float) -> bool:
    """Whether the planting made at least half of a feature's difference, which is `without` where nothing was planted."""
    return feature not in SIZE and difference > 0 and (difference - without) / difference >= HALF


class _Said(NamedTuple):
    """A text and its first and last sentence, folded. A text of one sentence has no other."""

    anywhere: str
    opening: str
    body: str
    closing: str

    @classmethod
    def of(cls, text: str) -> _Said:
        parts = [folded for folded in map(_folded, SENTENCE_ENDS.split(text)) if folded.strip()]
        opening, body, closing = parts[:1], parts[1:-1], parts[1:][-1:]
        return cls(_folded(text), *("|".join(some) for some in (opening, body, closing)))

    def at(self, position: str) -> str:
        return str(getattr(self, position))


def _folded(text: str) -> str:
    """Its words between spaces, numbers as 0; a character of a script without spaces is a word."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = UNSPACED.sub(r" \g<0> ", NUMBERS.sub("0", plain))
    return f" {' '.join(WORDS.findall(plain))} "


def _says(text: str, parts: Sequence[str]) -> bool:
    return any(part in text for part in parts)
