"""Looks for what was found in a conversation in any of its texts, however it is written there."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from logminer.privacy.finders.lexicon import first_name, frequency
from logminer.privacy.mentions.canonical import folded, national, squeezed
from logminer.privacy.mentions.found import HEAD, Entry, FoundValues
from logminer.privacy.mentions.variants import COMMON, RARE_PLACE
from logminer.privacy.spans import Span

__all__ = ["SCORE", "mentions"]

SCORE = 0.5
MOST_ATOMS = 96  # of a spelling
MOST_BEFORE = 5  # digits that may stand before a number: 00 and the code of a country
AMERICAN = 11  # digits of a number with the country's 1
MOST_GAP = 4  # characters between the words of a value
INSIDE = 6  # letters from which on a name counts at an end of a longer word
_RUN = re.compile(r"[^\W_]+")
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af"
)
_PIECE = re.compile(
    rf"\d+|[{_UNSPACED}]|[A-Z]+(?=[A-Z][a-z])|[A-Z]+(?![^\W\d_])|[^\W\d_A-Z{_UNSPACED}]+|[A-Z][^\W\d_A-Z{_UNSPACED}]*"
)
_GAP = re.compile(r"[ \t\u00a0\u202f_.,'’`´/·+()\[\]*~\"|:;&@#\u2010-\u2015-]{1,4}")
_NUMBER_GAP = re.compile(r"[ \t\u00a0\u202f_./()\u2010-\u2015-]{1,3}")
_MARKS = ("Mn", "Mc", "Cf")  # what sits on a letter, or is not seen
_MONEY = ("$", "€", "£", "¥")
_ARTICLES = frozenset(("the", "a", "an", "this", "that", "my", "your", "our", "their", "every"))
_SENTENCE_END = frozenset(".!?:;\"'“”‘(*#>-\n\t")


class _Atom(NamedTuple):
    """A run of letters or digits of one sort, and the same folded."""

    start: int
    end: int
    text: str


class _Window(NamedTuple):
    """Neighbouring atoms, and what stands between them."""

    start: int
    end: int
    letters: str  # squeezed
    atoms: int
    tight: bool  # nothing stands between them
    spelt: bool  # single characters with something between each two
    number: bool  # what stands between is between groups of digits, too
    plain: bool  # what stands between is between words, too


def mentions(text: str, found: FoundValues, taken: Sequence[Span] = ()) -> Iterator[Span]:
    """Spans of `text` that spell what was found, in order, free of overlaps with each other and with `taken`.

    The longest spelling counts. The work is linear in the text, however much was found.

    Args:
        taken: sorted spans without overlaps.
    """
    if not (found.lengths or found.exact_lengths):
        return
    longest = max((*found.lengths, *found.exact_lengths))
    rest = deque(taken)
    source, ahead = _atoms(text), deque[_Atom]()
    while True:
        if not ahead:
            atom = next(source, None)
            if atom is None:
                return
            ahead.append(atom)
        first = ahead[0]
        while rest and rest[0].end <= first.start:
            rest.popleft()
        limit = rest[0].start if rest else len(text)
        span, used = None, 1
        if first.end <= limit:
            for window in _windows(text, ahead, source, found, limit, longest):
                if entry := _known(text, window, found):
                    span = Span(window.start, window.end, entry.entity_type, SCORE)
                    used = window.atoms
            span = span or _inside(text, first, found)
        if span:
            yield span
        for _ in range(used):
            ahead.popleft()


def _atoms(text: str) -> Iterator[_Atom]:
    for run in _RUN.finditer(text):
        start, word = run.start(), run.group()
        if word.isascii() and (
            (word.isalpha() and (word[1:].islower() or len(word) == 1 or word.isupper()))
            or word.isdigit()
        ):
            yield _Atom(start, run.end(), word.lower())
            continue
        for piece in _PIECE.finditer(word):
            yield _Atom(start + piece.start(), start + piece.end(), squeezed(piece.group()))


def _windows(
    text: str,
    ahead: deque[_Atom],
    source: Iterator[_Atom],
    found: FoundValues,
    limit: int,
    longest: int,
) -> Iterator[_Window]:
    """The windows that begin with the first atom ahead and may spell something, the shortest first."""
    start, end, letters = ahead[0].start, ahead[0].end, ""
    tight = spelt = number = plain = True
    most_digits = max(found.digit_lengths, default=-MOST_BEFORE) + MOST_BEFORE
    wanted = found.wanted
    plus = "+" in text[max(0, start - 2) : start]
    for place in range(MOST_ATOMS):
        if place == len(ahead):
            atom = next(source, None)
            if atom is None:
                return
            ahead.append(atom)
        atom = ahead[place]
        if atom.end > limit:
            return
        if place:
            gap = _gap(text[end : min(atom.start, end + 3 * MOST_GAP)])
            if gap is None:
                return
            tight, spelt = tight and not gap.seen, spelt and gap.seen
            plain, number = plain and gap.plain, number and gap.number
        spelt = spelt and len(atom.text) == 1
        letters += atom.text
        end = atom.end
        size = len(letters)
        if size > longest + MOST_BEFORE:
            return
        if size < HEAD:
            continue
        before, lengths = "", wanted
        if number and size <= most_digits and letters.isdigit():
            # a country's code or zeros may stand before it
            before = letters[0] if size != AMERICAN else "0"
            lengths = found.digit_lengths
        elif not found.begins(letters[:HEAD]):
            return
        if not (
            size in lengths or size in found.exact_lengths or before == "0" or (before and plus)
        ):
            continue
        yield _Window(start, end, letters, place + 1, tight, spelt and place > 0, number, plain)


class _Gap(NamedTuple):
    """What stands between two atoms: anything to see, what may stand between words, between groups of digits."""

    seen: bool
    plain: bool
    number: bool


@functools.lru_cache(1 << 12)
def _gap(between: str) -> _Gap | None:
    """None where no value goes on over it."""
    if not between.isascii():
        between = "".join(c for c in between if unicodedata.category(c) not in _MARKS)
    if len(between) > MOST_GAP or "\n" in between:
        return None
    plain, number = (not between or bool(p.fullmatch(between)) for p in (_GAP, _NUMBER_GAP))
    return _Gap(bool(between), plain, number)


# ---- whether a window is a value again


def _known(text: str, window: _Window, found: FoundValues) -> Entry | None:
    letters = window.letters
    if len(letters) in found.exact_lengths and (
        entry := found.exact(text[window.start : window.end])
    ):
        return entry
    if not window.plain:  # signs belong to a secret, whatever else stands between its letters
        entry = found.entry(letters) if len(letters) in found.lengths else None
        return entry if entry and entry.form == "secret" and not _glued(text, window) else None
    for spelling in _spellings(text, window) if found.digit_lengths else (letters,):
        entry = found.entry(spelling) if len(spelling) in found.lengths else None
        counts = _COUNTS.get(entry.form) if entry else None
        if counts and counts(text, window):
            return entry
    return None


def _spellings(text: str, window: _Window) -> tuple[str, ...]:
    """The letters, and of digits what is left without country code and zeros."""
    letters = window.letters
    if not letters.isdigit() or len(letters) < INSIDE:
        return (letters,)
    plus = "+" in text[max(0, window.start - 2) : window.start]
    return (letters, national(letters, plus=plus), letters.lstrip("0"))


def _as_whole(text: str, window: _Window) -> bool:
    """Not in small letters where it is words in use: "the will page"."""
    raw = text[window.start : window.end]
    if not raw.islower() or window.spelt:
        return True
    words = [folded(word) for word in _RUN.findall(raw)]
    return any(not word.isascii() or frequency(word) < COMMON for word in words)


def _as_place(text: str, window: _Window) -> bool:
    raw = text[window.start : window.end]
    if len(_RUN.findall(raw)) > 1:
        return _as_whole(text, window)
    return not raw.islower() or frequency(folded(raw)) < RARE_PLACE


def _as_word(text: str, window: _Window) -> bool:
    if window.spelt:
        return window.atoms > 3
    if not window.tight:
        return False
    if window.atoms > 1 or window.end - window.start > 3:
        return True
    return not _glued(text, window)


def _as_shy(text: str, window: _Window) -> bool:
    raw = text[window.start : window.end]
    if window.atoms > 1 or not raw.istitle() or _glued(text, window):
        return window.spelt and window.atoms > 3
    before = text[max(0, window.start - 8) : window.start]
    after = text[window.end : window.end + 2]
    if len(before) < 2 or before[-1] != " " or before[-2] in _SENTENCE_END:
        return False
    words = before.split()
    if not words or words[-1].casefold() in _ARTICLES:
        return False
    return not (after[:1] in (" ", "-") and after[1:].isupper())


def _as_derived(text: str, window: _Window) -> bool:
    raw = text[window.start : window.end]
    if window.spelt:
        return window.atoms > 4
    if not window.tight:
        return not raw.islower() or not any(map(str.isspace, raw))
    return len(window.letters) > 4 and not frequency(window.letters)


def _as_number(text: str, window: _Window) -> bool:
    if not window.number:
        return False
    if len(window.letters) > INSIDE:
        return True
    whole = window.tight or not window.letters.isdigit()  # "LA1 3PN", but not "53 167"
    return whole and not _glued(text, window) and not _in_number(text, window)


def _as_secret(text: str, window: _Window) -> bool:
    return not _glued(text, window) and not _in_number(text, window)


def _as_short(text: str, window: _Window) -> bool:
    if window.spelt:
        return window.number
    return window.atoms == 1 and not _glued(text, window) and not _in_number(text, window)


_COUNTS = {
    "whole": _as_whole,
    "place": _as_place,
    "word": _as_word,
    "shy": _as_shy,
    "derived": _as_derived,
    "number": _as_number,
    "digits": _as_number,
    "short": _as_short,
    "secret": _as_secret,
}


def _glued(text: str, window: _Window) -> bool:
    """Whether a letter or digit stands right before or behind."""
    before = text[max(0, window.start - 1) : window.start]
    return before.isalnum() or text[window.end : window.end + 1].isalnum()


def _in_number(text: str, window: _Window) -> bool:
    """Whether it is a part of a longer number or an amount: 0.53167, 12-53167, $53167."""
    before = text[max(0, window.start - 2) : window.start]
    after = text[window.end : window.end + 2]
    return (
        (len(before) == 2 and before[0].isdigit() and before[1] in ".,-/:")
        or (len(after) == 2 and after[1].isdigit() and after[0] in ".,-/:")
        or before.endswith(_MONEY)
        or after.startswith("%")
    )


# ---- inside a longer word


def _inside(text: str, atom: _Atom, found: FoundValues) -> Span | None:
    """A name at an end of a longer word that is none in use: "Oksanas", "veldkampwedding"."""
    word, size = atom.text, atom.end - atom.start
    if size < 5 or len(word) != size or not word.isalpha() or frequency(word) or first_name(word):
        return None
    plural = size - 1 if word.endswith("s") else size
    for length in sorted(found.lengths, reverse=True):
        if length >= size or (length < INSIDE and length != plural):
            continue
        for start in (0, size - length) if length >= INSIDE else (0,):
            piece = word[start : start + length]
            if not found.begins(piece[:HEAD]):
                continue
            entry = found.entry(piece)
            if entry and entry.form in ("word", "whole") and not frequency(piece) >= COMMON:
                place = atom.start + start
                return Span(place, place + length, entry.entity_type, SCORE)
    return None
