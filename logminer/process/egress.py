"""What left this process: which hosts were sent how much. Counted where the bytes go out, failed tries too."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["Egress", "note", "since", "total", "totals"]


class Egress(NamedTuple):
    """Requests to one host (`name:port`); bytes are those of the bodies, without headers."""

    host: str
    requests: int
    sent_bytes: int
    received_bytes: int


_counts: dict[str, Egress] = {}
_lock = threading.Lock()


def note(host: str, *, requests: int = 0, sent_bytes: int = 0, received_bytes: int = 0) -> None:
    """Count traffic with a host."""
    with _lock:
        old = _counts.get(host, Egress(host, 0, 0, 0))
        _counts[host] = Egress(
            host,
            old.requests + requests,
            old.sent_bytes + sent_bytes,
            old.received_bytes + received_bytes,
        )


def totals() -> tuple[Egress, ...]:
    """All that this process has sent so far, by host."""
    with _lock:
        return tuple(_counts[host] for host in sorted(_counts))


def since(before: Iterable[Egress]) -> tuple[Egress, ...]:
    """What has been sent after `before` was taken from `totals`; hosts without new traffic are left out."""
    minus = [Egress(e.host, -e.requests, -e.sent_bytes, -e.received_bytes) for e in before]
    return tuple(e for e in total([*totals(), *minus]) if any(e[1:]))


def total(parts: Iterable[Egress]) -> tuple[Egress, ...]:
    """Summed by host, in order of the host."""
    sums: dict[str, Egress] = {}
    for part in parts:
        old = sums.get(part.host, Egress(part.host, 0, 0, 0))
        sums[part.host] = Egress(
            part.host, *(a + b for a, b in zip(old[1:], part[1:], strict=True))
        )
    return tuple(sums[host] for host in sorted(sums))
