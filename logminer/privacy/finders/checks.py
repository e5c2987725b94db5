"""Check digits of personal numbers. Each function takes digits and capital letters without separators."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

__all__ = [
    "is_aadhaar",
    "is_cnpj",
    "is_cpf",
    "is_day",
    "is_dni",
    "is_hetu",
    "is_nhs",
    "is_nir",
    "is_nric",
    "is_resident_id",
    "is_rut",
    "is_s10",
    "is_sin",
    "is_sscc",
    "is_steuer_id",
    "is_vin",
    "verhoeff",
]


def is_day(month: str, day: str) -> bool:
    """Whether these digits can be a month and a day of it."""
    return 1 <= int(month) <= 12 and 1 <= int(day) <= 31


def _weighed(digits: Iterable[str], weights: Sequence[int]) -> int:
    return sum(int(d) * w for d, w in zip(digits, weights, strict=True))


# Verhoeff's tables: the dihedral group of order ten, and the permutation of each place.
_GROUP = ("0123456789", "1234067895", "2340178956", "3401289567", "4012395678", "5987604321", "6598710432", "7659821043", "8765932104", "9876543210")  # fmt: skip
_PLACES = ("0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258")  # fmt: skip


def verhoeff(digits: str) -> bool:
    """Whether the last digit checks the others. Source: Verhoeff 1969."""
    check = 0
    for place, digit in enumerate(reversed(digits)):
        check = int(_GROUP[check][int(_PLACES[place % 8][int(digit)])])
    return check == 0


def is_aadhaar(digits: str) -> bool:
    """India, 12 digits, none begins with 0 or 1."""
    return len(digits) == 12 and digits[0] > "1" and verhoeff(digits)


def is_cpf(digits: str) -> bool:
    """Brazil, people, 11 digits: the last two check the others, modulo 11."""
    return len(digits) == 11 and all(
        _weighed(digits[:n], range(n + 1, 1, -1)) * 10 % 11 % 10 == int(digits[n]) for n in (9, 10)
    )


def is_cnpj(digits: str) -> bool:
    """Brazil, firms, 14 digits."""
    weights = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
    return len(digits) == 14 and all(
        int(digits[n]) == (0 if (rest := _weighed(digits[:n], weights[13 - n :]) % 11) < 2 else 11 - rest)
        for n in (12, 13)
    )  # fmt: skip


def is_steuer_id(digits: str) -> bool:
    """Germany, 11 digits. Source: ISO/IEC 7064, MOD 11,10."""
    product = 10
    for digit in digits[:10]:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return len(digits) == 11 and digits[0] != "0" and (11 - product) % 10 == int(digits[10])


def is_nir(value: str) -> bool:
    """France, 13 characters and two that are 97 minus the rest modulo 97; Corsica has 2A and 2B."""
    number = value[:13].replace("2A", "19").replace("2B", "18")
    if len(value) != 15 or not number.isdigit() or value[0] not in "12":
        return False
    return 97 - int(number) % 97 == int(value[13:])


def is_resident_id(value: str) -> bool:
    """China, 17 digits with a birth date, and a check. Source: GB 11643-1999, ISO/IEC 7064 MOD 11-2."""
    if not re.fullmatch(r"\d{6}(?:19|20)\d{9}[\dX]", value) or not is_day(
        value[10:12], value[12:14]
    ):
        return False
    total = _weighed(value[:17], (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2))
    return "10X98765432"[total % 11] == value[17]  # fmt: skip


def is_nhs(digits: str) -> bool:
    """England, ten digits, modulo 11."""
    rest = 11 - _weighed(digits[:9], range(10, 1, -1)) % 11
    return len(digits) == 10 and len(set(digits)) > 1 and rest % 11 == int(digits[9])


def is_sin(digits: str) -> bool:
    """Canada, nine digits. Source: Luhn."""
    doubled = [int(d) * (1 + place % 2) for place, d in enumerate(digits)]
    return len(digits) == 9 and digits[0] not in "08" and sum(d - 9 * (d > 9) for d in doubled) % 10 == 0  # fmt: skip


def is_dni(value: str) -> bool:
    """Spain, eight digits (a foreigner's begin with X, Y or Z) and the letter of their rest modulo 23."""
    digits = value[:-1].translate(str.maketrans("XYZ", "012"))
    return digits.isdigit() and len(digits) == 8 and "TRWAGMYFPDXBNJZSQVHLCKE"[int(digits) % 23] == value[-1]  # fmt: skip


def is_nric(value: str) -> bool:
    """Singapore, a letter, seven digits and a letter that checks them."""
    total = _weighed(value[1:8], (2, 7, 6, 5, 4, 3, 2)) + 4 * (value[0] in "TG") + 3 * (value[0] == "M")  # fmt: skip
    letters = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "F": "XWUTRQPNMLK", "G": "XWUTRQPNMLK", "M": "KLJNPQRTUWX"}  # fmt: skip
    rest = total % 11
    return letters[value[0]][10 - rest if value[0] == "M" else rest] == value[8]


def is_hetu(value: str) -> bool:
    """Finland, a birth date, a sign of the century (which is left out here or not), three digits and a check."""
    digits = value[:6] + value[-4:-1]
    return is_day(digits[2:4], digits[:2]) and "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(digits) % 31] == value[-1]  # fmt: skip


def is_rut(value: str) -> bool:
    """Chile, seven or eight digits and a check, modulo 11."""
    total = sum(int(d) * (2 + place % 6) for place, d in enumerate(reversed(value[:-1])))
    return "0K987654321"[total % 11] == value[-1]


def is_s10(value: str) -> bool:
    """A parcel: two letters, nine digits, two letters. Source: UPU standard S10."""
    rest = 11 - _weighed(value[2:10], (8, 6, 4, 2, 3, 5, 9, 7)) % 11
    return {10: 0, 11: 5}.get(rest, rest) == int(value[10])


_VIN_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", (*range(1, 9), *range(1, 6), 7, 9, *range(2, 10), *range(10)), strict=True))  # fmt: skip


def is_sscc(digits: str) -> bool:
    """A parcel in its carrier's barcode: two zeros and 18 digits, the last of which checks the others. Source: GS1."""
    return _weighed(digits[2:], (3, 1) * 9) % 10 == 0


def is_vin(value: str) -> bool:
    """A vehicle of North America, 17 characters, the ninth of which checks the others. Source: 49 CFR 565.15."""
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    if len(value) != 17 or any(c not in _VIN_VALUES for c in value):
        return False
    total = sum(_VIN_VALUES[c] * w for c, w in zip(value, weights, strict=True))
    return "0123456789X"[total % 11] == value[8]
