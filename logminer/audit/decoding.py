"""Texts as they read when what was done to write them down is undone: escapes, look-alike letters, initials of lines."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from urllib.parse import unquote_plus

from logminer.audit.forms import Form
from logminer.privacy.normalise import normalise

__all__ = ["DECODERS"]

ROUNDS = 3  # escaped, and escaped again

_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|([\"\\/bfnrt]))")
_PLAIN = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
# Greek, Cyrillic and Armenian, whose letters may stand for Latin ones; parts of Korean syllables.
_ELSEWHERE = re.compile(r"[\u0370-\u058f\u1160-\u11ff]")
_FIRST = re.compile(r"^[^\w\n]*(\w)", re.MULTILINE)
FEWEST_LINES = 8


def _from_url(text: str) -> str:
    return unquote_plus(text) if "%" in text and _PERCENT.search(text) else text


def _from_json(text: str) -> str:
    if "\\" not in text:
        return text
    decoded = _ESCAPE.sub(_unescaped, text)
    return decoded.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _unescaped(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    return chr(int(code, 16)) if code else _PLAIN.get(match[3], match[3])


def _from_html(text: str) -> str:
    return html.unescape(text) if "&" in text and ";" in text else text


_ESCAPES = (_from_url, _from_json, _from_html)


def _undone(first: Callable[[str], str]) -> Callable[[str], str | None]:
    """Undoes one kind of escapes, and whatever escapes are below it."""

    def decode(text: str) -> str | None:
        decoded = first(text)
        if decoded == text:
            return None
        for _ in range(ROUNDS):
            before = decoded
            for undo in _ESCAPES:
                decoded = undo(decoded)
            if decoded == before:
                break
        return decoded

    return decode


def _looked_at(text: str) -> str | None:
    """With Latin letters for those that look like them, in words that are otherwise Latin."""
    if text.isascii() or not _ELSEWHERE.search(text):
        return None
    seen = normalise(text).text
    return None if seen == text else seen


def _initials(text: str) -> str | None:
    """What the first letters of the lines say."""
    return "".join(_FIRST.findall(text)) if text.count("\n") >= FEWEST_LINES - 1 else None


# Form → a text without it; None where it has nothing of the kind.
DECODERS: dict[Form, Callable[[str], str | None]] = {
    "url_encoded": _undone(_from_url),
    "json_escaped": _undone(_from_json),
    "html_escaped": _undone(_from_html),
    "lookalike": _looked_at,
    "acrostic": _initials,
}
