"""Texts of others as a terminal or a page may show them."""

from __future__ import annotations

import re

__all__ = ["OBEYED", "line", "printable"]

# What a terminal or a page obeys instead of showing it, in Unicode's blocks: controls (but tab and line feed), marks and
# overrides of direction, separators of lines, invisible operators and annotations, half characters, and tags, which hide
# text. Joiners (U+200B to U+200D) belong to Thai, Persian and emoji.
OBEYED = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e0fff]"
)


def printable(text: str) -> str:
    """`text` as it may be shown: what would be obeyed is replaced by a visible sign."""
    return OBEYED.sub(_sign, text.replace("\r\n", "\n"))


def line(text: str) -> str:
    """The same on one line."""
    return printable(" ".join(text.split()))


def _sign(found: re.Match[str]) -> str:
    """Unicode's picture of a control character; of others the replacement character."""
    code = ord(found[0])
    return chr(0x2400 + code) if code < 0x20 else "\N{REPLACEMENT CHARACTER}"
