"""A reply costs no more than its limit, whatever its server sends."""

from __future__ import annotations

import contextlib
import gzip
import json
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import psutil
import pytest

from logminer.checkpoints.endpoint import Endpoint
from logminer.errors import CheckpointError
from tests.kit.asking import ask
from tests.kit.openai_server import Fault, Server, completion, openai_server

MEGA = 1_000_000
WHOLE = json.dumps(completion(content="Yes."))


@pytest.fixture
def server() -> Iterator[Server]:
    with openai_server() as running:
        yield running


def endpoint(server: Server, **options: Any) -> Endpoint:
    return Endpoint(**{"name": "sft", "url": server.url, "model": "m", "pause_s": 0.01, **options})


@contextlib.contextmanager
def grown() -> Iterator[Callable[[], int]]:
    """By how many bytes this process was larger at most than in the beginning."""
    process, over = psutil.Process(), threading.Event()
    before = peak = process.memory_info().rss

    def watch() -> None:
        nonlocal peak
        while not over.wait(0.005):
            peak = max(peak, process.memory_info().rss)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield lambda: peak - before
    finally:
        over.set()
        watching.join()


def reply(*headers: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", "Content-Type: application/json", *headers, "", ""]
    return "\r\n".join(lines).encode()


def forever(out: BinaryIO) -> None:
    out.write(reply("Transfer-Encoding: chunked"))
    block = b"C" * MEGA
    while True:
        out.write(b"%x\r\n" % len(block) + block + b"\r\n")


def big(out: BinaryIO) -> None:
    out.write(reply(f"Content-Length: {700 * MEGA}"))
    for _ in range(700):
        out.write(b"B" * MEGA)


def bomb(out: BinaryIO) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    packed = b"".join(packer.compress(b"A" * MEGA) for _ in range(200)) + packer.flush()
    out.write(reply("Content-Encoding: gzip", f"Content-Length: {len(packed)}") + packed)


@pytest.mark.parametrize("write", [forever, big, bomb])
def test_a_body_without_end_is_cut_off_and_asked_for_once(
    server: Server, write: Callable[[BinaryIO], None]
) -> None:
    server.plan = {"q": [Fault.raw(write)]}
    ask(endpoint(server), "warm")
    with grown() as grew:
        answers = ask(endpoint(server), "q", "r")
    assert [a.error for a in answers] == ["too_large", None]
    assert server.texts().count("q") == 1
    assert grew() < 50 * MEGA


def test_many_pieces_are_too_much_as_well(server: Server) -> None:
    said = json.loads(WHOLE)
    wide = {"lists": [[]] * 2 * MEGA, "words": ["ab"] * MEGA, "numbers": [0.5] * MEGA}
    server.plan = {
        name: [Fault.body(json.dumps(said | {"more": more}, separators=(",", ":")))]
        for name, more in wide.items()
    }
    ask(endpoint(server), "warm")
    with grown() as grew:
        assert {a.error for a in ask(endpoint(server), *wide)} == {"too_large"}
    assert grew() < 100 * MEGA  # three at once, and the server encodes its texts in this process


def test_the_limit_is_the_users(server: Server) -> None:
    long = json.dumps(completion(content="word " * 10_000))
    server.plan = {"q": [Fault.body(long)]}
    short = endpoint(server, replay={"max_response_bytes": 20_000})
    assert ask(short, "q")[0].error is None  # what the stage holds is what counts
    assert ask(short, "q", max_response_bytes=20_000)[0].error == "too_large"
    assert ask(short, "q", max_response_bytes=60_000)[0].error is None


def test_what_is_packed_is_unpacked(server: Server) -> None:
    packed = gzip.compress(WHOLE.encode())

    def write(out: BinaryIO) -> None:
        out.write(reply("Content-Encoding: gzip", f"Content-Length: {len(packed)}") + packed)

    def broken(out: BinaryIO) -> None:
        out.write(reply("Content-Encoding: gzip", "Content-Length: 9") + b"no gzip  ")

    server.plan = {"q": [Fault.raw(write)], "r": [Fault.raw(broken)]}
    answers = ask(endpoint(server, attempts=2), "q", "r")
    assert [a.error for a in answers] == [None, "malformed_answer"]


def test_headers_without_end_and_dripping_bytes_end_too(server: Server) -> None:
    def headers(out: BinaryIO) -> None:
        out.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            out.write(b"X-More: " + b"a" * 1000 + b"\r\n")

    def drip(out: BinaryIO) -> None:
        out.write(reply("Content-Length: 1000000"))
        while True:
            out.write(b" ")
            out.flush()
            time.sleep(0.05)

    server.plan = {"q": [Fault.raw(headers)], "r": [Fault.raw(drip)]}
    begun = time.monotonic()
    answers = ask(endpoint(server, attempts=2), "q", "r", "s", timeout_s=0.5)
    assert [a.error for a in answers] == ["connection", "timeout", None]
    assert time.monotonic() - begun < 10


def test_the_list_of_models_has_the_same_limit(server: Server) -> None:
    server.models = Fault.body("[" + "0," * 10 * MEGA + "0]")
    with grown() as grew, pytest.raises(CheckpointError, match="more than 8,000,000 bytes"):
        endpoint(server).check()
    assert grew() < 80 * MEGA  # the server encodes its text in this process
