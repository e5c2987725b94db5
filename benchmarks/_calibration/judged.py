"""What people would have said, behind a judge that errs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from benchmarks._calibration.rows import (
    CHUNK,
    LEVEL,
    MANY,
    REPEATS,
    holds,
    row,
    with_error,
)
from benchmarks._simulated import Design, Judge, Mask, seeded
from benchmarks.harness import Checked
from logminer import stats

LABELLED = 300
CORRECTED_COVERAGE = 0.93


def judged_rates() -> Iterator[Checked]:
    """Intervals of a corrected rate."""
    judge, truth = Judge(0.85, 0.97), 0.02
    seen = truth * judge.sensitivity + (1 - truth) * (1 - judge.specificity)
    for n in (50_000, 2_000):
        name = f"coverage_rogan_gladen_n{n}_2pct"
        rng, covered = seeded(name), []
        for _ in range(MANY):
            error = judge.estimate(rng)
            found = stats.rogan_gladen(
                int(rng.binomial(n, seen)),
                n,
                true_positives=round(error.sensitivity * error.positives),
                positives=error.positives,
                true_negatives=round(error.specificity * error.negatives),
                negatives=error.negatives,
            )
            covered.append(holds(found, truth))
        yield row(name, covered, at_least=CORRECTED_COVERAGE)


class Setting(NamedTuple):
    """5,000 judged prompts, 300 of them labelled in both arms, and a judge for each arm; one for both is calibrated once."""

    design: Design
    base: Judge
    candidate: Judge
    name: str


GOOD, EAGER, BLIND = Judge(0.85, 0.97), Judge(0.95, 0.9), Judge(0.5, 1.0)
SETTINGS = (
    Setting(Design(5000, 1, 0.2, 0.25), GOOD, GOOD, "20pct_to_25pct"),
    Setting(Design(5000, 1, 0.2, 0.25), GOOD, EAGER, "20pct_to_25pct_other_judge"),
    Setting(Design(5000, 1, 0.02, 0.03), GOOD, GOOD, "2pct_to_3pct"),
    Setting(Design(5000, 1, 0.002, 0.022), BLIND, BLIND, "0.2pct_to_2.2pct_half_seen"),
    Setting(Design(500, 10, 0.2, 0.25, icc=0.3), GOOD, GOOD, "20pct_to_25pct_users500"),
    Setting(Design(500, 10, 0.02, 0.03, icc=0.3), GOOD, GOOD, "2pct_to_3pct_users500"),
)


def judged_differences() -> Iterator[Checked]:
    """Intervals of a corrected difference, and equivalence where the margin is the true one."""
    for setting in SETTINGS:
        rng = seeded(setting.name)
        found = [
            corrected
            for _ in range(0, REPEATS, CHUNK)
            for arms in zip(*setting.design.draw(rng, CHUNK), strict=True)
            for corrected in [_corrected(rng, setting, *arms)]
        ]
        for position, method in enumerate(("ppi", "rogan_gladen_contrast")):
            contrasts, ps = zip(*(each[position] for each in found), strict=True)
            name = f"{method}_{setting.name}"
            covered = [holds(contrast, setting.design.difference) for contrast in contrasts]
            yield row(f"coverage_{name}", covered, at_least=CORRECTED_COVERAGE)
            called = np.array(ps) <= LEVEL
            yield row(f"equivalent_at_margin_{name}", called, at_most=with_error(REPEATS))


def _corrected(
    rng: np.random.Generator, setting: Setting, base: Mask, candidate: Mask
) -> tuple[tuple[stats.Contrast, float], tuple[stats.Contrast, float]]:
    """Contrast and p of equivalence, by prediction-powered inference and by Rogan and Gladen."""
    users, margin = setting.design.codes, setting.design.difference
    seen_base, seen_candidate = setting.base.see(rng, base), setting.candidate.see(rng, candidate)
    known = np.zeros(len(users), bool)
    known[rng.choice(len(users), LABELLED, replace=False)] = True
    human, judge = candidate.astype(float) - base, seen_candidate.astype(float) - seen_base
    mean = stats.prediction_powered_mean(
        human[known],
        judge[known],
        judge[~known],
        users=users[known],
        users_unlabelled=users[~known],
        cautious=True,
    )
    of_rare_errors = stats.shifted_equivalence(
        human[known] - mean.tuning * judge[known],
        users[known],
        margin=margin,
        shift=mean.tuning * float(judge[~known].mean()),
    )
    base_error, candidate_error = setting.base.estimate(rng), setting.candidate.estimate(rng)
    undone = stats.rogan_gladen_contrast(
        seen_base,
        seen_candidate,
        base_error=base_error,
        candidate_error=base_error if setting.candidate == setting.base else candidate_error,
        users=users,
    ).contrast
    # The comparison takes the less convincing of the two.
    p_powered = max(_p_equivalence(mean.contrast, margin), of_rare_errors)
    return (mean.contrast, p_powered), (undone, _p_equivalence(undone, margin))


def _p_equivalence(contrast: stats.Contrast, margin: float) -> float:
    return max(contrast.p_below(margin), contrast.p_above(-margin))
