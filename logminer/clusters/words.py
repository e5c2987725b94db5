"""Texts as words: what may stand in a name, what only joins names together, and where a phrase must end.

No dictionary and no segmenter. Where words are written without spaces a character is a token (in Thai: a consonant with
its vowels and marks), and phrases of two to four of them are what is counted. In Japanese, kana stand between words.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Sequence
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "GAP",
    "is_glued",
    "is_light",
    "is_spaceless",
    "joined",
    "pieces",
    "stop_words",
    "stops",
    "word_of",
]

LIGHT = "light"
GAP = ""  # no phrase crosses it
LONGEST = 30  # letters of a word
WHOLE = 4  # Japanese words written in so many Han characters are taken whole
# Code, formulas, links and what an anonymiser put in: no words, and nothing goes across them.
SKIPPED = re.compile(
    r"```.*?(?:```|\Z)|\\[A-Za-z]+|\b(?:https?://|www\.)\S+|</?[^<>\n]{1,60}>", re.DOTALL
)
HAN = "\u3005\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
THAI = r"[\u0e40-\u0e44]?[\u0e01-\u0e2e][\u0e30-\u0e3a\u0e45\u0e47-\u0e4e]*"
LAO = r"[\u0ec0-\u0ec4]?[\u0e81-\u0eae\u0edc-\u0edf][\u0eb0-\u0ebd\u0ec8-\u0ecd]*"
BURMESE = r"[\u1000-\u102a][\u102b-\u103e]*"
KHMER = r"[\u1780-\u17b3](?:\u17d2[\u1780-\u17b3]|[\u17b4-\u17d1\u17d3])*"
KATAKANA = "\u30a1-\u30fa\u30fc\uff66-\uff9f"
SPACELESS = f"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9f{HAN}"
LETTER = rf"(?:[^\W_{SPACELESS}]|[\u0300-\u036f\u0900-\u0dff])"  # and marks that belong to one
WORD = rf"{LETTER}+(?:['’-]{LETTER}+)*"
ELSE = r"[^\w \t\u00a0]+|_"
PLAIN = re.compile(rf"[a-z0-9]+(?:['-][a-z0-9]+)*|{ELSE}")  # the same, of ASCII
PIECE = re.compile(
    rf"{WORD}|[{KATAKANA}]{{2,{LONGEST}}}|[{HAN}]|{THAI}|{LAO}|{BURMESE}|{KHMER}|{ELSE}|[{SPACELESS}]"
)
IN_JAPANESE = re.compile(rf"(?<![{HAN}])[{HAN}]{{2,{WHOLE}}}(?![{HAN}])|{PIECE.pattern}")
KANA = re.compile("[\u3041-\u3096]")
GLUED = re.compile(rf"[{HAN}]|{THAI}|{LAO}|{BURMESE}|{KHMER}")
# Han characters that stand between Chinese words.
CHINESE_GAPS = dict.fromkeys(
    map(
        ord,
        "的了是在和我你您他她它们这那有不就也都与及或为对于以会能可要将被把从到让等吗呢吧啊着过很更最",
    ),
    "\n",
)
TIED = re.compile("['’]")
ENDINGS = frozenset(("s", "t", "m", "d", "re", "ve", "ll"))


def pieces(text: str) -> list[str]:
    """What `word_of` makes words of, in the order of the text; whatever lies between two words is one, or a space."""
    text = SKIPPED.sub("\n", text).lower()
    if text.isascii():
        return PLAIN.findall(text)
    if KANA.search(text):
        return IN_JAPANESE.findall(text)
    return PIECE.findall(text.translate(CHINESE_GAPS))


def word_of(piece: str) -> str:
    """The word, lower case, or `GAP` where a phrase must end: numbers are gaps, too."""
    if not piece[0].isalnum() or len(piece) > LONGEST or piece.isdigit() or KANA.match(piece):
        return GAP
    if "'" not in piece and "’" not in piece:
        return piece
    # without what an apostrophe ties to it: the owner's s, the article of Romance languages
    parts = TIED.split(piece)
    return parts[0] if parts[-1] in ENDINGS or len(parts[0]) > 2 else parts[-1]


def is_glued(word: str) -> bool:
    """Whether it is one character of a script that is written without spaces."""
    return GLUED.fullmatch(word) is not None


def is_spaceless(phrase: str) -> bool:
    """Whether it begins with a character of a script that is written without spaces."""
    return GLUED.match(phrase) is not None


def joined(words: Sequence[str]) -> str:
    """A phrase as it is written."""
    text = words[0]
    for before, word in itertools.pairwise(words):
        text += word if is_glued(before) and is_glued(word) else f" {word}"
    return text


def stop_words() -> frozenset[str]:
    """English words that carry no meaning of their own."""
    return _lists()["en"]


def is_light(phrase: str) -> bool:
    """Whether all its words are English ones that are said of anything: stop words, and the likes of `different`."""
    return all(word in _light() or word in stop_words() for word in phrase.split())


def stops(words: Sequence[str]) -> NDArray[np.bool_]:
    """[words, languages] whether a word carries no meaning of its own in a language; English is the first."""
    by_word, count = _by_word()
    found = [(row, by_word[word]) for row, word in enumerate(words) if word in by_word]
    table = np.zeros((len(words), count), bool)
    for row, languages in found:
        table[row, languages] = True
    return table


@functools.cache
def _lists() -> dict[str, frozenset[str]]:
    text = files("logminer.clusters").joinpath("stopwords.txt").read_text("utf-8")
    lines = [line.split(":") for line in text.splitlines() if not line.startswith("#")]
    return {language: frozenset(words.split()) for language, words in lines}


@functools.cache
def _light() -> frozenset[str]:
    return _lists()[LIGHT]


@functools.cache
def _by_word() -> tuple[dict[str, list[int]], int]:
    """Word → numbers of the languages in which it is a stop word; how many languages there are."""
    found: dict[str, list[int]] = {}
    for number, (language, words) in enumerate(_lists().items()):
        if language == LIGHT:
            continue
        for word in words:
            found.setdefault(word, []).append(number)
    return found, len(_lists())
