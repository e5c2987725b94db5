"""Answers to prompts that lie in other parts now: a dump whose files were written anew, joined or shortened asks nobody twice.

A part is named by the rows of the dump that it holds. Where these come to lie in another part, because a conversation goes on in a
later file, or somebody's were taken out, the other stages compute the part anew; what checkpoints said is taken over, prompt by prompt.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from logminer.errors import StoreError
from logminer.pipeline.journey import Journey
from logminer.stages.base import Earlier
from logminer.stages.step import Slice, Step
from logminer.store.halves import UNIT, as_units
from logminer.store.parts import PartFile, PartFolder

__all__ = ["with_earlier"]


def with_earlier(journey: Journey, steps: Sequence[Step]) -> list[Step]:
    """Steps of a journey; those that ask know which parts of the dump as it was hold answers that they may take over.

    The dump is walked over for it where there are answers already.

    Raises:
        SourceError, ConfigError: the dump.
    """
    asked = {
        arm.asked.folder: set(arm.asked.folder.parts()) for arm in journey.arms if arm.asked.kin
    }
    planned = set[str]()
    if any(asked.values()):
        planned = {slice_.part for slice_ in journey.file.source.slices()}
    prompts = journey.prompts.folder
    found = {
        folder: _Earlier.of(folder, prompts, there - planned)
        for folder, there in asked.items()
        if there - planned and planned - there
    }
    return [step._replace(earlier=found.get(step.folder)) for step in steps]


class _Earlier(NamedTuple):
    """Parts of a dump as it was, and which prompts they hold: 40 bytes each."""

    folder: PartFolder
    prompts: PartFolder
    parts: Sequence[str]
    ids: NDArray[np.bytes_]  # sorted
    places: NDArray[np.int64]  # of each the number of its part

    @classmethod
    def of(cls, folder: PartFolder, prompts: PartFolder, parts: Iterable[str]) -> _Earlier:
        """Those parts whose prompts are there still; one that is damaged is of no use."""
        each, told = list[NDArray[np.bytes_]](), list[str]()
        for part in sorted({*parts}.intersection(prompts.parts())):
            with contextlib.suppress(StoreError):
                each.append(_ids(prompts, part))
                told.append(part)
        ids = np.concatenate([np.zeros(0, UNIT), *each])
        places = np.repeat(np.arange(len(told)), np.array([len(one) for one in each], np.int64))
        order = np.argsort(ids, kind="stable")
        return cls(folder, prompts, told, ids[order], places[order])

    def holding(self, slice_: Slice) -> Iterator[Earlier]:
        """The parts that hold any of a slice's prompts, which are ready."""
        if not len(self.ids):
            return
        wanted = _ids(self.prompts, slice_.part)
        first, last = (np.searchsorted(self.ids, wanted, side) for side in ("left", "right"))
        found = {int(n) for a, b in zip(first, last, strict=True) for n in self.places[a:b]}
        for number in sorted(found):
            part = self.parts[number]
            yield Earlier(PartFile(self.folder.file(part)), PartFile(self.prompts.file(part)))


def _ids(prompts: PartFolder, part: str) -> NDArray[np.bytes_]:
    return as_units(PartFile(prompts.file(part)).read(["prompt_id"])["prompt_id"])
