"""The file that a user writes: frozen, checked key by key, and read no further than it says itself."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from logminer.checkpoints.base import Checkpoint, Generating, Sampling
from logminer.checkpoints.kinds import AnyCheckpoint, AnyGenerating
from logminer.clusters.options import ClusterOptions
from logminer.compare.options import CompareOptions
from logminer.discovery.options import DiscoverOptions
from logminer.environments.acting.options import ActingOptions
from logminer.errors import LogminerError
from logminer.files.finding import rooted
from logminer.files.growing import GrowingPath
from logminer.files.lines import standing
from logminer.files.objects import AnyPath
from logminer.files.places import is_url, located
from logminer.pipeline.releasing import EncryptionOptions, PrivacyOptions, ReleaseOptions
from logminer.pipeline.runner import AnyRunner, RunnerSpec
from logminer.privacy.options import AnonymiseOptions
from logminer.schemas.reserved import LOGGED
from logminer.sources.spec import SourceSpec
from logminer.spec import Spec, incidental
from logminer.stages.embed import EmbedOptions
from logminer.stages.judge import JudgeOptions
from logminer.stages.prompts import PromptsOptions
from logminer.store.layout import StudyFolder

__all__ = [
    "Gates",
    "PipelineFile",
    "PlanOptions",
    "Price",
    "ReplayOptions",
    "SuiteArm",
    "SuiteEntry",
]


class Gates(Spec):
    """Declared limits: a run that exceeds one is done, but exits with 3.

    Attributes:
        max_rejected: share of the dump's rows that are rejected, those of who was forgotten left out.
        max_injected_moved: share of an autorater's canaries whose label moved.
    """

    max_rejected: float | None = Field(None, ge=0, le=1)
    max_injected_moved: float | None = Field(None, ge=0, le=1)


class Price(Spec):
    """What tokens cost.

    Attributes:
        input, output: of a million tokens.
    """

    input: float = Field(0.0, ge=0)
    output: float = Field(0.0, ge=0)


class PlanOptions(Spec):
    """What `logminer plan` reckons with.

    Attributes:
        currency: its name, as it is printed.
        prices: checkpoint → price.
    """

    currency: str = "USD"
    prices: dict[str, Price] = {}


class ReplayOptions(Sampling):
    """How answers are drawn, and to which prompts.

    Attributes:
        sample: about so many prompts are replayed, drawn by user; null: every one.
        stratify: `language`, or a kept attribute: each of its values gets its share of the sample.
    """

    sample: int | None = Field(None, ge=1)
    stratify: str | None = None

    @model_validator(mode="after")
    def _something_to_stratify(self) -> ReplayOptions:
        if self.stratify and self.sample is None:
            raise ValueError("`stratify` says how a sample is drawn: name its size, `sample`")
        return self

    def sampling(self, checkpoint: AnyCheckpoint) -> Sampling:
        """How this checkpoint's answers are drawn: what is said here, but for what it says itself."""
        return checkpoint.sampling(
            Sampling(**{name: getattr(self, name) for name in Sampling.model_fields})
        )


class ClusterSettings(ClusterOptions):
    """How clusters are found, and what they are called.

    Attributes:
        namer: a checkpoint of the pipeline, or one described as such, that gives clusters short titles; it sees phrases
            that `min_people` people used and nothing else. It changes no number, so it is no part of the map.
    """

    namer: str | AnyGenerating | None = incidental(None)

    def sampling(self, namer: Generating) -> Sampling:
        """How its answers are drawn: one each, at temperature 0 unless it says otherwise itself."""
        said = Sampling(max_new_tokens=1024, concurrency=8)
        return namer.replay.of(said).model_copy(update={"samples": 1})

    def rooted(self, base: Path) -> Self:
        found = super().rooted(base)
        if isinstance(self.namer, Generating):
            return found.model_copy(update={"namer": self.namer.rooted(base)})
        return found


class ActingIn(ActingOptions):
    """The world in which the checkpoints of a pipeline act, in place of answering.

    Attributes:
        environment: its name.
        tasks: the table that says which task each prompt is; the suite's prompts.
    """

    environment: str
    tasks: str = incidental()

    @property
    def how(self) -> ActingOptions:
        """Without the world."""
        return ActingOptions(**{name: getattr(self, name) for name in ActingOptions.model_fields})

    def rooted(self, base: Path) -> Self:
        """The same with `tasks` taken from `base` where it is relative."""
        return self.model_copy(update={"tasks": rooted(self.tasks, base)})


class SuiteArm(Spec):
    """Recorded answers that stand for a checkpoint in a suite.

    Attributes:
        path: null: that of the suite.
        model, where, samples: as of a checkpoint of kind `recorded`.
    """

    path: str | None = None
    model: str | None = None
    where: dict[str, str | int | float | bool] = {}
    samples: Literal["one", "all"] = "one"


def _arm_spelt_out(arm: Any) -> Any:
    """`sft: model-a` is short for `sft: {model: model-a}`."""
    return {"model": arm} if isinstance(arm, str) else arm


class SuiteEntry(Spec):
    """A suite that the pipeline declares: where its data is, and whose recorded answers stand for its checkpoints.

    Attributes:
        suite: its name or file, where the entry has another name.
        path: its data, relative to the pipeline file.
        format, columns, where: as in `source:`, where they differ from what the suite says.
        preset: how a known set of prompts names its columns; null: by its columns.
        prompt, label: the columns of prompts and of their labels, where no preset knows them.
        safe: values of `label` that say that a prompt is safe.
        anonymise: as in the pipeline's `anonymise:`, where it differs from that: public prompts may keep the names of public
            figures, `{public_figures: keep}`.
        arms: checkpoint → the model in the data that answers for it, or `{path, model, where, samples}`.
        acting: how checkpoints act, where the suite is an environment.
    """

    suite: str | None = None
    path: str | None = None
    format: str | None = None
    columns: dict[str, str] = {}
    where: dict[str, str | int | float | bool] = {}
    preset: str | None = None
    prompt: str | None = None
    label: str | None = None
    safe: tuple[str | int | float | bool, ...] = ("true", "safe")
    anonymise: dict[str, Any] = {}
    acting: ActingOptions = ActingOptions()
    arms: dict[str, Annotated[SuiteArm, BeforeValidator(_arm_spelt_out)]] = {}

    def rooted(self, base: Path) -> SuiteEntry:
        """The same with relative paths taken from `base`; what was not said stays unsaid."""
        said: dict[str, Any] = {}
        if self.path:
            said["path"] = rooted(self.path, base)
        if self.arms:
            said["arms"] = {
                name: arm.model_copy(update={"path": rooted(arm.path, base)}) if arm.path else arm
                for name, arm in self.arms.items()
            }
        return self.model_copy(update=said)


class PipelineFile(Spec):
    """A pipeline file. Everything has a default but `study` and `source.path`.

    Attributes:
        study: the study's folder: parts, runs, `study.duckdb`, `suites/`.
        parts: where else the parts are kept: a folder, or a place in an object store, as `s3://bucket/name`; null: in the
            study. It is of this study alone, and holds nothing else.
        source: the dump, and what is read of it; a file that only runs suites which bring their data may leave it out.
        anonymise: what is looked for, and what stands in its place.
        prompts: which messages are asked.
        checkpoints: who answers; none: the answers found in the log are analysed alone.
        replay: how answers are drawn.
        judge: what is looked for, and who looks.
        embed: how responses become vectors.
        cluster: how clusters are found and named.
        compare: what is compared with what.
        discover: what is looked for that nobody asked for.
        gates: limits; a run that exceeds one exits with 3.
        plan: what `logminer plan` reckons with.
        workers: processes; 0: all in this one. By default one a core.
        runner: where they are: `local`, `ray`, or a mapping for a cluster.
        project: domain of the pseudonyms; without one a study's own, which depends on its dump.
        suites: evaluations beside the dump, by name.
        acting: the world in which the checkpoints act, of the pipeline that a suite becomes; null: they answer.
        families: name → a pair (base, candidate) of checkpoints: does what happened to one family happen to the others?
        release: what may leave the building.
        privacy: differential privacy of what leaves; null: counts are rounded and suppressed.
        encryption: of what stays; null: none.
        group_readable: the group of the study's folder may read what is in it; else its owner alone.
    """

    study: Path
    parts: str | None = incidental(None)
    group_readable: bool = incidental(False)
    project: str | None = None
    source: SourceSpec = SourceSpec(path="")
    anonymise: AnonymiseOptions = AnonymiseOptions()
    prompts: PromptsOptions = PromptsOptions()
    checkpoints: tuple[AnyCheckpoint, ...] = ()
    replay: ReplayOptions = ReplayOptions()
    acting: ActingIn | None = None
    judge: JudgeOptions = JudgeOptions()
    embed: EmbedOptions = EmbedOptions()
    cluster: ClusterSettings = ClusterSettings()
    compare: CompareOptions = CompareOptions()
    discover: DiscoverOptions = DiscoverOptions()
    gates: Gates = Gates()
    suites: dict[str, SuiteEntry] = {}
    families: dict[str, tuple[str, str]] = {}
    plan: PlanOptions = incidental(PlanOptions())
    workers: int = incidental(default_factory=lambda: os.cpu_count() or 1, ge=0)
    runner: AnyRunner = incidental(RunnerSpec())
    release: ReleaseOptions = incidental(ReleaseOptions())
    privacy: PrivacyOptions | None = incidental(None)
    encryption: EncryptionOptions | None = incidental(None)

    @field_validator("study", mode="before")
    @classmethod
    def _on_this_machine(cls, study: Any) -> Any:
        if isinstance(study, str) and is_url(study):
            raise ValueError(
                "a URL; a study lies in a folder of this machine: name one, and say in `parts` where else its parts are kept"
            )
        return study

    def compared(self, *, has_log: bool) -> tuple[tuple[str, str], ...]:
        """Declared pairs; by default those of the families, else the first checkpoint against each other one.

        Args:
            has_log: whether the dump has answers: they are the base where a single checkpoint is named.
        """
        if self.compare.pairs:
            return self.compare.pairs
        if self.families:
            return tuple(dict.fromkeys(self.families.values()))
        names = [checkpoint.name for checkpoint in self.checkpoints]
        if len(names) < 2 and has_log:
            names = [LOGGED, *names]
        return tuple((names[0], other) for other in names[1:])

    def namer(self) -> Generating | None:
        """Who gives clusters their titles; None: nobody, or the checkpoint named cannot be asked."""
        named = self.cluster.namer
        if not isinstance(named, str):
            return named
        able = (one for one in self.checkpoints if isinstance(one, Generating))
        return next((one for one in able if one.name == named), None)

    @property
    def folder(self) -> StudyFolder:
        """Where the study lies, and its parts."""
        own = StudyFolder(self.study)
        kept_at = located(self.parts) if self.parts else own.own_parts
        if isinstance(kept_at, Path) and kept_at.resolve() == own.own_parts.resolve():
            kept_at = own.own_parts  # in other words
        return own._replace(kept_at=kept_at)

    @property
    def project_name(self) -> str:
        """Domain of the pseudonyms; of a file that no journey was made of, that of studies of old."""
        return self.project or self.study.name

    def fitting(self) -> PipelineFile:
        """The same; of the scorers that nobody named, those that do not know this embedding are left out."""
        judge = self.judge
        if "scorers" in judge.model_fields_set:
            return self
        scorers = tuple(s for s in judge.scorers if s.fits(self.embed.model))
        return self.model_copy(update={"judge": judge.model_copy(update={"scorers": scorers})})

    def as_of(self, stood: Mapping[str, GrowingPath]) -> PipelineFile:
        """The same; of files of lines what there was at a time: see `SourceSpec.as_of`."""
        checkpoints = tuple(checkpoint.as_of(stood) for checkpoint in self.checkpoints)
        return self.model_copy(
            update={"source": self.source.as_of(stood), "checkpoints": checkpoints}
        )

    def as_it_stands(self) -> PipelineFile:
        """The same; whatever is appended to its files from now on is no part of it."""
        files: dict[str, AnyPath] = {}
        readers: list[SourceSpec | Checkpoint] = [self.source, *self.checkpoints]
        for one in readers:
            with contextlib.suppress(LogminerError):  # told by whoever reads them
                files.update({str(file.path): file.path for file in one.files()})
        found = {name: standing(path) for name, path in files.items()}
        return self.as_of({n: path for n, path in found.items() if isinstance(path, GrowingPath)})

    def rooted(self, base: Path) -> PipelineFile:
        """The same with relative paths taken from `base`."""
        return self.model_copy(
            update={
                "study": base / self.study.expanduser(),
                "parts": self.parts and rooted(self.parts, base),
                "source": self.source.rooted(base),
                "anonymise": self.anonymise.rooted(base),
                "checkpoints": tuple(checkpoint.rooted(base) for checkpoint in self.checkpoints),
                "cluster": self.cluster.rooted(base),
                "acting": self.acting and self.acting.rooted(base),
                "judge": self.judge.rooted(base),
                "discover": self.discover.rooted(base),
                "suites": {name: entry.rooted(base) for name, entry in self.suites.items()},
            }
        )
