"""What anonymised text still gives away: identifiers that a checksum proves, and quasi-identifiers.

What stands in the place of something (a recorded redaction, a surrogate that a model repeats) looks like what it
replaced, and is no leftover.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from logminer.privacy.patterns import find_all
from logminer.privacy.spans import Span

__all__ = ["KINDS", "blanked", "certain", "is_own_hash", "occurrences", "quasi_identifiers"]

Range = tuple[int, int]

_CALL_ID = re.compile(r"\bcall_[0-9a-f]{24}\b")
_OWN_HASH = re.compile(r"(?:call_)?[0-9a-f]{12,64}(?:-\d{9})?|\d{8}T\d{12}-[0-9a-f]{6}")


def is_own_hash(text: str) -> bool:
    """Whether this is a pseudonym, a fingerprint or the name of a part or run: digits by accident."""
    return bool(_OWN_HASH.fullmatch(text))


def certain(text: str, replaced: Iterable[Range] = ()) -> list[Span]:
    """Proven identifiers (`patterns.find_all`) that are left outside what was replaced, sorted.

    One that reaches out of a replacement counts where the part outside is an identifier by itself.
    """
    found = find_all(text)
    if not found:
        return []
    gone = sorted([*replaced, *(m.span() for m in _CALL_ID.finditer(text))])
    return sorted(span for span in found if _is_left(text, span, gone))


def _is_left(text: str, span: Span, gone: Sequence[Range]) -> bool:
    outside, place = [], span.start
    for start, end in gone:
        if start < span.end and span.start < end:
            outside.append(text[place : max(start, place)])
            place = max(place, end)
    if not outside:
        return True
    return any(find_all(piece) for piece in (*outside, text[place : span.end]))


def blanked(text: str, replaced: Iterable[Range]) -> str:
    """`text`, as long as it was, without what stands in its replacements."""
    parts, place = [], 0
    for start, end in sorted(replaced):
        start = max(start, place)
        if end > start:
            parts += [text[place:start], "\x01" * (end - start)]
            place = end
    return "".join((*parts, text[place:]))


def occurrences(text: str, values: Iterable[str]) -> list[Range]:
    """Where one of `values` stands as words of its own, whatever its case."""
    escaped = [re.escape(value) for value in sorted(values, key=len, reverse=True) if value.strip()]
    if not escaped:
        return []
    found = re.finditer(rf"(?<!\w)(?:{'|'.join(escaped)})(?!\w)", text, re.IGNORECASE)
    return [match.span() for match in found]


# ---- quasi-identifiers: in English, of who writes or of somebody written about ---------------------------------

_WHO = (
    r"\b(?:i|we|he|she|they|who)(?:['’](?:m|ve|re|s|d)|\s+(?:am|are|is|was|were|have|has|had))?"
    r"\s+(?:\w+ly\s+|just\s+|now\s+)?"
)
_NAME = r"(?P<told>(?-i:[A-Z])[\w.&'’-]+)"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DWELLS = (
    r"(?:live[sd]?|living|resid(?:e|es|ed|ing)|based|born|raised|grew up|located|moved|came|comes?|from)\s+"
    r"(?:(?:here|back|over)\s+)?(?:(?:in|to|from|near|outside|at)\s+)?(?:the\s+)?"
)
_WORKS = (
    r"(?:work(?:s|ed|ing)?|employed|intern(?:ed|ing)?|hired|laid off|fired)\s+"
    r"(?:as\s+(?:an?\s+)?[\w -]{2,40}?\s+)?(?:at|for|with|by|from)\s+(?:the\s+)?"
)

# Kind → its patterns; `told` is the part that must be left, else all of it.
_KINDS: dict[str, tuple[re.Pattern[str], ...]] = {
    kind: tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)
    for kind, patterns in {
        "age": (
            r"\b(?P<told>\d{1,3})\s?-?\s?(?:years?|yrs?)[\s-]old\b",  # 34 years old, a 34-year-old
            r"\b\d{1,3}\s?y/?o\b",
            r"\b(?:i['’]?m|i am|i turned)\s+(?:only |just |now )?(?P<told>1\d|[2-9]\d)"  # I'm 34.
            r"(?=\s*(?:[.,;!?)]|$|and\b|years\b|from\b|male\b|female\b|[mf]\b))",
            r"\b(?:aged|age\s?[:=]|at the age of)\s?(?P<told>\d{1,3})\b",
            r"\bborn\s+(?:in|on)\s+(?:\w+\s+)?(?:\d{1,2},?\s+)?(?P<told>(?:19|20)\d\d)\b",
        ),
        "place": (
            _WHO + _DWELLS + _NAME,  # I live in Leeds, she's from Ohio
            r"\bmy\s+(?:home\s?town|town|city|village|neighbou?rhood)\s*(?:is|of|,|:)\s*" + _NAME,
        ),
        "employer": (
            _WHO + _WORKS + _NAME,  # I work as a nurse at Mercy
            r"\bmy\s+(?:employer|company|firm|workplace)\s*(?:is|was|,|:)\s*" + _NAME,
        ),
        "date": (  # of a day: 3 May, May 3rd, 2021-05-03, 3/5/2021
            rf"\b\d{{1,2}}(?:st|nd|rd|th)?(?:\s+of)?[\s.-]*{_MONTH}(?:[\s,.-]*\d{{4}}\b)?",
            rf"\b{_MONTH}\s*\d{{1,2}}(?:st|nd|rd|th)?\b(?:[\s,.-]*\d{{4}}\b)?",
            r"\b\d{4}([-/.])\d{1,2}\1\d{1,2}(?!\d)",
            r"\b\d{1,2}([-/.])\d{1,2}\1(?:\d{4}|\d{2})(?!\d)",
        ),
    }.items()
}
KINDS = tuple(_KINDS)


def quasi_identifiers(text: str, replaced: Sequence[Range] = ()) -> frozenset[str]:
    """Kinds of `KINDS` (age, place, employer, date) that the text still tells outside what was replaced.

    Patterns for English: they miss much, and what they find may be another's.
    """
    return frozenset(
        kind
        for kind, patterns in _KINDS.items()
        if any(_tells(p, text, replaced) for p in patterns)
    )


def _tells(pattern: re.Pattern[str], text: str, replaced: Sequence[Range]) -> bool:
    for match in pattern.finditer(text):
        start, end = match.span("told") if "told" in pattern.groupindex else match.span()
        if not any(a < end and start < b for a, b in replaced):
            return True
    return False
