"""Answers in OpenAI's harmony format, and what is left of it where a server has dropped its special tokens.

`<|start|>assistant<|channel|>analysis<|message|>…<|end|><|start|>assistant<|channel|>final<|message|>…<|return|>`, the
first header perhaps in the prompt. A recipient (`to=functions.f`) stands in either half of a header.

Source: OpenAI, "OpenAI harmony response format".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from logminer.messages.calls import made_call

__all__ = ["Harmony", "read_harmony"]

TOKEN = re.compile(r"<\|(start|channel|constrain|message|end|return|call)\|>")
BEGIN = re.compile(
    r"\s*(?:(?:<\|start\|>[^<]{0,200})?<\|(?:channel|message)\|>|(?:analysis|commentary|final)[^<\n]{0,200}<\|message\|>)"
)
LATER = re.compile(
    r"<\|end\|>\s*<\|start\|>\s*assistant[^<]{0,200}<\|channel\|>"
)  # the first header was in the prompt
RECIPIENT = re.compile(r"\bto=(?:functions\.)?(?P<name>[^\s<]+)")
BARE = re.compile(r"\s*analysis")
BARE_HEADER = re.compile(r"assistant(analysis|commentary|final)")
BARE_CUT = re.compile(r"\s*analysis[A-Z]")
BARE_CALL = re.compile(r"\s*to=(?:functions\.)?(?P<name>[\w.-]+?)\s*(?:json|code)?\s*(?=[{\[]|\Z)")


class Harmony(NamedTuple):
    """What is thought, what is said, and calls of tools, in OpenAI's form."""

    thoughts: list[str]
    said: list[str]
    calls: list[dict[str, Any]]


def read_harmony(text: str) -> Harmony | None:
    """The messages in a text, sorted; None where it is not written so."""
    found = Harmony([], [], [])
    if BEGIN.match(text):
        for header, body in _messages(text, ""):
            _sort(header, body, found)
    elif LATER.search(text):
        for header, body in _messages(text, "analysis"):
            _sort(header, body, found)
    elif BARE.match(text) and (BARE_HEADER.search(text) or BARE_CUT.match(text)):
        _bare(text, found)
    else:
        return None
    return found


def _messages(text: str, header: str) -> Iterator[tuple[str, str]]:
    """Header and body of each message; a text that begins in a body has `header`."""
    first, *pieces = TOKEN.split(text)
    body = [first] if header else []
    inside, ended = bool(header), ""
    header = header or first  # `analysis<|message|>`, where the token before was in the prompt
    for token, said in zip(pieces[::2], pieces[1::2], strict=True):
        if token in ("start", "channel") and inside:
            yield header, "".join(body)
            header, body, inside, ended = "", [], False, ""
        if not inside:
            inside = token == "message"
            body = [said] if inside else body
            header = header if inside else f"{header} {said}"
        else:  # it ends, or its end is spoken of
            ended += f"<|{token}|>{said}"
            if said.strip() or token in ("message", "constrain"):
                body.append(ended)
                ended = ""
    if inside:
        yield header, "".join(body)


def _sort(header: str, body: str, found: Harmony) -> None:
    words = header.lower().split()
    to = RECIPIENT.search(header)
    if to and to["name"] != "assistant":
        found.calls.append(made_call(to["name"], body.strip()))
    elif to or {"system", "developer", "user"} & set(words[:1]):
        return  # a tool's result, or somebody else's turn
    elif "analysis" in words:
        found.thoughts.append(body)
    else:
        found.said.append(body)


def _bare(text: str, found: Harmony) -> None:
    pieces = BARE_HEADER.split(text.lstrip().removeprefix("analysis"))
    for channel, body in zip(["analysis", *pieces[1::2]], pieces[::2], strict=True):
        to = BARE_CALL.match(body)
        if to:
            found.calls.append(made_call(to["name"], body[to.end() :].strip()))
        elif channel == "analysis":
            found.thoughts.append(body)
        else:
            found.said.append(body)
