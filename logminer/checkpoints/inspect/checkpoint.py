"""A model behind any provider that inspect_ai knows: Anthropic, Google, Bedrock, Azure, Mistral, vLLM and others.

Of inspect only the providers are used, none of what it puts around them: its retries would multiply the asker's, and
its transcripts, caches, hooks and displays would keep or hand on what has not been anonymised yet.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field, JsonValue, field_validator

from logminer.checkpoints.asking.asker import Fault
from logminer.checkpoints.asking.served import Served, ServedAnswerer
from logminer.checkpoints.asking.stored import host_of, plain_url, refuse_credentials
from logminer.checkpoints.asking.words import Wish
from logminer.checkpoints.base import Answerer, Prompt, Request, Sampling, request_seed
from logminer.checkpoints.inspect.faults import Failed
from logminer.checkpoints.inspect.provider import TOOLS, Provider, check_settings, set_up
from logminer.errors import CheckpointError
from logminer.ids import Pseudonyms
from logminer.spec import incidental

__all__ = ["Inspect"]

# Providers that load weights or start a server as soon as they are set up: too much for a look.
HEAVY = frozenset({"hf", "nnterp", "sglang", "transformer_lens", "vllm", "vllm-completions"})
FIELDS = {"stop": "stop_seqs"}  # inspect's names where they are not the chat API's
OUR_ARGS = frozenset({"base_url", "config", "default", "max_retries", "memoize", "model", "role"})
# What the asker decides, and what would answer otherwise than by asking once.
OUR_CONFIG = frozenset(
    {
        "adaptive_connections",
        "attempt_timeout",
        "batch",
        "cache",
        "fail_on_refusal",
        "max_connections",
        "max_retries",
        "num_choices",
        "stream_idle_timeout",
        "system_message",
        "timeout",
    }
)


class Inspect(Served):
    """A model that a provider of inspect_ai answers for. What a provider cannot be told (a seed, mostly) it is not.

    Attributes:
        model: `provider/name`, as inspect takes it.
        api_key_env: null leaves it to the provider to find its key in the environment.
        base_url: where the provider's server is; null: the provider's own; incidental as an endpoint's `url`.
        args: further arguments of the provider, as inspect's `model_args`.
        extra: further fields of inspect's `GenerateConfig`, as they stand; null takes one out (`top_p: null`).
    """

    address: ClassVar[str] = "`base_url`"

    kind: Literal["inspect"] = "inspect"
    model: str = Field(pattern=r"^[^/\s]+/\S+$")
    base_url: str | None = incidental(None)
    args: dict[str, JsonValue] = {}
    extra: dict[str, JsonValue] = {}

    @field_validator("base_url")
    @classmethod
    def _plain_url(cls, url: str | None) -> str | None:
        return url if url is None else plain_url(url)

    @field_validator("args")
    @classmethod
    def _args_not_ours(cls, args: dict[str, JsonValue]) -> dict[str, JsonValue]:
        return _not_ours(args, OUR_ARGS)

    @field_validator("extra")
    @classmethod
    def _extra_not_ours(cls, extra: dict[str, JsonValue]) -> dict[str, JsonValue]:
        return _not_ours(extra, OUR_CONFIG)

    @property
    def provider(self) -> str:
        """The part of `model` that names the provider."""
        return self.model.split("/")[0]

    @property
    def host(self) -> str:
        return host_of(self.base_url) if self.base_url else self.provider

    @property
    def server_url(self) -> str | None:
        return self.base_url

    @property
    def place(self) -> str:
        return f"({self.model}{f' at {self.base_url}' if self.base_url else ''})"

    def check(self) -> None:
        sampling = Sampling()
        check_settings(self.name, self._settings(sampling, sampling.seed))
        key = self.key()
        if self.base_url or self.provider not in HEAVY:
            set_up(self.name, self.model, self.base_url, key, self.args, sampling.concurrency)

    def open(self, sampling: Sampling, pseudonyms: Pseudonyms) -> Answerer:
        check_settings(self.name, self._settings(sampling, sampling.seed))
        most = sampling.concurrency
        api = set_up(self.name, self.model, self.base_url, self.key(), self.args, most)
        limits = (sampling.timeout_s, most, sampling.max_response_bytes)
        provider = Provider(api, self.host, *limits)
        return ServedAnswerer(self, sampling, provider.send)

    def request(self, prompt: Prompt, sample: int, sampling: Sampling) -> Request:
        seed = request_seed(sampling, prompt.prompt_id, sample)
        tools = {TOOLS: list(prompt.tools)} if prompt.tools else {}
        return Request(self.chat(prompt.messages), self._settings(sampling, seed) | tools)

    @property
    def takes_tools(self) -> bool:
        return True

    def adaptation(self, wish: Wish, sampling: Sampling) -> dict[str, JsonValue]:
        """What is to be left out; a field's other name is the provider's to know."""
        settings = self._settings(sampling, sampling.seed)
        named = ((FIELDS.get(field, field), instead) for field, instead in wish.fields)
        return {
            field: None
            for field, instead in named
            if field in settings and field not in self.extra and instead is None
        }

    def give_up(self, fault: Fault, proven: bool) -> CheckpointError:
        if isinstance(fault, Failed) and not proven:
            return self.error(
                f"inspect's provider fails ({fault.cause}); check `model`, `args` and `extra`"
            )
        return super().give_up(fault, proven)

    def _settings(self, sampling: Sampling, seed: int) -> dict[str, Any]:
        settings = {
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "max_tokens": sampling.max_new_tokens,
            "stop_seqs": list(sampling.stop) or None,
            "seed": seed,
            "cache_prompt": False,  # a prompt is asked once: keeping it with the provider only costs
            **self.extra,
        }
        return {key: value for key, value in settings.items() if value is not None}


def _not_ours(options: dict[str, JsonValue], ours: frozenset[str]) -> dict[str, JsonValue]:
    if taken := ours & options.keys():
        raise ValueError(f"cannot set {', '.join(sorted(taken))}")
    return refuse_credentials(options)
