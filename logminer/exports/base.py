"""What every target of an export has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from logminer.exports.reading import Selected

__all__ = ["Target", "Written"]


class Written(NamedTuple):
    """Files by their place in the folder, with the rows of each; and what was left out of them, by the reason."""

    files: dict[str, int]
    left_out: dict[str, int]


class Target(NamedTuple):
    """One form of export.

    Attributes:
        what: the export, in a few words.
        use: how it is read, for the notice that lies beside it; Markdown.
        write: fills an empty folder.
        card: what stands before the notice, as the head of a card.
    """

    what: str
    use: str
    write: Callable[[Selected, Path], Written]
    card: Callable[[Written], str] = lambda _: ""
