"""What goes and what stays: the profiles, as a table, type by type and with the reason.

`strict` takes what HIPAA's Safe Harbor list names (45 CFR 164.514(b)(2)), and organisations, nationalities and
plausible guesses besides. `balanced` takes what identifies or locates a *person* and leaves the topic: a prompt about
a government, a firm or a country stays that prompt. A public figure's name goes in both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from logminer.privacy.finders.lexicon import (
    first_name,
    frequency,
    is_nationality,
    is_region,
    is_surname,
    is_town,
)
from logminer.privacy.finders.tokens import word_set
from logminer.privacy.options import Profile
from logminer.privacy.spans import CERTAIN, Span

__all__ = ["PROFILES", "Rule", "is_removed", "needed", "never_guessed"]


class Rule(NamedTuple):
    """When a found span is removed: at this score or more, and where `only` (if any) says so of its text; and why.

    From the score `trusted` on, `only` is not asked. `only` says no to every text in which `needed` is not found.
    """

    why: str
    least_score: float = 0.0
    only: Callable[[str], bool] | None = None
    trusted: float = CERTAIN
    needed: re.Pattern[str] | None = None


STAYS = 2.0  # no score is that high

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_FULL_DATE = re.compile(
    rf"\b\d{{1,2}}(?:st|nd|rd|th)?(?:\s+of)?[\s.-]*{_MONTH}[\s,.-]*\d{{2,4}}\b"
    rf"|\b{_MONTH}\s*\d{{1,2}}(?:st|nd|rd|th)?\b[\s,.-]*\d{{2,4}}\b"
    r"|\b(?:\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2(?:\d{4}|\d{2}))(?!\d)",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"[{}<>=\\;|*#$%^~\[\]]|://|\(\)|\w\.\w{2}|[a-z]{3}[A-Z]|\b[a-z]+[A-Z]|[A-Z]{2}[a-z]{2}|[A-Z]_[A-Z]|\w_\w*\("
)
_WORD = re.compile(r"[^\W\d_]+")
_COMMON = 1_000  # from this frequency on, a word is in use; see `lexicon.frequency`
# What small models take for names and places most often.
_NOBODY = word_set(
    """
    ai ajax amazon android angular apache api apple arduino aws azure bash bitcoin blender braille brexit c cad chatgpt claude covid cpp css
    cv cvs deutsch django docker dockerfile english español ethereum excel facebook fastapi figma firefox flask flutter français
    gemini gb gimp git github google gpt gpu hadoop haskell html http instagram ios java javascript jenkins jira jpeg jquery json
    jupyter kafka keras kotlin kubernetes laravel latex linkedin linux lorem llm lua mac macos markdown matlab microsoft
    mongodb mysql netflix next nginx node nodejs numpy openai opencv oracle pandas pdf perl photoshop php png postgres postgresql
    powerpoint prolog pytorch python pytest qt raspberry react reddit redis redux roblox ruby rust salesforce scala scikit
    selenium shopify skype slack snapchat spark spotify spring sql sqlite steam svelte swift tailwind tensorflow terraform
    tesla tiktok trello twitter typescript ubuntu unity unreal vim vscode vue webpack whatsapp wikipedia windows wordpress word
    xbox xcode xml yaml youtube zoom
    jupiter lorem mars mercury moon neptune pluto saturn solar sun uranus venus
    god allah buddha jesus christ satan lord north south east west the
    """
)


_FULL_DATE_FIGURES = re.compile(r"\d\D*\d\D*\d")


def _is_full_date(text: str) -> bool:
    return bool(_FULL_DATE.search(text))


def _is_old_age(text: str) -> bool:
    """Safe Harbor: every age over 89."""
    return any(int(digits) > 89 for digits in re.findall(r"\d{1,4}", text))


def _may_be_a_person(text: str) -> bool:
    """Code, products and peoples name nobody, whatever the model says; nor do common words that no list of names has."""
    words = [word.casefold() for word in _WORD.findall(text)]
    if _CODE.search(text) or not words or all(word in _NOBODY for word in words):
        return False
    if all(is_nationality(word) or word in _NOBODY for word in words):
        return False
    levels = [first_name(word) for word in words]
    listed = [bool(level) or is_surname(word) for level, word in zip(levels, words, strict=True)]
    counts = [frequency(word) for word in words]
    if text.islower():
        return any(
            known and count < 3 * _COMMON for known, count in zip(listed, counts, strict=True)
        )
    if 2 in levels:
        return True
    if not listed[-1] and counts[-1] >= 3 * _COMMON:  # "Lentil Soup"
        return False
    return any(
        # one letter is a name in Han ("林")
        word not in _NOBODY and (len(word) > 1 or word > "\u2e80") and (known or count < _COMMON)
        for word, known, count in zip(words, listed, counts, strict=True)
    )


def _may_locate(text: str) -> bool:
    """Towns, streets and buildings locate a person; countries, states and larger regions do not, nor do common words."""
    if any(c.isdigit() for c in text):
        return not _CODE.search(text) and not re.fullmatch(r"\w*[a-z]\w*", text)
    name = re.sub(r"^(?:the|in|of|from) |['’]s?$", "", text.strip().casefold())
    words = _WORD.findall(name)
    if _CODE.search(text) or not words or all(word in _NOBODY for word in words):
        return False
    if is_region(name) or all(is_nationality(w) or is_region(w) or w in _COMPASS for w in words):
        return False
    if text.islower() and not is_town(name):
        return False
    if re.search(_LARGE, name):
        return False
    return is_town(name) or any(frequency(word) < _COMMON for word in words)


def _is_no_plain_word(text: str) -> bool:
    """Labels and code are no names, nor is a word in everyday use that no list of names or places has."""
    words = [word.casefold() for word in _WORD.findall(text)]
    if len(words) != 1 or text.isupper():
        return _is_no_identifier(text)
    (word,) = words
    if word == "tel" or not _is_no_identifier(text):
        return False
    known = first_name(word) or is_surname(word) or is_region(word) or is_town(word)
    return bool(known) or frequency(word) < 10 * _COMMON


def _is_no_identifier(text: str) -> bool:
    return not _IDENTIFIER.fullmatch(text)


# eth0, createdAt, SocketTimeoutException; "McDonald" and "iPad" are none
_IDENTIFIER = re.compile(r"[a-z]+\d|[a-z]{2,}[A-Z][a-z]\w*|(?:[A-Z][a-z]+){2}(?:[A-Z][a-z]+)+")


def _is_written_as_a_number_to_call(text: str) -> bool:
    """A run of figures, a decimal or an ISBN is as often anything else: without a word beside it, it stays."""
    return not _ANY_NUMBER.fullmatch(text.strip())


_ANY_NUMBER = re.compile(r"\d+|(?:\d{1,4}[ \t])?\d+\.\d+|\d{1,5}-\d{1,7}-\d{1,7}-[\dXx]")


_COMPASS = word_set(
    "north south east west northern southern eastern western southeast southwest northeast northwest central middle upper lower new great and of the republic kingdom"
)
_LARGE = re.compile(
    r"\b(?:ocean|sea|gulf|strait|river|desert|mountains?|alps|peninsula|continent|galaxy|planet|empire|dynasty|kingdom|republic|federation|union|islands"
    r"|war|road initiative|initiative|agreement|treaty|project|constitution|cup)\b"
)

_ID = "a number that a word announces (record, account, policy, licence, plate, device, order)"
# Entity type → rule; None is the rule of every other type.
PROFILES: dict[Profile, Mapping[str | None, Rule]] = {
    "strict": {
        "PERSON": Rule("names, also guessed from a capital inside a sentence", only=_is_no_plain_word, trusted=0.9),
        "USERNAME": Rule("user names and handles"),
        "LOCATION": Rule("every place, postcode and country: Safe Harbor leaves none smaller than a state", only=_is_no_plain_word, trusted=0.9),
        "ADDRESS": Rule("streets, boxes, units and the lines that belong to them"),
        "DATE_TIME": Rule("every date, time and duration that is found, years included", only=_is_no_identifier),
        "AGE": Rule("every age"),
        "PHONE_NUMBER": Rule("telephone and fax numbers, local forms included", only=_is_written_as_a_number_to_call, trusted=0.5),
        "EMAIL_ADDRESS": Rule("e-mail addresses"),
        "URL": Rule("web addresses"),
        "IP_ADDRESS": Rule("network addresses"),
        "MAC_ADDRESS": Rule("device identifiers"),
        "SECRET": Rule("keys, passwords, tokens, codes and links that log in"),
        "CREDIT_CARD": Rule("card numbers"),
        "IBAN_CODE": Rule("account numbers"),
        "US_SSN": Rule("social security numbers"),
        "ID": Rule(_ID),
        "UUID": Rule("any other unique identifier"),
        "ORGANIZATION": Rule("employers, hospitals and schools, with every other organisation", only=_is_no_identifier),
        "NRP": Rule("nationalities, religions and political groups"),
        # a letter and digits is a part number as often: without a word beside it that says licence, it stays
        "US_DRIVER_LICENSE": Rule("driving licences, by form or announced", 0.2),
        None: Rule("whatever else Presidio's recognisers report, at any score"),
    },
    "balanced": {
        "PERSON": Rule("names, unless they are code, products or common words", 0.35, _may_be_a_person, trusted=0.9),
        "USERNAME": Rule("user names and handles; decorators and annotations of code are none", 0.35),
        "LOCATION": Rule("towns, streets, buildings and postcodes; countries, states and larger regions stay", 0.35, _may_locate),
        "ADDRESS": Rule("streets with a number, boxes, units and the lines that belong to them", 0.55),
        "DATE_TIME": Rule("dates that name day, month and year, and all that a word for birth announces; others are topic", only=_is_full_date, trusted=0.95, needed=_FULL_DATE_FIGURES),
        "AGE": Rule("ages over 89", only=_is_old_age),
        "PHONE_NUMBER": Rule("telephone and fax numbers that are valid or announced", 0.35, _is_written_as_a_number_to_call, trusted=0.5),
        "EMAIL_ADDRESS": Rule("e-mail addresses"),
        "URL": Rule("web addresses stay unless a login is inside", CERTAIN),
        "IP_ADDRESS": Rule("network addresses that are well formed (`a::b` is code)", CERTAIN),
        "MAC_ADDRESS": Rule("device identifiers"),
        "SECRET": Rule("keys, passwords, tokens, codes and links that log in"),
        "CREDIT_CARD": Rule("card numbers with a valid checksum", 0.4),
        "IBAN_CODE": Rule("account numbers with a valid checksum"),
        "CRYPTO": Rule("wallet addresses with a valid checksum"),
        "ID": Rule(_ID, 0.55),
        "UUID": Rule("stays: part of code and of links", STAYS),
        "ORGANIZATION": Rule("stays: the topic", STAYS),
        "NRP": Rule("stays: the topic", STAYS),
        None: Rule("whatever else Presidio's recognisers report with a word beside it that says what it is", 0.35),
    },
}  # fmt: skip


def is_removed(profile: Profile, span: Span, text: str) -> bool:
    """Whether the profile removes this span of `text`."""
    rules = PROFILES[profile]
    rule = rules.get(span.entity_type) or rules[None]
    return span.score >= rule.least_score and (
        rule.only is None or span.score >= rule.trusted or rule.only(text[span.start : span.end])
    )


def never_guessed(profile: Profile) -> frozenset[str]:
    """Types of which a profile removes nothing that is not certain: nobody need look for what only may be one."""
    rules = PROFILES[profile].items()
    return frozenset(kind for kind, rule in rules if kind and rule.least_score >= CERTAIN)


def needed(profile: Profile) -> dict[str, re.Pattern[str]]:
    """What a text must hold for a guess of a type to be removed."""
    rules = PROFILES[profile].items()
    return {kind: rule.needed for kind, rule in rules if kind and rule.needed}
