"""What a board says beyond pairs: families that agree, what stages brought, and how awareness of a test bears on behaviour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from logminer.compare.awareness import awareness
from logminer.compare.chain import attribute
from logminer.compare.families import interactions
from logminer.compare.options import CompareOptions
from logminer.compare.telling import pretraining_of, told, told_families
from logminer.pipeline.suitefile import BoardRow
from logminer.store.session import Session

__all__ = ["Beyond", "read_beyond"]

Row = dict[str, Any]
Pair = tuple[str, str]


class Beyond(NamedTuple):
    """Of one suite: rows of `FAMILIES`, `ATTRIBUTION` and `AWARENESS`, and the first two in words, empty where there is nothing."""

    families: list[Row]
    attribution: list[Row]
    awareness: list[Row]
    families_said: str
    attribution_said: str

    @classmethod
    def empty(cls) -> Beyond:
        """Nothing."""
        return cls([], [], [], "", "")


def read_beyond(
    session: Session,
    suite: str,
    shows: Sequence[BoardRow],
    options: CompareOptions,
    families: Mapping[str, Pair],
    pairs: Sequence[Pair],
    logs: Session | None,
) -> Beyond:
    """What the study of a suite says of families and stages, of what the board shows of it, and of awareness of a test.

    A chain is of the checkpoints that have answers to the suite, and its words say which have none; with fewer than two
    nothing is said.

    Args:
        session: the study.
        suite: its name.
        shows: what is shown; none: every category, on all prompts.
        options: as the study was compared with, with the chain as it is declared.
        families: name → (base, candidate).
        pairs: (base, candidate) that the study compares.
        logs: the study of the pipeline's own dump; None: there is none, or this is it.
    """
    there = {name for (name,) in session.rows("SELECT DISTINCT checkpoint FROM responses")}
    chain = tuple(name for name in options.chain if name in there)
    pretraining = options.pretraining if options.pretraining in there else None
    gone = [name for name in options.chain if name not in there]
    options = options.model_copy(update={"chain": chain, "pretraining": pretraining})
    strata = tuple(dict.fromkeys(one.stratum for one in shows)) or ("all",)
    able = {name: pair for name, pair in families.items() if {*pair} <= there}
    stages = [row for row in attribute(session, options, strata) if _is_shown(row, shows)]
    between = [row for row in interactions(session, options, able, strata) if _is_shown(row, shows)]
    aware = awareness(session, logs, options, pairs)
    return Beyond(
        families=[{"suite": suite} | row._asdict() for row in between],
        attribution=[{"suite": suite} | row._asdict() for row in stages],
        awareness=[{"suite": suite} | row._asdict() for row in aware],
        families_said=told_families(between),
        attribution_said=told(stages, pretraining_of(options), gone),
    )


def _is_shown(row: Any, shows: Sequence[BoardRow]) -> bool:
    return not shows or any(
        (row.category_id, row.stratum) == (one.category, one.stratum)
        and one.channel in (None, row.channel)
        for one in shows
    )
