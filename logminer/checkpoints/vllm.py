"""A model on this machine's GPUs: `vllm serve`, started by the process that asks it, and asked as any endpoint is.

The server hears on loopback alone, wants a key that nobody else is told, finds itself offline, and ends with the process
that started it. What it prints is read so that it does not wait, and kept only until it has been asked something.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import os
import re
import secrets
import shutil
import socket
import sys
import threading
import time
import weakref
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self

from pydantic import AfterValidator, Field, JsonValue

from logminer.checkpoints.asking.asker import Fault
from logminer.checkpoints.asking.served import Chatty, ServedAnswerer
from logminer.checkpoints.asking.stored import refuse_credentials
from logminer.checkpoints.asking.words import Wish
from logminer.checkpoints.base import Answer, Answerer, Given, Prompt, Request, Sampling
from logminer.checkpoints.endpoint import ChatServer, Endpoint, Extra
from logminer.errors import CheckpointAway, CheckpointError, LogminerError, ModelError, Stopped
from logminer.files.identity import files_identity
from logminer.ids import KEY_FILE_VARIABLE, KEY_VARIABLE, Pseudonyms
from logminer.models.packaged import OFFLINE, go_offline
from logminer.models.trust import unloadable
from logminer.process import stopping
from logminer.process.child import Child
from logminer.spec import incidental

__all__ = ["Vllm"]

LOOPBACK = "127.0.0.1"
LOOK_S = (0.1, 2.0)  # between two looks whether it is up: at first, and at most
PAUSE_S, PATIENCE_S = 0.1, 1.0  # with one that is not there: nobody else would start it
LOOKED_S = 5.0  # for the answer to such a look
SAID = re.compile(r"(?:\b[A-Za-z_][\w.]*(?:Error|Exception)|\berror): .*")
AFTERWARDS = re.compile(
    r"See (?:root cause|stack trace) above|Engine core|WorkerProc initialization"
)
MOST_SAID = 300
MENDS = (
    (
        re.compile(r"memory|KV cache", re.IGNORECASE),
        "set `gpu_memory_utilization` or `context_length` lower, or `devices` of its own for each checkpoint",
    ),
    (
        re.compile(r"batch.?invarian", re.IGNORECASE),
        "set `batch_invariant: false`, where the GPU or the model knows none",
    ),
)

# What nobody else may say: where the server hears and who may ask, what it writes, whose code it runs, and what has an
# option of its own. An argument may be shortened, so what one of these begins with is refused as well.
OURS = (
    *("--host", "--port", "--uds", "--api-key", "--config", "--headless", "--middleware"),
    *("--enable-log-requests", "--enable-log-outputs", "--log-config-file"),
    *("--trust-remote-code", "--model", "--served-model-name", "--generation-config"),
    *("--tensor-parallel-size", "--pipeline-parallel-size", "--data-parallel-size"),
    *("--max-model-len", "--dtype", "--quantization", "--gpu-memory-utilization"),
    *("--max-num-seqs", "--reasoning-parser", "--tool-call-parser", "--enable-auto-tool-choice"),
)
SHORT = ("-tp", "-pp", "-dp", "-q")
# Settings that lie about there would be taken up undeclared, and the key to the pseudonyms is nobody's business.
HIDDEN = re.compile(rf"VLLM_.*|OPENAI_.*|{KEY_VARIABLE}|{KEY_FILE_VARIABLE}")
QUIET = {
    **OFFLINE,
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_LOGGING_LEVEL": "WARNING",  # what is above it may quote requests
    "RAY_USAGE_STATS_ENABLED": "0",
}


def _not_ours(arguments: tuple[str, ...]) -> tuple[str, ...]:
    for argument in arguments:
        name = argument.split("=")[0].split(".")[0].replace("_", "-")
        if name in SHORT or (name[:2] == "--" and any(one.startswith(name) for one in OURS)):
            raise ValueError(f"cannot hold {name}")
    return arguments


def _environment(said: dict[str, str]) -> dict[str, str]:
    if taken := QUIET.keys() & said.keys() | {"VLLM_API_KEY", "VLLM_BATCH_INVARIANT"} & said.keys():
        raise ValueError(f"cannot set {', '.join(sorted(taken))}")
    refuse_credentials(dict(said))
    return said


class Vllm(Chatty):
    """A transformers folder, served by vLLM on this machine's GPUs.

    Attributes:
        path: the folder, or a name in the local model cache; incidental, for the weights are fingerprinted.
        command: the program, by name or path; null: `vllm` of this Python, else of the `PATH`.
        context_length: tokens of prompt and answer together (`--max-model-len`); null: as many as the model knows.
        dtype: numbers that it computes with; `auto`: those of the weights.
        quantization: how the weights are quantised while they are loaded, as vLLM names it; null: as they are.
        tensor_parallel_size: GPUs that share the model.
        devices: which GPUs, by number; null: all that are visible, or those that Ray gives.
        gpu_memory_utilization: share of each GPU's memory that it takes; two servers on one GPU have to share it.
        max_num_seqs: requests that it computes together at most; null: as vLLM chooses. Part of the fingerprint only
            where answers depend on it: without `batch_invariant`.
        batch_invariant: kernels under which an answer does not depend on what is computed beside it, at some cost of
            speed; an older GPU (compute capability below 8.0) has none.
        reasoning_parser: how vLLM tells thoughts from the answer, by its name for it; null: they are told from tags.
        tool_call_parser: how it reads calls of tools, by its name for it; null: it is offered none.
        extra_args: further arguments of `vllm serve`, as they stand.
        environment: further variables of its environment; those of this process that begin with `VLLM_` are left out.
        extra: further fields of each request, as they stand; null takes one out (`max_tokens: null`).
        start_timeout_s: how long loading the weights may take.
    """

    kind: Literal["vllm"] = "vllm"
    path: str = incidental(min_length=1)
    command: str | None = incidental(None, min_length=1)
    context_length: int | None = Field(None, ge=16)
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = "auto"
    quantization: str | None = Field(None, pattern=r"^[\w.-]+$")
    tensor_parallel_size: int = Field(1, ge=1)
    devices: tuple[int, ...] | None = incidental(None, min_length=1)
    gpu_memory_utilization: float = incidental(0.9, gt=0, le=1)
    max_num_seqs: int | None = Field(None, ge=1)
    batch_invariant: bool = True
    reasoning_parser: str | None = Field(None, pattern=r"^[\w.-]+$")
    tool_call_parser: str | None = Field(None, pattern=r"^[\w.-]+$")
    extra_args: Annotated[tuple[str, ...], AfterValidator(_not_ours)] = ()
    environment: Annotated[dict[str, str], AfterValidator(_environment)] = {}
    extra: Extra = {}
    start_timeout_s: float = incidental(1800.0, gt=0)

    @property
    def model_name(self) -> str | None:
        return Path(self.path).name

    @property
    def resources(self) -> Mapping[str, float]:
        return {"gpu": float(self.tensor_parallel_size)}

    @property
    def holds_shape(self) -> bool:
        return True

    @property
    def takes_tools(self) -> bool:
        return self.tool_call_parser is not None

    def rooted(self, base: Path) -> Self:
        update: dict[str, Any] = {}
        if (base / self.path).exists() or not _cached(self.path):
            update["path"] = str(base / self.path)
        if self.command and os.sep in self.command:
            update["command"] = str(base / self.command)
        return self.model_copy(update=update)

    def options(self) -> dict[str, Any]:
        options = super().options()
        if self.batch_invariant:
            options.pop("max_num_seqs")
        return {**options, "weights": files_identity(self.weights())}

    def check(self) -> None:
        self.weights()
        self.program()

    def open(self, sampling: Sampling, pseudonyms: Pseudonyms) -> Answerer:
        return _Vllm(self, sampling)

    def weights(self) -> Path:
        """The folder that holds them.

        Raises:
            ModelError: there is none.
        """
        path = Path(self.path)
        if not path.exists():
            path = _cached(self.path) or path
        if (path / "config.json").is_file():
            return path
        raise ModelError(
            f"checkpoint {self.name}: {self.path}: neither a transformers folder (with config.json) nor a name in the local"
            " model cache, and nothing is downloaded"
        )

    def program(self) -> str:
        """The path of `vllm`.

        Raises:
            ModelError: it is not installed.
        """
        beside = Path(sys.executable).with_name("vllm")
        wanted = self.command or (str(beside) if beside.exists() else "vllm")
        if found := shutil.which(wanted):
            return found
        raise ModelError(
            f"checkpoint {self.name}: `{wanted}` is not installed: pip install vllm, into this environment or one whose"
            " program `command` names"
        )

    def serve(self) -> list[str]:
        """The command line, but for the port."""
        said: dict[str, Any] = {
            "--host": LOOPBACK,
            "--served-model-name": self.model_name,
            # The folder's own defaults (penalties, top_k) are not what the user declared.
            "--generation-config": "vllm",
            "--tensor-parallel-size": self.tensor_parallel_size,
            "--gpu-memory-utilization": self.gpu_memory_utilization,
            "--dtype": self.dtype,
            "--quantization": self.quantization,
            "--max-model-len": self.context_length,
            "--max-num-seqs": self.max_num_seqs,
            "--reasoning-parser": self.reasoning_parser,
            "--tool-call-parser": self.tool_call_parser,
        }
        command = [self.program(), "serve", str(self.weights())]
        for argument, value in said.items():
            command += [] if value is None else [argument, str(value)]
        command += ["--enable-auto-tool-choice"] if self.takes_tools else []
        return [*command, "--disable-uvicorn-access-log", *self.extra_args]

    def surroundings(self) -> dict[str, str]:
        """The server's environment, but for its key."""
        ours = {name: value for name, value in os.environ.items() if not HIDDEN.fullmatch(name)}
        set_here = {"VLLM_BATCH_INVARIANT": "1"} if self.batch_invariant else {}
        if self.devices is not None:
            set_here["CUDA_VISIBLE_DEVICES"] = ",".join(map(str, self.devices))
        return ours | self.environment | set_here | QUIET


def _cached(name: str) -> Path | None:
    """The folder of a model in the local cache of Hugging Face; None where that has no such."""
    go_offline()
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    with contextlib.suppress(HFValidationError, LocalEntryNotFoundError):
        return Path(snapshot_download(name, local_files_only=True))
    return None


class _Loopback(Endpoint):
    """The server of a `Vllm`, as the endpoint that it is."""

    address: ClassVar[str] = "`path`"

    @property
    def place(self) -> str:
        return "(vllm on this machine)"

    def adaptation(self, wish: Wish, sampling: Sampling) -> dict[str, JsonValue]:
        return {}  # it takes every field

    def _never_answered(self, fault: Fault, told: str) -> CheckpointError:
        if fault.code == "connection" and fault.lost:
            return self.error("ended before it had answered anybody")
        return super()._never_answered(fault, told)


class _Vllm:
    """Asks in an order in which prompts that begin alike follow each other: what they share is computed once."""

    def __init__(self, vllm: Vllm, sampling: Sampling) -> None:
        engine = _engine(vllm)
        alike = vllm.model_dump(
            include={"name", "system", "system_role", "merge_turns", "extra"}, round_trip=True
        )
        endpoint = _Loopback(
            url=engine.url,
            model=str(vllm.model_name),
            pause_s=PAUSE_S,
            patience_s=PATIENCE_S,
            **alike,
        )
        client = ChatServer(endpoint, sampling.timeout_s, sampling.max_response_bytes, engine.key)
        line = _Line(engine, client)
        self._asked = ServedAnswerer(endpoint, sampling, line.send)

    def answer(self, prompts: Sequence[Prompt]) -> Iterator[Given]:
        order = sorted(range(len(prompts)), key=lambda place: _beginning(prompts[place]))
        for place, sample, answer in self._asked.answer([prompts[place] for place in order]):
            yield Given(order[place], sample, answer)


def _beginning(prompt: Prompt) -> list[tuple[str, str]]:
    return [(message["role"], message["content"] or "") for message in prompt.messages]


class _Line(NamedTuple):
    """What goes to an engine, which is started once more if it dies."""

    engine: _Engine
    client: ChatServer

    async def send(self, request: Request) -> Answer:
        """The answer, or a `Fault`."""
        try:
            answer = await self.client.send(request)
        except Fault as fault:
            if fault.code == "connection":
                await asyncio.to_thread(self.engine.revive)
            raise
        self.engine.proven = True
        return answer


_engines: weakref.WeakValueDictionary[str, _Engine] = weakref.WeakValueDictionary()
_starting = threading.Lock()


def _engine(vllm: Vllm) -> _Engine:
    """The running server, where this process has one that was started in the same way: a GPU has no room for two.

    Raises:
        CheckpointAway, ModelError, Stopped: as `_Engine.ready`.
    """
    how = repr((vllm.serve(), vllm.surroundings()))
    with _starting:
        engine = _engines.setdefault(how, _Engine(vllm))
        engine.ready()
    return engine


class _Engine:
    """A server, to be started.

    Attributes:
        url: where it answers.
        key: what it wants to be told.
        proven: whether it has answered since it was started.
    """

    def __init__(self, vllm: Vllm) -> None:
        with socket.socket() as free:
            free.bind((LOOPBACK, 0))
            self._port: int = free.getsockname()[1]
        self.url, self.key = f"http://{LOOPBACK}:{self._port}/v1", secrets.token_hex(32)
        self.proven = False
        self._vllm, self._lock = vllm, threading.Lock()
        self._child: Child | None = None

    def ready(self) -> None:
        """Start it, where it does not run.

        Raises:
            CheckpointAway: it does not come up, which it may do later.
            ModelError: the model wants code of its own.
            Stopped: it was wished meanwhile.
        """
        with self._lock:
            if self._child is None or self._child.status is not None:
                self.proven = False
                self._child = self._started()

    def revive(self) -> None:
        """Start it anew where it has died; if it has not answered since it was last started, it stays dead."""
        if self.proven:
            with contextlib.suppress(LogminerError):  # it is as unreachable as it was
                self.ready()

    def _started(self) -> Child:
        vllm, (pause_s, longest_s) = self._vllm, LOOK_S
        try:
            child = Child(
                [*vllm.serve(), "--port", str(self._port)],
                vllm.surroundings() | {"VLLM_API_KEY": self.key},
            )
        except OSError as error:
            raise self._failed(f"cannot be started: {os.strerror(error.errno or 0)}") from None
        began = time.monotonic()
        while True:
            if (status := child.status) is not None:
                raise self._failed(_ending(status), child.said())
            if self._is_up():
                break
            if stopping.requested():
                child.end()
                raise Stopped
            if time.monotonic() > began + vllm.start_timeout_s:
                child.end()
                late = f"has not come up within {vllm.start_timeout_s:g} s (`start_timeout_s`)"
                raise self._failed(late, child.said())
            time.sleep(pause_s)
            pause_s = min(1.5 * pause_s, longest_s)
        child.hush()
        return child

    def _is_up(self) -> bool:
        # Somebody else may have taken the port: who lets in this key, and nobody without one, is ours.
        return self._status(self.key) == 200 and self._status("") == 401

    def _status(self, key: str) -> int | None:
        """What it answers to whoever has that key; None: nothing."""
        asking = http.client.HTTPConnection(LOOPBACK, self._port, timeout=LOOKED_S)
        try:
            asking.request("GET", "/v1/models", headers={"Authorization": f"Bearer {key}"})
            return asking.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            asking.close()

    def _failed(self, what: str, said: Sequence[str] = ()) -> LogminerError:
        """What to say; nothing has been asked yet, so that what it said holds no conversation."""
        why, mend = _cause(said)
        words = f"vllm {what}{f', and says: {why}' if why else ''}{f'; {mend}' if mend else ''}"
        who = f"checkpoint {self._vllm.name}"
        if "remote_code" in why:
            return unloadable(who, self._vllm.weights(), words)
        return CheckpointAway(f"{who}: {words}")  # others may have the memory now


def _ending(status: int) -> str:
    return f"ended with exit code {status}" if status >= 0 else f"was ended by signal {-status}"


def _cause(said: Sequence[str]) -> tuple[str, str]:
    """The error that a server ended with, in its words, and what mends it; both may be empty."""
    errors = [found[0] for line in said if (found := SAID.search(line))]
    # Whoever waited for what failed says so after it.
    first = [error for error in errors if not AFTERWARDS.search(error)]
    why = "".join(filter(str.isprintable, ([*errors, *first] or [""])[-1]))[:MOST_SAID]
    return why, next((mend for words, mend in MENDS if words.search(why)), "")
