"""Was a margin declared before judging? The append-only `runs` tell."""

from __future__ import annotations

import json
from typing import Any

from logminer.compare.options import CompareOptions
from logminer.store.session import Session

__all__ = ["late_margins"]


def late_margins(session: Session, options: CompareOptions) -> set[str]:
    """Categories whose present margin no run declared before the first judgement under the present taxonomy.

    A run declared in time where the study held no judgement part yet, or where no earlier run had its taxonomy.
    Empty where no run is recorded.
    """
    runs = session.rows(
        f"SELECT taxonomy_hash, margins, judged_parts FROM runs ORDER BY {session.runs_in_order}"
    )
    if not runs:
        return set()
    taxonomy = runs[-1][0]
    in_time: list[dict[str, Any]] = []
    for number, (hash_, margins, judged) in enumerate(runs):
        first = hash_ not in {earlier for earlier, _, _ in runs[:number]}
        if hash_ == taxonomy and (first or judged == 0):
            in_time.append(json.loads(margins))
    return {
        name
        for name, margin in options.margins.items()
        if all(declared.get(name) != margin.options() for declared in in_time)
    }
