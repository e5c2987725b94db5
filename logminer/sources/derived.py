"""Attributes that are made of what a dump says: of a column's values, of the files' names, or one for all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from logminer.files.objects import AnyPath
from logminer.messages.text import text_of
from logminer.spec import Spec

__all__ = ["Always", "Derived", "shown"]

Value = bool | str
WILD = re.compile(r"[*?\[]")
NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?", re.ASCII)
NOTHING = frozenset({"nan", "null", "none", "<na>", "n/a"})  # what an empty cell is written as


class Derived(Spec):
    """What an attribute is made of.

    Attributes:
        column: whose values say it; null: the files' names, and where these say nothing the names of their folders.
        values: what stands there, in small letters → the attribute's value. `*` stands for any characters; what stands there
            word for word holds before that. Numbers are compared as numbers.
        otherwise: the value of what is not among them; null: it has none. Without `values` that of every row. An empty cell
            has none, also where it is written as `nan` or `null` and `values` has no such word.
    """

    column: str | None = None
    values: dict[str, Value] = {}
    otherwise: Value | None = None

    def __call__(self, cell: Any) -> Value | None:
        """The attribute's value, given what stands there; None: it has none."""
        text = (text_of(cell) or "").strip().lower()
        if not text:
            return None
        found = self._of(text)
        if found is None and text not in NOTHING:
            return self.otherwise
        return found

    def of_file(self, path: AnyPath) -> Value | None:
        """The value of every row of a file, where no column says it."""
        for name in (path.name, path.parent.name):
            if (found := self._of(name.lower())) is not None:
                return found
        return self.otherwise

    def _of(self, text: str) -> Value | None:
        for said, value in self.values.items():
            if _key(said) == _key(text):
                return value
        for said, value in self.values.items():
            if WILD.search(said) and fnmatchcase(text, said.lower()):
                return value
        return None


class Always(Spec):
    """One value, whatever stands in a cell."""

    value: Value | None

    def __call__(self, cell: Any) -> Value | None:
        """That value."""
        return self.value


def shown(name: str, counts: Mapping[str | None, int]) -> Iterator[str]:
    """What is to be known of a derived attribute: that prompts lack it, or that it is true of none, or of all.

    Args:
        name: of the attribute.
        counts: of how many prompts it has which value; None: of those that have none.
    """
    total = sum(counts.values())
    if lacking := counts.get(None, 0):
        yield (
            f"source.derive.{name}: {lacking:,} of {total:,} prompts have none: no declared value fits what stands there;"
            " they count among all prompts, and in no stratum of it"
        )
    truths = {value: n for value, n in counts.items() if value in ("true", "false")}
    if len(truths) == 1:
        ((value, n),) = truths.items()
        yield f"source.derive.{name}: {value} of {n:,} of {total:,} prompts, {'false' if value == 'true' else 'true'} of none"


def _key(text: str) -> str:
    """3, 3.0 and "3" are one value."""
    text = text.strip().lower()
    return repr(float(text)) if NUMBER.fullmatch(text) else text
