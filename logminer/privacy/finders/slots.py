"""Names that a form of writing has a place for: tickets of an airline, lines of games and forums, capitals, "tell …"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from logminer.privacy.finders.accountnames import is_somebody
from logminer.privacy.finders.lexicon import (
    first_name,
    frequency,
    is_country,
    is_foreign_word,
    is_nationality,
    is_region,
    is_surname,
    is_town,
)
from logminer.privacy.finders.people import COMMON, NO_NAME, RARE
from logminer.privacy.finders.tokens import Token, Tokens, word_set
from logminer.privacy.spans import Span

__all__ = ["find_slots"]

SURE, SAID, LISTED = 0.9, 0.7, 0.5

# "NAGY/IMRE MR", as reservations have it
_BOOKED = re.compile(
    r"(?<![\w/])([A-ZÀ-Þ][A-ZÀ-Þ'-]{1,29}/[A-ZÀ-Þ]{2,25}(?: [A-ZÀ-Þ]{2,25})??) ?(?:MR|MRS|MS|MISS|MSTR|CHD|INF|DR)(?!\w)"
)
# "Player kiwi77 joined the game", "[Team] kiwi77: push", "* kiwi77 has quit", "kiwi77 wrote:"
_PLAYS = re.compile(
    r"^(?:\*{1,3} ?|[-<>!]{2,3} ?|player )?([A-Za-z_][\w.-]{2,30}) (?:(?:\([^()\n]{1,60}\) )?(?:joined|left|has (?:joined|left|quit|parted)|was (?:slain|killed|kicked|banned|shot)|is now known as)\b|(?:wrote|schrieb|escribió|scrisse|ha scritto|a écrit) ?:[ \t]*$)",
    re.MULTILINE | re.IGNORECASE,
)
_TEAM = re.compile(
    r"^[\[(](?:all|team|party|guild|squad|global|local|clan|allies|whisper|raid|trade|say|yell)[\])] ?([A-Za-z_][\w.-]{2,30}):",
    re.MULTILINE | re.IGNORECASE,
)
_CALLED = re.compile(
    r"\b(?:calls? me|called me|known as|goes by|go by|aka|(?:play(?:s|ing)?|registered|logged in|signed up|posting|streams?) as)[ :]{1,2}[\"'“]?((?=[A-Za-z_.]{0,24}\d)[A-Za-z_][\w.]{3,24})\b",
    re.IGNORECASE,
)
_DOTTED = re.compile(r"(?<![\w.@/\\-])([a-z]{3,20})\.([a-z]{3,20})(?![\w(.@=-])")
_RELATED = re.compile(
    r"\b([A-Z][^\W\d_]{2,20}(?:-[^\W\d_]{2,20})?), (?:my|his|her|our) (?:late |older |younger |ex-?|step-?|best )?(?:wife|husband|son|daughter|brother|sister|mother|father|mom|mum|dad|girlfriend|boyfriend|partner|friend|boss|cousin|uncle|aunt|niece|nephew|neighbou?r|roommate|flatmate|colleague)\b"
)
_TOLD = word_set("tell told text texted ask asked remind invite invited message messaged")
_KIN = word_set(
    "wife husband son daughter brother sister mother father mum mom dad aunt uncle mr mrs ms dr patient tenant witness"
)
_MACHINES = word_set("siri alexa cortana bixby claude gemini hal jarvis chatgpt bard grok")


def find_slots(tokens: Tokens) -> Iterator[Span]:
    """Spans of PERSON and USERNAME."""
    text = tokens.text
    if "/" in text:
        for match in _BOOKED.finditer(text):
            yield Span(*match.span(1), "PERSON", SURE)
    if tokens.vocabulary & _GAMES:
        for pattern in (_PLAYS, _TEAM, _CALLED):
            for match in pattern.finditer(text):
                if _is_handle(match.group(1)):
                    yield Span(*match.span(1), "USERNAME", SAID)
    if "." in text:
        for match in _DOTTED.finditer(text):
            if first_name(match.group(1)) == 2 and _is_rare_surname(match.group(2)):
                yield Span(*match.span(), "USERNAME", SAID)
    for match in _RELATED.finditer(text) if ", " in text else ():
        if _may_be_called(match.group(1).casefold()):
            yield Span(*match.span(1), "PERSON", SAID)
    told = bool(tokens.vocabulary & _TOLD)
    for i, word in enumerate(tokens.words):
        if word.shape == "AA":
            yield from _in_capitals(tokens, i)
        elif told and i and word.shape in ("a", "Aa") and tokens.words[i - 1].lower in _TOLD:
            yield from _told(tokens, i)


_GAMES = word_set(
    """
    player joined left quit parted slain killed kicked banned shot known wrote schrieb escribió scrisse scritto écrit team all party guild squad global local clan
    allies whisper raid trade say yell call calls called goes go aka play plays playing registered logged signed posting stream streams
    """
)


def _is_handle(name: str) -> bool:
    """Whether a name is written as nobody but an account is called: with figures or signs, and not as a file is."""
    return is_somebody(name) and any(c in "_0123456789" for c in name)


def _is_rare_surname(word: str) -> bool:
    return is_surname(word) and frequency(word) < COMMON


def _may_be_called(word: str) -> bool:
    place = is_town(word) or is_region(word) or is_country(word) or is_nationality(word)
    return not place and (bool(first_name(word)) or frequency(word) < RARE)


def _told(tokens: Tokens, at: int) -> Iterator[Span]:
    """ "tell estefanía", "ask Eun-ji": whom one tells something has a name."""
    word = tokens.words[at]
    if tokens.gaps[at] != " " or word.lower in NO_NAME or word.lower in _MACHINES:
        return
    small = word.shape == "a"
    known = first_name(word.lower)
    if known == 2 if small else _may_be_called(word.lower.split("-")[0]):
        yield Span(word.start, word.end, "PERSON", SAID if known == 2 else LISTED)


def _in_capitals(tokens: Tokens, at: int) -> Iterator[Span]:
    """ "FROM EMA GAILIUS REF RENT": a first name and a surname among other words in capitals."""
    words, gaps = tokens.words, tokens.gaps
    if at and gaps[at] == " " and words[at - 1].lower in _KIN and first_name(words[at].lower) == 2:
        yield Span(words[at].start, words[at].end, "PERSON", SAID)
    if at + 1 >= len(words) or gaps[at + 1] not in (" ", "-") or words[at + 1].shape != "AA":
        return
    first, last = words[at], words[at + 1]
    if any(w.lower in NO_NAME or len(w.text) < 3 for w in (first, last)):
        return
    known = first_name(first.lower) == 2 and frequency(first.lower) < COMMON
    if known and (_is_rare_surname(last.lower) or _is_strange(last)):
        end = last.end
        if at + 2 < len(words) and gaps[at + 2] in (" ", "-") and words[at + 2].shape == "AA":
            third = words[at + 2]
            end = third.end if _is_rare_surname(third.lower) else end
        yield Span(first.start, end, "PERSON", LISTED)
    elif _is_strange(first) and _is_rare_surname(last.lower) and _is_shouted(tokens, at):
        yield Span(first.start, last.end, "PERSON", LISTED)


def _is_strange(word: Token) -> bool:
    """Whether no dictionary at hand has a word."""
    return len(word.text) > 3 and not frequency(word.lower) and not is_foreign_word(word.lower)


def _is_shouted(tokens: Tokens, at: int) -> bool:
    """Whether the words around are in capitals too, and common ones."""
    near = tokens.words[max(0, at - 4) : at] + tokens.words[at + 2 : at + 6]
    return sum(w.shape == "AA" and frequency(w.lower) >= COMMON for w in near) > 2
