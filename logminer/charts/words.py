"""Names and numbers as a picture says them: nothing of a name is markup, shares are points with one decimal."""

from __future__ import annotations

import re
import unicodedata
from html import escape

__all__ = ["cut", "interval", "percent", "points", "safe", "signed"]

# What XML cannot hold or a reader cannot see: controls, lone surrogates, marks of direction and of no width, non-characters.
UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
NONE = 1e-9  # a difference as small as this is none: rounding


def safe(text: str) -> str:
    """`text` on one line, fit to stand in markup, also inside quotes; what cannot be seen becomes �."""
    return escape(UNSEEN.sub("\N{REPLACEMENT CHARACTER}", re.sub(r"[\t\r\n]+", " ", text)))


def cut(text: str, most: int) -> str:
    """The beginning of `text`, as wide as `most` letters at most; letters of East Asia are two wide."""
    width = 0
    for place, letter in enumerate(text):
        width += 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if width > most:
            return text[: max(place - 1, 1)].rstrip() + "…"
    return text


def points(share: float) -> str:
    """A share without a sign, in points: .053 is 5.3."""
    return f"{100 * share:.1f}".replace("-", "\N{MINUS SIGN}")


def percent(share: float) -> str:
    """A share of something: .053 is 5.3 %."""
    return f"{points(share)}\N{NO-BREAK SPACE}%"


def signed(difference: float) -> str:
    """A difference of shares, in points, with its sign also where it rounds to 0.0; one of none has none."""
    if abs(difference) < NONE:
        return "0.0"
    return f"{100 * difference:+.1f}".replace("-", "\N{MINUS SIGN}")


def interval(low: float, high: float) -> str:
    """Both ends of an interval of differences, in points, in brackets."""
    return f"({signed(low)} to {signed(high)})"
