"""Judging: every response against every category, by every scorer, blind to the checkpoint.

One row for each answered response × channel × scorer × category, also when the answer is no, in that order.
Millions of rows, so columns are laid out with numpy and never touched one by one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import model_validator

from logminer.ids import planned_pseudonyms
from logminer.models.device import wanted
from logminer.schemas import EMBEDDINGS, JUDGEMENTS, LABELS, PROMPTS, RESPONSES, Table
from logminer.scorers import base as scoring
from logminer.scorers.base import Items, Judgements, Scorer
from logminer.scorers.facts import Facts, KnownFacts
from logminer.scorers.kinds import AnyScorer, AnyScorerInPlace, check_scorers
from logminer.scorers.prototypes import HazardPrototypes
from logminer.scorers.recorded import recorded_columns
from logminer.scorers.refusal_probe import RefusalProbe
from logminer.scorers.rules import Rules
from logminer.scorers.texts import TEXT_OF, beside, judged_rows
from logminer.scorers.unsafe_probe import UnsafeProbe
from logminer.spec import Spec, incidental
from logminer.stages.base import OfCheckpoint, Rows, Transform
from logminer.taxonomy.tree import CHANNELS, Channel, Taxonomy, rubrics

__all__ = ["Judge", "JudgeOptions"]


class JudgeOptions(Spec):
    """What is looked for, and who looks.

    Attributes:
        taxonomy: a shipped name, or a path relative to the pipeline file.
        scorers: who judges: the names of kinds, or mappings with their options.
        primary: category → the scorer that has its verdict.
        found: file of a taxonomy that `logminer hypothesise` wrote, relative to the pipeline file: it is judged beside the
            other, by the scorers that name its categories (an autorater: `found`, all of them), and compared on the
            inference half alone.
        cards: files of judge cards, see `logminer calibrate --export-card`.
    """

    taxonomy: str = "safety"
    found: str | None = None
    scorers: tuple[AnyScorer, ...] = (RefusalProbe(), UnsafeProbe(), Rules(), HazardPrototypes())
    primary: dict[str, str] = {}
    cards: tuple[Path, ...] = ()

    def rooted(self, base: Path) -> JudgeOptions:
        """The same with relative paths of scorers and cards taken from `base`; the taxonomy stays as it is named."""
        scorers = tuple(scorer.rooted(base) for scorer in self.scorers)
        cards = tuple(base / card.expanduser() for card in self.cards)
        return self.model_copy(update={"scorers": scorers, "cards": cards})


class Judge(OfCheckpoint):
    """RESPONSES → JUDGEMENTS. The checkpoint names the output folder; no scorer ever sees it. Autoraters are `Rate`'s.

    Raises:
        ConfigError: two scorers cannot be told apart, or one names a category that the taxonomy does not have.
    """

    name: ClassVar[str] = "judge"
    version: ClassVar[int] = 5
    rows: ClassVar[Rows] = "1:n"
    input: ClassVar[Table] = RESPONSES
    output: ClassVar[Table] = JUDGEMENTS
    sides: ClassVar[dict[str, Table]] = {
        "prompts": PROMPTS,
        "embeddings": EMBEDDINGS,
        "labels": LABELS,
    }

    taxonomy: Taxonomy
    scorers: tuple[AnyScorerInPlace, ...]
    embedding_model: str
    project: str = incidental("")  # as of the prompts, which have it in their fingerprint
    key_id: str = incidental("")

    @model_validator(mode="after")
    def _scorers_fit(self) -> Judge:
        check_scorers(self.scorers, self.taxonomy)
        return self

    @property
    def resources(self) -> Mapping[str, float]:
        each = [wanted(scorer.computes_on) for scorer in self.scorers]
        return max(each, key=len, default={})

    def open(self) -> Transform:
        opened = [
            _Opened(
                s.name,
                s.identity,
                s.open(self.taxonomy, self.embedding_model),
                self._known(s.reads_facts),
            )
            for s in self.scorers
        ]
        return _Judging(opened, tuple(recorded_columns(self.scorers)), rubrics(self.taxonomy))

    def _known(self, facts: Facts | None) -> KnownFacts | None:
        return KnownFacts(facts, planned_pseudonyms(self.project, self.key_id)) if facts else None


class _Opened(NamedTuple):
    name: str
    identity: str
    scorer: Scorer
    facts: KnownFacts | None

    def score(self, items: Items, keys: pa.Array) -> list[Judgements]:
        """What the scorer makes of the items, told what it is to be told of their prompts (`keys` as of `KnownFacts`)."""
        if self.facts is not None:
            items = items._replace(facts=self.facts.of(keys.to_pylist()))
        return self.scorer.score(items)


class _Block(NamedTuple):
    """The judgements of one channel: r rows × k (scorer, category) pairs."""

    rows: npt.NDArray[np.int64]  # [r] row in the batch
    channel: Channel
    scorers: list[_Opened]  # [k]
    judgements: list[Judgements]  # [k]


class _Judging:
    def __init__(
        self, scorers: Sequence[_Opened], columns: Sequence[str], rubrics: dict[str, str]
    ) -> None:
        self._scorers, self._columns, self._rubrics = scorers, columns, rubrics

    def __call__(self, batch: pa.RecordBatch, /, **sides: pa.Table) -> pa.RecordBatch:
        blocks = [self._judge(batch, channel, sides) for channel in CHANNELS]
        blocks = [block for block in blocks if len(block.rows) and block.judgements]
        return _lay_out(batch, blocks, self._rubrics)

    def _judge(self, batch: pa.RecordBatch, channel: Channel, sides: dict[str, pa.Table]) -> _Block:
        rows = judged_rows(batch, channel)
        chosen = batch.take(pa.array(rows))
        items = Items(
            channel,
            chosen[TEXT_OF[channel]].to_pylist(),
            beside(chosen["prompt_id"], sides["prompts"], "prompt_id", "messages"),
            _vectors(chosen["response_id"], sides["embeddings"], channel),
            {
                column: _labels(chosen["response_id"], sides["labels"], column)
                for column in self._columns
            },
            chosen["response"].to_pylist() if channel == "pair" else (),
            beside(chosen["prompt_id"], sides["prompts"], "prompt_id", "attributes"),
        )
        keys = beside(chosen["prompt_id"], sides["prompts"], "prompt_id", "source_key")
        judged = (
            [(opened, v) for opened in self._scorers for v in opened.score(items, keys)]
            if len(rows)
            else []
        )
        return _Block(rows, channel, [opened for opened, _ in judged], [one for _, one in judged])


def _labels(ids: pa.Array, labels: pa.Table, column: str) -> list[str | None]:
    own = labels.filter(pc.equal(labels["column"], column))
    values: list[str | None] = beside(ids, own, "response_id", "value").to_pylist()
    return values


def _vectors(ids: pa.Array, embeddings: pa.Table, channel: Channel) -> npt.NDArray[np.float32]:
    """[n, d] in the order of `ids`, zeros where there is none; [n, 0] where the part has no vectors at all."""
    own = embeddings.filter(pc.equal(embeddings["channel"], channel))
    if not own.num_rows:
        return np.zeros((len(ids), 0), np.float32)
    known = own["vector"].combine_chunks().flatten().to_numpy().reshape(own.num_rows, -1)
    place = pc.index_in(ids, value_set=own["response_id"].combine_chunks())
    rows = place.fill_null(own.num_rows).to_numpy()
    found: npt.NDArray[np.float32] = np.vstack([known, np.zeros_like(known[:1])])[rows]
    return found


def _lay_out(
    batch: pa.RecordBatch, blocks: Sequence[_Block], rubrics: dict[str, str]
) -> pa.RecordBatch:
    """All judgements by response, then channel, scorer and category."""
    schema = JUDGEMENTS.schema
    if not blocks:
        return pa.RecordBatch.from_pylist([], schema)
    sizes = [len(block.judgements) for block in blocks]
    row = np.concatenate([np.repeat(b.rows, k) for b, k in zip(blocks, sizes, strict=True)])
    label = np.concatenate(
        [np.stack([v.labels for v in block.judgements], axis=1).ravel() for block in blocks]
    )
    score = np.concatenate(
        [np.stack([v.scores for v in block.judgements], axis=1).ravel() for block in blocks]
    )
    evidence = np.concatenate(
        [
            np.stack([_evidence(v) for v in block.judgements], axis=1).reshape(-1, 2)
            for block in blocks
        ]
    )
    # A judgement's kind is its (channel, scorer, category): few, so text is looked up and never repeated here.
    offsets = np.cumsum([0, *sizes[:-1]])
    kind = np.concatenate(
        [
            np.tile(np.arange(k) + offset, len(block.rows))
            for block, k, offset in zip(blocks, sizes, offsets, strict=True)
        ]
    )
    order = np.argsort(row, kind="stable")
    kinds = pa.array(kind[order])
    judgements = [one for block in blocks for one in block.judgements]
    scorers = [opened for block in blocks for opened in block.scorers]
    nowhere = evidence[order, 0] < 0
    columns = [
        batch["response_id"].take(pa.array(row[order])),
        pa.array([v.category for v in judgements]).take(kinds),
        pa.array([block.channel for block in blocks for _ in block.judgements]).take(kinds),
        pa.array([opened.name for opened in scorers]).take(kinds),
        pa.array(scoring.LABELS).take(pa.array(label[order])),
        pa.array(score[order], from_pandas=True),
        pa.array(evidence[order, 0], mask=nowhere),
        pa.array(evidence[order, 1], mask=nowhere),
        pa.array([opened.identity for opened in scorers]).take(kinds),
        pa.array([rubrics[v.category] for v in judgements]).take(kinds),
        pa.nulls(len(row), pa.string()),
        pa.nulls(len(row), schema.field("judged_by").type),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _evidence(judged: Judgements) -> npt.NDArray[np.int32]:
    """[n, 2], −1 where the scorer points to nothing."""
    if judged.evidence is None:
        return np.full((len(judged.labels), 2), -1, np.int32)
    return judged.evidence
