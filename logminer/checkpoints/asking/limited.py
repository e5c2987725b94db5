"""HTTP with an end: a body is read up to a limit, whatever its server sends, and no further.

What a body costs is bounded while it is read, not afterwards: a stream without end and a few kilobytes that unpack to
gigabytes are both cut off at the limit.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

__all__ = ["Overlong", "limited_client"]

ACCEPTED = "gzip"  # what can be unpacked bit by bit
GZIP = zlib.MAX_WBITS | 16
DESCRIBED = frozenset({"content-encoding", "content-length", "transfer-encoding"})


class Overlong(Exception):
    """A body is longer than its limit."""


def limited_client(
    max_bytes: int,
    timeout_s: float,
    sent: Callable[[int], None],
    received: Callable[[int], None],
) -> Any:
    """An `httpx2.AsyncClient` that knows no proxy, no redirect and no settings of the environment.

    Args:
        max_bytes: of a body, unpacked; a longer one raises `Overlong`, one that cannot be unpacked `zlib.error`.
        timeout_s: of silence.
        sent, received: told of bytes of bodies as they pass the wire.
    """
    import httpx2

    class Limited(httpx2.AsyncHTTPTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            sent(len(request.content))
            response = await super().handle_async_request(request)
            body = _Body(max_bytes, response.headers.get("content-encoding", ""))
            try:
                async for piece in response.aiter_raw():
                    received(len(piece))
                    body.take(piece)
            finally:
                await response.aclose()
            kept = [(k, v) for k, v in response.headers.multi_items() if k not in DESCRIBED]
            return httpx2.Response(response.status_code, headers=kept, content=body.whole())

    limits = httpx2.Limits(max_connections=1000, max_keepalive_connections=100)
    return httpx2.AsyncClient(
        transport=Limited(trust_env=False, limits=limits),
        headers={"Accept-Encoding": ACCEPTED},
        timeout=timeout_s,
        trust_env=False,
        follow_redirects=False,
    )


class _Body:
    """Pieces of a body, unpacked as they come."""

    def __init__(self, most: int, encoding: str) -> None:
        self._left, self._left_packed = most, most
        self._pieces: list[bytes] = []
        packed = encoding.strip().lower() in ("gzip", "x-gzip")
        self._unpacker = zlib.decompressobj(GZIP) if packed else None

    def take(self, piece: bytes) -> None:
        """Keep a piece.

        Raises:
            Overlong: it is more than may come.
        """
        self._left_packed -= len(piece)
        if self._unpacker:
            piece = self._unpacker.decompress(piece, self._left + 1)
        self._left -= len(piece)
        if self._left < 0 or self._left_packed < 0:
            raise Overlong
        self._pieces.append(piece)

    def whole(self) -> bytes:
        """All of it."""
        return b"".join(self._pieces)
