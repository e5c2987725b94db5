"""The page to read first: a pipeline file, and the journey it describes.

    dump ─▶ anonymise ─▶ prompts ─▶ replay × checkpoints ─┬▶ embed ─┬▶ judge
                                                          │         └▶ cluster ─▶ compare ─▶ study.duckdb
                                                          └▶ rate

`load_pipeline("pipelines/quarterly.yaml").run()` does all of it and resumes by itself.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pydantic import Field, model_validator

from logminer import census, ids
from logminer.checkpoints import AnyCheckpoint, Recorded
from logminer.checkpoints.base import Generating, Sampling
from logminer.clusters import ClusterOptions
from logminer.compare import AGAIN, CompareOptions
from logminer.draw import Draw
from logminer.dumpfiles import find_files, identity
from logminer.errors import ConfigError
from logminer.parts import PartFolder
from logminer.privacy.options import AnonymiseOptions
from logminer.runners.flow import Step
from logminer.scorers import check_scorers, recorded_columns
from logminer.scorers.autorater import Autorater
from logminer.scorers.autorater.impartial import Impartial, impartial
from logminer.scorers.unsafe_probe import UnsafeProbe
from logminer.sources import SourceSpec
from logminer.spec import Spec, content_hash, incidental, load_yaml, parse
from logminer.stage import Stage
from logminer.stages.anonymise import Anonymise
from logminer.stages.embed import Embed, EmbedOptions
from logminer.stages.judge import Judge, JudgeOptions
from logminer.stages.labels import Labels
from logminer.stages.prompts import Prompts, PromptsOptions
from logminer.stages.rate import Rate
from logminer.stages.replay import Logged, Replay
from logminer.taxonomy import Taxonomy, load_taxonomy

if TYPE_CHECKING:
    from logminer.run import Reporter
    from logminer.summary import Summary

__all__ = ["LOGGED", "Arm", "Gates", "Journey", "Pipeline", "load_pipeline"]

LOGGED = "logged"
_draws: dict[str, Draw] = {}  # of this process: the dump is read once for each


class Gates(Spec):
    """Declared limits: a run that exceeds one is done, but exits with 3.

    Attributes:
        max_rejected: share of the dump's rows that are rejected.
        max_injected_moved: share of an autorater's canaries whose label moved.
    """

    max_rejected: float | None = Field(None, ge=0, le=1)
    max_injected_moved: float | None = Field(None, ge=0, le=1)


class Price(Spec):
    """Of a million tokens."""

    input: float = Field(0.0, ge=0)
    output: float = Field(0.0, ge=0)


class PlanOptions(Spec):
    """What `logminer plan` reckons with."""

    currency: str = "USD"
    prices: dict[str, Price] = {}  # by checkpoint


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
        said = Sampling(**{name: getattr(self, name) for name in Sampling.model_fields})
        return checkpoint.replay.of(said) if isinstance(checkpoint, Generating) else said


class Arm(NamedTuple):
    """The steps of one checkpoint."""

    name: str
    replay: Step
    embed: Step
    judge: Step
    ratings: tuple[Step, ...]  # of autoraters
    labels: Step | None
    repeat: bool  # a second draw for the noise floor: placed and compared, but no party to finding clusters

    @property
    def steps(self) -> list[Step]:
        """In the order in which they can be computed."""
        labels = [self.labels] if self.labels else []
        return [self.replay, *labels, *self.ratings, self.embed, self.judge]


class Journey(NamedTuple):
    """Every step of a pipeline, each with its folder."""

    anonymise: Step
    prompts: Step
    arms: tuple[Arm, ...]

    @property
    def steps(self) -> list[Step]:
        """In the order in which they can be computed."""
        return [self.anonymise, self.prompts, *(step for arm in self.arms for step in arm.steps)]


class Pipeline(Spec):
    """A pipeline file. Everything has a default but `study` and `source.path`."""

    study: Path
    project: str | None = None
    source: SourceSpec
    anonymise: AnonymiseOptions = AnonymiseOptions()
    prompts: PromptsOptions = PromptsOptions()
    checkpoints: tuple[AnyCheckpoint, ...] = ()
    replay: ReplayOptions = ReplayOptions()
    judge: JudgeOptions = JudgeOptions()
    embed: EmbedOptions = EmbedOptions()
    cluster: ClusterOptions = ClusterOptions()
    compare: CompareOptions = CompareOptions()
    gates: Gates = Gates()
    plan: PlanOptions = incidental(PlanOptions())
    workers: int = incidental(default_factory=lambda: os.cpu_count() or 1, ge=0)
    folder: Path = incidental(Path())  # where the pipeline file lies; relative paths start here

    @model_validator(mode="after")
    def _fitting_scorers(self) -> Pipeline:
        """Of the scorers that nobody named, those that do not know this embedding are left out."""
        if (
            "scorers" not in self.judge.model_fields_set
            and self.embed.model != EmbedOptions().model
        ):
            fitting = tuple(s for s in self.judge.scorers if not isinstance(s, UnsafeProbe))
            judge = self.judge.model_copy(update={"scorers": fitting})
            object.__setattr__(self, "judge", judge)
        return self

    @property
    def project_name(self) -> str:
        """Domain of the pseudonyms."""
        return self.project or self.study.name

    def taxonomy(self) -> Taxonomy:
        """The taxonomy that `judge.taxonomy` names."""
        return load_taxonomy(self.judge.taxonomy, self.folder)

    def autoraters(self) -> list[Impartial]:
        """The judge models, without those that would rate their own family.

        Raises:
            ConfigError: an autorater has no other.
        """
        scorers = [scorer for scorer in self.judge.scorers if isinstance(scorer, Autorater)]
        return [impartial(scorer, self.checkpoints) for scorer in scorers]

    def logged(self) -> bool:
        """Whether the dump holds answers of its own."""
        return self.source.has_answers()

    def arms(self) -> list[str]:
        """Names of all checkpoints, the logged answers first."""
        return [LOGGED] * self.logged() + [checkpoint.name for checkpoint in self.checkpoints]

    def repeats(self) -> list[AnyCheckpoint]:
        """The bases that are replayed once more for the noise floor, under names of their own.

        Not those that have several answers to a prompt anyway, and not recorded or logged ones.
        """
        if not self.compare.noise_floor:
            return []
        bases = {base for base, _ in self.pairs()}
        return [
            checkpoint.model_copy(update={"name": checkpoint.name + AGAIN})
            for checkpoint in self.checkpoints
            if checkpoint.name in bases
            and not isinstance(checkpoint, Recorded)
            and self.replay.sampling(checkpoint).samples == 1
        ]

    def draw(self) -> Draw | None:
        """The prompts that are replayed; None: every one. Reads the dump once for each state of it.

        Raises:
            LogminerError: the dump, or the pseudonym key.
        """
        replay, pseudonyms = self.replay, self.pseudonyms()
        if replay.sample is None:
            return None
        how = [self.source, self.anonymise, self.prompts]
        key = content_hash(
            [
                [spec.options() for spec in how],
                [identity(file) for file in find_files(self.source.path)],
                [replay.sample, replay.seed, replay.stratify, pseudonyms.key_id],
            ]
        )
        if key not in _draws:
            counted = census.count(self.source, self.anonymise, self.prompts.turns, pseudonyms)
            _draws[key] = census.draw_sample(
                counted, replay.sample, replay.seed, replay.stratify, pseudonyms
            )
        return _draws[key]

    def pseudonyms(self) -> ids.Pseudonyms:
        """The ids of this project; the key is made where there is none.

        Raises:
            SecretError: the key is malformed, or others can read it.
        """
        return ids.Pseudonyms(ids.load_key(create=True), self.project_name)

    def pairs(self) -> list[tuple[str, str]]:
        """Declared pairs (base, candidate); by default the first checkpoint against each other one."""
        if self.compare.pairs:
            return list(self.compare.pairs)
        names = [checkpoint.name for checkpoint in self.checkpoints]
        first, *others = names if len(names) > 1 else [*self.arms(), ""]
        return [(first, other) for other in others if other]

    def run(
        self,
        reporter: Reporter | None = None,
        *,
        refit: bool = False,
        retry_failed: bool = False,
    ) -> Summary:
        """Do what is not done yet and publish `study.duckdb`; see `logminer.run.run`."""
        from logminer import run

        return run.run(self, reporter, refit=refit, retry_failed=retry_failed)

    def journey(self) -> Journey:
        """The steps, from the dump to the judgements."""
        keyed = {"project": self.project_name, "key_id": self.pseudonyms().key_id}
        draw = self.draw()

        def step(stage: Stage, primary: Step | None, **sides: Step | None) -> Step:
            given = tuple((name, (side,) if side else ()) for name, side in sides.items())
            upstream = [s.folder.fingerprint for s in (primary, *sides.values()) if s]
            upstream = upstream or [content_hash(self.source.options())]
            folder = PartFolder(self.study / "parts", stage.label, stage.fingerprint(*upstream))
            return Step(stage, folder, primary, given)

        anonymise = step(Anonymise(options=self.anonymise, **keyed), None)
        prompts = step(Prompts(options=self.prompts, **keyed), anonymise)
        taxonomy = self.taxonomy()
        check_scorers(self.judge.scorers, taxonomy)
        in_place = tuple(s for s in self.judge.scorers if not isinstance(s, Autorater))
        raters = [found.scorer for found in self.autoraters()]

        def arm(name: str, checkpoint: AnyCheckpoint | None, *, repeat: bool = False) -> Arm:
            if checkpoint is None:
                answers: Stage = Logged()
            else:
                sampling = self.replay.sampling(checkpoint)
                if repeat:
                    sampling = sampling.model_copy(update={"seed": sampling.seed + 1})
                answers = Replay(
                    checkpoint=checkpoint,
                    sampling=sampling,
                    anonymise=self.anonymise,
                    draw=draw,
                    **keyed,
                )
            replay = step(answers, prompts)
            if isinstance(answers, Replay) and isinstance(checkpoint, Generating):
                replay = replay._replace(kin=answers.kin(anonymise.folder.fingerprint))
            embed = step(Embed(embed=self.embed, checkpoint=name), replay)
            labels = None
            columns = recorded_columns(self.judge.scorers)
            if columns and isinstance(checkpoint, Recorded):
                labels = step(Labels(checkpoint=checkpoint, columns=columns, **keyed), prompts)
            judge = step(
                Judge(
                    taxonomy=taxonomy,
                    scorers=in_place,
                    checkpoint=name,
                    embedding_model=self.embed.model,
                ),
                replay,
                prompts=prompts,
                embeddings=embed,
                labels=labels,
            )
            votes = str(self.study / "votes.sqlite")
            ratings = tuple(
                step(
                    Rate.of(scorer, taxonomy, checkpoint=name, votes=votes, **keyed),
                    replay,
                    prompts=prompts,
                )
                for scorer in raters
            )
            return Arm(name, replay, embed, judge, ratings, labels, repeat)

        arms = [arm(LOGGED, None)] if self.logged() else []
        arms += [arm(checkpoint.name, checkpoint) for checkpoint in self.checkpoints]
        arms += [arm(again.name, again, repeat=True) for again in self.repeats()]
        return Journey(anonymise, prompts, tuple(arms))


def load_pipeline(path: str | Path) -> Pipeline:
    """Read a pipeline file; relative paths in it start at its folder.

    Raises:
        ConfigError: unknown key, wrong value, or a name that refers to nothing; says where in the file.
    """
    file = Path(path)
    pipeline = parse(Pipeline, load_yaml(file), str(file))
    base = file.absolute().parent
    rooted = pipeline.model_copy(
        update={
            "folder": base,
            "study": base / pipeline.study.expanduser(),
            "source": pipeline.source.rooted(base),
            "anonymise": pipeline.anonymise.rooted(base),
            "checkpoints": tuple(checkpoint.rooted(base) for checkpoint in pipeline.checkpoints),
            "cluster": pipeline.cluster.rooted(base),
            "judge": pipeline.judge.model_copy(
                update={"scorers": tuple(s.rooted(base) for s in pipeline.judge.scorers)}
            ),
        }
    )
    _check_names(rooted, file)
    return rooted


def _check_names(pipeline: Pipeline, file: Path) -> None:
    names = [checkpoint.name for checkpoint in pipeline.checkpoints]
    for index, name in enumerate(names):
        if name == LOGGED:
            raise ConfigError(
                f"{file}: checkpoints.{index}.name: '{LOGGED}' is reserved for the answers found in the log"
            )
        if name.endswith(AGAIN):
            raise ConfigError(
                f"{file}: checkpoints.{index}.name: names that end in '{AGAIN}' are kept for the noise floor"
            )
        if name in names[:index]:
            raise ConfigError(f"{file}: checkpoints.{index}.name: '{name}' is used twice")
    for name in pipeline.plan.prices:
        if name not in names:
            raise ConfigError(
                f"{file}: plan.prices.{name}: no checkpoint is named so (there are: {', '.join(names)})"
            )
    for index, pair in enumerate(pipeline.compare.pairs):
        for name in pair:
            if name not in [LOGGED, *names]:
                known = ", ".join([LOGGED, *names])
                raise ConfigError(
                    f"{file}: compare.pairs.{index}: no checkpoint is named '{name}' (there are: {known})"
                )
    kept = {"user", *pipeline.source.keep}
    if pipeline.compare.cluster_by not in kept:
        raise ConfigError(f"{file}: compare.cluster_by: {_not_kept(pipeline.compare.cluster_by)}")
    stratify = pipeline.replay.stratify
    if stratify and stratify not in {"language", *pipeline.source.keep}:
        raise ConfigError(f"{file}: replay.stratify: {_not_kept(stratify)}")
    for index, scorer in enumerate(pipeline.judge.scorers):
        for name in scorer.reads_attributes:
            if name not in pipeline.source.keep:
                raise ConfigError(f"{file}: judge.scorers.{index}: {_not_kept(name)}")
    for index, name in enumerate(pipeline.compare.strata):
        if name not in {"language", "turn", *kept - {"user"}}:
            raise ConfigError(f"{file}: compare.strata.{index}: {_not_kept(name)}")


def _not_kept(name: str) -> str:
    return f"'{name}' is not kept with the prompts: add the dump's column to source.keep"
