"""Points in a plane, in groups that are told apart by form and colour: small maps that need no script."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from logminer.charts.drawing import SHAPES, element, number, picture, write
from logminer.charts.words import cut, safe

__all__ = ["Dot", "scatter"]

WIDTH = 960.0
EDGE = 18.0
SIDE = 600.0  # of the square that holds the points
TOP = 48.0
LEGEND, LETTERS, LETTER = (
    650.0,
    34,
    6.4,
)  # where it begins, letters of a name, and about how wide one is


class Dot(NamedTuple):
    """A point: anything in x and y, and the group that it belongs to."""

    x: float
    y: float
    group: str


def scatter(
    points: Sequence[Dot],
    *,
    title: str,
    names: Sequence[Dot] = (),
    about: Sequence[str] = (),
    style: bool = True,
) -> str:
    """One SVG of a few thousand points: x and y on one scale, no axes, for the directions mean nothing.

    Args:
        points: those of a group that comes later lie above others; groups are in the order of their first point.
        title: what they are.
        names: written at their place: the `group` of each is the text.
        about: lines below the list of groups.
        style: with a style sheet inside; else the page brings `STYLE`.
    """
    groups: dict[str, list[Dot]] = {}
    for point in points:
        groups.setdefault(point.group, []).append(point)
    left, top, scale = _frame(points)

    def at(place: Dot) -> tuple[float, float]:
        return EDGE + 10 + scale * (place.x - left), TOP + 10 + scale * (top - place.y)

    drawn = [
        write(EDGE, 30, cut(title, 110), class_="lm-title"),
        element("rect", class_="lm-rule", x=EDGE, y=TOP, width=SIDE + 20, height=SIDE + 20),
    ]
    for place, mine in enumerate(groups.values()):
        marks = "".join(_mark(place, *at(point)) for point in mine)
        drawn.append(
            element("path", class_=f"lm-mark lm-point lm-arm-{place % len(SHAPES)}", d=marks)
        )
    for name in names:
        x, y = at(name)
        half = LETTER * len(name.group[:LETTERS]) / 2
        x = min(max(x, EDGE + half), EDGE + SIDE + 20 - half)
        name_class = "lm-small lm-halo lm-name"
        drawn.append(write(x, y, cut(name.group, LETTERS), class_=name_class, text_anchor="middle"))
    listed, bottom = _legend(groups, about)
    drawn += listed
    counts = ", ".join(f"{group}: {len(mine):,} points" for group, mine in groups.items())
    size = (WIDTH, max(TOP + SIDE + 36, bottom))
    return picture(size, title, f"{counts or 'No points'}. {' '.join(about)}", drawn, style=style)


def _legend(groups: dict[str, list[Dot]], about: Sequence[str]) -> tuple[list[str], float]:
    """The groups with their counts and below them `about`, and where that ends."""
    drawn = []
    y = TOP + 18
    for place, (group, mine) in enumerate(groups.items()):
        shape = element("path", class_="lm-mark", d=SHAPES[place % len(SHAPES)])
        key = element("g", shape, transform=f"translate({LEGEND + 6:.0f} {y - 4:.0f})")
        words = write(LEGEND + 20, y, f"{cut(group, LETTERS)} · {len(mine):,}")
        told = element("title", safe(group))
        drawn.append(element("g", told + key + words, class_=f"lm-arm-{place % len(SHAPES)}"))
        y += 22
    for line in about:
        y += 17
        drawn.append(write(LEGEND, y, cut(line, 48), class_="lm-small"))
    return drawn, y + 20


def _frame(points: Sequence[Dot]) -> tuple[float, float, float]:
    """The left and upper end of what holds them all, and pixels for one unit."""
    if not points:
        return 0.0, 0.0, 1.0
    xs, ys = [p.x for p in points], [p.y for p in points]
    wide = max(max(xs) - min(xs), max(ys) - min(ys)) or 1.0
    middle = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    return middle[0] - wide / 2, middle[1] + wide / 2, SIDE / wide


def _mark(group: int, x: float, y: float) -> str:
    """A small form of the group at this place, as a piece of a path: thousands of them are one element."""
    x_, y_ = number(x), number(y)
    return (
        f"M{x_} {y_}m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0z",
        f"M{x_} {y_}m-2-2h4v4h-4z",
        f"M{x_} {y_}m0-2.4l2.3 4h-4.6z",
        f"M{x_} {y_}m0-2.6l2.6 2.6l-2.6 2.6l-2.6-2.6z",
        f"M{x_} {y_}m-2.3-1.6h4.6l-2.3 4z",
        f"M{x_} {y_}m-.8-2.4h1.6v1.6h1.6v1.6h-1.6v1.6h-1.6v-1.6h-1.6v-1.6h1.6z",
    )[group % len(SHAPES)]
