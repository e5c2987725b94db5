"""Texts as streams of numbered tokens: words, characters of scripts without spaces, emoji, and what parts phrases."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "CLAUSE",
    "END",
    "EXCLAMATION",
    "LEAST_IN_PHRASE",
    "LEAST_WORD",
    "NUMBER",
    "OTHER",
    "QUESTION",
    "Stream",
    "Tokens",
    "Vocabulary",
]

Tokens = NDArray[np.int32]

# Numbers of tokens. Phrases are made of LEAST_WORD and more, and may end in one of LEAST_IN_PHRASE and more.
END = 0  # of a sentence
CLAUSE = 1  # parts phrases within a sentence
OTHER = 2  # a word that stands in no phrase: too long, or not met while words were learned
QUESTION, EXCLAMATION = 3, 4  # end a sentence and belong to it
NUMBER = 5  # any
LEAST_IN_PHRASE, LEAST_WORD = QUESTION, NUMBER
NAMES = ("", "", "", "?", "!", "<number>")

LONGEST = 40  # characters of a word; a longer one is nothing that people share
HEAD, TAIL = 16_000, 4_000  # characters of a text that are read

# Han, kana, Thai, Lao, Burmese and Khmer: written without spaces.
UNSPACED = (
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0eb2\u0eb3\u0ebd-\u0ec6\u0edc-\u0edf\u1000-\u102a\u103f"
    "\u1050-\u1055\u1780-\u17b3\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
EMOJI = "\u231a-\u23ff\u2600-\u27bf\u2b05-\u2b55\U0001f000-\U0001f3fa\U0001f400-\U0001faff"
VOWELS = (("\u0e4d\u0e32", "\u0e33"), ("\u0ecd\u0eb2", "\u0eb3"))  # of Thai and Lao, one letter
SENTENCE_ENDS = "。｡।॥։؟۔\n"
CLAUSE_ENDS = r";:()\[\]{}|—–«»「」『』《》【】·•"


class Stream(NamedTuple):
    """Texts as tokens, one after the other, each ended by END: text i is `tokens[starts[i]:starts[i + 1]]`."""

    tokens: Tokens
    starts: NDArray[np.int64]


class Vocabulary(dict[str, int]):
    """Numbers of tokens, given as they are met while `learning`; words met later are OTHER."""

    def __init__(self) -> None:
        super().__init__()
        self.learning = True
        self._names = list(NAMES)

    def __missing__(self, token: str) -> int:
        first = token[0]
        if first in ".?!؟":
            return QUESTION if first in "?؟" else END if first == "." else EXCLAMATION
        if first in SENTENCE_ENDS:
            return END
        if first.isdecimal():
            return NUMBER
        if first in "< \t" or (len(token) == 1 and not (first.isalnum() or _is_emoji(first))):
            return CLAUSE
        if len(token) > LONGEST or not self.learning:
            return OTHER
        number = self[token] = len(self._names)
        self._names.append(token)
        return number

    def settle(self) -> Tokens:
        """Number the words in the order of their letters, so that numbers tell nothing of who said them first.

        Returns:
            By earlier number, the new one.
        """
        fixed = len(NAMES)
        order = sorted(range(fixed, len(self._names)), key=self._names.__getitem__)
        numbers = np.arange(len(self._names), dtype=np.int32)
        numbers[order] = np.arange(fixed, len(self._names), dtype=np.int32)
        self._names[fixed:] = [self._names[number] for number in order]
        self.update((name, number + fixed) for number, name in enumerate(self._names[fixed:]))
        return numbers

    def encode(self, texts: Sequence[str]) -> Stream:
        """The tokens of texts; of a long text those of its beginning and end."""
        found = [_pieces(text) for text in texts]
        starts = np.zeros(len(texts) + 1, np.int64)
        np.cumsum([len(tokens) + 1 for tokens in found], out=starts[1:])
        for tokens in found:
            tokens.append("\n")
        flat = map(self.__getitem__, chain.from_iterable(found))
        return Stream(np.fromiter(flat, np.int32, int(starts[-1])), starts)

    def unspaced(self) -> NDArray[np.bool_]:
        """By number, whether a token is a character of a script without spaces."""
        return np.array([_unspaced().match(name) is not None for name in self._names])

    def shown(self, tokens: Sequence[int]) -> str:
        """A phrase as it is read: words parted by spaces, characters of scripts without them joined."""
        text = ""
        joined = True
        for token in tokens:
            unspaced = _unspaced().match(self._names[token]) is not None
            mark = token in (QUESTION, EXCLAMATION)
            text += ("" if (joined and (unspaced or not text)) or mark else " ") + self._names[
                token
            ]
            joined = unspaced
        return text


def _plain(text: str) -> str:
    if len(text) > HEAD + TAIL:
        text = f"{text[:HEAD]}\n{text[-TAIL:]}"
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("\u2019", "'").replace("\u2018", "'")
        for apart, whole in VOWELS:
            text = text.replace(apart, whole)
    return text.lower()


def _pieces(text: str) -> list[str]:
    plain = _plain(text)
    return (ASCII_TOKEN if plain.isascii() else _token()).findall(plain)


@functools.cache
def _token() -> re.Pattern[str]:
    marks = "".join(
        c for c in map(chr, range(0x300, 0x11FFF)) if unicodedata.category(c) in ("Mn", "Mc")
    )
    more = f"[^\\W_{UNSPACED}]*"
    word = f"[^\\W\\d_{UNSPACED}]{more}(?:[{marks}]{more})*"
    kinds = [
        f"{word}(?:['-]{word})*",
        f"[.?!]+(?=[\\s\"'*_)\\]{UNSPACED}]|$)",
        f"[{UNSPACED}][{marks}]*",
        f"(?<=[{UNSPACED}{marks}])[ \t]+(?=[{UNSPACED}])",  # a pause, as Thai has them
        r"\d+(?:[.,:/]\d+)*\w*",
        r"<[^<>\s]{1,40}>",
        f"[{SENTENCE_ENDS}{CLAUSE_ENDS}{EMOJI}]",
    ]
    return re.compile("|".join(kinds))


# The same where nothing but ASCII occurs, which is faster.
ASCII_TOKEN = re.compile(
    r"[a-z][a-z0-9]*(?:['-][a-z][a-z0-9]*)*|[.?!]+(?=[\s\"'*_)\]]|$)|[\n;:()\[\]{}|]"
    r"|\d+(?:[.,:/]\d+)*\w*|<[^<>\s]{1,40}>"
)


@functools.cache
def _unspaced() -> re.Pattern[str]:
    return re.compile(f"[{UNSPACED}]")


def _is_emoji(character: str) -> bool:
    return re.match(f"[{EMOJI}]", character) is not None
