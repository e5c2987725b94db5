"""Texts of any script cut into words."""

from __future__ import annotations

import functools
import re
import unicodedata

from logminer.discovery.measures.characters import UNSPACED

__all__ = ["split_words"]

_PLAIN = re.compile(r"\w+(?:'\w+)*")


def split_words(text: str, *, plain: bool = False) -> list[str]:
    """The words of a text in small letters; a letter of a script without spaces is one.

    Args:
        text: any.
        plain: whether all of its letters are of scripts with capitals, which is faster.
    """
    small = text.lower().replace("’", "'")
    return (_PLAIN if plain or small.isascii() else _any_script()).findall(small)


@functools.cache
def _any_script() -> re.Pattern[str]:
    # Vowel signs and accents that stand by themselves are no \w, and belong to the letter before them.
    codes = (chr(code) for code in range(0x300, 0x3100))
    marks = "".join(c for c in codes if unicodedata.category(c) in ("Mn", "Mc"))
    word = rf"(?:[^\W{UNSPACED}][{marks}]*)+"
    return re.compile(rf"{word}(?:'{word})*|[{UNSPACED}][{marks}]*")
