"""One line of a batch: a request on the way out, a result on the way back.

Source: OpenAI, "Batch API". Batch runners of others (vLLM's, for one) take and give the same lines.
"""

from __future__ import annotations

import json
from typing import Literal, NamedTuple

from logminer.checkpoints.asking import faults
from logminer.checkpoints.asking.asker import Fault
from logminer.checkpoints.asking.chat import nothing_came, read_completion
from logminer.checkpoints.asking.words import MOST_CHARACTERS, Said, read_error
from logminer.checkpoints.base import Answer, Request
from logminer.files.jsonread import read_json

__all__ = ["Outcome", "Result", "read_result", "request_line"]

URL = "/v1/chat/completions"

# `refused`: it was the prompt where others were answered; where nobody was, it is the request's fields or the key.
Outcome = Literal["answered", "failed", "refused", "again"]


class Result(NamedTuple):
    """What became of one request; `answer` has an error where it failed."""

    custom_id: str
    answer: Answer
    outcome: Outcome


def request_line(custom_id: str, model: str, request: Request) -> bytes:
    """The line that asks for one sample."""
    line = {
        "custom_id": custom_id,
        "method": "POST",
        "url": URL,
        "body": {"model": model, "messages": request.messages, **request.settings},
    }
    return json.dumps(line, ensure_ascii=False).encode() + b"\n"


def read_result(line: bytes) -> Result | None:
    """A line of an output or error file; None where it is neither. How long the answer took, it does not say."""
    try:
        told = read_json(line)
    except ValueError:
        return None
    custom_id = told.get("custom_id") if isinstance(told, dict) else None
    if not isinstance(custom_id, str):
        return None
    response, error = told.get("response"), told.get("error")
    if isinstance(response, dict) and isinstance(status := response.get("status_code"), int):
        body = response.get("body")
        if 200 <= status < 300:
            if fault := faults.told(body, {}):
                return _failed(custom_id, fault)
            return _completed(custom_id, read_completion(body, None))
        # Read to tell several kinds of 400 apart, and taken no further.
        words = read_error(body) or Said(None, json.dumps([body, error])[:MOST_CHARACTERS])
        return _failed(custom_id, faults.status_fault(status, {}, words))
    if error:  # never carried out
        late = isinstance(error, dict) and error.get("code") == "batch_expired"
        return _failed(custom_id, Fault("timeout" if late else "server_error", passing=True))
    return None


def _completed(custom_id: str, answer: Answer) -> Result:
    if error := nothing_came(answer):
        return _failed(custom_id, Fault(error, passing=True))
    return Result(custom_id, answer, "failed" if answer.error else "answered")


def _failed(custom_id: str, fault: Fault) -> Result:
    passing = fault.passing or fault.hopeless
    refused = fault.code == "refused_by_server"
    outcome: Outcome = "again" if passing else "refused" if refused else "failed"
    return Result(custom_id, Answer(None, error=fault.error), outcome)
