"""Whether a built site asks nothing of any host: `python -m docs.making.offline FOLDER`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

__all__ = ["fetched"]

# What a browser fetches by itself: every src, a link that is no mere relation, imports and urls of style sheets.
HTML = re.compile(
    r"""<(?:script|img|iframe|source|video|audio|embed|object)\b[^>]*\b(?:src|data|srcset)=["']?((?:https?:)?//[^"'\s>]+)"""
    r"""|<link\b(?=[^>]*\brel=["']?(?:stylesheet|preload|prefetch|preconnect|icon|manifest))[^>]*\bhref=["']?((?:https?:)?//[^"'\s>]+)"""
)
STYLE = re.compile(r"""(?:url\(|@import\s+)["']?((?:https?:)?//[^"')\s]+)""")


def fetched(folder: Path) -> Iterator[str]:
    """`page: address` of all that is not of the site itself."""
    for page in sorted(folder.rglob("*")):
        pattern = {".html": HTML, ".css": STYLE}.get(page.suffix)
        for found in pattern.finditer(page.read_text("utf-8")) if pattern else ():
            yield f"{page.relative_to(folder)}: {next(filter(None, found.groups()))}"


if __name__ == "__main__":
    sys.exit("\n".join(fetched(Path(sys.argv[1]))) or None)
