"""What goes wrong inside inspect's providers, as faults that can be acted on.

Each provider lets through the errors of its own client library. They are told apart by what most of them carry: an
HTTP status, or a name that says what happened.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from logminer.checkpoints.asking import faults
from logminer.checkpoints.asking.asker import Fault
from logminer.checkpoints.asking.words import MOST_CHARACTERS, Said, read_error

__all__ = ["Failed", "fault_of"]

# Names of exceptions of httpx, aiohttp, botocore, urllib3 and the standard library: no connection was made.
NEVER_CONNECTED = frozenset(
    {
        "ClientConnectorDNSError",
        "ClientConnectorError",
        "ConnectError",
        "ConnectTimeout",
        "ConnectTimeoutError",
        "ConnectionRefusedError",
        "EndpointConnectionError",
        "NameResolutionError",
        "NewConnectionError",
        "gaierror",
    }
)
BROKEN_OFF = ("Connection", "ReadError", "WriteError", "ProtocolError", "IncompleteRead", "Closed")


class Failed(Fault):
    """A try that failed in a way that says nothing of the server.

    Args:
        cause: name of the exception's type; never its words.
    """

    def __init__(self, code: str, cause: str, *, passing: bool = False, hopeless: bool = False):
        super().__init__(code, passing=passing, hopeless=hopeless)
        self.cause = cause


def fault_of(error: Exception, api: Any) -> Fault:
    """What an exception of a provider means.

    Args:
        error: what `ModelAPI.generate` raised or gave back.
        api: the provider, which knows best what of its own is passing.
    """
    causes = list(_causes(error))
    for cause in causes:
        if status := _status(cause):
            return faults.status_fault(status, _headers(cause), _said(cause))
    names = [kind.__name__ for cause in causes for kind in type(cause).__mro__]
    if NEVER_CONNECTED.intersection(names):
        return faults.unreachable()
    if any("timeout" in name.lower() for name in names):
        return faults.timed_out()
    if any(mark in name for name in names for mark in BROKEN_OFF):
        return faults.dropped()
    return _decided(error, api) or _failed(error)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _status(error: BaseException) -> int | None:
    response = getattr(error, "response", None)
    said = [getattr(error, name, None) for name in ("status_code", "code", "status")]
    if isinstance(response, Mapping):  # botocore's
        said.append(response.get("ResponseMetadata", {}).get("HTTPStatusCode"))
    return next((code for code in said if isinstance(code, int) and 300 <= code < 600), None)


def _headers(error: BaseException) -> Mapping[str, str]:
    response = getattr(error, "response", None)
    headers = getattr(response, "headers", None) or getattr(error, "headers", None)
    if isinstance(response, Mapping):
        headers = response.get("ResponseMetadata", {}).get("HTTPHeaders")
    return headers if isinstance(headers, Mapping) else {}


def _said(error: BaseException) -> Said:
    if said := read_error({"error": getattr(error, "body", None)}):
        return said
    parts = (getattr(error, name, "") for name in ("code", "type"))
    return Said(None, " ".join(map(str, (*parts, error)))[:MOST_CHARACTERS])


def _decided(error: Exception, api: Any) -> Fault | None:
    """As the provider itself would decide whether to try again; older ones only say that they would."""
    decision: Any = None
    with contextlib.suppress(Exception):
        decision = api.should_retry(error)
    if not decision:
        return None
    if getattr(decision, "kind", None) == "rate_limit":
        wait_s = getattr(decision, "retry_after", None)
        return Fault("rate_limited", wait_s=wait_s, passing=True, turned_away=True)
    return Fault("server_error", passing=True)


def _failed(error: Exception) -> Fault:
    name = type(error).__name__
    if name == "PrerequisiteError":  # inspect's own: an option that the model does not have
        return Failed("refused_by_server", name, hopeless=True)
    return Failed("malformed_answer", name, passing=True)
