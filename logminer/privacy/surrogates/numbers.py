"""In place of numbers that register a person or a device."""

from __future__ import annotations

import re

from logminer.privacy.patterns import find_all
from logminer.privacy.surrogates.drawing import Dice, Drawing, scrambled
from logminer.privacy.surrogates.proofs import is_proven

__all__ = ["identifier", "ip", "mac", "ssn", "unproven"]

_SSN = re.compile(r"\d{3}\D?\d\d\D?\d{4}")


def unproven(drawing: Drawing, kind: str, value: str) -> str:
    """Same shape, but no checksum holds: of a card or an IBAN."""
    head = 2 if kind == "IBAN_CODE" else 0

    def draw(dice: Dice) -> str:
        drawn = value[:head] + scrambled(dice, value[head:])
        spellings = {drawn, "".join(filter(str.isalnum, drawn))}  # so that all forms draw alike
        spans = (span for spelling in spellings for span in find_all(spelling))
        proven = any(s.entity_type in ("CREDIT_CARD", "IBAN_CODE") for s in spans)
        return value if proven else drawn

    return drawing.drawn(kind, value, draw)


def identifier(drawing: Drawing, value: str, kind: str) -> str:
    """Same shape, but no number that a register can have given: see `proofs`. A number stays one without a zero before it."""
    if _SSN.fullmatch(value):
        return ssn(drawing, value)

    def draw(dice: Dice) -> str:
        drawn = scrambled(dice, value)
        zero = drawn.startswith("0") and value[:1] in "123456789"
        return value if zero or is_proven(drawn) else drawn

    return drawing.drawn(kind, value, draw)


def ssn(drawing: Drawing, value: str) -> str:
    """Nine digits that were never a social security number of the USA, nor a taxpayer's: area 9xx, group below 50.

    Source: 20 CFR 422.103; IRM 3.21.263 for the groups of ITINs.
    """
    places = [i for i, char in enumerate(value) if char.isdecimal()]

    def draw(dice: Dice) -> str:
        chars = list(value)
        for place in places:
            chars[place] = str(dice.below(10))
        chars[places[0]] = "9"
        if len(places) > 4:
            chars[places[3]] = str(dice.below(5))
        drawn = "".join(chars)
        return value if is_proven(drawn) else drawn

    return (
        drawing.drawn("US_SSN", value, draw)
        if places
        else scrambled(drawing.dice("US_SSN", value), value)
    )


def mac(drawing: Drawing, value: str) -> str:
    """An address that no maker has given out: locally administered (RFC 7042, 2.1), in the same form."""
    places = [i for i, char in enumerate(value) if char.isalnum()]

    def draw(dice: Dice) -> str:
        chars = list(value)
        for place in places:
            chars[place] = "0123456789abcdef"[dice.below(16)]
        for place, digit in zip(places, "02", strict=False):
            chars[place] = digit
        drawn = "".join(chars)
        return drawn.upper() if value.isupper() else drawn

    return drawing.drawn("MAC_ADDRESS", value, draw)


def ip(drawing: Drawing, value: str) -> str:
    """An address of the ranges kept for documentation (RFC 5737, RFC 3849)."""

    def draw(dice: Dice) -> str:
        if ":" in value:
            return "2001:db8:" + ":".join(f"{1 + dice.below(0xFFFF):x}" for _ in range(6))
        return f"{dice.pick(('192.0.2', '198.51.100', '203.0.113'))}.{1 + dice.below(254)}"

    return drawing.drawn("IP_ADDRESS", value, draw)
