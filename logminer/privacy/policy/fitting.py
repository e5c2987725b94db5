"""Spans as code, data and markup let them be.

A model that was trained on news takes any word of a program for a name, and a replaced operator, tag or quote is a
program or a document that no longer parses. So a span is cut at quotes, tags and the ends of code lines; of what then
lies in code, what a form or a checksum proves is left, and in its comments and strings what the lists know as well.
What stands in the strings of data (JSON, SQL) and between tags is taken as in prose.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from logminer.privacy.finders.lexicon import first_name, frequency, is_surname, is_town
from logminer.privacy.policy.code import CODE, DATA, Stretch, stretches
from logminer.privacy.spans import CERTAIN, Span

__all__ = ["apart", "fitted", "mentioned"]


def fitted(spans: Iterable[Span], text: str) -> list[Span]:
    """`spans` of `text` without guesses in code, cut where they cross its quotes, tags or line ends.

    Web addresses that end inside a word are continued where they begin as one, else dropped.
    """
    bordered = [fit for span in spans if (fit := _bordered(span, text)) and not _is_key(fit, text)]
    some = stretches(text) if bordered else []
    if not some:
        return bordered
    starts = [stretch.start for stretch in some]
    return [part for span in bordered for part in _parts(span, text, some, starts)]


def mentioned(spans: Iterable[Span], text: str) -> list[Span]:
    """Those of `spans`, which say again what was found elsewhere, that mean it: code has its own names."""
    given = list(spans)
    some = stretches(text) if any(span.entity_type in _GUESSABLE for span in given) else []
    starts = [stretch.start for stretch in some]

    def means_it(span: Span) -> bool:
        number = bisect_right(starts, span.start) - 1
        in_code = number >= 0 and span.start < some[number].end and some[number].kind == CODE
        if not in_code or span.entity_type not in _GUESSABLE:
            return True
        return span.entity_type == "PERSON" and _is_like_a_name(text[span.start : span.end])

    return [span for span in given if means_it(span)]


# What a model guesses at, and what is often what code is about.
_GUESSABLE = frozenset(("PERSON", "LOCATION", "ORGANIZATION", "NRP", "DATE_TIME", "AGE", "ADDRESS"))


def _is_like_a_name(value: str) -> bool:
    """Whether every word of a name is one of the lists, or one that no dictionary has and no program would write."""
    return all(
        first_name(word.casefold())
        or is_surname(word.casefold())
        or (word[1:].islower() and frequency(word.casefold()) == 0)
        for word in _WORD.findall(value)
    )


def _parts(span: Span, text: str, some: list[Stretch], starts: list[int]) -> Iterator[Span]:
    """What is left of a span, in order."""
    at = span.start
    number = max(bisect_right(starts, at) - 1, 0)
    if span.score >= CERTAIN:  # a form that was proven stands as it is
        inside = some[number].start <= at < some[number].end
        if not inside or _holds(some[number], span, text):
            yield span
        return
    while at < span.end:
        while number < len(some) and some[number].end <= at:
            number += 1
        stretch = some[number] if number < len(some) else Stretch(len(text), len(text), "")
        if stretch.start > at:
            stop = min(stretch.start, span.end)
            if any(map(str.isalnum, text[at:stop])):
                yield span._replace(start=at, end=stop)
        else:
            stop = min(stretch.end, span.end)
            for first, last in _unbroken(text, at, stop):
                part = span._replace(start=first, end=last)
                if _holds(stretch, part, text) and not _is_key(part, text):
                    yield part
        at = stop


# Line ends, tags, and what stands for them and for quotes in a string inside a string.
_BREAK = re.compile(r"\\+[\"ntr]|(?<!\\)\\{2,}(?!\\|u[\da-fA-F]{4}|x[\da-fA-F]{2})|[\n\"<>]")
_KEY_ENDS = re.compile(r"\\*[\"']\s{0,4}:")
_KEY = re.compile(r"[a-z_]+")


def _is_key(part: Span, text: str) -> bool:
    """Whether it is a key of data in small letters, and hardly a name: "ssn", "iban"."""
    if not (_KEY.fullmatch(text, part.start, part.end) and _KEY_ENDS.match(text, part.end)):
        return False
    key = text[part.start : part.end]
    named = first_name(key) == 2 or is_surname(key)
    return part.score < (_GUESSED if named else _CUED)


def _unbroken(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The parts of a stretch between its breaks that hold a letter or a figure."""
    for broken in _BREAK.finditer(text, start, end):
        if any(map(str.isalnum, text[start : broken.start()])):
            yield start, broken.start()
        start = broken.end()
    if any(map(str.isalnum, text[start:end])):
        yield start, end


# ---- rows of cells ----------------------------------------------------------------------------------------------

_SURE = 0.9  # score of what is more than a model's guess
_CELLS = re.compile(r"[\"\t\n|]|[,;](?! )")


def apart(spans: Sequence[Span], text: str) -> list[Span]:
    """`spans`, in which a guess that runs over cells of a row ends where more than a guess begins, and goes on behind it.

    Else all of the row would count as what one of its cells is.
    """
    sure = sorted(span for span in spans if span.score >= _SURE)
    out = list[Span](sure)
    starts = [span.start for span in sure]
    for span in spans:
        if span.score >= _SURE:
            continue
        if not sure or not _CELLS.search(text, span.start, span.end):
            out.append(span)
            continue
        at = span.start
        for other in sure[max(bisect_right(starts, at) - 1, 0) : bisect_right(starts, span.end)]:
            if at < other.start:
                out.append(span._replace(start=at, end=min(other.start, span.end)))
            at = max(at, other.end)
        if at < span.end:
            out.append(span._replace(start=at))
    return out


# ---- what holds -------------------------------------------------------------------------------------------------

# Found by a form that code has none of.
_PROVEN = frozenset(("SECRET", "US_SSN", "MAC_ADDRESS", "CRYPTO", "IBAN_CODE", "CREDIT_CARD"))
_ANNOUNCED = 0.7  # score of numbers and user names that a word announces
_GUESSED = 0.5  # and of what a model guesses without much reason
_CUED = 0.9  # and of names that words announce
_IN_USE = 3_000  # from this frequency on, a word is in everyday use; see `lexicon.frequency`
_WORD = re.compile(r"[^\W\d_]+")
_PRODUCT = re.compile(r"\.[^\W\d_]\Z")


def _holds(stretch: Stretch, span: Span, text: str) -> bool:
    """Whether a span inside a stretch is more than a guess."""
    value, of, kind = text[span.start : span.end], span.entity_type, stretch.kind
    whole = (span.start, span.end) == (stretch.start, stretch.end)
    if kind == DATA or of in _PROVEN:
        return True
    if kind == CODE:
        if of == "EMAIL_ADDRESS":  # "weights @ hidden.T" is a product
            return not _PRODUCT.search(value) and text[span.end : span.end + 1] != "("
        if of == "URL":
            return "://" in value
        before, after = text[max(0, span.start - 1) : span.start], text[span.end : span.end + 1]
        if of == "USERNAME":  # in a path
            return before in ("/", "\\", "~") and span.score >= _ANNOUNCED
        if of == "ID":
            named = before in (".", "_") or after in (".", "(", "[")
            return not named and span.score >= _ANNOUNCED and len(value) > 5
        return span.score >= CERTAIN
    if span.score >= CERTAIN:
        return True
    if of == "PERSON":
        return span.score >= _CUED or _is_known(value, whole=whole)
    if of == "LOCATION":
        return is_town(value.casefold()) or any(map(str.isdecimal, value))
    if of == "URL":
        return "://" in value or "/" in value or whole
    if of == "DATE_TIME":
        return bool(re.search(r"\d\d.*\d", value))
    if of in ("ORGANIZATION", "NRP"):
        return " " in value and value.istitle()
    return True


def _is_known(value: str, *, whole: bool) -> bool:
    """Whether the lists know a name in full: first and last; a first name where it is the `whole` of a string."""
    words = _WORD.findall(value)
    if not words or not words[0][0].isupper() or any(c in value for c in "_()[]{}=;"):
        return False
    levels = [first_name(word.casefold()) for word in words]
    if len(words) == 1:
        return whole and levels[0] == 2
    last = words[-1].casefold()
    known = is_surname(last) or frequency(last) < _IN_USE
    return (
        known
        and words[-1][0].isupper()
        and (2 in levels[:-1] or (levels[0] == 1 and is_surname(last)))
    )


# ---- web addresses ----------------------------------------------------------------------------------------------

_ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]{1,15}://|www\.)", re.IGNORECASE)
_REST = re.compile(r"[^\s\"'<>`()\[\]{}|\\,;]{0,2000}")


def _bordered(span: Span, text: str) -> Span | None:
    """A web address as it stands between borders; None for the beginning of a word that only looks like one."""
    if span.entity_type != "URL" or span.score >= CERTAIN:
        return span
    before, after = text[max(0, span.start - 1) : span.start], text[span.end : span.end + 1]
    inside = after.isalnum() or after == "_"
    if _ADDRESS.match(text, span.start):
        rest = _REST.match(text, span.end) if inside else None
        return span._replace(end=rest.end()) if rest else span
    if inside or after == "(" or before.isalnum() or before in ("_", "@", "."):
        return None
    return span
