"""Which phrases are worth a test: few, each of which says what the others do not."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from logminer.compare.prompts import Codes, Mask
from logminer.discovery.corpus import Corpus
from logminer.discovery.mining import Mined
from logminer.discovery.moving import Lengths, Moved, Spread, moved
from logminer.discovery.positions import ANYWHERE
from logminer.discovery.tokens import LEAST_IN_PHRASE, LEAST_WORD, NUMBER

__all__ = ["Chooser", "Pick"]

Places = NDArray[np.int64]

LONGEST_WORDS, LONGEST_CHARACTERS = 8, 16  # of a phrase as it grows
CARRIES = 0.85  # of its effect a phrase must keep as it grows
AS_SURE = 0.9  # of its z
ONE_SIDED = 3.0  # times as many texts on one side: then the sentences that say it are told by it
SHADE = 0.6  # of the texts that say either of two phrases
SEEN = 200  # picks, the strongest, of which a later one must not be a shade
STRONG = 4.5  # z from which on a phrase needs no telling again within a scope


class Pick(NamedTuple):
    """A phrase, as numbers of tokens, in a place (see `positions`), and the texts that say it there.

    `reach` is its number of tokens, and one more for either end at which a sentence mostly begins or ends.
    """

    tokens: tuple[int, ...]
    place: int
    rows: Places
    moved: Moved
    reach: int


def _is_shade(pick: Pick, other: Pick) -> bool:
    """One is part of the other, and mostly the same texts say them."""
    if pick.moved.z * other.moved.z < 0:
        return False
    less, more = sorted((pick.tokens, other.tokens), key=len)
    starts = range(len(more) - len(less) + 1)
    if not any(more[i : i + len(less)] == less for i in starts):
        return False
    shared = len(np.intersect1d(pick.rows, other.rows, assume_unique=True))
    return shared >= SHADE * (len(pick.rows) + len(other.rows) - shared)


class Chooser:
    """Picks phrases one by one, the strongest first, each for what is not told by those before it.

    Args:
        corpus: the texts.
        lengths: by place, of the tokens there.
        spreads: of the prompts, the first by unit.
        unspaced: by number of token, whether it is a character of a script without spaces.
        people: [prompts] codes of who asked.
        least: so many people must be told a phrase.
    """

    def __init__(
        self,
        corpus: Corpus,
        lengths: Mapping[int, Lengths],
        spreads: Sequence[Spread],
        unspaced: Mask,
        people: Codes,
        least: int,
    ) -> None:
        self._corpus = corpus
        self._lengths = lengths
        self._spreads = spreads
        self._unspaced = unspaced
        self._people = people
        self._least = least
        sentences = int(corpus.sentences[-1]) + 1 if len(corpus.tokens) else 0
        self._told = np.zeros(sentences, bool)
        self._said = np.zeros(len(corpus.tokens) + LONGEST_CHARACTERS, bool)
        self.strong: Mask = np.zeros(
            len(corpus.tokens), bool
        )  # tokens of what is told by strong ones

    def leave_out(self, tokens: Mask) -> None:
        """The sentences of these tokens are told already."""
        self._told[self._corpus.sentences[tokens]] = True

    def picks(
        self,
        mined: Mapping[int, Sequence[Mined]],
        *,
        most: int,
        least_z: float,
    ) -> list[Pick]:
        """At most `most` for each place of `mined`."""
        heap = [
            (-abs(one.z), place, one.size, one.key, number)
            for place, ones in mined.items()
            for number, one in enumerate(ones)
            if abs(one.z) >= least_z and one.units >= self._least and self._is_phrase(one)
        ]
        heapq.heapify(heap)
        chosen: dict[tuple[tuple[int, ...], int], Pick] = {}
        counts = dict.fromkeys(range(ANYWHERE + 1), 0)
        while heap:
            strength, place, size, hashed, number = heapq.heappop(heap)
            if counts[place] >= most:
                continue
            places = self._untold(mined[place][number])
            found = self._moved(places, place)
            if found.units < self._least or abs(found.z) < least_z:
                continue
            if abs(found.z) < -strength - 1e-9:
                heapq.heappush(heap, (-abs(found.z), place, size, hashed, number))
                continue
            size, places, found = self._grown(size, places, found, place)
            if place == ANYWHERE:
                place, places, found = self._placed(size, places, found)
            at = int(places[0])
            key = tuple(self._corpus.tokens[at : at + size].tolist()), place
            if counts[place] >= most or not self._by_people(places, found):
                continue
            self._tell(size, places, found)
            reach = size + self._ends(size, places, found)
            pick = Pick(*key, self._rows(places), found, reach)
            if key not in chosen and not any(
                _is_shade(pick, other) for other in islice(chosen.values(), SEEN)
            ):
                counts[place] += 1
                chosen[key] = pick
        return list(chosen.values())

    def _is_phrase(self, one: Mined) -> bool:
        """It has a letter or an emoji, and more than one character of a script without spaces."""
        at = int(one.places[0])
        tokens = self._corpus.tokens[at : at + one.size]
        words = tokens > NUMBER
        return bool(
            words.any() and (int(words.sum()) > 1 or not self._unspaced[tokens[words]].all())
        )

    def _untold(self, one: Mined) -> Places:
        """Where the phrase stands that was not told yet. Others of the same hash fall out."""
        tokens, places = self._corpus.tokens, one.places
        steps = range(one.size)
        same = np.logical_and.reduce(
            [tokens[places + step] == tokens[places[0] + step] for step in steps]
        )
        places = places[same]
        places = places[~self._told[self._corpus.sentences[places]]]
        said = np.logical_and.reduce([self._said[places + step] for step in steps])
        left: Places = places[~said]
        return left

    def _rows(self, places: Places) -> Places:
        rows = self._corpus.rows[places]
        return np.asarray(rows[np.diff(rows, prepend=-1) != 0], np.int64)

    def _moved(self, places: Places, place: int) -> Moved:
        return moved(self._corpus, self._rows(places), self._lengths[place], self._spreads)

    def _grown(
        self, size: int, places: Places, found: Moved, place: int
    ) -> tuple[int, Places, Moved]:
        """The longest phrase around it that carries its effect."""
        corpus, whole = self._corpus, found
        while True:
            saying = corpus.votes[corpus.rows[places]] * whole.z > 0
            ways = list[tuple[int, int, int]]()
            for step, neighbour in ((-1, places - 1), (0, places + size)):
                near = np.clip(neighbour, 0, len(corpus.tokens) - 1)
                token = np.where(
                    self._goes_on(places, near, place, step, size), corpus.tokens[near], -1
                )
                values, counts = np.unique(token[saying], return_counts=True)
                best = int(counts.argmax())
                if values[best] >= 0 and counts[best] >= CARRIES * saying.sum():
                    ways.append((int(counts[best]), step, int(values[best])))
            for _, step, value in sorted(
                ways, key=lambda way: (-way[0], way[1])
            ):  # first to its left
                near = places - 1 if step else places + size
                kept = places[corpus.tokens[np.clip(near, 0, len(corpus.tokens) - 1)] == value]
                kept = kept + step
                now = self._moved(kept, place)
                if (
                    now.z * whole.z > 0
                    and abs(now.z) >= AS_SURE * abs(whole.z)
                    and abs(now.excess) >= CARRIES * abs(whole.excess)
                ):
                    size, places, found = size + 1, kept, now
                    break
            else:
                return size, places, found

    def _goes_on(self, places: Places, near: Places, place: int, step: int, size: int) -> Mask:
        """Whether a phrase may take in its neighbour."""
        corpus, unspaced = self._corpus, self._unspaced
        token = corpus.tokens[near]
        if step:
            fits = token >= LEAST_WORD
        else:
            fits = (token >= LEAST_IN_PHRASE) & (corpus.tokens[places + size - 1] >= LEAST_WORD)
        if size >= LONGEST_CHARACTERS:
            return np.zeros(len(places), bool)
        if size >= LONGEST_WORDS:
            fits &= unspaced[token] & unspaced[corpus.tokens[places + size // 2]]
        if place != ANYWHERE:
            fits &= corpus.places[near] == place
        return fits

    def _placed(self, size: int, places: Places, found: Moved) -> tuple[int, Places, Moved]:
        """Opening, body or closing, where that carries the effect."""
        first, last = (self._corpus.places[places + step] for step in (0, size - 1))
        for place in range(ANYWHERE):
            there = places[(first == place) & (last == place)]
            now = self._moved(there, place)
            if (
                now.z * found.z > 0
                and abs(now.excess) >= CARRIES * abs(found.excess)
                and abs(now.z) >= AS_SURE * abs(found.z)
            ):
                return place, there, now
        return ANYWHERE, places, found

    def _by_people(self, places: Places, found: Moved) -> bool:
        rows = self._rows(places)
        saying = rows[self._corpus.votes[rows] * found.z > 0]
        return len(np.unique(self._people[self._corpus.prompts[saying]])) >= self._least

    def _ends(self, size: int, places: Places, found: Moved) -> int:
        """At how many of its ends, 0 to 2, nothing stands beside it."""
        tokens, last = self._corpus.tokens, len(self._corpus.tokens) - 1
        saying = self._corpus.votes[self._corpus.rows[places]] * found.z > 0
        places = places[saying]
        before, after = tokens[np.maximum(places - 1, 0)], tokens[np.minimum(places + size, last)]
        alone = (before < LEAST_IN_PHRASE) | (places == 0), after < LEAST_IN_PHRASE
        return sum(float(end.mean()) >= CARRIES for end in alone)

    def _tell(self, size: int, places: Places, found: Moved) -> None:
        rows = self._rows(places)
        saying = int((self._corpus.votes[rows] * found.z > 0).sum())
        if saying >= ONE_SIDED * (len(rows) - saying):
            told = self._corpus.sentences[places]
            self._told[told] = True
        else:
            for step in range(size):
                self._said[places + step] = True
        if abs(found.z) >= STRONG:
            for step in range(size):
                self.strong[places + step] = True
