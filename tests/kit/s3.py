"""An S3 server on loopback (moto's), which fails where it is told to; and what lies in it."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import Request, urlopen

import pytest

from logminer.files.objects import ObjectPath

__all__ = ["Bucket", "Fault", "bucket"]


class Fault(NamedTuple):
    """What becomes of the next requests of a kind.

    Attributes:
        method: GET, PUT, HEAD, DELETE.
        ends: how the object's name ends.
        what: an HTTP status; `cut`: the connection ends in the middle of the answer; `lost`: it is done, and the connection
            ends before the answer; `slow`: a second passes; `ok`: nothing.
        times: so many of them.
    """

    method: str
    ends: str
    what: int | str
    times: int = 1


class Bucket:
    """One bucket of the server; everything that was asked, and what fails."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app
        self._faults: list[list[Any]] = []
        self._lock = threading.Lock()
        self.asked: list[tuple[str, str]] = []  # (method, name of the object)
        self.root = ObjectPath("s3://dumps")

    def fail(self, *faults: Fault) -> None:
        """Let requests fail; each fault as often as it says, then no more."""
        self._faults += [[fault, fault.times] for fault in faults]

    def count(self, method: str, ends: str = "") -> int:
        """Requests so far."""
        return sum(m == method and name.endswith(ends) for m, name in self.asked)

    def put(self, name: str, content: bytes | Path) -> ObjectPath:
        """Put an object in the place of any other."""
        place = self.root / name
        place.unlink(missing_ok=True)
        place.put(content.read_bytes() if isinstance(content, Path) else content)
        return place

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        method, name = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        with self._lock:
            self.asked.append((method, name))
            what = self._next(method, name)
        if isinstance(what, int):
            start(f"{what} Failed", [("Content-Length", "0")])
            return [b""]
        if what == "slow":
            time.sleep(1)
        if what == "lost":
            b"".join(self._app(environ, lambda *said: None))  # type: ignore[arg-type]
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionResetError
        answer = self._app(environ, start)
        return self._cut(answer) if what == "cut" else answer

    def _next(self, method: str, name: str) -> int | str | None:
        for one in self._faults:
            fault, left = one
            if left and fault.method == method and name.endswith(fault.ends):
                one[1] -= 1
                return str(fault.what) if isinstance(fault.what, str) else int(fault.what)
        return None

    def _cut(self, answer: Iterable[bytes]) -> Iterator[bytes]:
        whole = b"".join(answer)
        yield whole[: len(whole) // 2]
        raise ConnectionResetError


@contextlib.contextmanager
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """A server with one empty bucket, and the environment that leads to it."""
    from moto.moto_server.werkzeug_app import (
        DomainDispatcherApplication,
        MotoRequestHandler,
        create_backend_app,
    )
    from werkzeug.serving import make_server

    class Quiet(MotoRequestHandler):  # type: ignore[misc]
        def log(self, *args: Any) -> None:
            """Nothing."""

    served = Bucket(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, served, threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    for name, value in {
        "AWS_ENDPOINT_URL": url,
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "a-secret-of-tests",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    urlopen(Request(f"{url}/moto-api/reset", method="POST")).close()
    urlopen(Request(f"{url}/dumps", method="PUT")).close()
    try:
        yield served
    finally:
        server.shutdown()
