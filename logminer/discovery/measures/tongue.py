"""Whether one answers in the language in which one was asked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from logminer.discovery.measures.measure import RESPONSES, Measure
from logminer.discovery.measures.reading import ReadText
from logminer.discovery.measures.wording import KINDS, Kind
from logminer.privacy.languages.language import tell_language

__all__ = ["TONGUE"]

ENGLISH = 0.1  # share of the words that say nothing but that a text is English, from which on it is
SAMPLE = 200  # characters by which another language is told, at the beginning and at the end
END = 30  # words, about as many characters
# Letters that no other language has.
OWN = {
    "ja": re.compile("[\u3041-\u30ff]"),
    "ko": re.compile("[\uac00-\ud7a3]"),
    "th": re.compile("[\u0e01-\u0e3a]"),
}


def _other_language(text: ReadText) -> float:
    asked = text.language
    if asked is None:
        return 0.0
    if _is_other(asked, text.raw[:SAMPLE], text.words):
        return 1.0
    whole = len(text.raw) <= SAMPLE
    return float(not whole and _is_other(asked, text.raw[-SAMPLE:], text.words[-END:]))


def _is_other(asked: str, sample: str, words: Sequence[str]) -> bool:
    if asked == "en":
        english = sum(KINDS.get(word) is Kind.ENGLISH for word in words)
        if english >= ENGLISH * len(words):
            return False
    if asked in OWN and OWN[asked].search(sample):
        return False
    return tell_language(None, [sample], asked) != asked


TONGUE = (
    Measure(
        "other_language",
        RESPONSES,
        "is, or ends, in another language than the prompt (what is short or unclear is not)",
        _other_language,
    ),
)
