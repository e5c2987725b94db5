"""A model behind an OpenAI-compatible server: vLLM, SGLang, llama.cpp, a gateway, OpenAI itself.

There is one layer of retries, here: the client's own are off. What fails for one prompt is a row with an error code
and never a server's words; what would fail for every prompt stops the run.
"""

from __future__ import annotations

import asyncio
import contextlib
import email.utils
import json
import logging
import os
import random
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

from pydantic import Field, JsonValue, field_validator

from logminer.checkpoints.base import (
    Answer,
    Answerer,
    Checkpoint,
    Prompt,
    Sampling,
    request_seed,
)
from logminer.checkpoints.chat import read_completion, to_chat
from logminer.errors import CheckpointError
from logminer.ids import Pseudonyms
from logminer.spec import incidental, secret

__all__ = ["Endpoint"]

CHECK_TIMEOUT_S = 10.0
LONGEST_PAUSE_S = 60.0
BREAKER = 10  # requests in a row that never reached the server, each with all its retries
RETRIED = ("timeout", "connection", "rate_limited", "server_error", "malformed_answer")
OURS = frozenset({"messages", "model", "n", "stream"})
TOO_LONG = ("context_length", "context length", "context size", "context window", "too long")


class Endpoint(Checkpoint):
    """A model that an OpenAI-compatible server answers for.

    Attributes:
        url: base url, up to `/v1`; incidental: the same model elsewhere is the same checkpoint.
        model: the model's name on that server.
        api_key_env: name of the environment variable that holds the key; null sends none.
        system: replaces the system messages of every prompt; null leaves them.
        extra: further fields of the request, as they stand; null takes one out (`max_tokens: null`).
        attempts: tries for one answer; fewer where `retry_budget_s` would be passed.
        pause_s: pause before the second try; it doubles, is jittered, and yields to `Retry-After`.
    """

    kind: Literal["endpoint"] = "endpoint"
    url: str = incidental()
    model: str = Field(min_length=1)
    api_key_env: str | None = incidental(None)
    system: str | None = None
    extra: dict[str, JsonValue] = {}
    attempts: int = incidental(6, ge=1)
    retry_budget_s: float = incidental(300.0, gt=0)
    pause_s: float = incidental(0.5, gt=0)

    @field_validator("url")
    @classmethod
    def _plain_url(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be an http(s) url, like http://localhost:8000/v1")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError(
                "must hold no credentials and no query: name a variable, `api_key_env`"
            )
        return url

    @field_validator("extra")
    @classmethod
    def _not_ours(cls, extra: dict[str, JsonValue]) -> dict[str, JsonValue]:
        if taken := OURS & extra.keys():
            raise ValueError(f"cannot set {', '.join(sorted(taken))}")
        return extra

    def check(self) -> None:
        key = self._key()
        with _no_ambient_settings():
            import openai

            client = openai.OpenAI(
                base_url=self.url,
                api_key=key,
                timeout=CHECK_TIMEOUT_S,
                max_retries=0,
                http_client=openai.DefaultHttpxClient(trust_env=False, follow_redirects=False),
            )
        with client:
            try:
                client.models.with_raw_response.list()
            except openai.APITimeoutError:
                raise self._error(f"no answer within {CHECK_TIMEOUT_S:.0f} s") from None
            except openai.APIConnectionError:
                raise self._unreachable() from None
            except openai.APIStatusError as error:
                status = error.status_code
                # A server need not list its models; that it answers is enough.
                if status not in (404, 405, 429, 501):
                    raise self._refused(status) from None

    def open(self, sampling: Sampling, pseudonyms: Pseudonyms) -> Answerer:
        return _EndpointAnswerer(self, sampling, self._key())

    def _key(self) -> str:
        return secret(self.api_key_env) if self.api_key_env else "none"

    def _error(self, what: str) -> CheckpointError:
        return CheckpointError(f"checkpoint {self.name} at {self.url}: {what}")

    def _unreachable(self) -> CheckpointError:
        return self._error("cannot be reached; start the server or correct `url`")

    def _refused(self, status: int) -> CheckpointError:
        if status in (401, 403):
            mend = (
                f"check the key in {self.api_key_env}" if self.api_key_env else "set `api_key_env`"
            )
            return self._error(f"the key is refused (HTTP {status}); {mend}")
        if status == 404:
            return self._error(
                f"no model '{self.model}' there (HTTP 404); check `model`, and that `url` ends as it should (/v1)"
            )
        if 300 <= status < 400:
            return self._error(
                f"redirects elsewhere (HTTP {status}); give the final address as `url`"
            )
        return self._error(f"not ready (HTTP {status}); try again when the server is up")


class _Failure(Exception):
    """One try failed: a code of `ERRORS`, the HTTP status, and how long the server asks to wait."""

    def __init__(self, code: str, status: int | None = None, wait_s: float | None = None) -> None:
        super().__init__(code, status, wait_s)
        self.code, self.status, self.wait_s = code, status, wait_s

    @property
    def error(self) -> str:
        return self.code if self.status is None else f"{self.code}:{self.status}"


class _Request(NamedTuple):
    messages: list[dict[str, Any]]
    settings: dict[str, Any]


class _EndpointAnswerer:
    """Asks with `concurrency` requests in flight, on an event loop of its own (a notebook has one already)."""

    def __init__(self, endpoint: Endpoint, sampling: Sampling, key: str) -> None:
        self._endpoint, self._sampling = endpoint, sampling
        self._contacted = False  # whether the server ever sent anything, be it an error
        self._reached = False  # whether it ever answered a prompt
        self._unreached = 0  # requests in a row that never reached it
        with _no_ambient_settings():
            import openai

            self._client = openai.AsyncOpenAI(
                base_url=endpoint.url,
                api_key=key,
                timeout=sampling.timeout_s,
                max_retries=0,
                # No proxy and no redirect: prompts go to the declared address or nowhere.
                http_client=openai.DefaultAsyncHttpxClient(trust_env=False, follow_redirects=False),
            )
        for name in ("openai", "httpx", "httpx2", "httpcore", "httpcore2"):
            logging.getLogger(name).setLevel(logging.WARNING)  # below it they log requests
        loop = asyncio.new_event_loop()
        threading.Thread(target=loop.run_forever, name=endpoint.name, daemon=True).start()
        weakref.finalize(self, loop.call_soon_threadsafe, loop.stop)
        self._loop = loop

    def answer(self, prompts: Sequence[Prompt]) -> list[list[Answer]]:
        samples = self._sampling.samples
        requests = [
            _Request(
                to_chat(prompt.messages, self._endpoint.system), self._settings(prompt, sample)
            )
            for prompt in prompts
            for sample in range(samples)
        ]
        running = asyncio.run_coroutine_threadsafe(self._ask_all(requests), self._loop)
        try:
            flat = running.result()
        except BaseException:
            running.cancel()
            raise
        return [flat[i * samples : (i + 1) * samples] for i in range(len(prompts))]

    def _settings(self, prompt: Prompt, sample: int) -> dict[str, Any]:
        sampling = self._sampling
        settings = {
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "max_tokens": sampling.max_new_tokens,
            # One request a sample: not every server knows `n`.
            "seed": request_seed(sampling, prompt.prompt_id, sample),
            **self._endpoint.extra,
        }
        return {key: value for key, value in settings.items() if value is not None}

    async def _ask_all(self, requests: Sequence[_Request]) -> list[Answer]:
        gate = asyncio.Semaphore(self._sampling.concurrency)

        async def one(request: _Request) -> Answer:
            async with gate:
                return await self._ask(request)

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(request)) for request in requests]
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None  # the first stops the others
        return [task.result() for task in tasks]

    async def _ask(self, request: _Request) -> Answer:
        """One answer, after as many tries as it takes; raises CheckpointError when no prompt would be answered."""
        endpoint, begun, pause_s = self._endpoint, time.monotonic(), self._endpoint.pause_s
        for attempt in range(1, endpoint.attempts + 1):
            try:
                answer = await self._try(request)
            except _Failure as failure:
                last = failure
            else:
                self._contacted, self._reached, self._unreached = True, True, 0
                return answer
            self._stop_if_hopeless(last)
            # Jitter, lest all that failed together come back together.
            wait_s = (last.wait_s or pause_s / 2) + pause_s * random.random()
            spent_s = time.monotonic() - begun
            retried = last.code in RETRIED and attempt < endpoint.attempts
            if not retried or spent_s + wait_s > endpoint.retry_budget_s:
                break
            await asyncio.sleep(wait_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        self._count_unreached(last)
        return Answer(None, latency_s=time.monotonic() - begun, error=last.error)

    async def _try(self, request: _Request) -> Answer:
        import openai

        begun = time.monotonic()
        try:
            # The client's limit is on silence; a server that drips bytes is held to the same time.
            async with asyncio.timeout(self._sampling.timeout_s):
                reply = await self._client.chat.completions.with_raw_response.create(
                    model=self._endpoint.model,
                    messages=[],  # `extra_body` replaces it, and spares a walk over every message
                    extra_body={"messages": request.messages, **request.settings},
                )
            completion = json.loads(reply.text)
        except (TimeoutError, openai.APITimeoutError):
            raise _Failure("timeout") from None
        except openai.APIConnectionError:
            raise _Failure("connection") from None
        except openai.APIStatusError as error:
            raise _status_failure(error) from None
        except (openai.OpenAIError, ValueError, RecursionError):  # not JSON, not text
            raise _Failure("malformed_answer") from None
        answer = read_completion(completion, time.monotonic() - begun)
        if answer.error == "malformed_answer":
            raise _Failure(answer.error)
        return answer

    def _stop_if_hopeless(self, failure: _Failure) -> None:
        status = failure.status or 0
        # Once a server has answered, these concern one prompt (a gateway that moderates says 403).
        first = status in (403, 404) or 300 <= status < 400
        if status == 401 or (first and not self._reached):
            raise self._endpoint._refused(status)
        if failure.status is not None:
            self._contacted, self._unreached = True, 0

    def _count_unreached(self, failure: _Failure) -> None:
        if failure.code != "connection":
            return
        self._unreached += 1
        if not self._contacted:
            raise self._endpoint._unreachable()
        if self._unreached >= BREAKER:
            raise self._endpoint._error(
                "stopped answering; what was answered is kept: run again to resume"
            )


def _status_failure(error: Any) -> _Failure:
    """What an HTTP status means. The server's words are read here, to tell two kinds of 400 apart, and go no further."""
    status = int(error.status_code)
    if status in (408, 504):
        return _Failure("timeout", status)
    if status == 429:
        return _Failure("rate_limited", status, _retry_after_s(error.response.headers))
    if status >= 500:
        return _Failure("server_error", status, _retry_after_s(error.response.headers))
    words = f"{error.code} {error.type} {error.message}".lower()
    if status == 413 or (status in (400, 422) and any(mark in words for mark in TOO_LONG)):
        return _Failure("context_too_long", status)
    if status == 400 and "content_filter" in words:
        return _Failure("content_filter", status)
    return _Failure("refused_by_server", status)


def _retry_after_s(headers: Any) -> float | None:
    """Seconds that `Retry-After` asks for, given as seconds or as a date."""
    value = headers.get("retry-after")
    if not value:
        return None
    with contextlib.suppress(ValueError):
        return max(0.0, float(value))
    with contextlib.suppress(ValueError, TypeError):
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    return None


@contextlib.contextmanager
def _no_ambient_settings() -> Iterator[None]:
    """Hide `OPENAI_*` variables from the client: keys, organisations, headers and log levels must be declared."""
    hidden = {k: os.environ.pop(k) for k in list(os.environ) if k.startswith("OPENAI_")}
    try:
        yield
    finally:
        os.environ.update(hidden)
