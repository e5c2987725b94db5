"""Chromium, and pages written of the demo's study: with texts, without, and of a study whose names mean harm."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from logminer.report.writing import write_report
from logminer.schemas import (
    CATEGORIES,
    CHECKPOINTS,
    CLUSTERS,
    COMPARISONS,
    JUDGEMENTS,
    PROMPTS,
    RESPONSES,
)
from logminer.store.publication import revise
from logminer.store.session import open_session
from tests.conftest import Demo

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright

# WebGL by the processor, where there is no other.
DRAWING = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
NOT_DRAWING = ("--disable-gpu", "--disable-3d-apis")
LEAST = 3
HARM = '<script>window.pwned=1</script>"\'><img src=x onerror="window.pwned=1"> {{ 7*7 }} [b](javascript:pwned=1) \x1b[31m </script>'


class Written(NamedTuple):
    """Pages of one study."""

    study: Path
    text: Path
    plain: Path


class Opened(NamedTuple):
    """A page in a browser, and what happened in it since: errors it told of, and addresses that it asked for."""

    page: Page
    errors: list[str]
    asked: list[str]


@pytest.fixture(scope="session")
def written(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Written:
    """Of the demo."""
    study = Path(shutil.copytree(demo.study, tmp_path_factory.mktemp("pages") / "study"))
    return _pages(study)


@pytest.fixture(scope="session")
def harmful(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Written:
    """Of the demo, had somebody put markup into every text and name."""
    study = Path(shutil.copytree(demo.study, tmp_path_factory.mktemp("harm") / "study"))
    changed = {
        CLUSTERS: "name || $1 AS name",
        CATEGORIES: "title || $1 AS title",
        RESPONSES: "response || $1 AS response, thoughts || $1 AS thoughts, checkpoint || $1 AS checkpoint",
        PROMPTS: "list_transform(messages, m -> struct_update(m, content := m.content || $1)) AS messages",
        CHECKPOINTS: "checkpoint || $1 AS checkpoint",
        COMPARISONS: "base || $1 AS base, candidate || $1 AS candidate, scorer || $1 AS scorer",
        JUDGEMENTS: "scorer || $1 AS scorer",
    }
    with open_session(study) as session:
        tables = {
            table: session.columns(f"SELECT * REPLACE ({columns}) FROM {table.name}", [HARM])
            for table, columns in changed.items()
        }
    with revise(study) as publication:
        for table, rows in tables.items():
            publication.replace(table, rows)
    return _pages(study)


def _pages(study: Path) -> Written:
    made = Written(study, study.parent / "text.html", study.parent / "plain.html")
    write_report(study, out=made.text, with_text=True)
    write_report(study, out=made.plain, min_people=LEAST)
    return made


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What drives browsers."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Browser:
    """With WebGL."""
    return launched(playwright, *DRAWING)


def launched(playwright: Playwright, *arguments: str) -> Browser:
    """A browser that ends with the tests."""
    program, given = os.environ["CHROMIUM"], ["--no-sandbox", *arguments]
    return playwright.chromium.launch(executable_path=program, args=given)


def opened(browser: Browser, path: Path, *, drawn: bool = True, **options: Any) -> Opened:
    """The page in a file, when its map has been drawn."""
    options.setdefault("viewport", {"width": 1280, "height": 900})
    page = browser.new_page(**options)
    seen = Opened(page, [], [])
    page.on(
        "console",
        lambda message: seen.errors.append(message.text) if message.type == "error" else None,
    )
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.on("dialog", lambda dialog: seen.errors.append(dialog.message))
    page.on("request", lambda request: seen.asked.append(request.url))
    page.goto(path.as_uri())
    if drawn:
        page.wait_for_selector("#map-stage[data-drawn]", timeout=60_000)
    return seen
