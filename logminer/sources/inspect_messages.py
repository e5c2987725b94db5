"""Messages as inspect writes them, in its logs and in Scout's tables, in the form that `read_messages` takes.

Source: `ChatMessage`, `Content` and `StopReason` of inspect_ai 0.3.285 (model/_chat_message.py, _util/content.py,
model/_model_output.py), and `EvalSampleLimitType` of its log/_log.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from logminer.messages.text import text_of

__all__ = [
    "CODE",
    "ENDS",
    "end_of",
    "is_given",
    "limit_of",
    "mark_end",
    "mark_reason",
    "nothing_attached",
    "read_message",
    "resolved",
]

Record = dict[str, Any]
Attachment = Callable[[str], str | None]

ATTACHED = ("attachment://", "tc://")  # the second in logs before 2025
# Parts that are marked, and whose content nobody needs.
MEDIA = ("image", "audio", "video", "document")
FIELDS = (
    *("id", "role", "content", "source", "reasoning"),
    *("tool_calls", "tool_call_id", "function", "error"),
)
CODE = re.compile(r"[\w.:-]{1,64}", re.ASCII)
ENDS = {  # as any provider calls it; `unknown` says that the provider gave no reason that inspect knows
    "stop": "stop",
    "max_tokens": "length",
    "model_length": "length",
    "tool_calls": "tool_calls",
    "content_filter": "content_filter",
}
STOPPED = "operator"  # the limit that a person is


def limit_of(told: Any) -> str | None:
    """The kind of limit that halted a sample: `token`, `message`, `time` …; a summary has the word alone, '' is none."""
    word = text_of(told.get("type") if isinstance(told, dict) else told)
    if not word:
        return None
    return word if CODE.fullmatch(word) else "custom"


def end_of(failed: bool, limit: str | None) -> str | None:
    """`error`; `length` where a limit halted it; None where nothing did. One whom a person stopped has failed."""
    if failed or limit == STOPPED:
        return "error"
    return "length" if limit else None


def mark_end(messages: list[Any], end: str | None) -> None:
    """Say of what was answered to the last user's message that it ended so; of nothing where nothing was, in place."""
    if end is None:
        return
    said = _answers(messages)
    if not said and any(_role(message) == "user" for message in messages):
        said = [{"role": "assistant", "content": None}]
        messages += said
    for message in said:
        message["finish_reason"] = end


def mark_reason(messages: Sequence[Any], answer: Mapping[str, Any] | None, reason: str) -> None:
    """Say why the last answer ended, in place, if it is that answer; where neither has an id it is."""
    said = _answers(messages)
    wanted = (answer or {}).get("id")
    same = [message for message in said if wanted is None or message.get("id") in (None, wanted)]
    if same:
        same[-1]["finish_reason"] = reason


def _answers(messages: Sequence[Any]) -> list[Record]:
    """What assistants say after the last user's message."""
    asked = [i for i, message in enumerate(messages) if _role(message) == "user"]
    after = messages[asked[-1] + 1 :] if asked else ()
    return [message for message in after if _role(message) == "assistant"]


def _role(message: Any) -> Any:
    return message.get("role") if isinstance(message, dict) else None


def is_given(messages: Any) -> bool:
    """Whether the last user's message is of the data set, the same for every model; else what came before may differ."""
    asked = [m for m in messages if _role(m) == "user"] if isinstance(messages, list) else []
    return bool(asked) and asked[-1].get("source") == "input"


def nothing_attached(reference: str) -> None:
    """Where no text stands elsewhere."""


def read_message(told: Any, attachment: Attachment) -> Any:
    """A message of inspect's: attachments in their places, tools by their names, an error of a tool as what it gave back.

    Args:
        told: the message; what is none comes back as it is.
        attachment: what a reference stands for; None where nothing is known of it: it stays.
    """
    if not isinstance(told, dict):
        return told
    message = {key: resolved(told[key], attachment) for key in FIELDS if told.get(key) is not None}
    if isinstance(message.get("content"), list):
        message["content"] = list(_parts(message["content"]))
    problem, function = message.pop("error", None), message.pop("function", None)
    if message.get("role") == "tool":
        message["name"] = function
        if isinstance(problem, dict) and not message.get("content"):
            message["content"] = problem.get("message")
    elif message.get("role") == "user":
        message.pop("tool_call_id", None)  # of calls whose files it holds
    return message


def _parts(parts: Sequence[Any]) -> Iterator[Any]:
    """The parts; what a tool on the provider's side gave back stands in its call, and is told behind it."""
    for part in parts:
        yield part
        if isinstance(part, dict) and part.get("type") == "tool_use" and part.get("result"):
            result = {"tool_use_id": part.get("id"), "content": part["result"]}
            yield {"type": "tool_result", **result}


def resolved(value: Any, attachment: Attachment) -> Any:
    """The same with each text in its place that stands among the attachments."""
    if isinstance(value, str):
        for protocol in ATTACHED:
            if value.startswith(protocol):
                held = attachment(value[len(protocol) :])
                return value if held is None else held
        return value
    if isinstance(value, list):
        return [resolved(one, attachment) for one in value]
    if isinstance(value, dict):
        if value.get("type") in MEDIA:
            return value
        return {key: resolved(one, attachment) for key, one in value.items()}
    return value
