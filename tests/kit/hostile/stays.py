"""Words that look like personal data and are none: what a redaction must leave for the text to keep its topic."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

__all__ = ["Stay", "must_stay"]

_FILE = Path(__file__).parent / "stay.txt"


class Stay(NamedTuple):
    """A word at `text[start:end]` that must stay, and its class (`products`, `eponyms` …)."""

    text: str
    start: int
    end: int
    group: str

    @property
    def word(self) -> str:
        return self.text[self.start : self.end]


def must_stay() -> list[Stay]:
    """Every marked word of `stay.txt`, in order; the words of one sentence share its text."""
    found: list[Stay] = []
    group = ""
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("=== "):
            group = line[4:]
            continue
        text, words = "", []
        for i, piece in enumerate(re.split(r"\[\[(.+?)\]\]", line)):
            if i % 2:
                words.append((len(text), len(text) + len(piece)))
            text += piece
        found += [Stay(text, start, end, group) for start, end in words]
    return found
