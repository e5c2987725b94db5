"""The judge's error, taken out: what the difference is on people's scale.

Where people labelled both arms' answers to the same prompts, by these labels and the judge's of all prompts (post-stratified
prediction-powered inference); else by Rogan-Gladen, with each arm's own sensitivity and specificity. Labels are taken to be
a random draw of the responses, or one whose sampling weights are given. Whether the correction counts depends on the number
of labels alone, never on what they say.
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

PAIRS = 30  # prompts labelled in both arms from which their labels decide
LABELS = (
    10  # effective labels of each kind in each arm from which its sensitivity and specificity do
)

Key = tuple[str, str]  # category, channel


class Estimate(NamedTuple):
    """One way's answer: `contrast` estimates candidate − slope × base on people's scale.

    `p_rare` is the p of equivalence within an absolute margin that holds for rare disagreement, of which a standard
    error knows little.
    """

    method: str
    contrast: Callable[[float], stats.CorrectedContrast]
    p_rare: Callable[[float], float] = lambda margin: 0.0


class Corrected(NamedTuple):
    """What people's labels say of one comparison.

    `columns` of `comparisons` that the correction gives, and what to note. Without an `estimate` there are too few labels:
    there are no columns, and all below but `decides` raise ValueError.
    """

    columns: dict[str, Any]
    notes: list[str]
    estimate: Estimate | None
    plain: stats.CorrectedContrast | None = None  # with slope 1

    @property
    def decides(self) -> bool:
        """Whether p, the verdict and all that goes with them are those of the corrected scale."""
        return self.estimate is not None

    @property
    def difference(self) -> float:
        """Candidate minus base on people's scale."""
        return self._difference.estimate

    @property
    def p(self) -> float:
        """Two-sided p of no difference on people's scale."""
        return self._difference.contrast.p

    @property
    def standard_error(self) -> float:
        """Of `difference`; inf where one unit was seen."""
        return self._difference.se

    def interval(self, confidence: float) -> stats.Interval:
        """The interval of `difference`, in [−1, 1]."""
        return self._difference.interval(confidence)

    def minimum_detectable(self, level: float) -> float:
        """The difference on people's scale that a two-sided test at `level` would find with 80 % power; at most 1."""
        return min(self._difference.contrast.minimum_detectable(level), 1.0)

    def smallest_margin(self, alpha: float) -> float:
        """The absolute margin within which equal arms would be found equivalent with 80 % power; at most 1."""
        return min(self._difference.contrast.smallest_margin(alpha), 1.0)

    def p_equivalence(self, margin: Margin) -> float:
        """p of a difference on people's scale at or beyond the margin; with a ratio, of the less convincing test."""
        plain, absolute = self._difference.contrast, margin.absolute
        p = max(plain.p_below(absolute), plain.p_above(-absolute))
        if self.estimate is None:
            return p
        p = max(p, self.estimate.p_rare(absolute))
        if margin.ratio is None:
            return p
        # candidate < ratio × base, and candidate > base ÷ ratio
        more, less = (
            self.estimate.contrast(slope).contrast for slope in (margin.ratio, 1 / margin.ratio)
        )
        return max(p, more.p_below(0.0), less.p_above(0.0))

    @property
    def _difference(self) -> stats.CorrectedContrast:
        if self.plain is None:
            raise ValueError("too few labels: nothing is corrected")
        return self.plain


class Calibration(NamedTuple):
    """What is known of one scorer's error on the two arms of a pair, by category and channel.

    `labelled` are pairs whose places are numbers of prompts, in their order; `errors` are by arm, of these two arms only.
    """

    labelled: dict[Key, stats.LabelledPairs]
    errors: dict[Key, dict[str, stats.JudgeError]]
    base: str
    candidate: str

    def correct(
        self,
        keys: dict[str, Any],
        prompts: Codes,
        found: Effect,
        alpha: float,
        *,
        weights: Floats | None = None,
        groups: Codes | None = None,
    ) -> Corrected | None:
        """The corrected comparison of `found` on `prompts`; None where people labelled nothing of the category.

        Args:
            keys: `category_id` and `channel`.
            prompts: [n] numbers of the prompts, ascending.
            found: the comparison on the judge's scale.
            alpha: 1 − confidence of the interval.
            weights: [n] by which each prompt counts; all alike where None.
            groups: [n] codes, a second way in which prompts hang together, beside the units of `found`.
        """
        key = keys["category_id"], keys["channel"]
        if key not in self.errors:
            return None
        estimate = self._by_pairs(key, prompts, found, weights, groups) or self._by_errors(
            key, found, weights, groups
        )
        if estimate is None:
            few = (
                f"on the judge's scale: fewer than {PAIRS} prompts that people labelled in both arms, and fewer than"
                f" {LABELS} labels of each kind in each arm or a judge no better than chance"
            )
            return Corrected({}, [few], None)
        plain = estimate.contrast(1.0)
        interval = plain.interval(1 - alpha)
        columns: dict[str, Any] = {
            "correction": estimate.method,
            "base_corrected": plain.base,
            "candidate_corrected": plain.candidate,
            "difference_corrected": plain.estimate,
            "corrected_low": interval.low,
            "corrected_high": interval.high,
        }
        return Corrected(columns, [], estimate, plain)

    def _by_pairs(
        self,
        key: Key,
        prompts: Codes,
        found: Effect,
        weights: Floats | None,
        groups: Codes | None,
    ) -> Estimate | None:
        known = self.labelled.get(key)
        if known is None:
            return None
        known = _take(known, np.isin(known.places, prompts))
        if len(known.places) < PAIRS:
            return None
        known = known._replace(places=np.searchsorted(prompts, known.places))
        fitted = stats.poststratified(
            found.base,
            found.candidate,
            known,
            users=found.units,
            groups=groups,
            votes=weights,
        )
        users = found.units[known.places]

        def p_rare(margin: float) -> float:
            """Tango's test of what the labels add to the judge of all prompts, which is taken to be sure."""
            human = known.human_candidate - known.human_base
            judge = known.judge_candidate - known.judge_base
            errors = len(users) * fitted.labels * (human - fitted.tuning * judge)
            sure = fitted.tuning * float(fitted.votes @ (found.candidate - found.base))
            return stats.shifted_equivalence(errors, users, margin=margin, shift=sure)

        return Estimate("ppi", fitted.contrast, p_rare)

    def _by_errors(
        self, key: Key, found: Effect, weights: Floats | None, groups: Codes | None
    ) -> Estimate | None:
        base, candidate = (self.errors[key].get(arm) for arm in (self.base, self.candidate))
        if base is None or candidate is None or not (_enough(base) and _enough(candidate)):
            return None

        def contrast(slope: float) -> stats.CorrectedContrast:
            return stats.rogan_gladen_contrast(
                found.base,
                found.candidate,
                base_error=base,
                candidate_error=candidate,
                slope=slope,
                users=found.units,
                groups=groups,
                votes=weights,
            )

        return Estimate("rogan_gladen", contrast)


def _enough(error: stats.JudgeError) -> bool:
    return (
        min(error.positives, error.negatives) >= LABELS
        and error.sensitivity + error.specificity > 1
    )


def read_calibration(
    session: Session, scorer: str, base: str, candidate: str
) -> Calibration | None:
    """What people's labels say of `scorer` on these two arms; None where it was not calibrated."""
    errors: dict[Key, dict[str, stats.JudgeError]] = {}
    for category, channel, arm, *error in session.rows(
        "SELECT category_id, channel, checkpoint, sensitivity, sensitivity_n, specificity, specificity_n"
        " FROM calibrations WHERE scorer = ? AND checkpoint IS NOT NULL",
        [scorer],
    ):
        known = errors.setdefault((category, channel), {})
        if arm in (base, candidate) and None not in error:
            known[arm] = stats.JudgeError(*error)
    if not errors:
        return None
    return Calibration(_labelled(session, scorer, base, candidate), errors, base, candidate)


def _labelled(
    session: Session, scorer: str, base: str, candidate: str
) -> dict[Key, stats.LabelledPairs]:
    rows = session.columns(
        "WITH each AS (SELECT h.category_id, h.channel, n.number, r.checkpoint,"
        " avg(CAST(h.label = 'yes' AS DOUBLE)) AS human, avg(CAST(j.label = 'yes' AS DOUBLE)) AS judge,"
        " avg(h.weight) AS weight FROM human_labels AS h"
        " JOIN judgements AS j USING (response_id, category_id, channel)"
        f" JOIN responses AS r USING (response_id) JOIN {NUMBERED} AS n USING (prompt_id)"
        " WHERE h.label IN ('yes', 'no') AND j.label IN ('yes', 'no') AND j.scorer = ?"
        " AND j.scorer IS DISTINCT FROM h.taken_from GROUP BY ALL)"
        " SELECT category_id, channel, number, (b.weight + c.weight) / 2 AS weight, b.human AS human_base,"
        " c.human AS human_candidate, b.judge AS judge_base, c.judge AS judge_candidate"
        " FROM each AS b JOIN each AS c USING (category_id, channel, number)"
        " WHERE b.checkpoint = ? AND c.checkpoint = ? ORDER BY category_id, channel, number",
        [scorer, base, candidate],
    )
    keys = list(zip(rows["category_id"].to_pylist(), rows["channel"].to_pylist(), strict=True))
    every = stats.LabelledPairs(*(np.asarray(column) for column in rows.columns[2:]))
    return {
        key: _take(every, np.array([other == key for other in keys])) for key in dict.fromkeys(keys)
    }


def _take(labelled: stats.LabelledPairs, mask: Mask) -> stats.LabelledPairs:
    places, *floats = (column[mask] for column in labelled)
    return stats.LabelledPairs(
        np.asarray(places, np.int64), *(np.asarray(of, np.float64) for of in floats)
    )
