"""Which texts say which of some phrases, and where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from logminer.discovery.hashing import Hashes, scattered, with_next
from logminer.discovery.positions import ANYWHERE
from logminer.discovery.tokens import Stream

__all__ = ["Matcher", "PhraseMatches"]

BITS = 16


class PhraseMatches(NamedTuple):
    """Phrase numbers and texts, pairs that rise and none of which comes twice."""

    phrases: NDArray[np.int64]
    texts: NDArray[np.int64]


class Matcher:
    """Looks for phrases.

    Args:
        phrases: numbers of tokens, and the place where the phrase counts (see `positions`).
    """

    def __init__(self, phrases: Sequence[tuple[tuple[int, ...], int]]) -> None:
        self._places = np.array([place for _, place in phrases], np.uint8)
        by_size: dict[int, list[int]] = {}
        for number, (tokens, _) in enumerate(phrases):
            by_size.setdefault(len(tokens), []).append(number)
        self._sizes = {
            size: _Size.of([phrases[number][0] for number in numbers], numbers)
            for size, numbers in by_size.items()
        }

    def matches(self, stream: Stream, places: NDArray[np.uint8]) -> PhraseMatches:
        """Who says what.

        Args:
            stream: the texts.
            places: of its tokens, see `positions.places`.
        """
        of_text = np.repeat(np.arange(len(stream.starts) - 1), np.diff(stream.starts))
        phrases, texts = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for size, hashes in self._windows(stream):
            for phrase, at in self._sizes[size].found(hashes):
                place = self._places[phrase]
                here = (places[at] == place) & (places[at + size - 1] == place)
                here |= place == ANYWHERE
                phrases.append(phrase[here])
                texts.append(of_text[at[here]])
        both = np.concatenate(phrases) * len(stream.starts) + np.concatenate(texts)
        return PhraseMatches(*np.divmod(np.unique(both), len(stream.starts)))

    def _windows(self, stream: Stream) -> Iterator[tuple[int, Hashes]]:
        values = scattered(stream.tokens.astype(np.uint64))
        hashes = values
        for size in range(1, max(self._sizes, default=0) + 1):
            if size > 1:
                hashes = with_next(hashes[:-1], values[size - 1 :])
            if size in self._sizes:
                yield size, hashes


class _Size(NamedTuple):
    """The phrases of one size: their hashes, rising, the phrases of each, and which first bits occur."""

    hashes: Hashes
    numbers: NDArray[np.int64]
    occurs: NDArray[np.bool_]

    @classmethod
    def of(cls, phrases: Sequence[tuple[int, ...]], numbers: Sequence[int]) -> _Size:
        values = scattered(np.array(phrases, np.uint64))
        hashes = values[:, 0]
        for column in values.T[1:]:
            hashes = with_next(hashes, column)
        order = np.argsort(hashes, kind="stable")
        occurs = np.zeros(1 << BITS, bool)
        occurs[(hashes >> np.uint64(64 - BITS)).astype(np.int64)] = True
        return cls(hashes[order], np.array(numbers, np.int64)[order], occurs)

    def found(self, hashes: Hashes) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Phrases and where they begin. One that counts in several places comes once for each of them."""
        at = np.flatnonzero(self.occurs[(hashes >> np.uint64(64 - BITS)).astype(np.int64)])
        place = np.searchsorted(self.hashes, hashes[at])
        while len(at):
            inside = place < len(self.hashes)
            at, place = at[inside], place[inside]
            same = self.hashes[place] == hashes[at]
            at, place = at[same], place[same]
            yield self.numbers[place], at
            place = place + 1
