"""Executing a pipeline: parts flow, clusters are fitted, everything is published, and the run says what it did."""

from __future__ import annotations

import contextlib
import json
import resource
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

import psutil
import pyarrow as pa

from logminer import egress, mapping
from logminer.calibrate import restore
from logminer.checking import check
from logminer.clusters import ClusterMap
from logminer.compare import compare
from logminer.egress import Egress
from logminer.errors import CheckpointLost, Stopped
from logminer.parts import sweep
from logminer.pipeline import Journey, Pipeline
from logminer.record import Record, runs_table
from logminer.retry import forget_failed
from logminer.runners import Runner
from logminer.runners.flow import Slice, Step, flow
from logminer.runners.local import local_runner
from logminer.schemas import CATEGORIES, CHECKPOINTS, COMPARISONS, MISSINGNESS, RUNS, Table
from logminer.spec import content_hash
from logminer.stage import Done
from logminer.stopping import interruptible
from logminer.store import Loadable, Publication, lock_study, publish
from logminer.summary import Answerer, Summary, Tallies, answerers, sum_up

__all__ = ["Quiet", "Reporter", "no_core_file", "run"]


class Reporter(Protocol):
    """Told of the progress; counts only."""

    def start(self, stages: list[str], rows: int) -> None:
        """`rows` of the dump are about to go through `stages`."""

    def done(self, done: Done, rows: int) -> None:
        """A part that stands for `rows` rows of the dump is done."""

    def heard(self, stage: str, rows: int) -> None:
        """So many answers more are kept of a stage whose parts take long; perhaps from another thread."""

    def say(self, text: str) -> None:
        """A line worth showing."""


class Quiet:
    """Reports nothing."""

    def start(self, stages: list[str], rows: int) -> None:
        return

    def done(self, done: Done, rows: int) -> None:
        return

    def heard(self, stage: str, rows: int) -> None:
        return

    def say(self, text: str) -> None:
        return


def run(
    pipeline: Pipeline,
    reporter: Reporter | None = None,
    *,
    refit: bool = False,
    retry_failed: bool = False,
) -> Summary:
    """Do what is not done yet, publish `study.duckdb` and sum up.

    ^C (in the main thread) lets what is in flight end and keeps it; a second one stops at once.

    Args:
        pipeline: what to do.
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
    checked = check(pipeline, resuming=True)
    for warning in checked.warnings:
        reporter.say(f"note: {warning}")
    with lock_study(pipeline.study), interruptible(reporter.say):
        sweep(pipeline.study / "parts")
        if retry_failed:
            again = forget_failed(pipeline.study, pipeline.journey())
            reporter.say(f"{again:,} answers that failed are asked for again")
        return _Run(pipeline, reporter, sent).execute(checked.rows, refit=refit)


def no_core_file() -> None:
    """A core file of a process that died would hold its memory, and that the text as it came in."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


class _Run:
    def __init__(self, pipeline: Pipeline, reporter: Reporter, sent: Sequence[Egress] = ()) -> None:
        self._pipeline = pipeline
        self._reporter = reporter
        self._sent = sent  # by this process before the run
        self._journey: Journey = pipeline.journey()
        self._tallies = Tallies(self._journey.anonymise.stage.label)
        self._places: list[Step] = []  # known before the end where a map is kept
        self._slices: list[Slice] = []
        self._answered_by: dict[str, list[str]] = {}
        self._record = Record(pipeline)
        self._next_publish = time.monotonic() + 5.0

    def execute(self, rows: int, *, refit: bool) -> Summary:
        started = time.monotonic()
        self._reporter.start([step.stage.label for step in self._journey.steps], rows)
        runner = local_runner(self._pipeline.workers, self._reporter.heard)
        try:
            with _peak_memory() as peak:
                kept = None if refit else mapping.kept_map(self._pipeline, self._journey)
                self._places = self._place_steps(kept)
                self._flow(self._journey.steps, self._planned(), runner)
                found = kept or mapping.fit_map(self._pipeline, self._journey, self._parts)
                self._places = places = self._place_steps(found)
                self._reporter.start([step.stage.label for step in places], rows)
                self._flow(places, self._slices, runner)
                clusters = mapping.cluster_tables(
                    self._pipeline, found, self._journey, places, self._parts
                )
                left = egress.total([*egress.since(self._sent), *runner.egress()])
                runner.close()
                summary = self._publish_all(clusters, started, peak, left)
        except BaseException as error:
            self._fail(error, runner)
            raise
        return summary

    def _fail(self, error: BaseException, runner: Runner) -> None:
        stopped = isinstance(error, Stopped | KeyboardInterrupt)
        self._record.end("stopped" if stopped else "failed")
        runner.stop()
        if isinstance(error, CheckpointLost):
            self._publish_progress()  # what there is can be looked at
        runner.close(now=isinstance(error, KeyboardInterrupt))

    def _place_steps(self, found: ClusterMap | None) -> list[Step]:
        return mapping.place_steps(self._pipeline, self._journey, found) if found else []

    @property
    def _parts(self) -> list[str]:
        return [slice_.part for slice_ in self._slices]

    def _planned(self) -> Iterator[Slice]:
        for slice_ in self._pipeline.source.slices():
            self._slices.append(slice_)
            yield slice_

    def _flow(self, steps: list[Step], slices: Iterable[Slice], runner: Runner) -> None:
        for done in flow(steps, slices, runner, self._reporter.say):
            self._tallies.add(done)
            self._reporter.done(done, self._tallies.rows(done.part))
            if time.monotonic() > self._next_publish:
                self._publish_progress()

    def _publish_progress(self) -> None:
        """Let readers see what is done so far; at most a tenth of the run's time goes into it."""
        started = time.monotonic()
        with publish(self._pipeline.study, self._loadables()) as publication:
            self._describe(publication)
            for table in (COMPARISONS, MISSINGNESS):
                publication.replace(table, table.schema.empty_table())
            self._tell_changes(answerers(publication))
        self._next_publish = time.monotonic() + max(15.0, 10 * (time.monotonic() - started))

    def _tell_changes(self, found: Iterable[Answerer]) -> None:
        """Say once that another model answers for a checkpoint than before."""
        for checkpoint, answered_by, _ in found:
            known = self._answered_by.setdefault(checkpoint, [])
            if answered_by not in known:
                if known:
                    self._reporter.say(
                        f"note: checkpoint {checkpoint} changed: {known[0]} and {answered_by} answered for it"
                    )
                known.append(answered_by)

    def _publish_all(
        self,
        clusters: list[tuple[Table, pa.Table]],
        started: float,
        peak: list[int],
        sent: tuple[Egress, ...],
    ) -> Summary:
        with publish(self._pipeline.study, self._loadables()) as publication:
            self._describe(publication)
            for table, rows in clusters:
                publication.replace(table, rows)
            restore(publication, self._pipeline.study)
            compared = compare(publication, self._pipeline.compare, self._pipeline.pairs())
            publication.replace(COMPARISONS, compared.comparisons)
            publication.replace(MISSINGNESS, compared.missingness)
            summary = sum_up(
                publication,
                self._pipeline,
                self._tallies,
                egress=sent,
                seconds=time.monotonic() - started,
                peak_bytes=max(peak, default=0),
            )
            self._record.end("done", summary)
            publication.replace(RUNS, runs_table(self._pipeline.study))
        self._tell_changes(summary.answered_by)
        return summary

    def _describe(self, publication: Publication) -> None:
        publication.replace(CHECKPOINTS, _checkpoints(self._pipeline))
        publication.replace(CATEGORIES, _categories(self._pipeline))
        publication.replace(RUNS, runs_table(self._pipeline.study))

    def _loadables(self) -> list[Loadable]:
        journey = self._journey
        arms = journey.arms
        steps = [journey.anonymise, journey.prompts, *(arm.replay for arm in arms)]
        steps += [step for arm in arms for step in (arm.embed, arm.judge, *arm.ratings)]
        return [Loadable(step.folder, step.stage.output) for step in [*steps, *self._places]]


def _checkpoints(pipeline: Pipeline) -> pa.Table:
    rows: list[dict[str, Any]] = []
    if pipeline.logged():
        named = {"checkpoint": "logged", "kind": "logged", "options": "{}"}
        rows.append(named | {"identity": content_hash("logged")})
    for checkpoint in [*pipeline.checkpoints, *pipeline.repeats()]:
        options = checkpoint.options()
        sampling = pipeline.replay.sampling(checkpoint).options()
        rows.append(
            {
                "checkpoint": checkpoint.name,
                "kind": checkpoint.kind,
                "model": checkpoint.model_name,
                "options": json.dumps(options, sort_keys=True, default=str),
                "sampling": json.dumps(sampling, sort_keys=True),
                "identity": content_hash([options | {"name": ""}, sampling]),
            }
        )
    return pa.Table.from_pylist(rows, schema=CHECKPOINTS.schema)


def _categories(pipeline: Pipeline) -> pa.Table:
    taxonomy = pipeline.taxonomy()
    rows = [
        {
            "category_id": node.category.id,
            "taxonomy": taxonomy.name,
            "taxonomy_version": taxonomy.version,
            "title": node.category.title,
            "definition": node.category.definition,
            "channel": node.category.channel,
            "direction": node.category.direction,
            "severity": node.category.severity,
            "parent": node.parent,
            "source": node.category.source or taxonomy.source,
        }
        for node in taxonomy.nodes()
    ]
    return pa.Table.from_pylist(rows, schema=CATEGORIES.schema)


@contextlib.contextmanager
def _peak_memory(every_s: float = 0.5) -> Iterator[list[int]]:
    """Samples the resident memory of this process and all its children, summed, in bytes."""
    me, stop, samples = psutil.Process(), threading.Event(), [0]

    def watch() -> None:
        while True:
            total = 0
            for process in [me, *me.children(recursive=True)]:
                with contextlib.suppress(psutil.Error):
                    total += process.memory_info().rss
            samples[0] = max(samples[0], total)
            if stop.wait(every_s):
                return

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield samples
    finally:
        stop.set()
        thread.join()
