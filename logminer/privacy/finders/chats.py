"""Who speaks in a chat log, and names in the places where people put them without capitals or lists knowing them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from logminer.privacy.finders.accountnames import is_somebody
from logminer.privacy.finders.lexicon import first_name, frequency, is_surname
from logminer.privacy.finders.tokens import Token, Tokens, word_set
from logminer.privacy.spans import Span

__all__ = ["find_chats"]

SURE, SAID = 0.9, 0.7
COMMON, RARE = 3_000, 150

_TIME = (
    r"(?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4},? )?\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?: ?[APap]\.?[Mm]\.?)?"
)
_CLOCK = re.compile(r"\d[:.]\d\d")
# [12:03] Oksana: …   12:03 - Oksana Veldkamp: …   [03/05/24, 12:03:44] Oksana: …
_TIMED = re.compile(
    rf"(?:(?<=\n)|\A)(?=[\[(\d])(?:\[{_TIME}\]|\({_TIME}\)|{_TIME})[ \t]{{0,3}}(?:[-–—|][ \t]{{0,3}})?[<@~]?([^\W\d_][\w .'’-]{{1,40}}?)>?(?::(?=\s)|>(?=\s)|(?<=>) )",
    re.MULTILINE,
)
# oksana.v  10:31 AM   /   Oksana — Today at 10:31
_HEADED = re.compile(
    rf"^([^\W\d_][\w.'’-]{{1,31}}(?: [A-Z][\w.'’-]{{1,31}}){{0,2}})(?: {{2,4}}(?:\[)?{_TIME}\]?| {{0,2}}[—–-] {{0,2}}(?:Today|Yesterday|{_TIME})(?: at)?[^\n]{{0,12}}| (?:Today|Yesterday) at {_TIME})[ \t]*$",
    re.MULTILINE,
)
_ANGLED = re.compile(
    r"^(?:\[?\d{1,2}:\d\d(?::\d\d)?\]? ?)?<[ @+%~&]?([A-Za-z_\[\]`^{}|][\w\[\]`^{}|-]{2,24})>[ \t]+(?=[^\s<])",
    re.MULTILINE,
)
_BRACKETED = re.compile(
    r"^\[([A-Za-z][\w.-]{2,30}\d[\w.-]{0,10})\](?= ?:?[ \t]?[^\s\](])", re.MULTILINE
)
_NUMBERED = re.compile(
    r"(?:^|(?<=: )|(?<=\| ))([A-Za-z][A-Za-z_.-]{2,24}\d{2,5})(?=: [^\d\s])", re.MULTILINE
)
_ROLES = word_set(
    """
    user assistant system bot human ai agent support customer client operator admin moderator caller interviewer interviewee speaker narrator host guest teacher student
    info error warn warning debug trace fatal notice critical note message status event start end time date from to re subject total am pm and the note q a
    """
)
_TAGS = word_set(
    "div span table tbody thead head body html title img link meta script style form input button label select option ul ol li tr td th pre code strong nav main footer header section article svg path think thinking answer context tool result query response name text doc document example instructions"
)

# "passenger POTOCZNA, KAJA", "ask for Thu Trang", "hey its franck from the gym", "this is oksana speaking"
_BEFORE_NAMES = word_set(
    "passenger passengers prof teacher landlord landlady tenant patient pt pcp insured nurse midwife coach officer beneficiary attn note name kin"
)
_PAIRS = frozenset(
    tuple(pair.split())
    for pair in word_set(
        """
        ask for|speak to|speak with|talk to|am called|call me|calls me|prescription for|reported by|signed by|opened by|emergency contact|hey its|hi its|hello its|hey it's
        hi it's|hello it's|hey im|hi im|this is|its me|it's me|here is|i'm called
        """,
        "|",
    )
)
_LAST = _BEFORE_NAMES | {pair[1] for pair in _PAIRS}
_SPEAKING = re.compile(r"(?:\w[\w'’-]{1,24} ){1,2}(?:speaking|calling|here|from)\b")
_GREETING = re.compile(r"(?:hey|hi|hello|yo|sup),? this\Z", re.IGNORECASE)
_SWAPPED = re.compile(
    r"([^\W\d_][^\W\d_'’-]{1,24}(?:[ '’-][^\W\d_]{1,24})?), ([^\W\d_][^\W\d_'’-]{1,24}(?:[ -][^\W\d_]{2,24})?)(?=[\s,;.:)\]\"|]|$)"
)
_PLAIN = re.compile(
    r"((?:[A-Z]\. ?){1,2})?([^\W\d_][\w'’-]{1,24})(?: ([^\W\d_][\w'’-]{1,24}))?(?: ([^\W\d_][\w'’-]{1,24}))?"
)


def find_chats(tokens: Tokens) -> Iterator[Span]:
    """Spans of PERSON and USERNAME."""
    text = tokens.text
    if tokens.figures and ":" in text and _CLOCK.search(text):
        for pattern in (_TIMED, _HEADED):
            for match in pattern.finditer(text):
                yield from _speaker(match.group(1), match.start(1))
    if (text.startswith("<") or "\n<" in text) and "</" not in text:
        for match in _ANGLED.finditer(text):
            if match.group(1).lower() not in _TAGS and is_somebody(match.group(1)):
                yield Span(*match.span(1), "USERNAME", SAID)
    if text.startswith("[") or "\n[" in text:
        for match in _BRACKETED.finditer(text):
            if is_somebody(match.group(1)):
                yield Span(*match.span(1), "USERNAME", SAID)
    if tokens.vocabulary & _LOGS:
        for match in _NUMBERED.finditer(text):
            yield Span(*match.span(1), "USERNAME", SAID)
    for figure in tokens.figures:
        if figure.end - figure.start == 2 and text[figure.start - 2 : figure.start] in (", ", " ("):
            yield from _aged(text, figure)
    known = tokens.vocabulary & _LAST
    for i, word in enumerate(tokens.words) if known else ():
        if word.lower in known and _introduces(tokens, i):
            yield from _introduced(text, tokens.words[i + 1].start)


def _introduces(tokens: Tokens, at: int) -> bool:
    """Whether the word `at`, with the one before it, says that a name comes."""
    words, gaps, text = tokens.words, tokens.gaps, tokens.text
    if at + 1 == len(words) or gaps[at + 1] not in (" ", ": ", ", "):
        return False
    word = words[at]
    if word.lower in _BEFORE_NAMES:
        return True
    if not at or gaps[at] not in (" ", ", ") or (words[at - 1].lower, word.lower) not in _PAIRS:
        return False
    if word.lower in ("is", "its", "it's"):
        greeted = words[at - 1].lower != "this" or bool(
            _GREETING.search(text[max(0, word.start - 16) : word.start - 1])
        )
        return greeted or bool(_SPEAKING.match(text, word.end + 1))
    return True


def _aged(text: str, figure: Token) -> Iterator[Span]:
    match = _AGED.search(text, max(0, figure.start - 48), figure.end + 8)
    if match and match.end() > figure.start:
        folded = match.group(1).casefold()
        if (first_name(folded) or not frequency(folded)) and frequency(folded) < COMMON:
            yield Span(
                match.start(1), match.end(2) if match.group(2) else match.end(1), "PERSON", SAID
            )


# "Lesya, 34, Leeds", "Tom Berg (41) from Oslo"
_AGED = re.compile(
    r"([A-Z][^\W\d_]{2,20})( [A-Z][^\W\d_'’-]{2,20})?(?:, (?:1[89]|[2-9]\d),? (?:from |of |and |[A-Z])| \((?:1[89]|[2-9]\d)\),? (?:from|of|who|lives|is)\b)"
)
_LOGS = word_set(
    "discord irc chat chatlog log logs dump transcript channel conversation server group"
)


def _speaker(name: str, start: int) -> Iterator[Span]:
    name = name.rstrip()
    words = re.findall(r"[^\W\d_]+", name.casefold())
    if not words or all(
        w in _ROLES or (frequency(w) >= COMMON and not first_name(w)) for w in words
    ):
        return
    if any(c in name for c in "_.0123456789") and " " not in name:
        if is_somebody(name):
            yield Span(start, start + len(name), "USERNAME", SAID)
    elif len(words) <= 4 and not name.isupper() and (name[0].isupper() or first_name(words[0])):
        yield Span(start, start + len(name), "PERSON", SURE)


def _introduced(text: str, at: int) -> Iterator[Span]:
    """The name that a phrase introduces: one in any case that the lists know, or a surname with a comma before the first name."""
    if (
        (match := _SWAPPED.match(text, at))
        and match.group(1)[0].isupper()
        and match.group(2)[0].isupper()
    ):
        last, first = (match.group(g).casefold().split()[0] for g in (1, 2))
        if (first_name(first) or not frequency(first)) and (
            is_surname(last) or not frequency(last)
        ):
            yield Span(match.start(), match.end(2), "PERSON", SURE)
            return
    match = _PLAIN.match(text, at)
    if match is None:
        return
    words = [w for w in match.groups()[1:] if w]
    folded = [w.casefold() for w in words]
    capital = words[0][0].isupper()
    unknown = (
        capital
        and not any(map(frequency, folded[:2]))
        and (len(words) > 1 or "-" in words[0] or match.group(1))
    )
    count = frequency(folded[0])
    known = first_name(folded[0])
    if not (
        unknown
        or (known == 2 and (capital or count < COMMON))
        or (known and count < RARE)
        or (capital and (known or is_surname(folded[0])) and count < COMMON)
    ):
        return
    end = match.end(2)
    for group in (3, 4):
        word = match.group(group)
        if word is None or not (
            word[0].isupper() if capital else is_surname(word) and frequency(word) < COMMON
        ):
            break
        if frequency(word.casefold()) >= COMMON and not is_surname(word.casefold()):
            break
        end = match.end(group)
    yield Span(match.start(), end, "PERSON", SURE)
