"""Executing a pipeline: parts flow, clusters are fitted, everything is published, and the run says what it did."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from logminer.clusters.map import ClusterMap
from logminer.compare.comparing import compare
from logminer.discovery.discovering import discover
from logminer.errors import (
    CheckpointError,
    CheckpointLost,
    LogminerError,
    SourceError,
    Stopped,
    StoreError,
    StudyHeld,
)
from logminer.files.identity import keep
from logminer.labels.calibrating import restore
from logminer.pipeline.checking import check
from logminer.pipeline.holding import lock_journey
from logminer.pipeline.journey import Journey
from logminer.pipeline.matched import Matched, no_answers
from logminer.pipeline.projects import keep_project
from logminer.pipeline.rematched import files_read, forget_rematched, keep_matched
from logminer.pipeline.reporter import Quiet, Reporter
from logminer.process import egress
from logminer.process.egress import Egress
from logminer.process.memory import no_core_file, peak_memory
from logminer.process.stopping import interruptible
from logminer.run import mapping
from logminer.run.described import categories_table, checkpoints_table
from logminer.run.earlier import with_earlier
from logminer.run.halving import allot_halves, keep_halves
from logminer.run.made_of import keep_files
from logminer.run.opening import open_runner
from logminer.run.record import Record
from logminer.run.retry import forget_failed
from logminer.run.summary import (
    AnsweredBy,
    JudgedBy,
    Summary,
    Tallies,
    answerers,
    judges,
    sum_up,
)
from logminer.run.unanswered import stop_where_refused
from logminer.runners.flow import flow
from logminer.runners.part import Runner, is_current
from logminer.schemas import (
    CATEGORIES,
    CHECKPOINTS,
    COMPARISONS,
    FEATURES,
    MISSINGNESS,
    PHRASES,
    RUNS,
    Table,
)
from logminer.scorers.cards.file import read_cards_file
from logminer.stages.step import Slice, Step
from logminer.store.forgotten import share_forgotten
from logminer.store.layout import DATABASE
from logminer.store.leftovers import sweep_study
from logminer.store.parts import PartFile
from logminer.store.publication import Loadable, Publication, publish, revise
from logminer.store.records import runs_table
from logminer.store.session import open_session

__all__ = ["finished_parts", "republish", "run"]

FEW_PARTS = 64  # that fit beside idle workers, which take seconds to begin anew
FIRST_PUBLISHED_S = 5.0  # after so long, readers see what is done so far


def run(
    journey: Journey,
    reporter: Reporter | None = None,
    *,
    refit: bool = False,
    retry_failed: bool = False,
) -> Summary:
    """Do what is not done yet, publish `study.duckdb` and sum up.

    ^C (in the main thread) lets what is in flight end and keeps it; a second one stops at once.

    Args:
        journey: what to do.
        reporter: told of the progress.
        refit: find clusters anew instead of placing responses on the map that exists.
        retry_failed: ask again for the answers that failed.

    Raises:
        LogminerError: see `errors.py`; finished parts are kept.
        KeyboardInterrupt: ^C.
    """
    reporter = reporter or Quiet()
    no_core_file()
    sent = egress.totals()
    checked = check(journey, resuming=True)
    for warning in checked.warnings:
        reporter.say(f"note: {warning}")
    file = journey.file
    with lock_journey(journey), interruptible(reporter.say):
        if journey.folder.forgetting.exists():
            raise StoreError(
                f"{journey.folder.root}: people are being forgotten, and that was cut off: logminer forget with the pipeline's"
                " file ends it; then run again"
            )
        sweep_study(journey.folder)
        share_forgotten(journey.folder)
        keep_project(file)
        keep_halves(file)
        if retry_failed:
            again = forget_failed(journey)
            reporter.say(f"{again:,} answers that failed are asked for again")
        matched = files_read(journey)
        if changed := forget_rematched(journey):
            reporter.say(f"recorded answers have changed: {changed:,} parts of them are made anew")
        summary = _Run(journey, reporter, sent).execute(checked.rows, refit=refit)
        keep_matched(journey, matched)
        keep_files(journey)
        return summary


def finished_parts(journey: Journey) -> list[str]:
    """Of the dump as it is the parts of which everything is done, but for clusters, in its order.

    Raises:
        SourceError: the dump cannot be read.
    """
    return [
        slice_.part
        for slice_ in journey.file.source.slices()
        if all(is_current(step.task(slice_)) for step in journey.steps)
    ]


def republish(
    journey: Journey, reporter: Reporter, parts: Collection[str], *, refit: bool
) -> Summary:
    """Publish finished parts again, and nothing else; nobody is asked but a namer. The caller holds the study's lock.

    Args:
        journey: of a study with a database.
        reporter: told of the progress.
        parts: see `finished_parts`.
        refit: find clusters anew.
    """
    with interruptible(reporter.say):
        run = _Run(journey, reporter, egress.totals(), only=parts)
        return run.execute(journey.dump.rows, refit=refit)


class _Run:
    def __init__(
        self,
        journey: Journey,
        reporter: Reporter,
        sent: Sequence[Egress] = (),
        only: Collection[str] | None = None,
    ) -> None:
        self._journey = journey
        self._only = only  # these parts; None: all of the dump
        self._reporter = reporter
        self._sent = sent  # by this process before the run
        self._tallies = Tallies(journey.anonymise.stage.label)
        self._places: list[Step] = []  # known before the end where a map is kept
        self._slices: list[Slice] = []
        self._answered_by: dict[str, list[str]] = {}
        self._record = Record(journey)
        # What is described is what was resolved, whatever becomes of its files meanwhile.
        self._described = (
            (CHECKPOINTS, checkpoints_table(journey)),
            (CATEGORIES, categories_table(journey.taxonomy, journey.file.judge.scorers)),
        )
        self._cards = [read_cards_file(path) for path in journey.file.judge.cards]
        self._next_publish = time.monotonic() + FIRST_PUBLISHED_S
        self._told_held = False
        self._stays = _is_finished(journey.folder.database)

    def execute(self, rows: int, *, refit: bool) -> Summary:
        started = time.monotonic()
        self._reporter.start([step.stage.label for step in self._journey.steps], rows)
        runner = open_runner(self._journey, self._reporter)
        try:
            with peak_memory() as peak:
                self._tell_older()
                kept = None if refit else mapping.kept_map(self._journey)
                self._places = self._place_steps(kept)
                self._flow(
                    with_earlier(self._journey, self._journey.steps), self._planned(), runner
                )
                stop_where_refused(self._journey, self._parts)
                keep(self._journey.folder.contents)
                allot_halves(self._journey, self._parts, self._reporter.say)
                if kept is None and len(self._slices) > FEW_PARTS:
                    runner.rest()  # workers hold models, and finding clusters as much again
                found = kept or mapping.fit_map(self._journey, self._parts)
                self._places = places = self._place_steps(found)
                self._reporter.start([step.stage.label for step in places], rows)
                self._flow(places, self._slices, runner)
                clusters = mapping.cluster_tables(
                    self._journey, found, places, self._parts, self._reporter.say
                )
                left = egress.total([*egress.since(self._sent), *runner.egress()])
                where = runner.where
                runner.close()
                summary = self._publish_all(clusters, started, peak, left, where)
        except StudyHeld as held:
            self._fail(held, runner)
            raise StudyHeld(f"{held}; then run again: what was computed is kept") from None
        except BaseException as error:
            self._fail(error, runner)
            raise
        return summary

    def _fail(self, error: BaseException, runner: Runner) -> None:
        stopped = isinstance(error, Stopped | KeyboardInterrupt)
        with contextlib.suppress(
            StoreError
        ):  # the disk may be full: then that is the error already
            self._record.end("stopped" if stopped else "failed")
        runner.stop()
        there = self._journey.folder.database.exists()
        with contextlib.suppress(StoreError):
            if isinstance(error, CheckpointLost) or (there and isinstance(error, CheckpointError)):
                self._publish_progress()  # what there is can be looked at
            elif there and not self._stays:
                self._tell_ended()
        runner.close(now=isinstance(error, KeyboardInterrupt))

    def _tell_ended(self) -> None:
        """Where what there is was published, nobody is to read there that the run goes on."""
        study = self._journey.file.study
        with revise(study) as publication:
            publication.replace(RUNS, runs_table(study))

    def _place_steps(self, found: ClusterMap | None) -> list[Step]:
        return mapping.place_steps(self._journey, found) if found else []

    @property
    def _parts(self) -> list[str]:
        return [slice_.part for slice_ in self._slices]

    def _planned(self) -> Iterator[Slice]:
        for slice_ in self._journey.file.source.slices():
            if self._only is not None and slice_.part not in self._only:
                continue
            self._slices.append(slice_)
            yield slice_

    def _tell_older(self) -> None:
        """Say why parts that are there are of no use."""
        files = [
            file for step in self._journey.steps for file in step.folder.path.glob("*.parquet")
        ]
        if older := sum(PartFile(file).older for file in files):
            self._reporter.say(
                f"note: {older:,} parts of this study are of an earlier version, which knew a file of the dump by its size"
                " and footer alone: they are computed anew (logminer prune removes the old ones)"
            )

    def _flow(self, steps: list[Step], slices: Iterable[Slice], runner: Runner) -> None:
        for done in flow(steps, slices, runner, self._reporter.say):
            self._tallies.add(done)
            self._reporter.done(done, self._tallies.rows(done.part))
            if time.monotonic() > self._next_publish:
                self._publish_progress()

    def _publish_progress(self) -> None:
        """Let readers see what is done so far; at most a tenth of the run's time goes into it.

        A study that a run has finished stays as it is until the next has.
        """
        if self._stays:
            return
        started = time.monotonic()
        study = self._journey.file.study
        try:
            with publish(study, self._loadables(), parts=self._parts) as publication:
                self._describe(publication)
                for table in (COMPARISONS, MISSINGNESS, PHRASES, FEATURES):
                    publication.replace(table, table.schema.empty_table())
                self._tell_changes(answerers(publication), judges(publication))
        except StudyHeld as held:  # it has until the end of the run
            if not self._told_held:
                self._reporter.say(f"note: {held}; meanwhile nothing new is published")
            self._told_held = True
        self._next_publish = time.monotonic() + max(15.0, 10 * (time.monotonic() - started))

    def _tell_changes(self, arms: Iterable[AnsweredBy], judges: Iterable[JudgedBy]) -> None:
        """Say once that another model answers for a checkpoint or a judge than before."""
        found = [(f"checkpoint {one.checkpoint}", one.answered_by) for one in arms]
        found += [(f"judge {one.judge} of {one.scorer}", one.answered_by) for one in judges]
        for who, answered_by in found:
            known = self._answered_by.setdefault(who, [])
            if answered_by not in known:
                if known:
                    self._reporter.say(
                        f"note: {who} changed: {known[0]} and {answered_by} answered for it"
                    )
                known.append(answered_by)

    def _publish_all(
        self,
        clusters: list[tuple[Table, pa.Table]],
        started: float,
        peak: list[int],
        sent: tuple[Egress, ...],
        where: str,
    ) -> Summary:
        file = self._journey.file
        study = file.study
        with publish(study, self._loadables(), parts=self._parts, whole=True) as publication:
            self._describe(publication)
            for table, rows in clusters:
                publication.replace(table, rows)
            restore(publication, study, self._cards)
            compared = compare(publication, file.compare, self._journey.pairs)
            publication.replace(COMPARISONS, compared.comparisons)
            publication.replace(MISSINGNESS, compared.missingness)
            found = discover(publication, file.compare, file.discover, self._journey.pairs)
            publication.replace(PHRASES, found.phrases)
            publication.replace(FEATURES, found.features)
            summary = sum_up(
                publication,
                self._journey,
                self._tallies,
                egress=sent,
                runner=where,
                seconds=time.monotonic() - started,
                peak_bytes=max(peak, default=0),
                earlier_parts=self._earlier_parts(),
            )
            _balanced(summary)
            _answered(summary)
            self._record.end("done", summary)
            publication.replace(RUNS, runs_table(study))
        self._tell_changes(summary.answered_by, summary.judged_by)
        return summary

    def _earlier_parts(self) -> int:
        """Parts that lie in the steps' folders and are of the dump as it was before."""
        planned = set(self._parts)
        steps = [*self._journey.steps, *self._places]
        return sum(part not in planned for step in steps for part in step.folder.parts())

    def _describe(self, publication: Publication) -> None:
        for table, rows in self._described:
            publication.replace(table, rows)
        publication.replace(RUNS, runs_table(self._journey.file.study))

    def _loadables(self) -> list[Loadable]:
        steps = [*self._journey.loadables(), *self._places]
        return [Loadable(step.folder, step.stage.output) for step in steps]


def _is_finished(database: Path) -> bool:
    """Whether a run has published all that it had to."""
    if not database.is_file():
        return False
    try:
        with open_session(database) as session:
            return not session.is_unfinished
    except StudyHeld:  # nobody can tell
        return True
    except LogminerError:  # it is replaced
        return False


def _answered(summary: Summary) -> None:
    """Recorded answers, none of which belongs to a prompt, are a mistake and no result.

    Raises:
        SourceError: there are such, and nothing is published.
    """
    for checkpoint, matched, prompts in summary.matched:
        if prompts and not matched:
            found = Matched(checkpoint, matched, prompts, summary.rows_in, whole=True, unmatched={})
            raise SourceError(no_answers(found))


def _balanced(summary: Summary) -> None:
    """The law of rows: what came in is a conversation or a rejection.

    Raises:
        StoreError: it is broken, and nothing is published.
    """
    rejected = sum(summary.rejected.values())
    if summary.rows_in != summary.conversations + rejected:
        raise StoreError(
            f"{summary.study}: {summary.rows_in} rows came in, but {summary.conversations} conversations and"
            f" {rejected} rejections were to be published: nothing was; delete {DATABASE} and run again"
        )
