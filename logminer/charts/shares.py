"""How large a share of each arm is something, with its interval: the arms of a row below one another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from logminer.charts.axis import Axis
from logminer.charts.drawing import SHAPES, element, picture, write
from logminer.charts.words import cut, percent, points, safe

__all__ = ["ShareRow", "shares_chart"]

WIDTH = 960.0
EDGE = 18.0
ARM, PLOT, PLOT_WIDTH, NUMBERS = 330.0, 474.0, 288.0, 780.0
LINE, GAP = 20.0, 8.0  # height of an arm, and between rows
LETTERS, SMALL_LETTERS, ARM_LETTERS = 44, 50, 18


class ShareRow(NamedTuple):
    """A share in [0, 1] of one arm, with its interval. Rows of one label stand together, whatever lies between them.

    `share` is None where it is not told, and `note` says why; without `low` and `high` it has no interval. `about` is said
    once below the label, of whichever row has it.
    """

    label: str
    arm: str
    share: float | None
    low: float | None = None
    high: float | None = None
    note: str = ""
    about: str = ""

    @property
    def numbers(self) -> str:
        """Share, interval and note as they are written."""
        said = [] if self.share is None else [percent(self.share)]
        if self.low is not None and self.high is not None:
            said.append(f"({points(self.low)} to {points(self.high)})")
        return " ".join([*said, self.note] if self.note else said) or "not known"


def shares_chart(rows: Sequence[ShareRow], *, title: str, style: bool = True) -> str:
    """One SVG: a block for each label, in it a line for each arm with its share, interval and numbers.

    Args:
        rows: labels and arms in the order of their first row.
        title: what they are shares of.
        style: with a style sheet inside; else the page brings `STYLE`.
    """
    labels = {row.label: place for place, row in reversed(list(enumerate(rows)))}
    arms = list(dict.fromkeys(row.arm for row in rows))
    ordered = sorted(rows, key=lambda row: (labels[row.label], arms.index(row.arm)))
    top = 62.0
    axis = _axis(rows)
    drawn = [write(EDGE, 30, cut(title, 110), class_="lm-title")]
    body, bottom = [], top
    for label, mine in groupby(ordered, key=lambda row: row.label):
        block = list(mine)
        body.append(_block(label, block, arms, axis, bottom))
        bottom += max(len(block), 2 if any(row.about for row in block) else 1) * LINE + GAP
    drawn += [*_scale(axis, top, bottom), *body]
    told = ". ".join(f"{row.label}, {row.arm}: {row.numbers}" for row in ordered) or "No rows"
    return picture((WIDTH, bottom + 14), title, f"{told}.", drawn, style=style)


def _axis(rows: Sequence[ShareRow]) -> Axis:
    ends = [end for row in rows for end in (row.share, row.high) if end is not None]
    return Axis.over(ends, (), left=PLOT, width=PLOT_WIDTH)


def _scale(axis: Axis, top: float, bottom: float) -> Iterator[str]:
    for tick in axis.ticks():
        x = axis.x(tick)
        said = points(tick)
        said = said if axis.step < 0.00995 else said.removesuffix(".0")
        yield element("path", class_="lm-rule", d=f"M{x:.1f} {top:.1f}V{bottom:.1f}")
        yield write(x, top - 8, said, class_="lm-small", text_anchor="middle")
    yield write(NUMBERS, top - 8, "share (interval), %", class_="lm-small")
    yield element("path", class_="lm-zero", d=f"M{axis.x(0):.1f} {top:.1f}V{bottom:.1f}")


def _block(label: str, block: Sequence[ShareRow], arms: list[str], axis: Axis, y: float) -> str:
    drawn = [element("title", safe(label)), write(EDGE, y + 18, cut(label, LETTERS))]
    if about := next((row.about for row in block if row.about), ""):
        drawn.append(write(EDGE, y + 34, cut(about, SMALL_LETTERS), class_="lm-small"))
    for place, row in enumerate(block):
        drawn.append(_line(row, arms.index(row.arm), axis, y + GAP / 2 + LINE * place + 14))
    end = y + max(len(block), 2 if about else 1) * LINE + GAP
    drawn.append(element("path", class_="lm-rule", d=f"M{EDGE:.0f} {end:.1f}H{WIDTH - EDGE:.0f}"))
    return element("g", "".join(drawn))


def _line(row: ShareRow, arm: int, axis: Axis, y: float) -> str:
    shape = SHAPES[arm % len(SHAPES)]
    drawn = [
        element("title", safe(f"{row.label}, {row.arm}: {row.numbers}")),
        element("path", class_="lm-mark", d=shape, transform=f"translate({ARM:.0f} {y - 4:.1f})"),
        write(ARM + 12, y, cut(row.arm, ARM_LETTERS), class_="lm-small"),
        write(NUMBERS, y, row.numbers, class_="lm-small" if row.share is None else ""),
    ]
    if row.low is not None and row.high is not None:
        low, high = axis.x(row.low), axis.x(row.high)
        ends = f"M{low:.1f} {y - 4:.1f}H{high:.1f}M{low:.1f} {y - 7:.1f}v6M{high:.1f} {y - 7:.1f}v6"
        drawn.append(element("path", class_="lm-thin", d=ends))
    if row.share is not None:
        at = f"translate({axis.x(row.share):.1f} {y - 4:.1f})"
        drawn.append(element("path", class_="lm-mark", d=shape, transform=at))
    return element("g", "".join(drawn), class_=f"lm-arm-{arm % len(SHAPES)}")
