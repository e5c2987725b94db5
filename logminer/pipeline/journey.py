"""The page to read first: a pipeline file resolved once into the journey it describes.

    dump ─▶ anonymise ─▶ prompts ─▶ replay × checkpoints ─┬▶ embed ─┬▶ judge
                                                          │         └▶ cluster ─▶ compare ─▶ study.duckdb
                                                          └▶ rate

Where checkpoints act in an environment, `act` takes the place of asking, and `replay` tells its episodes as responses.

`prepare` reads the key, the taxonomy and, for a sample, the dump. Whoever comes after takes the journey alone, so that
what is edited meanwhile, or appended to a file of lines, changes nothing of what is under way.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from logminer.checkpoints.base import Sampling
from logminer.checkpoints.kinds import AnyCheckpoint
from logminer.environments.acting.kinds import world_called
from logminer.errors import SecretError
from logminer.files.identity import recall
from logminer.ids import KEY_VARIABLE, Pseudonyms, key_file, load_key
from logminer.pipeline.adapting import adaptations, adapted
from logminer.pipeline.file import PipelineFile
from logminer.pipeline.patterns import spelt_out
from logminer.pipeline.projects import in_project
from logminer.pipeline.proposed import read_taxonomies
from logminer.pipeline.references import check_references
from logminer.pipeline.suitefile import categories_elsewhere
from logminer.pipeline.units import clustered
from logminer.sampling import census
from logminer.sampling.draw import Draw
from logminer.schemas import PUBLISHED
from logminer.schemas.reserved import AGAIN, LOGGED
from logminer.scorers.autorater.impartial import Impartial, impartial_raters
from logminer.scorers.kinds import check_scorers, in_place
from logminer.scorers.primary import primary_order
from logminer.scorers.recorded import recorded_columns
from logminer.sources.spec import SourceInfo
from logminer.spec import content_hash
from logminer.stages.act import Act
from logminer.stages.anonymise import Anonymise
from logminer.stages.base import Stage
from logminer.stages.embed import Embed
from logminer.stages.judge import Judge
from logminer.stages.labels import Labels
from logminer.stages.prompts import Prompts
from logminer.stages.rate import Rate
from logminer.stages.replay import Logged, Replay
from logminer.stages.step import Step
from logminer.stages.told import Outcomes, Retold
from logminer.store.layout import StudyFolder
from logminer.store.parts import PartFolder
from logminer.taxonomy.tree import Taxonomy

__all__ = ["Arm", "Journey", "Settled", "prepare", "settled"]


class Arm(NamedTuple):
    """One checkpoint and its steps; `checkpoint` and `sampling` are None where the log's own answers are taken."""

    name: str
    checkpoint: AnyCheckpoint | None
    sampling: Sampling | None
    act: Step | None  # what it did in an environment, which `replay` tells; None: it answers
    replay: Step
    embed: Step
    judge: Step
    ratings: tuple[Step, ...]  # of autoraters
    labels: Step | None
    repeat: bool  # a second draw for the noise floor: placed and compared, but no party to finding clusters

    @property
    def samples(self) -> int:
        """Answers that are asked for each prompt; a recorded checkpoint gives what it has."""
        return self.sampling.samples if self.sampling else 1

    @property
    def asked(self) -> Step:
        """Where the checkpoint is asked: its rows cost something, and failed ones can be had again where they have kin."""
        return self.act or self.replay

    @property
    def drawn_as(self) -> str:
        """The name in the pipeline file: of a second draw, that of the first."""
        return self.name.removesuffix(AGAIN)

    @property
    def steps(self) -> list[Step]:
        """In the order in which they can be computed."""
        act = [self.act] if self.act else []
        labels = [self.labels] if self.labels else []
        return [*act, self.replay, *labels, *self.ratings, self.embed, self.judge]


class Journey(NamedTuple):
    """A pipeline file resolved: every step with its folder, and what the steps were made of."""

    file: PipelineFile
    dump: SourceInfo
    taxonomy: Taxonomy  # what was declared and, after it, what was found
    raters: tuple[Impartial, ...]  # autoraters, without those that would rate their own family
    primary: dict[
        str, list[str]
    ]  # category → its scorers, the one that is to have the verdict first
    pseudonyms: Pseudonyms
    draw: Draw | None  # the prompts that are replayed; None: every one
    pairs: tuple[tuple[str, str], ...]  # base, candidate
    anonymise: Step
    prompts: Step
    arms: tuple[Arm, ...]
    notes: tuple[str, ...]  # what resolving it did that its owner should know

    @property
    def folder(self) -> StudyFolder:
        """Where the study lies."""
        return self.file.folder

    @property
    def names(self) -> list[str]:
        """Of all checkpoints, the logged answers first; second draws left out."""
        return [arm.name for arm in self.arms if not arm.repeat]

    @property
    def steps(self) -> list[Step]:
        """In the order in which they can be computed."""
        return [self.anonymise, self.prompts, *(step for arm in self.arms for step in arm.steps)]

    def loadables(self) -> list[Step]:
        """The steps whose output is a table of the study, in an order in which they can be loaded."""
        order = {table.name: place for place, table in enumerate(PUBLISHED)}
        found = [step for step in self.steps if step.stage.output.name in order]
        return sorted(found, key=lambda step: order[step.stage.output.name])


class Settled(NamedTuple):
    """A pipeline file as its runs are recorded, and what is to be said of what nobody had written."""

    file: PipelineFile
    notes: tuple[str, ...]


def settled(file: PipelineFile) -> Settled:
    """The same with its project, and with what servers, the format and the columns of the data say where the file does not.

    Raises:
        ConfigError, SourceError: the dump is missing, or not what the file says.
    """
    recall(StudyFolder(file.study).contents)
    said = in_project(file.fitting())
    found, units = clustered(adapted(said))
    found, scorers = spelt_out(found)
    return Settled(found, (*adaptations(said, found), *units, *scorers))


def prepare(file: PipelineFile, base: Path) -> Journey:
    """Resolve a pipeline file; the pseudonym key is made where there is none.

    Args:
        file: what the user wrote, as `read_pipeline_file` gives it.
        base: the folder in which it lies; a taxonomy of one's own is named from there.

    Raises:
        ConfigError: the taxonomy, scorers and judges that do not go together, or a name that refers to nothing.
        ModelError: a sample is to be drawn, and no language of the pipeline has a model.
        SecretError: the key is malformed, others can read it, or it lies in the study.
        SourceError: the dump.
    """
    file, settling = settled(file.as_it_stands())
    dump = file.source.check()
    has_log = file.source.has_answers()
    taxonomies = read_taxonomies(file, base)
    taxonomy = taxonomies.all
    check_scorers(file.judge.scorers, taxonomy)
    primary = primary_order(file.judge.scorers, file.judge.primary, taxonomy)
    elsewhere = categories_elsewhere(file, base)
    check_references(file, taxonomies.declared, elsewhere, has_log=has_log)
    raters = impartial_raters(file.judge.scorers, file.checkpoints)
    pairs = file.compared(has_log=has_log)
    _key_apart(file)
    notes = _making_key()
    pseudonyms = Pseudonyms(load_key(create=True), file.project_name)
    draw = _draw(file, pseudonyms)
    building = _Building(file, taxonomy, taxonomies.in_place(file), raters, pseudonyms, draw)
    arms = [building.logged()] if has_log else []
    arms += [building.arm(checkpoint) for checkpoint in file.checkpoints]
    arms += [building.again(checkpoint) for checkpoint in _repeated(file, pairs)]
    return Journey(
        file,
        dump,
        taxonomy,
        raters,
        primary,
        pseudonyms,
        draw,
        pairs,
        building.anonymise,
        building.prompts,
        tuple(arms),
        (
            *settling,
            *dump.notes,
            *notes,
            *taxonomies.notes(file, pairs),
        ),
    )


def _key_apart(file: PipelineFile) -> None:
    if key_file().resolve().is_relative_to(file.study.resolve()):
        raise SecretError(
            f"{key_file()}: the pseudonym key must not lie in the study; move the file"
        )


def _making_key() -> tuple[str, ...]:
    """What is to be said where there is no key yet."""
    path = key_file()
    if os.environ.get(KEY_VARIABLE) or path.exists():
        return ()
    return (
        f"{path} is new: the key of all pseudonyms. Keep it, and keep it secret: without it later runs give the same"
        " people other pseudonyms, and who has it can tell whose pseudonym is whose",
    )


def _draw(file: PipelineFile, pseudonyms: Pseudonyms) -> Draw | None:
    """The sample that is replayed, for which the dump is read once; None where every prompt is."""
    replay = file.replay
    if replay.sample is None:
        return None
    file.anonymise.require_model()
    counted = census.count(file.source, file.anonymise, file.prompts.turns, pseudonyms)
    return census.draw_sample(counted, replay.sample, replay.seed, replay.stratify, pseudonyms)


def _repeated(file: PipelineFile, pairs: tuple[tuple[str, str], ...]) -> list[AnyCheckpoint]:
    """The bases that are replayed once more for the noise floor; not those with several answers to a prompt anyway."""
    if not file.compare.noise_floor or file.acting:
        return []
    bases = {base for base, _ in pairs}
    return [
        checkpoint
        for checkpoint in file.checkpoints
        if checkpoint.name in bases
        and checkpoint.repeatable
        and file.replay.sampling(checkpoint).samples == 1
    ]


class _Building:
    """The steps, from the dump to the judgements."""

    def __init__(
        self,
        file: PipelineFile,
        taxonomy: Taxonomy,
        in_place: Taxonomy,
        raters: tuple[Impartial, ...],
        pseudonyms: Pseudonyms,
        draw: Draw | None,
    ) -> None:
        self._file, self._raters, self._draw = file, raters, draw
        self._taxonomy, self._in_place = taxonomy, in_place
        self._folder = file.folder
        self._keyed = {"project": file.project_name, "key_id": pseudonyms.key_id}
        forgotten = str(self._folder.forgotten_for_workers)
        anonymise = Anonymise(options=file.anonymise, forgotten=forgotten, **self._keyed)
        self.anonymise = self._step(anonymise, None)
        self.prompts = self._step(Prompts(options=file.prompts, **self._keyed), self.anonymise)

    def logged(self) -> Arm:
        """The answers found in the log."""
        return self._arm(LOGGED, None, None, None, self._step(Logged(), self.prompts))

    def arm(self, checkpoint: AnyCheckpoint) -> Arm:
        """A checkpoint's answers."""
        sampling = self._file.replay.sampling(checkpoint)
        act = self._act(checkpoint, sampling)
        replay = (
            self._step(Retold(checkpoint=checkpoint.name), act)
            if act
            else self._replay(checkpoint, sampling)
        )
        return self._arm(checkpoint.name, checkpoint, sampling, act, replay)

    def again(self, checkpoint: AnyCheckpoint) -> Arm:
        """The same under another seed, and a name of its own."""
        checkpoint = checkpoint.model_copy(update={"name": checkpoint.name + AGAIN})
        sampling = self._file.replay.sampling(checkpoint)
        sampling = sampling.model_copy(update={"seed": sampling.seed + 1})
        replay = self._replay(checkpoint, sampling)
        return self._arm(checkpoint.name, checkpoint, sampling, None, replay)._replace(repeat=True)

    def _act(self, checkpoint: AnyCheckpoint, sampling: Sampling) -> Step | None:
        if (acting := self._file.acting) is None:
            return None
        stage = Act(
            checkpoint=checkpoint,
            sampling=sampling,
            environment=acting.environment,
            world_version=world_called(acting.environment).version,
            tasks=acting.tasks,
            acting=acting.how,
            anonymise=self._file.anonymise,
            **self._keyed,
        )
        step = self._step(stage, self.prompts)
        if checkpoint.repeatable:
            step = step._replace(kin=stage.kin(self.anonymise.folder.fingerprint))
        return step

    def _replay(self, checkpoint: AnyCheckpoint, sampling: Sampling) -> Step:
        stage = Replay(
            checkpoint=checkpoint,
            sampling=sampling,
            anonymise=self._file.anonymise,
            draw=self._draw,
            **self._keyed,
        )
        step = self._step(stage, self.prompts)
        if checkpoint.repeatable:
            step = step._replace(kin=stage.kin(self.anonymise.folder.fingerprint))
        return step

    def _arm(
        self,
        name: str,
        checkpoint: AnyCheckpoint | None,
        sampling: Sampling | None,
        act: Step | None,
        replay: Step,
    ) -> Arm:
        file = self._file
        embed = self._step(Embed.of(file.embed, name), replay)
        labels = self._decided(name, act) if act else self._labels(checkpoint)
        judge = Judge(
            taxonomy=self._in_place,
            scorers=in_place(file.judge.scorers),
            checkpoint=name,
            embedding_model=file.embed.model,
            **self._keyed,
        )
        votes = str(self._folder.votes)
        ratings = [
            Rate.of(rater.scorer, self._taxonomy, checkpoint=name, votes=votes, **self._keyed)
            for rater in self._raters
        ]
        return Arm(
            name,
            checkpoint,
            sampling,
            act,
            replay,
            embed,
            self._step(judge, replay, prompts=self.prompts, embeddings=embed, labels=labels),
            tuple(self._step(rate, replay, prompts=self.prompts) for rate in ratings),
            labels,
            repeat=False,
        )

    def _labels(self, checkpoint: AnyCheckpoint | None) -> Step | None:
        columns = recorded_columns(self._file.judge.scorers)
        if not columns or checkpoint is None or not checkpoint.has_labels:
            return None
        return self._step(
            Labels(checkpoint=checkpoint, columns=columns, **self._keyed), self.prompts
        )

    def _decided(self, name: str, act: Step) -> Step | None:
        columns = recorded_columns(self._file.judge.scorers)
        return self._step(Outcomes(checkpoint=name, columns=columns), act) if columns else None

    def _step(self, stage: Stage, primary: Step | None, **sides: Step | None) -> Step:
        given = tuple((name, (side,) if side else ()) for name, side in sides.items())
        upstream = [s.folder.fingerprint for s in (primary, *sides.values()) if s]
        upstream = upstream or [content_hash(self._file.source.options())]
        folder = PartFolder(self._folder.parts, stage.label, stage.fingerprint(*upstream))
        return Step(stage, folder, primary, given)
