"""What a server answers for, whichever way it is spoken to: how patient to be, and what to say when it is given up.

There is one layer of retries, in the asker: those of the libraries that speak to servers are off. What fails for one
prompt is a row with an error code and never a server's words; what would fail for every prompt stops the run.
"""

from __future__ import annotations

import logging
import threading
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import ClassVar

from pydantic import Field, field_validator

from logminer.checkpoints.asking.asker import Asker, Fault, Patience
from logminer.checkpoints.asking.stored import sent_in_clear, variable_name
from logminer.checkpoints.base import Answer, Generating, Given, Prompt, Request, Sampling
from logminer.errors import CheckpointError, CheckpointLost
from logminer.spec import incidental, secret

__all__ = ["Served", "ServedAnswerer", "quieten"]

PARTS_AT_ONCE = 4  # while the last answers of one part are awaited, those of the next are asked


class Served(Generating):
    """A model that a server answers for.

    Attributes:
        model: the model's name, as the server or its client knows it.
        api_key_env: name of the environment variable that holds the key.
        system: replaces the system messages of every prompt; null leaves them.
        attempts: tries for one answer at least, where another may help.
        pause_s: pause before the second try; it doubles, is jittered, and yields to `Retry-After`.
        retry_budget_s: pauses for one answer in all, while the server turns requests away (429, 503).
        patience_s: pauses in all while the server cannot be reached and nobody is answered: then the run stops.
    """

    address: ClassVar[str]  # the option that says where the server is, for messages

    model: str = Field(min_length=1)
    api_key_env: str | None = incidental(None)
    system: str | None = None
    attempts: int = incidental(6, ge=1)
    pause_s: float = incidental(0.5, gt=0)
    retry_budget_s: float = incidental(300.0, gt=0)
    patience_s: float = incidental(30.0, gt=0)

    @field_validator("api_key_env")
    @classmethod
    def _a_name(cls, variable: str | None) -> str | None:
        return variable if variable is None else variable_name(variable)

    @property
    def parts_at_once(self) -> int:
        return PARTS_AT_ONCE

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
                f"no model '{self.model}' to chat with there{told}; check `model` and {self.address}"
            )
        if 300 <= status < 400:
            return self.error(
                f"redirects elsewhere{told}; check {self.address}: it takes the final address"
            )
        if fault.code == "connection" and fault.lost:
            return self.error(f"cannot be reached; start the server or correct {self.address}")
        if fault.code == "malformed_answer":
            return self.error(f"does not answer as a chat server does; check {self.address}")
        if fault.code == "refused_by_server":
            return self.error(
                f"refuses every request{told}; check `model`, and the request's fields under `extra`"
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
            if shaped.is_set() and not proven and fault.status in (400, 422):
                return served.error(
                    f"refuses every request (HTTP {fault.status}); if it cannot be held to a JSON schema"
                    " (`response_format`), set `json_schema: false`; else check `model` and `extra`"
                )
            return served.give_up(fault, proven)

        self._asker = Asker(served.name, send, patience, sampling.concurrency, give_up)

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


def quieten(loggers: Sequence[str], level: int = logging.WARNING) -> None:
    """Let libraries log only what is at least this grave: below it they quote requests."""
    for name in loggers:
        logging.getLogger(name).setLevel(level)
