"""What kind of character each one of a text is, all told in one pass."""

from __future__ import annotations

import functools
import unicodedata
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

__all__ = ["CASED", "LETTERS", "UNSPACED", "Char", "count_characters"]


class Char(IntEnum):
    """Each character is of one kind."""

    OTHER = 0
    LATIN_LOWER = 1
    LATIN_UPPER = 2
    LOWER = 3  # of other scripts that have capitals: Greek, Cyrillic, Armenian …
    UPPER = 4
    CASELESS = 5  # Arabic, Hebrew, Hangul, Devanagari …
    UNSPACED = 6  # of scripts that put no space between words: `UNSPACED`
    DIGIT = 7
    DASH = 8  # – and —, not the hyphen
    BRACKET = 9  # an opening round one
    EMOJI = 10


# Han, kana, Thai, Lao, Myanmar, Khmer: the inside of a character class.
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_UNSPACED = tuple((ord(UNSPACED[i]), ord(UNSPACED[i + 2])) for i in range(0, len(UNSPACED), 3))
_LATIN = ((0x41, 0x24F), (0x1E00, 0x1EFF), (0xFF21, 0xFF5A))
_EMOJI = ((0x2600, 0x27BF), (0x2B50, 0x2B55), (0x1F1E6, 0x1F1FF), (0x1F300, 0x1FAFF))

LETTERS = slice(Char.LATIN_LOWER, Char.UNSPACED + 1)
CASED = slice(Char.LATIN_LOWER, Char.UPPER + 1)
LAST = 0x20000  # what lies beyond are rare Han letters


def count_characters(text: str) -> NDArray[np.int64]:
    """[kinds] how many characters of a text are of each kind of `Char`."""
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32)
    return np.bincount(_kinds()[np.minimum(codes, LAST)], minlength=len(Char))


@functools.cache
def _kinds() -> NDArray[np.uint8]:
    kinds = np.array([_kind(code) for code in range(LAST)] + [Char.UNSPACED], np.uint8)
    kinds.setflags(write=False)
    return kinds


def _kind(code: int) -> Char:
    if _within(code, _EMOJI):
        return Char.EMOJI
    if code in (0x2013, 0x2014):
        return Char.DASH
    if code in (0x28, 0xFF08):
        return Char.BRACKET
    char = chr(code)
    kind = unicodedata.category(char)
    if kind == "Nd":
        return Char.DIGIT
    if not kind.startswith("L"):
        return Char.OTHER
    if _within(code, _UNSPACED):
        return Char.UNSPACED
    latin = _within(code, _LATIN)
    if kind in ("Lu", "Lt"):
        return Char.LATIN_UPPER if latin else Char.UPPER
    if latin or kind == "Ll":
        return Char.LATIN_LOWER if latin else Char.LOWER
    return Char.CASELESS


def _within(code: int, blocks: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= code <= last for first, last in blocks)
