"""The page of a report as Chromium shows it: nothing goes out, all can be reached, and what is counted is what SQL counts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from logminer.report.writing import write_release_page
from logminer.store.session import Session, open_session
from logminer.study.mapping import map_points
from tests.browser.conftest import NOT_DRAWING, Written, launched, opened
from tests.kit.pages import Page as Parsed
from tests.kit.pages import false_figures
from tests.kit.released import written_release

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright, ViewportSize

pytestmark = pytest.mark.skipif("CHROMIUM" not in os.environ, reason="`make browser` runs these")

WIDE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 844}
REACHED = "a[href], button, select, summary, [tabindex='0']"
BY_ARM = "SELECT r.checkpoint, count(*) FROM responses AS r WHERE list_contains(?, r.response_id) GROUP BY 1"


@pytest.mark.parametrize("kind", ["text", "plain", "release"])
def test_it_asks_for_nothing_errs_in_nothing_and_can_be_read(
    chromium: Browser, written: Written, kind: str, tmp_path: Path
) -> None:
    if is_release := kind == "release":
        path = tmp_path / "release.html"
        write_release_page(written_release(tmp_path / "release.duckdb"), path)
    else:
        path = getattr(written, kind)
    page, errors, asked = opened(
        chromium, path, drawn=not is_release, viewport=WIDE, color_scheme="light"
    )
    for details in page.query_selector_all("details"):
        details.evaluate("one => { one.open = true; }")
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDE["width"]
    assert _grave(page, "wcag2a", "wcag2aa", "wcag21aa", "best-practice") == []
    page.set_viewport_size(NARROW)
    page.emulate_media(color_scheme="dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    assert _grave(page, "color-contrast", "scrollable-region-focusable") == []
    assert errors == []
    assert {url.partition(":")[0] for url in asked} <= {"file", "data"}
    assert [url for url in asked if url.startswith("file:")] == [path.as_uri()]
    page.close()


def _grave(page: Page, *rules: str) -> list[tuple[str, list[Any]]]:
    """What axe finds serious or critical, and where."""
    from axe_core_python.sync_playwright import Axe

    found = Axe().run(page, options={"runOnly": list(rules)})
    return [
        (one["id"], [node["target"] for node in one["nodes"][:3]])
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]


def test_what_is_counted_is_what_sql_counts(chromium: Browser, written: Written) -> None:
    page, errors, _ = opened(chromium, written.text)
    with open_session(written.study) as session:
        page.evaluate("document.getElementById('map-told').replaceChildren()")
        parsed = Parsed(page.content())
        assert parsed.figures
        assert not false_figures(parsed, session)
        _every_choice_is_sql_s(page, session)
        _what_is_drawn_around_is_sql_s(page, session)
    assert errors == []
    page.close()
    page, errors, _ = opened(chromium, written.plain)
    with open_session(written.study) as session:
        _every_choice_is_sql_s(page, session, few=True)
    assert errors == []
    page.close()


def _every_choice_is_sql_s(page: Page, session: Session, *, few: bool = False) -> None:
    shares = {
        (name, arm): n
        for name, arm, n in session.rows(
            "SELECT cluster_id, checkpoint, n_responses FROM cluster_shares"
        )
    }
    arms = [arm for (arm,) in session.rows("SELECT checkpoint FROM checkpoints")]
    for option in page.query_selector_all("#map-choose option:not([hidden])"):
        name = option.inner_text()
        page.select_option("#map-choose", value=option.get_attribute("value"))
        if name.startswith(("cluster ", "in no")):
            number = int(name.split()[1]) if name.startswith("cluster ") else -1
            expected = [shares.get((number, arm), 0) for arm in arms]
        elif name == "everything":
            expected = [sum(n for (_, a), n in shares.items() if a == arm) for arm in arms]
        elif name.startswith("shows: ") and "altered" not in name:
            rows = session.rows(
                "SELECT checkpoint, yes FROM category_rates AS r JOIN categories USING (category_id)"
                " JOIN (SELECT DISTINCT category_id, scorer FROM comparisons WHERE role = 'primary' AND channel = 'response')"
                " USING (category_id, scorer) WHERE r.channel = 'response' AND title = ?",
                [name.removeprefix("shows: ")],
            )
            expected = [dict(rows).get(arm, 0) for arm in arms]
        else:
            continue
        told = _told(page)
        assert told if few else told == expected, name
        assert all(n in (None, m) for n, m in zip(told, expected, strict=True)), name


def _told(page: Page) -> list[int | None]:
    cells = page.query_selector_all("#map-told tbody tr:first-child td")
    values = [cell.query_selector("data") for cell in cells]
    return [int(value.get_attribute("value") or 0) if value else None for value in values]


def _what_is_drawn_around_is_sql_s(page: Page, session: Session) -> None:
    """The left half of the map, by pointer; then all of it."""
    ids = map_points(session, n=100_000).table["response_id"].to_pylist()
    arms = [arm for (arm,) in session.rows("SELECT checkpoint FROM checkpoints")]
    page.locator("#map-stage").scroll_into_view_if_needed()
    box = page.locator("#map-canvas").bounding_box()
    assert box
    for share in (0.5, 1.0):
        left, top = box["x"] + 2, box["y"] + 2
        right, bottom = box["x"] + share * box["width"] - 2, box["y"] + box["height"] - 2
        page.mouse.move(left, top)
        page.mouse.down()
        for x, y in ((left, bottom), (right, bottom), (right, top), (left + 3, top)):
            page.mouse.move(x, y, steps=4)
            page.wait_for_timeout(30)
        page.mouse.up()
        page.wait_for_function("document.getElementById('map-choose').value === 'drawn'")
        chosen: list[int] = page.evaluate(
            "[...document.getElementById('map-stage').lm.get('selectedPoints')]"
        )
        rows = dict(session.rows(BY_ARM, [[ids[i] for i in chosen]]))
        assert _told(page) == [rows.get(arm, 0) for arm in arms]
        assert (len(chosen) == len(ids)) is (share == 1.0)
        page.keyboard.press("Escape")


def test_the_keyboard_reaches_everything(chromium: Browser, written: Written) -> None:
    page, errors, _ = opened(chromium, written.text)
    wanted = page.evaluate(
        f'[...document.querySelectorAll("{REACHED}")].filter((one, i) => (one.dataset.n = i, one.checkVisibility())).length'
    )
    reached = set()
    for _ in range(wanted + 20):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.dataset.n"))
    assert len(reached - {None}) == wanted
    page.focus("#map-choose")
    before = page.inner_text("#map-told")
    page.keyboard.press("ArrowDown")
    assert page.inner_text("#map-told") != before
    page.focus("#theme")
    page.keyboard.press("Enter")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert errors == []
    page.close()


def test_on_paper_the_table_stands_for_the_map(
    chromium: Browser, written: Written, tmp_path: Path
) -> None:
    page, errors, _ = opened(chromium, written.text)
    assert page.pdf(path=tmp_path / "page.pdf").startswith(b"%PDF")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert not page.is_visible("#map-live")
    assert page.is_visible("#map-table table")
    assert errors == []
    page.close()


@pytest.mark.parametrize("script", [True, False])
def test_without_webgl_or_script_the_table_stands_for_the_map(
    playwright: Playwright, written: Written, script: bool
) -> None:
    browser = launched(playwright, *NOT_DRAWING)
    page, errors, _ = opened(browser, written.plain, drawn=False, java_script_enabled=script)
    if script:
        page.wait_for_selector("#map-none[data-why]", state="attached")
    assert page.is_visible("#map-none")
    assert page.is_visible("#map-table table")
    assert not page.is_visible("#map-live")
    assert errors == []
    browser.close()


@pytest.mark.parametrize("kind", ["text", "plain"])
def test_nothing_that_a_study_brings_is_run(chromium: Browser, harmful: Written, kind: str) -> None:
    page, errors, asked = opened(chromium, getattr(harmful, kind))
    for option in page.query_selector_all("#map-choose option:not([hidden])"):
        page.select_option("#map-choose", value=option.get_attribute("value"))
    assert "{{ 7*7 }}" in page.inner_text("body")
    state: dict[str, Any] = page.evaluate(
        "({ pwned: window.pwned, images: document.images.length })"
    )
    assert state == {"pwned": None, "images": 0}
    assert errors == []
    assert len([url for url in asked if not url.startswith("data:")]) == 1
    page.close()
