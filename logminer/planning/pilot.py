"""A few prompts, drawn by chance, taken the whole way before the run: how long are answers, how long do they take, and
on how many prompts do the checkpoints differ at all?

It is blinded: which checkpoint shows a behaviour more often is not told, so that margins can still be declared
afterwards (Kieser & Friede 2003, Stat. Med. 22:3571). Answers that cost something are kept in the study, where the run
finds them.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logminer.errors import CheckpointAway, CheckpointError, ModelError, SecretError
from logminer.pipeline.journey import Arm, Journey
from logminer.runners.journal import Journal
from logminer.sampling.census import Chosen, PromptSize
from logminer.schemas import LABELS, RAW_CONVERSATIONS, RESPONSES
from logminer.stages.base import Gradual, one_batch
from logminer.store.parts import PartFile

__all__ = ["ArmPilot", "Disagreement", "Pilot", "run_pilot"]

ROUNDS = (
    32,
    64,
    160,
    256,
)  # prompts; each round is awaited to its end, so that long answers count like short ones
PRECISE = 0.03  # relative standard error of the mean answer that ends a pilot early

Key = tuple[str, int]  # conversation, turn


class ArmPilot(NamedTuple):
    """What one checkpoint did with the pilot's prompts, sample by sample; lists leave failed ones out."""

    checkpoint: str
    answered: int
    failed: int
    errors: dict[str, int]  # why, by code
    asked: int  # answers made now; the others were there
    answers_per_s: float | None  # in the last round; null where nothing was asked
    input_tokens: list[tuple[PromptSize, int]]
    output_tokens: list[int]
    latency_s: list[float]


class Disagreement(NamedTuple):
    """Prompts of the pilot on which base and candidate were judged otherwise, whichever way."""

    base: str
    candidate: str
    scorer: str
    category_id: str
    channel: str
    n_prompts: int
    n_discordant: int


class Pilot(NamedTuple):
    """What a pilot found."""

    prompts: int
    anonymise_s: float  # of one process, for the prompts' conversations
    arms: dict[str, ArmPilot]
    unreachable: dict[str, str]  # checkpoint → why it could not be asked
    disagreements: list[Disagreement]

    @property
    def failures(self) -> list[str]:
        """A line for each checkpoint some of whose answers failed."""
        return [
            f"checkpoint {arm.checkpoint}: {arm.failed:,} of the pilot's {arm.answered + arm.failed:,} requests failed"
            f" ({_codes(arm)})"
            for arm in self.arms.values()
            if arm.failed
        ]


def _codes(arm: ArmPilot) -> str:
    return ", ".join(f"{code} {n:,}" for code, n in arm.errors.items())


def run_pilot(
    journey: Journey,
    chosen: Sequence[Chosen],
    seconds: float,
    heard: Callable[[str, int], None] = lambda stage, rows: None,
) -> Pilot:
    """Take the chosen prompts the whole way.

    Args:
        journey: what would be run; the caller holds the lock of its study, for answers are kept there.
        chosen: prompts, in an order of chance.
        seconds: of each checkpoint, after which no further round begins.
        heard: told of answers as they come.

    Raises:
        LogminerError: the dump, or a judge; a checkpoint that answers nobody. One that is not there, or has no key, is
            told in the result.
    """
    anonymise, raw = journey.anonymise.stage.open(), _raw(journey, chosen)
    anonymise(raw.slice(0, 1))  # the first one loads what is loaded late
    begun = time.monotonic()
    conversations = anonymise(raw)
    anonymise_s = time.monotonic() - begun
    prompts = _in_order(journey.prompts.stage.open()(conversations), chosen)
    keys = list(_keys(prompts))
    place = {(c.conversation_id, c.turn): c for c in chosen}
    drawn = {
        row: place[key] for row, key in zip(prompts["prompt_id"].to_pylist(), keys, strict=True)
    }
    arms: dict[str, ArmPilot] = {}
    labels: dict[str, dict[Any, str]] = {}
    unreachable: dict[str, str] = {}
    for arm in journey.arms:
        if arm.repeat or arm.act:  # an episode is no sample of an answer
            continue
        try:
            asking = _Asking(arm, prompts, drawn, seconds, heard)
        except (CheckpointAway, ModelError, SecretError) as error:
            unreachable[arm.name] = str(error)
            continue
        arms[arm.name] = measured = asking.measured()
        if measured.failed and not measured.answered and arm.replay.kin:
            raise CheckpointError(
                f"checkpoint {arm.name}: each of the pilot's {measured.failed:,} requests failed ({_codes(measured)}):"
                " a run would have nothing of it"
            )
        labels[arm.name] = _judged(arm, prompts, asking.responses)
    found = [
        row
        for pair in journey.pairs
        if labels.keys() >= set(pair)
        for row in _disagreements(*pair, labels)
    ]
    return Pilot(prompts.num_rows, anonymise_s, arms, unreachable, found)


def _raw(journey: Journey, chosen: Sequence[Chosen]) -> pa.RecordBatch:
    """The raw conversations of the chosen prompts, each once."""
    places: dict[str, set[int]] = defaultdict(set)
    for one in chosen:
        places[one.part].add(one.place)
    tables = [
        piece.read().take(pa.array(sorted(places[piece.part]), pa.int64()))
        for piece in journey.file.source.slices()
        if piece.part in places
    ]
    table = pa.concat_tables([RAW_CONVERSATIONS.schema.empty_table(), *tables])
    return one_batch(table)


def _keys(prompts: pa.RecordBatch) -> Iterator[Key]:
    columns = (prompts[name].to_pylist() for name in ("conversation_id", "turn_index"))
    return zip(*columns, strict=True)


def _in_order(prompts: pa.RecordBatch, chosen: Sequence[Chosen]) -> pa.RecordBatch:
    """The chosen among the prompts, in the order of the choice; some conversations were rejected after all."""
    rows = {key: row for row, key in enumerate(_keys(prompts))}
    found = [rows[key] for c in chosen if (key := (c.conversation_id, c.turn)) in rows]
    return prompts.take(pa.array(found, pa.int64()))


class _Asking:
    """The answers of one arm: those that are there already, and rounds of new ones."""

    def __init__(
        self,
        arm: Arm,
        prompts: pa.RecordBatch,
        drawn: dict[str, Chosen],
        seconds: float,
        heard: Callable[[str, int], None],
    ) -> None:
        self._name, self._drawn = arm.name, drawn
        self._asked, self._rate = 0, None
        step = arm.replay
        transform = step.stage.open()
        if not step.kin or not isinstance(transform, Gradual):
            self.responses = _responses([transform(prompts)])
            return
        journals = {
            part: Journal(step.folder.file(part), RESPONSES, step.kin)
            for part in {one.part for one in drawn.values()}
        }
        self.responses = _responses([])
        begun, done = time.monotonic(), 0
        for size in ROUNDS:
            batch = prompts.slice(done, size)
            done += batch.num_rows
            kept = self._kept(journals, batch)
            lots, started = [kept], time.monotonic()
            for lot in transform.gradually(batch, kept):
                self._keep(journals, lot)
                lots.append(pa.Table.from_batches([lot]))
                heard(step.stage.label, len(lot))
            new = sum(map(len, lots)) - len(kept)
            if new:
                self._asked, self._rate = self._asked + new, new / (time.monotonic() - started)
            arranged = transform.arranged(batch, pa.concat_tables(lots))
            self.responses = pa.concat_tables([self.responses, _responses([arranged])])
            late = time.monotonic() - begun > seconds
            if late or done == prompts.num_rows or self._is_precise():
                break

    def _kept(self, journals: dict[str, Journal], batch: pa.RecordBatch) -> pa.Table:
        ids = batch["prompt_id"]
        found = [RESPONSES.schema.empty_table()]
        for part in {self._drawn[prompt].part for prompt in ids.to_pylist()}:
            journal = journals[part]
            whole = [PartFile(journal.output).read()] if journal.output.exists() else []
            for rows in [journal.read(), *whole]:
                rows = rows.cast(RESPONSES.schema)
                found.append(rows.filter(pc.is_in(rows["prompt_id"], value_set=ids)))
        return pa.concat_tables(found)

    def _keep(self, journals: dict[str, Journal], lot: pa.RecordBatch) -> None:
        """What failed is left to the run to ask again."""
        lot = lot.filter(pc.is_null(lot["error"]))
        rows: dict[str, list[int]] = defaultdict(list)
        for row, prompt in enumerate(lot["prompt_id"].to_pylist()):
            rows[self._drawn[prompt].part].append(row)
        for part, some in rows.items():
            if not journals[part].output.exists():
                journals[part].keep(lot.take(pa.array(some)))

    def _is_precise(self) -> bool:
        tokens = self.measured().output_tokens
        if len(tokens) < ROUNDS[0]:
            return False
        mean = float(np.mean(tokens))
        return bool(np.std(tokens) <= PRECISE * mean * np.sqrt(len(tokens)))

    def measured(self) -> ArmPilot:
        """So far."""
        good = self.responses.filter(pc.is_null(self.responses["error"]))
        columns = ("prompt_id", "input_tokens", "output_tokens", "latency_s")
        rows = list(zip(*(good[name].to_pylist() for name in columns), strict=True))
        return ArmPilot(
            self._name,
            len(good),
            len(self.responses) - len(good),
            dict(Counter(filter(None, self.responses["error"].to_pylist())).most_common()),
            self._asked,
            self._rate,
            [(self._drawn[prompt].size, n) for prompt, n, _, _ in rows if n is not None],
            [n for _, _, n, _ in rows if n is not None],
            [s for *_, s in rows if s is not None],
        )


def _responses(batches: list[pa.RecordBatch]) -> pa.Table:
    return pa.Table.from_batches(batches, schema=RESPONSES.schema)


def _judged(arm: Arm, prompts: pa.RecordBatch, responses: pa.Table) -> dict[Any, str]:
    """(scorer, category, channel, prompt) → label of its first sample."""
    batch = one_batch(responses)
    embeddings = pa.Table.from_batches([arm.embed.stage.open()(batch)])
    labels = (
        pa.Table.from_batches([arm.labels.stage.open()(prompts)])
        if arm.labels
        else LABELS.schema.empty_table()
    )
    sides = {
        "prompts": pa.Table.from_batches([prompts]),
        "embeddings": embeddings,
        "labels": labels,
    }
    judgements = arm.judge.stage.open()(batch, **sides)
    first = pc.equal(responses["sample_index"], 0)
    prompt_of = dict(
        zip(
            responses["response_id"].filter(first).to_pylist(),
            responses["prompt_id"].filter(first).to_pylist(),
            strict=True,
        )
    )
    names = ("scorer", "category_id", "channel", "response_id", "label")
    rows = zip(*(judgements[name].to_pylist() for name in names), strict=True)
    return {
        (*kind, prompt_of[response]): label
        for *kind, response, label in rows
        if response in prompt_of
    }


def _disagreements(
    base: str, candidate: str, labels: dict[str, dict[Any, str]]
) -> Iterator[Disagreement]:
    counts: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for key, label in labels[base].items():
        other = labels[candidate].get(key)
        if {label, other} <= {"yes", "no"}:
            counts[key[:3]][0] += 1
            counts[key[:3]][1] += label != other
    for (scorer, category, channel), (n, discordant) in sorted(counts.items()):
        yield Disagreement(base, candidate, scorer, category, channel, n, discordant)
