"""Two checkpoints on the same prompts, whoever asked them: difference, interval, p of none, p of equivalence.

Prompts of one user resemble each other, and so do answers to one prompt that many users send. However few the users
are and however much one of them asks, the tests hold their level.
"""

from __future__ import annotations

from typing import NamedTuple

from numpy.typing import ArrayLike

from logminer.stats.evidence import Keys, Weight, paired_evidence

__all__ = ["PairedDifference", "paired_difference"]


class PairedDifference(NamedTuple):
    """What `paired_difference` finds; `difference, low, high` are shares in [−1, 1], candidate minus base.

    `n_effective` is Kish's number of prompts that would tell as much if all of a unit told the same, the lesser of
    that by cluster and that by group of prompts; `largest_share` is the share of all weight that the largest cluster
    has, in (0, 1]. `p_equivalence` is None without a margin.
    """

    n: int
    n_clusters: int
    n_effective: float
    largest_share: float
    difference: float
    low: float
    high: float
    p: float
    p_equivalence: float | None


def paired_difference(
    base: ArrayLike,
    candidate: ArrayLike,
    clusters: Keys,
    *,
    prompts: Keys | None = None,
    confidence: float = 0.95,
    margin: float | None = None,
    weight: Weight = "prompt",
    seed: int = 0,
) -> PairedDifference:
    """The mean difference of paired rates, with tests that hold their level however unequal the clusters are.

    Args:
        base: [n] each prompt's rate in [0, 1]: 0 or 1 where it has one sample, else the mean over its samples.
        candidate: [n] the other checkpoint's on the same prompts.
        clusters: [n] codes of units (users mostly); prompts of one unit are not independent.
        prompts: [n] codes of groups of prompts that ask alike: whoever sends them, their answers are not independent
            either. None: no two are alike.
        confidence: of the interval, in (0, 1).
        margin: largest negligible difference, a share in (0, 1).
        weight: what has one vote, each prompt or each unit (the mean over units of a unit's mean).
        seed: nothing is drawn, so that any seed gives the same.

    Returns:
        Finite numbers always. A single unit says nothing of others: p is 1 and the interval is wide.

    Where each prompt has one sample, a unit and a wording of its own: McNemar's mid p, Tango's interval and Tango's
    two one-sided tests. Else the more cautious of two tests, everywhere: sign flips of the sums of the units'
    residuals under the difference that is tested, and Tango's score with its counts divided by the design effect and
    the quantile of t. The interval holds the differences that neither rejects, and `p` ≤ 1 − confidence just where
    0 lies outside.

    A difference that was not seen may be one that the few who have most happen not to show. So the ends that do not
    speak against 0, and equivalence, take the larger design effect where prompts are more alike within typical units
    than within the largest; and equivalence has the quantile of t with `n_effective` − 1 degrees of freedom.

    Raises:
        ValueError: no prompts, unequal lengths, rates outside [0, 1], or an argument out of its range.

    Source: sign flips of restricted residuals: Canay, Romano & Shaikh 2017, Econometrica 85:1013; two ways of
    clustering: Cameron, Gelbach & Miller 2011, J. Bus. Econ. Stat. 29:238; counts over the design effect:
    Rao & Scott 1992, Biometrics 48:577; Tango 1998, Stat. Med. 17:891; Kish 1965, Survey Sampling.
    """
    found = paired_evidence(base, candidate, clusters, prompts=prompts, weight=weight)
    interval = found.interval(confidence)
    return PairedDifference(
        found.n,
        found.n_clusters,
        found.n_effective,
        found.largest_share,
        found.difference,
        interval.low,
        interval.high,
        found.p,
        None if margin is None else found.p_equivalence(margin),
    )
