"""One HTML page that holds all it needs: nothing is asked of any host, and only the scripts that it came with run.

Whatever a name or a text holds is shown as it is written: the templates escape all of it, and a policy in the page's head
lets styles and scripts in by their hashes alone.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any, NamedTuple

import jinja2
from markupsafe import Markup

from logminer.charts.style import STYLE
from logminer.messages.printable import printable

__all__ = [
    "GENERATOR",
    "NOT_RELEASED",
    "RELEASED",
    "WITH_TEXTS",
    "Extra",
    "Head",
    "Section",
    "page",
]

GENERATOR = "logminer report"  # of the page's meta element, by which a page of ours is known
# What pages are marked as, in another such element.
NOT_RELEASED, WITH_TEXTS, RELEASED = "not released", "not released, with texts", "released"


class Section(NamedTuple):
    """A part of the page: what `templates/{template}.html` makes of `content`. `anchor` is a fixed word, never a name."""

    anchor: str
    title: str
    template: str
    content: Mapping[str, Any]


class Head(NamedTuple):
    """What stands above all sections.

    Attributes:
        title: whose page it is.
        kind: study, board or release.
        made: when, and by which version.
        privacy: what it holds and leaves out, in sentences.
        mark: what it is to whoever finds the page: see `NOT_RELEASED`.
    """

    title: str
    kind: str
    made: str
    privacy: Sequence[str]
    mark: str = NOT_RELEASED


class Extra(NamedTuple):
    """What a section brings beside its text: JSON by the id of its element, scripts in their order, and styles.

    `evaluates`: a script makes code of text, which the policy then has to allow.
    """

    data: Mapping[str, str] = {}
    scripts: tuple[str, ...] = ()
    styles: str = ""
    evaluates: bool = False


def page(head: Head, sections: Sequence[Section], extra: Extra = Extra()) -> str:  # noqa: B008 a constant
    """The whole page."""
    style = "\n".join(filter(None, (STYLE, _asset("page.css"), extra.styles)))
    scripts = [_asset("page.js"), *extra.scripts]
    return (
        _templates()
        .get_template("page.html")
        .render(
            head=head,
            generator=GENERATOR,
            released=head.mark == RELEASED,
            sections=sections,
            policy=_policy(style, scripts, evaluates=extra.evaluates),
            style=Markup(style),
            scripts=list(map(Markup, scripts)),
            data={name: Markup(_in_script(text)) for name, text in extra.data.items()},
        )
    )


def _policy(style: str, scripts: Sequence[str], *, evaluates: bool) -> str:
    allowed = [_hashed(text) for text in scripts] + ["'unsafe-eval'"] * evaluates
    return (
        f"default-src 'none'; script-src {' '.join(allowed)}; style-src {_hashed(style)}; img-src data:; base-uri 'none';"
        " form-action 'none'"
    )


def _hashed(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _in_script(text: str) -> str:
    """JSON, in which nothing ends the element that it stands in."""
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _asset(name: str) -> str:
    return (resources.files("logminer.report") / "assets" / name).read_text("utf-8")


@functools.cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("logminer.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _shown(value: object) -> object:
    """What is put into the page: markup of ours as it is, texts without what a browser obeys."""
    if value is None:
        return ""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value
