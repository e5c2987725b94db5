"""In place of numbers that reach or register a person."""

from __future__ import annotations

import re

from logminer.privacy.patterns import find_all
from logminer.privacy.surrogates.dates import nameless
from logminer.privacy.surrogates.drawing import Dice, Drawing, scrambled

__all__ = ["ip", "phone", "unproven"]


def phone(drawing: Drawing, value: str) -> str:
    """Same format; from eight digits on the 555-01xx block, which is nobody's."""
    places = [i for i, c in enumerate(value) if c.isdigit()]
    country = len(re.match(r"\+\d{0,3}", value).group()) - 1 if value.startswith("+") else 0  # type: ignore[union-attr]

    def draw(dice: Dice) -> str:
        chars = list(value)
        fiction = "55501" if len(places) >= 8 else ""
        for rank, place in enumerate(places):
            if rank >= min(country, max(len(places) - 8, 0)):
                chars[place] = str(dice.below(10) or 2)
        for digit, place in zip(fiction, places[-7:], strict=False):
            chars[place] = digit
        return "".join(chars)

    return nameless(drawing, value, drawing.drawn("PHONE_NUMBER", value, draw))


def unproven(drawing: Drawing, kind: str, value: str) -> str:
    """Same shape, but no checksum holds: of a card or an IBAN."""
    head = 2 if kind == "IBAN_CODE" else 0

    def draw(dice: Dice) -> str:
        drawn = value[:head] + scrambled(dice, value[head:])
        proven = any(s.entity_type in ("CREDIT_CARD", "IBAN_CODE") for s in find_all(drawn))
        return value if proven else drawn

    return drawing.drawn(kind, value, draw)


def ip(drawing: Drawing, value: str) -> str:
    """An address of the ranges kept for documentation (RFC 5737, RFC 3849)."""

    def draw(dice: Dice) -> str:
        if ":" in value:
            return "2001:db8:" + ":".join(f"{1 + dice.below(0xFFFF):x}" for _ in range(6))
        return f"{dice.pick(('192.0.2', '198.51.100', '203.0.113'))}.{1 + dice.below(254)}"

    return drawing.drawn("IP_ADDRESS", value, draw)
