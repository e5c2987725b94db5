"""Pictures say their numbers in words, hold no markup of anybody else's and can be read in any light."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logminer.charts.axis import Axis
from logminer.charts.forest import ForestRow, forest
from logminer.charts.scatter import Dot, scatter
from logminer.charts.shares import ShareRow, shares_chart
from logminer.charts.style import ARMS, DARK, LIGHT, VERDICTS
from logminer.charts.words import cut, signed

HOSTILE = (
    "<script>alert('1')</script> \"& \x1b[31m\x00 \u202e\ud800 [x](javascript:1)\n" + "w" * 200
)

Drawn = Callable[..., str]


def _forest(name: str, *, style: bool = True) -> str:
    numbers = (0.0403, -0.0168, 0.0683)
    first = ForestRow(name, name, *numbers, "worse", 0.05, 0.3, (0.051, 0.0, 0.098), note=name)
    return forest(
        [first, ForestRow(name, name, *numbers, None, secondary=True)], title=name, style=style
    )


def _shares(name: str, *, style: bool = True) -> str:
    told = ShareRow(name, name, 0.123, 0.1, 0.15, about=name)
    return shares_chart([told, ShareRow(name, "x", None, note=name)], title=name, style=style)


def _scatter(name: str, *, style: bool = True) -> str:
    places = [Dot(0, 1, name), Dot(3, 1, "x")]
    return scatter(places, title=name, names=places, about=[name], style=style)


def _texts(svg: str) -> list[tuple[str, dict[str, str]]]:
    """What is written in it, and the attributes of each."""
    found = ElementTree.fromstring(svg).findall(".//{*}text")
    return [(text.text or "", text.attrib) for text in found]


@pytest.mark.parametrize("drawn", [_forest, _shares, _scatter])
@pytest.mark.parametrize("style", [True, False])
def test_a_picture_is_one_element_with_words_and_nothing_of_a_name_is_markup(
    drawn: Drawn, style: bool
) -> None:
    svg = drawn(HOSTILE, style=style)
    root = ElementTree.fromstring(svg)
    tags = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert set(tags) <= {"svg", "title", "desc", "style", "rect", "g", "path", "text"}
    assert tags.count("style") == style
    assert root.get("role") == "img"
    assert root.findtext("{*}title") is not None
    assert root.findtext("{*}desc") is not None
    assert not [e for e in root.iter() if "style" in e.attrib or "href" in e.attrib]
    assert not set(svg) & set("\x1b\x00\u202e\ud800")


def test_numbers_are_points_with_one_decimal_and_a_true_minus() -> None:
    words = [text for text, _ in _texts(_forest("Refusal"))]
    assert "+4.0 (−1.7 to +6.8)" in words
    assert "◇ +5.1 (0.0 to +9.8)" in words
    assert "detectable 30.0" in words
    assert {"worse", "secondary"} <= set(words)
    assert "12.3\N{NO-BREAK SPACE}% (10.0 to 15.0)" in _shares("a")
    assert [signed(x) for x in (0.0, -1e-17, -0.0002, 0.0002)] == ["0.0", "0.0", "−0.0", "+0.0"]


def test_what_the_verdict_rests_on_stands_beside_it_and_the_other_below() -> None:
    row = ForestRow("b", None, 0.11, 0.08, 0.14, "equivalent", 0.1, corrected=(0.04, 0.0, 0.08))
    for on_corrected, first, below in (
        (False, "+11.0 (+8.0 to +14.0)", "◇ +4.0 (0.0 to +8.0)"),
        (True, "◆ +4.0 (0.0 to +8.0)", "○ +11.0 (+8.0 to +14.0)"),
    ):
        at = {
            text: at["y"]
            for text, at in _texts(forest([row._replace(on_corrected=on_corrected)], title="t"))
        }
        assert at[first] == at["equivalent"]
        assert float(at[below]) > float(at[first])


def test_a_finding_and_every_difference_lie_on_the_axis_and_few_wide_intervals_do_not() -> None:
    rows = [ForestRow(f"b{i}", None, 0.001, -0.02, 0.02, "undetermined") for i in range(19)]
    wide = ForestRow("wide", None, 0.0, -0.9, 0.9, "undetermined")
    found = ForestRow("found", None, 0.06, 0.03, 0.09, "different")
    for last, ends in ((wide, ["−2", "+2"]), (found, ["−2", "+10"])):
        svg = forest([*rows, last], title="t")
        ticks = [
            text for text, at in _texts(svg) if (at.get("text-anchor"), at["y"]) == ("middle", "70")
        ]
        assert [ticks[0], ticks[-1]] == ends


@settings(max_examples=60)
@given(st.lists(st.floats(-1, 1), max_size=9), st.lists(st.floats(-1, 1), max_size=9))
def test_an_axis_has_0_and_round_ends_and_holds_what_it_must(
    whole: list[float], mostly: list[float]
) -> None:
    axis = Axis.over(whole, mostly, left=10, width=100)
    ticks = axis.ticks()
    assert any(abs(tick) < 1e-12 for tick in ticks)
    assert 2 <= len(ticks) <= 10
    assert all(axis.low - 1e-9 <= x <= axis.high + 1e-9 for x in whole)
    assert axis.x(axis.low) == 10
    assert axis.x(axis.high) == pytest.approx(110)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_text_has_contrast_with_its_ground(colours: dict[str, str]) -> None:
    def light(name: str) -> float:
        parts = (int(colours[name][i : i + 2], 16) / 255 for i in (1, 3, 5))
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for name in ("ink", "muted", *VERDICTS, *ARMS):
        pair = sorted((light(name), light("ground")))
        assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5, name


def test_a_long_name_is_cut_by_width() -> None:
    assert cut("kurz", 5) == "kurz"
    assert cut("abcdefgh", 5) == "abcd…"
    assert cut("漢字漢字漢字", 5) == "漢…"
