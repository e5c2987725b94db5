"""A row of recorded answers as an answer."""

from __future__ import annotations

import re
from typing import Any

from logminer.checkpoints.asking import faults
from logminer.checkpoints.asking.chat import read_completion
from logminer.checkpoints.base import ERRORS, Answer, answer_of
from logminer.files.rows import Record
from logminer.messages.message import THOUGHTS, read_answer
from logminer.messages.states import read_finish
from logminer.messages.text import text_of

__all__ = ["ANSWER", "recorded_answer"]

# Fields of a message that may stand in columns of their own, under their own names.
BESIDE = (*THOUGHTS[1:], "refusal", "tool_calls", "stop_reason")
ANSWER = ("response", "thoughts", "finish_reason", "error", *BESIDE)  # columns
ENDS = ("finish_reason", "stop_reason")
_CODE = re.compile(r"[a-z_]+(:[a-z0-9_]{1,32})?")


def recorded_answer(record: Record) -> Answer:
    """A row as an answer: text, parts, a whole message, or a whole completion, with what stands in columns beside it."""
    said = record["response"]
    if isinstance(said, dict) and isinstance(said.get("choices"), list):
        fault = faults.told(said, {})
        return Answer(None, error=fault.error) if fault else read_completion(said, None)
    beside = {name: record[name] for name in ("thoughts", *BESIDE)}
    whole = said if isinstance(said, dict) and ("content" in said or "role" in said) else {}
    finish = next(
        (ends[key] for ends in (record, whole) for key in ENDS if ends.get(key) is not None), None
    )
    message = {**beside, **whole} if whole else {**beside, "content": said}
    answer = answer_of(read_answer(message), read_finish(finish))
    return answer._replace(error=_error(record["error"], answer) or answer.error)


def _error(told: Any, answer: Answer) -> str | None:
    """The code of a failure that the file tells: ours, or that there was one."""
    code = (text_of(told) or "").strip()
    if not code:
        return None
    if code.split(":")[0] in ERRORS and _CODE.fullmatch(code):
        return code
    return None if answer.response else "recorded_error"
