"""One walk over what every checkpoint answered: part by part, arm by arm, second draws left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat
from typing import NamedTuple

import pyarrow as pa

from logminer.ids import person
from logminer.pipeline.journey import Arm, Journey
from logminer.stages.step import Step
from logminer.store.halves import kept_halves
from logminer.store.parts import PartFile

__all__ = ["ArmAnswers", "AskedBy", "answers", "read_part"]


class AskedBy(NamedTuple):
    """Who is behind a prompt, and on which half."""

    person: str
    discovery: bool


class ArmAnswers(NamedTuple):
    """What one arm answered in one part. Columns are read when they are asked for."""

    part: str
    arm: Arm
    prompts: pa.Table  # prompt_id, split, user_id, conversation_id
    asked_by: Mapping[str, AskedBy]  # of each prompt
    place: Step | None  # of the arm, where a map was given

    def responses(self, *columns: str) -> pa.Table:
        """Of RESPONSES."""
        return read_part(self.arm.replay, self.part, *columns)

    def embeddings(self) -> pa.Table:
        """response_id, channel, vector."""
        return read_part(self.arm.embed, self.part, "response_id", "channel", "vector")

    def clusters(self) -> dict[str, int]:
        """Response → its cluster."""
        assert self.place is not None
        table = read_part(self.place, self.part, "response_id", "cluster_id")
        return dict(zip(*(column.to_pylist() for column in table.columns), strict=True))


def answers(
    journey: Journey, parts: Sequence[str], places: Sequence[Step] = ()
) -> Iterator[ArmAnswers]:
    """Every arm's answers in every part.

    Args:
        journey: its steps.
        parts: finished ones.
        places: for each arm the step that placed its responses; none where nobody asks for clusters.
    """
    halves = kept_halves(journey.folder)
    for part in parts:
        prompts = read_part(
            journey.prompts, part, "prompt_id", "split", "user_id", "conversation_id"
        )
        if halves is not None:
            prompts = prompts.set_column(1, "split", halves.split(prompts))
        asked = _asked_by(prompts)
        for place, arm in zip(places or repeat(None, len(journey.arms)), journey.arms, strict=True):
            if not arm.repeat:
                yield ArmAnswers(part, arm, prompts, asked, place)


def _asked_by(prompts: pa.Table) -> Mapping[str, AskedBy]:
    return {
        row["prompt_id"]: AskedBy(
            person(row["user_id"], row["conversation_id"]), row["split"] == "discovery"
        )
        for row in prompts.to_pylist()
    }


def read_part(step: Step, part: str, *columns: str) -> pa.Table:
    """Columns of one part of a step."""
    return PartFile(step.folder.file(part)).read(columns)
