"""In place of telephone numbers: numbers of the same form that are nobody's."""

from __future__ import annotations

import functools
import re
from typing import NamedTuple
from weakref import WeakKeyDictionary

from logminer.privacy.surrogates.dates import nameless
from logminer.privacy.surrogates.drawing import Dice, Drawing

__all__ = ["phone"]

# Where numbers without a country's code may be from, with a zero before them and without: those where they are dialled so,
# the others, and those that are asked only whether the number is valid there. Where no number is nobody's in all of
# them, the first ones count more.
_WITH_ZERO = ("GB", "FR", "NL", "IT", "IN", "BR", "IL", "DE", "US", "ES", "PL")
_WITHOUT = ("US", "ES", "PL", "IT", "IN", "BR", "GB", "NL", "FR", "IL", "DE")
_ELSEWHERE = ("AU", "JP", "CN", "KR", "MX", "SE", "CH", "BE", "PT", "IE")
_TRIES = 10
_EXTENSION = re.compile(r"\s?(?:x|ext\.?|#)\s?\d{1,6}\s*\Z", re.IGNORECASE)
_ABROAD = re.compile(r"\W*(?:\+|00)\W*")
_AMERICAN = re.compile(r"[2-9]\d{9}")
_AS_AMERICANS = re.compile(r"\([2-9]\d\d\)\W{0,2}\d{3}\W\d{4}|[2-9]\d\d([-.])\d{3}\1\d{4}")
_SPAN = re.compile(r"\d{3}\D\d{4}")

Home = int | str  # a country's code, or the region in which a number without one is read
_codes: WeakKeyDictionary[Drawing, dict[str, int]] = WeakKeyDictionary()


class _Number(NamedTuple):
    """A telephone number as it is written: the country's code (0: not said), zeros, and the `core` behind them.

    `places` says where the digits of the core stand.
    """

    country: int
    zeros: str
    core: str
    places: list[int]


def phone(drawing: Drawing, value: str) -> str:
    """A number of the same form that no country has given out: the same with the country's code and without.

    Country code, zeros before the number and separators stay. American numbers end in 555-01xx.
    """
    written = value
    extension = _EXTENSION.search(value)
    number = _parsed(value[: extension.start()] if extension else value)
    if extension:
        digits = re.sub(r"\d+", lambda m: drawing.digits(m.group()), extension.group())
        written = value[: extension.start()] + digits
    if number.core:
        said = number.country or _said_elsewhere(drawing).get(number.core)
        country = drawing.noted(f"country of {number.core}", said) or 0
        homes: tuple[Home, ...] = (country,)
        if not country:
            american = _AS_AMERICANS.fullmatch(value)
            homes = ("US",) if american else _homes(number.zeros, number.core)
        # with a code, the zero is only how it is dialled at home, but for Italy and a few others
        forms = ("", "0") if country else (number.zeros,)
        local = bool(_SPAN.fullmatch(value))
        core = drawing.drawn(
            "PHONE_NUMBER",
            number.core,
            lambda dice: (
                "55501" + _digits(dice, 2) if local else _nobodys(dice, number.core, homes, forms)
            ),
        )
        chars = list(written)
        for digit, place in zip(core, number.places, strict=False):
            chars[place] = digit
        written = "".join(chars)
    return nameless(drawing, value, written)


def _parsed(value: str) -> _Number:
    places = [i for i, char in enumerate(value) if char.isdecimal()]
    digits = "".join(str(int(value[i])) for i in places)
    country = start = 0
    if abroad := _ABROAD.match(value):
        start = 2 if "+" not in abroad.group() else 0
        country = _country(digits[start:])
        start = start + len(str(country)) if country else 0
    elif len(digits) == 11 and digits[0] == "1" and _AMERICAN.fullmatch(digits[1:]):
        country = start = 1
    core = digits[start:].lstrip("0")
    zeros = digits[start : len(digits) - len(core)]
    return _Number(country, zeros, core, places[len(digits) - len(core) :])


def _country(digits: str) -> int:
    """The country code that digits begin with; 0 where there is none."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

    codes = (int(digits[:length]) for length in (1, 2, 3) if len(digits) >= length)
    return next((code for code in codes if code in COUNTRY_CODE_TO_REGION_CODE), 0)


def _said_elsewhere(drawing: Drawing) -> dict[str, int]:
    """Of the numbers that the conversation also writes with a country code: core → code."""
    found = _codes.get(drawing)
    if found is None:
        written = (_parsed(v) for v in drawing.raw if len(v) < 40 and _ABROAD.match(v))
        found = _codes[drawing] = {n.core: n.country for n in written if n.country}
    return found


def _homes(zeros: str, core: str) -> tuple[Home, ...]:
    """The regions in which a number without country code may be somebody's, first those in which it is valid."""
    regions = _WITH_ZERO if zeros else _WITHOUT
    valid = [r for r in (*regions, *_ELSEWHERE) if _is_valid(r, zeros + core)]
    return tuple(dict.fromkeys((*valid, *regions)))


def _is_valid(home: Home, digits: str) -> bool:
    from phonenumbers import NumberParseException, is_valid_number, parse

    try:
        if isinstance(home, int):
            return is_valid_number(parse(f"+{home}{digits}", None))
        return is_valid_number(parse(digits, home))
    except NumberParseException:
        return False


def _nobodys(dice: Dice, core: str, homes: tuple[Home, ...], forms: tuple[str, ...]) -> str:
    """As many digits as the core has: behind these zeros not valid in any of the homes, or in as few as can be."""
    length = len(core)
    american = homes[0] in (1, "US") and length == 10 and forms != ("0",)

    def drawn(prefix: str) -> str:
        core = prefix + _digits(dice, length - len(prefix))
        return core[:3] + "55501" + core[8:] if american else core

    for _ in range(_TRIES if len(homes) == 1 else 0):
        core = drawn(str(2 + dice.below(8) if american else 1 + dice.below(9)))
        if not _taken(core, homes, forms):
            return core
    if length < 5:
        return str(1 + dice.below(9)) + _digits(dice, length - 1)
    free, least = _free(homes, forms, length)
    found = {}
    for _ in range(4 * _TRIES):
        core = drawn(dice.pick(free))
        found[core] = _taken(core, homes, forms)
        if found[core] <= least:
            return core
    return min(found, key=lambda one: found[one])


def _taken(
    core: str, homes: tuple[Home, ...], forms: tuple[str, ...], least: list[int] | None = None
) -> list[int]:
    """Of the homes in which a core is valid, their places from the end; cut short where they are more than `least`.

    The lesser of two lists is better: its first home counts less.
    """
    taken: list[int] = []
    for place, home in enumerate(homes):
        if any(_is_valid(home, zeros + core) for zeros in forms):
            taken.append(len(homes) - place)
            if least is not None and taken > least:
                break
    return taken


@functools.lru_cache(1 << 10)
def _free(
    homes: tuple[Home, ...], forms: tuple[str, ...], length: int
) -> tuple[tuple[str, ...], list[int]]:
    """Three digits that no number of the homes begins with, or of as few of them as can be; and which these are."""
    dice = Dice(f"{homes}{forms}{length}".encode())
    least, found = [len(homes) + 1], list[str]()
    for prefix in map(str, range(100, 1000)):
        taken = _taken(prefix + _digits(dice, length - 3), homes, forms, least)
        if taken < least:
            least, found = taken, []
        if taken == least:
            found.append(prefix)
    return tuple(found), least


def _digits(dice: Dice, count: int) -> str:
    return "".join(str(dice.below(10)) for _ in range(count))
