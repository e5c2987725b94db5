"""Values behind keys and tags: XML, JSON, arguments, vCards."""

from __future__ import annotations

import re
from collections.abc import Iterator

from logminer.privacy.finders.columns import is_value, is_weak, key_words, kind_of
from logminer.privacy.finders.tables import scored
from logminer.privacy.finders.tokens import Tokens
from logminer.privacy.spans import Span

__all__ = ["find_keyed"]

_WORDS = key_words()
_TAG = re.compile(
    r"<(?:\w{1,12}:)?([^\W\d][\w.-]{1,30})(?: [^<>\n]{0,80})?>\s{0,4}([^<>\n]{1,80}?)\s{0,4}</"
)
_QUOTED = re.compile(r"(?::|=>?)\s{0,2}(?:\"([^\"\n]{1,80})\"|'([^'\n]{1,80})')")
_KEY = re.compile(r"([^\W\d][\w-]{1,30}(?: [\w]{1,16}){0,2})[\"'`]?\s{0,2}\Z")
_QUOTES = frozenset("\"'`")
_COUNTERS = ("id", "no", "number", "_id")  # of anything: only what is registered with letters
_REGISTERED = re.compile(r"[A-Z]{1,4}-?\d{5,12}[A-Z]?|\d{6,9}[A-Z]")
_INLINE = re.compile(
    r":[ \t]{1,3}([^\W\d_][^\n:,;|\"(){}<>]{1,40}?)(?=[ \t]{2}|[,;|\n\")]|\. |\.$|$)"
)
_BARE = re.compile(
    r"(?<![\w$.])([^\W\d][\w-]{1,24})=([^\s,;&\"'(){}<>\[\]$]{2,60})(?=[,;&\s\"')]|$)"
)
_CARD = re.compile(
    r"^(N|FN|BDAY|NICKNAME|SORT-STRING)(?:;[\w=;-]{1,40})?:([^\n\r]{2,80})", re.MULTILINE
)
_POSTAL = re.compile(r"^ADR(?:;[\w=;,-]{1,40})?:([^\n\r]{2,160})", re.MULTILINE)
_COMMON_NAME = re.compile(r"[;:]CN=\"?([^\":;\n]{2,60})")
_INPUT = re.compile(
    r"\bname=[\"']([\w-]{2,30})[\"'][^<>\n]{0,80}?\bvalue=[\"']([^\"'\n<>]{1,80})[\"']"
)


def find_keyed(tokens: Tokens) -> Iterator[Span]:
    """Spans of the values of keys that `columns` knows."""
    text = tokens.text
    if not _WORDS & tokens.vocabulary and "BEGIN:V" not in text:
        return
    if "</" in text:
        for match in _TAG.finditer(text):
            yield from _valued(match.group(1), match.group(2), match.start(2))
    if ":" in text or "=" in text:
        for match in _QUOTED.finditer(text):
            if key := _KEY.search(text[max(0, match.start() - 40) : match.start()]):
                group = 1 if match.group(1) is not None else 2
                yield from _valued(key.group(1), match.group(group), match.start(group))
    if ": " in text:
        for match in _INLINE.finditer(text):
            key = _KEY.search(text[max(0, match.start() - 24) : match.start()])
            if key and kind_of(key.group(1)) == "PERSON" and not is_weak(key.group(1)):
                yield from _valued(key.group(1), match.group(1), match.start(1))
        at = 0
        for line in text.split("\n"):
            label, sign, value = line.partition(": ")
            if sign and 0 < len(value) <= 60 and len(label) <= 40 and label[-1:] not in _QUOTES:
                yield from _valued(label.lstrip(" \t-*>"), value, at + len(label) + 2)
            at += len(line) + 1
    if "=" in text:
        for match in _BARE.finditer(text):
            yield from _valued(match.group(1), match.group(2), match.start(2))
    if "value=" in text:
        for match in _INPUT.finditer(text):
            yield from _valued(match.group(1), match.group(2), match.start(2))
    if "BEGIN:V" in text:
        for match in _COMMON_NAME.finditer(text):
            yield scored("PERSON", *match.span(1))
        for match in _POSTAL.finditer(text):
            yield scored("ADDRESS", *match.span(1))
    if "BEGIN:VCARD" in text:
        for match in _CARD.finditer(text):
            kind = "DATE_TIME" if match.group(1) == "BDAY" else "PERSON"
            at = match.start(2)
            for part in match.group(2).split(";"):
                if part.strip():
                    yield scored(kind, at, at + len(part.rstrip()))
                at += len(part) + 1


def _valued(key: str, value: str, start: int) -> Iterator[Span]:
    kind = kind_of(key)
    if kind is None:
        return
    bare = value.strip(" \t\r,;*_`\"'")
    if key.casefold().strip() in _COUNTERS:
        if _REGISTERED.fullmatch(bare):
            yield scored(kind, start + value.index(bare), start + value.index(bare) + len(bare))
    elif bare and is_value(kind, bare.replace("_", " "), sure=not is_weak(key)):
        first = start + value.index(bare)
        yield scored(kind, first, first + len(bare))
