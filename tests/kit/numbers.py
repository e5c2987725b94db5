"""A stage that adds, for tests of what runs stages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pyarrow as pa

from logminer.schemas import Column, Table
from logminer.spec import incidental
from logminer.stages.base import Stage, Transform

__all__ = ["NUMBERS", "Add", "Costly", "CostlyTransform", "Rows"]


NUMBERS = Table("numbers", "numbers", (Column("n", pa.int64(), "a number"),))


class Rows:
    """A readable slice of numbers."""

    def __init__(self, part: str, numbers: list[int], text_bytes: int = 0) -> None:
        self.part, self.numbers, self.text_bytes = part, numbers, text_bytes

    def read(self) -> pa.Table:
        return pa.table({"n": self.numbers}, schema=NUMBERS.schema)


class Add(Stage):
    """Adds `by`, and the sum of a side input if there is one."""

    name: ClassVar[str] = "add"
    input: ClassVar[Table] = NUMBERS
    output: ClassVar[Table] = NUMBERS
    sides: ClassVar[dict[str, Table]] = {"more": NUMBERS}
    by: int
    label_: str = incidental("add")
    fail: str = ""

    @property
    def label(self) -> str:
        return self.label_

    def open(self) -> Transform:
        def transform(batch: pa.RecordBatch, **sides: pa.Table) -> pa.RecordBatch:
            if self.fail:
                raise ValueError(f"the text of a conversation: {self.fail}")
            extra = sum(n for side in sides.values() for n in side["n"].to_pylist())
            numbers = [n + self.by + extra for n in batch["n"].to_pylist()]
            return pa.RecordBatch.from_pydict({"n": numbers}, schema=NUMBERS.schema)

        return transform


class Costly(Add):
    """The same, two rows at a time, each lot kept; `calls` notes how many rows were computed, backwards."""

    def open(self) -> Transform:
        return CostlyTransform(self.by)


class CostlyTransform:
    def __init__(self, by: int, fail_at: int | None = None) -> None:
        self.by, self.fail_at = by, fail_at
        self.computed: list[int] = []

    def __call__(self, batch: pa.RecordBatch, /, **sides: pa.Table) -> pa.RecordBatch:
        raise AssertionError("a runner takes its rows gradually")

    def gradually(
        self, batch: pa.RecordBatch, kept: pa.Table, /, **sides: pa.Table
    ) -> Iterator[pa.RecordBatch]:
        there = set(kept["n"].to_pylist())
        missing = [n for n in batch["n"].to_pylist() if n + self.by not in there][::-1]
        for start in range(0, len(missing), 2):
            if len(self.computed) == self.fail_at:
                raise MemoryError
            lot = missing[start : start + 2]
            self.computed += lot
            yield pa.RecordBatch.from_pydict(
                {"n": [n + self.by for n in lot]}, schema=NUMBERS.schema
            )

    def arranged(self, batch: pa.RecordBatch, rows: pa.Table, /) -> pa.RecordBatch:
        wanted = {n + self.by for n in batch["n"].to_pylist()}
        numbers = sorted(n for n in rows["n"].to_pylist() if n in wanted)
        return pa.RecordBatch.from_pydict({"n": numbers}, schema=NUMBERS.schema)
