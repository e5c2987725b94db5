"""Length, letters and punctuation: measures that hold in any language."""

from __future__ import annotations

import re
from functools import partial

from logminer.discovery.measures.characters import CASED, LETTERS, Char
from logminer.discovery.measures.measure import RESPONSES, Measure
from logminer.discovery.measures.reading import ReadText

__all__ = ["FORM"]

FIRST_WORDS = 100  # in which distinct words are counted: of longer texts fewer are
RUN = 4  # words that are alike in a row where a text repeats itself

_QUESTION = re.compile(r"[?？؟]+")
_EXCLAMATION = re.compile(r"[!！]+")
_PARAGRAPH = re.compile(r"\n[ \t]*\n\s*")
_CLOSED = "*_`~ \t\n"  # markup after the last mark


def share(part: float, whole: float) -> float:
    """0 of nothing."""
    return float(part) / float(whole) if whole else 0.0


def _upper_case(text: ReadText) -> float:
    counts = text.characters
    return share(counts[Char.LATIN_UPPER] + counts[Char.UPPER], counts[CASED].sum())


def _non_latin(text: ReadText) -> float:
    counts = text.characters
    letters = counts[LETTERS].sum()
    return share(letters - counts[Char.LATIN_LOWER] - counts[Char.LATIN_UPPER], letters)


def _found(pattern: re.Pattern[str], text: str) -> float:
    return float(len(pattern.findall(text)))


def _marks(marks: str, pattern: re.Pattern[str], text: ReadText) -> float:
    """Runs of a mark: '???' is one question."""
    raw = text.raw
    return _found(pattern, raw) if any(mark in raw for mark in marks) else 0.0


def _quotes(text: ReadText) -> float:
    raw = text.raw
    return float(raw.count('"') // 2 + sum(map(raw.count, "“„«「『")))


def _distinct(text: ReadText) -> float:
    first = text.words[:FIRST_WORDS]
    return share(len(set(first)), len(first))


def _repetition(text: ReadText) -> float:
    words = text.words
    runs = len(words) - RUN + 1
    if runs < 1:
        return 0.0
    return 1 - len(set(zip(*(words[i:] for i in range(RUN)), strict=False))) / runs


def _ends_open(text: ReadText) -> float:
    last = text.raw.rstrip(_CLOSED)[-1:]
    return float(last.isalnum() or last in (",", "-", "–", "、", "，"))


FORM = (
    Measure("words", "words", "length in words", lambda t: float(len(t.words))),
    Measure("characters", "characters", "length in characters", lambda t: float(len(t.raw))),
    Measure("paragraphs", "times", "paragraphs", lambda t: 1 + _found(_PARAGRAPH, t.raw)),
    Measure(
        "sentence_length",
        "words",
        "length of a sentence, or line",
        lambda t: share(len(t.words), len(t.sentences)),
    ),
    Measure("upper_case", "share of letters", "capitals, of letters that have any", _upper_case),
    Measure("non_latin", "share of letters", "letters of other scripts than Latin", _non_latin),
    Measure(
        "digits",
        "share of characters",
        "figures (0 to 9)",
        lambda t: share(t.characters[Char.DIGIT], len(t.raw)),
    ),
    Measure("questions", "times", "question marks", partial(_marks, "?？؟", _QUESTION)),
    Measure("exclamations", "times", "exclamation marks", partial(_marks, "!！", _EXCLAMATION)),
    Measure("dashes", "times", "dashes (– and —)", lambda t: float(t.characters[Char.DASH])),
    Measure(
        "brackets",
        "times",
        "remarks in round brackets",
        lambda t: float(t.characters[Char.BRACKET]),
    ),
    Measure("quotes", "times", "passages in double quotation marks", _quotes),
    Measure(
        "emoji", RESPONSES, "has emoji or pictograms", lambda t: float(t.characters[Char.EMOJI] > 0)
    ),
    Measure(
        "distinct_words",
        "share of words",
        f"words that are distinct, of the first {FIRST_WORDS}",
        _distinct,
    ),
    Measure(
        "repetition",
        f"share of runs of {RUN} words",
        f"runs of {RUN} words that were there before",
        _repetition,
    ),
    Measure(
        "ends_open", RESPONSES, "ends without a closing mark: cut off, or a heading", _ends_open
    ),
)
