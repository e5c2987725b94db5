"""Which script letters are in, and which scripts the models of a language read.

A model finds no names in a script that it was not trained on, whatever it is told. So runs of letters that no model at hand
reads are found here, to be masked or to have their conversation rejected. What cannot name anybody is no run: letters alone
(π, α, µ), signs, figures and emoji; of Greek, which formulas are
written in, words of up to two letters.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import islice

__all__ = ["MAIN", "is_chinese", "of_scripts", "own", "reads", "share", "unread", "weigh"]

# Script → its blocks, as the inside of a character class. Source: the code charts of Unicode 15. Compatibility forms come
# after normalisation. `Common` is what every model may meet: accents, phonetic letters, letter-like signs, figures in
# circles, mathematical alphabets.
_BLOCKS = {
    "Latin": "A-Za-zªº\u00c0-\u024f\u1e00-\u1eff\u2c60-\u2c7f\ua720-\ua7ff\uab30-\uab6f\ufb00-\ufb06\uff21-\uff5a",
    "Common": "µ\u0250-\u036f\u1d00-\u1dff\u2070-\u209f\u2100-\u218f\u2460-\u24ff\u2776-\u2793"
    "\U0001d400-\U0001d7ff\U0001f100-\U0001f1ff",
    "Greek": "\u0370-\u03ff\u1f00-\u1fff",
    "Cyrillic": "\u0400-\u052f\u1c80-\u1c8f\u2de0-\u2dff\ua640-\ua69f",
    "Armenian": "\u0530-\u058f\ufb13-\ufb17",
    "Hebrew": "\u0590-\u05ff\ufb1d-\ufb4f",
    "Arabic": "\u0600-\u06ff\u0750-\u077f\u0860-\u08ff\ufb50-\ufdff\ufe70-\ufefc",
    "Devanagari": "\u0900-\u097f\ua8e0-\ua8ff",
    "Bengali": "\u0980-\u09ff",
    "Gurmukhi": "\u0a00-\u0a7f",
    "Gujarati": "\u0a80-\u0aff",
    "Oriya": "\u0b00-\u0b7f",
    "Tamil": "\u0b80-\u0bff",
    "Telugu": "\u0c00-\u0c7f",
    "Kannada": "\u0c80-\u0cff",
    "Malayalam": "\u0d00-\u0d7f",
    "Sinhala": "\u0d80-\u0dff",
    "Thai": "\u0e00-\u0e7f",
    "Lao": "\u0e80-\u0eff",
    "Tibetan": "\u0f00-\u0fff",
    "Myanmar": "\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f",
    "Georgian": "\u10a0-\u10ff\u1c90-\u1cbf\u2d00-\u2d2f",
    "Ethiopic": "\u1200-\u139f\u2d80-\u2ddf\uab00-\uab2f",
    "Khmer": "\u1780-\u17ff",
    "Hangul": "\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff\uffa0-\uffdc",
    "Kana": "\u3040-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f\U0001b000-\U0001b16f",
    "Bopomofo": "\u3100-\u312f\u31a0-\u31bf",
    "Han": "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af",
}
# Language → the scripts that it is written in, the most telling one first; Latin where nothing else is said. Every model
# reads Latin letters besides.
_WRITTEN = {
    "ja": "Kana Han", "zh": "Han Bopomofo", "ko": "Hangul Han", "el": "Greek", "hy": "Armenian", "ka": "Georgian",
    "he": "Hebrew", "yi": "Hebrew", "th": "Thai", "lo": "Lao", "my": "Myanmar", "km": "Khmer", "bo": "Tibetan", "dz": "Tibetan",
    "am": "Ethiopic", "ti": "Ethiopic", "bn": "Bengali", "as": "Bengali", "pa": "Gurmukhi", "gu": "Gujarati", "or": "Oriya",
    "ta": "Tamil", "te": "Telugu", "kn": "Kannada", "ml": "Malayalam", "si": "Sinhala", "sr": "Cyrillic Latin",
    **dict.fromkeys("ru uk be bg mk kk ky tg mn tt ba ab ce cv os".split(), "Cyrillic"),  # noqa: SIM905
    **dict.fromkeys("ar fa ur ps sd ug ckb".split(), "Arabic"),  # noqa: SIM905
    **dict.fromkeys("hi mr ne sa".split(), "Devanagari"),  # noqa: SIM905
}  # fmt: skip
# The language that a script tells by itself, or that is the likeliest in it.
MAIN = {written.split()[0]: code for code, written in reversed(_WRITTEN.items())} | {
    "Cyrillic": "ru", "Arabic": "ar", "Devanagari": "hi", "Han": "zh", "Hebrew": "he", "Latin": "en",
}  # fmt: skip

# What stands inside of a name or between two words.
_BETWEEN = " \t'’·・.,،、。，！？!?；：;:「」『』《》（）“”־-"
_DENSE = (
    "Han",
    "Kana",
    "Hangul",
)  # a word has one or two letters where a Latin one has four and more
SAMPLE = 4_000  # characters by which a text's scripts are weighed
MANY = 20  # Han letters: in Japanese some kana would be among them


def reads(language: str) -> frozenset[str]:
    """The scripts that a model of this language (ISO 639-1) reads."""
    return own(language) | {"Latin", "Common"}


@functools.cache
def own(language: str) -> frozenset[str]:
    """The scripts that a language is written in."""
    return frozenset(_WRITTEN.get(language, "Latin").split())


@functools.cache
def of_scripts(scripts: frozenset[str]) -> re.Pattern[str]:
    """Finds letters of these scripts."""
    return re.compile(f"[{_inside(scripts)}]")


def weigh(text: str) -> dict[str, float]:
    """The share of each script in a text's beginning, from 0 to 1; empty where it has no letters.

    A letter of a dense script counts as four. `Other` is a script that we do not know; `Common` is left out.
    """
    weights: Counter[str] = Counter()
    for char, n in Counter(text[:SAMPLE]).items():
        if char.isalpha():
            script = _script(char)
            weights[script] += 4 * n if script in _DENSE else n
    weights.pop("Common", None)
    total = sum(weights.values())
    return {script: weight / total for script, weight in weights.items()}


def share(shares: Mapping[str, float], scripts: Iterable[str]) -> float:
    """How much of a text is in these scripts, from 0 to 1."""
    return sum(shares.get(script, 0.0) for script in scripts)


def is_chinese(text: str) -> bool:
    """Whether its Han letters are not Japanese: no kana stand with them, and they are many or not in Japan's character set."""
    if _HAN.search(text) is None or _KANA.search(text):
        return False
    letters = [match.group() for match in islice(_HAN.finditer(text), MANY)]
    return len(letters) == MANY or not all(map(_is_japanese, letters))


@functools.cache
def _is_japanese(letter: str) -> bool:
    try:
        return bool(letter.encode("cp932"))
    except UnicodeEncodeError:
        return False


def unread(text: str, scripts: frozenset[str]) -> list[tuple[int, int]]:
    """Where runs of letters of other scripts than these stand in a text, words and what is between them together."""
    if text.isascii():
        return []
    return [run.span() for run in _runs(scripts).finditer(text) if _can_name(run.group())]


def _can_name(run: str) -> bool:
    letters = "".join(char for char in run if char.isalpha())
    if _GREEK.fullmatch(letters):  # α, β, γ; no name is as short as that
        return any(len(word) > 2 for word in _WORD.findall(run))
    return len(letters) > 1


@functools.cache
def _runs(scripts: frozenset[str]) -> re.Pattern[str]:
    letter = rf"[^\W\d_{_inside(scripts)}]"
    return re.compile(rf"{letter}(?:{letter}|[{_marks()}]|[{_BETWEEN}]{{1,3}}(?={letter}))*")


@functools.cache
def _marks() -> str:
    """Vowel signs and the like, which belong to the letter before them: the inside of a character class."""
    marks = (chr(code) for code in range(0x300, 0x1F000))
    return "".join(c for c in marks if unicodedata.category(c) in ("Mn", "Mc")) + "\u200c\u200d"


def _inside(scripts: Iterable[str]) -> str:
    return "".join(_BLOCKS[script] for script in sorted(scripts))


@functools.cache
def _script(char: str) -> str:
    return next((name for name in _BLOCKS if of_scripts(frozenset((name,))).match(char)), "Other")


_HAN, _KANA = (re.compile(f"[{_BLOCKS[name]}]") for name in ("Han", "Kana"))
_GREEK = re.compile(f"[{_BLOCKS['Greek']}]+")
_WORD = re.compile(r"[^\W\d_]+")
