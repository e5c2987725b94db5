"""What a page of a report says: its figures, its text, and what it would run or fetch."""

from __future__ import annotations

import base64
import hashlib
import math
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

from logminer.store.session import Session

__all__ = ["Figure", "Page", "false_figures", "hashed", "policy_of", "read_page"]


class Figure(NamedTuple):
    """A number of the page, what it is of, and which row of that."""

    value: str
    of: str
    key: str


class Page(HTMLParser):
    """A parsed page.

    Attributes:
        tags: names of elements and their attributes, in order.
        figures: every `data` element.
        text: all that a person reads.
        scripts, styles: texts of such elements; scripts that are data are left out.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.figures: list[Figure] = []
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self._said: list[str] = []
        self._into: list[str] | None = self._said
        self.feed(html)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self._said).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append((tag, given))
        if tag == "data":
            self.figures.append(
                Figure(*(str(given[name]) for name in ("value", "data-of", "data-key")))
            )
        if tag in ("script", "style"):
            self._into = self.styles if tag == "style" else self.scripts
            self._into = None if given.get("type") == "application/json" else self._into

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._into = self._said

    def handle_data(self, data: str) -> None:
        if self._into is not None:
            self._into.append(data)


def read_page(path: Path) -> Page:
    """The page in a file."""
    return Page(path.read_text("utf-8"))


def false_figures(page: Page, session: Session) -> list[tuple[Figure, list[Any]]]:
    """Figures that the database does not bear out, with what it has."""
    return [(one, found) for one in page.figures if not _is(one, found := _asked(one, session))]


def _asked(one: Figure, session: Session) -> list[Any]:
    table, _, column = one.of.partition(".")
    conditions, values = ["true"], []
    for part in filter(None, one.key.split(";")):
        name, given, value = part.partition("=")
        conditions.append(f'"{unquote(name)}"::VARCHAR IS NOT DISTINCT FROM ?')
        values.append(unquote(value) if given else None)
    return session.rows(f"SELECT {column} FROM {table} WHERE {' AND '.join(conditions)}", values)


def _is(one: Figure, found: list[Any]) -> bool:
    # A view adds up in another order each time.
    return len(found) == 1 and math.isclose(
        float(one.value), float(found[0][0]), rel_tol=1e-12, abs_tol=1e-15
    )


def policy_of(page: Page) -> dict[str, list[str]]:
    """What the page's policy allows, by directive."""
    (content,) = (
        given["content"] or ""
        for tag, given in page.tags
        if tag == "meta" and given.get("http-equiv") == "Content-Security-Policy"
    )
    return {
        name: values
        for name, *values in (re.split(" +", one.strip()) for one in content.split(";"))
    }


def hashed(text: str) -> str:
    """As a policy names a script or a style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
