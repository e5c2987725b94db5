"""A server that speaks OpenAI's chat API and fails by a seeded plan, as a process of its own.

    python faulty_server.py FOLDER FAULTS [SLOTS LATENCY_S]

FAULTS is JSON, fault → share of the requests: `429`, `500`, `hang`, `truncated`, `malformed`. Which request fails how is
a hash of the prompt and of how often it was asked. The port is written to FOLDER/port; every request leaves a line in
FOLDER/log: the prompt's last word and what became of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["FaultyServer", "faulty_server"]


class FaultyServer(NamedTuple):
    """The running process, seen from outside."""

    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{(self.folder / 'port').read_text()}/v1"

    def asked(self) -> list[tuple[str, str]]:
        """(last word of the prompt, what became of it) of each request so far."""
        lines = (self.folder / "log").read_text().splitlines()
        return [(word, fate) for word, fate in (line.split(" ") for line in lines)]

    def fates(self) -> Counter[str]:
        return Counter(fate for _, fate in self.asked())


@contextlib.contextmanager
def faulty_server(
    folder: Path, faults: Mapping[str, float], slots: int = 64, latency_s: float = 0.01
) -> Iterator[FaultyServer]:
    """Start it, and kill it at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "port").unlink(missing_ok=True)
    arguments = [str(folder), json.dumps(dict(faults)), str(slots), str(latency_s)]
    process = subprocess.Popen([sys.executable, __file__, *arguments])
    try:
        while not (folder / "port").exists():
            assert process.poll() is None
            time.sleep(0.02)
        yield FaultyServer(folder, process)
    finally:
        process.kill()
        process.wait()


class _Server:
    def __init__(
        self, folder: Path, faults: Mapping[str, float], slots: int, latency_s: float
    ) -> None:
        self.folder, self.faults, self.latency_s = folder, faults, latency_s
        self.slots = asyncio.Semaphore(slots)
        self.times: dict[str, int] = defaultdict(int)
        self.log = (folder / "log").open("a", buffering=1)

    def fate(self, text: str) -> str:
        """How this request ends: 'fine' or a fault."""
        self.times[text] += 1
        digest = hashlib.sha256(f"{self.times[text]}\0{text}".encode()).digest()
        place = int.from_bytes(digest[:8], "big") / 2**64
        for fault, share in self.faults.items():
            if place < share:
                return fault
            place -= share
        return "fine"

    async def serve(self) -> None:
        server = await asyncio.start_server(self.connection, "127.0.0.1", 0, backlog=512)
        port = self.folder / ".port"
        port.write_text(str(server.sockets[0].getsockname()[1]))
        os.replace(port, self.folder / "port")
        async with server:
            await server.serve_forever()

    async def connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                headers = dict(
                    line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line
                )
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                if head.startswith("GET"):
                    self.send(writer, 200, {"object": "list", "data": []})
                elif not await self.answer(reader, writer, json.loads(body)):
                    break
        writer.close()

    async def answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: dict[str, Any]
    ) -> bool:
        """Whether the connection goes on."""
        text = body["messages"][-1]["content"]
        fate = self.fate(text)
        self.log.write(f"{text.split()[-1]} {fate}\n")
        if fate == "429":
            self.send(writer, 429, {"error": {"message": text}}, "Retry-After: 1\r\n")
            return True
        if fate == "500":
            self.send(writer, 500, {"error": {"message": text}})
            return True
        if fate == "hang":  # no answer until the client hangs up
            await reader.read()
            return False
        async with self.slots:
            await asyncio.sleep(self.latency_s)
        if fate == "malformed":
            self.send(writer, 200, {"choices": text})
            return True
        whole = completion(text)
        if fate == "truncated":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + whole[:40])
            await writer.drain()
            return False
        self.send(writer, 200, whole)
        return True

    def send(self, writer: asyncio.StreamWriter, status: int, body: Any, extra: str = "") -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{extra}Content-Length: {len(data)}\r\n\r\n"
        writer.write(head.encode() + data)


def completion(text: str) -> bytes:
    """The answer to a prompt: the same each time."""
    number = int(hashlib.sha256(text.encode()).hexdigest()[:4], 16)
    said = f"As to {text.split()[-1]}, I would say {number}." if number % 3 else "I can't help."
    message = {"role": "assistant", "content": said}
    usage = {"prompt_tokens": 4 + len(text) // 4, "completion_tokens": 5 + number % 7}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    return json.dumps(
        {
            "id": "x",
            "object": "chat.completion",
            "model": "m-1",
            "choices": [choice],
            "usage": usage,
        }
    ).encode()


if __name__ == "__main__":
    place, shares, *numbers = sys.argv[1:]
    slots, latency = (int(numbers[0]), float(numbers[1])) if numbers else (64, 0.01)
    asyncio.run(_Server(Path(place), json.loads(shares), slots, latency).serve())
