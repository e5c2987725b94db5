"""Planted values, sought in texts and in raw bytes, in every form in which one may have been written.

Thousands of canaries cost about what one does: all their forms are needles of one Rabin–Karp search over windows of
eight bytes, in texts whose case is folded and whose white space is gone. What it finds is then looked at as it stands.
"""

from __future__ import annotations

import base64
import bisect
import html
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple
from urllib.parse import quote, quote_plus, unquote_plus

import numpy as np

from logminer.audit.needles import Search, numbers_in

__all__ = ["FORMS", "Form", "Match", "Seeker"]

Form = Literal[
    "as_is",
    "case_folded",
    "no_spaces",
    "digits_only",
    "url_encoded",
    "base64",
    "reversed",
    "json_escaped",
    "html_escaped",
    "hex",
]
FORMS: tuple[Form, ...] = (
    "as_is",
    "case_folded",
    "no_spaces",
    "digits_only",
    "url_encoded",
    "base64",
    "reversed",
    "json_escaped",
    "html_escaped",
    "hex",
)

SHORTEST = 6  # characters of a canary that is found inside a word
FEWEST_DIGITS = (
    7  # of a canary of digits that is found inside a text, and of one whose digits alone are sought
)
CLEAR_DIGITS = 12  # so many are no accident even inside a longer number
CLEAR_LETTERS = 10  # so many are no accident where words run into each other
LEAST_CORE = 8  # bytes of an encoded form, and of any in raw bytes that is not as it was planted


class Match(NamedTuple):
    """A canary in a text: `text` and `canary` are positions in what was given."""

    text: int
    canary: int
    form: Form


class _Needle(NamedTuple):
    """A form of a canary as it is sought: case folded, without white space; `exact` as it must stand."""

    canary: int
    form: Form
    sought: bytes
    exact: bytes | None = None


_SPACES = b" \t\n\r\v\f"
# White space that is no ASCII, and characters that are not seen.
_UNSEEN = "\u00a0\u202f\u2009\u3000\u00ad\u200b\u200c\u200d\u2060\ufeff"
_WORD = re.compile(r"\w+")


class Seeker:
    """Seeks canaries. One of fewer than six characters, or of fewer than seven digits, counts as a whole word only.

    Args:
        values: the canaries; empty ones are not sought.
    """

    def __init__(self, values: Sequence[str]) -> None:
        self._values = list(values)
        self.whole_words = frozenset(i for i, v in enumerate(self._values) if _is_short(v))
        needles = [needle for i in range(len(values)) for needle in self._needles_of(i)]
        self._needles = list(dict.fromkeys(needles))
        self._search = Search([needle.sought for needle in self._needles])
        self._digits = [number for i in range(len(values)) for number in self._numbers_of(i)]
        self._digit_search = Search([number.sought for number in self._digits])
        self._words: dict[str, list[int]] = defaultdict(list)
        self._phrases: dict[str, list[int]] = defaultdict(list)
        for i in sorted(self.whole_words):
            folded = self._values[i].strip().casefold()
            if folded:
                (self._words if _WORD.fullmatch(folded) else self._phrases)[folded].append(i)
        self._phrase = _alternation(self._phrases)
        longest = max((len(n.sought) for n in self._needles), default=0)
        self.overlap = 4 * longest + 256  # bytes that two chunks of a file share

    def _needles_of(self, i: int) -> Iterator[_Needle]:
        value = self._values[i]
        if i in self.whole_words or not value.strip():
            return
        if not _is_number(value):  # which is sought among numbers
            yield from self._spelled(i, "as_is", value)
            if _squeezed(value) != _squeezed(value)[::-1]:
                yield from self._spelled(i, "reversed", value[::-1])
        raw = value.encode("utf-8", "surrogateescape")
        for encoded in (quote(raw, safe=""), quote(raw, safe="/"), quote_plus(raw)):
            if encoded != value:
                yield from self._spelled(i, "url_encoded", encoded)
        clean = raw.decode("utf-8", "replace")
        for ascii_only in (True, False):
            once = json.dumps(clean, ensure_ascii=ascii_only)[1:-1]
            for written in (once, json.dumps(once, ensure_ascii=ascii_only)[1:-1]):
                if written != value:
                    yield from self._spelled(i, "json_escaped", written)
        if html.escape(value) != value:
            yield from self._spelled(i, "html_escaped", html.escape(value))
        if len(raw) >= SHORTEST:
            yield _Needle(i, "hex", raw.hex().encode())
        for core in _base64_cores(raw):
            if len(core) >= LEAST_CORE:
                yield _Needle(i, "base64", core.lower(), core)

    def _spelled(self, i: int, form: Form, text: str) -> Iterator[_Needle]:
        """As found in texts, whose case is folded, and in bytes, of which only ASCII's is."""
        raw = [_bytes(t).lower().translate(None, _SPACES) for t in (text, text.upper())]
        for sought in dict.fromkeys((_bytes(_squeezed(text)), *raw)):
            if len(sought) >= SHORTEST:
                yield _Needle(i, form, sought)

    def _numbers_of(self, i: int) -> Iterator[_Needle]:
        digits = _digits_of(self._values[i])
        if i not in self.whole_words and len(digits) >= FEWEST_DIGITS:
            yield _Needle(i, "digits_only", digits.encode())
            if _is_number(self._values[i]) and digits != digits[::-1]:
                yield _Needle(i, "reversed", digits[::-1].encode())

    # ---- texts

    def in_texts(self, texts: Sequence[str]) -> list[Match]:
        """Every canary in every text, each form of it that is there; a canary as it is hides its other forms."""
        found: dict[Match, None] = {}
        for places in _by_kind(texts):
            for match in self._plainly([texts[i] for i in places]):
                found[match._replace(text=places[match.text])] = None
        known = {(m.text, m.canary) for m in found}
        for form, decode in _DECODERS:
            decoded = [(i, text) for i, t in enumerate(texts) if (text := decode(t)) is not None]
            for match in self._plainly([text for _, text in decoded]):
                place = decoded[match.text][0]
                plain = match.form in ("as_is", "case_folded", "no_spaces", "digits_only")
                if plain and (place, match.canary) not in known:
                    found[Match(place, match.canary, form)] = None
        return list(found)

    def _plainly(self, texts: list[str]) -> list[Match]:
        if not texts or not self._values:
            return []
        blob = "\0".join(texts)
        if blob.count("\0") != len(texts) - 1:
            texts = [text.replace("\0", " ") for text in texts]
            blob = "\0".join(texts)
        folded = blob.lower() if blob.isascii() else blob.casefold()
        found = self._forms(texts, _bytes(_without_spaces(folded)))
        found |= self._numbers(texts, _bytes(blob) if self._digits else b"")
        found |= self._short(texts, folded)
        clear = {(m.text, m.canary) for m in found if m.form == "as_is"}
        return [m for m in found if m.form == "as_is" or (m.text, m.canary) not in clear]

    def _forms(self, texts: list[str], sought: bytes) -> set[Match]:
        found = set()
        seen = set()
        place = _Places(sought)
        for number, start in self._search.find(sought):
            at = place(start)
            if (at, number) not in seen:
                seen.add((at, number))
                if form := self._confirmed(self._needles[number], texts[at]):
                    found.add(Match(at, self._needles[number].canary, form))
        return found

    def _confirmed(self, needle: _Needle, text: str) -> Form | None:
        if needle.exact is not None:
            return needle.form if needle.exact in _bytes(_without_spaces(text)) else None
        if needle.form != "as_is":
            return needle.form
        value = self._values[needle.canary]
        if value in text:
            return "as_is"
        if value.casefold() in text.casefold():
            return "case_folded"
        letters = _squeezed(value)
        if len(letters) >= CLEAR_LETTERS:
            return "no_spaces"
        spaced = r"\s*".join(map(re.escape, letters))
        apart = re.search(rf"(?<!\w){spaced}(?!\w)", text.casefold())
        return "no_spaces" if apart else None

    def _numbers(self, texts: list[str], blob: bytes) -> set[Match]:
        found = set()
        place = _Places(blob)
        for number, start in self._numbers_in(blob):
            needle = self._digits[number]
            at = place(start)
            value, text = self._values[needle.canary], texts[at]
            as_is = needle.form == "digits_only" and value in text
            found.add(Match(at, needle.canary, "as_is" if as_is else needle.form))
            if needle.form == "digits_only" and _without_spaces(value) in text:
                found.add(Match(at, needle.canary, "no_spaces"))
        return found

    def _numbers_in(self, blob: bytes) -> Iterator[tuple[int, int]]:
        """(digits sought, offset in `blob`) of numbers, however grouped; short ones only whole."""
        if not self._digits or not blob:
            return
        run = numbers_in(blob)
        for number, start in self._digit_search.find(run.digits):
            length = len(self._digits[number].sought)
            end = start + length
            whole = run.starts[start] and (end == len(run.digits) or bool(run.starts[end]))
            if whole or length >= CLEAR_DIGITS:
                yield number, int(run.offsets[start])

    def _short(self, texts: list[str], folded: str) -> set[Match]:
        """Whole words; `folded` is the texts, joined and folded."""
        found: set[Match] = set()
        if not self._words and not self._phrases:
            return found
        there = self._words.keys() & set(_WORD.findall(folded))
        if not there and not (self._phrase and self._phrase.search(folded)):
            return found
        for at, text in enumerate(texts):
            low = text.casefold()
            words = there & set(_WORD.findall(low))
            phrases = set(self._phrase.findall(low)) if self._phrase else set()
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
        if not self._needles and not self._digits:
            return found
        tight = data.translate(None, _SPACES)
        for number in {number for number, _ in self._search.find(tight.lower())}:
            needle = self._needles[number]
            form = self._confirmed_bytes(needle, data, tight)
            if form:
                found.add((needle.canary, form))
        for number in {number for number, _ in self._numbers_in(data)}:
            needle = self._digits[number]
            as_is = needle.form == "digits_only" and _bytes(self._values[needle.canary]) in data
            found.add((needle.canary, "as_is" if as_is else needle.form))
        clear = {canary for canary, form in found if form == "as_is"}
        return {(c, form) for c, form in found if form == "as_is" or c not in clear}

    def _confirmed_bytes(self, needle: _Needle, data: bytes, tight: bytes) -> Form | None:
        if needle.exact is not None:
            return needle.form if needle.exact in tight else None
        value = _bytes(self._values[needle.canary])
        if needle.form == "as_is" and value in data:
            return "as_is"
        if len(needle.sought) < LEAST_CORE:  # by chance, in compressed bytes
            return None
        if needle.form != "as_is":
            return needle.form
        text, low = self._values[needle.canary], data.lower()
        cased = any(_bytes(t).lower() in low for t in (text, text.upper(), text.casefold()))
        return "case_folded" if cased else "no_spaces"


# ---- how texts are looked at ------------------------------------------------------------------------------------


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape" if _ESCAPED.search(text) else "surrogatepass")


_ESCAPED = re.compile("[\udc80-\udcff]")


def _without_spaces(text: str) -> str:
    if text.isascii():
        return text.encode().translate(None, _SPACES).decode()
    for char in (*_UNSEEN, *_SPACES.decode()):
        text = text.replace(char, "")
    return text


def _squeezed(text: str) -> str:
    return _without_spaces(text.casefold())


def _digits_of(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)


def _is_number(text: str) -> bool:
    """Digits and white space only."""
    return _squeezed(text) == _digits_of(text)


def _is_short(text: str) -> bool:
    letters = re.sub(r"[\W_]", "", text)
    few = bool(letters) and letters.isdigit() and len(letters) < FEWEST_DIGITS
    return len(text.strip()) < SHORTEST or few or len(_squeezed(text)) < SHORTEST


def _by_kind(texts: Sequence[str]) -> Iterator[list[int]]:
    """Places of the ASCII texts, and of the others: to fold the case of those takes twenty times as long."""
    ascii_: list[int] = []
    other: list[int] = []
    for i, text in enumerate(texts):
        (ascii_ if text.isascii() else other).append(i)
    yield from (ascii_, other)


def _alternation(words: Iterable[str]) -> re.Pattern[str] | None:
    escaped = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    return re.compile(rf"(?<!\w)(?:{escaped})(?!\w)") if escaped else None


def _base64_cores(raw: bytes) -> Iterator[bytes]:
    """What base64 makes of these bytes wherever they begin, without the characters that depend on the neighbours."""
    for lead in range(3):
        whole = base64.b64encode(b"\0" * lead + raw)
        first = -(-lead * 8 // 6)
        last = (lead + len(raw)) * 8 // 6
        core = whole[first:last]
        yield from dict.fromkeys((core, core.replace(b"+", b"-").replace(b"/", b"_")))


class _Places:
    """Which of the joined texts an offset lies in."""

    def __init__(self, joined: bytes) -> None:
        self._joined = joined
        self._borders: list[int] | None = None

    def __call__(self, offset: int) -> int:
        if self._borders is None:
            self._borders = np.flatnonzero(np.frombuffer(self._joined, np.uint8) == 0).tolist()
        return bisect.bisect_left(self._borders, offset)


_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|([\"\\/bfnrt]))")
_PLAIN = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def _from_url(text: str) -> str | None:
    return unquote_plus(text) if "%" in text and _PERCENT.search(text) else None


def _from_json(text: str) -> str | None:
    if "\\" not in text:
        return None
    for _ in range(3):  # JSON in JSON in JSON
        decoded = _ESCAPE.sub(
            lambda m: chr(int(m[1], 16)) if m[1] else _PLAIN.get(m[2], m[2]), text
        )
        if decoded == text:
            break
        text = decoded
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _from_html(text: str) -> str | None:
    return html.unescape(text) if "&" in text and ";" in text else None


_DECODERS: tuple[tuple[Form, Callable[[str], str | None]], ...] = (
    ("url_encoded", _from_url),
    ("json_escaped", _from_json),
    ("html_escaped", _from_html),
)
