"""A stage in its place: where its parts go, and whose parts it reads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from logminer.stages.base import Earlier, Readable, Stage, Task
from logminer.store.parts import PartFile, PartFolder

__all__ = ["Holding", "Slice", "Step"]


class Slice(Readable, Protocol):
    """A range of rows of the dump that becomes one part of every stage."""

    @property
    def part(self) -> str: ...

    @property
    def text_bytes(self) -> int:
        """How much text its rows hold."""
        ...


class Holding(Protocol):
    """Knows parts of the dump as it was."""

    def holding(self, slice_: Slice) -> Iterable[Earlier]:
        """Those that may hold rows of a slice, whose prompts are ready."""
        ...


class Step(NamedTuple):
    """A stage in its place: where its parts go, and the steps whose parts it reads (None: the dump itself)."""

    stage: Stage
    folder: PartFolder
    primary: Step | None
    sides: tuple[tuple[str, tuple[Step, ...]], ...] = ()
    kin: str | None = None  # see `Task.kin`
    earlier: Holding | None = None  # see `Task.earlier`

    @property
    def inputs(self) -> list[Step]:
        sides = [step for _, steps in self.sides for step in steps]
        return [self.primary, *sides] if self.primary else sides

    def task(self, slice_: Slice) -> Task:
        """The description of one part of this step."""

        def part_of(step: Step) -> PartFile:
            return PartFile(step.folder.file(slice_.part))

        return Task(
            slice_.part,
            self.folder.file(slice_.part),
            part_of(self.primary) if self.primary else slice_,
            tuple((name, tuple(map(part_of, steps))) for name, steps in self.sides),
            self.kin,
            self._earlier(slice_),
        )

    def _earlier(self, slice_: Slice) -> tuple[Earlier, ...]:
        if self.earlier is None or self.folder.file(slice_.part).exists():
            return ()
        return tuple(self.earlier.holding(slice_))
