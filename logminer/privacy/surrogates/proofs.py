"""Whether a checksum of some register holds: what stands in place of a person's number must not be a person's number.

A number is tried as every number that its form could be, whatever it was found as.
Sources: the registers' own rules, as python-stdnum and Presidio's recognisers implement them.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from logminer.privacy.finders.checks import is_dni, is_nric, is_vin, verhoeff
from logminer.privacy.patterns import is_iban

__all__ = ["is_proven"]


class _Weighted(NamedTuple):
    """Digits times weights, the check digit (the last one) included, give a multiple of `modulus`.

    `digits` long; where the modulus is 11, a check of 10 may be written 0. `rest`: digits behind the check digit.
    """

    digits: int
    weights: tuple[int, ...]
    modulus: int
    rest: int = 0


def _weighted(name: str, weights: str, modulus: int, rest: int = 0) -> _Weighted:
    numbers = tuple(map(int, weights.split()))
    return _Weighted(len(numbers) + rest, numbers, modulus, rest)


_WEIGHTED = (
    _weighted("NHS number (UK)", "10 9 8 7 6 5 4 3 2 1", 11),
    _weighted("tax file number (AU)", "1 4 3 7 5 8 6 9 10", 11),
    _weighted("tax file number of 8 digits (AU)", "10 7 8 4 6 3 5 1", 11),
    _weighted("company number (AU)", "8 7 6 5 4 3 2 1 1", 10),
    _weighted("Medicare (AU)", "1 3 7 9 1 3 7 9 -1", 10, 1),
    _weighted("Medicare with reference (AU)", "1 3 7 9 1 3 7 9 -1", 10, 2),
    _weighted("BSN (NL)", "9 8 7 6 5 4 3 2 -1", 11),
    _weighted("PESEL (PL)", "1 3 7 9 1 3 7 9 1 3 1", 10),
    _weighted("REGON (PL)", "8 9 2 3 4 5 6 7 -1", 11),
    _weighted("NIP (PL)", "6 5 7 2 3 4 5 6 7 -1", 11),
    _weighted("CPF (BR)", "10 9 8 7 6 5 4 3 2 1", 11, 1),
    _weighted("CNPJ (BR)", "5 4 3 2 9 8 7 6 5 4 3 2 1", 11, 1),
    _weighted("fødselsnummer (NO)", "3 7 6 1 8 9 4 5 2 1", 11, 1),
    _weighted("RRN (KR)", "2 3 4 5 6 7 8 9 2 3 4 5 1", 11),
    _weighted("CNP (RO)", "2 7 9 1 4 6 3 5 8 2 7 9 -1", 11),
    _weighted("EGN (BG)", "2 4 8 5 10 9 7 3 6 -1", 11),
    _weighted("national id (TH)", "13 12 11 10 9 8 7 6 5 4 3 2 1", 11),
    _weighted("kimlik no (TR)", "1 1 1 1 1 1 1 1 1 1 -1", 10),
    _weighted("My Number (JP)", "6 5 4 3 2 7 6 5 4 3 2 1", 11),
    _weighted("routing number (US)", "3 7 1 3 7 1 3 7 1", 10),
)
_ODD_VALUES = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)  # fmt: skip
_ODD = dict(zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", _ODD_VALUES, strict=True))
_HETU = "0123456789ABCDEFHJKLMNPRSTUVWXY"


def is_proven(value: str) -> bool:
    """Whether a value, without its separators, is a valid number of one of the registers."""
    compact = "".join(c for c in value if c.isalnum()).upper()
    if not compact.isascii():
        return False
    if compact.isdigit():
        return _is_proven_number(compact)
    return (
        _is_spanish(compact)
        or _is_italian(compact)
        or _is_finnish(compact)
        or _is_singaporean(compact)
        or is_vin(compact)
        or is_iban(compact)
        or _is_chinese(compact)
    )


def _is_proven_number(digits: str) -> bool:
    if not 8 <= len(digits) <= 20:
        return False
    if _luhn(digits) or (len(digits) == 10 and _luhn("80840" + digits)):  # NPI (US)
        return True
    if any(_holds(rule, digits) for rule in _WEIGHTED if rule.digits == len(digits)):
        return True
    n = int(digits)
    if len(digits) == 11:
        twice = n // 100
        belgian = n % 100 in (97 - twice % 97, 97 - (2_000_000_000 + twice) % 97)
        australian = (
            sum(map(int.__mul__, map(int, digits), (10, *range(1, 20, 2)))) - 10
        ) % 89 == 0
        return belgian or australian or _iso_7064(digits)
    if len(digits) == 15 and 97 - n // 100 % 97 == n % 100:  # NIR (FR)
        return True
    if len(digits) in (9, 10) and n % 11 == 0:  # rodné číslo (CZ, SK)
        return True
    if len(digits) == 18 and _is_chinese(digits):
        return True
    return len(digits) == 12 and verhoeff(digits)


def _luhn(digits: str) -> bool:
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = int(char) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


def _holds(rule: _Weighted, digits: str) -> bool:
    some = [int(c) for c in digits[: len(rule.weights)]]
    total = sum(map(int.__mul__, some[:-1], rule.weights[:-1]))
    expected = -total * rule.weights[-1] % rule.modulus
    return expected % 10 == some[-1]


def _iso_7064(digits: str) -> bool:
    """Mod 11, 10: Steuer-ID (DE), OIB (HR)."""
    product = 10
    for char in digits[:-1]:
        total = (int(char) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(digits[-1])


def _is_spanish(compact: str) -> bool:
    return bool(re.fullmatch(r"[XYZ\d]\d{7}[A-Z]", compact)) and is_dni(compact)


def _is_italian(compact: str) -> bool:
    """Codice fiscale."""
    if not re.fullmatch(r"[A-Z]{6}\w\w[A-Z]\w\w[A-Z]\w{3}[A-Z]", compact):
        return False
    even = {c: i % 10 if i < 10 else i - 10 for i, c in enumerate(_ODD)}
    total = sum(even[c] if place % 2 else _ODD[c] for place, c in enumerate(compact[:-1]))
    return chr(65 + total % 26) == compact[-1]


def _is_finnish(compact: str) -> bool:
    """Henkilötunnus, whose separator may be a letter."""
    match = re.fullmatch(r"(\d{6})[A-FU-Y]?(\d{3})([\dA-Y])", compact)
    return bool(match) and _HETU[int(match[1] + match[2]) % 31] == match[3]  # type: ignore[index]


def _is_singaporean(compact: str) -> bool:
    """NRIC and FIN."""
    return bool(re.fullmatch(r"[STFGM]\d{7}[A-Z]", compact)) and is_nric(compact)


def _is_chinese(compact: str) -> bool:
    """The resident's number of 18 digits."""
    if not re.fullmatch(r"\d{17}[\dX]", compact):
        return False
    total = sum(int(c) * pow(2, 17 - place, 11) for place, c in enumerate(compact[:-1]))
    return "10X98765432"[total % 11] == compact[-1]
