"""What people would have said, behind a judge that errs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from benchmarks._calibration.rows import (
    CHUNK,
    FALSE_POSITIVES,
    LEVEL,
    MANY,
    REPEATS,
    holds,
    row,
    with_error,
)
from benchmarks._simulated import Codes, Design, Floats, Judge, Mask, seeded
from benchmarks.harness import Checked
from logminer import stats
from logminer.compare.correction import Calibration
from logminer.compare.effect import effect
from logminer.compare.options import Margin
from logminer.labels.drawing import SHARES, allocate

LABELLED = 300
DECIDED = 2_000
CORRECTED_COVERAGE = 0.93
KEY = "c", "response"
KEYS = {"category_id": KEY[0], "channel": KEY[1]}
ZIPF = tuple(max(1, round(480 / (1 + user))) for user in range(300))


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
        widths = [[contrast.high - contrast.low for contrast, _ in each[:2]] for each in found]
        ratios = [own / earlier for own, earlier in widths]
        yield row(f"width_over_ppi_{setting.name}", ratios, at_most=1.0)
        for position, method in ((0, "poststratified"), (2, "rogan_gladen_contrast")):
            contrasts, ps = zip(*(each[position] for each in found), strict=True)
            name = f"{method}_{setting.name}"
            covered = [holds(contrast, setting.design.difference) for contrast in contrasts]
            yield row(f"coverage_{name}", covered, at_least=CORRECTED_COVERAGE)
            called = np.array(ps) <= LEVEL
            yield row(f"equivalent_at_margin_{name}", called, at_most=with_error(REPEATS))


def _corrected(
    rng: np.random.Generator, setting: Setting, base: Mask, candidate: Mask
) -> list[tuple[stats.Contrast, float]]:
    """Contrast and p of equivalence: by the strata of the judge, by plain prediction-powered inference, by Rogan and Gladen."""
    users, margin = setting.design.codes, setting.design.difference
    seen_base, seen_candidate = setting.base.see(rng, base), setting.candidate.see(rng, candidate)
    known = np.sort(rng.choice(len(users), LABELLED, replace=False))
    corrected = _calibration(known, np.ones(LABELLED), base, candidate, seen_base, seen_candidate)
    found = effect(seen_base.astype(float), seen_candidate.astype(float), users, 1 - LEVEL)
    decided = corrected.correct(KEYS, np.arange(len(users)), found, LEVEL)
    assert decided is not None
    assert decided.estimate is not None
    own = decided.estimate.contrast(1.0).contrast, decided.p_equivalence(Margin(absolute=margin))
    human, judge = candidate.astype(float) - base, seen_candidate.astype(float) - seen_base
    rest = np.ones(len(users), bool)
    rest[known] = False
    plain = stats.prediction_powered_mean(
        human[known],
        judge[known],
        judge[rest],
        users=users[known],
        users_unlabelled=users[rest],
        cautious=True,
    ).contrast
    base_error, candidate_error = setting.base.estimate(rng), setting.candidate.estimate(rng)
    undone = stats.rogan_gladen_contrast(
        seen_base,
        seen_candidate,
        base_error=base_error,
        candidate_error=base_error if setting.candidate == setting.base else candidate_error,
        users=users,
    ).contrast
    return [own, (plain, _p_equivalence(plain, margin)), (undone, _p_equivalence(undone, margin))]


def _p_equivalence(contrast: stats.Contrast, margin: float) -> float:
    return max(contrast.p_below(margin), contrast.p_above(-margin))


def _calibration(
    known: Codes, weights: Floats, base: Mask, candidate: Mask, seen: Mask, seen_candidate: Mask
) -> Calibration:
    """People labelled both arms' answers to prompts `known`."""
    arms = (base, candidate, seen, seen_candidate)
    pairs = stats.LabelledPairs(known, weights, *(arm[known].astype(float) for arm in arms))
    return Calibration({KEY: pairs}, {KEY: {}}, "a", "b")


class Same(NamedTuple):
    """People see the same share in both arms; how well the judge does differs between them.

    `sizes` are prompts by user, whose rates have intraclass correlation `icc`; `drawn` as by `logminer label`, more of
    what the judge flags, or at random.
    """

    name: str
    sizes: tuple[int, ...]
    labelled: int
    base: Judge
    candidate: Judge
    share: float = 0.05
    agree: float = 0.975
    icc: float = 0.0
    drawn: bool = False


PLAIN, ALARMS, SOME = Judge(0.9, 0.99), Judge(0.9, 0.97), Judge(0.9, 0.98)
ALONE = (1,) * 3000
SAMES = (
    *(Same(f"3000_{n}labels", ALONE, n, PLAIN, ALARMS) for n in (30, 100, 200, 400)),
    Same("10000_200labels", (1,) * 10_000, 200, PLAIN, SOME),
    Same("3000_200labels_same_judge", ALONE, 200, SOME, SOME),
    Same("3000_200labels_drawn", ALONE, 200, PLAIN, ALARMS, drawn=True),
    Same("3000_200labels_30pct", ALONE, 200, PLAIN, Judge(0.9, 0.9), 0.3, 0.7),
    Same("3000_200labels_30pct_drawn", ALONE, 200, PLAIN, Judge(0.9, 0.9), 0.3, 0.7, drawn=True),
    Same("3000_200labels_1pct", ALONE, 200, Judge(0.6, 0.998), Judge(0.6, 0.99), 0.01),
    Same("300x10_200labels_30pct", (10,) * 300, 200, PLAIN, Judge(0.9, 0.9), 0.3, 0.5, 0.2),
    Same("12x250_200labels_30pct", (250,) * 12, 200, PLAIN, Judge(0.9, 0.9), 0.3, 0.5, 0.2),
    Same("zipf300_200labels_30pct", ZIPF, 200, PLAIN, Judge(0.9, 0.9), 0.3, 0.5, 0.2),
    Same(
        "one_with_half_200labels_30pct",
        (1500, *ALONE[:1500]),
        200,
        PLAIN,
        Judge(0.9, 0.9),
        0.3,
        0.5,
        0.2,
    ),
)


def decided_by_people() -> Iterator[Checked]:
    """Verdicts once people labelled some prompts of two checkpoints that do not differ, but on the judge's scale."""
    for same in SAMES:
        rng, users = seeded(same.name), np.repeat(np.arange(len(same.sizes)), same.sizes)
        called, covered, raw = [], [], []
        for _ in range(DECIDED):
            arms = _alike(rng, same, users)
            seen = [
                j.see(rng, arm) for j, arm in zip((same.base, same.candidate), arms, strict=True)
            ]
            known, weights = _draw(rng, same, *seen)
            found = effect(seen[0].astype(float), seen[1].astype(float), users, 1 - LEVEL)
            corrected = _calibration(known, weights, *arms, *seen).correct(
                KEYS, np.arange(len(users)), found, LEVEL
            )
            assert corrected is not None
            called.append(corrected.p <= LEVEL)
            covered.append(holds(corrected.interval(1 - LEVEL), 0.0))
            raw.append(found.p <= LEVEL)
        yield row(f"false_verdicts_of_judge_{same.name}", raw)
        yield row(f"false_verdicts_of_people_{same.name}", called, at_most=FALSE_POSITIVES)
        yield row(f"coverage_of_people_{same.name}", covered, at_least=CORRECTED_COVERAGE)


def _alike(rng: np.random.Generator, same: Same, users: Codes) -> list[Mask]:
    """What people see: `agree` of the prompts are answered alike, the others by a rate that the user has for each arm."""
    size = 1 / same.icc - 1 if same.icc else math.inf

    def rates() -> Floats:
        if same.icc == 0:
            return np.full(len(users), same.share)
        drawn = rng.beta(same.share * size, (1 - same.share) * size, len(same.sizes))
        return np.asarray(drawn[users])

    base, own = (rng.random(len(users)) < rates() for _ in range(2))
    return [base, np.where(rng.random(len(users)) < same.agree, base, own)]


def _draw(
    rng: np.random.Generator, same: Same, base: Mask, candidate: Mask
) -> tuple[Codes, Floats]:
    """Prompts that people label, and their weights."""
    n = len(base)
    if not same.drawn:
        return np.sort(rng.choice(n, same.labelled, replace=False)), np.ones(same.labelled)
    strata = dict(
        zip(SHARES, (~base & ~candidate, base ^ candidate, base & candidate), strict=True)
    )
    places = {name: np.flatnonzero(of) for name, of in strata.items()}
    taken = allocate({name: len(of) for name, of in places.items()}, same.labelled)
    weights = np.zeros(n)
    for name, of in places.items():
        weights[rng.choice(of, taken[name], replace=False)] = len(of) / max(taken[name], 1)
    known = np.flatnonzero(weights)
    return known, weights[known]
