"""From votes to a judgement: one vote of one judge, several of it, or those of a panel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from logminer.scorers.base import NO, UNPARSABLE, UNSURE, YES
from logminer.taxonomy.tree import Scale

__all__ = ["Judgement", "Vote", "judgement"]

Span = tuple[int, int]


class Vote(NamedTuple):
    """One answer of one judge: what it said, or why it counts for nothing."""

    said: int | None  # code of a label, or a degree
    error: str | None = None  # one of `reply.PROBLEMS`, or of a checkpoint's `ERRORS`
    evidence: Span | None = None  # in the text that was rated
    answered_by: str | None = None  # the model and fingerprint that the server reported


class Judgement(NamedTuple):
    """What the votes come to. `error` says why a label is unparsable."""

    label: int  # code into LABELS
    score: float | None  # in [0, 1]; None where it is unparsable
    evidence: Span | None = None
    error: str | None = None


def judgement(votes: Sequence[Vote], scale: Scale | None) -> Judgement:
    """The majority of the votes; of degrees their median. A tie is `unsure`.

    Votes that say nothing are left out; where more than half are such, the judgement is unparsable, for the reason that most
    of them have.

    Args:
        votes: at least one.
        scale: of degrees; `score` is then the median degree over the highest, else the share of yes, an unsure counted half.
    """
    said = sorted(vote.said for vote in votes if vote.said is not None)
    if 2 * len(said) < len(votes) or not said:
        ((error, _),) = Counter(vote.error for vote in votes if vote.error).most_common(1)
        return Judgement(UNPARSABLE, None, None, error)
    if scale is None:
        label = _majority(said)
        score = (said.count(YES) + said.count(UNSURE) / 2) / len(said)
        agreeing = [vote for vote in votes if vote.said == label]
    else:
        low, high = said[(len(said) - 1) // 2], said[len(said) // 2]
        label = _from_degrees(low, high, scale.yes_from)
        score = (low + high) / 2 / scale.top
        agreeing = [vote for vote in votes if vote.said is not None and low <= vote.said <= high]
    evidence = next((vote.evidence for vote in agreeing if vote.evidence), None)
    return Judgement(label, score, evidence)


def _majority(said: Sequence[int]) -> int:
    (first, n), *others = Counter(said).most_common()
    return UNSURE if others and others[0][1] == n else first


def _from_degrees(low: int, high: int, yes_from: int) -> int:
    if low >= yes_from:
        return YES
    return UNSURE if high >= yes_from else NO
