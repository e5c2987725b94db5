"""Rating: what autoraters make of every response, blind to the checkpoint.

One row for each answered response × channel × category, also when the answer is no or cannot be read; a second
one, under the name `<scorer>.injected`, for the share that is rated again with an order to the judge in it, which is
published apart. A judge's reasons are not kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import pyarrow as pa

from logminer.ids import Pseudonyms, planned_pseudonyms
from logminer.schemas import JUDGEMENTS, PROMPTS, RESPONSES, Table
from logminer.schemas.reserved import INJECTED
from logminer.scorers.autorater import injection
from logminer.scorers.autorater.injection import Injected, inject, is_canary
from logminer.scorers.autorater.judge import OpenJudge, Question, open_judge
from logminer.scorers.autorater.rubric import Rubric, Texts, conversation
from logminer.scorers.autorater.spec import Autorater
from logminer.scorers.autorater.votes import Judgement, Vote, judgement
from logminer.scorers.base import LABELS
from logminer.scorers.facts import KnownFacts, told
from logminer.scorers.texts import TEXT_OF, beside, judged_rows
from logminer.spec import content_hash, incidental
from logminer.stages.base import Rows, Stage, Transform, in_places, whole
from logminer.taxonomy.tree import (
    CHANNELS,
    Category,
    Channel,
    Taxonomy,
    channels_of,
    rubric_hash,
)

__all__ = ["Rate"]

LOT_SERVED, LOT_LOCAL = 256, 16  # questions that are awaited together
NAMED = ("response_id", "channel", "category_id", "scorer")

Key = tuple[str, ...]  # values of `NAMED`


class Rate(Stage):
    """RESPONSES → JUDGEMENTS of one autorater. The checkpoint names the output folder; no judge ever sees it.

    Attributes:
        scorer: who rates, and how.
        categories: what is rated, their children left out.
        checkpoint: whose responses; it names the folder.
        votes: file in which votes are kept.
        project: domain of the pseudonyms.
        key_id: names the key, so that another key is another fingerprint.
    """

    name: ClassVar[str] = "rate"
    version: ClassVar[int] = 3
    rows: ClassVar[Rows] = "1:n"
    input: ClassVar[Table] = RESPONSES
    output: ClassVar[Table] = JUDGEMENTS
    sides: ClassVar[dict[str, Table]] = {"prompts": PROMPTS}

    scorer: Autorater
    categories: tuple[Category, ...]
    checkpoint: str = incidental()
    votes: str = incidental()
    project: str
    key_id: str

    @classmethod
    def of(cls, scorer: Autorater, taxonomy: Taxonomy, **place: str) -> Rate:
        """The stage for what a scorer rates of a taxonomy: other categories are no part of it."""
        found = scorer.categories(taxonomy)
        own = tuple(category.model_copy(update={"children": ()}) for category in found)
        return cls(scorer=scorer, categories=own, **place)

    @property
    def label(self) -> str:
        return f"{self.name}.{self.scorer.name}.{self.checkpoint}"

    @property
    def lane(self) -> str:
        """All checkpoints share one, and with it what its process has opened."""
        return f"{self.name}.{self.scorer.name}"

    @property
    def at_home(self) -> bool:
        """Its votes are kept in one file."""
        return True

    @property
    def parts_at_once(self) -> int:
        return min(judge.parts_at_once for judge in self.scorer.panel)

    @property
    def resources(self) -> Mapping[str, float]:
        each = [judge.resources for judge in self.scorer.panel]
        return {what: sum(one.get(what, 0.0) for one in each) for one in each for what in one}

    def questions(
        self, batch: pa.RecordBatch, prompts: pa.Table, pseudonyms: Pseudonyms
    ) -> Iterator[str]:
        """Ids of what judges are asked of these responses: their votes are kept by them."""
        rating = _Rating(self, (), pseudonyms)
        return (item.question.id for item in rating.items(batch, prompts))

    def open(self) -> Transform:
        pseudonyms = planned_pseudonyms(self.project, self.key_id)
        cache = Path(self.votes)
        judges = [open_judge(self.scorer, j, pseudonyms, cache) for j in self.scorer.panel]
        return _Rating(self, judges, pseudonyms)


class _Rubric(NamedTuple):
    """A category in one channel."""

    category: Category
    rubric: Rubric
    hash: str


class _Item(NamedTuple):
    """One judgement that is due."""

    response_id: str
    asked: _Rubric
    scorer: str
    identity: str
    question: Question
    injected: Injected | None = None

    @property
    def key(self) -> Key:
        channel = self.asked.rubric.channel
        return (self.response_id, channel, self.asked.category.id, self.scorer)

    def row(self, found: Judgement, judged_by: list[dict[str, str]]) -> dict[str, Any]:
        """Of JUDGEMENTS."""
        span = found.evidence
        if span and self.injected:
            span = self.injected.original(span)
        return {
            **dict(zip(NAMED, self.key, strict=True)),
            "label": LABELS[found.label],
            "score": found.score,
            "evidence_start": span[0] if span else None,
            "evidence_end": span[1] if span else None,
            "scorer_identity": self.identity,
            "rubric_hash": self.asked.hash,
            "judge_error": found.error,
            "judged_by": judged_by or None,
        }


class _Rating:
    """Opened `Rate`. Threads may share it."""

    def __init__(self, stage: Rate, judges: Sequence[OpenJudge], pseudonyms: Pseudonyms) -> None:
        self._scorer, self._judges, self._pseudonyms = stage.scorer, judges, pseudonyms
        self._lot = LOT_SERVED if stage.parts_at_once > 1 else LOT_LOCAL
        plain, injected = stage.scorer.name, stage.scorer.name + INJECTED
        identity = stage.scorer.identity
        self._plain = (plain, identity)
        self._injected = (injected, content_hash([identity, injection.VERSION]))
        shown, facts = stage.scorer.shows_prompt, stage.scorer.reads_facts
        known = facts.told if facts else {}
        self._facts = KnownFacts(facts, pseudonyms) if facts else None
        self._rubrics = [
            _Rubric(
                category,
                Rubric(category, channel, shows_prompt=shown, tells_facts=category.id in known),
                rubric_hash(category),
            )
            for channel in CHANNELS
            for category in stage.categories
            if channel in channels_of(category)
        ]
        kinds = [(r.rubric.channel, r.category.id) for r in self._rubrics]
        order = [(*kind, name) for kind in kinds for name in (plain, injected)]
        self._place: dict[tuple[str, ...], int] = {kind: place for place, kind in enumerate(order)}

    def __call__(self, batch: pa.RecordBatch, /, **sides: pa.Table) -> pa.RecordBatch:
        return whole(self, JUDGEMENTS, batch, **sides)

    def gradually(
        self, batch: pa.RecordBatch, kept: pa.Table, /, **sides: pa.Table
    ) -> Iterator[pa.RecordBatch]:
        """Lots of judgements; see `base.Gradual`.

        Raises:
            CheckpointError: a judge answers nobody; the votes that came are kept.
            Stopped: it was wished; likewise.
        """
        there = set(_keys(kept))
        due = [item for item in self.items(batch, sides["prompts"]) if item.key not in there]
        for begin in range(0, len(due), self._lot):
            yield self._rated(due[begin : begin + self._lot])

    def arranged(self, batch: pa.RecordBatch, rows: pa.Table, /) -> pa.RecordBatch:
        """By response, then channel, category and scorer; see `base.Gradual`."""
        response = {id: place for place, id in enumerate(batch["response_id"].to_pylist())}
        return in_places(
            rows,
            (
                (response[id], self._place[channel, category, scorer], row)
                for row, (id, channel, category, scorer) in enumerate(_keys(rows))
            ),
        )

    def items(self, batch: pa.RecordBatch, prompts: pa.Table) -> Iterator[_Item]:
        """All that is to be judged, by channel and category, so that servers which keep a prompt's beginning keep the rubric."""
        shown, facts = self._conversations(batch, prompts), self._told(batch, prompts)
        for channel in CHANNELS:
            asked = [one for one in self._rubrics if one.rubric.channel == channel]
            rows = judged_rows(batch, channel).tolist() if asked else []
            chosen = batch.take(pa.array(rows, pa.int64()))
            read = zip(
                chosen["response_id"].to_pylist(),
                self._texts(chosen, channel, [shown[r] for r in rows]),
                strict=True,
            )
            texts = list(read)
            for one in asked:
                known = facts.get(one.category.id)
                for row, (response_id, text) in zip(rows, texts, strict=True):
                    text = text._replace(facts=told(known[row])) if known else text
                    yield from self._questions(response_id, one, text)

    def _questions(self, response_id: str, asked: _Rubric, texts: Texts) -> Iterator[_Item]:
        question = Question.of(asked.rubric, texts, self._pseudonyms)
        yield _Item(response_id, asked, *self._plain, question)
        if is_canary(question.id, self._scorer.canaries):
            injected = inject(texts.text, question.id, asked.rubric.form)
            ordered = texts._replace(text=injected.text)
            again = Question.of(asked.rubric, ordered, self._pseudonyms)
            yield _Item(response_id, asked, *self._injected, again, injected)

    def _texts(
        self, chosen: pa.RecordBatch, channel: Channel, shown: Sequence[str | None]
    ) -> Iterator[Texts]:
        texts = chosen[TEXT_OF[channel]].to_pylist()
        responses = chosen["response"].to_pylist() if channel == "pair" else [None] * len(texts)
        return map(Texts, texts, responses, shown)

    def _conversations(self, batch: pa.RecordBatch, prompts: pa.Table) -> list[str | None]:
        """What each response answers, as it is shown; None where it is not shown, or not known."""
        if not self._scorer.shows_prompt:
            return [None] * batch.num_rows
        found = beside(batch["prompt_id"], prompts, "prompt_id", "messages").to_pylist()
        return [conversation(messages) if messages else None for messages in found]

    def _told(self, batch: pa.RecordBatch, prompts: pa.Table) -> dict[str, list[Mapping[str, str]]]:
        """Category → what its judges are told of the prompt that each response answers."""
        if self._facts is None:
            return {}
        return self._facts.of(
            beside(batch["prompt_id"], prompts, "prompt_id", "source_key").to_pylist()
        )

    def _rated(self, items: Sequence[_Item]) -> pa.RecordBatch:
        """A judgement of each, when all judges have given all votes."""
        questions = [item.question for item in items]
        with ThreadPoolExecutor(len(self._judges)) as pool:
            votes = list(pool.map(lambda judge: judge.votes(questions), self._judges))
        rows = [
            item.row(
                judgement([vote for own in each for vote in own], item.asked.category.scale),
                self._judged_by(each),
            )
            for item, each in zip(items, zip(*votes, strict=True), strict=True)
        ]
        return pa.RecordBatch.from_pylist(rows, JUDGEMENTS.schema)

    def _judged_by(self, votes: Sequence[Sequence[Vote]]) -> list[dict[str, str]]:
        """Who gave the votes of each judge, each once."""
        named = {
            (judge.name, vote.answered_by): None
            for judge, own in zip(self._scorer.panel, votes, strict=True)
            for vote in own
            if vote.answered_by
        }
        return [{"judge": judge, "answered_by": by} for judge, by in named if by]


def _keys(rows: pa.Table) -> Iterator[Key]:
    return zip(*(rows[name].to_pylist() for name in NAMED), strict=True)
