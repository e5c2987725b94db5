"""Words and numbers of a text with what stands between them: what the finders look at."""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

__all__ = ["Token", "Tokens", "holds", "tokenise", "word_set"]

# scripts that do not set words apart: a word of another script ends where they begin
_UNSPACED = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_LETTER = rf"[^\W\d_{_UNSPACED}]"
_TOKEN = re.compile(
    rf"(\b[sS]/[nN]\b|{_LETTER}+(?:['’-]{_LETTER}{{2,}}|(?<={_LETTER})['’]{_LETTER}(?!{_LETTER}))*(?<!['’]s)(?<!['’]S)|[{_UNSPACED}]+|\d[^\W{_UNSPACED}]*(?:[-/]\d[^\W{_UNSPACED}]*)*)"
)
_SENTENCE_END = re.compile(r"[.!?:;\n\r\t\"“”„«»•*#|>{}=\[\]\\]|^\s*$|--|^\s*[-(]")


class Token(NamedTuple):
    """A word or number. `shape`: `Aa` capitalised, `AA` in capitals, `A` one capital letter, `a` small letters,
    `1` a number (which may end in letters; "s/n", without one, too), `x` anything else."""

    start: int
    end: int
    text: str
    lower: str
    shape: str


class Tokens(NamedTuple):
    """The tokens of a text; `gaps[i]` stands before token i and `gaps[-1]` after the last one.

    `opens[i]`: token i opens a sentence, a line or a quotation, where a capital says nothing.
    `vocabulary` holds each token's `lower` once, to ask at once whether any of a list of words is there. `figures` are the tokens
    of shape `1`. `has_other_script`: a word is in
    none of the scripts before Greek.
    """

    text: str
    words: list[Token]
    gaps: list[str]
    opens: list[bool]
    vocabulary: frozenset[str]
    figures: list[Token]
    has_other_script: bool


def word_set(words: str, separator: str | None = None) -> frozenset[str]:
    """A list of words, or of phrases between separators (a line end is one), as a set."""
    if separator is None:
        return frozenset(words.split())
    return frozenset(
        p.strip() for p in words.replace("\n", separator).split(separator) if p.strip()
    )


def tokenise(text: str) -> Tokens:
    """The tokens of a text, in order."""
    words: list[Token] = []
    gaps: list[str] = []
    opens: list[bool] = []
    # A word that comes again is held once: a text of megabytes has millions of them, and few are different.
    known: dict[str, tuple[str, str, str]] = {}
    new = tuple.__new__  # there are millions
    end = 0
    for match in _TOKEN.finditer(text):
        start, stop = match.span(1)
        value = match.group(1)
        if (said := known.get(value)) is None:
            said = known[value] = value, value.lower().replace("’", "'"), _shape(value)
        gap = text[end:start]
        words.append(new(Token, (start, stop, *said)))
        gaps.append(gap)
        opens.append(gap != " " and (end == 0 or _ends_a_sentence(gap)))
        end = stop
    gaps.append(text[end:])
    vocabulary = frozenset(said[1] for said in known.values())
    return Tokens(
        text,
        words,
        gaps,
        opens,
        vocabulary,
        [w for w in words if w.shape == "1"],
        any(map("\u0370".__le__, vocabulary)),
    )


def _ends_a_sentence(gap: str) -> bool:
    return bool(_SENTENCE_END.search(gap)) if len(gap) > 4 else _ends_briefly(gap)


@functools.lru_cache(1 << 12)
def _ends_briefly(gap: str) -> bool:
    return bool(_SENTENCE_END.search(gap))


def _shape(word: str) -> str:
    if word.islower() and word[0].isalpha():
        return "1" if word[1:2] == "/" else "a"
    if word[0].isdigit() or word[1:2] == "/":
        return "1"
    if len(word) == 1:
        return "A" if word.isupper() else "x"
    if word.isupper():
        return "AA"
    return "Aa" if word[0].isupper() else "x"


def holds(text: str, signs: tuple[str, ...]) -> bool:
    """Whether one of the signs stands in a text: much cheaper than a pattern."""
    return any(sign in text for sign in signs)
