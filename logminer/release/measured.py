"""Which arms, pairs and behaviours a release is of: what was declared, or what enough people have; never what one person has.

A row that stands through one person's answer tells of that person, whatever is in it; and in a private release a question more
would move everybody's counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from logminer.compare.declared import Declared, read_declared
from logminer.compare.options import CompareOptions
from logminer.release.drawn import MISSING, JudgedAs
from logminer.schemas.reserved import FOUND_PREFIX, LOGGED
from logminer.store.session import Session
from logminer.study.last_run import last_run
from logminer.study.pairs import compared_pairs

__all__ = [
    "Labels",
    "Measured",
    "declared_measures",
    "measured_as_declared",
    "measured_by_enough",
    "measures_by_enough",
]

Labels = Mapping[JudgedAs, Mapping[str, NDArray[np.int8]]]

PEOPLE = """
SELECT r.checkpoint, count(DISTINCT coalesce(p.user_id, CASE WHEN ? THEN p.prompt_group END)) AS people
FROM responses AS r JOIN prompts AS p USING (prompt_id) LEFT JOIN
    (SELECT checkpoint, rowid AS place FROM checkpoints) AS c USING (checkpoint)
GROUP BY 1 ORDER BY min(c.place) NULLS LAST, 1
"""


class Measured(NamedTuple):
    """What is counted of a study.

    Attributes:
        asked: a prompt counts that was put to all of these.
        arms: these; and the log, beside them over its own prompts.
        pairs: (base, candidate) that are compared.
    """

    asked: tuple[str, ...]
    arms: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]


def measured_as_declared(session: Session, options: CompareOptions) -> Measured:
    """By the pipeline alone. The log is there where it is compared, or where there is nothing else."""
    ran = last_run(session)
    names = [one["name"] for one in ran.options.get("checkpoints", ())] if ran else []
    families = ran.options.get("families", {}) if ran else {}
    pairs = options.pairs or tuple(dict.fromkeys((a, b) for a, b in families.values()))
    pairs = pairs or tuple((names[0], other) for other in names[1:])
    compared = dict.fromkeys(arm for pair in pairs for arm in pair)
    arms = tuple(sorted(compared, key=[*names, *compared].index)) or tuple(names) or (LOGGED,)
    return Measured(arms, arms, pairs)


def measured_by_enough(session: Session, least: int, *, unknown_count: bool) -> Measured:
    """What was compared, but for arms that answered fewer people than `least`; every arm where nothing was compared.

    Where all answered fewer it is all of them, and too few people will be counted.
    """
    people = dict(session.rows(PEOPLE, [unknown_count]))
    arms = [arm for arm, n in people.items() if n >= least] or [*people]
    pairs = tuple(pair for pair in compared_pairs(session) if {*pair} <= {*arms})
    compared = {arm for pair in pairs for arm in pair}
    asked = tuple(arm for arm in arms if arm in (compared or arms))
    if not compared and len(asked) > 1:
        asked = tuple(arm for arm in asked if arm != LOGGED)
    return Measured(asked, tuple(arm for arm in arms if arm in {*asked, LOGGED}), pairs)


def declared_measures(session: Session, options: CompareOptions) -> list[JudgedAs]:
    """Each behaviour that people declared, on each of its channels, by the first of its scorers that is for this channel."""
    declared = read_declared(session, options)
    only = _only(session)
    found = []
    for category, channel in session.rows(
        "SELECT category_id, channel FROM categories WHERE NOT coalesce(found, false) ORDER BY ALL"
    ):
        for one in ("response", "thoughts") if channel == "both" else (channel,):
            able = [
                scorer
                for scorer in declared.scorers.get(category, ())
                if only.get(scorer, one) == one
            ]
            if able and not category.startswith(FOUND_PREFIX):
                found.append(JudgedAs(category, one, able[0]))
    return sorted(found)


def _only(session: Session) -> dict[str, str]:
    """The channel of each scorer that is for one."""
    ran = last_run(session)
    scorers: list[dict[str, Any]] = ran.options.get("judge", {}).get("scorers", []) if ran else []
    return {one["name"]: one["channel"] for one in scorers if "channel" in one}


def measures_by_enough(
    session: Session, options: CompareOptions, measured: Measured, labels: Labels, least: int
) -> list[JudgedAs]:
    """Each behaviour that people declared, by the first of its scorers that judged both arms of a pair in `least` prompts."""
    declared = read_declared(session, options)
    found = {id_ for (id_,) in session.rows("SELECT category_id FROM categories WHERE found")}
    chosen: set[JudgedAs] = set()
    for pair in measured.pairs or [(arm,) for arm in measured.asked]:
        judged: dict[tuple[str, str], list[str]] = {}
        for (category, channel, scorer), of in labels.items():
            if np.logical_and.reduce([of[arm] != MISSING for arm in pair]).sum() >= least:
                judged.setdefault((category, channel), []).append(scorer)
        chosen |= {
            _primary(declared, category, channel, scorers)
            for (category, channel), scorers in judged.items()
            if category not in found and not category.startswith(FOUND_PREFIX)
        }
    return sorted(chosen)


def _primary(declared: Declared, category: str, channel: str, scorers: list[str]) -> JudgedAs:
    return JudgedAs(category, channel, declared.primary(category, scorers)[0])
