"""The judge's error, taken out: what the difference is on people's scale.

Where people labelled both arms' answers to the same prompts, by prediction-powered inference; else by Rogan-Gladen,
with each arm's own sensitivity and specificity where both arms have enough labels for it. Labels are taken to be a
random draw of the responses, or one whose sampling weights are given.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import logminer.stats as stats
from logminer.compare.effect import Effect
from logminer.compare.options import Margin
from logminer.compare.prompts import NUMBERED, Codes, Floats, Mask
from logminer.store.session import Session

__all__ = ["Calibration", "Corrected", "read_calibration"]

PAIRS = 30  # prompts labelled in both arms from which prediction-powered inference is trusted
LABELS = 10  # effective labels of each kind from which a sensitivity or specificity is

Key = tuple[str, str]  # category, channel


class Estimate(NamedTuple):
    """One way's answer: `contrast` estimates candidate − slope × base on people's scale.

    `p_rare` is the p of equivalence within an absolute margin that holds for rare disagreement, of which a standard
    error knows little.
    """

    method: str
    contrast: Callable[[float], stats.Contrast]
    base: float
    candidate: float
    p_rare: Callable[[float], float] = lambda margin: 0.0


class Corrected(NamedTuple):
    """Columns of `comparisons` that the correction gives or replaces, and what to note."""

    columns: dict[str, Any]
    notes: list[str]


class Labelled(NamedTuple):
    """Prompts of which people labelled both arms' answers: what people say, and the scorer of the same answers.

    All [n], in order of the prompts; rates in [0, 1].
    """

    prompts: Codes
    weights: Floats
    human_base: Floats
    human_candidate: Floats
    judge_base: Floats
    judge_candidate: Floats

    def take(self, mask: Mask) -> Labelled:
        """Those of `mask`."""
        prompts, *floats = (column[mask] for column in self)
        return Labelled(np.asarray(prompts, np.int64), *(np.asarray(f, float) for f in floats))


class Calibration(NamedTuple):
    """What is known of one scorer's error on the two arms of a pair, by category and channel."""

    labelled: dict[Key, Labelled]
    errors: dict[Key, dict[str | None, stats.JudgeError]]  # by arm; None: all arms together
    base: str
    candidate: str

    def correct(
        self,
        keys: dict[str, Any],
        prompts: Codes,
        found: Effect,
        alpha: float,
        margin: Margin | None,
    ) -> Corrected | None:
        """The corrected comparison on `prompts`, where there are enough labels; None where people labelled nothing.

        Equivalence is on the corrected scale. So is the difference where the judge errs differently on the arms: it is
        only then that no difference on the judge's scale can be one on people's, or the other way round.
        """
        key = keys["category_id"], keys["channel"]
        if key not in self.errors:
            return None
        estimate = self._ppi(key, prompts, found, alpha) or self._rogan_gladen(key, found, alpha)
        if estimate is None:
            return Corrected(
                {}, ["not corrected: too few human labels, or a judge no better than chance"]
            )
        plain = estimate.contrast(1.0)
        columns: dict[str, Any] = {
            "correction": estimate.method,
            "base_corrected": estimate.base,
            "candidate_corrected": estimate.candidate,
            "difference_corrected": plain.estimate,
            "corrected_low": plain.low,
            "corrected_high": plain.high,
        }
        notes = []
        if margin:
            columns["p_equivalence"] = _p_equivalence(estimate, margin)
        if self._p_error_differs(key) < alpha:
            columns |= {"p": plain.p, "tested_difference": plain.estimate}
            notes.append("the judge errs differently on the arms: tested on the corrected scale")
        return Corrected(columns, notes)

    def _ppi(self, key: Key, prompts: Codes, found: Effect, alpha: float) -> Estimate | None:
        labelled = self.labelled.get(key)
        if labelled is None:
            return None
        mine = np.isin(labelled.prompts, prompts)
        if mine.sum() < PAIRS:
            return None
        known = labelled.take(mine)
        rest = ~np.isin(prompts, known.prompts)
        if np.ptp(known.weights):
            # What a draw of unequal chances left is no random draw. All prompts are; those of them that are labelled
            # too share their users with the labels, and the variance goes by users.
            rest = np.ones(len(prompts), bool)
        users = found.units[np.searchsorted(prompts, known.prompts)]

        def mean(
            of: Callable[[Floats, Floats], Floats], tuning: float | None = None, slope: float = 1.0
        ) -> stats.PoweredMean:
            return stats.prediction_powered_mean(
                of(known.human_base, known.human_candidate),
                of(known.judge_base, known.judge_candidate),
                of(found.base[rest], found.candidate[rest]),
                weights=known.weights,
                confidence=1 - alpha,
                tuning=tuning,
                users=users,
                users_unlabelled=found.units[rest],
                cautious=max(1.0, slope),
            )

        def contrast(slope: float) -> stats.Contrast:
            return mean(lambda base, candidate: candidate - slope * base, slope=slope).contrast

        # One tuning for all three, so that the rates differ by just the difference.
        tuning = mean(lambda base, candidate: candidate - base).tuning
        rates = (
            mean(lambda base, _: base, tuning).estimate,
            mean(lambda _, candidate: candidate, tuning).estimate,
        )

        def p_rare(margin: float) -> float:
            """Tango's test of what the labels add to the judge of the other prompts, which is taken to be sure."""
            human = known.human_candidate - known.human_base
            judge = known.judge_candidate - known.judge_base
            errors = known.weights / known.weights.mean() * (human - tuning * judge)
            others = found.candidate[rest] - found.base[rest]
            imputed = tuning * float(others.mean()) if len(others) else 0.0
            return stats.shifted_equivalence(errors, users, margin=margin, shift=imputed)

        base, candidate = (min(max(rate, 0.0), 1.0) for rate in rates)
        return Estimate("ppi", contrast, base, candidate, p_rare)

    def _rogan_gladen(self, key: Key, found: Effect, alpha: float) -> Estimate | None:
        errors = self.errors[key]
        arms = [errors.get(name) for name in (self.base, self.candidate)]
        pooled = errors.get(None)
        if not all(map(_enough, arms)):
            arms = [pooled, pooled]
        base_error, candidate_error = arms
        if base_error is None or candidate_error is None:
            return None
        if not (_enough(base_error) and _enough(candidate_error)):
            return None

        def contrast(slope: float) -> stats.CorrectedContrast:
            return stats.rogan_gladen_contrast(
                found.base,
                found.candidate,
                base_error=base_error,
                candidate_error=candidate_error,
                slope=slope,
                users=found.units,
                confidence=1 - alpha,
            )

        plain = contrast(1.0)
        return Estimate(
            "rogan_gladen",
            lambda slope: contrast(slope).contrast,
            plain.base,
            plain.candidate,
        )

    def _p_error_differs(self, key: Key) -> float:
        """Least p, Bonferroni over the two, that sensitivity or specificity is the same in both arms."""
        one, other = (self.errors[key].get(name) for name in (self.base, self.candidate))
        if one is None or other is None:
            return 1.0
        sensitive = stats.shares_differ(
            one.sensitivity, one.positives, other.sensitivity, other.positives
        )
        specific = stats.shares_differ(
            one.specificity, one.negatives, other.specificity, other.negatives
        )
        return min(1.0, 2 * min(sensitive, specific))


def _enough(error: stats.JudgeError | None) -> bool:
    return (
        error is not None
        and min(error.positives, error.negatives) >= LABELS
        and error.sensitivity + error.specificity > 1
    )


def _p_equivalence(estimate: Estimate, margin: Margin) -> float:
    contrast, absolute = estimate.contrast, margin.absolute
    plain = contrast(1.0)
    p = max(plain.p_below(absolute), plain.p_above(-absolute), estimate.p_rare(absolute))
    if margin.ratio is None:
        return p
    # candidate < ratio × base, and candidate > base ÷ ratio
    more, less = contrast(margin.ratio), contrast(1 / margin.ratio)
    return max(p, more.p_below(0.0), less.p_above(0.0))


def read_calibration(
    session: Session, scorer: str, base: str, candidate: str
) -> Calibration | None:
    """What people's labels say of `scorer` on these two arms; None where it was not calibrated."""
    errors: dict[Key, dict[str | None, stats.JudgeError]] = {}
    for category, channel, arm, *error in session.rows(
        "SELECT category_id, channel, checkpoint, sensitivity, sensitivity_n, specificity, specificity_n"
        " FROM calibrations WHERE scorer = ? AND sensitivity IS NOT NULL AND specificity IS NOT NULL",
        [scorer],
    ):
        errors.setdefault((category, channel), {})[arm] = stats.JudgeError(*error)
    if not errors:
        return None
    return Calibration(_labelled(session, scorer, base, candidate), errors, base, candidate)


def _labelled(session: Session, scorer: str, base: str, candidate: str) -> dict[Key, Labelled]:
    rows = session.columns(
        "WITH each AS (SELECT h.category_id, h.channel, n.number, r.checkpoint,"
        " avg(CAST(h.label = 'yes' AS DOUBLE)) AS human, avg(CAST(j.label = 'yes' AS DOUBLE)) AS judge,"
        " avg(h.weight) AS weight FROM human_labels AS h"
        " JOIN judgements AS j USING (response_id, category_id, channel)"
        f" JOIN responses AS r USING (response_id) JOIN {NUMBERED} AS n USING (prompt_id)"
        " WHERE h.label IN ('yes', 'no') AND j.label IN ('yes', 'no') AND j.scorer = ? GROUP BY ALL)"
        " SELECT category_id, channel, number, (b.weight + c.weight) / 2 AS weight, b.human AS human_base,"
        " c.human AS human_candidate, b.judge AS judge_base, c.judge AS judge_candidate"
        " FROM each AS b JOIN each AS c USING (category_id, channel, number)"
        " WHERE b.checkpoint = ? AND c.checkpoint = ? ORDER BY category_id, channel, number",
        [scorer, base, candidate],
    )
    keys = list(zip(rows["category_id"].to_pylist(), rows["channel"].to_pylist(), strict=True))
    every = Labelled(*(np.asarray(column) for column in rows.columns[2:]))
    return {
        key: every.take(np.array([other == key for other in keys])) for key in dict.fromkeys(keys)
    }
