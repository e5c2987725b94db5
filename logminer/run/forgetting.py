"""Taking people out of a study: out of its parts, and out of all that was made of them.

What cannot be told apart by person is made anew: the map, where somebody who goes was on the half on which it was found, the
database, and what compares. No checkpoint and no judge is asked; a namer may be, for what new clusters are called.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from itertools import product
from typing import Any, NamedTuple

from logminer.errors import LogminerError, SecretError, StoreError
from logminer.files.atomic import write_text
from logminer.files.places import matching
from logminer.ids import Pseudonyms, key_place, response_id
from logminer.labels.keeping import drop_labels, stored_labels
from logminer.pipeline.journey import Journey
from logminer.pipeline.rematched import saying_now
from logminer.pipeline.reporter import Reporter
from logminer.run.erasing import Eraser, Held
from logminer.run.execute import finished_parts, republish
from logminer.run.mapping import map_file
from logminer.schemas import RUNS
from logminer.scorers.autorater.cache import keep_votes
from logminer.stages.anonymise import Anonymise
from logminer.stages.base import one_batch
from logminer.stages.rate import Rate
from logminer.store.attaching import refuse_if_held
from logminer.store.forgotten import Forgotten
from logminer.store.halves import as_units, given_halves, kept_halves
from logminer.store.layout import StudyFolder
from logminer.store.leftovers import leftovers, remove_path, sweep_study
from logminer.store.parts import ALTERED, PartFile
from logminer.store.publication import revise
from logminer.store.records import FORGET, StudyRecord, earlier, earlier_runs, runs_table
from logminer.store.session import open_session
from logminer.store.vectors import SegmentFolder

__all__ = ["ErasedStudy", "Forgetting", "projects_of"]

COPIES = {
    "report": "out",
    "export": "out",
    "hypothesise": "taxonomy",
}  # record → where it was written
MOST_SAMPLES = 1024  # of one prompt: more than anybody asks for


class ErasedStudy(NamedTuple):
    """What a study held of those who are forgotten; gone, unless it was only asked.

    Attributes:
        where: its folder.
        rows: by what they were of: `conversations`, `prompts`, `responses` …
        files: parts that held them.
        undated: conversations of whom nobody knows how old they are; they stay.
        refitted: clusters were found anew.
        published: the database was made anew. Else there was none, or it is gone and the next run makes it.
        copies: what was written outside of the study of what it held: reports, exports, taxonomies.
    """

    where: str
    rows: dict[str, int]
    files: int
    undated: int
    refitted: bool
    published: bool
    copies: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """JSON-ready."""
        return self._asdict()


def projects_of(folder: StudyFolder, key: bytes) -> dict[str, Pseudonyms]:
    """The pseudonyms of each project under which a study was run, by its name: parts of all may lie in it.

    Raises:
        StoreError: a record of a run is damaged.
    """
    said = [json.loads(run["pipeline"]) for run in earlier_runs(folder) if run.get("pipeline")]
    names = [one.get("project") or folder.root.name for one in said]
    return {name: Pseudonyms(key, name) for name in names}


class Forgetting:
    """One study out of which people are taken. The caller holds its lock.

    Args:
        folder: of the study.
        journey: of its pipeline; None: of a suite that no pipeline declares, of which nothing can be published.
        people: who is to go.
        projects: of the study's pseudonyms; the first is that of today.

    Raises:
        SecretError: its parts were made under another key, under which everybody has another name.
    """

    def __init__(
        self,
        folder: StudyFolder,
        journey: Journey | None,
        people: Forgotten,
        projects: Sequence[Pseudonyms],
    ) -> None:
        self._folder, self._journey = folder, journey
        _refuse_other_key(folder)
        self._labelled = stored_labels(folder.root)
        labelled = self._labelled["response_id"].to_pylist()
        self._eraser = Eraser(folder.parts, people, projects, labelled)
        self._people, self._projects = people, projects
        self.held: Held = self._eraser.find()

    @property
    def is_due(self) -> bool:
        """Whether there is anything to do; also where that was begun and cut off."""
        return bool(self.held) or self._folder.forgetting.exists()

    def told(self, *, refitted: bool = False, published: bool = False) -> ErasedStudy:
        """What it holds."""
        held = self.held
        copies = tuple(_copies(self._folder)) if held else ()
        counts = dict(held.rows), held.files if held else 0, held.undated
        return ErasedStudy(str(self._folder.root), *counts, refitted, published, copies)

    def erase(self, reporter: Reporter) -> ErasedStudy:
        """Take them out, and publish what is left.

        Raises:
            StoreError: somebody reads or writes the database, and nothing was changed; or the disk is full.
            SourceError: the dump, or recorded answers, cannot be read; nothing was changed.
            LogminerError: as a run; the same call ends what was begun.
        """
        folder = self._folder
        _refuse_readers(folder)
        taken = saying_now(self._journey) if self._journey else {}
        resumed = folder.forgetting.exists()
        refit = resumed or self._found_map()
        write_text("", folder.forgetting)
        record = StudyRecord(folder, FORGET, self.held.files, {})
        try:
            self._drop_labels()
            self._drop_halves()
            self._eraser.erase(taken, self._journey.prompts.folder.path if self._journey else None)
            sweep_study(folder)
            self._drop_notes()
            record.end("done", {"rows": dict(self.held.rows), "files": self.held.files})
            published = self._publish(reporter, refit=refit)
            for path in leftovers(folder):
                remove_path(path)
        except BaseException:
            record.end("failed")
            raise
        folder.forgetting.unlink()
        return self.told(refitted=refit and published, published=published)

    def _found_map(self) -> bool:
        """Whether somebody who goes was on the half on which maps are found."""
        halves = given_halves(self._folder)
        return bool(halves.only(_units(self.held.units)).discovery.any())

    def _drop_halves(self) -> None:
        halves, held = kept_halves(self._folder), self.held
        if halves is None:
            return
        units = {unit.decode() for unit in halves.units.tolist()}
        marked = {u for u in units if any(self._people.has(p, u) for p in self._projects)}
        gone = marked | (held.units - held.staying)
        if gone & units:
            halves.only(_units(units - gone)).keep(self._folder)

    def _drop_labels(self) -> None:
        """Those of responses that are in no part any more, too."""
        found = set(self.held.responses)
        checkpoints = set(self._labelled["checkpoint"].to_pylist())
        labelled = set(self._labelled["response_id"].to_pylist())
        for prompt, checkpoint in product(self.held.prompts if labelled else (), checkpoints):
            ids = {response_id(prompt, checkpoint, n) for n in range(MOST_SAMPLES)}
            found |= ids & labelled
        if found:
            drop_labels(self._folder.root, found)

    def _drop_notes(self) -> None:
        """What models said of several people's texts, or of those of whom nobody is left to ask by."""
        folder, journey = self._folder, self._journey
        remove_path(folder.analyst)
        if journey is None or journey.file.namer() is None:
            remove_path(folder.titles)
        if not folder.votes.exists():
            return
        try:
            if journey is None or not journey.raters:
                raise StoreError("of judges that nobody asks any more")
            keep_votes(folder.votes, _asked(journey))
        except LogminerError:  # whose they are cannot be told; they can be had again
            for path in folder.root.glob(f"{folder.votes.name}*"):
                remove_path(path)

    def _publish(self, reporter: Reporter, *, refit: bool) -> bool:
        """Make anew what was made of all; whether that was possible."""
        folder, journey = self._folder, self._journey
        parts = finished_parts(journey) if journey and folder.database.exists() else []
        own = None
        if journey and parts:
            republish(journey, reporter, parts, refit=refit)
            with revise(folder.root) as publication:
                publication.replace(RUNS, runs_table(folder.root))
            own = map_file(journey)
        else:
            remove_path(folder.database)
            remove_path(folder.vectors_database)
        if refit:
            for path in folder.maps.glob("*.parquet"):
                if path != own:
                    remove_path(path)
        named = set[str]()
        if parts:
            with open_session(folder.root) as session:
                named = {file.stem for file in session.vector_files}
        SegmentFolder(folder.vectors).sweep(named)
        return bool(parts)


def _units(units: Collection[str]) -> Any:
    import pyarrow as pa

    return as_units(pa.array(sorted(units), pa.string()))


def _asked(journey: Journey) -> Iterator[str]:
    """Ids of all that judges are asked of the responses that are there."""
    for arm in journey.arms:
        rates = [step.stage for step in arm.ratings if isinstance(step.stage, Rate)]
        for part in arm.replay.folder.parts() if rates else ():
            prompts = PartFile(journey.prompts.folder.file(part))
            if not prompts.path.exists():
                continue
            said = one_batch(PartFile(arm.replay.folder.file(part)).read())
            for rate in rates:
                yield from rate.questions(said, prompts.read(), journey.pseudonyms)


def _copies(folder: StudyFolder) -> Iterator[str]:
    """Where things were written that were made of the study."""
    for kind, named in COPIES.items():
        for row in earlier(folder, kind):
            said = json.loads(row.get("summary") or "{}")
            if isinstance(where := said.get(named), str):
                yield where


def _refuse_other_key(folder: StudyFolder) -> None:
    """Raises SecretError: nobody is known again."""
    files = matching(folder.parts, f"{Anonymise.name}-*/[!.]*.parquet")
    if files and all(PartFile(file).examined() == ALTERED for file in files):
        raise SecretError(
            f"{folder.root}: the pseudonym key ({key_place()}) is not the one that this study was made with, so nobody is known"
            " again under it: set that one"
        )


def _refuse_readers(folder: StudyFolder) -> None:
    """Raises StoreError: somebody reads the study's vectors, or writes its database."""
    refuse_if_held(folder.database)
    with SegmentFolder(folder.vectors).unread() as unread:
        if unread is False:
            raise StoreError(
                f"{folder.vectors}: a session that is open may read them, and they go; close it and call again"
            )
