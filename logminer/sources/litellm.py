"""`litellm`: spend logs of LiteLLM's proxy, the table LiteLLM_SpendLogs: a request a row.

What was said is in them where the proxy has `store_prompts_in_spend_logs`: the body of the request as
`proxy_server_request` (`messages` is filled by older versions and by realtime calls), the reply as `response`. The user is
`end_user`; the owner of the key, `user`, is often an application: where it is a person, say `columns: {end_user: user}`.
LiteLLM cuts the middle out of texts of more than 2,048 characters (MAX_STRING_LENGTH_PROMPT_IN_DB): a request that was cut
is no dialogue, an answer that was cut ended by its length.

Source: `schema.prisma`, `spend_tracking_utils.py` and `CallTypes` of LiteLLM.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from logminer.messages.calls import parsed
from logminer.messages.forms import there
from logminer.messages.text import text_of
from logminer.sources.base import RawConversation
from logminer.sources.calllog import CallLog, Columns
from logminer.sources.columns import TIME
from logminer.sources.exchanges import CONTENT_FILTER, ERROR, LENGTH, REQUESTS, dialogue_of

__all__ = ["LITELLM"]

# Calls of models that speak; asynchronous ones begin with an `a`.
_SPEAKING = (
    "completion",
    "text_completion",
    "responses",
    "generate_content",
    "generate_content_stream",
)
SPEAKING = frozenset(
    (
        *(f"{a}{kind}" for a in ("", "a") for kind in _SPEAKING),
        *("anthropic_messages", "_arealtime", "_aresponses_websocket"),
    )
)
# Calls that may be of any kind: of a model that speaks where a dialogue was sent. Requests that failed early have no kind.
ANY = ("", "pass_through_endpoint", "llm_passthrough_route", "allm_passthrough_route")
CUT = re.compile(r"\(litellm_truncated\b[^()]{0,80} \d+ chars")
FILTERED = "ContentPolicyViolationError"


@dataclass(frozen=True, kw_only=True)
class _LiteLLM(CallLog):
    def calls(self, columns: Columns) -> list[RawConversation | None]:
        names = ("call_type", "proxy_server_request", "messages", "response", "status", "metadata")
        cells = zip(*(columns[name] for name in names), strict=True)
        about = (
            self.fields[name] for name in ("conversation_id", "user_id", "model", "created_at")
        )
        said = zip(*(columns[name] for name in about), strict=True)
        found: list[RawConversation | None] = []
        for place, (call, (own, user, model, time)) in enumerate(zip(cells, said, strict=True)):
            kind, body, messages, reply, status, metadata = map(_parsed, call)
            request = body or messages
            kind = text_of(kind) or ""
            if kind not in SPEAKING and not (kind in ANY and _is_dialogue(request)):
                found.append(None)
                continue
            cut = CUT.search(text_of(request) or "")
            dialogue = None if cut else dialogue_of(request, reply, _end(status, metadata, reply))
            found.append(
                RawConversation(
                    place,
                    dialogue,
                    conversation_id=own,
                    user_id=user or None,
                    model=model or None,
                    created_at=time,
                )
            )
        return found


def _parsed(cell: Any) -> Any:
    """A cell of JSON; '' and `{}` are nothing, and so is what is nested too deep to be read."""
    try:
        return there(parsed(cell)) or None
    except RecursionError:
        return None


def _is_dialogue(request: Any) -> bool:
    return isinstance(request, dict) and any(request.get(key) for key in REQUESTS)


def _end(status: Any, metadata: Any, reply: Any) -> str | None:
    """How a call ended, where its reply does not say so."""
    about = metadata if isinstance(metadata, dict) else {}
    if "failure" in (status, about.get("status")):
        error = about.get("error_information")
        filtered = isinstance(error, dict) and error.get("error_class") == FILTERED
        return CONTENT_FILTER if filtered else ERROR
    return LENGTH if CUT.search(text_of(reply) or "") else None


LITELLM = _LiteLLM(
    name="litellm",
    messages="proxy_server_request",
    key="request_id",
    together=("session_id",),
    required=("request_id", "call_type", "spend", "startTime", "model", "response"),
    fields={
        "conversation_id": "request_id",
        "user_id": "end_user",
        "created_at": "startTime",
        "model": "model",
    },
    others=("messages", "response", "metadata", "status", "call_type", "session_id"),
    kinds={"startTime": TIME},
    row="piece",
)
