"""What the last run of a study was asked to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from logminer.errors import StoreError
from logminer.store.session import Session

__all__ = ["LastRun", "last_run", "refuse_unfinished"]


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


def refuse_unfinished(session: Session, study: Path) -> None:
    """Ask that a run of the study has come to its end.

    Raises:
        StoreError: what is published is what one had so far, and nothing is compared in it.
    """
    if session.is_unfinished and not session.rows("SELECT 1 FROM comparisons LIMIT 1"):
        raise StoreError(
            f"{study}: no run of it has ended yet, and until then nothing is compared; see logminer status, or run the pipeline"
            " again"
        )
