"""What was declared before judging: margins and primary scorers. The append-only `runs` tell."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from logminer.compare.options import CompareOptions
from logminer.store.session import Session

__all__ = ["CLUSTERS", "Declared", "deciding", "read_declared"]

CLUSTERS = "clusters"  # among the margins: the shares of clusters


class Declared(NamedTuple):
    """What held when the last run began, and what of it was declared too late.

    Attributes:
        late_margins: categories, or `clusters`.
        scorers: category → its scorers, the one that is to have the verdict first; empty where no run says so.
        in_time: the same as it was declared before the category was ever judged.
    """

    late_margins: Collection[str]
    scorers: Mapping[str, list[str]]
    in_time: Mapping[str, list[str]]

    def primary(self, category: str, judged: Collection[str]) -> tuple[str, bool]:
        """Of the scorers that judged both arms the one that has the verdict, and whether that was settled too late."""
        chosen = deciding(self.scorers.get(category, ()), judged)
        before = self.in_time.get(category)
        if before is None:
            return chosen, len(self.scorers.get(category, ())) > 1
        meant = [name for name in before if name in judged or name not in self.scorers[category]]
        return chosen, meant[:1] != [chosen]


def deciding(order: Sequence[str], judged: Collection[str]) -> str:
    """The first of `order` that judged; where none of them did, the first by name of those that did."""
    return next((name for name in order if name in judged), min(judged))


class _Run(NamedTuple):
    """`rubrics` is None for a run of an earlier version, which may have judged anything."""

    taxonomy: str | None
    rubrics: dict[str, str] | None
    margins: dict[str, Any]
    scorers: dict[str, list[str]]
    judged_parts: int
    done: bool


def read_declared(session: Session, options: CompareOptions) -> Declared:
    """What the runs of the study declared, by the order in which they began.

    A run declares in time what concerns a category if the study never judged it before, under whatever rubric: results
    that were seen are not undone by another word in the rubric. The last such run counts, under which it was judged: a
    margin is late if that one did not declare it for the rubric as it is now. Where judgements are older than all
    records everything is late, and where no run is recorded nothing.
    """
    runs = [
        _Run(
            taxonomy,
            json.loads(rubrics) if rubrics else None,
            json.loads(margins),
            json.loads(scorers or "{}"),
            judged or 0,
            status == "done",
        )
        for taxonomy, rubrics, margins, scorers, judged, status in session.rows(
            "SELECT taxonomy_hash, rubrics, margins, scorers, judged_parts, status FROM runs"
            f" WHERE pipeline IS NOT NULL ORDER BY {session.runs_in_order}"
        )
    ]
    if not runs:
        return Declared((), {}, {})
    last = runs[-1]
    late = set()
    for name, margin in options.margins.items():
        run = _in_time(runs, name)
        if not (
            run and run.margins.get(name) == margin.options() and _same_rubric(run, last, name)
        ):
            late.add(name)
    settled = ((category, _in_time(runs, category)) for category in last.scorers)
    in_time = {
        category: run.scorers[category]
        for category, run in settled
        if run and category in run.scorers
    }
    return Declared(late, last.scorers, in_time)


def _in_time(runs: list[_Run], name: str) -> _Run | None:
    """The last run that began before category `name` was judged (of clusters: before anything was); None if none is known."""
    if runs[0].judged_parts:  # by runs whose records are gone
        return None
    for run, following in pairwise(runs):
        if (following.judged_parts or run.done) and _judges(run, name):
            return run
    return runs[-1]


def _judges(run: _Run, name: str) -> bool:
    return name == CLUSTERS or run.rubrics is None or name in run.scorers


def _same_rubric(run: _Run, last: _Run, name: str) -> bool:
    if run.rubrics is None or last.rubrics is None:
        return run.taxonomy == last.taxonomy
    return run.rubrics.get(name) == last.rubrics.get(name)
