"""Postal addresses: from what only an address holds, over all that stands beside it in the same form.

An anchor is a street's name with a number, "Apt. 5", or a number and a name where the words before or the line after
say that this is an address. From it the address grows back over numbers and names, and on over units, towns, regions,
postcodes and countries, over commas and line ends, until a sentence begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from logminer.privacy.finders.lexicon import frequency, is_country, street_words
from logminer.privacy.finders.streets import (
    ABBREVIATIONS,
    ANNOUNCED,
    CLOSERS,
    ENGLISH,
    GUESSED,
    HEADS,
    LOWER_TAILS,
    PARTICLES,
    SURE,
    TAILS,
    UNITS,
    UNITS_ALONE,
    find_forms,
    is_announced,
    is_compound,
)
from logminer.privacy.finders.tokens import Token, Tokens
from logminer.privacy.spans import Span

__all__ = ["find_addresses"]

MOST_TOKENS = 24  # of an address
MOST_LINES = 5
LONGEST_NAME = 6  # words of a street's name
NAMED_ONLY = 0.4  # score of a street without a number
COMMON = 3_000  # from this frequency on, a word is in everyday use

_CAPITALS = ("Aa", "AA", "A")
_WITHIN_NAMES = PARTICLES | UNITS
_NUMBER = re.compile(r"\d{1,6}[A-Za-z]?(?:[-/]\d{1,5}[A-Za-z]?)?|[sS]/[nN]")
_POSTCODE = re.compile(r"\d{4,6}")
_YEAR = re.compile(r"(?:19|20)\d\d")
_NUMBER_GAP = re.compile(r"\.? |, ?|\. ?| ?,? ?[nN][º°.r]{1,2} ?| ?# ?")
_UNIT_GAP = re.compile(r"\.? ?#?")
_BACK_GAP = re.compile(r"[ \t]|, ?|\. |-|/")
_INNER_GAP = re.compile(
    r"[ \u00a0\t]{1,3}|['’][sS] |[ \t]?,[ \t]?|\. ?,? ?|-|/ ?| ?#|, ?#|[ºª],? ?| - |, ?[nN][º°.]? ?"
)
_LINE_GAP = re.compile(r"\.?[ \t]{0,4},?[ \t]{0,2}\r?\n[ \t]{0,8},?[ \t]{0,2}|\\n ?")


class _Anchor(NamedTuple):
    """First and last token, and the score."""

    first: int
    last: int
    score: float


def find_addresses(tokens: Tokens) -> Iterator[Span]:
    """Addresses, and their parts; they may overlap."""
    yield from find_forms(tokens.text)
    words = tokens.words
    if not any(w.shape == "1" or w.lower in ENGLISH for w in words):
        return
    near = _near_numbers(words)
    scan = _Scan(tokens)
    done = -1
    for i, word in enumerate(words):
        if i <= done or not (near[i] or word.shape == "Aa" or word.lower in HEADS):
            continue
        if anchor := scan.anchor(i):
            first = scan.backwards(anchor.first, max(done + 1, anchor.first - LONGEST_NAME))
            done = scan.forwards(anchor.last, min(len(words), first + MOST_TOKENS))
            within = filter(None, map(scan.anchor, range(anchor.last + 1, done + 1)))
            score = max([anchor.score, *(other.score for other in within)])
            yield Span(words[first].start, words[done].end, "ADDRESS", score)


def _near_numbers(words: list[Token]) -> bytearray:
    """For each token, whether it is a number, or one stands right before it or up to eight tokens after it."""
    near = bytearray(len(words))
    for i, word in enumerate(words):
        if word.shape == "1":
            first, last = max(0, i - 8), min(len(words), i + 2)
            near[first:last] = b"\1" * (last - first)
    return near


def _is_number(word: Token) -> bool:
    return word.shape == "1" and bool(_NUMBER.fullmatch(word.text))


class _Scan:
    """One text. In a text without capitals, words in small letters count as names."""

    def __init__(self, tokens: Tokens) -> None:
        self._text, self._words, self._gaps = tokens.text, tokens.words, tokens.gaps
        self._opens = tokens.opens
        self._small = not any(w.shape in ("Aa", "AA") for w in tokens.words)

    # ---- anchors

    def anchor(self, i: int) -> _Anchor | None:
        """What only an address holds, at token i."""
        word = self._words[i]
        if _is_number(word):
            return self._number_first(i)
        return self._unit(i) or self._head(i) or self._compound(i) or self._name_first(i)

    def _unit(self, i: int) -> _Anchor | None:
        """Apt. 5, Suite 100."""
        score = UNITS_ALONE.get(self._words[i].lower)
        if score is None or i + 1 == len(self._words):
            return None
        number = self._words[i + 1]
        if number.shape == "1" and len(number.text) <= 6 and _UNIT_GAP.fullmatch(self._gaps[i + 1]):
            return _Anchor(i, i + 1, score)
        return None

    def _head(self, i: int) -> _Anchor | None:
        """rue de la Paix 5; 5 rue de la Paix; Calle Mayor, 12."""
        if self._words[i].lower not in HEADS or not self._opens_street(i):
            return None
        last = self._name_end(i + 1)
        if last is None:
            return None
        if self._number_at(last + 1):
            return _Anchor(i, last + 1, SURE)
        if i and _is_number(self._words[i - 1]) and self._gaps[i] in (" ", ", "):
            return _Anchor(i - 1, last, SURE)
        word = self._words[i]
        if word.shape == "Aa" and word.lower in (
            "rue",
            "calle",
            "carrer",
            "avda",
            "avenida",
            "ulica",
            "viale",
            "piazza",
        ):
            return _Anchor(i, last, NAMED_ONLY)
        return None

    def _opens_street(self, i: int) -> bool:
        """Whether a word that streets begin with does so here: the short ones ("C/", "R.", "ul.") need a sign of it."""
        word, after = self._words[i], self._gaps[i + 1]
        if word.lower == "c":
            return after in ("/", "/ ", "\\")
        if word.lower == "r":
            next_shape = self._words[i + 1].shape if i + 1 < len(self._words) else ""
            return word.shape == "A" and after in (" ", ". ") and next_shape == "Aa"
        if len(word.lower) > 3 or after == ". " or word.lower in ("rue", "via", "rua", "trg"):
            return True
        return word.shape != "a" and word.lower not in ("al", "os", "cl", "urb")  # "Al Gore"

    def _compound(self, i: int) -> _Anchor | None:
        """Hauptstraße 5; 5 Hauptstraße."""
        word = self._words[i]
        if not (word.shape in ("Aa", "AA") or self._small) or not is_compound(word.lower):
            return None
        if self._number_at(i + 1):
            return _Anchor(i, i + 1, SURE)
        if i and _is_number(self._words[i - 1]) and self._gaps[i] == " ":
            return _Anchor(i - 1, i, SURE)
        return None

    def _number_first(self, i: int) -> _Anchor | None:
        """12 Main Street, 12 N. Main St; 353 Buerlia 227; any number and name that is announced or has a town below."""
        if street := self._numbered_street(i):
            return street
        last = self._name_end(i + 1)
        if last is None or self._gaps[i + 1] != " ":
            return None
        announced = is_announced(self._text, self._words[i].start)
        alone = i == 0 or "\n" in self._gaps[i]
        if self._number_at(last + 1):
            if announced or (alone and self._ends_line(last + 1)):
                return _Anchor(i, last + 1, ANNOUNCED)
            word = self._words[i + 1]
            if not self._small and word.shape == "Aa" and frequency(word.lower) < COMMON:
                return _Anchor(i, last + 1, GUESSED)
        elif announced or (alone and self._ends_line(last) and self._town_line(last + 1)):
            return _Anchor(i, last, ANNOUNCED)
        return None

    def _numbered_street(self, i: int) -> _Anchor | None:
        words = self._words
        for end in range(i + 1, min(i + 1 + LONGEST_NAME, len(words))):
            word = words[end]
            if not self._joins(end) or not (
                self._is_named(word) or (_is_number(word) and end == i + 1)
            ):
                return None
            if end == i + 1 or words[i + 1].lower in ("the", "of", "in", "an", "am", "im", "and"):
                continue
            if word.lower in TAILS:
                while (
                    end + 1 < len(words)
                    and self._gaps[end + 1] == " "
                    and words[end + 1].lower in TAILS
                    and words[end + 1].shape == word.shape
                ):
                    end += 1
                return _Anchor(i, end, SURE)
            if word.shape != "a" and word.lower in street_words():
                year = _YEAR.fullmatch(words[i].text)
                return _Anchor(i, end, GUESSED if year else ANNOUNCED)
        return None

    def _name_first(self, i: int) -> _Anchor | None:
        """Main Street 5; Stubben 149 where announced; Main Street."""
        word = self._words[i]
        if not (word.shape in ("Aa", "AA") or self._small) or word.lower in CLOSERS:
            return None
        last = self._name_end(i)
        if last is None:
            return None
        tail = self._words[last]
        is_street = last > i and tail.lower in TAILS
        if self._number_at(last + 1):
            if is_street and (tail.shape != "a" or self._small or tail.lower in LOWER_TAILS):
                return _Anchor(i, last + 1, SURE)
            if is_announced(self._text, word.start):
                return _Anchor(i, last + 1, ANNOUNCED)
        if is_street and tail.shape == "Aa" and tail.lower in ENGLISH:
            return _Anchor(i, last, NAMED_ONLY)
        return None

    # ---- names, numbers, lines

    def _joins(self, at: int) -> bool:
        """Whether token `at` goes on what stands before it, over a space or the stop of an abbreviation."""
        gap = self._gaps[at]
        return gap in (" ", "  ") or (
            gap in (". ", ".") and self._words[at - 1].lower in ABBREVIATIONS
        )

    def _is_named(self, word: Token) -> bool:
        return (
            word.shape in _CAPITALS
            or word.lower in PARTICLES
            or (self._small and word.shape in ("a", "x") and word.lower not in CLOSERS)
        )

    def _number_at(self, at: int) -> bool:
        """Whether token `at` is the number of what stands before it, and no decimal."""
        words, gaps = self._words, self._gaps
        if at >= len(words) or not _is_number(words[at]) or not _NUMBER_GAP.fullmatch(gaps[at]):
            return False
        decimal = gaps[at + 1] in (",", ".") and at + 1 < len(words) and words[at + 1].shape == "1"
        return not decimal

    def _name_end(self, at: int) -> int | None:
        """The last token of a street's name that begins at token `at`: capitalised words, particles between them."""
        words = self._words
        if (
            at
            and words[at - 1].lower in HEADS
            and self._gaps[at] not in (" ", ". ", "/", "/ ", ".", "\\", "")
        ):
            return None
        last = None
        for j in range(at, min(at + (3 if self._small else LONGEST_NAME), len(words))):
            word = words[j]
            if j > at and not self._joins(j):
                break
            if (
                word.shape in ("Aa", "AA")
                or (word.shape == "A" and j + 1 < len(words))
                or (self._small and word.shape == "a" and len(word.text) > 2)
            ):
                if word.lower in CLOSERS:
                    break
                last = j
            elif (j > at and word.lower in LOWER_TAILS) or self._is_odd_name(at, j):
                last = j
            elif word.lower not in PARTICLES and word.shape != "x":
                break
        return last

    def _is_odd_name(self, at: int, j: int) -> bool:
        """A word in small letters that no dictionary has, before a number: "Trg revolucije 12"."""
        word = self._words[j]
        return (
            word.shape == "a"
            and len(word.text) > 3
            and (j > at or (j > 0 and self._words[j - 1].lower in HEADS))
            and frequency(word.lower) == 0
            and self._number_at(j + 1)
        )

    def _ends_line(self, at: int) -> bool:
        return at + 1 >= len(self._words) or "\n" in self._gaps[at + 1]

    def _line_end(self, at: int) -> int:
        """The token after the line that token `at` is on, twelve tokens on at most."""
        end = at
        while end < len(self._words) and end < at + 12:
            end += 1
            if "\n" in self._gaps[end]:
                break
        return end

    def _town_line(self, at: int) -> bool:
        """Whether the line from token `at` on looks like a town's: capitals with a postcode, or a country."""
        line = self._words[at : self._line_end(at)]
        if (
            not line
            or len(line) > 7
            or any(w.shape == "a" and w.lower not in PARTICLES for w in line)
        ):
            return False
        return any(_POSTCODE.fullmatch(w.text) for w in line) or is_country(
            " ".join(w.text for w in line)
        )

    # ---- growing

    def backwards(self, first: int, least: int) -> int:
        """From an anchor back over numbers and names on the same line, and over a street's line above a unit's."""
        words = self._words
        at = first
        while at > least and _BACK_GAP.fullmatch(self._gaps[at]) and self._leads(words[at - 1]):
            at -= 1
        if at > least and words[first].lower in UNITS_ALONE and _LINE_GAP.fullmatch(self._gaps[at]):
            above = at - 1
            while above > least and "\n" not in self._gaps[above]:
                above -= 1
            line = words[above:at]
            if any(map(_is_number, line)) and all(_is_number(w) or self._is_named(w) for w in line):
                return above
        return at

    def _leads(self, word: Token) -> bool:
        if _is_number(word) or word.lower in UNITS:
            return True
        if self._small:
            return word.shape == "a" and word.lower in TAILS
        return word.shape in _CAPITALS and word.lower not in CLOSERS

    def forwards(self, last: int, most: int) -> int:
        """From an anchor on over units, towns, regions, postcodes and countries, over commas and line ends."""
        at, lines = last, 0
        while at + 1 < most:
            if _LINE_GAP.fullmatch(self._gaps[at + 1]):
                end = self._address_line(at + 1)
                if end is None or lines == MOST_LINES or end > most:
                    break
                at, lines = end - 1, lines + 1
            elif self._goes_on(at, most, lines):
                at += 1
            else:
                break
        return at

    def _goes_on(self, at: int, most: int, lines: int) -> bool:
        """Whether the token after `at`, on the same line, belongs to the address."""
        gap, before, word = self._gaps[at + 1], self._words[at], self._words[at + 1]
        if not _INNER_GAP.fullmatch(gap) or (gap.startswith(".") and not self._is_inner_stop(at)):
            return False
        if word.shape in _CAPITALS:
            return word.lower not in CLOSERS
        if word.shape == "1":
            return _is_number(word)
        if word.lower in UNITS or word.lower in TAILS:
            return True
        if word.lower in PARTICLES and (
            word.lower not in ("and", "in", "an", "e", "i", "y")
            or (word.lower == "and" and "," not in gap)
        ):
            return self._names_follow(at + 2, most)
        tail = self._small and word.shape == "a" and word.lower not in CLOSERS
        return tail and before is not None and ("," in gap or lines > 0 or self._small_tail(at + 1))

    def _is_inner_stop(self, at: int) -> bool:
        """Whether the stop after token `at` ends no sentence: "Apt. 5", "34. 08025 Barcelona"."""
        before, word = self._words[at], self._words[at + 1]
        if before.lower in ABBREVIATIONS:
            opens = word.lower not in UNITS and frequency(word.lower) >= COMMON
            return not (opens and before.lower in TAILS)  # "at 12 Oak Ave. Call me"
        return before.shape == "1" and (
            self._small
            or self._gaps[at + 1] == "."
            or word.lower in UNITS
            or bool(_POSTCODE.fullmatch(word.text))
        )

    def _names_follow(self, at: int, most: int) -> bool:
        """Whether a capitalised word stands at token `at`, or after one more particle."""
        for j in (at, at + 1):
            if j >= most or self._gaps[j] != " ":
                return False
            if self._words[j].shape in ("Aa", "AA"):
                return self._words[j].lower not in CLOSERS
            if self._words[j].lower not in PARTICLES:
                return False
        return False

    def _small_tail(self, at: int) -> bool:
        """In small letters, only what ends the line soon belongs to an address."""
        line = self._words[at : self._line_end(at)]
        return len(line) <= 3 and all(
            w.lower not in CLOSERS and frequency(w.lower) < COMMON for w in line
        )

    def _address_line(self, at: int) -> int | None:
        """End of the line from token `at` on if it may be a line of an address."""
        end = self._line_end(at)
        line = self._words[at:end]
        if not line or len(line) > 8 or line[0].lower in CLOSERS:
            return None
        if self._small and (len(line) > 4 or any(w.lower in CLOSERS for w in line)):
            return None
        region = "," in self._gaps[at]  # "Melo\n, nan 13241": what a form leaves of an empty field
        for k, word in enumerate(line):
            gap = self._gaps[at + k]
            if k and not _INNER_GAP.fullmatch(gap):
                return (
                    at + k if gap.startswith((".", "?", "!")) else None
                )  # it ends inside the line
            if word.shape == "1":
                if not _is_number(word):
                    return None
            elif word.shape == "a" and not (
                self._small or word.lower in _WITHIN_NAMES or (region and len(word.text) <= 3)
            ):
                return None
        after = self._gaps[end]
        if after.startswith((":", "=")):
            return None
        if len(line) == 1 and line[0].shape != "1" and after.startswith(",") and "\n" not in after:
            return None  # "Anna, how are you"
        return end
