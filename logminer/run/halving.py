"""The halves of a study in a run: those that were given are kept, and who is new gets one when all prompts are known.

That is at the barrier, and for all who are new at once. So neither the order in which parts were finished nor how many
workers did it, nor whether the run was stopped on the way, makes a difference; and until then nobody new has a half that
could change. `sampling.halving` says how they are dealt.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logminer.pipeline.file import PipelineFile
from logminer.pipeline.journey import Journey
from logminer.run.answers import read_part
from logminer.sampling.halving import deal
from logminer.store.halves import (
    DISCOVERY,
    Halves,
    as_units,
    given_halves,
    units_of,
)
from logminer.store.layout import StudyFolder

__all__ = ["allot_halves", "keep_halves"]

UNEVEN = 0.4  # share of the prompts; a half that has less is told

Say = Callable[[str], None]


class _Counted(NamedTuple):
    """The units of a dump; columns of equal length."""

    units: NDArray[np.bytes_]
    prompts: NDArray[np.int64]
    coins: NDArray[np.bool_]  # heads: discovery

    def only(self, rows: NDArray[np.bool_]) -> _Counted:
        return _Counted(self.units[rows], self.prompts[rows], self.coins[rows])

    def ahead(self, discovery: NDArray[np.bool_]) -> int:
        """Prompts that the discovery half has more than the other."""
        return int(self.prompts[discovery].sum() - self.prompts[~discovery].sum())


def keep_halves(file: PipelineFile) -> None:
    """Write down, before the first part, which halves have been given; the study is locked.

    A new study's file is empty, which tells it from an older one, whose users have theirs by the coin in its parts.

    Raises:
        StoreError: the disk is full, or may not be written.
    """
    folder = StudyFolder(file.study)
    if not folder.halves.exists():
        given_halves(folder).keep(folder)


def allot_halves(journey: Journey, parts: Sequence[str], say: Say) -> None:
    """Give everybody in the dump who has no half one, and keep it.

    Where `cluster.map` names another study, that is the half which he has there, for there the map was found. Who is
    known to neither is dealt one.

    Args:
        journey: a run of it has begun with `keep_halves`.
        parts: all of the dump's; their prompts are finished. A conversation that lies in two of them counts twice.
        say: told where halves here and there contradict each other, and where one is much smaller.

    Raises:
        StoreError: a part or a file of halves is damaged, or the disk is full.
    """
    given = given_halves(journey.folder)
    counted = _counted(journey, parts)
    halves = given
    if named := journey.file.cluster.map:
        others = given_halves(StudyFolder(Path(named))).only(counted.units)
        if crossed := _crossed(given, others):
            say(
                f"note: {crossed:,} users are on the inference half here and on the discovery half of {named}: they helped"
                " to find its map, and shifts of its clusters are tested on them. A new study on that map keeps them apart"
            )
        halves = given.joined(others)
    at = halves.places(counted.units)
    known, new = counted.only(at >= 0), counted.only(at < 0)
    ahead = known.ahead(halves.discovery[at[at >= 0]])
    dealt = deal(new.units, new.prompts, new.coins, ahead)
    halves = halves.joined(Halves.of(new.units, dealt))
    if len(halves) > len(given):
        halves.keep(journey.folder)
    _tell_uneven(ahead + new.ahead(dealt), int(counted.prompts.sum()), say)


def _tell_uneven(ahead: int, total: int, say: Say) -> None:
    smaller = (total - abs(ahead)) // 2
    if smaller < UNEVEN * total:
        say(
            f"note: the {'discovery' if ahead < 0 else 'inference'} half has {smaller:,} of {total:,} prompts: all of a"
            " user's are on one half, and halves that were given before stay"
        )


def _crossed(halves: Halves, others: Halves) -> int:
    """How many found the others' map, and are tested here."""
    both = halves.only(others.units)
    return int((~both.discovery & others.only(both.units).discovery).sum())


def _counted(journey: Journey, parts: Sequence[str]) -> _Counted:
    columns = ("user_id", "conversation_id", "split")
    none = pa.table({"unit": pa.array([], pa.string()), "split": pa.array([], pa.string())})
    each = [_tallied(none)]
    for part in parts:
        prompts = read_part(journey.prompts, part, *columns)
        each.append(_tallied(pa.table({"unit": units_of(prompts), "split": prompts["split"]})))
    whole = pa.concat_tables(each).group_by(["unit", "split"]).aggregate([("prompts", "sum")])
    return _Counted(
        as_units(whole["unit"]),
        np.asarray(whole["prompts_sum"], np.int64),
        np.asarray(pc.equal(whole["split"], DISCOVERY), bool),
    )


def _tallied(rows: pa.Table) -> pa.Table:
    """Columns unit, split and prompts."""
    counted = rows.group_by(["unit", "split"]).aggregate([([], "count_all")])
    return counted.rename_columns(["unit", "split", "prompts"])
