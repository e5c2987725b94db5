"""What makes two spellings the same value: letters and digits without case, accents and separators."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["WORD", "canonical", "folded", "national", "squeezed"]

# Letters, with the marks that sit on them where vowels are marks.
WORD = re.compile(
    r"[^\W\d_](?:[^\W\d_]|[\u0591-\u05c7\u064b-\u065f\u0900-\u0903\u093a-\u094f\u0981-\u0dff\u0e31-\u0e4e])*"
)
_AS_WRITTEN = ("DATE_TIME", "AGE", "URL")  # "1/23" and "12/3" are two dates
# Country codes of one and two digits (ITU-T E.164); the others have three.
_SHORT_CODES = frozenset(
    """
    1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86
    90 91 92 93 94 95 98
    """.split()  # noqa: SIM905
)
_SHORTEST_NUMBER = 6  # digits of a telephone number without its country code


def folded(text: str) -> str:
    """Small letters without accents; full-width ones as ordinary ones."""
    text = text.casefold()
    if text.isascii():
        return text
    bare = (
        c
        for c in unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text))
        if not "\u0300" <= c <= "\u036f"
    )
    return unicodedata.normalize("NFC", "".join(bare))


def squeezed(text: str) -> str:
    """Letters and digits alone, folded."""
    text = folded(text)
    return text if text.isalnum() else "".join(c for c in text if c.isalnum())


def canonical(entity_type: str, value: str) -> str:
    """What two spellings of one value share; dates and addresses on the net count as they are written."""
    if entity_type in _AS_WRITTEN:
        return " ".join(value.casefold().split())
    if entity_type == "PHONE_NUMBER":
        bare = value.lstrip(" (")
        digits = squeezed(value)
        return national(digits, plus=bare.startswith("+"))
    return squeezed(value) or " ".join(value.split())


def national(digits: str, *, plus: bool) -> str:
    """A telephone number without country code and without the zeros before it.

    Args:
        digits: as they are dialled; what is not all digits comes back as it is.
        plus: a plus sign stands before them.
    """
    if not re.fullmatch(r"[0-9]+", digits):
        return digits
    bare = digits.lstrip("0")
    if plus or digits.startswith("00"):
        size = next((n for n in (1, 2) if bare[:n] in _SHORT_CODES), 3)
    else:
        size = 1 if len(digits) == 11 and digits.startswith("1") else 0  # as North America dials
    return bare[size:].lstrip("0") if len(bare) - size >= _SHORTEST_NUMBER else bare
