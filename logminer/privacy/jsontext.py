"""JSON text as a sequence of pieces, so that keys and values can be anonymised without breaking it.

Tool calls hold JSON inside JSON (`arguments` is a string of JSON): every string is decoded, down to any depth, and
what is not a string or a long number is kept as it stands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["Piece", "encoded", "pieces"]

DEEPEST = 4
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|-?\d{7,}(?:\.\d+)?', re.DOTALL)


class Piece(NamedTuple):
    """A stretch of text: kept as it stands, or decoded words to look at (`leaf`).

    `depth` says how often it must be escaped to be written back; `bare` marks a number, which needs quotes once it
    is replaced.
    """

    text: str
    leaf: bool
    depth: int = 0
    bare: bool = False


def pieces(text: str) -> list[Piece]:
    """The pieces of a JSON text; one leaf where it is no JSON object or array."""
    return list(_walk(text, 0)) if _is_container(text) else [Piece(text, True)]


def encoded(text: str, depth: int) -> str:
    """`text` as it stands inside `depth` JSON strings. Escaping works character by character."""
    for _ in range(depth):
        text = json.dumps(text, ensure_ascii=False)[1:-1]
    return text


def _walk(text: str, depth: int) -> Iterator[Piece]:
    done = 0
    for token in _TOKEN.finditer(text):
        yield Piece(text[done : token.start()], False, depth)
        done = token.end()
        if not token.group().startswith('"'):
            yield Piece(token.group(), True, depth, bare=True)
            continue
        # an escaped half of a surrogate pair cannot be written as UTF-8
        inner = json.loads(token.group(), strict=False).encode("utf-8", "replace").decode()
        yield Piece('"', False, depth)
        if depth < DEEPEST and _is_container(inner):
            yield from _walk(inner, depth + 1)
        else:
            yield Piece(inner, True, depth + 1)
        yield Piece('"', False, depth)
    yield Piece(text[done:], False, depth)


def _is_container(text: str) -> bool:
    if text.lstrip()[:1] not in ("{", "["):
        return False
    try:
        json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return False
    return True
