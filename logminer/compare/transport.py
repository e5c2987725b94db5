"""A difference read through a card that was measured elsewhere: whatever the card leaves possible is possible here.

It is no verdict's: what the scorer says decides, and equivalence takes the card at its worst already. It says what the rates
would be if the scorer errs here as it did there, which nothing in this study can show.
"""

from __future__ import annotations

from typing import Any

import logminer.stats as stats
from logminer.compare.cards import SURE, Card, PossibleErrors
from logminer.compare.effect import Effect

__all__ = ["read_through"]


def read_through(found: Effect, card: Card, alpha: float) -> dict[str, Any] | None:
    """Columns of `comparisons`: rates at the middle of what the card leaves possible, and an interval over all of it.

    None where an arm's errors are not known, or may be such that a flag says nothing.

    Args:
        found: what the scorer says.
        card: of the scorer.
        alpha: 1 − confidence of the interval.

    Source: Rogan & Gladen 1978, Am. J. Epidemiol. 107:71, at the corners of the errors that are possible; see
        `Card.p_equivalence`.
    """
    arms = [_errors(arm) for arm in (card.base, card.candidate)]
    if arms[0] is None or arms[1] is None:
        return None
    (base_least, base, base_most), (candidate_least, candidate, candidate_most) = arms[0], arms[1]

    def contrast(
        of_base: stats.JudgeError, of_candidate: stats.JudgeError
    ) -> stats.CorrectedContrast:
        return stats.rogan_gladen_contrast(
            found.base,
            found.candidate,
            base_error=of_base,
            candidate_error=of_candidate,
            users=found.units,
            groups=found.groups,
            votes=found.votes,
            confidence=1 - alpha,
        )

    middle = contrast(base, candidate)
    return {
        "correction": "card",
        "base_corrected": middle.base,
        "candidate_corrected": middle.candidate,
        "difference_corrected": middle.estimate,
        "corrected_low": contrast(base_most, candidate_least).interval(1 - alpha).low,
        "corrected_high": contrast(base_least, candidate_most).interval(1 - alpha).high,
    }


def _errors(
    arm: PossibleErrors,
) -> tuple[stats.JudgeError, stats.JudgeError, stats.JudgeError] | None:
    """The errors by which what is flagged stands for least, in the middle, and for most."""
    sensitivity, specificity = arm.sensitivity, arm.specificity
    if sensitivity is None or specificity is None or sensitivity.low + specificity.low <= 1:
        return None
    middle = (sensitivity.low + sensitivity.high) / 2, (specificity.low + specificity.high) / 2
    return (
        stats.JudgeError(sensitivity.high, SURE, specificity.low, SURE),
        stats.JudgeError(middle[0], SURE, middle[1], SURE),
        stats.JudgeError(sensitivity.low, SURE, specificity.high, SURE),
    )
