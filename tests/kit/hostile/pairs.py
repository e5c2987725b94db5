"""What a user says and an answer repeats in another form: the answer must not keep it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from tests.kit.hostile.texts import drawn

__all__ = ["Pair", "pairs"]

_FILE = Path(__file__).parent / "pairs.txt"
_TURN = "\n>>>\n"


class Pair(NamedTuple):
    """A user's words, the answer, and the values in the answer that must be gone from it."""

    said: str
    answer: str
    gone: tuple[str, ...]
    group: str

    @property
    def messages(self) -> list[dict[str, str]]:
        return [
            {"role": "user", "content": self.said},
            {"role": "assistant", "content": self.answer},
        ]


def pairs(seed: int = 1) -> list[Pair]:
    """Every template of `pairs.txt` drawn once."""
    templates = _FILE.read_text(encoding="utf-8")
    found = []
    for text in drawn(templates, seed, templates.count(_TURN)):
        said, answer = text.text.split(_TURN)
        start = len(said) + len(_TURN)
        gone = tuple(
            dict.fromkeys(text.text[g.start : g.end] for g in text.gold if g.start >= start)
        )
        found.append(Pair(said, answer, gone, text.category))
    return found
