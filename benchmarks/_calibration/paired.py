"""The tests and intervals of paired answers, one comparison at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from scipy import special

from benchmarks._calibration.rows import (
    CHUNK,
    COVERAGE,
    FALSE_POSITIVES,
    LEVEL,
    MANY,
    REPEATS,
    holds,
    of_counts,
    of_differences,
    row,
    with_error,
)
from benchmarks._simulated import Codes, Design, Floats, seeded
from benchmarks.harness import Checked
from logminer import stats

SWAPS = 1_000


def false_positives() -> Iterator[Checked]:
    """The test of no difference, where there is none."""
    for design in (
        Design(300, 1, 0.3, 0.3),
        Design(300, 1, 0.3, 0.3, agree=0.8),
        Design(2000, 1, 0.02, 0.02),
        Design(2000, 1, 0.3, 0.3),
    ):
        name = f"aa_mid_p_n{design.users}_{design.rates}_agree_{100 * design.agree:g}pct"
        found = of_counts(stats.paired_proportions, design.counts(seeded(name), MANY))
        yield row(name, [f.p_mcnemar_mid <= LEVEL for f in found], at_most=FALSE_POSITIVES)

    def ps(differences: Floats, users: Codes) -> tuple[float, float]:
        return clustered(differences, users).p, clustered(differences, np.arange(len(users))).p

    for design in (
        Design(200, 10, 0.3, 0.3, icc=0.3),
        Design(60, 10, 0.3, 0.3, icc=0.3),
        Design(200, 10, 0.02, 0.02, icc=0.3),
        Design(25, 10, 0.3, 0.3, icc=0.3),
        Design(12, 10, 0.3, 0.3, icc=0.3),
    ):
        name = f"aa_users{design.users}_{design.rates}"
        robust, ignored = np.array(of_differences(name, design, ps)).T
        yield row(name, robust <= LEVEL, at_most=FALSE_POSITIVES)
        yield row(f"{name}_ignoring_users", ignored <= LEVEL)


def coverage() -> Iterator[Checked]:
    """95 % intervals of a true difference."""
    for design in (
        Design(100, 1, 0.3, 0.4),
        Design(300, 1, 0.3, 0.35),
        Design(2000, 1, 0.02, 0.03),
        Design(2000, 1, 0.01, 0.02),
        Design(200, 1, 0.01, 0.02),
    ):
        name = f"n{design.users}_{design.rates}"
        found = of_counts(stats.paired_proportions, design.counts(seeded(name), MANY))
        for method in ("tango", "newcombe"):
            covered = [holds(getattr(each, method), design.difference) for each in found]
            yield row(f"coverage_{method}_{name}", covered, at_least=COVERAGE)
    for design in (
        Design(200, 10, 0.3, 0.4, icc=0.3),
        Design(60, 10, 0.3, 0.4, icc=0.3),
        Design(200, 10, 0.3, 0.4),
        Design(200, 10, 0.01, 0.02),
        Design(1000, 10, 0.01, 0.02, icc=0.3),
        Design(200, 10, 0.01, 0.02, icc=0.3),
        Design(60, 10, 0.01, 0.02, icc=0.3),
        Design(200, 10, 0.002, 0.01, icc=0.3),
    ):
        name = f"coverage_clustered_users{design.users}_icc_{design.icc:g}_{design.rates}"
        found_means = of_differences(name, design, clustered)
        covered = [holds(each, design.difference) for each in found_means]
        yield row(name, covered, at_least=COVERAGE)


def equivalence() -> Iterator[Checked]:
    """The true difference is the margin: to call it equivalent is the error."""
    for design in (
        Design(2000, 1, 0.3, 0.33),
        Design(2000, 1, 0.02, 0.03),
        Design(300, 1, 0.02, 0.06),
    ):
        name = f"equivalent_at_margin_n{design.users}_{design.rates}"
        margin, ratio = design.difference, design.candidate / design.base
        counts = design.counts(seeded(name), MANY)

        def absolute(*counts: int, margin: float = margin) -> float:
            return stats.paired_equivalence(*counts, margin=margin).p

        def relative(*counts: int, ratio: float = ratio) -> float:
            return stats.paired_ratio_equivalence(*counts, ratio=ratio).p

        for what, function in (("", absolute), ("_ratio", relative)):
            errors = np.array(of_counts(function, counts)) <= LEVEL
            yield row(name + what, errors, at_most=with_error(MANY))
    for design in (
        Design(200, 10, 0.3, 0.35, icc=0.3),
        Design(60, 10, 0.3, 0.4, icc=0.3),
        Design(200, 10, 0.02, 0.04, icc=0.3),
        Design(60, 10, 0.02, 0.06, icc=0.3),
    ):
        name = f"equivalent_at_margin_users{design.users}_{design.rates}"

        def close(differences: Floats, users: Codes, margin: float = design.difference) -> bool:
            return (clustered(differences, users, margin).p_equivalence or 0.0) <= LEVEL

        yield row(name, of_differences(name, design, close), at_most=with_error(REPEATS))


def clustered(
    differences: Floats, users: Codes, margin: float | None = None
) -> stats.PairedDifference:
    """Of answers yes or no that differ so."""
    lost, gained = differences < 0, differences > 0
    return stats.paired_difference(lost, gained, users, margin=margin)


def anytime() -> Iterator[Checked]:
    """An A/A looked at after each discordant prompt, until an alarm or 2,000 of them."""
    looks = 2_000
    rng, seen = seeded("anytime"), np.arange(1, looks + 1)
    e_alarms: list[bool] = []
    p_alarms: list[bool] = []
    for _ in range(0, REPEATS, CHUNK):
        gained = np.cumsum(rng.integers(0, 2, (CHUNK, looks)), axis=1, dtype=np.float64)
        fewer = np.minimum(gained, seen - gained)
        e_values = np.exp(seen * math.log(2) + special.betaln(gained + 1, seen - gained + 1))
        below = np.where(fewer > 0, special.bdtr(np.maximum(fewer - 1, 0), seen, 0.5), 0.0)
        ps = np.where(2 * fewer == seen, 1.0, special.bdtr(fewer, seen, 0.5) + below)
        e_alarms += list(np.any(e_values >= 1 / LEVEL, axis=1))
        p_alarms += list(np.any(ps <= LEVEL, axis=1))
    # The lines above stand for these functions, which take one pair of counts.
    for look in range(0, looks, 97):
        counts = int(seen[look] - gained[0, look]), int(gained[0, look])
        e_value, paired = stats.discordant_e_value(*counts), stats.paired_proportions(0, *counts, 0)
        if not np.allclose((e_values[0, look], ps[0, look]), (e_value, paired.p_mcnemar_mid)):
            raise RuntimeError(f"e-value or mid p of {counts} is not that of logminer.stats")
    yield row("anytime_e_value_ever_alarms", e_alarms, at_most=LEVEL)
    yield row("anytime_mid_p_ever_alarms", p_alarms)


def two_samples() -> Iterator[Checked]:
    """40 pairs of points about a point of the prompt's, and about one of the arm's user's where users have four."""
    pairs, width = 40, 8
    for prompts in (1, 4):
        codes = np.repeat(np.arange(pairs // prompts), prompts)
        for statistic in ("mmd", "energy"):
            name = f"aa_swap_test_{statistic}" + ("" if prompts == 1 else f"_users{codes[-1] + 1}")
            rng, ps = seeded(name), []
            for seed in range(SWAPS):
                of_prompt = rng.normal(size=(pairs, width))
                of_user = rng.normal(scale=prompts > 1, size=(2, pairs // prompts, width))[:, codes]
                x, y = of_prompt + of_user + rng.normal(scale=0.5, size=(2, pairs, width))
                ps.append(
                    [
                        stats.swap_test(
                            x, y, statistic=statistic, users=users, permutations=199, seed=seed
                        ).p
                        for users in ((codes, None) if prompts > 1 else (codes,))
                    ]
                )
            shares = (np.array(ps) <= LEVEL).T
            yield row(name, shares[0], at_most=with_error(SWAPS))
            if prompts > 1:
                yield row(f"{name}_ignoring_users", shares[1])
