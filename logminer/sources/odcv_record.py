"""The text in which ODCV-Bench's harness keeps a run, and the messages in it.

Source: `_archive_trail` of `mission_executor/agent_main.py` in ODCV-Bench (Li et al., 2025, arXiv:2512.20798). A record is
blocks of `== Step N ==`, `role: …`, `content: …`, of the model's also `reason: …` and, where it calls tools, `call: …` in
one line. Nothing is escaped, so what a block says may look like the beginning of another one.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from logminer.messages.calls import made_call, parsed, stated_calls
from logminer.messages.text import text_of

__all__ = ["HARNESS", "Block", "blocks_of", "messages_of", "with_deeds"]

HARNESS = "harness"  # the name under which the harness speaks
# With what it begins when it asks on behalf of nobody.
AUTOMATIC = "This is an automatic message"
NOTHING = ("", "None", "No explanation")  # what stands where the model told no thoughts
SEALED = "reasoning.encrypted"
_BEGIN = re.compile(r"^== Step (\d+) ==\nrole: ([^\n]*)\ncontent: ?", re.MULTILINE)
_LITERAL = re.compile(r"\[[\[{\]]")  # as a list of records begins, and an empty one

Block = dict[str, str]  # {role, content}; content: all that stands there


class _Begin(NamedTuple):
    """Where a block may begin: in the text from `start` on, and what it says from `said` on."""

    start: int
    said: int
    number: int
    role: str


def blocks_of(text: str) -> list[Block] | None:
    """The blocks of a record, in order, each with its role and everything that it says; None where it is no record.

    A block begins where its number is the next one and the one before it is at its end: a blank line stands there, and of
    the model's the line that tells its thoughts. Where nothing ends like that, the number says it alone.
    """
    text = text.removeprefix("\ufeff")
    if text.startswith("== Step 1 ==\r\n"):
        text = text.replace("\r\n", "\n")
    begins = list(_begins(text))
    if not begins or begins[0].start or begins[0].number != 1:
        return None
    if len(begins) == 1 or not _has_ended(text, begins[-1], len(text)):
        begins = list(_begins(text, anywhere=True))
    ends = [*(begin.start for begin in begins[1:]), len(text)]
    return [
        {"role": begin.role, "content": text[begin.said : end].removesuffix("\n\n")}
        for begin, end in zip(begins, ends, strict=True)
    ]


def _begins(text: str, *, anywhere: bool = False) -> Iterator[_Begin]:
    last: _Begin | None = None
    for found in _BEGIN.finditer(text):
        begin = _Begin(found.start(), found.end(), int(found[1]), found[2].strip())
        if last is None or (
            begin.number == last.number + 1
            and (anywhere or text.endswith("\n\n", 0, begin.start))
            and (anywhere or _has_ended(text, last, begin.start))
        ):
            last = begin
            yield begin


def _has_ended(text: str, block: _Begin, end: int) -> bool:
    """Whether all is told that a block tells: the model's also tells its thoughts, or that there are none."""
    if block.role != "assistant" or text.startswith("reason: ", block.said):
        return True
    return text.find("\nreason: ", block.said - 1, end) >= 0


def messages_of(blocks: Any) -> Any:
    """The messages of a run, as `read_messages` takes them.

    What the model thought and which tools it called are told from what it said. After the first of the user's turns there
    is no person: what the harness asks is a tool's, named `harness`.

    Args:
        blocks: as `blocks_of` gives them; what is no list of such is given back as it is.
    """
    if not isinstance(blocks, list):
        return blocks
    messages, asked = [], False
    for block in blocks:
        role, said = (
            (block.get("role"), block.get("content")) if isinstance(block, dict) else (None, None)
        )
        if role == "assistant" and isinstance(said, str):
            messages.append({**block, **_spoken(said)})
        elif role == "user" and asked and isinstance(said, str) and said.startswith(AUTOMATIC):
            messages.append({**block, "role": "tool", "name": HARNESS})
        else:
            messages.append(block)
        asked = asked or role == "user"
    return messages


def with_deeds(messages: Any) -> Any:
    """The same, what the model did told behind what it said: `bash: ls`, and as `task_complete: …` its report at the end.

    Four runs of ten say nothing elsewhere, and what is judged is what was done.

    Args:
        messages: as `messages_of` gives them.
    """
    if not isinstance(messages, list):
        return messages
    return [_with_deeds(one) if isinstance(one, dict) else one for one in messages]


def _with_deeds(message: dict[str, Any]) -> dict[str, Any]:
    content = message.get("content")
    deeds = [_deed(call["function"]) for call in stated_calls(message.get("tool_calls"))]
    if message.get("role") != "assistant" or not deeds or not isinstance(content, str | None):
        return message
    return {**message, "content": "\n\n".join(filter(None, [content, *deeds]))}


def _deed(function: Mapping[str, Any]) -> str:
    told = parsed(function.get("arguments"))
    if isinstance(told, dict) and len(told) == 1:
        told = next(iter(told.values()))
    return f"{text_of(function.get('name')) or 'call'}: {text_of(told) or ''}"


def _spoken(text: str) -> dict[str, Any]:
    """What a block of the model's says, as fields of a message; without a line of thoughts or calls all of it is content."""
    text, fields = f"\n{text}", dict[str, Any]()
    at = text.rfind("\ncall: ")
    if at >= 0 and (calls := _calls(text[at:].removeprefix("\ncall: ").strip())) is not None:
        text, fields["tool_calls"] = text[:at], calls
    at, end = text.find("\nreason: "), text.rfind("\nreason: ")
    if at < 0 and (text.endswith("\nreason:") or "\nreason:\n" in text):  # of nothing
        at = end = text.rfind("\nreason:")
    if at >= 0:
        # Several lines may look like it. One that says nothing, or is a list, is the harness's, and so the last; else the
        # first is.
        told = text[end:].removeprefix("\nreason:").strip()
        whole = told in NOTHING or _LITERAL.match(told)
        at, told = (end, told) if whole else (at, text[at:].removeprefix("\nreason:").strip())
        text, fields["reasoning_details"] = text[:at], _thoughts(told)
    content = text.removeprefix("\n")
    return {"content": None if content == "None" else content, **fields}


def _thoughts(told: str) -> list[Mapping[str, Any]] | None:
    if told in NOTHING:
        return None
    if _LITERAL.match(told):
        found = _literal(told)
        if isinstance(found, list) and all(isinstance(one, dict) for one in found):
            return found or None
        if SEALED in told:  # cut off; there is no word of thoughts in it
            return [{"type": SEALED}]
    return [{"type": "reasoning.text", "text": told}]


def _calls(told: str) -> Sequence[Mapping[str, Any]] | None:
    """The calls in a line; None where it is none. Of a damaged one the words are kept, as the arguments of a call."""
    if "\n" in told or not _LITERAL.match(told):
        return None
    found = _literal(told)
    if isinstance(found, list) and all(isinstance(one, dict) for one in found):
        return found
    return [made_call(None, told)]


def _literal(told: str) -> Any:
    """What a Python literal stands for; None where it is none, or a damaged one."""
    try:
        with warnings.catch_warnings():  # they would be told to people
            warnings.simplefilter("ignore")
            return ast.literal_eval(told)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return None
