"""What goes wrong between a chat server and us, as faults that can be acted on."""

from __future__ import annotations

import contextlib
import email.utils
import time
from collections.abc import Mapping

from logminer.checkpoints.asking.asker import Fault

__all__ = ["TOO_LONG", "dropped", "malformed", "status_fault", "timed_out", "unreachable"]

TOO_LONG = ("context_length", "context length", "context size", "context window", "too long")


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


def status_fault(status: int, headers: Mapping[str, str], words: str) -> Fault:
    """What an HTTP status means.

    Args:
        status: 300 or more.
        headers: of the reply, for `Retry-After`.
        words: what the server says: read here, to tell several kinds of 400 apart, and taken no further.
    """
    words = words.lower()
    if status in (408, 504):
        return Fault("timeout", status, passing=True)
    if status == 429:
        wait_s = retry_after_s(headers)
        return Fault("rate_limited", status, wait_s=wait_s, passing=True, turned_away=True)
    if status == 501:  # no such method: not a chat server
        return Fault("refused_by_server", status, misdirected=True)
    if status >= 500:
        return Fault(
            "server_error",
            status,
            wait_s=retry_after_s(headers),
            passing=True,
            lost=status in (502, 503),
            turned_away=status in (503, 529),
        )
    if status == 413 or (status in (400, 422) and any(mark in words for mark in TOO_LONG)):
        return Fault("context_too_long", status)
    if status == 400 and "content_filter" in words:
        return Fault("content_filter", status)
    # A gateway that moderates says 403 of one prompt.
    misdirected = status in (403, 404, 405) or status < 400
    return Fault("refused_by_server", status, misdirected=misdirected, hopeless=status == 401)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds that `Retry-After` asks for, given as seconds or as a date."""
    value = headers.get("retry-after")
    if not value:
        return None
    with contextlib.suppress(ValueError):
        return max(0.0, float(value))
    with contextlib.suppress(ValueError, TypeError):
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    return None
