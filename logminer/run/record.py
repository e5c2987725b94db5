"""The record of a run, what was declared before the first part; and of what else is done with a study."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Any

from logminer.errors import StoreError, StudyHeld
from logminer.pipeline.journey import Journey
from logminer.pipeline.policy import POLICY, Policy
from logminer.run.summary import Summary
from logminer.schemas import RUNS
from logminer.scorers.primary import in_order
from logminer.spec import content_hash
from logminer.store.layout import StudyFolder
from logminer.store.publication import revise
from logminer.store.records import RUN, StudyRecord, earlier_runs, runs_table
from logminer.store.session import open_session
from logminer.taxonomy.tree import rubrics

__all__ = ["Record", "recorded"]


class Record:
    """One run: written before the first part, completed at the end; see `store.records.StudyRecord`."""

    def __init__(self, journey: Journey) -> None:
        options = journey.file.options() | {POLICY: Policy.of(journey.file).options()}
        judged = sum(
            1
            for stage in ("judge", "rate")
            for _ in journey.folder.parts.glob(f"{stage}.*/[!.]*.parquet")
        )
        margins = {k: v.options() for k, v in journey.file.compare.margins.items()}
        row = {
            "pipeline": json.dumps(options, sort_keys=True, default=str),
            "taxonomy_hash": content_hash(journey.taxonomy.options()),
            "margins": json.dumps(margins),
            "rubrics": json.dumps(rubrics(journey.taxonomy)),
            "scorers": json.dumps(_scorers(journey, earlier_runs(journey.folder))),
            "judged_parts": judged,
        }
        self._record = StudyRecord(journey.folder, RUN, options, row)

    def end(self, status: str, summary: Summary | None = None) -> None:
        """The run is done, failed or stopped."""
        self._record.end(status, summary.as_json() if summary else None)


@contextlib.contextmanager
def recorded(
    folder: StudyFolder, kind: str, named: Any
) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Record in a published study that something is done with it; gives what takes the summary in the end.

    The caller holds the study's lock. Where another program has the database open, table `runs` follows with the next run.

    Raises:
        StoreError: no study, or one of another version of logminer.
    """
    with open_session(folder.root) as session:
        if not session.is_current():
            raise StoreError(
                f"{folder.database}: made by another version of logminer; run the pipeline again"
            )
    record, told = StudyRecord(folder, kind, named, {}), dict[str, Any]()
    try:
        yield told.update
    except BaseException:
        record.end("failed")
        raise
    record.end("done", told)
    with contextlib.suppress(StudyHeld), revise(folder.root) as publication:
        publication.replace(RUNS, runs_table(folder.root))


def _scorers(journey: Journey, earlier: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Of each category its scorers, the primary one first: as declared, else as it was, else by their kinds."""
    before = json.loads((earlier[-1].get("scorers") if earlier else None) or "{}")
    declared = journey.file.judge.primary
    return {
        category: names if category in declared else in_order(before.get(category, ()), names)
        for category, names in journey.primary.items()
    }
