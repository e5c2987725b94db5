"""A text taken apart once, for every measure of it."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections import Counter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from logminer.discovery.measures.characters import UNSPACED, count_characters
from logminer.discovery.measures.wording import KINDS, Kind

__all__ = ["ReadText", "phrases", "read_text"]

_ASCII = re.compile(r"\w+(?:'\w+)*")
_END = re.compile(r"[.!?…]+[\"'”’»)*_\]]*(?:\s+|$)|[。！？؟]+|\n+")


class ReadText(NamedTuple):
    """A text and what it is made of.

    Attributes:
        raw: as it was said, without white space around it.
        language: of the prompt, ISO 639-1; None: unknown.
        characters: [kinds] how many there are of each kind of `characters.Char`.
        words: in small letters; a letter of a script without spaces is one.
        kinds: of `wording.Kind`, how many words are of it.
        joined: the words with a space before, between and after them.
        sentences: what lies between full stops and line breaks, as it was said.
    """

    raw: str
    language: str | None
    characters: NDArray[np.int64]
    words: list[str]
    kinds: Counter[Kind | None]
    joined: str
    sentences: list[str]


def read_text(text: str, language: str | None = None) -> ReadText:
    """Take a text apart; `language` is the prompt's."""
    raw = text.strip()
    words = _words(raw)
    return ReadText(
        raw,
        language,
        count_characters(raw),
        words,
        Counter(map(KINDS.get, words)),
        f" {' '.join(words)} ",
        [sentence for sentence in _END.split(raw) if sentence and not sentence.isspace()],
    )


def phrases(*said: str) -> tuple[str, ...]:
    """Phrases in the form in which they are looked for in `ReadText.joined`."""
    return tuple(f" {' '.join(_words(phrase))} " for phrase in said)


def _words(text: str) -> list[str]:
    small = text.lower()
    if small.isascii():
        return _ASCII.findall(small)
    return _any_script().findall(small.replace("’", "'"))


@functools.cache
def _any_script() -> re.Pattern[str]:
    # Vowel signs and accents that stand by themselves are no \w, and belong to the letter before them.
    codes = (chr(code) for code in range(0x300, 0x3100))
    marks = "".join(c for c in codes if unicodedata.category(c) in ("Mn", "Mc"))
    word = rf"(?:[^\W{UNSPACED}][{marks}]*)+"
    return re.compile(rf"{word}(?:'{word})*|[{UNSPACED}][{marks}]*")
