"""Texts as detectors should see them, each with the way back to the text as it is.

`normalise` undoes what hides a name from a detector and not from a reader: letters of compatibility forms (fullwidth,
mathematical, ligatures), accents apart from their letters, characters without width and marks of direction, Cyrillic
and Greek letters in words that are otherwise Latin. `leaves` gives what stands in the strings of JSON and in the cells of
tables, line by line and unescaped. What is redacted is always the stretch of the text as it is.
"""

from __future__ import annotations

import functools
import html
import json
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["View", "leaves", "normalise", "plain"]


# ---- views ------------------------------------------------------------------------------------------------------


class _Stretch(NamedTuple):
    """Characters `start` to `end` (exclusive) of a view, which stand for `first` to `last` of the text as it is.

    Character for character, or the one as a `whole` for the other.
    """

    start: int
    end: int
    first: int
    last: int
    whole: bool = False

    def part(self, start: int, end: int) -> tuple[int, int]:
        """What those of the characters from `start` to `end` that lie in this stretch stand for."""
        if self.whole:
            return self.first, self.last
        shift = self.first - self.start
        return max(start, self.start) + shift, min(end, self.end) + shift


class View:
    """A text to look at in place of another. Without stretches they have the same length, character for character."""

    def __init__(self, text: str, stretches: list[_Stretch] | None = None) -> None:
        self.text = text
        self._stretches = stretches
        self._starts = [s.start for s in stretches or ()]

    def original(self, start: int, end: int) -> list[tuple[int, int]]:
        """Where characters `start` to `end` (exclusive) stand in the text as it is, in order.

        One place, with what was left out inside of it; several or none where the view put them together.
        """
        if self._stretches is None:
            return [(start, end)]
        places: list[tuple[int, int]] = []
        for stretch in self._between(start, end):
            first, last = stretch.part(start, end)
            if places and places[-1][1] == first:
                first = places.pop()[0]
            places.append((first, last))
        return places

    def through(self, outer: View) -> View:
        """This view of the text of `outer` as a view of what that one stands for."""
        if outer._stretches is None:
            return self
        made: list[_Stretch] = []
        for stretch in self.stretches():
            if stretch.whole:
                places = outer.original(stretch.first, stretch.last)
                if places:
                    made.append(stretch._replace(first=places[0][0], last=places[-1][1]))
                continue
            shift = stretch.start - stretch.first
            for part in outer._between(stretch.first, stretch.last):
                low, high = max(part.start, stretch.first), min(part.end, stretch.last)
                first, last = part.part(low, high)
                made.append(_Stretch(low + shift, high + shift, first, last, part.whole))
        return View(self.text, made)

    def stretches(self) -> list[_Stretch]:
        """What stands for what, in order."""
        if self._stretches is None:
            return [_Stretch(0, len(self.text), 0, len(self.text))]
        return self._stretches

    def _between(self, start: int, end: int) -> Iterator[_Stretch]:
        """The stretches that `start` to `end` touches, those of no length inside it included."""
        for number in range(max(bisect_right(self._starts, start) - 1, 0), len(self._starts)):
            stretch = self.stretches()[number]
            if stretch.start >= end:
                return
            if stretch.end > start:
                yield stretch


class _Builder:
    """A view in the making."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._stretches: list[_Stretch] = []
        self._length = 0

    def copy(self, text: str, start: int, end: int) -> None:
        """Characters `start` to `end` of `text`, as they are."""
        if end > start:
            stretch = _Stretch(self._length, self._length + end - start, start, end)
            self._stretches.append(stretch)
            self.put(text[start:end])

    def make(self, text: str, first: int, last: int) -> None:
        """`text` in place of characters `first` to `last`."""
        stretch = _Stretch(self._length, self._length + len(text), first, last, True)
        self._stretches.append(stretch)
        self.put(text)

    def put(self, text: str) -> None:
        """`text`, which stands for nothing."""
        self._parts.append(text)
        self._length += len(text)

    def add(self, view: View, first: int) -> None:
        """A view of the characters from `first` on."""
        for s in view.stretches():
            start, end = s.start + self._length, s.end + self._length
            self._stretches.append(_Stretch(start, end, s.first + first, s.last + first, s.whole))
        self.put(view.text)

    def view(self) -> View:
        return View("".join(self._parts), self._stretches)


# ---- characters -------------------------------------------------------------------------------------------------

# Cyrillic, Greek and Armenian letters, and the Latin ones that they look like.
_LOOKALIKES = dict(
    zip(
        "асеһіјӏорԛѕԝхуԁѵАВЕҮЅІЈКМНОРСТХУԜԌαονρτυικγϲϳΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹոսօհ",
        "acehijlopqswxydvABEYSIJKMHOPCTXYWGaovptuikycjABEZHIKMNOPTYXCnuoh",
        strict=True,
    )
)
_TO_LATIN = str.maketrans(_LOOKALIKES)
_ALIKE = "".join(_LOOKALIKES)
_MIXED = re.compile(rf"[A-Za-z][{_ALIKE}]|[{_ALIKE}][A-Za-z]")
_CONTROL = re.compile(r"[\0-\x08\x0e-\x1f\x7f]")
_LETTERS = re.compile(r"[^\W\d_]+")
# Signs that are written before a number and seen: no marks of direction, though Unicode files them there.
_SEEN = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2")


def normalise(text: str) -> View:
    """`text` without what only a detector stumbles over. A text in ASCII is left as it is, but for control characters.

    Doing it twice changes nothing more.
    """
    if text.isascii() and not _CONTROL.search(text):
        return View(text)
    letters = {c: _character(c) for c in set(text) if c > "\x7f" or _CONTROL.match(c)}
    # one for one where that is all, so that most texts need no way back
    single = {ord(c): made for c, made in letters.items() if len(made) == 1 and made != c}
    rest = [
        made if len(made) == 1 else c
        for c, made in letters.items()
        if len(made) != 1 or _is_mark(made)
    ]
    changed = text.translate(single) if single else text
    if rest:
        return _rewritten(changed, "".join(map(re.escape, rest)))
    return View(_unmixed(changed))


@functools.cache
def _character(char: str) -> str:
    """What a character stands for by itself: nothing, its compatibility form, or itself."""
    code = ord(char)
    if _CONTROL.match(char):
        return " "
    if unicodedata.category(char) == "Cf" and char not in _SEEN:
        return ""
    if 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF or code == 0x34F:  # variants
        return ""
    # a raised or small figure beside a word is no part of it
    if unicodedata.decomposition(char).startswith(("<super>", "<sub>", "<fraction>")):
        return char
    made = unicodedata.normalize("NFKC", char)
    has_letters = made[0] != " " and any(c.isalnum() for c in made)  # "…" stays one character
    return made if len(made) == 1 or has_letters else char


def _is_mark(char: str) -> bool:
    """Whether it joins the character before it: an accent, or a Korean vowel or final consonant."""
    return unicodedata.combining(char) > 0 or "\u1160" <= char <= "\u11ff"


def _rewritten(text: str, rest: str) -> View:
    """`text` with the words that hold one of the characters `rest` rewritten."""
    builder, done = _Builder(), 0
    special, word = re.compile(f"[{rest}]"), re.compile(rf"[\w{rest}]+")
    while match := special.search(text, done):
        start = match.start()
        while start > done and (text[start - 1].isalnum() or text[start - 1] == "_"):
            start -= 1
        # a mark at the start belongs to what stands before it, whatever that is
        if start == match.start() > done and _is_mark(text[start]):
            start -= 1
        end = word.match(text, match.start()).end()  # type: ignore[union-attr]
        builder.copy(text, done, start)
        builder.make(_word(text[start:end]), start, end)
        done = end
    builder.copy(text, done, len(text))
    view = builder.view()
    return View(_unmixed(view.text), view.stretches())


def _word(word: str) -> str:
    return unicodedata.normalize("NFC", _unmixed("".join(map(_character, word))))


def _unmixed(text: str) -> str:
    """`text` with Latin letters for those that look like them, in words that have no others."""
    if not _MIXED.search(text):
        return text
    return _LETTERS.sub(lambda match: _latin(match.group()), text)


def _latin(word: str) -> str:
    made = word.translate(_TO_LATIN)
    return made if _MIXED.search(word) and all(map(_is_latin, made)) else word


@functools.cache
def _is_latin(char: str) -> bool:
    return char.isascii() or unicodedata.name(char, "").startswith("LATIN")


# ---- strings and cells ------------------------------------------------------------------------------------------

DEEPEST = 4  # JSON in a string of JSON
_JSON = re.compile(r"""\\?"\s*:\s*\\?["\[{\d-]|[\[{]\s*\\?["\[{]""")
_TOKEN = re.compile(r'"((?:[^"\\\n]|\\.)*)"(\s*:)?|(?<=[\s:,\[])\d[\d.]{4,}', re.DOTALL)
_ESCAPED = re.compile(r'\\u[\da-fA-F]{4}|\\x[\da-fA-F]{2}|&#?\w{2,8};|"[^"\n]*\\[nrt][^"\n]*"')
_ESCAPE = re.compile(
    r"\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|\\u[\da-fA-F]{4}|\\u\{[\da-fA-F]{1,6}\}|\\x[\da-fA-F]{2}"
    r"|\\.|&(?:#\d{1,7}|#[xX][\da-fA-F]{1,6}|[A-Za-z]{2,8});",
    re.DOTALL,
)
_BLANK = {"n": "\n", "t": "\t", "r": "\r", "b": " ", "f": " ", "0": " "}
_ROW = re.compile(r"^[^\n|]*\|[^\n|]*\|[^\n]*$", re.MULTILINE)
_CELL = re.compile(r"[^|\n\t]*[^\W_][^|\n\t]*")


def leaves(text: str) -> View | None:
    """The strings of JSON, `key: value` a line, and the cells of tables, a line each; None where there are none.

    A text that is neither but has escapes (`\\u0061`, `&uuml;`) is given whole, without them.
    """
    return _leaves(text, DEEPEST)


def _leaves(text: str, depth: int) -> View | None:
    builder = _Builder()
    if '"' in text and _JSON.search(text):
        _add_strings(builder, text, depth)
    elif ("\\" in text or "&" in text) and _ESCAPED.search(text):
        _add_unescaped(builder, text, 0, len(text))
    if text.count("|") > 3:
        for row in _ROW.finditer(text):
            for cell in _CELL.finditer(text, row.start(), row.end()):
                builder.copy(text, *cell.span())
                builder.put("\n")
    view = builder.view()
    return view if view.text else None


def _add_strings(builder: _Builder, text: str, depth: int) -> None:
    for token in _TOKEN.finditer(text):
        start, end = token.span(0 if token.group(1) is None else 1)
        nested = _nested(text[start:end], depth - 1)
        if nested:
            builder.add(nested, start)
        else:
            _add_unescaped(builder, text, start, end)
        builder.put(": " if token.group(2) else "\n")


def _nested(string: str, depth: int) -> View | None:
    """The leaves of a string that holds JSON."""
    if not depth or "\\" not in string:
        return None
    builder = _Builder()
    _add_unescaped(builder, string, 0, len(string))
    inner = builder.view()
    if inner.text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        json.loads(inner.text, strict=False)
    except (ValueError, RecursionError):
        return None
    found = _leaves(inner.text, depth)
    return found.through(inner) if found else None


def _add_unescaped(builder: _Builder, text: str, start: int, end: int) -> None:
    for match in _ESCAPE.finditer(text, start, end):
        builder.copy(text, start, match.start())
        builder.make(_unescaped(match.group()), *match.span())
        start = match.end()
    builder.copy(text, start, end)


def _unescaped(escape: str) -> str:
    if escape.startswith("&"):
        return html.unescape(escape)
    if escape[1] not in "ux" or len(escape) < 4:
        return _BLANK.get(escape[1], escape[1])
    if len(escape) == 12:  # two halves of one character
        high, low = int(escape[2:6], 16), int(escape[8:], 16)
        return chr(0x10000 + ((high - 0xD800) << 10) + low - 0xDC00)
    code = int(escape[2:].strip("{}"), 16)
    return chr(code) if code < 0xD800 or 0xDFFF < code < 0x110000 else "\ufffd"


def plain(value: str) -> str:
    """A value as it is meant: normalised, and without escapes. For what stands in its place to be made from."""
    builder = _Builder()
    _add_unescaped(builder, value, 0, len(value))
    return normalise(builder.view().text).text
