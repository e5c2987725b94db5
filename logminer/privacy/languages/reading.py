"""Which of the models at hand read a text, and what of it none of them reads."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple

from logminer.privacy.languages.language import sure_language
from logminer.privacy.languages.scripts import (
    SAMPLE,
    is_chinese,
    of_scripts,
    own,
    reads,
    share,
    unread,
    weigh,
)

__all__ = ["Reader", "TextReading"]


class TextReading(NamedTuple):
    """How a text is read.

    Attributes:
        language: whose model looks at all of it.
        beside: others whose models look too, and the letters that what they find must hold.
        unread: characters `first` to `last` (exclusive) that nobody reads, in order.
    """

    language: str
    beside: tuple[tuple[str, re.Pattern[str]], ...] = ()
    unread: tuple[tuple[int, int], ...] = ()


class Reader:
    """Chooses among the languages that have a model.

    Args:
        languages: their ISO 639-1 codes.
    """

    def __init__(self, languages: Collection[str]) -> None:
        self._languages = tuple(languages)
        self._latin = tuple(code for code in languages if "Latin" in own(code))

    def read(self, text: str, language: str) -> TextReading:
        """How to read a text of a conversation in `language`; as that one where it has no model.

        A text in letters in which the language is not written, or beyond doubt in another language, is read by that
        one's model.
        """
        if language not in self._languages:
            return TextReading(language)
        plain = text.isascii()
        if plain and self._latin == (language,):
            return TextReading(language)
        shares = {"Latin": 1.0} if plain else weigh(text)
        language = self._main(text, language, shares)
        if plain:
            return TextReading(language)
        read, beside = reads(language), []
        for other in self._languages:
            more = reads(other) - read
            if other == "ja" and "Han" in more and is_chinese(text):
                more -= {"Han"}
            if more and of_scripts(more).search(text):
                beside.append((other, of_scripts(more)))
                read |= more
        return TextReading(language, tuple(beside), tuple(unread(text, read)))

    def _main(self, text: str, language: str, shares: Mapping[str, float]) -> str:
        among = [code for code in self._languages if share(shares, own(code)) > 0.5]
        if not among:
            return language
        if len(among) > 1:
            sure = sure_language(text[:SAMPLE], among)
            return sure or (language if language in among else among[0])
        return among[0]
