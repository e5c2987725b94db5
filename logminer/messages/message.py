"""The one reader of a message: of a dump, a server, a batch, or a file of answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from logminer.messages.calls import first_of, stated_calls
from logminer.messages.forms import there
from logminer.messages.parts import Pieces, ToolResult, Unreadable, thought_in
from logminer.messages.text import text_of
from logminer.messages.thoughts import joined, split_thoughts

__all__ = ["CONTENTS", "THOUGHTS", "Spoken", "read_answer", "read_said"]

CONTENTS = ("content", "value", "parts", "text", "message")  # where a message keeps what it says
THOUGHTS = (
    "thoughts",
    "reasoning_content",
    "reasoning",
    "thinking",
    "reasoning_details",
    "thinking_blocks",
    "reasoning_text",
    "tool_plan",  # Cohere's
)
BESIDE = {  # what is sent beside the text
    "images": "[image]",
    "attachments": "[file]",
    "experimental_attachments": "[file]",
    "files": "[file]",
}
TEXTS = ("name", "tool_calls", "function_call", "tool_call_id", "refusal")


class Spoken(NamedTuple):
    """What one message says.

    `content` is None where nothing was said, images and files are marked in it. `withheld`: it thought, and what it
    thought is redacted or encrypted. `tool_calls` are in OpenAI's form.
    """

    content: str | None = None
    thoughts: str | None = None
    withheld: bool = False
    tool_calls: Sequence[Mapping[str, Any]] | None = None
    results: tuple[ToolResult, ...] = ()


def read_said(message: Mapping[str, Any], *, speech: bool) -> Spoken:
    """One message, as whoever keeps it writes it.

    Args:
        message: its fields.
        speech: whether a model speaks; then thoughts are told from what it says.

    Raises:
        Unreadable: its content is neither text nor parts, or some of it is bytes.
    """
    message = there(message) or {}
    if any(isinstance(message.get(key), bytes) for key in (*THOUGHTS, *TEXTS)):
        raise Unreadable("bad_messages")
    pieces = Pieces(speech=speech)
    told = [message[key] for key in CONTENTS if message.get(key) is not None]
    content = next((one for one in told if one not in ("", [])), told[0] if told else None)
    pieces.add(content)
    if not pieces.said.strip():  # OpenAI's: apart from the content, and what was said all the same
        pieces.add(message.get("refusal"))
        pieces.add(_transcript(message.get("audio")))
    for field, marker in BESIDE.items():
        if isinstance(beside := message.get(field), list):
            for _ in beside:
                pieces.mark(marker)
    sources, withheld = [], pieces.withheld
    for key in THOUGHTS:
        texts, sealed = thought_in(message.get(key))
        sources.append("\n\n".join(texts))
        withheld |= sealed
    sources.append("\n\n".join(pieces.thoughts))
    said = text_of(pieces.said)
    if speech and said:
        split = split_thoughts(said)
        said = split.response
        sources.append(split.thoughts or "")
        pieces.calls += split.calls
    thoughts = text_of(joined(sources))
    return Spoken(
        said if said or content is not None else None,
        thoughts,
        not thoughts and withheld,
        _calls(message, pieces),
        tuple(pieces.results),
    )


def read_answer(message: Mapping[str, Any]) -> Spoken | None:
    """What a model answers; None where it cannot be read."""
    try:
        return read_said(message, speech=True)
    except (Unreadable, RecursionError):
        return None


def _transcript(audio: Any) -> Any:
    return audio.get("transcript") if isinstance(audio, dict) else None


def _calls(message: Mapping[str, Any], pieces: Pieces) -> list[dict[str, Any]] | None:
    """OpenAI's field, its older one, or what stood among the parts."""
    if stated := stated_calls(first_of(message, "tool_calls", "toolCalls")):
        return stated
    called = message.get("function_call")
    if isinstance(called, dict) and any(called.values()):
        return [{"id": None, "type": "function", "function": called}]
    return pieces.calls or None
