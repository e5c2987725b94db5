"""What the last run of a study was asked to do."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from logminer.store.session import Session

__all__ = ["LastRun", "last_run"]


class LastRun(NamedTuple):
    """The run that began last.

    Attributes:
        options: of its pipeline file, without those that change no answer.
        taxonomy_hash: 12 hex characters; null in studies of old versions.
    """

    options: dict[str, Any]
    taxonomy_hash: str | None


def last_run(session: Session) -> LastRun | None:
    """The last run of a study; None where there was none."""
    rows = session.rows(
        "SELECT pipeline, taxonomy_hash FROM runs WHERE pipeline IS NOT NULL"
        f" ORDER BY {session.runs_in_order}"
    )
    return LastRun(json.loads(rows[-1][0]), rows[-1][1]) if rows else None
