"""Names of columns, told where they are names: the first line of a CSV without a header is somebody's words."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["is_name", "listed"]

_NAME = re.compile(r"[^\W\d][\w.:/#()\[\]-]*(?: [\w.:/#()\[\]-]+){0,2}")
LONGEST = 64


def is_name(text: str) -> bool:
    """Whether it reads like a column's name: at most three words, which begin with a letter and have no other signs."""
    return len(text) <= LONGEST and _NAME.fullmatch(text) is not None


def listed(names: Iterable[str]) -> str:
    """For people, in the order of the alphabet; what reads like no name is counted."""
    told = sorted(names)
    shown = [name for name in told if is_name(name)]
    if hidden := len(told) - len(shown):
        shown.append(
            f"{hidden} more that read like no names (is the header missing, or a key a sentence?)"
        )
    return ", ".join(shown)
