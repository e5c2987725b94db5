"""Where parts are computed. A runner decides nothing else: every one of them calls `run_part`."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Protocol

import pyarrow as pa

from logminer.errors import LogminerError, PartOutdated, StageFailed, StoreError, where_failed
from logminer.process.egress import Egress
from logminer.runners.ahead import Ahead
from logminer.runners.journal import Journal, taken_over
from logminer.stages.base import (
    Done,
    Earlier,
    FromRecorded,
    Gradual,
    Readable,
    Stage,
    Task,
    Transform,
    one_batch,
)
from logminer.store import parts
from logminer.store.parts import OUTDATED, TAKEN, PartFile

__all__ = ["Runner", "is_current", "reuse", "run_part"]

NOTHING_AHEAD = Ahead()


class Runner(Protocol):
    """Takes one task at a time; `capacity` says how many of a stage's lane are worth having in flight."""

    @property
    def where(self) -> str:
        """Where it computes, in a few words."""
        ...

    def submit(self, stage: Stage, task: Task) -> Future[Done]: ...

    def capacity(self, stage: Stage) -> int: ...

    def egress(self) -> tuple[Egress, ...]:
        """What its own processes have sent so far; what this process sends is not counted."""
        ...

    def stop(self) -> None:
        """Finish what is in flight inside the parts, begin nothing more; their futures end soon, some as `Stopped`."""
        ...

    def rest(self) -> None:
        """Give back the memory of processes that are idle and quickly begun again: what comes next needs it."""
        ...

    def close(self, *, now: bool = False) -> None:
        """End the processes: when they are done with what they have, or at once."""
        ...


def reuse(stage: Stage, task: Task, ahead: Ahead = NOTHING_AHEAD) -> Done | None:
    """What a finished part says of itself; None where the part is still to be computed.

    Args:
        stage: whose part it is.
        task: the part.
        ahead: what is known of parts.

    Raises:
        PartOutdated: it was made of parts that were others.
        StoreError: it is damaged or was altered.
    """
    if not ahead.has(task.output):
        return None
    found = ahead.examined(task.output)
    if isinstance(found, str):
        raise StoreError(f"{task.output}: {found}")
    if found.inputs != tuple(_inputs(task, ahead)):
        raise PartOutdated(f"{task.output}: {OUTDATED}")
    ahead.keep(task.output, found.digest)
    rows_in, rows_out, rejected, *_ = found
    return Done(stage.label, task.part, task.output, rows_in, rows_out, rejected, 0.0, True)


def is_current(task: Task) -> bool:
    """Whether a part is there and was made of those that are; told by what they say of themselves, and no row is read."""
    try:
        return task.output.exists() and PartFile(task.output).footer().inputs == tuple(
            _inputs(task)
        )
    except (StoreError, FileNotFoundError):
        return False


def _inputs(task: Task, ahead: Ahead = NOTHING_AHEAD) -> list[str]:
    """Digests of the parts that a part is made of."""
    sources = [task.primary, *(source for _, side in task.sides for source in side)]
    return [ahead.digest(source.path) for source in sources if isinstance(source, PartFile)]


def run_part(
    stage: Stage, transform: Transform, task: Task, heard: Callable[[int], None] = lambda rows: None
) -> Done:
    """Compute one part: read, transform, write whole or not at all.

    A transform that gives its rows gradually has each lot kept beside the part until the part is whole, so that costly
    answers survive a crash.

    Args:
        stage: what is computed.
        transform: the same, opened.
        task: the part.
        heard: told how many rows were kept, as they are.

    Raises:
        LogminerError: as the stage raised it.
        StageFailed: anything else; the message is withheld, for it may quote a conversation.
    """
    if done := reuse(stage, task):
        return done
    started, used = time.perf_counter(), time.thread_time()
    journal = Journal(task.output, stage.output, task.kin)
    try:
        primary = task.primary.read()
        batch = one_batch(primary)
        sides = {name: _side(stage, name, inputs) for name, inputs in task.sides}
        if isinstance(transform, Gradual):
            computed = _gradually(transform, batch, sides, journal, heard, task.earlier)
        else:
            computed = transform(batch, **sides)
        taken = transform.taken(batch) if isinstance(transform, FromRecorded) else None
        data = pa.Table.from_batches([computed]).cast(stage.output.schema)
    except LogminerError:
        raise
    except Exception as error:
        raise StageFailed(
            stage.label, task.part, type(error).__name__, where_failed(error)
        ) from None
    if stage.rows == "1:1" and data.num_rows != primary.num_rows:
        counts = f"{primary.num_rows} rows in, {data.num_rows} out"
        raise StageFailed(stage.label, task.part, f"broke its 1:1 law ({counts})", stage.name)
    rejected = len(data) - data["rejected"].null_count if "rejected" in data.column_names else 0
    parts.write(
        task.output,
        data,
        stage.output,
        rows_in=primary.num_rows,
        rejected=rejected,
        inputs=_inputs(task),
        extra=(*journal.mark, *(((TAKEN, taken),) if taken else ())),
    )
    journal.clear()
    return Done(
        stage=stage.label,
        part=task.part,
        output=task.output,
        rows_in=primary.num_rows,
        rows_out=len(data),
        rejected=rejected,
        seconds=time.perf_counter() - started,
        reused=False,
        cpu_s=time.thread_time() - used,
    )


def _gradually(
    transform: Gradual,
    batch: pa.RecordBatch,
    sides: dict[str, pa.Table],
    journal: Journal,
    heard: Callable[[int], None],
    earlier: Sequence[Earlier],
) -> pa.RecordBatch:
    there = journal.read(taken_over(earlier, batch))
    kept = [there]
    heard(len(there))
    for rows in transform.gradually(batch, there, **sides):
        journal.keep(rows)
        kept.append(pa.Table.from_batches([rows]))
        heard(len(rows))
    return transform.arranged(batch, pa.concat_tables(kept))


def _side(stage: Stage, name: str, inputs: tuple[Readable, ...]) -> pa.Table:
    if not inputs:
        return stage.sides[name].schema.empty_table()
    return pa.concat_tables([source.read() for source in inputs])
