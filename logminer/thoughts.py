"""What a model thought, apart from what it said, where both came as one text."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Split", "split_thoughts"]

# `<think>` of most, `<thinking>`, and Kimi's `◁think▷`.
_OPEN, _CLOSE = r"(?:<think(?:ing)?>|◁think▷)", r"(?:</think(?:ing)?>|◁/think▷)"
OPENED = re.compile(rf"\s*{_OPEN}", re.IGNORECASE)
BLOCK = re.compile(rf"{_OPEN}(.*?){_CLOSE}", re.IGNORECASE | re.DOTALL)
# Some chat templates put the opening tag into the prompt, so that only the closing one is generated.
CLOSED_ONLY = re.compile(rf"^[ \t]*{_CLOSE}[ \t]*$", re.IGNORECASE | re.MULTILINE)


class Split(NamedTuple):
    """`thoughts` is None where there are none; `response` is '' where the model never came to speak."""

    thoughts: str | None
    response: str


def split_thoughts(text: str) -> Split:
    """`text` without its `<think>` blocks, and the blocks' contents joined by blank lines.

    Only a text that begins with a block is split, so that an answer *about* such tags stays whole. A block that is
    never closed is thought to the end. A closing tag alone on its line, with none opened before, ends thoughts that
    began in the prompt.
    """
    if OPENED.match(text):
        blocks = [block.strip() for block in BLOCK.findall(text)]
        rest = BLOCK.sub("", text)
        if opened := OPENED.match(rest):
            blocks.append(rest[opened.end() :].strip())
            rest = ""
    elif (closed := CLOSED_ONLY.search(text)) and not BLOCK.search(text):
        blocks, rest = [text[: closed.start()].strip()], text[closed.end() :]
    else:
        return Split(None, text)
    return Split("\n\n".join(filter(None, blocks)) or None, rest.strip())
