"""The protocol of a checkpoint: a description that opens into something that answers prompts."""

from __future__ import annotations

import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol, Self, runtime_checkable

from pydantic import Field

from logminer.errors import SourceError
from logminer.files.finding import DumpFile, Skipped
from logminer.files.growing import GrowingPath
from logminer.files.objects import AnyPath
from logminer.ids import Pseudonyms
from logminer.messages.message import Spoken
from logminer.messages.states import Finish, state_of, thoughts_state
from logminer.spec import Spec, incidental

__all__ = [
    "ERRORS",
    "MOST_TURNS",
    "Answer",
    "AnswerLabels",
    "Answerer",
    "Batched",
    "Checkpoint",
    "Generating",
    "Given",
    "Matching",
    "Message",
    "Override",
    "Prompt",
    "Request",
    "RowsSay",
    "Sampling",
    "Taking",
    "answer_of",
    "model_label",
    "request_seed",
]

Message = dict[
    str, Any
]  # {role, content, thoughts, name, tool_calls, tool_call_id}, the last four mostly None

# Closed list of what `responses.error` can hold. What follows may be an HTTP status, as in `server_error:503`, or a reason
# for which generation ended, as in `finish_reason:abort`.
ERRORS = (
    "no_logged_answer",
    "no_recorded_answer",
    "timeout",
    "connection",
    "rate_limited",
    "server_error",
    "refused_by_server",
    "malformed_answer",
    "empty_answer",
    "context_too_long",
    "too_large",
    "content_filter",
    "finish_reason",
    "anonymisation_failed",
    "recorded_error",
    "unknown_tools",
    "scripted",
)

# Turn t of sample s of a dialogue that goes on is asked as number s · MOST_TURNS + t: a prime, so that a script's replies are
# gone through in every sample.
MOST_TURNS = 101

MODEL_LABEL = re.compile(r"[\w./:+()-]{1,100}(@\d[\w.-]{0,30})?", re.ASCII)


class Sampling(Spec):
    """How answers are drawn; each option has the meaning that OpenAI's chat API gives it.

    Attributes:
        temperature: how freely tokens are drawn; 0: the likeliest answer.
        top_p: the likeliest tokens that are drawn from, by their share; 1: all.
        max_new_tokens: tokens of thoughts and response together.
        samples: answers to each prompt.
        seed: each request's seed is made from it, the prompt and the sample's number.
        stop: texts that end an answer; they are not part of it.
        timeout_s: for one try of one answer.
        max_response_bytes: of one answer's body, unpacked: a longer one is not read to its end and is the error
            `too_large`. Incidental as `timeout_s` is: it can make an answer fail, and never another one.
        concurrency: requests in flight at most; how many there are adapts to what the server bears.
    """

    temperature: float = Field(0.0, ge=0, le=2)
    top_p: float = Field(1.0, gt=0, le=1)
    max_new_tokens: int = Field(512, ge=1)
    samples: int = Field(1, ge=1)
    seed: int = 0
    stop: tuple[str, ...] = Field((), max_length=4)
    timeout_s: float = incidental(120.0, gt=0)
    max_response_bytes: int = incidental(8_000_000, ge=10_000)
    concurrency: int = incidental(128, ge=1)


class Override(Spec):
    """What one checkpoint does otherwise than `replay:` says; null: the same."""

    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, gt=0, le=1)
    max_new_tokens: int | None = Field(None, ge=1)
    samples: int | None = Field(None, ge=1)
    seed: int | None = None
    stop: tuple[str, ...] | None = Field(None, max_length=4)
    timeout_s: float | None = Field(None, gt=0)
    max_response_bytes: int | None = Field(None, ge=10_000)
    concurrency: int | None = Field(None, ge=1)

    def of(self, sampling: Sampling) -> Sampling:
        """`sampling` with what is said here in its place."""
        return sampling.model_copy(update=self.model_dump(exclude_none=True))


class Prompt(NamedTuple):
    """One anonymised prompt. Recorded answers are matched by the keys, which are keyed hashes of the raw prompt.

    `samples` are the numbers of those wanted; one that is kept from before is not, and a recorded checkpoint gives
    whatever it has. `shape` is a JSON schema that the answer is held to, where the checkpoint can be (`holds_shape`);
    `tools` are what it may call, in OpenAI's form, where it can be told so (`takes_tools`).
    """

    prompt_id: str
    messages: list[Message]
    source_key: str | None
    content_key: str
    samples: Sequence[int] = (0,)
    shape: dict[str, Any] | None = None
    tools: Sequence[Mapping[str, Any]] = ()


class Answer(NamedTuple):
    """One sample, raw: it is anonymised by `replay` before it is written. `response` is None where nothing was said.

    `answered_by` is what the server, or the file, says it is: a label as `model_label` makes it. `withheld`: it thought,
    and the thoughts are not shown. `called`: it called a tool; `tool_calls` are the calls, in OpenAI's form, as far as they
    are told.
    """

    response: str | None
    thoughts: str | None = None
    finish_reason: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    latency_s: float | None = None
    error: str | None = None
    answered_by: str | None = None
    withheld: bool = False
    called: bool = False
    tool_calls: Sequence[Mapping[str, Any]] = ()

    @property
    def state(self) -> str:
        """One of `messages.states.STATES`."""
        return state_of(self.error, self.finish_reason, self.response, self.called)

    @property
    def thoughts_state(self) -> str:
        """One of `messages.states.THOUGHTS_STATES`."""
        return thoughts_state(self.thoughts, self.withheld)


def answer_of(
    said: Spoken | None,
    finish: Finish = Finish(),  # noqa: B008
    *,
    thought: bool = False,
    **facts: Any,
) -> Answer:
    """What was said, and how it ended, as an answer; the one place where what is empty is called so.

    Args:
        said: the message; None where it cannot be read.
        finish: how it ended.
        thought: whether it is known to have thought, as by a count of tokens; what is not shown is withheld then.
        facts: further fields of `Answer`.
    """
    if said is None:
        return Answer(None, error="malformed_answer", **facts)
    response = said.content if (said.content or "").strip() else None
    called = bool(said.tool_calls) or finish.reason == "tool_calls"  # a table may keep no calls
    nothing = response is None and not called and finish.reason != "length"
    return Answer(
        response,
        said.thoughts,
        finish.reason,
        error=finish.error or ("empty_answer" if nothing else None),
        withheld=said.withheld or (thought and not said.thoughts),
        called=called,
        tool_calls=tuple(said.tool_calls or ()),
        **facts,
    )


class Given(NamedTuple):
    """One sample and what it answers: the place of the prompt among those asked, and the number of the sample."""

    place: int
    sample: int
    answer: Answer


def model_label(*parts: object) -> str | None:
    """What a server says of itself (model, fingerprint), as one label; None where it says nothing that is a name.

    A server could put anything there, the prompt included, so only single words of a model name's form are let through.
    """
    names = [part for part in parts if isinstance(part, str) and MODEL_LABEL.fullmatch(part)]
    return " ".join(names) or None


def request_seed(sampling: Sampling, prompt_id: str, sample: int) -> int:
    """Seed of one request, 31 bits.

    It differs from prompt to prompt: under one seed for all, a server draws the same noise for every prompt, their
    answers are no longer independent, and every interval is too narrow.
    """
    words = f"{sampling.seed}\0{prompt_id}\0{sample}".encode()
    return int.from_bytes(hashlib.sha256(words).digest()[:4], "big") >> 1


class Answerer(Protocol):
    """An opened checkpoint."""

    def answer(self, prompts: Sequence[Prompt]) -> Iterator[Given]:
        """The samples wanted of each prompt, as they come (a failure is an answer with an error).

        `prompts` are all of a part, also those of which nothing is wanted: what is computed together may depend on
        them.

        Raises:
            CheckpointError: it answers nobody.
            Stopped: it was wished (`stopping`), and what was in flight has been given.
        """
        ...


@runtime_checkable
class Taking(Protocol):
    """What is opened and takes what it gives from rows that exist already."""

    def taken(self, prompts: Sequence[tuple[str | None, str]]) -> str:
        """Names what those rows say of prompts (source key, content key); see `recordings.taken`."""
        ...


class RowsSay(Protocol):
    """The same of many prompts, a part's at a time."""

    def scan(self) -> None:
        """Read all rows beforehand: then parts may come in any order."""

    def of(self, prompts: Sequence[tuple[str | None, str]]) -> str:
        """As `Taking.taken`."""
        ...


class AnswerLabels(Protocol):
    """Labels that lie beside a checkpoint's answers."""

    def of(self, prompts: Sequence[tuple[str | None, str]]) -> list[list[Mapping[str, Any]]]:
        """For each prompt, and each answer to it in the order of its samples, the value in each column.

        Args:
            prompts: source key and content key of each; see `Prompt`.
        """
        ...


class Request(NamedTuple):
    """What is asked: messages as OpenAI's chat API takes them, and the settings of whoever is asked."""

    messages: list[dict[str, Any]]
    settings: dict[str, Any]


class Batched(Protocol):
    """A checkpoint whose requests can be written to a file and answered elsewhere."""

    @property
    def model(self) -> str:
        """The model's name, as the server knows it."""
        ...

    def request(self, prompt: Prompt, sample: int, sampling: Sampling) -> Request:
        """What is sent for one sample."""
        ...


class Matching(Protocol):
    """Recorded answers, opened to be matched with prompts."""

    def find(self, source_key: str | None, content_key: str) -> Sequence[object]:
        """The rows that answer a prompt; empty where none does."""
        ...

    def is_ambiguous(self, source_key: str) -> bool:
        """Whether several prompts are answered under this id."""
        ...

    def asked(self) -> Iterator[tuple[str | None, Sequence[Message] | None]]:
        """What each row says that it answers: the prompt's id and its messages, where it has them."""
        ...

    def require(self, columns: Sequence[str]) -> None:
        """Raises SourceError where a file lacks one of its own columns named here."""

    def saying(self, columns: Sequence[str]) -> RowsSay:
        """What its rows say in these columns; in none: as answers."""
        ...

    @property
    def judged(self) -> AnyPath | None:
        """The first file whose labels are a judge's, as its format has it; None where none is."""
        ...


class Checkpoint(Spec, ABC):
    """A model snapshot that answers prompts.

    Attributes:
        kind: which kind of checkpoint it is.
        name: what it is called in the study; letters, digits, `_`, `.` and `-`.
        family: whose model it is, as in `openai`: a judge of the same family does not rate it; null: not said.
    """

    kind: str
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")
    family: str | None = incidental(None, min_length=1)

    @property
    def own_process(self) -> bool:
        """Whether it needs a process of its own (it waits for a server, or holds a model)."""
        return True

    @property
    def parts_at_once(self) -> int:
        """How many parts its process works on at once; more than one where it waits for a server."""
        return 1

    @property
    def resources(self) -> Mapping[str, float]:
        """What its process needs beside a core, as `Stage.resources`."""
        return {}

    @property
    def repeatable(self) -> bool:
        """Whether it makes its answers when asked: then it can be asked again, and under another seed."""
        return False

    def columns_there(self) -> frozenset[str]:
        """The columns that stand beside all its answers; none where it gives them itself.

        Raises:
            SourceError, ConfigError: as `check`.
        """
        return frozenset()

    @property
    def has_labels(self) -> bool:
        """Whether labels may lie beside its answers."""
        return False

    @property
    def is_recorded(self) -> bool:
        """Whether its answers exist already, and are matched with prompts."""
        return False

    @property
    def takes_tools(self) -> bool:
        """Whether a prompt's `tools` are handed on to it; whether the model knows any is another question."""
        return False

    @property
    def acts_only(self) -> bool:
        """Whether what it says are turns of a dialogue, and no answers to prompts."""
        return False

    @property
    def model_name(self) -> str | None:
        """What `checkpoints.model` shows."""
        return getattr(self, "model", None)

    def rooted(self, base: Path) -> Self:
        """The same checkpoint, its relative paths taken from `base`."""
        return self

    def answering(self) -> dict[str, Any]:
        """What of its options names its answers; which rows of its files they are, each part says by itself: `Taking`."""
        return self.options()

    def files(self) -> list[DumpFile]:
        """Those that its answers are read from; none where it gives them itself.

        Raises:
            SourceError: nothing there.
        """
        return []

    def leaving(self, paths: Iterable[str]) -> Self:
        """The same without these of its files."""
        return self

    def as_of(self, stood: Mapping[str, GrowingPath]) -> Self:
        """The same; of its files of lines what there was at a time: see `SourceSpec.as_of`."""
        return self

    def skipped(self) -> tuple[Skipped, ...]:
        """What lies beside the files that it reads, and is not read."""
        return ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What its owner should know before it is asked, a line each."""
        return ()

    def check(self) -> None:
        """Fail early: raise SecretError, ModelError, SourceError or CheckpointError if it could not answer now."""

    def sampling(self, said: Sampling) -> Sampling:
        """How its answers are drawn, given what the pipeline says of all checkpoints."""
        return said

    def gives_several(self, sampling: Sampling) -> bool:
        """Whether a prompt has several answers of it."""
        return sampling.samples > 1

    def batches(self) -> Batched | None:
        """How it is asked in batches; None where it is not."""
        return None

    def matching(self, pseudonyms: Pseudonyms) -> Matching:
        """Open what tells which prompts have an answer, checking as `check` does.

        Raises:
            SourceError: its answers are not recorded, or cannot be read.
        """
        raise SourceError(
            f"checkpoint {self.name}: a checkpoint of kind {self.kind} is not recorded"
        )

    def labels(self, columns: Sequence[str], pseudonyms: Pseudonyms) -> AnswerLabels:
        """Open the labels that lie beside its answers.

        Args:
            columns: of the file.
            pseudonyms: for the keys by which prompts are matched.

        Raises:
            SourceError: a column is missing.
        """
        raise SourceError(f"checkpoint {self.name}: a checkpoint of kind {self.kind} has no labels")

    @abstractmethod
    def open(self, sampling: Sampling, pseudonyms: Pseudonyms) -> Answerer:
        """Load or connect; called once for each worker."""


class Generating(Checkpoint):
    """A checkpoint that makes its answers when asked.

    Attributes:
        replay: what it does otherwise than the pipeline's `replay:`; incidental, for the stage holds the outcome.
    """

    replay: Override = incidental(Override())

    @property
    def repeatable(self) -> bool:
        return True

    def sampling(self, said: Sampling) -> Sampling:
        return self.replay.of(said)

    @property
    def holds_shape(self) -> bool:
        """Whether it keeps to a prompt's `shape`."""
        return False
