"""Which share of a whole change a part of it is, with the set of shares that the data leave possible."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from logminer.stats.crossing import crossing
from logminer.stats.evidence import Keys, PairedEvidence, Weight, paired_evidence
from logminer.stats.score import critical

__all__ = ["ChangeShare", "share_of_change"]

Floats = NDArray[np.float64]

LEAST = 1e-300  # p
WITHIN = 1e-5  # of an end, relatively


class ChangeShare(NamedTuple):
    """A part over the whole, and the ends of its set; all None where the set is not bounded: there is nothing to attribute.

    1 is all of it; below 0 the part went the other way, above 1 it went further than the whole.
    """

    share: float | None
    low: float | None
    high: float | None


def share_of_change(
    part: ArrayLike,
    whole: ArrayLike,
    clusters: Keys,
    *,
    prompts: Keys | None = None,
    weight: Weight = "prompt",
    confidence: float = 0.95,
) -> ChangeShare:
    """The mean of `part` over the mean of `whole`, on the same prompts.

    Args:
        part: [n] each prompt's difference in [−1, 1] over one step of a chain.
        whole: [n] its difference over all steps.
        clusters: [n] units, `prompts`: [n] groups of prompts that ask alike, `weight`: see `paired_difference`.
        confidence: of the set, in (0, 1).

    Returns:
        The set holds the shares r for which a mean of part − r × whole of 0 is not rejected. Where a whole change of 0
        is not rejected either, no share is ruled out for its size, and the set is not bounded. Of bounded sets the ends
        are those about the estimate.

    The test is the more cautious of two. That of `PairedEvidence`: Tango's score and sign flips of the units' residuals;
    at a share of 0 it is the test of the step itself, and of the infinite share that of the whole change. And t on the
    clustered variance with a prompt added of each kind of change that may not have been seen: by this step or by
    another, up or down. Without these, a rest that 30 changes did not show would be no rest at all. (With half a prompt of
    each, as for a difference, a rest of 3 % is missed too often.)

    A step of the only step that there is has the share 1 by its meaning: do not ask for it here.

    Raises:
        ValueError: as `paired_evidence`, differences outside [−1, 1], or a confidence outside (0, 1).

    Source: Fieller 1954, J. R. Stat. Soc. B 16:175; pseudo-pairs as of Agresti & Min 2005, Stat. Med. 24:729.
    """
    critical(confidence)  # raises
    if not all(bool(np.all(np.abs(differences) <= 1)) for differences in (part, whole)):
        raise ValueError("differences must lie in [-1, 1]")
    steps = _Steps(
        np.asarray(part, np.float64), np.asarray(whole, np.float64), clusters, prompts, weight
    )
    change, alpha = steps.contrast(math.pi / 2), 1 - confidence
    if steps.p(math.pi / 2) > alpha:
        return ChangeShare(None, None, None)
    # part − r × whole by its angle, r = tan: that of the infinite share is as far away as any.
    share = -steps.contrast(0.0).difference / change.difference
    middle, bound = math.atan(share), float(special.ndtri(alpha / 2))

    def depth(angle: float) -> float:
        return float(special.ndtri(max(steps.p(angle), LEAST) / 2)) - bound

    def end(side: int) -> float:
        inner, left, reach = middle, -bound, -bound * steps.error(middle)
        while abs(outer := middle + side * reach) < math.pi / 2:
            if (right := depth(outer)) <= 0:
                break
            inner, left, reach = outer, right, 2 * reach
        else:
            outer = side * math.pi / 2
            right = depth(outer)
        return math.tan(crossing(depth, inner, outer, left, right, within=WITHIN))

    return ChangeShare(share, min(end(-1), share), max(end(1), share))


class _Steps(NamedTuple):
    """What shares are tested on."""

    part: Floats
    whole: Floats
    clusters: Keys
    prompts: Keys | None
    weight: Weight

    def contrast(self, angle: float) -> PairedEvidence:
        """Of cos × part − sin × whole, scaled into [−1, 1]."""
        step, change = self._weights(angle)
        # Within [−1, 1] but for rounding.
        found = np.clip(step * self.part - change * self.whole, -1, 1)
        return paired_evidence(
            np.maximum(-found, 0),
            np.maximum(found, 0),
            self.clusters,
            prompts=self.prompts,
            weight=self.weight,
        )

    def p(self, angle: float) -> float:
        """Two-sided p of a mean of 0."""
        found = self.contrast(angle)
        if found.gathered < 2:
            return 1.0
        t = -abs(found.difference) / self._se(found, angle)
        return max(2 * float(special.stdtr(found.gathered - 1, t)), found.p)

    def error(self, angle: float) -> float:
        """About the standard error of the angle at which the mean is 0, if it is this one."""
        means = self.contrast(0.0).difference, self.contrast(math.pi / 2).difference
        step, _ = self._weights(angle)
        scale = math.cos(angle) / step
        return scale * self._se(self.contrast(angle), angle) / math.hypot(*means)

    def _se(self, found: PairedEvidence, angle: float) -> float:
        """Of the contrast, with a prompt of each kind of change."""
        step, change = self._weights(angle)
        unseen = 2 * ((step - change) ** 2 + change**2)
        alone = found.n / found.design_effect
        return math.sqrt(found.se**2 + unseen / ((found.n + 2) * (alone + 2)))

    @staticmethod
    def _weights(angle: float) -> tuple[float, float]:
        step, change = math.cos(angle), math.sin(angle)
        if abs(step) < 1e-12:  # a right angle
            step = 0.0
        size = abs(step) + abs(change)
        return step / size, change / size
