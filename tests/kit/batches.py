"""Lines of a batch's output and error files."""

from __future__ import annotations

from typing import Any

from tests.kit.openai_server import SECRET_WORDS, completion

__all__ = ["answered", "refused"]


def answered(request: dict[str, Any], text: str | None = None) -> dict[str, Any]:
    """A line of an output file; by default what `openai_server` would say."""
    said = text or f"re: {request['body']['messages'][-1]['content']}"
    return refused(request, 200, completion(role="assistant", content=said))


def refused(request: dict[str, Any], status: int, body: object = None) -> dict[str, Any]:
    """A line of an error file."""
    body = body or {"error": {"message": SECRET_WORDS, "type": "t", "code": None}}
    response = {"status_code": status, "request_id": "r", "body": body}
    return {"id": "x", "custom_id": request["custom_id"], "response": response, "error": None}
