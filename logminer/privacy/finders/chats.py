"""Who speaks in a chat log, and names in the places where people put them without capitals or lists knowing them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from logminer.privacy.finders.accountnames import is_somebody
from logminer.privacy.finders.lexicon import first_name, frequency, is_surname
from logminer.privacy.finders.tokens import Tokens, word_set
from logminer.privacy.spans import Span

__all__ = ["find_chats"]

SURE, SAID = 0.9, 0.7
COMMON = 3_000

_TIME = (
    r"(?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4},? )?\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?: ?[APap]\.?[Mm]\.?)?"
)
# [12:03] Oksana: …   12:03 - Oksana Veldkamp: …   [03/05/24, 12:03:44] Oksana: …
_TIMED = re.compile(
    rf"^(?:\[{_TIME}\]|\({_TIME}\)|{_TIME})[ \t]{{0,3}}(?:[-–—|][ \t]{{0,3}})?[<@~]?([^\W\d_][\w .'’-]{{1,40}}?)>?(?::(?=\s)|>(?=\s)|(?<=>) )",
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

# "hey its franck from the gym", "this is oksana speaking", "ask for Thu Trang", "passenger POTOCZNA, KAJA"
_INTRODUCED = re.compile(
    r"\b(?:(?:hey|hi|hello|yo|sup),? (?:its|it's|it is|this is)|(?:this is|its|it's|it is)(?= \w+(?: \w+)? (?:speaking|calling|here|from\b))|i am called|people call me|everyone calls me|you can call me|ask for|speak (?:to|with)|talk to"
    r"|passenger|passengers|prof|teacher|landlord|landlady|tenant|patient|pt|pcp|insured|nurse|midwife|coach|officer|reported by|signed by|opened by|prescription for|next of kin|emergency contact|beneficiary|attn|c/o|note|soap note|name)[:,]? ",
    re.IGNORECASE,
)
_INTRODUCERS = word_set(
    "hey hi hello yo sup its it's this called call calls ask speak talk passenger passengers prof teacher landlord landlady tenant patient pt pcp insured nurse midwife coach officer reported signed opened prescription kin contact beneficiary attn c note name"
)
_SWAPPED = re.compile(
    r"([^\W\d_][^\W\d_'’-]{1,24}(?:[ '’-][^\W\d_]{1,24})?), ([^\W\d_][^\W\d_'’-]{1,24}(?:[ -][^\W\d_]{2,24})?)(?=[\s,;.:)\]\"|]|$)"
)
_PLAIN = re.compile(
    r"([^\W\d_][\w'’-]{1,24})(?: ([^\W\d_][\w'’-]{1,24}))?(?: ([^\W\d_][\w'’-]{1,24}))?"
)


def find_chats(tokens: Tokens) -> Iterator[Span]:
    """Spans of PERSON and USERNAME."""
    text = tokens.text
    if "\n" in text and tokens.figures:
        for pattern in (_TIMED, _HEADED):
            for match in pattern.finditer(text):
                yield from _speaker(match.group(1), match.start(1))
    if "<" in text and "</" not in text and not text.isspace():
        for match in _ANGLED.finditer(text):
            if match.group(1).lower() not in _TAGS and is_somebody(match.group(1)):
                yield Span(*match.span(1), "USERNAME", SAID)
    if "[" in text:
        for match in _BRACKETED.finditer(text):
            if is_somebody(match.group(1)):
                yield Span(*match.span(1), "USERNAME", SAID)
    if tokens.vocabulary & _LOGS:
        for match in _NUMBERED.finditer(text):
            yield Span(*match.span(1), "USERNAME", SAID)
    if tokens.vocabulary & _INTRODUCERS:
        for match in _INTRODUCED.finditer(text):
            yield from _introduced(text, match)


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


def _introduced(text: str, cue: re.Match[str]) -> Iterator[Span]:
    """The name that a phrase introduces: one in any case that the lists know, or a surname with a comma before the first name."""
    if (
        (match := _SWAPPED.match(text, cue.end()))
        and match.group(1)[0].isupper()
        and match.group(2)[0].isupper()
    ):
        last, first = (match.group(g).casefold().split()[0] for g in (1, 2))
        if first_name(first) and (is_surname(last) or frequency(last) == 0):
            yield Span(match.start(), match.end(2), "PERSON", SURE)
            return
    match = _PLAIN.match(text, cue.end())
    if match is None:
        return
    words = [w for w in match.groups() if w]
    known = [first_name(w.casefold()) for w in words]
    count = frequency(words[0].casefold())
    capital = words[0][0].isupper()
    if not (known[0] == 2 and (capital or count < COMMON)) and not (
        capital and (known[0] or is_surname(words[0].casefold())) and count < COMMON
    ):
        return
    end = match.end(1)
    for group in (2, 3):
        word = match.group(group)
        if word is None or not (
            word[0].isupper() if capital else is_surname(word) and frequency(word) < COMMON
        ):
            break
        if frequency(word.casefold()) >= COMMON and not is_surname(word.casefold()):
            break
        end = match.end(group)
    yield Span(match.start(), end, "PERSON", SURE)
