"""Whether one answers in the language in which one was asked."""

from __future__ import annotations

import re

from logminer.discovery.measures.measure import RESPONSES, Measure
from logminer.discovery.measures.reading import ReadText
from logminer.discovery.measures.wording import Kind
from logminer.privacy.languages.language import tell_language

__all__ = ["TONGUE"]

ENGLISH = 0.1  # share of the words that say nothing but that a text is English, from which on it is
SAMPLE = 200  # characters by which another language is told
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
    if asked == "en" and text.kinds[Kind.ENGLISH] >= ENGLISH * len(text.words):
        return 0.0
    sample = text.raw[:SAMPLE]
    if asked in OWN and OWN[asked].search(sample):
        return 0.0
    return float(tell_language(None, [sample], asked) != asked)


TONGUE = (
    Measure(
        "other_language",
        RESPONSES,
        "is in another language than the prompt (what is short or unclear is not)",
        _other_language,
    ),
)
