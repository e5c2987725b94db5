"""The elements of an SVG as text: every picture is one of `picture`, of shapes that have classes and no styles of their own."""

from __future__ import annotations

from collections.abc import Iterable

from logminer.charts.style import STYLE
from logminer.charts.words import safe

__all__ = ["SHAPES", "element", "number", "picture", "write"]

# Of a series, by its place: told by form as well as by colour. As paths about the origin.
SHAPES = (
    "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",
    "M-3.6-3.6h7.2v7.2h-7.2z",
    "M0-4.6l4.4 7.8h-8.8z",
    "M0-5l4.4 5l-4.4 5l-4.4-5z",
    "M-4.4-3.2h8.8l-4.4 7.8z",
    "M-1.5-4.5h3v3h3v3h-3v3h-3v-3h-3v-3h3z",
)


def number(value: float) -> str:
    """A coordinate, to a tenth of a pixel."""
    return f"{value:.1f}".removesuffix(".0")


def element(name: str, inside: str = "", **attributes: str | float) -> str:
    """One element. An underscore at the end of a name is left out (`class_`), others are hyphens; nothing is said of ""."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{number(value) if isinstance(value, (int, float)) else safe(value)}"'
        for key, value in attributes.items()
        if value != ""
    )
    return f"<{name}{given}>{inside}</{name}>" if inside else f"<{name}{given}/>"


def write(x: float, y: float, text: str, **attributes: str | float) -> str:
    """A line of text."""
    return element("text", safe(text), x=x, y=y, **attributes)


def picture(
    size: tuple[float, float], title: str, told: str, drawn: Iterable[str], *, style: bool
) -> str:
    """A whole SVG, on a ground of its own, so that it can be read wherever it stands.

    Args:
        size: width and height in pixels.
        title: what it is of.
        told: what it shows, for those who do not see it.
        drawn: its elements, in order.
        style: with a style sheet inside; else the page brings `STYLE`.
    """
    width, height = size
    inside = [
        element("title", safe(title)),
        element("desc", safe(told)),
        element("style", STYLE) if style else "",
        element("rect", class_="lm-ground", width=width, height=height, rx=6),
        *drawn,
    ]
    return element(
        "svg",
        "".join(inside),
        xmlns="http://www.w3.org/2000/svg",
        class_="lm-chart",
        role="img",
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=width,
        height=height,
    )
