"""The figures of a planted value: as numbers, however grouped, with and without a country's code, and as words."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from logminer.audit.forms import Form

__all__ = ["FEWEST_DIGITS", "digits_of", "numbers", "said"]

FEWEST_DIGITS = 7  # of a canary of digits that is found inside a text
FEWEST_NATIONAL = 8  # digits of a number without its country's code
MOST_GROUPS = 5  # of which some may be words

_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_LETTER = re.compile(r"[^\W\d_]")


def digits_of(text: str) -> str:
    """The ASCII digits."""
    return re.sub(r"[^0-9]", "", text)


# Country codes of one and of two digits; the others have three. Source: ITU-T E.164 assigned country codes.
_ONE = ("1", "7")
_TWO = frozenset(
    re.findall(
        "..",
        "2027303132333436394041434445464748495152535455565758606162636465668182848690919293949598",
    )
)


def _country_code(value: str) -> str:
    """Of a telephone number that is written with one; "" of any other."""
    text, digits = value.strip().lstrip("("), digits_of(value)
    if text.startswith("00"):
        digits = digits[2:]
    elif not text.startswith("+"):
        return ""
    return digits[:1] if digits.startswith(_ONE) else digits[: 2 if digits[:2] in _TWO else 3]


def _without(groups: list[str], code: str) -> list[str]:
    """Groups of digits without the country's code that they begin with."""
    first, *rest = groups
    first = (first[2:] if first.startswith("00") else first).removeprefix(code)
    return [first, *rest] if first else rest


def numbers(value: str) -> Iterator[tuple[Form, str]]:
    """(form, digits) as a value may stand among the numbers of a text, however its digits are grouped."""
    digits = digits_of(value)
    if len(digits) < FEWEST_DIGITS:
        return
    yield "digits_only", digits
    turned = [digits] if digits == "".join(value.split()) else []
    text = value.strip()
    if not _LETTER.search(value):
        if code := _country_code(value):
            own = digits[2:] if text.startswith("00") else digits
            own = own.removeprefix(code)
            ways = [own, f"0{own}", f"{code}{own}", f"00{code}{own}", f"{code}0{own}"]
        elif text.startswith(("0", "(0")):
            own, ways = digits[1:], [digits[1:]]
        else:
            own, ways = "", [f"1{digits}"] if text.startswith("(") and len(digits) == 10 else []
        if own:
            turned.append(own)
        for way in dict.fromkeys(ways):
            if len(way) >= FEWEST_NATIONAL and way != digits:
                yield "national", way
    for way in turned:
        if way != way[::-1] and len(way) >= FEWEST_DIGITS:
            yield "reversed", way[::-1]


def said(value: str) -> Iterator[str]:
    """A number with all its figures as English words, or those of some groups."""
    if len(digits_of(value)) < FEWEST_DIGITS or _LETTER.search(value):
        return
    groups = re.findall(r"[0-9]+", value)
    code = _country_code(value)
    for some in [groups, _without(groups, code)] if code else [groups]:
        for zero in ("zero", "oh") if "0" in "".join(some) else ("zero",):
            words = [" ".join((zero, *_WORDS[1:])[int(d)] for d in group) for group in some]
            ways: list[Sequence[str]] = list(zip(words, some, strict=True))
            if len(some) > MOST_GROUPS:
                ways = [words[i : i + 1] for i in range(len(words))]
            for chosen in itertools.product(*ways):
                if _LETTER.search(text := " ".join(chosen)):
                    yield text
