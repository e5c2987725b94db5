"""What goes wrong between a chat server and us, as faults that can be acted on."""

from __future__ import annotations

import contextlib
import email.utils
import math
import time
from collections.abc import Mapping
from typing import Any

from logminer.checkpoints.asking.asker import Fault
from logminer.checkpoints.asking.words import Said, Wish, read_error

__all__ = [
    "dropped",
    "malformed",
    "of_settings",
    "status_fault",
    "timed_out",
    "told",
    "too_large",
    "unreachable",
]

ANSWER_TOKENS = ("max_tokens", "max_completion_tokens", "max_new_tokens")
LONGEST_WAIT_S = 30 * 86_400.0


def timed_out() -> Fault:
    """No answer in time."""
    return Fault("timeout", passing=True)


def unreachable() -> Fault:
    """No connection could be made."""
    return Fault("connection", passing=True, lost=True)


def dropped() -> Fault:
    """The connection broke before the answer was whole."""
    return Fault("connection", passing=True)


def malformed() -> Fault:
    """The answer is no chat completion."""
    return Fault("malformed_answer", passing=True)


def too_large() -> Fault:
    """The answer is longer than is read of one: asking again would bring the same."""
    return Fault("too_large")


def told(body: object, headers: Mapping[str, str]) -> Fault | None:
    """The error that a body holds although it came with HTTP 200; None where it holds none."""
    if (said := read_error(body)) is None:
        return None
    if said.status is None:
        if said.too_long:
            return Fault("context_too_long")
        return Fault("server_error", passing=True)
    return status_fault(said.status, headers, said)


def of_settings(fault: Fault, settings: Mapping[str, Any]) -> Fault:
    """The same; where no prompt could fit beside the answer that every request asks for, it proves nothing."""
    asked = [n for name, n in settings.items() if name in ANSWER_TOKENS and isinstance(n, int)]
    if fault.context is None or max(asked, default=0) < fault.context:
        return fault
    why = f"has a context of {fault.context:,} tokens, prompt and answer together"
    wish = Wish(why, mend="a lower `max_new_tokens` under `replay`")
    return Fault(fault.code, fault.status, of_prompt=False, wish=wish)


def status_fault(status: int, headers: Mapping[str, str], said: Said | str) -> Fault:
    """What an HTTP status means.

    Args:
        status: 300 or more.
        headers: of the reply, for `Retry-After`.
        said: what the server says: read here, to tell several kinds of 400 apart, and taken no further.
    """
    said = Said(None, said) if isinstance(said, str) else said
    if status == 402 or (status in (400, 403, 429) and said.no_credit):
        return Fault("refused_by_server", status, hopeless=True)
    if status in (408, 504):
        return Fault("timeout", status, passing=True)
    if status == 429:
        if said.too_large_for_limit:  # more than is allowed in a minute, whenever it is sent
            return Fault("rate_limited", status, of_prompt=True)
        wait_s = retry_after_s(headers)
        return Fault("rate_limited", status, wait_s=wait_s, passing=True, turned_away=True)
    # llama.cpp and Ollama answer 500 where others answer 400.
    if status == 413 or (status in (400, 422, 500) and said.too_long):
        return Fault("context_too_long", status, context=said.context)
    if status >= 501 or (status == 500 and said.wish is None):
        return _server_error(status, headers)
    if status in (400, 403, 422) and said.filtered:
        return Fault("content_filter", status)
    return Fault(
        "refused_by_server",
        status,
        hopeless=status == 401,
        wish=said.wish if status in (400, 404, 422, 500) else None,
        moderated=status == 403 and said.moderated,
    )


def _server_error(status: int, headers: Mapping[str, str]) -> Fault:
    if status == 501:  # no such method: not a chat server
        return Fault("refused_by_server", status)
    return Fault(
        "server_error",
        status,
        wait_s=retry_after_s(headers),
        passing=True,
        lost=status in (502, 503),
        turned_away=status in (503, 529),
    )


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds that `Retry-After` asks for, given as seconds or as a date; `retry-after-ms` where there is one."""
    with contextlib.suppress(ValueError):
        return _finite(float(headers.get("retry-after-ms") or "none") / 1000)
    value = headers.get("retry-after")
    if not value:
        return None
    with contextlib.suppress(ValueError):
        return _finite(float(value))
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        return _finite(email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    return None


def _finite(seconds: float) -> float | None:
    return min(max(0.0, seconds), LONGEST_WAIT_S) if math.isfinite(seconds) else None
