"""A model behind an OpenAI-compatible server: vLLM, SGLang, llama.cpp, Ollama, TGI, a gateway, OpenAI itself.

The client's own retries are off: see `served`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import zlib
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, JsonValue, field_validator

from logminer.checkpoints.asking import faults
from logminer.checkpoints.asking.ambient import hidden
from logminer.checkpoints.asking.asker import Fault
from logminer.checkpoints.asking.chat import nothing_came, read_completion, response_format
from logminer.checkpoints.asking.limited import Overlong, limited_client
from logminer.checkpoints.asking.served import HARMLESS, Served, ServedAnswerer, quieten
from logminer.checkpoints.asking.stored import host_of, plain_url, refuse_credentials
from logminer.checkpoints.asking.words import MOST_CHARACTERS, Said, Wish, read_error
from logminer.checkpoints.base import (
    Answer,
    Answerer,
    Batched,
    Prompt,
    Request,
    Sampling,
    request_seed,
)
from logminer.ids import Pseudonyms
from logminer.process import egress
from logminer.spec import incidental

__all__ = ["ChatServer", "Endpoint", "Extra"]

CHECK_TIMEOUT_S = 10.0
NO_KEY = "none"  # what the client sends where there is no key: it will not go without
# What some send before the JSON, lest the connection seem idle: blank lines and comments, as in an event stream.
PADDING = re.compile(r"\A\ufeff?(?:\s+|:.*\n)*")
MOST_PIECES = 1_000_000
OURS = frozenset({"messages", "model", "n", "stream"})


def _not_ours(extra: dict[str, JsonValue]) -> dict[str, JsonValue]:
    if taken := OURS & extra.keys():
        raise ValueError(f"cannot set {', '.join(sorted(taken))}")
    return refuse_credentials(extra)


Extra = Annotated[dict[str, JsonValue], AfterValidator(_not_ours)]  # fields of a request


class Endpoint(Served):
    """A model that an OpenAI-compatible server answers for.

    Attributes:
        url: base url, up to `/v1`; incidental: the same model elsewhere is the same checkpoint.
        extra: further fields of the request, as they stand; null takes one out (`max_tokens: null`).
    """

    address: ClassVar[str] = "`url` (… /v1)"

    kind: Literal["endpoint"] = "endpoint"
    url: str = incidental()
    extra: Extra = {}

    @field_validator("url")
    @classmethod
    def _plain_url(cls, url: str) -> str:
        return plain_url(url)

    def check(self) -> None:
        server = ChatServer(
            self, CHECK_TIMEOUT_S, Sampling().max_response_bytes, self.key() or NO_KEY
        )
        with ThreadPoolExecutor(1) as apart:  # a notebook has a loop of its own
            fault = apart.submit(asyncio.run, server.greet()).result()
        if fault and fault.code == "timeout":
            raise self.error(f"no answer within {CHECK_TIMEOUT_S:.0f} s")
        if fault:
            raise self.give_up(fault, False)

    def open(self, sampling: Sampling, pseudonyms: Pseudonyms) -> Answerer:
        key = self.key() or NO_KEY
        server = ChatServer(self, sampling.timeout_s, sampling.max_response_bytes, key)
        return ServedAnswerer(self, sampling, server.send)

    def request(self, prompt: Prompt, sample: int, sampling: Sampling) -> Request:
        settings = {
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "max_tokens": sampling.max_new_tokens,
            "stop": list(sampling.stop) or None,
            # One request a sample: not every server knows `n`.
            "seed": request_seed(sampling, prompt.prompt_id, sample),
            "response_format": response_format(prompt.shape),
            "tools": list(prompt.tools) or None,
            **self.extra,
        }
        kept = {key: value for key, value in settings.items() if value is not None}
        return Request(self.chat(prompt.messages), kept)

    def adaptation(self, wish: Wish, sampling: Sampling) -> dict[str, JsonValue]:
        """Only of what is sent of our own accord: what the user put under `extra` is the user's."""
        settings = self.request(HARMLESS, 0, sampling).settings
        extra: dict[str, JsonValue] = {}
        for field, instead in wish.fields:
            if field in settings and field not in self.extra:
                extra |= {field: None} | ({instead: settings[field]} if instead else {})
        return extra

    def batches(self) -> Batched:
        return self

    @property
    def holds_shape(self) -> bool:
        return True

    @property
    def takes_tools(self) -> bool:
        return True

    @property
    def host(self) -> str:
        return host_of(self.url)

    @property
    def server_url(self) -> str:
        return self.url

    @property
    def place(self) -> str:
        return f"at {self.url}"


class ChatServer:
    """An endpoint's server, asked over HTTP: one try of one request."""

    def __init__(self, endpoint: Endpoint, timeout_s: float, max_bytes: int, key: str) -> None:
        self._model, self._timeout_s, self._host = endpoint.model, timeout_s, endpoint.host
        with _no_ambient_settings():
            import openai

            self._client = openai.AsyncOpenAI(
                base_url=endpoint.url,
                api_key=key,
                timeout=timeout_s,
                max_retries=0,
                # Prompts go to the declared address or nowhere.
                http_client=limited_client(max_bytes, timeout_s, self._sent, self._received),
            )
        quieten(("openai", "httpx", "httpx2", "httpcore", "httpcore2"))

    async def send(self, request: Request) -> Answer:
        """The answer, or a `Fault`."""
        begun = asyncio.get_running_loop().time()
        asking = self._client.chat.completions.with_raw_response.create(
            model=self._model,
            messages=[],  # `extra_body` replaces it, and spares a walk over every message
            extra_body={"messages": request.messages, **request.settings},
        )
        try:
            completion = await self._read(asking)
        except Fault as fault:
            raise faults.of_settings(fault, request.settings) from None
        answer = read_completion(completion, asyncio.get_running_loop().time() - begun)
        if nothing := nothing_came(answer):
            raise Fault(nothing, passing=True)
        return answer

    async def greet(self) -> Fault | None:
        """What would keep everybody from being answered, as far as a list of models tells."""
        async with self._client:
            try:
                listed = await self._read(self._client.models.with_raw_response.list())
            except Fault as fault:
                # A server need not list its models; that it answers is enough.
                return None if fault.status in (404, 405, 429, 501) else fault
        return None if isinstance(listed, dict | list) else faults.malformed()

    async def _read(self, asking: Awaitable[Any]) -> object:
        """The JSON of a reply, or a `Fault`."""
        import openai

        try:
            # The client's limit is on silence; a server that drips bytes is held to the same time.
            async with asyncio.timeout(self._timeout_s):
                reply = await asking
            body = _parsed(reply.text)
        except (TimeoutError, openai.APITimeoutError) as error:
            raise _never_connected(error) or faults.timed_out() from None
        except openai.APIConnectionError as error:
            raise _never_connected(error) or faults.dropped() from None
        except Overlong:
            raise faults.too_large() from None
        except openai.APIStatusError as error:
            headers, said = error.response.headers, _said(error.response.text)
            raise faults.status_fault(error.status_code, headers, said) from None
        except (openai.OpenAIError, ValueError, RecursionError, zlib.error):  # not JSON, not text
            raise faults.malformed() from None
        if fault := faults.told(body, reply.headers):
            raise fault
        return body

    def _sent(self, size: int) -> None:
        egress.note(self._host, requests=1, sent_bytes=size)

    def _received(self, size: int) -> None:
        egress.note(self._host, received_bytes=size)


def _never_connected(error: BaseException) -> Fault | None:
    """The fault of a try that never reached the server."""
    lost = type(error.__cause__).__name__ in ("ConnectError", "ConnectTimeout")
    return faults.unreachable() if lost else None


def _parsed(text: str) -> object:
    """JSON, or a `Fault` where it is of so many pieces that they would take many times its room."""
    if 5 * (text.count("{") + text.count("[")) + text.count(",") > MOST_PIECES:
        raise faults.too_large()
    padding = PADDING.match(text)
    return json.loads(text[padding.end() :] if padding and padding.end() else text)


def _said(text: str) -> Said:
    """What the body of a refusal says."""
    with contextlib.suppress(ValueError, RecursionError):
        if said := read_error(json.loads(text)):
            return said
    return Said(None, text[:MOST_CHARACTERS])


def _no_ambient_settings() -> AbstractContextManager[None]:
    """Keys, organisations, headers and log levels must be declared."""
    return hidden(lambda name: name.startswith("OPENAI_"))
