"""What stands in the content of one message: text, or parts of many kinds.

Sources: the message formats of OpenAI (chat, Responses), Anthropic, Google, Mistral, Bedrock, Inspect, Vercel's AI SDK
and ChatGPT's export.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from logminer.messages.calls import IDS, call_of, first_of, parsed
from logminer.messages.text import text_of

__all__ = ["MARKERS", "Pieces", "ToolResult", "Unreadable", "thought_in"]

MARKERS = {  # what a part's type or key says → what stands in its place
    "image": "[image]",
    "audio": "[audio]",
    "video": "[video]",
    "file": "[file]",
    "document": "[file]",
    "pdf": "[file]",
}
MEDIA_KEYS = ("image", "image_url", "document", "video", "audio", "input_audio", "file")
INLINE_KEYS = ("inlineData", "inline_data", "fileData", "file_data")  # Google's
THOUGHT_TEXTS = ("reasoning", "thinking", "reasoningText", "text", "content", "summary", "thoughts")
SAID_TEXTS = (
    *("text", "refusal", "content", "value", "transcript"),
    *("guardContent", "citationsContent", "json"),  # Bedrock's
)
SIGNED = ("thoughtSignature", "thought_signature")  # Google's, of what was thought before a part
TOGETHER = ("tool-", "dynamic-tool")  # Vercel's: a call and what came of it in one part
# What stands where thoughts are that are not shown.
SEALED = ("encrypted_content", "data", "signature", "redactedContent", "redacted_content")
DEEPEST = 8


class Unreadable(Exception):
    """Carries one of `dialogue.PROBLEMS` out of the reading of one dialogue; it never leaves this room."""


class ToolResult(NamedTuple):
    """What a tool gave back, told inside a message."""

    content: str
    call_id: str | None
    name: str | None


class Pieces:
    """The parts of one content, sorted by what they are.

    Args:
        speech: whether a model speaks: what it says in neighbouring parts is one text; what a person sends is not.
    """

    def __init__(self, *, speech: bool) -> None:
        self._glue = "" if speech else "\n"
        self._said: list[str] = []
        self._beside = False  # whether the last piece was text
        self.thoughts: list[str] = []
        self.withheld = False
        self.calls: list[dict[str, Any]] = []
        self.results: list[ToolResult] = []

    @property
    def said(self) -> str:
        """The text, images and files marked."""
        return "".join(self._said)

    def add(self, value: Any, depth: int = 0) -> None:
        """Sort a content in.

        Raises:
            Unreadable: it is neither text nor parts, or some is bytes.
        """
        if value is None:
            return
        if depth > DEEPEST or not isinstance(value, str | list | dict):
            raise Unreadable("bad_messages")
        if isinstance(value, str):
            self._say(value)
        elif isinstance(value, list):
            for part in value:
                self.add(part, depth + 1)
        else:
            self._part(value, depth)

    def _part(self, part: Mapping[str, Any], depth: int) -> None:
        _require_text(part)
        kind = part.get("type") or part.get("content_type") or ""
        kind = kind.lower() if isinstance(kind, str) else ""
        self.withheld |= bool(first_of(part, *SIGNED))
        result = _result(part, kind)
        call = call_of(part, kind) if result is None or kind.startswith(TOGETHER) else None
        if _is_thought(part, kind):
            self._think(part)
        elif result is not None or call:
            self.results += [result] if result is not None else []
            self.calls += [call] if call else []
            self._beside = False
        elif marker := _marker(part, kind):
            self.mark(marker)
        elif isinstance(parts := part.get("parts"), list):
            self.add(parts, depth + 1)
        else:
            told = first_of(part, *SAID_TEXTS)
            if isinstance(document := part.get("document"), dict):  # Cohere's
                told = document.get("data")
            elif told is None and kind.endswith("search_result"):
                told = part.get("title")
            plain = told is part.get("json") and not isinstance(told, str | None)
            self.add(_json(told) if plain else told, depth + 1)

    def _think(self, part: Mapping[str, Any]) -> None:
        texts, withheld = thought_in(part)
        self.thoughts += texts
        self.withheld |= withheld
        self._beside = False

    def _say(self, text: str) -> None:
        if self._said and (not self._beside or self._glue):
            self._said.append("\n")
        self._said.append(text)
        self._beside = True

    def mark(self, marker: str) -> None:
        """Say that there is something that is no text."""
        self._beside = False
        self._say(marker)
        self._beside = False


def thought_in(value: Any, depth: int = 0) -> tuple[list[str], bool]:
    """The texts of thoughts in whatever shape they come; and whether some were there that are not shown."""
    if depth > DEEPEST or not isinstance(value, str | list | dict | bytes):
        return [], False
    value = parsed(value) if depth == 0 else value
    if isinstance(value, str):
        return ([value] if value.strip() else []), False
    if isinstance(value, list):
        return _together(thought_in(one, depth + 1) for one in value)
    if not isinstance(value, dict):
        raise Unreadable("bad_messages")
    _require_text(value)
    kind = str(value.get("type") or "").lower()
    if "encrypted" in kind or "redacted" in kind or _is_recap(value):
        return [], True
    if value.get("redacted"):  # inspect's: what it keeps is sealed, a summary may be told
        texts, _ = thought_in(value.get("summary"), depth + 1)
        return texts, not texts
    inner = value.get("reasoningContent")  # Bedrock's
    keys = THOUGHT_TEXTS if inner is None else ("reasoningContent",)
    # OpenAI's has a summary, empty where none was asked for.
    withheld = any(value.get(key) for key in SEALED) or isinstance(value.get("summary"), list)
    for key in keys:  # a summary beside the thoughts themselves says them once more
        texts, sealed = thought_in(value.get(key), depth + 1)
        withheld |= sealed
        if texts:
            return texts, False
    return [], withheld


def _together(found: Iterable[tuple[list[str], bool]]) -> tuple[list[str], bool]:
    texts, withheld = [], False
    for own, sealed in found:
        texts += own
        withheld |= sealed
    return texts, withheld


def _is_thought(part: Mapping[str, Any], kind: str) -> bool:
    if part.get("reasoningContent") is not None or part.get("thought") is True:
        return True
    return kind.startswith(("reasoning", "thinking", "thought", "redacted_", "encrypted_"))


def _is_recap(part: Mapping[str, Any]) -> bool:
    """ChatGPT's `Thought for 5s`."""
    return part.get("content_type") == "reasoning_recap"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _result(part: Mapping[str, Any], kind: str) -> ToolResult | None:
    """What a tool gave back; None where the part is none."""
    for wrapped in ("toolResult", "functionResponse", "function_response", "toolInvocation"):
        if isinstance(inner := part.get(wrapped), dict):
            part, kind = inner, "tool_result"
    code = first_of(part, "codeExecutionResult", "code_execution_result")
    if isinstance(code, dict):  # Google's
        part, kind = {"name": "code_execution", **code}, "tool_result"
    word = kind.replace("-", "_")
    ended = word.startswith(("tool_", "dynamic_tool")) and {"output", "errorText"} & part.keys()
    if not ended and not word.endswith(("tool_result", "_call_output")):
        return None
    content = Pieces(speech=False)
    told = first_of(part, "content", "output", "result", "response", "errorText")
    if isinstance(told, dict) and isinstance(told.get("value"), dict | list):  # Vercel's `json`
        told = told["value"]
    plain = isinstance(told, dict) and not ({"type", "text"} & told.keys())
    content.add(_json(told) if plain or isinstance(told, bool | int | float) else told)
    if told is None and "toolCallId" in part:
        return None  # it has not come
    return ToolResult(content.said, text_of(first_of(part, *IDS)), _named(part, kind))


def _named(part: Mapping[str, Any], kind: str) -> str | None:
    vercel = "toolCallId" in part and kind not in ("tool_result", "tool-result")
    return text_of(first_of(part, "name", "toolName")) or (
        str(part["type"])[5:] if vercel and "type" in part else None
    )


def _marker(part: Mapping[str, Any], kind: str) -> str | None:
    """What stands for a part that is no text."""
    names: Iterator[str] = (key for key in MEDIA_KEYS if part.get(key) is not None)
    data = next((part[key] for key in INLINE_KEYS if isinstance(part.get(key), dict)), None)
    if data is not None:
        mime = str(first_of(data, "mimeType", "mime_type") or "")
        names = iter([mime if mime.split("/")[0] in MARKERS else "file"])
    if isinstance(part.get("transcript"), str) or (
        isinstance(text := part.get("text"), str) and text
    ):
        return None
    if isinstance(document := part.get("document"), dict) and document.get("data"):
        return None  # Cohere's: text
    told = kind or next(names, "")
    if kind == "file":
        told = f"{first_of(part, 'mediaType', 'mimeType', 'mime_type') or ''} file"
    if kind.endswith("text"):
        return None
    return next((marker for word, marker in MARKERS.items() if word in told), None)


def _require_text(part: Mapping[str, Any]) -> None:
    """Bytes are what is not UTF-8: where text is due they would be lost without a word."""
    if any(isinstance(part.get(key), bytes) for key in (*SAID_TEXTS, *THOUGHT_TEXTS)):
        raise Unreadable("bad_messages")
