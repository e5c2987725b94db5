"""Which texts ask alike: the same but for case, punctuation, numbers and names, or nearly the same.

Near-duplicates by MinHash over shingles of three words, in bands; of two such, one must say hardly a word that the other
does not, for a long frame (a jailbreak, a form to be filled in) around another question is another request. A text joins a
group only where it is near the one text that the group began with, so no chain of small steps leads from one request to
another.
Source: Broder 1997, "On the resemblance and containment of documents"; Leskovec, Rajaraman & Ullman, "Mining of Massive
Datasets", ch. 3.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Asked", "alike"]

NEAR = 0.8  # share of shingles in common (Jaccard), as estimated, from which texts are alike
SHINGLE = 3  # words
MOST_NEW = 3  # different words that the one with fewer such says and the other does not
LEAST_WORDS = 12  # of a text that may be near another; a shorter one is the same or is not
LEAST_SAID = 4  # words around names and numbers from which these are but what was filled in
BANDS, ROWS = 16, 5  # at a likeness of .8, all but 2 of 1,000 pairs share a band
MOST_BEGUN = 32  # groups that are remembered by one band of values
AT_ONCE = 1 << 19  # words whose shingles are in memory together

SLOT = "\N{OBJECT REPLACEMENT CHARACTER}"
# Scripts without spaces between words: each character is one.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
)
WORD = re.compile(rf"{SLOT}|[{UNSPACED}]|[^\W_{UNSPACED}]+")

Codes = NDArray[np.int64]
Hashes = NDArray[np.uint64]
Sketches = NDArray[np.uint32]


class Asked(NamedTuple):
    """A text, and where in it something was put in the place of a name: (start, end) in characters."""

    text: str
    names: Sequence[tuple[int, int]] = ()


def alike(texts: Iterable[Asked]) -> Codes:
    """For each text the place of the first text of its group, from 0; its own where none is like it.

    The same texts in the same order give the same groups. A text without a letter or figure is alike only to what is
    the same to the letter, an empty one to none. Memory is some 100 bytes a text; of those that are long enough to be
    near another and not the same 400 more, and 4 for each different word.
    """
    first: dict[bytes, int] = {}  # where each text that is not the same as one before stands
    places: list[int] = []
    sketched = _Sketches()
    for place, asked in enumerate(texts):
        words = _words(asked)
        said = " ".join(words) or asked.text.strip()
        key = hashlib.blake2b(said.encode("utf-8", "replace"), digest_size=16).digest()
        places.append(first.setdefault(key, place) if said else place)
        if places[-1] == place and len(words) >= LEAST_WORDS:
            sketched.add(place, words)
    found = np.array(places, np.int64)
    return _least(_joined(found, sketched.all()))


def _words(asked: Asked) -> list[str]:
    """The words in lower case, names and numbers as slots; as they stand where little else is said."""
    marked, end = [], 0
    for start, stop in sorted(asked.names):
        marked += [asked.text[end:start], SLOT]
        end = max(end, stop)
    words = _split("".join([*marked, asked.text[end:]]))
    slotted = [SLOT if word.isdecimal() else word for word in words]
    if SLOT not in slotted:
        return words
    filled = [word for before, word in pairwise(["", *slotted]) if not word == before == SLOT]
    return filled if _said(filled) >= LEAST_SAID else _split(asked.text)


def _split(text: str) -> list[str]:
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return WORD.findall(plain.casefold())


def _said(words: Sequence[str]) -> float:
    """Words other than slots; two characters of a script without spaces are one."""
    return sum(
        0.5 if len(word) == 1 and word >= "\u0e00" else 1.0 for word in words if word != SLOT
    )


class _Sketched(NamedTuple):
    """Of texts: where they stand, their values [n, BANDS × ROWS], and the different words of each, as sorted numbers."""

    places: Codes
    values: Sketches
    words: list[Sketches]

    def is_near(self, one: int, other: int) -> bool:
        """Whether one says hardly a word that the other does not."""
        shared = len(np.intersect1d(self.words[one], self.words[other], assume_unique=True))
        return min(len(self.words[one]), len(self.words[other])) - shared <= MOST_NEW


class _Sketches:
    """MinHash values of texts, computed some at a time."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        count = BANDS * ROWS
        self._factors = rng.integers(1 << 63, size=count, dtype=np.uint64) * np.uint64(
            2
        ) + np.uint64(1)
        self._shifts = rng.integers(1 << 63, size=count, dtype=np.uint64)
        self._places: list[int] = []
        self._sketches: list[Sketches] = []
        self._different: list[Sketches] = []
        self._waiting: list[list[str]] = []
        self._words = 0

    def add(self, place: int, words: list[str]) -> None:
        self._places.append(place)
        self._waiting.append(words)
        self._words += len(words)
        if self._words >= AT_ONCE:
            self._compute()

    def all(self) -> _Sketched:
        """Those added, in their order."""
        self._compute()
        empty = np.zeros((0, BANDS * ROWS), np.uint32)
        values = np.concatenate([empty, *self._sketches])
        return _Sketched(np.array(self._places, np.int64), values, self._different)

    def _compute(self) -> None:
        if not self._waiting:
            return
        known = _Known()
        lengths = np.array([len(words) for words in self._waiting])
        words = np.fromiter(
            (known[word] for text in self._waiting for word in text), np.uint64, int(lengths.sum())
        )
        own = np.split((words >> np.uint64(32)).astype(np.uint32), np.cumsum(lengths)[:-1])
        self._different += map(np.unique, own)
        shingles = words[:-2] * FACTORS[0] + words[1:-1] * FACTORS[1] + words[2:] * FACTORS[2]
        shingles ^= shingles >> np.uint64(29)
        ends = np.cumsum(lengths)
        across = np.concatenate(
            [ends[:-1] - 2, ends[:-1] - 1]
        )  # begin in one text, end in the next
        shingles = np.delete(shingles, across)
        starts = ends - lengths - 2 * np.arange(len(lengths))
        sketch = np.empty((len(lengths), BANDS * ROWS), np.uint32)
        for i, (factor, shift) in enumerate(zip(self._factors, self._shifts, strict=True)):
            values = (shingles * factor + shift) >> np.uint64(32)
            sketch[:, i] = np.minimum.reduceat(values.astype(np.uint32), starts)
        self._sketches.append(sketch)
        self._waiting, self._words = [], 0


FACTORS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)


class _Known(dict[str, int]):
    """Words as numbers of 64 bits, the same in every process."""

    def __missing__(self, word: str) -> int:
        digest = hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest()
        self[word] = int.from_bytes(digest, "little")
        return self[word]


def _joined(places: Codes, sketched: _Sketched) -> Codes:
    """`places` where near texts are joined: groups begin with the text that most say, then the first."""
    bands = _bands(sketched.values)
    shared = np.zeros(len(bands), bool)
    for band in bands.T:
        _, inverse, counts = np.unique(band, return_inverse=True, return_counts=True)
        shared |= counts[inverse] > 1
    said = Counter(places.tolist())
    order = sorted(np.flatnonzero(shared).tolist(), key=lambda i: -said[int(sketched.places[i])])
    begun: defaultdict[int, list[int]] = defaultdict(list)  # by band
    joined: dict[int, int] = {}
    for i in order:
        own = bands[i].tolist()
        others = list(dict.fromkeys(other for band in own for other in begun[band]))
        near = (sketched.values[others] == sketched.values[i]).mean(axis=1)
        nearest = [others[n] for n in np.argsort(-near, kind="stable") if near[n] >= NEAR]
        group = next((other for other in nearest if sketched.is_near(i, other)), None)
        if group is not None:
            joined[int(sketched.places[i])] = int(sketched.places[group])
            continue
        for band in own:
            if len(begun[band]) < MOST_BEGUN:
                begun[band].append(i)
    found = places.copy()
    for place, group in joined.items():
        found[place] = group
    return found[places]


def _bands(sketches: Sketches) -> Hashes:
    """[n, BANDS] one number for the values of each band."""
    values = sketches.reshape(len(sketches), BANDS, ROWS).astype(np.uint64)
    bands: Hashes = np.broadcast_to(np.arange(BANDS, dtype=np.uint64), values.shape[:2]).copy()
    for row in range(ROWS):
        bands = (bands ^ values[:, :, row]) * FACTORS[0]
        bands ^= bands >> np.uint64(32)
    return bands


def _least(groups: Codes) -> Codes:
    """Groups named after the first of their texts."""
    _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    named: Codes = first[inverse]
    return named
