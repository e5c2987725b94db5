"""A text taken apart once, for every measure of it."""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from logminer.discovery.measures.characters import Char, count_characters
from logminer.discovery.measures.sayings import Saying, find_sayings
from logminer.discovery.measures.splitting import split_words
from logminer.discovery.measures.wording import KINDS, Kind

__all__ = ["ReadText", "read_text"]

# One class first, so that what is no end is skipped at once.
_END = re.compile(r"[.!?…。！？؟\n](?:(?<=[。！？؟\n])|(?=[\s\"'”’»)*_\]]|$))")


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
        sayings: those that occur anywhere.
    """

    raw: str
    language: str | None
    characters: NDArray[np.int64]
    words: list[str]
    kinds: Counter[Kind | None]
    joined: str
    sentences: list[str]
    sayings: set[Saying]


def read_text(text: str, language: str | None = None) -> ReadText:
    """Take a text apart; `language` is the prompt's."""
    raw = text.strip()
    characters = count_characters(raw)
    plain = not (characters[Char.CASELESS] or characters[Char.UNSPACED])
    words = split_words(raw, plain=plain)
    joined = f" {' '.join(words)} "
    return ReadText(
        raw,
        language,
        characters,
        words,
        Counter(map(KINDS.get, words)),
        joined,
        [sentence for sentence in _END.split(raw) if sentence and not sentence.isspace()],
        find_sayings(set(words), joined),
    )
