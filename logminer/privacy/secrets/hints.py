"""How a word announces a secret.

All these searches go over the text in small letters: that makes them quick. Offsets are the same.
"""

from __future__ import annotations

__all__ = ["CJK_IS", "OF", "has"]

# `password for the router`, `Passwort (WLAN)`
OF = r"(?: ?\([^()\n]{1,30}\)| (?:for|to|of|on|für|para|pour|de|del|per|zum|zur|do|till|at|from)\b[^\n.,:;=\"'`?!|]{1,40}?)?"
CJK_IS = r"\s?(?:是|为|為|は、?|는|은|이|가|が)\s{0,2}[:：]?\s{0,2}"


def has(lower: str, some: tuple[str, ...], others: tuple[str, ...] = ()) -> bool:
    """Whether a text has one of the words: of `others` only where it is not ASCII."""
    if any(word in lower for word in some):
        return True
    return bool(others) and not lower.isascii() and any(word in lower for word in others)
