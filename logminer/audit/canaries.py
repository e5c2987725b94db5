"""Planted values, sought in texts and in raw bytes, in every form in which one may have been written.

Thousands of canaries cost about what one does: all their forms are needles of one Rabin–Karp search over windows of
eight bytes, in texts of which only letters and figures are left, each taken for what it shows. What it finds is then
looked at as it stands.
"""

from __future__ import annotations

import bisect
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from logminer.audit.decoding import DECODERS
from logminer.audit.digits import FEWEST_DIGITS, numbers
from logminer.audit.folding import as_bytes, folded, squashed, squashed_bytes
from logminer.audit.forms import Form
from logminer.audit.needles import Search, numbers_in
from logminer.audit.rawids import HashedIds
from logminer.audit.writings import (
    SHORTEST,
    Writing,
    squeezed,
    tight,
    to_be_hashed,
    without_spaces,
    writings,
)

__all__ = ["Match", "Seeker"]

CLEAR_DIGITS = 12  # so many are no accident even inside a longer number
CLEAR_LETTERS = 10  # so many are no accident where words run into each other
CLEAR_BYTES = 12  # so many are no accident in raw bytes, whose words nothing keeps apart
LEAST_CORE = 8  # bytes of any form in raw bytes that is not as it was planted


class Match(NamedTuple):
    """A canary in a text: `text` and `canary` are positions in what was given."""

    text: int
    canary: int
    form: Form


_Needles = list[tuple[int, Writing]]  # canary, and a way of writing it
_WORD = re.compile(r"\w+")


class Seeker:
    """Seeks canaries. One of fewer than six characters, or of fewer than seven digits, counts as a whole word only.

    Args:
        values: the canaries; empty ones are not sought.
    """

    def __init__(self, values: Sequence[str]) -> None:
        self._values = list(values)
        self.whole_words = frozenset(i for i, v in enumerate(self._values) if _is_short(v))
        sought = [i for i, v in enumerate(values) if v.strip() and i not in self.whole_words]
        ways = dict.fromkeys((i, way) for i in sought for way in writings(self._values[i]))
        # Of signs alone nothing is left where only letters and figures are.
        self._needles = [n for n in ways if not n[1].signs]
        self._signs = [n for n in ways if n[1].signs]
        self._search = Search([way.sought for _, way in self._needles])
        self._sign_search = Search([way.sought for _, way in self._signs])
        self._digits = [(i, form, digits) for i in sought for form, digits in numbers(values[i])]
        self._digit_search = Search([digits.encode() for _, _, digits in self._digits])
        hashed = [(i, way) for i, v in enumerate(values) if v.strip() for way in to_be_hashed(v)]
        self._hashed = [i for i, _ in hashed]
        self._hashes = HashedIds([way for _, way in hashed])
        self._words: dict[str, list[int]] = defaultdict(list)
        self._phrases: dict[str, list[int]] = defaultdict(list)
        for i in sorted(self.whole_words):
            word = self._values[i].strip().casefold()
            if word:
                (self._words if _WORD.fullmatch(word) else self._phrases)[word].append(i)
        self._phrase = _alternation(self._phrases)
        self._patterns: dict[str, re.Pattern[str]] = {}
        longest = max((len(way.sought) for _, way in ways), default=0)
        self.overlap = 4 * longest + 256  # bytes that two chunks of a file share

    # ---- texts

    def in_texts(self, texts: Sequence[str]) -> list[Match]:
        """Every canary in every text, each form of it that is there; a canary as it is hides its other forms."""
        found: dict[Match, None] = {}
        for places in _by_kind(texts):
            for match in self._plainly([texts[i] for i in places]):
                found[match._replace(text=places[match.text])] = None
        for hashed in self._hashes.in_texts(texts):
            found[Match(hashed.text, self._hashed[hashed.known], "hashed")] = None
        known = {(m.text, m.canary) for m in found}
        # Of initials there are many, so that few letters may be there by accident.
        for form, decode in DECODERS.items():
            decoded = [(i, text) for i, t in enumerate(texts) if (text := decode(t)) is not None]
            for match in self._plainly([text for _, text in decoded]):
                place = decoded[match.text][0]
                if (place, match.canary) in known or (
                    form == "acrostic" and not self._is_long(match)
                ):
                    continue
                found[Match(place, match.canary, form)] = None
        return list(found)

    def _is_long(self, match: Match) -> bool:
        return len(squashed(folded(self._values[match.canary]))) >= LEAST_CORE

    def _plainly(self, texts: list[str]) -> list[Match]:
        if not texts or not self._values:
            return []
        blob = "\0".join(texts)
        if blob.count("\0") != len(texts) - 1:
            texts = [text.replace("\0", " ") for text in texts]
            blob = "\0".join(texts)
        fold = folded(blob)
        found = self._forms(texts, squashed(fold), self._search, self._needles)
        if self._signs:
            sought = as_bytes(squeezed(blob))
            found |= self._forms(texts, sought, self._sign_search, self._signs)
        found |= self._numbers(texts, as_bytes(fold) if self._digits else b"")
        if self._words or self._phrases:
            found |= self._short(texts, blob.lower() if blob.isascii() else blob.casefold())
        clear = {(m.text, m.canary) for m in found if m.form == "as_is"}
        return [m for m in found if m.form == "as_is" or (m.text, m.canary) not in clear]

    def _forms(
        self, texts: list[str], sought: bytes, search: Search, needles: _Needles
    ) -> set[Match]:
        found = set()
        seen = set()
        place = _Places(sought)
        for number, start in search.find(sought):
            at = place(start)
            if (at, number) not in seen:
                seen.add((at, number))
                canary, way = needles[number]
                if form := self._confirmed(canary, way, texts[at]):
                    found.add(Match(at, canary, form))
        return found

    def _confirmed(self, canary: int, way: Writing, text: str) -> Form | None:
        """The form in which a canary stands in a text in whose letters and figures this way of writing it was found."""
        value = self._values[canary]
        plain = way.form == "as_is"
        if plain and value in text:
            return "as_is"
        if plain and value.casefold() in text.casefold():
            return "case_folded"
        if way.exact is not None:
            there = as_bytes(without_spaces(text) if way.cased else squeezed(text))
            return ("no_spaces" if plain else way.form) if way.exact in there else None
        if way.patterns:
            fold = folded(text)
            return next((form for form, p in way.patterns if self._is_in(p, fold)), None)
        if len(
            letters := squashed(way.text).decode("utf-8", "replace")
        ) < CLEAR_LETTERS and not self._is_in(_apart(way.text, letters), folded(text)):
            return None
        if not plain:
            return way.form
        if squeezed(value) in squeezed(text):
            return "no_spaces"
        return "separated" if _letters(value) in _letters(text) else "lookalike"

    def _is_in(self, pattern: str, text: str) -> bool:
        if pattern not in self._patterns:
            self._patterns[pattern] = re.compile(pattern)
        return bool(self._patterns[pattern].search(text))

    def _numbers(self, texts: list[str], blob: bytes) -> set[Match]:
        found = set()
        place = _Places(blob)
        for number, start in self._numbers_in(blob):
            canary, form, _ = self._digits[number]
            at = place(start)
            value, text = self._values[canary], texts[at]
            found.add(Match(at, canary, "as_is" if value in text else form))
            if form == "digits_only" and without_spaces(value) in text:
                found.add(Match(at, canary, "no_spaces"))
        return found

    def _numbers_in(self, blob: bytes) -> Iterator[tuple[int, int]]:
        """(digits sought, offset in `blob`) of numbers, however grouped; short ones only whole."""
        if not self._digits or not blob:
            return
        run = numbers_in(blob)
        for number, start in self._digit_search.find(run.digits):
            length = len(self._digits[number][2])
            end = start + length
            whole = run.starts[start] and (end == len(run.digits) or bool(run.starts[end]))
            if whole or length >= CLEAR_DIGITS:
                yield number, int(run.offsets[start])

    def _short(self, texts: list[str], low: str) -> set[Match]:
        """Whole words; `low` is the texts, joined, with their case folded."""
        found: set[Match] = set()
        there = self._words.keys() & set(_WORD.findall(low)) if self._words else set()
        if not there and not (self._phrase and self._phrase.search(low)):
            return found
        for at, text in enumerate(texts):
            one = text.casefold()
            words = there & set(_WORD.findall(one))
            phrases = set(self._phrase.findall(one)) if self._phrase else set()
            for word in (*words, *phrases):
                for canary in (*self._words.get(word, ()), *self._phrases.get(word, ())):
                    exact = re.search(
                        rf"(?<!\w){re.escape(self._values[canary].strip())}(?!\w)", text
                    )
                    found.add(Match(at, canary, "as_is" if exact else "case_folded"))
        return found

    # ---- bytes

    def in_bytes(self, data: bytes) -> set[tuple[int, Form]]:
        """(canary, form) of what is in raw bytes; whole-word canaries are not sought there."""
        found: set[tuple[int, Form]] = set()
        if not self._needles and not self._signs and not self._digits:
            return found
        close = tight(data)
        there = [
            needles[number]
            for search, needles, sought in (
                (self._search, self._needles, squashed_bytes(data)),
                (self._sign_search, self._signs, close.lower() if self._signs else b""),
            )
            for number in {number for number, _ in search.find(sought)}
        ]
        for canary, way in there:
            if form := self._confirmed_bytes(canary, way, data, close):
                found.add((canary, form))
        for number in {number for number, _ in self._numbers_in(data)}:
            canary, form, _ = self._digits[number]
            as_is = as_bytes(self._values[canary]) in data
            found.add((canary, "as_is" if as_is else form))
        clear = {canary for canary, form in found if form == "as_is"}
        return {(c, form) for c, form in found if form == "as_is" or c not in clear}

    def in_undecoded(self, data: bytes) -> set[tuple[int, Form]]:
        """The same, and what is there once what can be is taken for text."""
        found = self.in_bytes(data)
        known = {canary for canary, _ in found} | self.whole_words
        for match in self.in_texts([data.decode("utf-8", "replace")]):
            if match.canary not in known and self._is_long(match):
                found.add((match.canary, match.form))
        return found

    def _confirmed_bytes(self, canary: int, way: Writing, data: bytes, close: bytes) -> Form | None:
        plain = way.form == "as_is"
        text = self._values[canary]
        if plain and as_bytes(text) in data:
            return "as_is"
        if way.exact is not None and not plain:
            return way.form if way.exact in (close if way.cased else close.lower()) else None
        # By chance, in compressed bytes; and where names are sought by their parts, texts are needed.
        if len(way.sought) < LEAST_CORE or way.patterns:
            return None
        if not plain:
            return way.form if len(way.sought) >= CLEAR_BYTES else None
        cases = (text, text.upper(), text.casefold())
        low = data.lower()
        if any(as_bytes(t).lower() in low for t in cases):
            return "case_folded"
        low = close.lower()
        if any(tight(as_bytes(t).lower()) in low for t in cases):
            return "no_spaces"
        return "separated" if len(way.sought) >= CLEAR_LETTERS else None


# ---- how texts are looked at ------------------------------------------------------------------------------------


def _apart(text: str, letters: str) -> str:
    """A folded text as words by themselves: together or with anything between them, or all their letters apart."""
    words = [re.escape(word) for word in re.findall(r"[^\W_]+", text)]
    together = r"[\W_]*".join(words)
    spread = r"[\W_]+".join(map(re.escape, letters))
    return rf"(?<![^\W_])(?:{together}|{spread})(?![^\W_])"


def _letters(text: str) -> str:
    """Letters, their marks and figures as they are but for their case."""
    return "".join(c for c in text.casefold() if c.isalnum() or unicodedata.combining(c))


def _is_short(text: str) -> bool:
    letters = re.sub(r"[\W_]", "", text)
    few = bool(letters) and letters.isdigit() and len(letters) < FEWEST_DIGITS
    return len(text.strip()) < SHORTEST or few or len(squeezed(text)) < SHORTEST


def _by_kind(texts: Sequence[str]) -> Iterator[list[int]]:
    """Places of the ASCII texts, and of the others: to fold those takes ten times as long."""
    ascii_: list[int] = []
    other: list[int] = []
    for i, text in enumerate(texts):
        (ascii_ if text.isascii() else other).append(i)
    yield from (ascii_, other)


def _alternation(words: Iterable[str]) -> re.Pattern[str] | None:
    escaped = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    return re.compile(rf"(?<!\w)(?:{escaped})(?!\w)") if escaped else None


class _Places:
    """Which of the joined texts an offset lies in."""

    def __init__(self, joined: bytes) -> None:
        self._joined = joined
        self._borders: list[int] | None = None

    def __call__(self, offset: int) -> int:
        if self._borders is None:
            self._borders = np.flatnonzero(np.frombuffer(self._joined, np.uint8) == 0).tolist()
        return bisect.bisect_left(self._borders, offset)
