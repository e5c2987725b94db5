"""Numbers of the database as they stand on a page: rounded for people, beside what they are and where they come from.

`<data value="0.0312" data-of="comparisons.difference" data-key="base=a;candidate=b;…">+3.1</data>`: the value unrounded, the
table and column (or what SQL makes of columns: `count(*)`) and the row (or rows) that it is of. A name in the key without `=`
is null there.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from logminer.charts.words import percent, points, signed

__all__ = ["NONE", "Figures", "figure", "short"]

Row = Mapping[str, Any]

FIGURE = Markup('<data value="{}" data-of="{}" data-key="{}">{}</data>')
NONE = "–"


def figure(value: object, text: str, of: str, key: Row) -> Markup:
    """One figure.

    Args:
        value: as the database has it.
        text: as a person reads it.
        of: table and column, parted by a dot.
        key: columns of the table and what they are in the row.
    """
    raw = repr(value) if isinstance(value, float) else str(value)
    named = ";".join(
        quote(name) if one is None else f"{quote(name)}={quote(str(one), safe=' ')}"
        for name, one in key.items()
    )
    return FIGURE.format(raw, of, named, text)


def short(value: float, digits: int) -> str:
    """With so many digits that tell, and never as a power of ten: 1,490 · 99.7 · 0.0012."""
    magnitude = math.floor(math.log10(abs(value))) if value else 0
    places = max(digits - 1 - magnitude, 0)
    said = f"{value:,.{places}f}"
    return said.rstrip("0").rstrip(".") if "." in said else said


class Figures:
    """The figures of one row; a dash where it has none.

    Args:
        table: it is of; or a view.
        row: of it.
        key: the columns that name the row.
    """

    def __init__(self, table: str, row: Row, key: Sequence[str]) -> None:
        self._table, self._row = table, row
        self._key = {name: row[name] for name in key}

    def _of(self, name: str, text: str) -> Markup:
        return figure(self._row[name], text, f"{self._table}.{name}", self._key)

    def _has(self, *names: str) -> bool:
        return all(self._row[name] is not None for name in names)

    def percent(self, name: str) -> Markup:
        """A share of something, in percent."""
        return self._of(name, percent(self._row[name])) if self._has(name) else Markup(NONE)

    def signed(self, name: str) -> Markup:
        """A difference of shares, in points."""
        return self._of(name, signed(self._row[name])) if self._has(name) else Markup(NONE)

    def points(self, name: str) -> Markup:
        """A share that has no direction, in points."""
        return self._of(name, points(self._row[name])) if self._has(name) else Markup(NONE)

    def around(self, name: str) -> Markup:
        """A share on either side of none, in points: a margin."""
        if not self._has(name):
            return Markup(NONE)
        return self._of(name, f"±{points(self._row[name])}")

    def interval(self, name: str, low: str, high: str) -> Markup:
        """A difference and the ends of its interval, in points."""
        if not self._has(name, low, high):
            return Markup(NONE)
        return Markup("{} ({} to {})").format(*map(self.signed, (name, low, high)))

    def ends(self, name: str, low: str, high: str) -> Markup:
        """A share and the ends of its interval, in percent."""
        if not self._has(name, low, high):
            return self.percent(name)
        return Markup("{} ({} to {})").format(*map(self.percent, (name, low, high)))

    def numbers(self, name: str, low: str, high: str) -> Markup:
        """A number and the ends of its interval."""
        if not self._has(name, low, high):
            return Markup(NONE)
        ends = (self.number(one, 3) for one in (name, low, high))
        return Markup("{} ({} to {})").format(*ends)

    def count(self, name: str) -> Markup:
        """A number of things."""
        return self._of(name, f"{self._row[name]:,}") if self._has(name) else Markup(NONE)

    def number(self, name: str, digits: int = 2) -> Markup:
        """A number with so many digits that tell."""
        if not self._has(name):
            return Markup(NONE)
        return self._of(name, short(self._row[name], digits))

    def chance(self, name: str) -> Markup:
        """A p or q."""
        if not self._has(name):
            return Markup(NONE)
        value = self._row[name]
        return self._of(name, f"{value:.2g}" if value >= 0.001 else "< 0.001")

    def plainly(self, name: str) -> Markup:
        """A difference of things that are no shares, with its sign."""
        if not self._has(name):
            return Markup(NONE)
        value = self._row[name]
        sign = "−" if value < 0 else "+"
        return self._of(name, f"{sign}{short(abs(value), 3)}")

    def time(self, name: str) -> Markup:
        """A moment, to the minute."""
        if not self._has(name):
            return Markup(NONE)
        moment: datetime.datetime = self._row[name]
        text = f"{moment:%Y-%m-%d %H:%M}"
        return Markup('<time datetime="{}">{}</time>').format(moment.isoformat(), text)
