"""Placeholders: `<PERSON_1>` in place of what was found."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from logminer.privacy.mentions.found import FoundValues

__all__ = ["Placeholders"]

_PLACEHOLDER = re.compile(r"<([A-Z][A-Z_]*)_(\d+)>")


class Placeholders:
    """`<PERSON_1>`: the same one for a value however it is written, and for a person by any part of the name.

    They are numbered in the order in which values are found in a conversation; in a response, after its last number.

    Args:
        found: the values of the conversation.
        known: what its prompt already replaced.
    """

    def __init__(self, found: FoundValues, known: Iterable[str] = ()) -> None:
        self._found = found
        last: Counter[str] = Counter()
        for value in known:
            if match := _PLACEHOLDER.fullmatch(value):
                last[match.group(1)] = max(last[match.group(1)], int(match.group(2)))
        found.begin_after(last)

    def __call__(self, entity_type: str, value: str) -> str:
        return f"<{entity_type}_{self._found.number(entity_type, value)}>"
