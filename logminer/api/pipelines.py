"""A pipeline file taken through its journey."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from logminer.errors import AskedOtherwise

if TYPE_CHECKING:
    from logminer.board.building import Board
    from logminer.pipeline.checking import Checked
    from logminer.pipeline.file import PipelineFile
    from logminer.pipeline.journey import Journey
    from logminer.pipeline.reporter import Reporter
    from logminer.pipeline.runner import RunnerKind
    from logminer.planning.planner import Plan
    from logminer.run.batch import Exported, Imported
    from logminer.run.hypothesising import Hypothesised
    from logminer.run.pruning import Pruned
    from logminer.run.status import StageStatus
    from logminer.run.summary import Summary
    from logminer.run.watching import Round
    from logminer.store.rekeying import Rekeyed
    from logminer.suites.forgetting import Erased
    from logminer.suites.listing import SuiteState

__all__ = ["Pipeline", "load_pipeline"]

R = TypeVar("R")


class Pipeline:
    """A pipeline file that can be carried out.

    Each call resolves the file anew, once: the key, the taxonomy and the dump as they are then hold until it returns.

    Attributes:
        file: what the user wrote, its relative paths taken from the file's folder.
        base: that folder.
        notes: of a suite's, what of the pipeline's is left out there; a run says them.
    """

    def __init__(self, file: PipelineFile, base: Path, notes: Sequence[str] = ()) -> None:
        self.file, self.base, self.notes = file, base, tuple(notes)

    def __repr__(self) -> str:
        return f"Pipeline(study={str(self.study)!r})"

    @property
    def study(self) -> Path:
        """The folder of the study; `open_study` opens it once something is published."""
        return self.file.study

    def journey(self) -> Journey:
        """Every step with its folder; the pseudonym key is made where there is none.

        Raises:
            LogminerError: as `pipeline.journey.prepare`.
        """
        from logminer.pipeline.journey import prepare

        return prepare(self.file, self.base)

    def check(self) -> Checked:
        """Whether it would work, told before the first row is read; writes no study.

        What is wrong with a declared suite is a warning.

        Raises:
            LogminerError: the first thing that would stop a run.
        """
        from logminer.pipeline.checking import check
        from logminer.suites.listing import wrong_suites

        found = check(self.journey())
        warnings = [*self.notes, *found.warnings, *wrong_suites(self.file, self.base)]
        return found._replace(warnings=warnings)

    def status(self) -> list[StageStatus]:
        """For each stage the parts that are finished, and those that a run would compute; then what is published. Also of suites."""
        from logminer.run.status import status
        from logminer.suites.listing import suite_journeys

        found = status(self.journey())
        for name, journey in suite_journeys(self.file, self.base):
            found += [stage._replace(suite=name) for stage in status(journey)]
        return found

    def plan(
        self, *, requests: int = 512, seconds: float = 60.0, reporter: Reporter | None = None
    ) -> Plan:
        """What a run would cost and what it could find; see `planning.planner.plan`."""
        from logminer.planning.planner import plan

        def foretell(journey: Journey) -> Plan:
            return plan(journey, requests=requests, seconds=seconds, reporter=reporter)

        from logminer.suites.listing import acting_notes, wrong_suites

        found = _as_servers_want(foretell, self.file, self.base, reporter)
        suites = (*wrong_suites(self.file, self.base), *acting_notes(self.file, self.base))
        return found._replace(notes=[*found.notes, *suites])

    def run(
        self,
        reporter: Reporter | None = None,
        *,
        refit: bool = False,
        retry_failed: bool = False,
        workers: int | None = None,
        runner: RunnerKind | None = None,
    ) -> Summary:
        """Do what is not done yet and publish `study.duckdb`; see `run.execute.run`.

        Args:
            reporter: told of the progress.
            refit: find clusters anew instead of placing responses on the map that exists.
            retry_failed: ask again for the answers that failed.
            workers: processes; 0 computes in this one; None: as the file says.
            runner: where they are; None: as the file says.

        Raises:
            LogminerError: see `errors.py`; finished parts are kept, and the same call resumes.
        """
        from logminer.pipeline.runner import RunnerSpec
        from logminer.run.execute import run

        if reporter:
            for note in self.notes:
                reporter.say(f"note: {note}")
        file = self.file
        if workers is not None:
            file = file.model_copy(update={"workers": workers})
        if runner not in (None, file.runner.kind):
            file = file.model_copy(update={"runner": RunnerSpec(kind=runner)})

        def carry_out(journey: Journey) -> Summary:
            return run(journey, reporter, refit=refit, retry_failed=retry_failed)

        return _as_servers_want(carry_out, file, self.base, reporter)

    def watch(
        self,
        every_s: float = 900.0,
        *,
        reporter: Callable[[], AbstractContextManager[Reporter]] | None = None,
        rounds: int | None = None,
        retry_failed: bool = False,
        workers: int | None = None,
        runner: RunnerKind | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> Iterator[Round]:
        """Follow the dump: run at once, then every `every_s` seconds where something is new; see `run.watching.watch`.

        Args:
            every_s: from the beginning of a round to that of the next.
            reporter: gives what is told of the progress of one run.
            rounds: end after so many; None: go on until it is stopped.
            retry_failed, workers, runner: as of `run`, whenever one is made.
            sleep: waits so many seconds.

        Raises:
            LogminerError: what waiting does not mend, a mistake in the pipeline file above all. Any other is told in its round.
            KeyboardInterrupt: it was stopped.
        """
        from logminer.run.watching import watch

        def run(file: PipelineFile) -> Summary:
            with reporter() if reporter else nullcontext() as told:
                pipeline = Pipeline(file, self.base, self.notes)
                return pipeline.run(told, retry_failed=retry_failed, workers=workers, runner=runner)

        return watch(self.file, run, every_s, rounds=rounds, sleep=sleep)

    def suite(self, name: str, *, unsafe_sandbox: bool = False) -> Pipeline:
        """The pipeline of a suite: it runs on these checkpoints, and its study lies in `suites/` of this one's.

        Args:
            name: of a suite that the file declares, that is shipped or lies in `suites/` beside the file; or a file's path.
            unsafe_sandbox: let agents of an environment act where the system gives no namespaces to contain them.

        Raises:
            ConfigError: there is none, nobody says where its data is, no checkpoint has answers to it, or no two of those that
                are compared.
        """
        from logminer.pipeline.suitefile import suite_called
        from logminer.suites.making import suite_pipeline

        suite = suite_called(name, self.file, self.base)
        made = suite_pipeline(self.file, self.base, suite)
        own = made.file
        if unsafe_sandbox and own.acting:
            acting = own.acting.model_copy(update={"unsafe_sandbox": True})
            own = own.model_copy(update={"acting": acting})
        return Pipeline(own, made.base, made.notes)

    def suites(self) -> list[SuiteState]:
        """The suites that the file declares, then the others that go by name; see `suites.listing.SuiteState`.

        Raises:
            ConfigError: a declared one is not there, or a suite's file is wrong.
        """
        from logminer.suites.listing import list_suites

        return list_suites(self.file, self.base)

    def board(self, preset: str | None = None) -> Board:
        """What this pipeline's study and those of its suites say together, also written as `board.duckdb`.

        Args:
            preset: which suites and in which order, by name (`sft-vs-production`) or file; None: all.

        Raises:
            LogminerError: see `board.building.build_board`.
        """
        from logminer.board.building import build_board

        return build_board(self.file, self.base, preset)

    def hypothesise(
        self,
        analyst: str | None = None,
        *,
        pair: tuple[str, str] | None = None,
        pairs: int = 60,
        seed: int = 0,
        most: int = 12,
        out: str | Path | None = None,
        reporter: Reporter | None = None,
    ) -> Hypothesised:
        """Have a model say what differs, and write that as a taxonomy; see `run.hypothesising.hypothesise`."""
        from logminer.run.hypothesising import hypothesise

        def ask(journey: Journey) -> Hypothesised:
            return hypothesise(
                journey,
                self.base,
                analyst=analyst,
                pair=pair,
                pairs=pairs,
                seed=seed,
                most=most,
                out=Path(out) if out is not None else None,
                reporter=reporter,
            )

        return _as_servers_want(ask, self.file, self.base, reporter)

    def prune(self, *, remove: bool = False) -> Pruned:
        """What the study and those of its suites hold and no run would use; removed where asked. See `suites.pruning`."""
        from logminer.suites.pruning import prune_all

        return prune_all(self.file, self.base, remove=remove)

    def rekey(self, from_env: str | None = None) -> Rekeyed:
        """Write the study and those of its suites under the key that the file names; see `store.rekeying.rekey`."""
        from logminer.store.rekeying import rekey

        said = self.file.encryption
        return rekey(
            self.file.folder,
            said.key_env if said else None,
            from_env,
            group_readable=self.file.group_readable,
        )

    def forget(
        self,
        *users: str,
        older_than: datetime | None = None,
        remove: bool = True,
        reporter: Reporter | None = None,
    ) -> Erased:
        """Take people out of the study and those of its suites, and note that they are not to come back.

        Args:
            users: ids as the dump has them.
            older_than: conversations that began before it go too; with a time zone.
            remove: else it is only told.
            reporter: told of the progress.

        Raises:
            LogminerError: see `suites.forgetting.forget_all`.
        """
        from logminer.pipeline.reporter import Quiet
        from logminer.suites.forgetting import forget_all

        reporter = reporter or Quiet()
        erased = forget_all(self.file, self.base, users, older_than, reporter, remove=remove)
        return erased._replace(releases=_released(erased.project)) if erased.rows else erased

    def export_requests(
        self, checkpoint: str, out: str | Path, reporter: Reporter | None = None
    ) -> Exported:
        """Write a request for every answer that is not there yet; see `run.batch.export_requests`."""
        from logminer.run.batch import export_requests

        return export_requests(self.journey(), checkpoint, Path(out), reporter)

    def import_results(
        self, checkpoint: str, files: Sequence[str | Path], reporter: Reporter | None = None
    ) -> Imported:
        """Take in what a batch answered; see `run.batch.import_results`."""
        from logminer.run.batch import import_results

        return import_results(self.journey(), checkpoint, [Path(f) for f in files], reporter)


def _as_servers_want(
    act: Callable[[Journey], R], file: PipelineFile, base: Path, reporter: Reporter | None
) -> R:
    """Begin anew where a server says, before it has answered anybody, how it wants to be asked."""
    from logminer.pipeline.adapting import adopt
    from logminer.pipeline.journey import prepare

    while True:
        try:
            return act(prepare(file, base))
        except AskedOtherwise as found:
            adopt(file, found)
            if reporter:
                reporter.say(f"note: {found}: done, and kept with the study")


def _released(project: str) -> tuple[str, ...]:
    """The releases of a project."""
    from logminer.ids import Pseudonyms, load_key
    from logminer.release.ledger import Ledger, ledger_file

    path = ledger_file(Pseudonyms(load_key(), project).key_id)
    if not path.exists():
        return ()
    return tuple(one.release_id for one in Ledger(path, project).entries())


def load_pipeline(path: str | Path) -> Pipeline:
    """Read a pipeline file; `.run()` executes it and resumes by itself.

    Raises:
        ConfigError: the file is wrong; says where in it.
    """
    from logminer.pipeline.loading import read_pipeline_file

    return Pipeline(read_pipeline_file(path), Path(path).absolute().parent)
