"""Sphinx: the pages of docs/ as a site that asks nothing of any host. `make docs` builds it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
OUTSIDE = re.compile(r"\[([^\]]+)\]\((\.\.?/[^)\s#]+)(?:#[^)\s]*)?\)")

project = "logminer"
author = "the authors of logminer"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["making"]
root_doc = "index"
html_theme = "furo"
html_title = "logminer"
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
html_show_sourcelink = False
myst_heading_anchors = 4
myst_links_external_new_tab = False


def _only_pages(app: Any, docname: str, source: list[str]) -> None:
    """A link to a file that is no page of the site says where in the repository that file is."""
    folder = (ROOT / "docs" / docname).parent

    def told(link: re.Match[str]) -> str:
        target = (folder / link[2]).resolve()
        if target.is_relative_to(ROOT / "docs") or not target.exists():
            return link[0]
        return f"{link[1]} (`{target.relative_to(ROOT)}`)"

    source[0] = OUTSIDE.sub(told, source[0])
    if docname == root_doc:
        source[0] += "".join(_contents(source[0]))


def _contents(index: str) -> Iterator[str]:
    """The table of the first page as the contents beside every page."""
    for caption, cells in re.findall(r"^\| \*\*([^*]+)\*\* \| (.*) \|$", index, re.MULTILINE):
        names = re.findall(r"\]\(([^)]+)\.md\)", cells)
        yield "\n```{toctree}\n:hidden:\n:caption: " + "\n".join([caption, "", *names]) + "\n```\n"


def setup(app: Any) -> None:
    """What Sphinx calls."""
    app.connect("source-read", _only_pages)
