"""Which phrases a group's texts hold, in how many of them, and of how many people."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from logminer.clusters.words import GAP, is_glued, is_spaceless, joined, pieces, stops, word_of

__all__ = ["PhraseUse", "TextSample", "count_phrases"]

LONGEST_PHRASE = 4  # words
SHORTEST_ALONE = 3  # letters of a word that is a phrase by itself
BITS = 15  # of a word's number: four of them fit into 63

Codes = NDArray[np.int64]


class TextSample(NamedTuple):
    """What is counted once: an answer with what was asked."""

    text: str
    person: str
    template: str = ""  # how what was asked begins


class PhraseUse(NamedTuple):
    """A phrase of a group."""

    writings: Codes  # places of those that hold it, rising
    weight: int  # its words that are no stop words


def count_phrases(
    writings: Sequence[TextSample], *, fewest: int, min_people: int
) -> dict[str, PhraseUse]:
    """Phrases of one to four words in at least `fewest` of the writings, by at least `min_people` people.

    A phrase neither begins nor ends with a stop word, crosses no punctuation and holds no word twice. Stop words are
    those of the language that most of a writing's words are of.
    """
    fewest = max(fewest, min_people)
    words = _numbered(writings, fewest)
    people = np.unique([writing.person for writing in writings], return_inverse=True)[1]
    found: dict[str, PhraseUse] = {}
    for length in range(1, LONGEST_PHRASE + 1):
        starts, keys = _phrases(words, length)
        for first, holding in _grouped(keys, words.writing[starts], starts, fewest):
            if len(np.unique(people[holding])) < min_people:
                continue
            here = slice(first, first + length)
            phrase = joined([words.kinds[i] for i in words.kind[here]])
            if _stands(phrase, length):
                found[phrase] = PhraseUse(holding, int((~words.stops[here]).sum()))
    return found


class _Words(NamedTuple):
    """All words of a group in one row; kind 0 is a gap, and one stands between two writings."""

    kind: Codes  # [n]
    stops: NDArray[np.bool_]  # [n]
    writing: Codes  # [n]
    kinds: list[str]


def _numbered(writings: Sequence[TextSample], fewest: int) -> _Words:
    """A word in fewer writings is a gap: no phrase that is wanted holds it."""
    numbers: defaultdict[str, int] = defaultdict(itertools.count().__next__)
    piece: list[int] = []
    lengths: list[int] = []
    for writing in writings:
        found = [*pieces(writing.text), " "]
        piece += [numbers[one] for one in found]
        lengths.append(len(found))
    kind_of = {GAP: 0}
    kinds_of_pieces = [kind_of.setdefault(word_of(one), len(kind_of)) for one in numbers]
    kinds, n = list(kind_of), len(writings)
    codes = np.array(kinds_of_pieces, np.int64)[piece]
    of = np.repeat(np.arange(n), lengths)
    table = stops(kinds)
    begins = np.cumsum([0, *lengths[:-1]])
    language = np.add.reduceat(table[codes].astype(np.int32), begins).argmax(axis=1)
    short = np.array([len(word) < 2 and word.isascii() for word in kinds])
    light = table[codes, language[of]] | short[codes]
    often = np.bincount(np.unique(codes * n + of) // n, minlength=len(kinds)) >= fewest
    often[0] = False
    often[np.flatnonzero(often)[(1 << BITS) - 1 :]] = False
    local = np.where(often, np.cumsum(often), 0)
    return _Words(local[codes], light, of, [GAP, *(kinds[i] for i in np.flatnonzero(often))])


def _phrases(words: _Words, length: int) -> tuple[Codes, Codes]:
    """Where phrases of this length begin, and a key of each."""
    n = max(0, len(words.kind) - length + 1)
    columns = [words.kind[k : k + n] for k in range(length)]
    fits = ~words.stops[:n] & ~words.stops[length - 1 : length - 1 + n]
    keys = np.zeros(n, np.int64)
    for k, column in enumerate(columns):
        fits &= column > 0
        for earlier in columns[:k]:
            fits &= column != earlier
        keys = (keys << BITS) | column
    starts = np.flatnonzero(fits)
    return starts, keys[starts]


def _grouped(
    keys: Codes, writing: Codes, starts: Codes, fewest: int
) -> Iterator[tuple[int, Codes]]:
    """For each key in at least `fewest` writings: where it stands first, and those writings."""
    order = np.lexsort((writing, keys))
    keys, writing, starts = keys[order], writing[order], starts[order]
    new = np.ones(len(keys), bool)
    new[1:] = (np.diff(keys) != 0) | (np.diff(writing) != 0)
    keys, writing, starts = keys[new], writing[new], starts[new]
    changes = np.flatnonzero(np.diff(keys)) + 1
    begins = np.concatenate([[0], changes])
    ends = np.concatenate([changes, [len(keys)]])
    enough = ends - begins >= fewest
    for begin, end in zip(begins[enough].tolist(), ends[enough].tolist(), strict=True):
        yield int(starts[begin:end].min()), writing[begin:end]


def _stands(phrase: str, length: int) -> bool:
    if length > 1:
        if " " in phrase:  # two scripts in one phrase are no phrase
            return not any(map(is_spaceless, phrase.split()))
        return not stops([phrase]).any()
    return not is_glued(phrase) and len(phrase) >= (SHORTEST_ALONE if phrase.isascii() else 2)
