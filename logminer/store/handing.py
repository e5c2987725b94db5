"""What is written out of a study for people or other tools: its owner's alone, and recorded in table `runs`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from logminer.errors import StoreError
from logminer.process.permissions import OWNER
from logminer.schemas import RUNS
from logminer.store.layout import StudyFolder
from logminer.store.lock import lock_study
from logminer.store.publication import revise
from logminer.store.records import StudyRecord, runs_table
from logminer.store.session import Session, open_session

__all__ = ["Handing", "handing_out"]

Row = dict[str, Any]


class Handing:
    """One handing out: `session` reads the study as it is published, `run_id` is of its row in `runs`."""

    def __init__(self, session: Session, record: StudyRecord, folder: StudyFolder) -> None:
        self.session = session
        self.run_id = record.run_id
        self._record, self._folder = record, folder

    def done(self, summary: Row) -> None:
        """Record that it is written, before it is put in its place: nothing lies about that nobody knows of.

        Ends the reading: the study is published anew.
        """
        self.session.close()
        self._record.end("done", summary)
        with revise(self._folder.root) as publication:
            publication.replace(RUNS, runs_table(self._folder.root))


@contextlib.contextmanager
def handing_out(folder: StudyFolder, kind: str, place: Row) -> Iterator[Handing]:
    """Lock the study and read it; whatever is written meanwhile is readable by its owner alone.

    Args:
        folder: of the study.
        kind: what `runs` says of it: export, report, release.
        place: what is written, and where to; its summary where it fails.

    Raises:
        StoreError: no study, one that another version published, or another run holds it.
    """
    if not folder.database.is_file():
        raise StoreError(f"{folder.database}: no such study database; run the pipeline first")
    with lock_study(folder.root), OWNER.hold():
        record = StudyRecord(folder, kind, place, {})
        try:
            with open_session(folder.root) as session:
                if not session.is_current():
                    raise StoreError(
                        f"{folder.database}: made by another version of logminer; run the pipeline again"
                    )
                yield Handing(session, record, folder)
        except BaseException:
            record.end("failed", place)
            raise
