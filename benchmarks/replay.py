"""Prompts per second of replay against a server of 64 slots that takes 200 ms an answer: a bare asyncio client that does
nothing but ask (baseline), and the whole stage: asking, anonymising what comes back, keeping it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pyarrow as pa

from benchmarks.harness import Row, report
from logminer import ids
from logminer.checkpoints.base import Sampling
from logminer.checkpoints.endpoint import Endpoint
from logminer.privacy.options import AnonymiseOptions
from logminer.runners.flow import flow
from logminer.runners.local import PoolRunner
from logminer.schemas import PROMPTS
from logminer.stages.replay import Replay
from logminer.stages.step import Step
from logminer.store.parts import PartFolder

PROMPT_COUNT = 10_000
PART_ROWS = 512
SLOTS, LATENCY_S = 64, 0.2
SERVER = Path(__file__).parent.parent / "tests" / "kit" / "faulty_server.py"


class Part(NamedTuple):
    """A slice of invented prompts, made where it is read."""

    first: int
    rows: int

    @property
    def part(self) -> str:
        return f"invented-{self.first:09d}"

    @property
    def text_bytes(self) -> int:
        return self.rows * len(_text(self.first))

    def read(self) -> pa.Table:
        numbers = range(self.first, self.first + self.rows)
        return pa.Table.from_pylist(list(map(_prompt, numbers)), schema=PROMPTS.schema)


def _text(number: int) -> str:
    return f"I have to give a talk next week. Please tell me what is known of item{number}"


def _prompt(number: int) -> dict[str, Any]:
    return {
        "prompt_id": f"p{number}",
        "conversation_id": f"c{number}",
        "split": "discovery",
        "turn_index": 0,
        "messages": [{"role": "user", "content": _text(number)}],
        "language": "en",
        "attributes": [],
        "redactions": [],
        "content_key": f"k{number}",
    }


@contextlib.contextmanager
def server(folder: Path) -> Iterator[int]:
    """The port of a server that never fails."""
    arguments = [str(folder), "{}", str(SLOTS), str(LATENCY_S)]
    process = subprocess.Popen([sys.executable, str(SERVER), *arguments])
    try:
        while not (folder / "port").exists():
            time.sleep(0.05)
        yield int((folder / "port").read_text())
    finally:
        process.kill()
        process.wait()


def main() -> None:
    with tempfile.TemporaryDirectory() as name, server(Path(name)) as port:
        limit = asyncio.run(_bare(port, PROMPT_COUNT))
        ours, memory = _replay(Path(name), port)
    unit = f"prompts/s, {SLOTS} slots, {1000 * LATENCY_S:.0f} ms"
    rows = [
        Row("server_limit", round(limit, 1), unit, 1.0),
        Row("logminer", round(ours, 1), unit, ours / limit),
    ]
    first = memory[0][1]
    rows += [Row(f"memory_{n}", round(mb, 1), "MB of the process", mb / first) for n, mb in memory]
    report("replay", rows, 0.9, "logminer")


async def _bare(port: int, count: int) -> float:
    """Prompts per second, with as many connections as the server has slots."""
    numbers = iter(range(count))

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in numbers:
            messages = [{"role": "user", "content": _text(number)}]
            body = json.dumps({"model": "m", "messages": messages}).encode()
            head = f"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body)
            answer = (await reader.readuntil(b"\r\n\r\n")).lower()
            size = int(answer.split(b"content-length: ")[1].split(b"\r\n")[0])
            json.loads(await reader.readexactly(size))
        writer.close()

    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(SLOTS):
            group.create_task(one())
    return count / (time.perf_counter() - started)


def _replay(folder: Path, port: int) -> tuple[float, list[tuple[int, float]]]:
    """Prompts per second, and the resident memory of the process that replays, in MB, by prompts answered."""
    stage = Replay(
        checkpoint=Endpoint(name="m", url=f"http://127.0.0.1:{port}/v1", model="m"),
        sampling=Sampling(),
        anonymise=AnonymiseOptions(),
        project="bench",
        key_id=ids.Pseudonyms(ids.load_key(create=True), "bench").key_id,
    )
    step = Step(stage, PartFolder(folder, stage.label, stage.fingerprint("bench")), None)
    runner = PoolRunner(1)
    memory: list[tuple[int, float]] = []
    try:
        list(flow([step], [Part(PROMPT_COUNT, 64)], runner))  # opens the stage
        (process,) = (c for c in psutil.Process().children() if "spawn_main" in str(c.cmdline()))
        parts = [
            Part(first, min(PART_ROWS, PROMPT_COUNT - first))
            for first in range(0, PROMPT_COUNT, PART_ROWS)
        ]
        started, done = time.perf_counter(), 0
        for number, part in enumerate(flow([step], parts, runner), 1):
            done += part.rows_out
            if number % 5 == 0:
                memory.append((done, process.memory_info().rss / 1e6))
        return PROMPT_COUNT / (time.perf_counter() - started), memory
    finally:
        runner.close()
