"""Executing a pipeline: parts flow, clusters are fitted, everything is published, and the run says what it did."""

from __future__ import annotations

import contextlib
import datetime
import importlib.metadata
import json
import resource
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import psutil
import pyarrow as pa

from logminer import mapping
from logminer.calibrate import restore
from logminer.checking import check
from logminer.clusters import ClusterMap
from logminer.compare import compare
from logminer.parts import sweep
from logminer.pipeline import Journey, Pipeline
from logminer.runners import Runner
from logminer.runners.flow import Slice, Step, flow
from logminer.runners.local import local_runner
from logminer.schemas import CATEGORIES, CHECKPOINTS, CLUSTERS, COMPARISONS, MISSINGNESS, RUNS
from logminer.spec import content_hash
from logminer.stage import Done
from logminer.store import Loadable, Publication, lock_study, publish

__all__ = ["Failure", "Quiet", "Reporter", "StageTally", "Summary", "run"]


class Reporter(Protocol):
    """Told of the progress; counts only."""

    def start(self, stages: list[str], rows: int) -> None:
        """`rows` of the dump are about to go through `stages`."""

    def done(self, done: Done, rows: int) -> None:
        """A part that stands for `rows` rows of the dump is done."""

    def say(self, text: str) -> None:
        """A line worth showing."""


class Quiet:
    """Reports nothing."""

    def start(self, stages: list[str], rows: int) -> None:
        return

    def done(self, done: Done, rows: int) -> None:
        return

    def say(self, text: str) -> None:
        return


class StageTally(NamedTuple):
    """What one stage did in this run; `rows` and `busy_s` leave reused parts out."""

    stage: str
    parts: int
    reused: int
    rows_in: int
    rows_out: int
    rows: int
    busy_s: float

    @property
    def rows_per_s(self) -> float | None:
        """Rows taken in a second by one worker; None where all was there before."""
        return self.rows / self.busy_s if self.busy_s else None


class Failure(NamedTuple):
    """Answers of one checkpoint that failed with one code."""

    checkpoint: str
    error: str
    n: int


class Summary(NamedTuple):
    """What a run did. `rows_in` = `conversations` + the sum of `rejected`, always."""

    study: Path
    rows_in: int
    conversations: int
    rejected: dict[str, int]
    languages: dict[str, int]  # rejected for want of an NER model, by language
    missing_models: dict[str, str]  # the spaCy model that would bring each of them in
    prompts: int
    responses: dict[str, int]
    failures: tuple[Failure, ...]
    clusters: int
    stages: tuple[StageTally, ...]
    seconds: float
    peak_bytes: int
    gates: tuple[str, ...]  # declared gates that were not met

    def as_json(self) -> dict[str, Any]:
        """JSON-ready."""
        data = self._asdict()
        data["study"] = str(self.study)
        data["failures"] = [failure._asdict() for failure in self.failures]
        data["stages"] = [
            tally._asdict() | {"rows_per_s": tally.rows_per_s} for tally in self.stages
        ]
        return data


def run(pipeline: Pipeline, reporter: Reporter | None = None, *, refit: bool = False) -> Summary:
    """Do what is not done yet, publish `study.duckdb` and sum up.

    Args:
        pipeline: what to do.
        reporter: told of the progress.
        refit: find clusters anew instead of placing responses on the map that exists.

    Raises:
        LogminerError: see `errors.py`; finished parts are kept.
    """
    reporter = reporter or Quiet()
    # A core file of a process that died holds its memory, and that the text as it came in.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    checked = check(pipeline, resuming=True)
    for warning in checked.warnings:
        reporter.say(f"note: {warning}")
    with lock_study(pipeline.study):
        return _Run(pipeline, reporter).execute(checked.rows, refit=refit)


class _Run:
    def __init__(self, pipeline: Pipeline, reporter: Reporter) -> None:
        self._pipeline = pipeline
        self._reporter = reporter
        self._journey: Journey = pipeline.journey()
        self._tallies: dict[str, StageTally] = {}
        self._places: list[Step] = []  # known before the end where a map is kept
        self._slices: list[Slice] = []
        self._rows: dict[str, int] = {}  # rows of the dump in each part
        self._record = _Record(pipeline)
        self._next_publish = time.monotonic() + 5.0

    def execute(self, rows: int, *, refit: bool) -> Summary:
        started = time.monotonic()
        study = self._pipeline.study
        sweep(study / "parts")
        self._reporter.start([step.stage.label for step in self._journey.steps], rows)
        runner = local_runner(self._pipeline.workers)
        try:
            with _peak_memory() as peak:
                kept = None if refit else mapping.kept_map(self._pipeline, self._journey)
                self._places = self._place_steps(kept)
                self._flow(self._journey.steps, self._planned(), runner)
                found = kept or mapping.fit_map(self._pipeline, self._journey, self._parts)
                self._places = places = self._place_steps(found)
                self._reporter.start([step.stage.label for step in places], rows)
                self._flow(places, self._slices, runner)
                clusters = mapping.name_clusters(
                    self._pipeline, found, self._journey, places, self._parts
                )
                runner.close()
                summary = self._publish_all(clusters, started, peak)
        except BaseException:
            self._record.end("failed", None)
            raise
        finally:
            runner.close()
        return summary

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
        for done in flow(steps, slices, runner):
            self._tally(done)
            self._reporter.done(done, self._rows.get(done.part, 0))
            if time.monotonic() > self._next_publish:
                self._publish_progress()

    def _tally(self, done: Done) -> None:
        if done.stage == self._journey.anonymise.stage.label:
            self._rows[done.part] = done.rows_in
        old = self._tallies.get(done.stage, StageTally(done.stage, 0, 0, 0, 0, 0, 0.0))
        self._tallies[done.stage] = StageTally(
            done.stage,
            old.parts + 1,
            old.reused + done.reused,
            old.rows_in + done.rows_in,
            old.rows_out + done.rows_out,
            old.rows + (0 if done.reused else done.rows_in),
            old.busy_s + done.seconds,
        )

    def _publish_progress(self) -> None:
        """Let readers see what is done so far; at most a tenth of the run's time goes into it."""
        started = time.monotonic()
        with publish(self._pipeline.study, self._loadables()) as publication:
            self._describe(publication)
            for table in (COMPARISONS, MISSINGNESS):
                publication.replace(table, table.schema.empty_table())
        self._next_publish = time.monotonic() + max(15.0, 10 * (time.monotonic() - started))

    def _publish_all(self, clusters: pa.Table, started: float, peak: list[int]) -> Summary:
        with publish(self._pipeline.study, self._loadables()) as publication:
            self._describe(publication)
            publication.replace(CLUSTERS, clusters)
            restore(publication, self._pipeline.study)
            compared = compare(publication, self._pipeline.compare, self._pipeline.pairs())
            publication.replace(COMPARISONS, compared.comparisons)
            publication.replace(MISSINGNESS, compared.missingness)
            summary = self._summary(publication, started, peak)
            self._record.end("done", summary)
            publication.replace(RUNS, _runs(self._pipeline.study))
        return summary

    def _describe(self, publication: Publication) -> None:
        publication.replace(CHECKPOINTS, _checkpoints(self._pipeline))
        publication.replace(CATEGORIES, _categories(self._pipeline))
        publication.replace(RUNS, _runs(self._pipeline.study))

    def _loadables(self) -> list[Loadable]:
        journey = self._journey
        arms = journey.arms
        steps = [journey.anonymise, journey.prompts, *(arm.replay for arm in arms)]
        steps += [step for arm in arms for step in (arm.embed, arm.judge)]
        return [Loadable(step.folder, step.stage.output) for step in [*steps, *self._places]]

    def _summary(self, session: Publication, started: float, peak: list[int]) -> Summary:
        rejected: Counter[str] = Counter()
        languages: Counter[str] = Counter()
        for reason, language, n in session.rows(
            "SELECT reason, language, count(*) FROM rejections GROUP BY ALL ORDER BY ALL"
        ):
            rejected[reason] += n
            if reason == "unsupported_language":
                languages[language or "unknown"] += n
        ((conversations,),) = session.rows("SELECT count(*) FROM conversations")
        ((prompts,),) = session.rows("SELECT count(*) FROM prompts")
        ((clusters,),) = session.rows("SELECT count(*) FROM clusters WHERE cluster_id >= 0")
        responses = session.rows(
            "SELECT checkpoint, count(*) FROM responses GROUP BY ALL ORDER BY ALL"
        )
        failures = session.rows(
            "SELECT checkpoint, error, n_responses FROM replay_failures ORDER BY ALL"
        )
        rows_in = sum(self._rows.values())
        gates = []
        limit = self._pipeline.gates.max_rejected
        if limit is not None and sum(rejected.values()) > limit * rows_in:
            gates.append(
                f"max_rejected: {sum(rejected.values())} of {rows_in} rows, limit {limit:g}"
            )
        return Summary(
            study=self._pipeline.study,
            rows_in=rows_in,
            conversations=conversations,
            rejected=dict(rejected),
            languages=dict(languages.most_common()),
            missing_models={
                code: self._pipeline.anonymise.model_name(code)
                for code in languages
                if code != "unknown"
            },
            prompts=prompts,
            responses=dict(responses),
            failures=tuple(Failure(*row) for row in failures),
            clusters=clusters,
            stages=tuple(self._tallies.values()),
            seconds=time.monotonic() - started,
            peak_bytes=max(peak, default=0),
            gates=tuple(gates),
        )


class _Record:
    """One run in `runs/`: written before the first part, completed at the end, never changed by another run."""

    def __init__(self, pipeline: Pipeline) -> None:
        now = datetime.datetime.now(datetime.UTC)
        options = pipeline.options()
        name = f"{now:%Y%m%dT%H%M%S%f}-{content_hash(options, 6)}"
        judged = sum(1 for _ in (pipeline.study / "parts").glob("judge.*/[!.]*.parquet"))
        self._path = pipeline.study / "runs" / f"{name}.json"
        self._row: dict[str, Any] = {
            "run_id": name,
            "started_at": now.isoformat(),
            "finished_at": None,
            "status": "running",
            "version": importlib.metadata.version("logminer"),
            "pipeline": json.dumps(options, sort_keys=True, default=str),
            "taxonomy_hash": content_hash(pipeline.taxonomy().options()),
            "margins": json.dumps({k: v.options() for k, v in pipeline.compare.margins.items()}),
            "judged_parts": judged,
            "summary": None,
        }
        self._write()

    def end(self, status: str, summary: Summary | None) -> None:
        self._row["status"] = status
        self._row["finished_at"] = datetime.datetime.now(datetime.UTC).isoformat()
        self._row["summary"] = json.dumps(summary.as_json()) if summary else None
        self._write()

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._path.with_suffix(".tmp")
        temporary.write_text(json.dumps(self._row), "utf-8")
        temporary.replace(self._path)


def _runs(study: Path) -> pa.Table:
    rows = [json.loads(path.read_text("utf-8")) for path in sorted((study / "runs").glob("*.json"))]
    for row in rows:
        for name in ("started_at", "finished_at"):
            row[name] = datetime.datetime.fromisoformat(row[name]) if row[name] else None
    return pa.Table.from_pylist(rows, schema=RUNS.schema)


def _checkpoints(pipeline: Pipeline) -> pa.Table:
    rows: list[dict[str, Any]] = []
    if pipeline.logged():
        rows.append({"checkpoint": "logged", "kind": "logged", "model": None, "options": "{}"})
    for checkpoint in [*pipeline.checkpoints, *pipeline.repeats()]:
        options = json.dumps(checkpoint.options(), sort_keys=True, default=str)
        named = {"checkpoint": checkpoint.name, "kind": checkpoint.kind}
        rows.append(named | {"model": checkpoint.model_name, "options": options})
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
