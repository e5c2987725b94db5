"""Phrases of one to eight tokens that move between the arms, all that are frequent enough, in memory that does not grow.

A phrase is frequent only if what it begins and ends with is, so each length is looked for where the one before was
found. Occurrences are sorted by a hash of the phrase, one share of the hashes after the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from logminer.compare.prompts import Mask
from logminer.discovery.corpus import MOST_TOKENS, Corpus
from logminer.discovery.hashing import Hashes, scattered, with_next
from logminer.discovery.moving import Lengths, Spread, centred, excess
from logminer.discovery.tokens import LEAST_IN_PHRASE, LEAST_WORD

__all__ = ["MOST_CHARACTERS", "Mined", "mine"]

Places = NDArray[np.int64]

MOST_WORDS, MOST_CHARACTERS = 5, 8  # of a phrase: words, or characters of scripts without spaces
MOST_BITS = 22  # of a bucket's number
AT_ONCE = 1 << 21  # hashes
SHARES = 8  # of the hashes
PLACE_BITS = (MOST_TOKENS - 1).bit_length()
PLACE = np.uint64((1 << PLACE_BITS) - 1)
LEAST_Z = 1.4  # two of two


class Mined(NamedTuple):
    """A phrase: how many tokens it has, where it stands (rising), its z and units (see `moving.Moved`), not yet by group.

    `key` is its hash, for an order of what is equally strong that does not hang on where it stands.
    """

    size: int
    places: Places
    z: float
    units: int
    key: int


def mine(
    corpus: Corpus,
    at: Places,
    lengths: Lengths,
    units: Spread,
    unspaced: Mask,
    *,
    least: int,
    most: Sequence[int],
) -> list[Mined]:
    """The phrases within the tokens `at` that move most, whichever way, the strongest first within each size.

    Args:
        corpus: the texts.
        at: rising.
        lengths: of those tokens.
        units: of the prompts.
        unspaced: by number of token, whether it is a character of a script without spaces.
        least: so many units must be moved in the direction that it moves.
        most: by size, up to MOST_CHARACTERS, how many phrases are returned.
    """
    found = list[Mined]()
    for size, hashes, places in _frequent(corpus, at, unspaced, least):
        of_size = list[Mined]()
        for share in range(SHARES):
            mine = (hashes & np.uint64(SHARES - 1)) == share
            of_size += _moving(
                corpus, lengths, units, size, hashes[mine], places[mine], least, most[size]
            )
        found += sorted(of_size, key=_strongest)[: most[size]]
    return found


def _strongest(one: Mined) -> tuple[float, int, int]:
    return -abs(one.z), one.size, one.key


def _frequent(
    corpus: Corpus, at: Places, unspaced: Mask, least: int
) -> Iterator[tuple[int, Hashes, Places]]:
    """By size, the hashes and places of what may be said by so many."""
    tokens = corpus.tokens
    value = scattered(np.arange(len(unspaced), dtype=np.uint64))  # of each word
    inside = np.zeros(len(tokens) + MOST_CHARACTERS, bool)
    inside[at] = tokens[at] >= LEAST_IN_PHRASE
    places = at[inside[at]]
    hashes = value[tokens[places]]
    for size in range(1, MOST_CHARACTERS + 1):
        if size > 1:
            # What it begins with is there, and may go on; so is what it ends with.
            ends = places + (size - 2)
            on = inside[places + 1] & (tokens[ends] >= LEAST_WORD)
            if size > MOST_WORDS:
                on &= unspaced[tokens[places]]
                on &= unspaced[tokens[np.minimum(ends + 1, len(tokens) - 1)]]
            del ends
            places = places[on]
            hashes = with_next(hashes[on], value[tokens[places + (size - 1)]])
        often = _often(hashes, least)
        places, hashes = places[often], hashes[often]
        inside[:] = False
        inside[places] = True
        if not len(places):
            return
        whole = tokens[places] >= LEAST_WORD
        yield size, scattered(hashes[whole]), places[whole]


def _often(hashes: Hashes, least: int) -> Mask:
    """Whether so many have the same hash, or one that falls into the same bucket."""
    bits = min(max(len(hashes).bit_length(), 8), MOST_BITS)
    counts = np.zeros(1 << bits, np.int64)
    found = np.zeros(len(hashes), bool)
    for first in (True, False):
        for start in range(0, len(hashes), AT_ONCE):
            mine = slice(start, start + AT_ONCE)
            bucket = (scattered(hashes[mine]) >> np.uint64(64 - bits)).astype(np.int64)
            if first:
                counts += np.bincount(bucket, minlength=len(counts))
            else:
                found[mine] = counts[bucket] >= least
    return found


def _moving(
    corpus: Corpus,
    lengths: Lengths,
    units: Spread,
    size: int,
    hashes: Hashes,
    places: Places,
    least: int,
    most: int,
) -> list[Mined]:
    keys = np.sort((hashes & ~PLACE) | places.astype(np.uint64))
    places = (keys & PLACE).astype(np.int64)
    keys >>= np.uint64(PLACE_BITS)
    new = _changes(keys)
    phrase = np.cumsum(new) - 1
    begins = np.flatnonzero(new)
    rows = corpus.rows[places]
    texts = np.flatnonzero(new | _changes(rows))
    enough = np.bincount(phrase[texts], minlength=len(begins)) >= least
    texts = texts[enough[phrase[texts]]]
    phrases, rows = phrase[texts], rows[texts].astype(np.int64)
    votes, prompts = corpus.votes[rows], corpus.prompts[rows]
    hits = np.bincount(phrases, np.abs(votes), minlength=len(begins)).astype(np.float64)
    first = np.flatnonzero(_changes(phrases) | _changes(prompts))
    if not len(first):
        return []
    by_prompt = np.add.reduceat(votes, first)
    phrases, prompts = phrases[first], prompts[first]
    apart = np.abs(by_prompt) > 1e-12
    by_prompt, phrases, of_unit = by_prompt[apart], phrases[apart], units.codes[prompts[apart]]
    first = np.flatnonzero(_changes(phrases) | _changes(of_unit))
    if not len(first):
        return []
    square = np.bincount(phrases, by_prompt * by_prompt, minlength=len(begins))
    by_unit, phrases, size_of = (
        np.add.reduceat(by_prompt, first),
        phrases[first],
        units.sizes[of_unit[first]],
    )
    total = np.bincount(phrases, by_unit, minlength=len(begins)).astype(np.float64)
    squares, products = (
        np.bincount(phrases, by_unit * other, minlength=len(begins)).astype(np.float64)
        for other in (by_unit, size_of)
    )
    square = np.maximum(square, centred(squares, products, total, units))
    z = excess(total, lengths.expected(hits)) / np.sqrt(np.maximum(square, 1e-12))
    with_it = np.bincount(phrases, by_unit * z[phrases] > 0, minlength=len(begins))
    chosen = np.flatnonzero((np.abs(z) >= LEAST_Z) & (with_it >= least))
    if len(chosen) > most:
        chosen = chosen[np.lexsort((keys[begins[chosen]], -np.abs(z[chosen])))[:most]]
    ends = np.append(begins, len(places))
    return [
        Mined(
            size,
            places[begins[i] : ends[i + 1]].copy(),
            float(z[i]),
            int(with_it[i]),
            int(keys[begins[i]]),
        )
        for i in chosen.tolist()
    ]


def _changes(values: NDArray[np.generic]) -> Mask:
    """Whether a value is another than the one before it."""
    changed = np.ones(len(values), bool)
    np.not_equal(values[1:], values[:-1], out=changed[1:])
    return changed
