"""Differences with their intervals, one below the other: what was declared to be negligible, and what could have been found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from logminer.charts.axis import Axis
from logminer.charts.drawing import element, picture, write
from logminer.charts.words import cut, interval, points, safe, signed

__all__ = ["ForestRow", "forest"]

WIDTH = 960.0
EDGE = 18.0
PLOT, PLOT_WIDTH = 268.0, 318.0
NUMBERS, WORDS = 604.0, 786.0
LINE, LINES, HEADING = 27.0, 43.0, 32.0  # heights of a row of one line, of two, of a group's name
LETTERS, SMALL_LETTERS = 36, 42  # that fit before the plot
LONG = 20  # rows, from which on the axis stands below them as well

DIFFERENCE = "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0z"
BESIDE = "M-3.4 0a3.4 3.4 0 1 0 6.8 0a3.4 3.4 0 1 0-6.8 0z"
CORRECTED = "M0-5l5 5l-5 5l-5-5z"

Numbers = tuple[float, float, float]  # a difference and the ends of its interval


class ForestRow(NamedTuple):
    """A difference. Sign: candidate minus base; all numbers are shares in [−1, 1], which the picture shows in points.

    `group` is what it stands under, `low` and `high` its interval, `margin` the largest difference declared to be negligible,
    `detectable` the smallest that would have been found, `corrected` the difference corrected for the judge's error and its
    interval, `secondary` whether it has no verdict of its own, `note` a few words below its label, `on_corrected` whether the
    verdict rests on `corrected`, which then stands beside it, and the other one below.
    """

    label: str
    group: str | None
    difference: float
    low: float
    high: float
    verdict: str | None
    margin: float | None = None
    detectable: float | None = None
    corrected: Numbers | None = None
    secondary: bool = False
    note: str = ""
    on_corrected: bool = False

    @property
    def word(self) -> str:
        return self.verdict or ("secondary" if self.secondary else "no verdict")

    @property
    def height(self) -> float:
        return LINES if self.corrected or self.detectable is not None or self.note else LINE

    @property
    def kind(self) -> str:
        """The class that colours it; none without a verdict."""
        return f"lm-{self.verdict.replace(' ', '-')}" if self.verdict else ""

    def numbers(self) -> list[tuple[bool, Numbers]]:
        """What the verdict rests on and then what stands below it, each with whether it is the corrected one."""
        plain = (False, (self.difference, self.low, self.high))
        if self.corrected is None:
            return [plain]
        corrected = (True, self.corrected)
        return [corrected, plain] if self.on_corrected else [plain, corrected]

    def ends(self) -> tuple[float, ...]:
        """Of its intervals."""
        return self.low, self.high, *(self.corrected or ())[1:]

    def told(self) -> str:
        """It in words, with all its numbers."""
        (is_corrected, (difference, low, high)), *below = self.numbers()
        begun = f"{self.label}:{' corrected' if is_corrected else ''}"
        said = [f"{begun} {signed(difference)} points {interval(low, high)}"]
        for is_corrected, (difference, low, high) in below:
            scale = "corrected" if is_corrected else "as judged"
            said.append(f"{scale} {signed(difference)} {interval(low, high)}")
        said.append(self.word)
        if self.margin is not None:
            said.append(f"margin {points(self.margin)}")
        if self.detectable is not None:
            said.append(f"detectable {points(self.detectable)}")
        return ", ".join([*said, self.note] if self.note else said)


def forest(
    rows: Sequence[ForestRow], *, title: str, about: Sequence[str] = (), style: bool = True
) -> str:
    """One SVG: each row's difference with its interval, its numbers and its verdict in words.

    Args:
        rows: in their order; those of a group next to each other.
        title: what they are differences of.
        about: lines at the end, of what is not drawn.
        style: with a style sheet inside; else the page brings `STYLE`.
    """
    axis = _axis(rows)
    drawn = [write(EDGE, 30, cut(title, 110), class_="lm-title")]
    top = 78.0
    body, bottom = _body(rows, axis, top)
    drawn += [*_scale(axis, top, bottom, below=len(rows) > LONG), *body, *_zero(axis, top, bottom)]
    legend = bottom + (40 if len(rows) > LONG else 26)
    keys = list(_keys(rows))
    for place, (mark, words) in enumerate(keys):
        x, y = EDGE + 440 * (place % 2), legend + 19 * (place // 2)
        drawn.append(element("g", mark, transform=f"translate({x + 14:.0f} {y - 4:.0f})"))
        drawn.append(write(x + 36, y, words, class_="lm-small"))
    end = legend + 19 * ((len(keys) - 1) // 2)
    for line in about:
        end += 19
        drawn.append(write(EDGE, end, cut(line, 130), class_="lm-small"))
    said = ". ".join([*(row.told() for row in rows), *about]) or "No rows"
    return picture((WIDTH, end + 16), title, f"{said}.", drawn, style=style)


def _axis(rows: Sequence[ForestRow]) -> Axis:
    """Whole are the findings, the margins and every difference; of the other intervals a few may go on beyond it."""
    found = [row for row in rows if row.verdict not in (None, "undetermined")]
    whole = [row.difference for row in rows]
    whole += [row.corrected[0] for row in rows if row.corrected]
    whole += [sign * row.margin for row in rows if row.margin is not None for sign in (-1, 1)]
    whole += [end for row in found for end in row.ends()]
    ends = [end for row in rows for end in row.ends()]
    return Axis.over(whole, ends, left=PLOT, width=PLOT_WIDTH)


def _scale(axis: Axis, top: float, bottom: float, *, below: bool) -> Iterator[str]:
    yield write(PLOT, top - 26, "← candidate less often", class_="lm-small")
    more = "candidate more often →"
    yield write(axis.right, top - 26, more, class_="lm-small", text_anchor="end")
    yield write(NUMBERS, top - 8, "points (interval)", class_="lm-small")
    yield write(WORDS, top - 8, "verdict", class_="lm-small")
    for tick in axis.ticks():
        x = axis.x(tick)
        yield element("path", class_="lm-rule", d=f"M{x:.1f} {top:.1f}V{bottom:.1f}")
        for y in (top - 8, bottom + 16) if below else (top - 8,):
            yield write(x, y, _tick(tick, axis), class_="lm-small", text_anchor="middle")
    yield element("path", class_="lm-axis", d=f"M{PLOT:.1f} {top:.1f}h{PLOT_WIDTH:.1f}")


def _tick(tick: float, axis: Axis) -> str:
    said = signed(tick)
    return said if axis.step < 0.00995 else said.removesuffix(".0")


def _zero(axis: Axis, top: float, bottom: float) -> Iterator[str]:
    yield element("path", class_="lm-zero", d=f"M{axis.x(0):.1f} {top:.1f}V{bottom:.1f}")


def _body(rows: Sequence[ForestRow], axis: Axis, top: float) -> tuple[list[str], float]:
    """The rows, and where they end."""
    drawn, y, group = [], top, None
    for row in rows:
        if row.group is not None and row.group != group:
            words = write(EDGE, y + 21, cut(row.group, LETTERS), class_="lm-group")
            drawn.append(element("g", element("title", safe(row.group)) + words))
            y += HEADING
        group = row.group
        drawn.append(_row(row, axis, y))
        y += row.height
        drawn.append(element("path", class_="lm-rule", d=f"M{EDGE:.0f} {y:.1f}H{WIDTH - EDGE:.0f}"))
    return drawn, y


def _row(row: ForestRow, axis: Axis, y: float) -> str:
    first, second = y + 18, y + 34
    x = EDGE + (14 if row.secondary else 0)
    aside = "lm-aside" if row.secondary else ""
    drawn = [element("title", safe(row.told()))]
    if row.margin is not None:
        drawn += _band(axis, row.margin, y, row.height)
    if row.detectable is not None:
        drawn += _bracket(axis, row.detectable, first - 4)
    label = cut(row.label, LETTERS - (3 if row.secondary else 0))
    drawn.append(write(x, first, label, class_=aside))
    (is_corrected, numbers), *below = row.numbers()
    drawn += _estimate(axis, numbers, first - 4, corrected=is_corrected, secondary=row.secondary)
    drawn.append(write(NUMBERS, first, _said(numbers, "◆ " * is_corrected), class_=aside))
    drawn.append(write(WORDS, first, row.word, class_=aside or "lm-said"))
    if row.note:
        drawn.append(write(x, second, cut(row.note, SMALL_LETTERS), class_="lm-small"))
    for is_corrected, numbers in below:
        drawn += _below(axis, numbers, second - 4, corrected=is_corrected)
        said = _said(numbers, "◇ " if is_corrected else "○ ")
        drawn.append(write(NUMBERS, second, said, class_="lm-small"))
    if row.detectable is not None:
        least = f"detectable {points(row.detectable)}"
        drawn.append(write(WORDS, second, least, class_="lm-small"))
    return element("g", "".join(drawn), class_=row.kind)


def _said(numbers: Numbers, mark: str) -> str:
    return f"{mark}{signed(numbers[0])} {interval(*numbers[1:])}"


def _band(axis: Axis, margin: float, y: float, height: float) -> Iterator[str]:
    low, high = axis.x(-margin), axis.x(margin)
    yield element("rect", class_="lm-band", x=low, y=y + 1, width=high - low, height=height - 2)
    yield element(
        "path",
        class_="lm-edge",
        d="".join(f"M{x:.1f} {y + 1:.1f}v{height - 2:.0f}" for x in (low, high)),
    )


def _bracket(axis: Axis, least: float, y: float) -> Iterator[str]:
    """Where it lies on the axis; beyond it the number alone says it."""
    for end, inwards in ((-least, 4), (least, -4)):
        if axis.holds(end):
            x = axis.x(end) + inwards
            yield element(
                "path", class_="lm-bracket", d=f"M{x:.1f} {y - 8:.1f}h{-inwards}v16h{inwards}"
            )


def _estimate(
    axis: Axis, numbers: Numbers, y: float, *, corrected: bool, secondary: bool
) -> Iterator[str]:
    yield from _interval(axis, numbers, y, "lm-thin lm-dashed" if secondary else "lm-line")
    shape = CORRECTED if corrected else BESIDE if secondary else DIFFERENCE
    yield _mark(axis, numbers[0], y, shape, "lm-mark")


def _below(axis: Axis, numbers: Numbers, y: float, *, corrected: bool) -> Iterator[str]:
    yield from _interval(axis, numbers, y, "lm-thin")
    yield _mark(axis, numbers[0], y, CORRECTED if corrected else BESIDE, "lm-hollow")


def _mark(axis: Axis, place: float, y: float, shape: str, kind: str) -> str:
    at = f"translate({axis.x(place):.1f} {y:.1f})"
    return element("path", class_=kind, d=shape, transform=at)


def _interval(axis: Axis, numbers: Numbers, y: float, kind: str) -> Iterator[str]:
    """A line with a stop at each end; with an arrow where it goes on beyond the axis."""
    low, high = axis.x(numbers[1]), axis.x(numbers[2])
    yield element("path", class_=kind, d=f"M{low:.1f} {y:.1f}H{high:.1f}")
    for x, end, out in ((low, numbers[1], -1), (high, numbers[2], 1)):
        if axis.holds(end):
            yield element("path", class_="lm-thin", d=f"M{x:.1f} {y - 4:.1f}v8")
        else:
            tip = f"M{x + 5 * out:.1f} {y:.1f}l{-7 * out}-4.5v9z"
            yield element("path", class_="lm-mark", d=tip)


def _keys(rows: Sequence[ForestRow]) -> Iterator[tuple[str, str]]:
    """The marks that are there, about the origin, and what each means."""
    line = element("path", class_="lm-line", d="M-12 0h24")
    thin = element("path", class_="lm-thin", d="M-12 0h24")
    first = {row.numbers()[0][0] for row in rows}
    below = {is_corrected for row in rows for is_corrected, _ in row.numbers()[1:]}
    if True in first:
        mark = element("path", class_="lm-mark", d=CORRECTED)
        yield line + mark, "corrected for the judge's error, on which the verdict rests"
    if False in below:
        hollow = element("path", class_="lm-hollow", d=BESIDE)
        yield thin + hollow, "the same as judged, not corrected"
    if False in first or not rows:
        yield line + element("path", class_="lm-mark", d=DIFFERENCE), "difference and its interval"
    if True in below:
        hollow = element("path", class_="lm-hollow", d=CORRECTED)
        yield thin + hollow, "corrected for the judge's error"
    if any(row.margin is not None for row in rows):
        band = element("rect", class_="lm-band", x=-10, y=-7, width=20, height=14)
        edge = element("path", class_="lm-edge", d="M-10-7v14M10-7v14")
        yield band + edge, "within the declared margin"
    if any(row.detectable is not None for row in rows):
        bracket = element("path", class_="lm-bracket", d="M-6-7h-4v14h4M6-7h4v14h-4")
        yield bracket, "smallest difference found with 80 % power; not drawn beyond the axis"
    if any(row.secondary for row in rows):
        dashed = element("path", class_="lm-thin lm-dashed", d="M-12 0h24")
        small = element("path", class_="lm-mark", d=BESIDE)
        yield dashed + small, "secondary: beside the verdict, without one of its own"
