"""A program called `vllm` that serves as `vllm serve` does, as far as a client can tell, and dies on request.

It takes the arguments and the environment that the real one takes, and notes how it was started and what it was asked in
`FAKE_VLLM`, a folder. What it does otherwise is said there, for one start after the other: `slow`, the seconds until it is up;
`die`, after how many answers; `fail`, with which last words; `open`, that it is somebody else, who asks for no key.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

__all__ = ["FakeVllm"]


class FakeVllm:
    """The program in a folder of its own, seen from outside."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.program = folder / "vllm"
        # Its environment is the server's, in which nobody can be told where to write: the program knows.
        self.program.write_text(
            f"#!/bin/sh\nFAKE_VLLM='{folder}' exec '{sys.executable}' -S '{__file__}' \"$@\"\n"
        )
        self.program.chmod(0o700)

    def plan(self, *starts: Mapping[str, float | str]) -> None:
        """What it does otherwise, the next times that it is started."""
        (self.folder / "plan").write_text(json.dumps(starts))

    def starts(self) -> list[dict[str, Any]]:
        """How it was started: `argv`, `environment`, `pids` of the server and of what that has started."""
        return _lines(self.folder / "starts")

    def asked(self) -> list[dict[str, Any]]:
        """The bodies of requests."""
        return _lines(self.folder / "asked")


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _note(name: str, what: object) -> None:
    with (Path(os.environ["FAKE_VLLM"]) / name).open("a") as file:
        file.write(json.dumps(what) + "\n")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    left: float = float("inf")
    open = False
    lock = threading.Lock()

    def log_message(self, *args: Any) -> None:
        sys.stderr.write(f"asked {args}\n")  # the real one talks, too

    def do_GET(self) -> None:
        self._send(200 if self.open or self._knows_key else 401, {})

    @property
    def _knows_key(self) -> bool:
        return self.headers["Authorization"] == f"Bearer {os.environ['VLLM_API_KEY']}"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self._knows_key:
            self._send(401, {"error": "Unauthorized"})
            return
        with self.lock:
            if body["messages"][-1]["content"] != "Hello":
                _note("asked", body)
            type(self).left -= 1
            if type(self).left < 0:
                sys.stderr.write("prompt_token_ids=[17, 4]\n")
                os.kill(os.getpid(), signal.SIGKILL)
        said = f"re: {body['messages'][-1]['content']}"
        message = {"role": "assistant", "content": said, "reasoning": "hm"}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        usage = {"prompt_tokens": 7, "completion_tokens": 3}
        who = {"model": body["model"], "system_fingerprint": "vllm-0.33.0-tp1-0a1b2c3d"}
        self._send(200, {**who, "choices": [choice], "usage": usage})

    def _send(self, status: int, body: Mapping[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _serve(argv: Sequence[str]) -> None:
    folder = Path(os.environ["FAKE_VLLM"])
    path = folder / "plan"
    plan, *later = json.loads(path.read_text()) if path.exists() else [{}]
    path.write_text(json.dumps(later or [{}]))
    engine = subprocess.Popen(["/bin/sleep", "600"])  # as the real one's, a process of its own
    pids = [os.getpid(), engine.pid]
    _note("starts", {"argv": argv, "environment": dict(os.environ), "pids": pids})
    if "fail" in plan:
        sys.exit(plan["fail"])
    time.sleep(plan.get("slow", 0))
    _Handler.left, _Handler.open = plan.get("die", _Handler.left), "open" in plan
    where = (argv[argv.index("--host") + 1], int(argv[argv.index("--port") + 1]))
    ThreadingHTTPServer.request_queue_size = 128
    ThreadingHTTPServer(where, _Handler).serve_forever()


if __name__ == "__main__":
    _serve(sys.argv[1:])
