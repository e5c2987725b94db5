r"""Values that are written with escapes: what stands in their place is made from what they mean, and escaped as they were.

JSON and code write `Bj\u00f8rn` and `Bj\xf8rn`, with more backslashes inside a string of a string, HTML writes `Bj&oslash;rn`,
addresses on the net `Bj%C3%B8rn`. What is replaced in a text that parses leaves a text that parses.
"""

from __future__ import annotations

import html
import re
import string
from collections.abc import Callable
from html.entities import codepoint2name
from urllib.parse import unquote_to_bytes

from logminer.privacy.normalise import normalise

__all__ = ["meant", "through"]

_BACKSLASHED = re.compile(
    r"(?P<slashes>\\+)(?:u(?P<u>[\da-fA-F]{4})|u\{(?P<brace>[\da-fA-F]{1,6})\}|x(?P<x>[\da-fA-F]{2})|(?P<blank>[nrt](?![a-zß-ÿ]))|(?P<sign>[\"'/]))"
)
_PAIR = re.compile("([\ud800-\udbff])([\udc00-\udfff])")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][\da-fA-F]{1,6}|[A-Za-z]{2,8});")
_PERCENT = re.compile(r"(?:%[\da-fA-F]{2})+")
_BLANKS = {"n": "\n", "r": "\r", "t": "\t"}
_ASCII = frozenset(map(chr, range(128)))

Escape = Callable[[str], str]  # a character → as it was written


def meant(value: str) -> str:
    """A value without escapes, in plain letters."""
    read = _read(value)
    return normalise(read[0] if read else value).text


def through(value: str, make: Callable[[str], str]) -> str:
    """What `make` gives for what a value means, escaped as the value is."""
    read = _read(value)
    if read is None:
        return make(value if value.isascii() else normalise(value).text)
    text, escape, written = read
    must = written & _ASCII

    def needed(char: str) -> bool:
        return not char.isascii() or char in must

    return "".join(escape(c) if needed(c) else c for c in make(normalise(text).text))


def _read(value: str) -> tuple[str, Escape, frozenset[str]] | None:
    """What a value means, how one of its characters is escaped, and which ones are; None where none is."""
    if "\\" in value and _BACKSLASHED.search(value):
        return _backslashed(value)
    if "&" in value and _ENTITY.search(value):
        return _entities(value)
    if "%" in value and _PERCENT.search(value) and not any(map(str.isspace, value)):
        return _percent(value)
    return None


def _backslashed(value: str) -> tuple[str, Escape, frozenset[str]]:
    seen: list[str] = []
    first = next(_BACKSLASHED.finditer(value))
    slashes = first["slashes"]
    short = "\\u" not in value
    upper = any(
        m[g] and m[g] != m[g].lower() for m in _BACKSLASHED.finditer(value) for g in ("u", "x")
    )

    def decoded(match: re.Match[str]) -> str:
        code = match["u"] or match["brace"] or match["x"]
        if code:
            number = int(code, 16)
            char = chr(number) if number < 0x110000 else "\ufffd"
        else:
            char = _BLANKS.get(match["blank"] or "") or match["sign"]
        seen.append(char)
        return char

    text = _BACKSLASHED.sub(decoded, value)
    text = _PAIR.sub(
        lambda m: (m[1] + m[2]).encode("utf-16", "surrogatepass").decode("utf-16"), text
    )
    text = text.encode("utf-8", "replace").decode()

    def escape(char: str) -> str:
        for letter, blank in _BLANKS.items():
            if char == blank:
                return slashes + letter
        if char in "\"'/":
            return slashes + char
        if short and ord(char) < 256:
            code = f"x{ord(char):02x}"
            return slashes + (code if not upper else code[0] + code[1:].upper())
        units = char.encode("utf-16-be")
        codes = (units[i : i + 2].hex() for i in range(0, len(units), 2))
        return "".join(f"{slashes}u{code.upper() if upper else code}" for code in codes)

    return text, escape, frozenset(seen) | {"\n"}


def _entities(value: str) -> tuple[str, Escape, frozenset[str]]:
    entities = _ENTITY.findall(value)
    named = not entities[0].startswith("&#")
    base = "x" if entities[0][2:3] in ("x", "X") else "d"

    def escape(char: str) -> str:
        if named and ord(char) in codepoint2name:
            return f"&{codepoint2name[ord(char)]};"
        return f"&#{'x' if base == 'x' else ''}{ord(char):{base}};"

    return (
        html.unescape(value),
        escape,
        frozenset("".join(map(html.unescape, entities))) | set("&<>"),
    )


def _percent(value: str) -> tuple[str, Escape, frozenset[str]] | None:
    try:
        runs = [unquote_to_bytes(run).decode() for run in _PERCENT.findall(value)]
    except UnicodeDecodeError:
        return None
    rest = iter(runs)
    text = _PERCENT.sub(lambda _: next(rest), value)
    lower = any(c in string.ascii_lowercase for run in _PERCENT.findall(value) for c in run)

    def escape(char: str) -> str:
        return "".join(f"%{byte:02x}" if lower else f"%{byte:02X}" for byte in char.encode())

    return text, escape, frozenset("".join(runs)) | set(' "<>%')
