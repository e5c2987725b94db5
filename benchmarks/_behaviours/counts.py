"""The baseline: n-grams ranked by paired counts, on all prompts at once, with neither halves nor people."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from benchmarks._behaviours.texts import Pairs
from logminer import stats

__all__ = ["Counted", "paired_counts"]

WORDS = re.compile(r"\w+(?:['’]\w+)*")
LONGEST = 4


class Counted(NamedTuple):
    """An n-gram, on how many prompts only the one or the other arm says it, and McNemar's p times the number of n-grams."""

    phrase: str
    base_only: int
    candidate_only: int
    p: float


def paired_counts(pairs: Pairs, most: int = 100) -> list[Counted]:
    """The n-grams that tell the arms apart best, first what is most certain."""
    counts: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for base, candidate in zip(pairs.base, pairs.candidate, strict=True):
        said = set(_ngrams(base)), set(_ngrams(candidate))
        counts[0].update(said[0] - said[1])
        counts[1].update(said[1] - said[0])
    lost, gained = counts
    names = sorted(lost.keys() | gained.keys())
    names.sort(
        key=lambda name: -abs(gained[name] - lost[name]) / math.sqrt(gained[name] + lost[name])
    )
    return [
        Counted(
            name,
            lost[name],
            gained[name],
            min(
                1.0,
                len(names) * stats.paired_proportions(0, lost[name], gained[name], 0).p_mcnemar_mid,
            ),
        )
        for name in names[:most]
    ]


def _ngrams(text: str) -> Iterator[str]:
    words = WORDS.findall(text.casefold())
    for n in range(1, LONGEST + 1):
        for start in range(len(words) - n + 1):
            yield " ".join(words[start : start + n])
