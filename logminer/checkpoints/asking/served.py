"""What a server answers for, whichever way it is spoken to: how patient to be, and what to say when it is given up.

There is one layer of retries, in the asker: those of the libraries that speak to servers are off. What fails for one
prompt is a row with an error code and never a server's words; what would fail for every prompt stops the run.
"""

from __future__ import annotations

import json
import logging
import threading
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self

from pydantic import Field, JsonValue, field_validator, model_validator

from logminer.checkpoints.asking.asker import Asker, Fault, Patience
from logminer.checkpoints.asking.chat import SystemRole, to_chat
from logminer.checkpoints.asking.stored import sent_in_clear, variable_name
from logminer.checkpoints.asking.words import Wish
from logminer.checkpoints.base import Answer, Generating, Given, Message, Prompt, Request, Sampling
from logminer.errors import AskedOtherwise, CheckpointAway, CheckpointError, CheckpointLost
from logminer.spec import content_hash, incidental, secret

__all__ = ["HARMLESS", "Chatty", "Served", "ServedAnswerer", "asked_as", "quieten"]

PARTS_AT_ONCE = 4  # while the last answers of one part are awaited, those of the next are asked

# What nobody can take offence at, nor find too long: asked where it is in doubt whose fault a failure is.
HARMLESS = Prompt("", [{"role": "user", "content": "Hello"}], None, "")


class Chatty(Generating):
    """A model that is spoken to in the chat format, and may want its dialogues arranged.

    Attributes:
        system: replaces the system messages of every prompt; null leaves them.
        system_role: what becomes of system messages: `fold` puts them before the next user message, `drop` leaves them
            out; for models whose template knows no such role.
        merge_turns: user and assistant take turns, as some templates want: messages of one role in a row become one,
            results of tools are the user's, and calls of tools are told in the text.
    """

    system: str | None = None
    system_role: SystemRole = "keep"
    merge_turns: bool = False

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if self.system is not None and self.system_role == "drop":
            raise ValueError("`system` says what `system_role: drop` would leave out")
        return self

    @property
    def parts_at_once(self) -> int:
        return PARTS_AT_ONCE

    def chat(self, messages: Sequence[Message]) -> list[dict[str, Any]]:
        """Messages as they are sent."""
        return to_chat(
            messages, self.system, system_role=self.system_role, merge_turns=self.merge_turns
        )


class Served(Chatty):
    """A model that a server answers for.

    Attributes:
        model: the model's name, as the server or its client knows it.
        api_key_env: name of the environment variable that holds the key.
        attempts: tries for one answer at least, where another may help.
        pause_s: pause before the second try; it doubles, is jittered, and yields to `Retry-After`.
        retry_budget_s: pauses for one answer in all, while the server turns requests away (429, 503).
        patience_s: pauses in all while the server cannot be reached and nobody is answered: then the run stops.
    """

    address: ClassVar[str]  # the option that says where the server is, for messages

    model: str = Field(min_length=1)
    api_key_env: str | None = incidental(None)
    attempts: int = incidental(6, ge=1)
    pause_s: float = incidental(0.5, gt=0)
    retry_budget_s: float = incidental(300.0, gt=0)
    patience_s: float = incidental(30.0, gt=0)

    @field_validator("api_key_env")
    @classmethod
    def _a_name(cls, variable: str | None) -> str | None:
        return variable if variable is None else variable_name(variable)

    @property
    @abstractmethod
    def host(self) -> str:
        """Where prompts go, for the count of what left this machine."""

    @property
    @abstractmethod
    def server_url(self) -> str | None:
        """Where the server is; None where only its client knows."""

    @property
    def notes(self) -> tuple[str, ...]:
        if self.server_url is None or not sent_in_clear(self.server_url):
            return ()
        return (
            f"checkpoint {self.name}: prompts, answers and the key go to {self.host} over http, which everybody on the way"
            " can read; use https",
        )

    @property
    @abstractmethod
    def place(self) -> str:
        """Where the server is, as it follows the checkpoint's name in a message."""

    @abstractmethod
    def request(self, prompt: Prompt, sample: int, sampling: Sampling) -> Request:
        """What is sent for one sample."""

    def adaptation(self, wish: Wish, sampling: Sampling) -> dict[str, JsonValue]:
        """What to add to `extra` so that the server is asked as it says; empty where that cannot be told."""
        return {}

    def key(self) -> str | None:
        """The key, where a variable is named for it.

        Raises:
            SecretError: the variable is not set.
        """
        return secret(self.api_key_env) if self.api_key_env else None

    def error(self, what: str, *, lost: bool = False) -> CheckpointError:
        """One line that names the checkpoint and its server."""
        kind = CheckpointLost if lost else CheckpointError
        return kind(f"checkpoint {self.name} {self.place}: {what}")

    def give_up(self, fault: Fault, proven: bool) -> CheckpointError:
        """What to say when no prompt is answered; `proven` servers have answered before."""
        status, resume = fault.status or 0, "what was answered is kept: run again to resume"
        told = f" (HTTP {status})" if status else ""
        if fault.hopeless and status != 401:
            return self.error(f"has no credit left{told}; {resume} when it has", lost=proven)
        if status == 401 or (status == 403 and not proven and not fault.moderated):
            mend = (
                f"check the key in {self.api_key_env}" if self.api_key_env else "set `api_key_env`"
            )
            return self.error(f"the key is refused{told}; {mend}", lost=proven)
        if fault.code == "rate_limited":
            wait = f", and asks to wait {fault.wait_s:.0f} s" if fault.wait_s else ""
            return self.error(
                f"turns every request away{told}{wait}; {resume} when its limit allows", lost=True
            )
        if fault.wish and fault.wish.mend:
            return self.error(f"{fault.wish.why}{told}; set {fault.wish.mend}", lost=proven)
        if proven:
            what = "stopped answering" if fault.lost else "answers with errors only"
            return self.error(f"{what}{told}; {resume}", lost=True)
        if fault.moderated or fault.code == "content_filter":
            return self.error(
                f"refuses every request{told}, one harmless word too: its moderation; check `model`,"
                " and what the account may ask"
            )
        return self._never_answered(fault, told)

    def _never_answered(self, fault: Fault, told: str) -> CheckpointError:
        status = fault.status or 0
        if status in (404, 405, 501):
            return self.error(
                f"no model '{self.model}' to chat with there{told}; check `model` and {self.address}"
            )
        if 300 <= status < 400:
            return self.error(
                f"redirects elsewhere{told}; check {self.address}: it takes the final address"
            )
        if fault.code == "connection" and fault.lost:
            told = f"cannot be reached; start the server or correct {self.address}"
            return CheckpointAway(str(self.error(told)))
        if fault.code == "too_large":
            most = f"{Sampling().max_response_bytes:,}"
            return self.error(
                f"sends more than {most} bytes where it should list its models; check {self.address}"
            )
        if fault.code == "malformed_answer":
            return self.error(f"does not answer as a chat server does; check {self.address}")
        if fault.code == "refused_by_server":
            return self.error(
                f"refuses every request{told}; check `model`, and the request's fields under `extra`"
            )
        if fault.code == "context_too_long":
            return self.error(
                f"finds every request too long{told}; lower `max_new_tokens` under `replay`"
            )
        return self.error(f"not ready{told or f' ({fault.code})'}; try again when the server is up")


class ServedAnswerer:
    """Asks with as many requests in flight as the server bears.

    Args:
        served: who is asked.
        sampling: how answers are drawn.
        send: one try of one request; raises `Fault`.
    """

    def __init__(
        self, served: Served, sampling: Sampling, send: Callable[[Request], Awaitable[Answer]]
    ) -> None:
        self._served, self._sampling = served, sampling
        patience = Patience(
            served.attempts, served.pause_s, served.retry_budget_s, served.patience_s
        )
        shaped = self._shaped = threading.Event()  # an answer was asked for in a shape

        def give_up(fault: Fault, proven: bool) -> CheckpointError:
            if fault.wish and fault.wish.fields:
                return _otherwise(served, sampling, fault, fault.wish, proven)
            if shaped.is_set() and not proven and fault.status in (400, 422):
                return served.error(
                    f"refuses every request (HTTP {fault.status}); if it cannot be held to a JSON schema"
                    " (`response_format`), set `json_schema: false`; else check `model` and `extra`"
                )
            return served.give_up(fault, proven)

        # As every prompt is asked, but for the prompt.
        chat = served.request(HARMLESS, 0, sampling).messages

        def harmless(request: Request) -> Request:
            return request._replace(messages=chat)

        self._asker = Asker(served.name, send, patience, sampling.concurrency, give_up, harmless)

    def answer(self, prompts: Sequence[Prompt]) -> Iterator[Given]:
        wanted = [(place, s) for place, prompt in enumerate(prompts) for s in prompt.samples]
        if any(not prompt.samples for prompt in prompts):
            self._asker.proven = True  # it has answered in an earlier run
        if any(prompts[place].shape for place, _ in wanted):
            self._shaped.set()
        requests = [
            self._served.request(prompts[place], sample, self._sampling) for place, sample in wanted
        ]
        for number, answer in self._asker.ask(requests):
            yield Given(*wanted[number], answer)


def _otherwise(
    served: Served, sampling: Sampling, fault: Fault, wish: Wish, proven: bool
) -> CheckpointError:
    """What to do where a server says which fields it wants: ask again as it says, else what to write into the file."""
    if extra := served.adaptation(wish, sampling):
        told = f"{wish.why} (HTTP {fault.status}); set `extra: {_yaml(extra)}`"
        error = served.error(told, lost=proven)
        if proven:  # its answers so far were asked for otherwise
            return error
        return AskedOtherwise(str(error), asked_as(served, sampling), extra)
    fields: dict[str, Any] = {}
    for field, instead in wish.fields:
        fields |= {field: None} | ({instead: sampling.max_new_tokens} if instead else {})
    mend = f"`extra: {_yaml(fields)}`"
    told = (
        f"{wish.why} (HTTP {fault.status}), and refuses what holds none; check `model` and {mend}"
    )
    if not fields.keys().isdisjoint(served.request(HARMLESS, 0, sampling).settings):
        told = f"{wish.why} (HTTP {fault.status}); set {mend}"
    return served.error(told, lost=proven)


def asked_as(checkpoint: Generating, sampling: Sampling) -> str:
    """12 hex characters that name how a checkpoint is asked; its name and the seed are not of it."""
    options = checkpoint.options() | {"name": ""}
    return content_hash([options, sampling.options() | {"seed": 0}])


def _yaml(fields: Mapping[str, Any]) -> str:
    """As it is written into a pipeline file, on one line."""
    said = (f"{name}: {json.dumps(value)}" for name, value in fields.items())
    return "{" + ", ".join(said) + "}"


def quieten(loggers: Sequence[str], level: int = logging.WARNING) -> None:
    """Let libraries log only what is at least this grave: below it they quote requests."""
    for name in loggers:
        logging.getLogger(name).setLevel(level)
