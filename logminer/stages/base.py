"""The contract of a stage: what it is, what it reads, what it gives back.

A `Stage` is a description: immutable, hashable, small to pickle. `open()` makes the worker that holds the models,
once for each process. Laws, checked by one contract test over every stage: a stage pickles; an empty batch gives an
empty batch; splitting the primary batch does not change the output; the same input twice gives the same output; rows
relate as declared.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, Literal, NamedTuple, Protocol, runtime_checkable

import pyarrow as pa

from logminer.files.objects import AnyPath
from logminer.schemas import Table
from logminer.spec import Spec, content_hash, incidental

__all__ = [
    "CPU",
    "GPU",
    "Done",
    "Earlier",
    "FromRecorded",
    "Gradual",
    "OfCheckpoint",
    "Readable",
    "Rows",
    "Stage",
    "Task",
    "Transform",
    "by_prompt",
    "in_places",
    "one_batch",
    "prompt_keys",
    "whole",
]

Rows = Literal["1:1", "1:n"]

CPU, GPU = "cpu", "gpu"  # lanes that several stages share


class Readable(Protocol):
    """Something a worker can turn into rows: a finished part, or a slice of the dump. Small to pickle."""

    def read(self) -> pa.Table: ...


class Transform(Protocol):
    """An opened stage. `batch` holds rows of the primary input; `sides` are the whole part-aligned side inputs."""

    def __call__(self, batch: pa.RecordBatch, /, **sides: pa.Table) -> pa.RecordBatch: ...


@runtime_checkable
class Gradual(Protocol):
    """A transform whose rows are too costly to lose: it gives them as they come, and each lot is kept at once."""

    def gradually(
        self, batch: pa.RecordBatch, kept: pa.Table, /, **sides: pa.Table
    ) -> Iterator[pa.RecordBatch]:
        """The rows that are not among `kept`, a lot at a time, in any order."""
        ...

    def arranged(self, batch: pa.RecordBatch, rows: pa.Table, /) -> pa.RecordBatch:
        """All rows of the part in their order, out of those kept and those that came; what is not wanted is left out."""
        ...


@runtime_checkable
class FromRecorded(Protocol):
    """A transform that may take its rows from files beside its inputs."""

    def taken(self, batch: pa.RecordBatch, /) -> str | None:
        """Names what of them a part takes, so that it can be told whether they still say it; None: nothing."""
        ...


class Stage(Spec, ABC):
    """A description of one stop: it holds options, never models."""

    name: ClassVar[str]
    version: ClassVar[int] = 1  # raised when the same options would give another output
    rows: ClassVar[Rows] = "1:1"
    input: ClassVar[Table]
    output: ClassVar[Table]
    sides: ClassVar[dict[str, Table]] = {}  # part-aligned side inputs: argument name → table

    @property
    def label(self) -> str:
        """Name of the output folder before the fingerprint; one for each checkpoint where there are several."""
        return self.name

    @property
    def lane(self) -> str:
        """Which workers compute it: 'cpu' for the shared pool, another name for a process of its own.

        All that want an accelerator and nothing else share 'gpu': a model is loaded there once, not once for each worker.
        """
        return GPU if self.resources.get(GPU) else CPU

    @property
    def parts_at_once(self) -> int:
        """How many parts a process of its own works on at once; more than one where it mostly waits."""
        return 1

    @property
    def resources(self) -> Mapping[str, float]:
        """What a worker needs beside a core, for runners that choose the machine: `{"gpu": 1.0}`."""
        return {}

    @property
    def at_home(self) -> bool:
        """Whether it keeps something in the study beside its parts: computed on the machine from which the run began."""
        return False

    @abstractmethod
    def open(self) -> Transform:
        """Load models and give the worker; called once for each process."""

    def fingerprint(self, *upstream: str) -> str:
        """12 hex characters that name the output: options, version and everything before."""
        return content_hash([self.name, self.version, self.options(), list(upstream)])

    def __hash__(self) -> int:
        return hash((type(self), self.model_dump_json()))

    def __eq__(self, other: Any) -> bool:
        return type(self) is type(other) and self.model_dump_json() == other.model_dump_json()


class OfCheckpoint(Stage):
    """A stage on the rows of one checkpoint, whose name gives the output folder a name and changes no row."""

    checkpoint: str = incidental()

    @property
    def label(self) -> str:
        return f"{self.name}.{self.checkpoint}"


def one_batch(table: pa.Table) -> pa.RecordBatch:
    """All rows of a table as one batch; an empty one of its schema where there is none."""
    found = table.combine_chunks().to_batches()
    return found[0] if found else pa.RecordBatch.from_pylist([], schema=table.schema)


def prompt_keys(prompts: pa.RecordBatch | pa.Table) -> list[tuple[str | None, str]]:
    """Of rows of `schemas.PROMPTS` what recorded answers are matched by: source key and content key of each."""
    keys = (prompts[name].to_pylist() for name in ("source_key", "content_key"))
    return list(zip(*keys, strict=True))


def whole(
    transform: Gradual, output: Table, batch: pa.RecordBatch, /, **sides: pa.Table
) -> pa.RecordBatch:
    """All rows of a batch of which none is kept, from a transform that gives them as they come."""
    nothing = output.schema.empty_table()
    lots = [pa.Table.from_batches([lot]) for lot in transform.gradually(batch, nothing, **sides)]
    return transform.arranged(batch, pa.concat_tables([nothing, *lots]))


def in_places(rows: pa.Table, places: Iterable[tuple[Any, ...]]) -> pa.RecordBatch:
    """Rows in the order of `places`, each of which ends in the number of its row."""
    return one_batch(rows.take(pa.array([row for *_, row in sorted(places)], pa.int64())))


def by_prompt(rows: pa.Table, prompts: Iterable[str]) -> pa.RecordBatch:
    """The rows of these prompts, in their order and by sample; those of others are left out."""
    order = {prompt: place for place, prompt in enumerate(prompts)}
    found = zip(rows["prompt_id"].to_pylist(), rows["sample_index"].to_pylist(), strict=True)
    return in_places(
        rows, ((order[p], sample, row) for row, (p, sample) in enumerate(found) if p in order)
    )


class Earlier(NamedTuple):
    """A part that is none of the dump's any longer, and the prompts that it answers."""

    rows: Readable
    prompts: Readable


class Task(NamedTuple):
    """One part of one stage to compute. Descriptions only: no text travels with it."""

    part: str  # source hash and first row
    output: AnyPath
    primary: Readable
    sides: tuple[tuple[str, tuple[Readable, ...]], ...] = ()
    kin: str | None = (
        None  # rows of another fingerprint with the same kin are as good: see `Journal`
    )
    earlier: tuple[Earlier, ...] = ()  # parts in which rows may be that are as good


class Done(NamedTuple):
    """What became of a task. Times are of the worker; `reused` parts were there before and cost nothing."""

    stage: str
    part: str
    output: AnyPath
    rows_in: int
    rows_out: int
    rejected: int
    seconds: float
    reused: bool
    cpu_s: float = 0.0  # of processor time; others that share the machine do not change it
