"""Rates, differences and verdicts, of nothing but counts that are told: whoever has the release can make them again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import logminer.stats as stats
from logminer.compare.options import Margin

__all__ = [
    "ALPHA",
    "PER",
    "Decision",
    "Shift",
    "Tested",
    "ToldRate",
    "decide",
    "margins_shift",
    "p_class",
    "paired_shift",
    "people_range",
    "per_100k",
]

ALPHA = 0.05
PER = 100_000
CLASSES = ((0.001, "< .001"), (0.01, "< .01"), (0.05, "< .05"))
NOT_SIGNIFICANT = "n.s."


class ToldRate(NamedTuple):
    """Of 100,000, with its exact 95 % interval."""

    rate: float
    low: float
    high: float


class Shift(NamedTuple):
    """Candidate's rate minus the base's, in [−1, 1], its 95 % interval, and the p of no difference.

    Attributes:
        interval: 'paired'; 'margins': how often one arm alone shows it is not told, and it holds for all that may be; or 'noisy': it
            holds the noise.
        p_equivalence: of a difference at or beyond the margin; null: no margin, or it has a ratio that cannot be tested.
    """

    difference: float
    low: float
    high: float
    interval: Literal["paired", "margins", "noisy"]
    p: float
    p_equivalence: float | None


class Tested(NamedTuple):
    """A shift and what else its verdict hangs on.

    Attributes:
        direction: of the category: worse, better or neutral.
    """

    shift: Shift
    direction: str


class Decision(NamedTuple):
    """What is concluded; `q` is p adjusted over all that is decided together."""

    q: float
    verdict: str


def per_100k(events: int | None, n: int | None) -> ToldRate | None:
    """Clopper and Pearson's interval; null where a count is not told, or there is nothing."""
    if events is None or not n:
        return None
    found = stats.exact_rate(min(events, n), n)
    return ToldRate(PER * found.rate, PER * found.low, PER * found.high)


def paired_shift(
    n: int, base_only: int, candidate_only: int, base: int | None, margin: Margin | None
) -> Shift:
    """Tango's interval and McNemar's mid p, of how often one arm alone shows it.

    Args:
        n: prompts; rounded counts may need one or two more.
        base_only, candidate_only: as in `verdicts`.
        base: prompts where the base shows it; null: not told.
        margin: declared; null: none.
    """
    n = max(n, base_only + candidate_only)
    alike = n - base_only - candidate_only
    both = None if base is None else min(max(base - base_only, 0), alike)
    found = stats.paired_proportions(alike, base_only, candidate_only, 0)
    equivalent = _equivalent(both, base_only, candidate_only, alike, margin)
    return Shift(found.difference, *found.tango, "paired", found.p_mcnemar_mid, equivalent)


def margins_shift(n: int, base: int, candidate: int, margin: Margin | None = None) -> Shift:
    """The widest that is possible where only each arm's own count is told: from as many in common as can be to as few."""
    most, least = min(base, n - candidate), max(0, base - candidate)
    possible = [
        paired_shift(n, alone, alone + candidate - base, base, margin)
        for alone in sorted({max(most, least), (most + least) // 2, least})
    ]
    equivalence = [one.p_equivalence for one in possible]
    return Shift(
        difference=(candidate - base) / n,
        low=min(one.low for one in possible),
        high=max(one.high for one in possible),
        interval="margins",
        p=max(one.p for one in possible),
        p_equivalence=None if None in equivalence else max(p for p in equivalence if p is not None),
    )


def _equivalent(
    both: int | None, base_only: int, candidate_only: int, alike: int, margin: Margin | None
) -> float | None:
    if margin is None:
        return None
    counts = both or 0, base_only, candidate_only, alike - (both or 0)
    found = stats.paired_equivalence(*counts, margin=margin.absolute).p
    if margin.ratio is None:
        return found
    if both is None:
        return None
    return max(found, stats.paired_ratio_equivalence(*counts, ratio=margin.ratio).p)


def decide(rows: Sequence[Tested]) -> list[Decision]:
    """Verdicts at 5 %, adjusted over all rows (Benjamini and Hochberg), differences and equivalence each for themselves.

    `equivalent` is said only of what has a `p_equivalence`.
    """
    q = stats.benjamini_hochberg([row.shift.p for row in rows]).adjusted.tolist()
    able = [row.shift.p_equivalence for row in rows if row.shift.p_equivalence is not None]
    adjusted = iter(stats.benjamini_hochberg(able).adjusted.tolist())
    found = []
    for row, mine in zip(rows, q, strict=True):
        tested = row.shift.p_equivalence is not None
        negligible = tested and next(adjusted) <= ALPHA
        found.append(Decision(mine, _verdict(row, mine <= ALPHA, negligible)))
    return found


def _verdict(row: Tested, differs: bool, negligible: bool) -> str:
    if negligible:
        return "different within margin" if differs else "equivalent"
    if not differs:
        return "undetermined"
    if row.direction == "neutral":
        return "different"
    return "worse" if (row.shift.difference > 0) == (row.direction == "worse") else "better"


def p_class(p: float) -> str:
    """As far as a p is told: an exact one gives counts away."""
    return next((said for most, said in CLASSES if p < most), NOT_SIGNIFICANT)


def people_range(prompts: int, least: int, contribution: int) -> str:
    """Who is behind so many prompts, of which up to `contribution` are one person's."""
    begins, ends = least, 2 * least
    while 2 * begins <= prompts // contribution:
        begins *= 2
    while ends <= prompts:
        ends *= 2
    return f"{begins}–{ends - 1}"
