"""What a run did, in counts: for the page at its end, for JSON, and for the table `runs`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import logminer.stats as stats
from logminer.checkpoints.recordings.rows import NO_ANSWER
from logminer.pipeline.file import Gates
from logminer.pipeline.journey import Journey
from logminer.privacy.languages.language import has_stock_model
from logminer.process.egress import Egress
from logminer.schemas.reserved import LOGGED
from logminer.stages.base import Done
from logminer.store.forgotten import REASON
from logminer.store.session import Session

__all__ = [
    "AnsweredBy",
    "Answering",
    "Failure",
    "JudgedBy",
    "Rating",
    "StageTally",
    "Summary",
    "Tallies",
    "answerers",
    "judges",
    "sum_up",
]


class StageTally(NamedTuple):
    """What one stage did in this run; `rows`, `busy_s` and `cpu_s` leave reused parts out.

    `cpu_s` is the processor time of the threads that computed parts, not of those that ask servers for them.
    """

    stage: str
    parts: int
    reused: int
    rows_in: int
    rows_out: int
    rows: int
    busy_s: float
    cpu_s: float

    @property
    def rows_per_s(self) -> float | None:
        """Rows taken in a second by one worker; None where all was there before."""
        return self.rows / self.busy_s if self.busy_s else None


class Failure(NamedTuple):
    """Answers of one checkpoint that failed with one code."""

    checkpoint: str
    error: str
    n: int


class Answering(NamedTuple):
    """The prompts to which a recorded checkpoint has an answer, of all that it was asked."""

    checkpoint: str
    matched: int
    prompts: int


class AnsweredBy(NamedTuple):
    """Who answered for a checkpoint, as the server or the file says; several mean that it changed in the middle."""

    checkpoint: str
    answered_by: str
    n: int


class JudgedBy(NamedTuple):
    """Who answered for a judge of an autorater, in so many judgements."""

    scorer: str
    judge: str
    answered_by: str
    n: int


class Rating(NamedTuple):
    """What an autorater did, and of how many canaries (texts with an order to the judge in them) the label moved.

    The share with its 95 % interval (Wilson's) is null where there was no canary.
    """

    scorer: str
    judgements: int
    errors: dict[str, int]  # why labels are unparsable
    canaries: int
    moved: int
    moved_share: float | None
    moved_low: float | None
    moved_high: float | None


class Tallies:
    """Counts as parts come in."""

    def __init__(self, first: str) -> None:
        self._first = first  # the stage that takes in the rows of the dump
        self._stages: dict[str, StageTally] = {}
        self._rows: dict[str, int] = {}

    def add(self, done: Done) -> None:
        """Count a part."""
        if done.stage == self._first:
            self._rows[done.part] = done.rows_in
        old = self._stages.get(done.stage, StageTally(done.stage, 0, 0, 0, 0, 0, 0.0, 0.0))
        self._stages[done.stage] = StageTally(
            done.stage,
            old.parts + 1,
            old.reused + done.reused,
            old.rows_in + done.rows_in,
            old.rows_out + done.rows_out,
            old.rows + (0 if done.reused else done.rows_in),
            old.busy_s + done.seconds,
            old.cpu_s + done.cpu_s,
        )

    def rows(self, part: str) -> int:
        """Rows of the dump that a part stands for; 0 until they have been taken in."""
        return self._rows.get(part, 0)

    @property
    def rows_in(self) -> int:
        """Rows of the dump taken in."""
        return sum(self._rows.values())

    @property
    def stages(self) -> tuple[StageTally, ...]:
        """One for each stage, in the order in which they began."""
        return tuple(self._stages.values())


class Summary(NamedTuple):
    """What a run did. `rows_in` = `conversations` + the sum of `rejected`, always."""

    study: Path
    rows_in: int
    conversations: int
    rejected: dict[str, int]
    languages: dict[str, int]  # rejected for want of an NER model, by language
    missing_models: dict[str, str]  # the spaCy model that would bring each of them in
    prompts: int
    altered: int  # prompts in which anonymisation replaced something
    masked: int  # conversations with letters of a script that no model reads, which are masked
    sampled: dict[str, int]  # prompts asked, by checkpoint, where only a sample is replayed
    responses: dict[str, int]
    matched: tuple[Answering, ...]
    failures: tuple[Failure, ...]
    answered_by: tuple[AnsweredBy, ...]
    judged_by: tuple[JudgedBy, ...]
    ratings: tuple[Rating, ...]
    egress: tuple[Egress, ...]  # what left this machine in this run
    clusters: int
    stages: tuple[StageTally, ...]
    runner: str  # where the parts were computed
    seconds: float
    peak_bytes: int
    earlier_parts: int  # in the study's folder, of the dump as it was; not published
    gates: tuple[str, ...]  # declared gates that were not met

    @property
    def changed(self) -> tuple[str, ...]:
        """Checkpoints that did not stay the same model throughout."""
        several = Counter(one.checkpoint for one in self.answered_by)
        return tuple(checkpoint for checkpoint, n in several.items() if n > 1)

    @property
    def changed_judges(self) -> tuple[tuple[str, str], ...]:
        """Judges (scorer, judge) that did not stay the same model throughout."""
        several = Counter((one.scorer, one.judge) for one in self.judged_by)
        return tuple(judge for judge, n in several.items() if n > 1)

    def as_json(self) -> dict[str, Any]:
        """JSON-ready."""
        data = self._asdict() | {"study": str(self.study), "changed": list(self.changed)}
        data["changed_judges"] = [list(judge) for judge in self.changed_judges]
        for name in ("matched", "failures", "answered_by", "judged_by", "ratings", "egress"):
            data[name] = [row._asdict() for row in data[name]]
        data["stages"] = [
            tally._asdict() | {"rows_per_s": tally.rows_per_s} for tally in self.stages
        ]
        return data


def sum_up(
    session: Session,
    journey: Journey,
    tallies: Tallies,
    *,
    egress: tuple[Egress, ...],
    runner: str,
    seconds: float,
    peak_bytes: int,
    earlier_parts: int,
) -> Summary:
    """The summary of a run, from what it published and counted."""
    rejected: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    for reason, language, n in session.rows(
        "SELECT reason, language, count(*) FROM rejections GROUP BY ALL ORDER BY ALL"
    ):
        rejected[reason] += n
        if reason == "unsupported_language":
            languages[language or "unknown"] += n
    ratings = tuple(_rating(session, found.scorer.name) for found in journey.raters)
    return Summary(
        study=journey.file.study,
        rows_in=tallies.rows_in,
        conversations=_one(session, "SELECT count(*) FROM conversations"),
        rejected=dict(rejected),
        languages=dict(languages.most_common()),
        missing_models={
            code: journey.file.anonymise.model_name(code)
            for code in languages
            if has_stock_model(code) or code in journey.file.anonymise.models
        },
        prompts=_one(session, "SELECT count(*) FROM prompts"),
        altered=_one(session, "SELECT count(*) FROM prompts WHERE n_redacted > 0"),
        masked=_one(
            session,
            "SELECT count(*) FROM conversations WHERE list_contains(redactions.list_transform(r -> r.entity_type), 'UNANALYSED')",
        ),
        sampled=_sampled(session, journey),
        responses=dict(
            session.rows("SELECT checkpoint, count(*) FROM responses GROUP BY ALL ORDER BY ALL")
        ),
        matched=_matched(session, journey),
        failures=tuple(
            Failure(*row)
            for row in session.rows(
                "SELECT checkpoint, error, n_responses FROM replay_failures ORDER BY ALL"
            )
        ),
        answered_by=answerers(session),
        judged_by=judges(session),
        ratings=ratings,
        egress=egress,
        clusters=_one(session, "SELECT count(*) FROM clusters WHERE cluster_id >= 0"),
        stages=tallies.stages,
        runner=runner,
        seconds=seconds,
        peak_bytes=peak_bytes,
        earlier_parts=earlier_parts,
        gates=tuple(_gates(journey.file.gates, rejected, tallies.rows_in, ratings)),
    )


def _matched(session: Session, journey: Journey) -> tuple[Answering, ...]:
    recorded = [arm.name for arm in journey.arms if arm.checkpoint and arm.checkpoint.is_recorded]
    rows = session.rows(
        "SELECT checkpoint, count(DISTINCT prompt_id) FILTER (error IS DISTINCT FROM ?), count(DISTINCT prompt_id)"
        " FROM responses WHERE list_contains(?, checkpoint) GROUP BY checkpoint ORDER BY checkpoint",
        [NO_ANSWER, recorded],
    )
    return tuple(Answering(*row) for row in rows)


def answerers(session: Session) -> tuple[AnsweredBy, ...]:
    """Who answered for each checkpoint, most answers first."""
    rows = session.rows(
        "SELECT checkpoint, answered_by, n_responses FROM answered_by"
        " ORDER BY checkpoint, n_responses DESC, answered_by"
    )
    return tuple(AnsweredBy(*row) for row in rows)


def judges(session: Session) -> tuple[JudgedBy, ...]:
    """Who answered for each judge of each autorater, most judgements first."""
    rows = session.rows(
        "SELECT scorer, judge, answered_by, sum(n_judgements)::BIGINT AS n FROM judged_by GROUP BY ALL"
        " ORDER BY scorer, judge, n DESC, answered_by"
    )
    return tuple(JudgedBy(*row) for row in rows)


def _one(session: Session, query: str) -> int:
    ((n,),) = session.rows(query)
    return int(n)


def _sampled(session: Session, journey: Journey) -> dict[str, int]:
    if journey.draw is None:
        return {}
    return dict(
        session.rows(
            "SELECT checkpoint, count(DISTINCT prompt_id) FROM responses WHERE checkpoint <> ?"
            " GROUP BY ALL ORDER BY ALL",
            [LOGGED],
        )
    )


def _rating(session: Session, scorer: str) -> Rating:
    errors = session.rows(
        "SELECT judge_error, count(*) FROM judgements WHERE scorer = ? GROUP BY ALL ORDER BY ALL",
        [scorer],
    )
    ((n, moved),) = session.rows(
        "SELECT coalesce(sum(n_canaries), 0)::BIGINT, coalesce(sum(moved), 0)::BIGINT"
        " FROM injection_canaries WHERE scorer = ?",
        [scorer],
    )
    share = stats.weighted_share([True] * moved + [False] * (n - moved)) if n else None
    return Rating(
        scorer,
        sum(count for _, count in errors),
        {error: count for error, count in errors if error},
        n,
        moved,
        *((share.share, share.low, share.high) if share else (None, None, None)),
    )


def _gates(
    gates: Gates, rejected: Mapping[str, int], rows_in: int, ratings: Iterable[Rating]
) -> Iterator[str]:
    limit = gates.max_rejected
    n = sum(count for reason, count in rejected.items() if reason != REASON)
    if limit is not None and n > limit * rows_in:
        yield f"max_rejected: {n} of {rows_in} rows, limit {limit:g}"
    most = gates.max_injected_moved
    for rating in ratings:
        if most is not None and rating.moved > most * rating.canaries:
            yield (
                f"max_injected_moved: {rating.scorer} {rating.moved} of {rating.canaries} labels, limit {most:g}"
            )
