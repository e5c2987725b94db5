"""Texts in cells that a spreadsheet would compute."""

from __future__ import annotations

import re

__all__ = ["guarded", "unguarded"]

# A spreadsheet takes a cell that begins so for a formula (OWASP, CSV Injection), and some do not see what stands before:
# spaces of other kinds than a blank, controls and characters without width.
FORMULA = re.compile(
    r"(?! )[\s\0-\x1f\x7f-\xa0\xad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]*[=+\-@＝＋－＠﹢﹣﹦﹫−]|[\t\r\n]"
)


def guarded(text: str) -> str:
    """`text` as a cell that no spreadsheet takes for a formula: with a leading apostrophe where it looks like one."""
    return f"'{text}" if FORMULA.match(text.lstrip("'")) else text


def unguarded(text: str) -> str:
    """The text behind `guarded`."""
    return text[1:] if text.startswith("'") and FORMULA.match(text.lstrip("'")) else text
