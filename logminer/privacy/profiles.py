"""What goes and what stays: the profiles, as a table."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from logminer.privacy import names
from logminer.privacy.patterns import CERTAIN, Span

__all__ = ["PROFILES", "Profile", "Rule", "is_removed"]

Profile = Literal["strict", "balanced"]


class Rule(NamedTuple):
    """When a found span is removed: at this score or more, and where `only` (if any) says so of its text."""

    least_score: float = 0.0
    only: Callable[[str], bool] | None = None


_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_FULL_DATE = re.compile(
    rf"\b\d{{1,2}}(?:st|nd|rd|th)?(?:\s+of)?[\s.-]*{_MONTH}[\s,.-]*\d{{2,4}}\b"
    rf"|\b{_MONTH}\s*\d{{1,2}}(?:st|nd|rd|th)?\b[\s,.-]*\d{{2,4}}\b"
    r"|\b(?:\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2(?:\d{4}|\d{2}))(?!\d)",
    re.IGNORECASE,
)
_CODE = re.compile(r"[{}<>=_\\;|*#$%^~\[\]]|://|\(\)|\w\.\w{2}|[a-z]{3}[A-Z]|[A-Z]{2}[a-z]{2}")
# What small models take for names and places most often.
_NOBODY = frozenset(
    """
    africa ai antarctica api asia bitcoin braille brexit css docker earth europe excel gb github google gpu
    html http java javascript jpeg json jupiter kubernetes latex linkedin linux lorem markdown mars moon
    neptune north numpy pandas pdf php png pytorch python ram saturn solar south sql sun tensorflow the
    uranus venus west windows xml yaml youtube
    """.split()  # noqa: SIM905
)


def _is_full_date(text: str) -> bool:
    return bool(_FULL_DATE.search(text))


def _may_be_a_name(text: str) -> bool:
    """Code, numbers, planets and continents name nobody, whatever the model says; nor do unlisted small letters."""
    words = re.findall(r"[^\W\d_]+", text)
    if all(word.casefold() in _NOBODY for word in words):
        return False
    if _CODE.search(text) and not any(w[0].isupper() and names.is_listed(w) for w in words):
        return False
    return not text.islower() or any(names.is_listed(w) or names.is_place(w) for w in words)


_STAYS = Rule(2.0)  # no score is that high
_WEAK = Rule(0.35)  # "a letter and seven digits" needs a word beside it that says what it is

# Entity type → rule; None is the rule of every other type. `strict` removes all that Presidio reports at its own
# threshold (0). `balanced` removes what identifies or locates a person and leaves the topic: organisations,
# nationalities, plain years and web addresses stay; a date goes when it names day, month and year.
PROFILES: dict[Profile, Mapping[str | None, Rule]] = {
    "strict": {None: Rule()},
    "balanced": {
        "PERSON": Rule(0.35, _may_be_a_name),
        "LOCATION": Rule(0.35, _may_be_a_name),
        "DATE_TIME": Rule(only=_is_full_date),
        "ORGANIZATION": _STAYS,
        "NRP": _STAYS,
        "UUID": _STAYS,
        "URL": Rule(CERTAIN),  # only with a login inside
        "EMAIL_ADDRESS": Rule(),
        "PHONE_NUMBER": Rule(),
        "CREDIT_CARD": Rule(0.4),
        "IBAN_CODE": Rule(),
        "IP_ADDRESS": Rule(CERTAIN),  # Presidio also reports `a::b`
        "MAC_ADDRESS": Rule(),
        "CRYPTO": Rule(),
        None: _WEAK,
    },
}


def is_removed(profile: Profile, span: Span, text: str) -> bool:
    """Whether the profile removes this span of `text`."""
    rules = PROFILES[profile]
    rule = rules.get(span.entity_type) or rules[None]
    return span.score >= rule.least_score and (
        rule.only is None or span.score >= CERTAIN or rule.only(text[span.start : span.end])
    )
