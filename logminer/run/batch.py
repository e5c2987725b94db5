"""Asking a checkpoint in batches: its requests as files to be sent by whoever may, and the results taken in.

What comes back takes the same way as what a server answers: anonymised in lots, kept beside the part, and a part as
soon as nothing is missing. So a run afterwards asks only for what the batch left open.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from logminer.checkpoints.base import Answer, Batched, Given, Prompt
from logminer.checkpoints.batches.files import (
    BatchFile,
    RequestFiles,
    ResultAt,
    ResultFiles,
)
from logminer.checkpoints.batches.lines import request_line
from logminer.errors import ConfigError, LogminerError, Stopped, did_you_mean
from logminer.files.places import matching
from logminer.ids import Pseudonyms, planned_pseudonyms
from logminer.models.packaged import go_offline
from logminer.pipeline.holding import lock_journey
from logminer.pipeline.journey import Journey
from logminer.pipeline.projects import keep_project
from logminer.pipeline.reporter import Quiet, Reporter
from logminer.privacy.anonymiser import Anonymiser, open_anonymiser
from logminer.process import stopping
from logminer.process.memory import no_core_file
from logminer.process.stopping import interruptible
from logminer.run.earlier import with_earlier
from logminer.run.halving import keep_halves
from logminer.run.opening import open_runner
from logminer.run.summary import Tallies
from logminer.runners.flow import flow
from logminer.runners.journal import Journal, taken_over
from logminer.runners.part import Runner, reuse, run_part
from logminer.stages.base import Done, Task, one_batch
from logminer.stages.replay import Replay, Replayer
from logminer.stages.step import Slice, Step
from logminer.store.leftovers import sweep_study
from logminer.store.parts import PartFile

__all__ = ["Exported", "Imported", "export_requests", "import_results"]

BEST_FIRST = ("answered", "failed", "again")


class Exported(NamedTuple):
    """What was written, and how many answers are there already."""

    checkpoint: str
    files: tuple[BatchFile, ...]
    requests: int
    answered: int

    def as_json(self) -> dict[str, Any]:
        """JSON-ready."""
        files = [file._asdict() | {"path": str(file.path)} for file in self.files]
        return self._asdict() | {"files": files}


class Imported(NamedTuple):
    """What was read; `lines` = answered + failed + again + unknown + duplicates + malformed, always."""

    checkpoint: str
    lines: int
    answered: int
    failed: int  # for good: rows with an error code
    again: int  # left to be asked again
    unknown: int  # of no prompt of this checkpoint
    duplicates: int  # of what is there already, or of a better line
    malformed: int
    errors: dict[str, int]  # of the failed, and of those left to be asked again
    missing: int  # answers that a run would ask for
    parts_finished: int
    parts_open: int

    def as_json(self) -> dict[str, Any]:
        """JSON-ready."""
        return self._asdict()


def export_requests(
    journey: Journey, checkpoint: str, out: Path, reporter: Reporter | None = None
) -> Exported:
    """Write a request for every answer that is not there yet. Nothing is sent.

    Args:
        journey: its prompts are brought up to date.
        checkpoint: name of one of kind endpoint.
        out: the file; see `RequestFiles`.
        reporter: told of the progress.

    Raises:
        LogminerError: as a run; ConfigError where the checkpoint is no endpoint.
        KeyboardInterrupt: ^C; nothing was written.
    """
    answered = requests = 0
    with _prompts(journey, checkpoint, reporter or Quiet()) as work, RequestFiles(out) as files:
        for slice_ in work.slices:
            if stopping.requested():
                raise Stopped
            part = _Part(work, slice_)
            if part.task.output.exists():
                answered += PartFile(part.task.output).footer().rows_out
                continue
            for prompt in part.wanted():
                answered += work.stage.sampling.samples - len(prompt.samples)
                for sample in prompt.samples:
                    files.add(work.line(prompt, sample))
                    requests += 1
        return Exported(checkpoint, files.finish(), requests, answered)


def import_results(
    journey: Journey, checkpoint: str, files: Sequence[Path], reporter: Reporter | None = None
) -> Imported:
    """Take in what a batch answered.

    Args:
        journey: the one that the requests were exported from.
        checkpoint: likewise.
        files: output and error files of the batch, in any order; several batches will do.
        reporter: told of the progress.

    Raises:
        LogminerError: as `export_requests`; SourceError where a file cannot be read.
        KeyboardInterrupt: ^C; what was taken in is kept, and the same command goes on.
    """
    reporter = reporter or Quiet()
    with ResultFiles(files) as results, _prompts(journey, checkpoint, reporter) as work:
        taking = _Import(work, results, reporter)
        for slice_ in work.slices:
            if stopping.requested():
                raise Stopped
            taking.take(_Part(work, slice_))
        return taking.told()


class _Work(NamedTuple):
    """A checkpoint to be asked in batches; its prompts lie ready."""

    step: Step
    stage: Replay
    batched: Batched
    pseudonyms: Pseudonyms
    slices: list[Slice]
    tallies: Tallies

    def line(self, prompt: Prompt, sample: int) -> bytes:
        """The request for one sample."""
        request = self.batched.request(prompt, sample, self.stage.sampling)
        custom_id = self.stage.response_id(prompt.prompt_id, sample)
        return request_line(custom_id, self.batched.model, request)


class _Part:
    """The prompts of one part, and what of them is answered."""

    def __init__(self, work: _Work, slice_: Slice) -> None:
        self.task = work.step.task(slice_)
        self._work = work

    def kept(self) -> pa.Table:
        """The answers of an unfinished part that are there already."""
        journal = Journal(self.task.output, self._work.stage.output, self.task.kin)
        return journal.read(taken_over(self.task.earlier, one_batch(self.task.primary.read())))

    def drawn(self) -> list[dict[str, Any]]:
        """Rows of the prompts that are asked."""
        batch = one_batch(self.task.primary.read())
        return self._work.stage.drawn(batch, self._work.pseudonyms)

    def wanted(self) -> list[Prompt]:
        """The prompts with the samples that are not answered."""
        return self._work.stage.wanted(self.drawn(), self.kept())


class _Import:
    """Takes in one part after the other, and counts."""

    def __init__(self, work: _Work, results: ResultFiles, reporter: Reporter) -> None:
        self._work, self._results, self._reporter = work, results, reporter
        self._counts: Counter[str] = Counter()
        self._errors: Counter[str] = Counter()
        # Where nobody was ever answered, a refusal says nothing of the prompt.
        self._proven = results.answered or any(map(_has_answers, _kept_files(work.step)))
        self._anonymiser: Anonymiser | None = None
        reporter.start([work.stage.label], work.tallies.rows_in)

    def take(self, part: _Part) -> None:
        """Write what the results hold of a part."""
        stage, task = self._work.stage, part.task
        ids = [
            stage.response_id(row["prompt_id"], sample)
            for row in part.drawn()
            for sample in range(stage.sampling.samples)
        ]
        kept = set(ids if task.output.exists() else part.kept()["response_id"].to_pylist())
        usable = {id_: place for id_ in ids if (place := self._usable(id_, known=id_ in kept))}
        if done := reuse(stage, task):
            self._counts["finished"] += 1
            self._tell(done)
            return
        missing = len(ids) - len(kept.intersection(ids)) - len(usable)
        self._counts["missing"] += missing
        if usable or not missing:
            with contextlib.suppress(_Incomplete):
                self._run(task, _Recorded(stage, self._results, usable))
        self._counts["open" if missing else "finished"] += 1

    def _usable(self, custom_id: str, *, known: bool) -> ResultAt | None:
        """The result that becomes the answer, where there is one; counts them all."""
        places = self._results.find(custom_id)
        if not places:
            return None
        if known:
            self._counts["duplicates"] += len(places)
            return None
        outcomes = [self._outcome(place) for place in places]
        best = min(range(len(places)), key=lambda i: BEST_FIRST.index(outcomes[i]))
        self._counts[outcomes[best]] += 1
        self._counts["duplicates"] += len(places) - 1
        if error := places[best].error:
            self._errors[error] += 1
        return None if outcomes[best] == "again" else places[best]

    def _outcome(self, place: ResultAt) -> str:
        if place.outcome == "refused":
            return "failed" if self._proven else "again"
        return place.outcome

    def _run(self, task: Task, recorded: _Recorded) -> None:
        stage, pseudonyms = self._work.stage, self._work.pseudonyms
        if self._anonymiser is None:
            self._anonymiser = open_anonymiser(stage.anonymise, pseudonyms)
        replayer = Replayer(stage, recorded, self._anonymiser, pseudonyms)
        self._tell(run_part(stage, replayer, task, lambda n: self._reporter.heard(stage.label, n)))

    def _tell(self, done: Done) -> None:
        self._reporter.done(done, self._work.tallies.rows(done.part))

    def told(self) -> Imported:
        """What it came to."""
        counts, results = self._counts, self._results
        matched = sum(counts[name] for name in (*BEST_FIRST, "duplicates"))
        return Imported(
            checkpoint=self._work.stage.checkpoint.name,
            lines=results.results + results.malformed,
            answered=counts["answered"],
            failed=counts["failed"],
            again=counts["again"],
            unknown=results.results - matched,
            duplicates=counts["duplicates"],
            malformed=results.malformed,
            errors=dict(self._errors.most_common()),
            missing=counts["missing"],
            parts_finished=counts["finished"],
            parts_open=counts["open"],
        )


class _Incomplete(LogminerError):
    """The results do not hold all that a part wants: what they hold has been given, and is kept."""


class _Recorded(NamedTuple):
    """Answers one part's prompts with results."""

    stage: Replay
    results: ResultFiles
    places: Mapping[str, ResultAt]

    def answer(self, prompts: Sequence[Prompt]) -> Iterator[Given]:
        missing = False
        for number, prompt in enumerate(prompts):
            for sample in prompt.samples:
                if stopping.requested():
                    raise Stopped
                if answer := self._find(self.stage.response_id(prompt.prompt_id, sample)):
                    yield Given(number, sample, answer)
                else:
                    missing = True
        if missing:
            raise _Incomplete

    def _find(self, custom_id: str) -> Answer | None:
        place = self.places.get(custom_id)
        result = self.results.read(place) if place else None
        return result.answer if result and result.custom_id == custom_id else None


@contextlib.contextmanager
def _prompts(journey: Journey, checkpoint: str, reporter: Reporter) -> Iterator[_Work]:
    """Holds the study while the checkpoint's prompts are worked on, and brings them up to date first."""
    batched = _batched(journey, checkpoint)
    journey.file.anonymise.require_model()
    no_core_file()
    go_offline()
    for note in journey.notes:
        reporter.say(f"note: {note}")
    file = journey.file
    with lock_journey(journey), interruptible(reporter.say):
        sweep_study(journey.folder)
        keep_project(file)
        keep_halves(file)
        asked = [arm.replay for arm in journey.arms if arm.name == checkpoint]
        [step] = with_earlier(journey, asked)
        stage = step.stage
        assert isinstance(stage, Replay)
        tallies = Tallies(journey.anonymise.stage.label)
        steps = [journey.anonymise, journey.prompts]
        reporter.start([each.stage.label for each in steps], journey.dump.rows)
        slices: list[Slice] = []
        with _running(journey, reporter) as runner:
            for done in flow(steps, _noted(journey, slices), runner, reporter.say):
                tallies.add(done)
                reporter.done(done, tallies.rows(done.part))
        pseudonyms = planned_pseudonyms(stage.project, stage.key_id)
        yield _Work(step, stage, batched, pseudonyms, slices, tallies)


def _noted(journey: Journey, slices: list[Slice]) -> Iterator[Slice]:
    for slice_ in journey.file.source.slices():
        slices.append(slice_)
        yield slice_


def _batched(journey: Journey, name: str) -> Batched:
    if journey.file.acting:
        raise ConfigError(
            f"checkpoint {name}: it acts in an environment, where each of its messages hangs on the one before; no batch can ask"
            " for them"
        )
    known = {arm.name: arm.checkpoint for arm in journey.arms if arm.checkpoint}
    asked = {other: batched for other, one in known.items() if (batched := one.batches())}
    if name in asked:
        return asked[name]
    what = (
        f"checkpoint {name} is of kind {known[name].kind}"
        if name in known
        else f"no checkpoint {name}"
    )
    hint = "" if name in known else did_you_mean(name, asked, "")
    raise ConfigError(
        f"{what}: only those of kind endpoint are asked in batches (there are: {', '.join(asked) or 'none'})"
        f"{'; ' * bool(hint)}{hint}"
    )


@contextlib.contextmanager
def _running(journey: Journey, reporter: Reporter) -> Iterator[Runner]:
    runner = open_runner(journey, reporter)
    try:
        yield runner
    except BaseException as error:
        runner.stop()
        runner.close(now=isinstance(error, KeyboardInterrupt))
        raise
    runner.close()


def _kept_files(step: Step) -> Iterator[PartFile]:
    """The checkpoint's parts and the lots of its unfinished ones."""
    for pattern in ("[!.]*.parquet", ".chunks/[!.]*.parquet"):
        yield from map(PartFile, matching(step.folder.path, pattern))


def _has_answers(file: PartFile) -> bool:
    return bool(file.read(["error"])["error"].null_count)
