"""A model behind an OpenAI-compatible server: vLLM, SGLang, llama.cpp, Ollama, TGI, a gateway, OpenAI itself.

The client's own retries are off: see `served`.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import AbstractContextManager
from typing import Any, ClassVar, Literal

from pydantic import JsonValue, field_validator

from logminer.checkpoints.asking import faults
from logminer.checkpoints.asking.ambient import hidden
from logminer.checkpoints.asking.asker import Fault
from logminer.checkpoints.asking.chat import read_completion, response_format, to_chat
from logminer.checkpoints.asking.served import Served, ServedAnswerer, quieten
from logminer.checkpoints.asking.stored import host_of, plain_url, refuse_credentials
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

__all__ = ["Endpoint"]

CHECK_TIMEOUT_S = 10.0
NO_KEY = "none"  # what the client sends where there is no key: it will not go without
OURS = frozenset({"messages", "model", "n", "stream"})


class Endpoint(Served):
    """A model that an OpenAI-compatible server answers for.

    Attributes:
        url: base url, up to `/v1`; incidental: the same model elsewhere is the same checkpoint.
        extra: further fields of the request, as they stand; null takes one out (`max_tokens: null`).
    """

    address: ClassVar[str] = "`url` (… /v1)"

    kind: Literal["endpoint"] = "endpoint"
    url: str = incidental()
    extra: dict[str, JsonValue] = {}

    @field_validator("url")
    @classmethod
    def _plain_url(cls, url: str) -> str:
        return plain_url(url)

    @field_validator("extra")
    @classmethod
    def _not_ours(cls, extra: dict[str, JsonValue]) -> dict[str, JsonValue]:
        if taken := OURS & extra.keys():
            raise ValueError(f"cannot set {', '.join(sorted(taken))}")
        return refuse_credentials(extra)

    def check(self) -> None:
        key = self.key() or NO_KEY
        with _no_ambient_settings():
            import openai

            client = openai.OpenAI(
                base_url=self.url,
                api_key=key,
                timeout=CHECK_TIMEOUT_S,
                max_retries=0,
                http_client=openai.DefaultHttpxClient(trust_env=False, follow_redirects=False),
            )
        egress.note(self.host, requests=1)
        with client:
            try:
                listed = json.loads(client.models.with_raw_response.list().text)
            except openai.APITimeoutError:
                raise self.error(f"no answer within {CHECK_TIMEOUT_S:.0f} s") from None
            except openai.APIConnectionError:
                raise self.give_up(faults.unreachable(), False) from None
            except openai.APIStatusError as error:
                # A server need not list its models; that it answers is enough.
                if error.status_code not in (404, 405, 429, 501):
                    fault = Fault("refused_by_server", error.status_code)
                    raise self.give_up(fault, False) from None
            except (openai.OpenAIError, ValueError, RecursionError):
                raise self.give_up(faults.malformed(), False) from None
            else:
                if not isinstance(listed, dict | list):
                    raise self.give_up(faults.malformed(), False)

    def open(self, sampling: Sampling, pseudonyms: Pseudonyms) -> Answerer:
        server = _Server(self, sampling.timeout_s, self.key() or NO_KEY)
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
            **self.extra,
        }
        kept = {key: value for key, value in settings.items() if value is not None}
        return Request(to_chat(prompt.messages, self.system), kept)

    def batches(self) -> Batched:
        return self

    @property
    def holds_shape(self) -> bool:
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


class _Server:
    """One try of one request, over HTTP."""

    def __init__(self, endpoint: Endpoint, timeout_s: float, key: str) -> None:
        self._model, self._timeout_s, self._host = endpoint.model, timeout_s, endpoint.host
        with _no_ambient_settings():
            import openai

            self._client = openai.AsyncOpenAI(
                base_url=endpoint.url,
                api_key=key,
                timeout=timeout_s,
                max_retries=0,
                # No proxy and no redirect: prompts go to the declared address or nowhere.
                http_client=openai.DefaultAsyncHttpxClient(
                    trust_env=False,
                    follow_redirects=False,
                    event_hooks={"request": [self._sent], "response": [self._received]},
                ),
            )
        quieten(("openai", "httpx", "httpx2", "httpcore", "httpcore2"))

    async def send(self, request: Request) -> Answer:
        """The answer, or a `Fault`."""
        import openai

        begun = asyncio.get_running_loop().time()
        try:
            # The client's limit is on silence; a server that drips bytes is held to the same time.
            async with asyncio.timeout(self._timeout_s):
                reply = await self._client.chat.completions.with_raw_response.create(
                    model=self._model,
                    messages=[],  # `extra_body` replaces it, and spares a walk over every message
                    extra_body={"messages": request.messages, **request.settings},
                )
            completion = json.loads(reply.text)
        except (TimeoutError, openai.APITimeoutError) as error:
            raise _never_connected(error) or faults.timed_out() from None
        except openai.APIConnectionError as error:
            raise _never_connected(error) or faults.dropped() from None
        except openai.APIStatusError as error:
            words = f"{error.code} {error.type} {error.message}"
            raise faults.status_fault(error.status_code, error.response.headers, words) from None
        except (openai.OpenAIError, ValueError, RecursionError):  # not JSON, not text
            raise faults.malformed() from None
        answer = read_completion(completion, asyncio.get_running_loop().time() - begun)
        if answer.error in ("malformed_answer", "empty_answer"):
            raise Fault(answer.error, passing=True)
        return answer

    async def _sent(self, request: Any) -> None:
        egress.note(self._host, requests=1, sent_bytes=len(request.content))

    async def _received(self, response: Any) -> None:
        await response.aread()
        egress.note(self._host, received_bytes=response.num_bytes_downloaded)


def _never_connected(error: BaseException) -> Fault | None:
    """The fault of a try that never reached the server."""
    cause = error.__cause__
    lost = type(cause).__name__ in ("ConnectError", "ConnectTimeout")
    return faults.unreachable() if lost else None


def _no_ambient_settings() -> AbstractContextManager[None]:
    """Keys, organisations, headers and log levels must be declared."""
    return hidden(lambda name: name.startswith("OPENAI_"))
