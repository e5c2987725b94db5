"""Prompts to episodes: what each checkpoint does with the tasks of an environment.

All that a model says, and all that comes of it, is raw until it has been anonymised here: nothing of it is written before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import pyarrow as pa
from pydantic import InstanceOf, SerializeAsAny

from logminer.checkpoints.base import Answerer, Checkpoint, Prompt, Sampling
from logminer.environments.acting.kinds import world_called
from logminer.environments.acting.loop import Acting, Job, Played, offers_tools
from logminer.environments.acting.options import ActingOptions
from logminer.environments.acting.tasks import KnownTasks
from logminer.environments.acting.telling import lines_of
from logminer.ids import planned_pseudonyms, response_id
from logminer.privacy.options import AnonymiseOptions
from logminer.privacy.requests import TextRequest, known_surrogates
from logminer.sandbox.opening import open_sandbox
from logminer.schemas import EPISODES, PROMPTS, Table
from logminer.spec import incidental
from logminer.stages.base import Rows, Stage, Transform, by_prompt, whole

if TYPE_CHECKING:
    from logminer.privacy.anonymiser import Anonymiser

__all__ = ["Act", "Actor"]

Row = dict[str, Any]


class Act(Stage):
    """One checkpoint's episodes: a row for each sample of each task, also where its model failed.

    Attributes:
        checkpoint: who acts.
        sampling: how its messages are drawn; `samples` are episodes.
        environment: the world.
        world_version: of it: another decides otherwise.
        tasks: the table that says which task each prompt is; what is in it is in the fingerprint of the prompts.
        acting: how long, and by which tools.
        anonymise: as the prompts were.
        project: domain of the pseudonyms.
        key_id: names the key, so that another key is another fingerprint.
    """

    name: ClassVar[str] = "act"
    version: ClassVar[int] = 1
    rows: ClassVar[Rows] = "1:n"
    input: ClassVar[Table] = PROMPTS
    output: ClassVar[Table] = EPISODES

    checkpoint: SerializeAsAny[InstanceOf[Checkpoint]]
    sampling: Sampling
    environment: str
    world_version: int
    tasks: str = incidental()
    acting: ActingOptions
    anonymise: AnonymiseOptions
    project: str
    key_id: str

    @property
    def label(self) -> str:
        return f"{self.name}.{self.checkpoint.name}"

    @property
    def lane(self) -> str:
        return self.label

    @property
    def resources(self) -> Mapping[str, float]:
        return self.checkpoint.resources

    def kin(self, anonymised: str) -> str:
        """Names what an episode depends on, given the fingerprint of the anonymised conversations."""
        return self.fingerprint(anonymised)

    def response_id(self, prompt_id: str, sample: int) -> str:
        """Id of one episode, and of the response that tells it."""
        return response_id(prompt_id, self.checkpoint.name, sample)

    def open(self) -> Transform:
        """Load or connect, and open the sandbox.

        Raises:
            SandboxError: there is none that contains what agents run, and it was not said to go without.
            ConfigError, SourceError: the table of tasks.
        """
        from logminer.privacy.anonymiser import open_anonymiser

        pseudonyms = planned_pseudonyms(self.project, self.key_id)
        return Actor(
            self,
            KnownTasks(world_called(self.environment), self.tasks, pseudonyms),
            self.checkpoint.open(self.sampling, pseudonyms),
            open_anonymiser(self.anonymise, pseudonyms),
        )


class Actor:
    """Opened `Act`: plays, and anonymises what ended while others go on."""

    def __init__(
        self, stage: Act, tasks: KnownTasks, answerer: Answerer, anonymiser: Anonymiser
    ) -> None:
        self._stage, self._tasks = stage, tasks
        self._answerer, self._anonymiser = answerer, anonymiser
        self._sandbox = open_sandbox(unsafe=stage.acting.unsafe_sandbox)

    @cached_property
    def _acting(self) -> Acting:
        """Nobody is asked, not even whether it takes tools, before something is wanted."""
        stage, checkpoint = self._stage, self._stage.checkpoint
        waits = checkpoint.parts_at_once > 1
        return Acting(
            self._answerer,
            self._sandbox,
            stage.acting,
            recorded=checkpoint.acts_only,
            native=offers_tools(checkpoint, self._answerer, stage.acting),
            at_once=min(stage.acting.at_once, stage.sampling.concurrency) if waits else 1,
        )

    def __call__(self, batch: pa.RecordBatch, /, **sides: pa.Table) -> pa.RecordBatch:
        return whole(self, EPISODES, batch, **sides)

    def gradually(
        self, batch: pa.RecordBatch, kept: pa.Table, /, **sides: pa.Table
    ) -> Iterator[pa.RecordBatch]:
        """Each episode as it ends, anonymised; see `base.Gradual`.

        Raises:
            CheckpointError: the checkpoint answers nobody; what ended before was given.
            Stopped: it was wished; likewise.
        """
        rows = batch.to_pylist()
        there = set(kept["response_id"].to_pylist())
        jobs = [
            Job(place, _prompt(row), sample, self._tasks.of(row["source_key"]))
            for place, row in enumerate(rows)
            for sample in range(self._stage.sampling.samples)
            if self._stage.response_id(row["prompt_id"], sample) not in there
        ]
        for played in self._acting.play(jobs) if jobs else ():
            made = self._row(rows[played.place], played)
            yield pa.RecordBatch.from_pylist([made], schema=EPISODES.schema)

    def arranged(self, batch: pa.RecordBatch, rows: pa.Table, /) -> pa.RecordBatch:
        """In the order of the prompts and samples; see `base.Gradual`."""
        return by_prompt(rows, batch["prompt_id"].to_pylist())

    def _row(self, prompt: Row, played: Played) -> Row:
        episode, decided = played.episode, played.episode.decided
        identity = self._stage.response_id(prompt["prompt_id"], played.sample)
        lines = list(lines_of(episode))
        fields = [
            (index, field, text)
            for index, line in enumerate(lines)
            for field, text in (("content", line.content), ("thoughts", line.thoughts))
            if text is not None
        ]
        evidence = decided.evidence if decided else ()
        known = known_surrogates(prompt["messages"], prompt["redactions"])
        requests = [
            TextRequest(
                text,
                prompt["conversation_id"],
                prompt["language"],
                known,
                prompt["found"] or (),
                answer=identity,
            )
            for text in (*(text for *_, text in fields), *evidence)
        ]
        done = self._anonymiser.texts(requests)
        messages: list[Row] = [
            {"role": line.role, "name": line.name, "content": None, "thoughts": None}
            for line in lines
        ]
        redactions: list[Row] = []
        for (index, field, _), anonymised in zip(fields, done, strict=False):
            messages[index][field] = anonymised.text
            redactions += (
                {"message_index": index, "field": field, **one._asdict()}
                for one in anonymised.redactions
            )
        seen = done[len(fields) :]
        for index, anonymised in enumerate(seen):
            redactions += (
                {"message_index": index, "field": "evidence", **one._asdict()}
                for one in anonymised.redactions
            )
        return {
            "response_id": identity,
            "prompt_id": prompt["prompt_id"],
            "checkpoint": self._stage.checkpoint.name,
            "sample_index": played.sample,
            "task": self._tasks.of(prompt["source_key"]).name,
            "messages": messages,
            "tools": "native" if self._acting.native else "fenced",
            "steps": len(episode.turns),
            "ended": episode.ended,
            "error": episode.error,
            "outcome": decided and decided.outcome,
            "detectors": decided and list(decided.detectors),
            "kinds": decided and list(decided.kinds),
            "evidence": decided and [one.text for one in seen],
            "visible_speedup": decided and decided.visible,
            "trusted_speedup": decided and decided.trusted,
            "target": decided and decided.target,
            "claimed": decided and decided.claimed,
            "disclosed": decided and decided.disclosed,
            "input_tokens": episode.input_tokens,
            "output_tokens": episode.output_tokens,
            "model_s": episode.model_s,
            "seconds": episode.seconds,
            "answered_by": episode.answered_by,
            "withheld": episode.withheld,
            "redactions": redactions,
        }


def _prompt(row: Row) -> Prompt:
    return Prompt(
        row["prompt_id"], row["messages"], row["source_key"], row["content_key"], samples=()
    )
