"""A model behind an OpenAI-compatible server: vLLM, SGLang, llama.cpp, Ollama, TGI, a gateway, OpenAI itself.

There is one layer of retries, in the asker: the client's own are off. What fails for one prompt is a row with an error
code and never a server's words; what would fail for every prompt stops the run.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

from pydantic import Field, JsonValue, field_validator

from logminer import egress
from logminer.checkpoints import faults
from logminer.checkpoints.asker import Asker, Fault, Patience
from logminer.checkpoints.base import (
    Answer,
    Answerer,
    Generating,
    Given,
    Prompt,
    Sampling,
    request_seed,
)
from logminer.checkpoints.chat import read_completion, to_chat
from logminer.errors import CheckpointError, CheckpointLost
from logminer.ids import Pseudonyms
from logminer.spec import incidental, secret

__all__ = ["Endpoint", "Request"]

CHECK_TIMEOUT_S = 10.0
PARTS_AT_ONCE = 4  # while the last answers of one part are awaited, those of the next are asked
OURS = frozenset({"messages", "model", "n", "stream"})


class Request(NamedTuple):
    """The body of a chat completion request, but for the model."""

    messages: list[dict[str, Any]]
    settings: dict[str, Any]


class Endpoint(Generating):
    """A model that an OpenAI-compatible server answers for.

    Attributes:
        url: base url, up to `/v1`; incidental: the same model elsewhere is the same checkpoint.
        model: the model's name on that server.
        api_key_env: name of the environment variable that holds the key; null sends none.
        system: replaces the system messages of every prompt; null leaves them.
        extra: further fields of the request, as they stand; null takes one out (`max_tokens: null`).
        attempts: tries for one answer at least, where another may help.
        pause_s: pause before the second try; it doubles, is jittered, and yields to `Retry-After`.
        retry_budget_s: pauses for one answer in all, while the server turns requests away (429, 503).
        patience_s: pauses in all while the server cannot be reached and nobody is answered: then the run stops.
    """

    kind: Literal["endpoint"] = "endpoint"
    url: str = incidental()
    model: str = Field(min_length=1)
    api_key_env: str | None = incidental(None)
    system: str | None = None
    extra: dict[str, JsonValue] = {}
    attempts: int = incidental(6, ge=1)
    pause_s: float = incidental(0.5, gt=0)
    retry_budget_s: float = incidental(300.0, gt=0)
    patience_s: float = incidental(30.0, gt=0)

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

    @property
    def parts_at_once(self) -> int:
        return PARTS_AT_ONCE

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
        return _EndpointAnswerer(self, sampling, self._key())

    def request(self, prompt: Prompt, sample: int, sampling: Sampling) -> Request:
        """What is sent for one sample."""
        settings = {
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "max_tokens": sampling.max_new_tokens,
            "stop": list(sampling.stop) or None,
            # One request a sample: not every server knows `n`.
            "seed": request_seed(sampling, prompt.prompt_id, sample),
            **self.extra,
        }
        kept = {key: value for key, value in settings.items() if value is not None}
        return Request(to_chat(prompt.messages, self.system), kept)

    @property
    def host(self) -> str:
        """Where prompts go: `name:port`."""
        parts = urlsplit(self.url)
        return f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"

    def _key(self) -> str:
        return secret(self.api_key_env) if self.api_key_env else "none"

    def error(self, what: str, *, lost: bool = False) -> CheckpointError:
        """One line that names the checkpoint and its server."""
        kind = CheckpointLost if lost else CheckpointError
        return kind(f"checkpoint {self.name} at {self.url}: {what}")

    def give_up(self, fault: Fault, proven: bool) -> CheckpointError:
        """What to say when no prompt is answered; `proven` servers have answered before."""
        status, resume = fault.status or 0, "what was answered is kept: run again to resume"
        told = f" (HTTP {status})" if status else ""
        if status in (401, 403) and not (proven and status == 403):
            mend = (
                f"check the key in {self.api_key_env}" if self.api_key_env else "set `api_key_env`"
            )
            return self.error(f"the key is refused{told}; {mend}", lost=proven)
        if fault.code == "rate_limited":
            wait = f", and asks to wait {fault.wait_s:.0f} s" if fault.wait_s else ""
            return self.error(
                f"turns every request away{told}{wait}; {resume} when its limit allows", lost=True
            )
        if proven:
            what = "stopped answering" if fault.lost else "answers with errors only"
            return self.error(f"{what}{told}; {resume}", lost=True)
        if status in (404, 405, 501):
            return self.error(
                f"no model '{self.model}' to chat with there{told}; check `model`, and that `url` ends as it should (/v1)"
            )
        if 300 <= status < 400:
            return self.error(f"redirects elsewhere{told}; give the final address as `url`")
        if fault.code == "connection" and fault.lost:
            return self.error("cannot be reached; start the server or correct `url`")
        if fault.code == "malformed_answer":
            return self.error("does not answer as a chat server does; check `url` (… /v1)")
        if fault.code == "refused_by_server":
            return self.error(
                f"refuses every request{told}; check `model`, and the request's fields under `extra`"
            )
        return self.error(f"not ready{told or f' ({fault.code})'}; try again when the server is up")


class _EndpointAnswerer:
    """Asks with as many requests in flight as the server bears."""

    def __init__(self, endpoint: Endpoint, sampling: Sampling, key: str) -> None:
        self._endpoint, self._sampling = endpoint, sampling
        patience = Patience(
            endpoint.attempts, endpoint.pause_s, endpoint.retry_budget_s, endpoint.patience_s
        )
        server = _Server(endpoint, sampling.timeout_s, key)
        self._asker = Asker(
            endpoint.name, server.send, patience, sampling.concurrency, endpoint.give_up
        )

    def answer(self, prompts: Sequence[Prompt]) -> Iterator[Given]:
        wanted = [(place, s) for place, prompt in enumerate(prompts) for s in prompt.samples]
        if any(not prompt.samples for prompt in prompts):
            self._asker.proven = True  # it has answered in an earlier run
        requests = [
            self._endpoint.request(prompts[place], sample, self._sampling)
            for place, sample in wanted
        ]
        for number, answer in self._asker.ask(requests):
            yield Given(*wanted[number], answer)


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
        for name in ("openai", "httpx", "httpx2", "httpcore", "httpcore2"):
            logging.getLogger(name).setLevel(logging.WARNING)  # below it they log requests

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


@contextlib.contextmanager
def _no_ambient_settings() -> Iterator[None]:
    """Hide `OPENAI_*` variables from the client: keys, organisations, headers and log levels must be declared."""
    hidden = {k: os.environ.pop(k) for k in list(os.environ) if k.startswith("OPENAI_")}
    try:
        yield
    finally:
        os.environ.update(hidden)
