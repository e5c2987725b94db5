"""A real HTTP server that speaks OpenAI's chat API and fails on request. It records what it was sent."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, BinaryIO

SECRET_WORDS = "zebra-words-of-the-server"
KEY = "sk-test"


def completion(**message: Any) -> dict[str, Any]:
    finish = message.pop("finish_reason", "stop")
    return {
        "id": "x",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "finish_reason": finish, "message": message}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
    }


class Fault:
    """Named ways to fail; `Server.plan` maps a prompt's text to the ways of its first, second, … request."""

    @staticmethod
    def status(code: int, error: dict[str, Any] | None = None, **headers: str) -> Any:
        body = {"error": {"message": SECRET_WORDS, "type": "t", "code": None, **(error or {})}}
        return (code, json.dumps(body), headers)

    @staticmethod
    def body(text: str) -> Any:
        return (200, text, {})

    @staticmethod
    def raw(write: Callable[[BinaryIO], None]) -> Any:
        """Whatever is written, headers and all, until the client has had enough."""
        return ("raw", write)

    HANG = ("hang",)
    TRUNCATED = ("truncated",)
    CLOSED = ("closed",)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # as many clients may knock at once

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.plan: dict[str, list[Any]] = {}
        self.everybody: Any = (
            None  # the way for every prompt that the plan does not know; None answers
        )
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.times: list[float] = []
        self.models: Any = (200, json.dumps({"object": "list", "data": []}), {})
        self.in_flight = self.most_in_flight = 0
        self.lock = threading.Lock()

    def texts(self) -> list[str]:
        """What was asked, without the harmless word."""
        asked = [body["messages"][-1]["content"] for body in self.bodies]
        return [text for text in asked if text != "Hello"]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.server.headers.append({k.lower(): v for k, v in self.headers.items()})
        self._send(*self.server.models)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = body["messages"][-1]["content"]
        server = self.server
        with server.lock:
            server.bodies.append(body)
            server.headers.append({k.lower(): v for k, v in self.headers.items()})
            server.times.append(time.monotonic())
            server.in_flight += 1
            server.most_in_flight = max(server.most_in_flight, server.in_flight)
            plan = server.plan.get(text, [])
            step = plan.pop(0) if len(plan) > 1 else plan[0] if plan else server.everybody
            step = step(body) if callable(step) else step
        try:
            self._act(step, text, body)
        finally:
            with server.lock:
                server.in_flight -= 1

    def _act(self, step: Any, text: str, body: dict[str, Any]) -> None:
        if isinstance(step, tuple) and step[0] == "raw":
            self.close_connection = True
            with contextlib.suppress(OSError):
                step[1](self.wfile)
        elif step == Fault.HANG:
            time.sleep(1.0)
            self.close_connection = True
        elif step == Fault.CLOSED:
            self.close_connection = True
        elif step == Fault.TRUNCATED:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "5000")
            self.end_headers()
            self.wfile.write(b'{"choices": [')
            self.close_connection = True
        elif isinstance(step, dict):
            self._send(200, json.dumps(step), {})
        elif step:
            self._send(*step)
        else:
            time.sleep(0.005)
            self._send(200, json.dumps(completion(role="assistant", content=f"re: {text}")), {})

    def _send(self, status: int, text: str, headers: dict[str, str]) -> None:
        data = text.encode()
        with contextlib.suppress(OSError):  # the client may have given up
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(data)


@contextlib.contextmanager
def openai_server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
