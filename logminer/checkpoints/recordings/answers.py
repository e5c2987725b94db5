"""A row of recorded answers as an answer."""

from __future__ import annotations

import re
from typing import Any

from logminer.checkpoints.asking import faults
from logminer.checkpoints.asking.chat import read_completion
from logminer.checkpoints.asking.words import read_error
from logminer.checkpoints.base import ERRORS, Answer, answer_of
from logminer.files.rows import Record
from logminer.messages.calls import parsed
from logminer.messages.forms import ENDS, ending, there
from logminer.messages.message import THOUGHTS, read_answer
from logminer.messages.states import read_finish
from logminer.messages.text import text_of

__all__ = ["ANSWER", "recorded_answer"]

MESSAGE = {"content", "parts"}
PART = {"text", "refusal", "thinking", "functionCall"}  # of a part that stands alone
PARTS = ("text", "output_text", "thinking", "redacted_thinking", "reasoning", "refusal", "tool_use")
# Fields of a message that may stand in columns of their own, under their own names.
BESIDE = (*THOUGHTS[1:], "refusal", "tool_calls", "function_call", *ENDS[1:])
ANSWER = ("response", "thoughts", "finish_reason", "error", *BESIDE)  # columns
NO_ERROR = ("", "null", "none", "nan", "false", "0", "ok", "{}", "[]")
_CODE = re.compile(r"[a-z_]+(:[a-z0-9_]{1,32})?")


def recorded_answer(record: Record) -> Answer:
    """A row as an answer: text, parts, a whole message, or a whole reply, with what stands in columns beside it."""
    said = _told(record["response"])
    known = ("thoughts", "finish_reason", *BESIDE)
    beside = {name: record[name] for name in known if record[name] is not None}
    if isinstance(said, dict) and (MESSAGE & said.keys() or not PART & said.keys()):
        error = None if MESSAGE & said.keys() else _fault(said)
        answer = Answer(None, error=error) if error else read_completion(said, None, beside)
    else:
        answer = answer_of(read_answer({**beside, "content": said}), read_finish(ending(beside)))
    return answer._replace(error=_error(record["error"], answer) or answer.error)


def _fault(reply: dict[str, Any]) -> str | None:
    """The error that a whole reply is."""
    body = there(reply)
    status = body.get("status_code")  # of a line of a batch
    if isinstance(status, int) and status >= 300:
        words = read_error(body.get("body")) or ""
        return faults.status_fault(status, {}, words).error
    fault = faults.told(body, {})
    return fault.error if fault else None


def _told(cell: Any) -> Any:
    """A cell; of a text that is a whole reply, a message or its parts in JSON, what it holds."""
    if (isinstance(cell, float) and text_of(cell) is None) or there(cell) is None:
        return None  # not a number; a record of nulls
    told = parsed(cell)
    if told is cell:
        return cell
    if isinstance(told, list):
        parts = told and all(isinstance(one, dict) and one.get("type") in PARTS for one in told)
        return told if parts else cell
    reply = any(isinstance(told.get(many), list) for many in ("choices", "candidates"))
    message = told.get("role") in ("assistant", "model") and MESSAGE & told.keys()
    return told if reply or message or told.get("object") == "response" else cell


def _error(told: Any, answer: Answer) -> str | None:
    """The code of a failure that the file tells: ours, or that there was one."""
    code = (text_of(there(told)) or "").strip().lower()
    if code in NO_ERROR:
        return None
    head = code.split(":")[0]
    if head in ERRORS:
        return code if _CODE.fullmatch(code) else head
    return None if answer.response else "recorded_error"
