"""Where parts are computed. A runner decides nothing else: every one of them calls `run_part`."""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from logminer import parts
from logminer.errors import LogminerError, StageFailed
from logminer.parts import PartFile
from logminer.stage import Done, Readable, Stage, Task, Transform

__all__ = ["Runner", "reuse", "run_part", "where_failed"]


class Runner(Protocol):
    """Takes one task at a time; `capacity` says how many of a lane are worth having in flight."""

    def submit(self, stage: Stage, task: Task) -> Future[Done]: ...

    def capacity(self, lane: str) -> int: ...

    def close(self) -> None: ...


def reuse(stage: Stage, task: Task) -> Done | None:
    """What a finished part says of itself; None where the part is still to be computed."""
    if not task.output.exists():
        return None
    rows_in, rows_out, rejected = PartFile(task.output).counts()
    return Done(stage.label, task.part, task.output, rows_in, rows_out, rejected, 0.0, True)


def run_part(stage: Stage, transform: Transform, task: Task) -> Done:
    """Compute one part: read, transform, write whole or not at all.

    A stage with `chunk_rows` keeps each finished chunk beside the part until the part is whole, so that costly
    answers survive a crash.

    Raises:
        LogminerError: as the stage raised it.
        StageFailed: anything else; the message is withheld, for it may quote a conversation.
    """
    if done := reuse(stage, task):
        return done
    started = time.perf_counter()
    try:
        primary = task.primary.read()
        sides = {name: _side(stage, name, inputs) for name, inputs in task.sides}
        data = pa.concat_tables(_compute(stage, transform, task, primary, sides))
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
    parts.write(task.output, data, stage.output, rows_in=primary.num_rows, rejected=rejected)
    for chunk in _chunk_files(task.output, _chunk_count(stage, primary)):
        chunk.unlink(missing_ok=True)
    seconds = time.perf_counter() - started
    return Done(
        stage.label, task.part, task.output, primary.num_rows, len(data), rejected, seconds, False
    )


def _side(stage: Stage, name: str, inputs: tuple[Readable, ...]) -> pa.Table:
    if not inputs:
        return stage.sides[name].schema.empty_table()
    return pa.concat_tables([source.read() for source in inputs])


def _compute(
    stage: Stage, transform: Transform, task: Task, primary: pa.Table, sides: dict[str, pa.Table]
) -> Iterator[pa.Table]:
    """The output of each chunk in order; never empty, so that the schema is kept."""
    count = _chunk_count(stage, primary)
    size = stage.chunk_rows or max(1, primary.num_rows)
    for index, file in enumerate(_chunk_files(task.output, count)):
        if count > 1 and file.exists():
            yield PartFile(file).read()
            continue
        rows = primary.slice(index * size, size).combine_chunks()
        batch = next(iter(rows.to_batches()), None)
        if batch is None:
            batch = pa.RecordBatch.from_pylist([], schema=primary.schema)
        table = pa.Table.from_batches([transform(batch, **sides)]).cast(stage.output.schema)
        if count > 1:
            parts.write(file, table, stage.output, rows_in=len(rows), rejected=0)
        yield table.replace_schema_metadata(None)


def _chunk_count(stage: Stage, primary: pa.Table) -> int:
    return max(1, -(-primary.num_rows // stage.chunk_rows)) if stage.chunk_rows else 1


def _chunk_files(output: Path, count: int) -> list[Path]:
    return [
        output.parent / ".chunks" / f"{output.stem}.{index:04d}.parquet" for index in range(count)
    ]


def where_failed(error: BaseException) -> str:
    """`file:line` of the deepest frame: enough to find the fault, no text of the data."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown"
