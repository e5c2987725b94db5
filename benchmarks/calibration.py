"""Are the statistics calibrated? Each is applied to simulated data whose truth is known.

Yes/no answers have users whose rates vary from checkpoint to checkpoint, see `Design`: by default half of the prompts
are answered alike by both, and clustered data have 10 prompts a user and differences that correlate .3 within a user.
In an A/A both checkpoints have the same rates. Judged data add a judge who errs on each answer by itself. Families of
hypotheses are categories with five strata of unequal size, whose counts also add up to a sixth member. The whole
comparison judges A/A studies of 20 categories in four strata on 400 prompts, through `compare`.

A limit is for the measured value, whose standard error stands beside it; "3 s.e." in a limit are those of a share of
5 % (of the measured value for discovery rates). Rows without a limit show what the others are to be compared with.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np
from scipy import special

from benchmarks._simulated import Codes, Design, Floats, Judge, Mask, seeded, study_tables
from benchmarks.harness import Checked, report_limits
from logminer import stats
from logminer.compare.comparing import compare
from logminer.compare.options import CompareOptions
from logminer.store.publication import publish

T = TypeVar("T")

MANY = 10_000
REPEATS = 4_000
LABELLED = 300
SWAPS = 1_000
STUDIES = 150
CHUNK = 250  # repetitions drawn at once, which bounds memory; divides the numbers above that are drawn so
LEVEL = 0.05
FALSE_POSITIVES = 0.065
COVERAGE = 0.935
CORRECTED_COVERAGE = 0.93


def row(
    name: str, values: Any, *, at_most: float | None = None, at_least: float | None = None
) -> Checked:
    """The mean of what the repetitions gave, one value each, against a limit."""
    each = np.asarray(values, np.float64)
    value, se = float(each.mean()), float(each.std() / math.sqrt(len(each)))
    side: Literal["at_most", "at_least"] | None = None
    limit = met = ratio = None
    if at_most is not None:
        side, limit, met = "at_most", at_most, value <= at_most
    elif at_least is not None:
        side, limit, met = "at_least", at_least, value >= at_least
    if limit is not None:
        ratio = value / limit
    return Checked(name, value, "share", se, len(each), limit, side, ratio, met)


def with_error(repeats: int) -> float:
    """5 % and the three standard errors by which the measured share may be above it by chance."""
    return LEVEL + 3 * math.sqrt(LEVEL * (1 - LEVEL) / repeats)


def of_counts(function: Callable[..., T], counts: Codes) -> list[T]:
    """`function` of each row of whole counts, computed once for equal rows."""
    distinct, places = np.unique(counts, axis=0, return_inverse=True)
    found = [function(*row) for row in distinct.tolist()]
    return [found[place] for place in places.reshape(-1).tolist()]


def of_differences(name: str, design: Design, function: Callable[[Floats, Codes], T]) -> list[T]:
    """`function(differences, users)` of each repetition."""
    rng, codes, found = seeded(name), design.codes, []
    for _ in range(0, REPEATS, CHUNK):
        base, candidate = design.draw(rng, CHUNK)
        found += [function(d, codes) for d in candidate.astype(np.float64) - base]
    return found


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

    def ps(differences: Floats, users: Codes) -> tuple[float, float, float]:
        clustered = stats.clustered_mean(differences, users)
        ignored = stats.clustered_mean(differences, np.arange(len(users)))
        return clustered.p, clustered.p_sign_flip or 0.0, ignored.p

    for design in (
        Design(200, 10, 0.3, 0.3, icc=0.3),
        Design(60, 10, 0.3, 0.3, icc=0.3),
        Design(200, 10, 0.02, 0.02, icc=0.3),
        Design(25, 10, 0.3, 0.3, icc=0.3),
        Design(12, 10, 0.3, 0.3, icc=0.3),
    ):
        name = f"aa_users{design.users}_{design.rates}"
        t, flips, ignored = np.array(of_differences(name, design, ps)).T
        if flips.any():
            yield row(f"{name}_sign_flip", flips <= LEVEL, at_most=FALSE_POSITIVES)
            yield row(f"{name}_t", t <= LEVEL)
        else:
            yield row(f"{name}_t", t <= LEVEL, at_most=FALSE_POSITIVES)
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
            covered = [_holds(getattr(each, method), design.difference) for each in found]
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
        found_means = of_differences(name, design, stats.clustered_mean)
        covered = [_holds(each.tango, design.difference) for each in found_means]
        yield row(name, covered, at_least=COVERAGE)
        symmetric = [_holds(each, design.difference) for each in found_means]
        yield row(f"{name}_t", symmetric)


def _holds(interval: Any, truth: float) -> bool:
    """Whether the truth lies between `low` and `high`."""
    return bool(interval.low <= truth <= interval.high)


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

        def clustered(differences: Floats, users: Codes, margin: float = design.difference) -> bool:
            return stats.clustered_equivalence(differences, users, margin=margin).p <= LEVEL

        yield row(name, of_differences(name, design, clustered), at_most=with_error(REPEATS))


def multiplicity() -> Iterator[Checked]:
    """20 families of five strata and their sum; in a quarter of the families two strata are shifted."""
    families, sizes = 20, np.array([60, 60, 40, 30, 20])  # discordant prompts
    chances = np.full((families, 5), 0.5)
    chances[: families // 4, :2] = 0.7
    gained = seeded("multiplicity").binomial(sizes, chances, (REPEATS, families, 5))
    arms = [
        np.concatenate([arm, arm.sum(axis=2, keepdims=True)], axis=2)
        for arm in (sizes - gained, gained)
    ]
    shifted = chances != 0.5
    shifted = np.concatenate([shifted, shifted.any(axis=1, keepdims=True)], axis=1)

    def mid_p(lost: int, gained: int) -> float:
        return stats.paired_proportions(0, lost, gained, 0).p_mcnemar_mid

    counts = np.stack(arms, axis=-1)
    ps = np.array(of_counts(mid_p, counts.reshape(-1, 2))).reshape(counts.shape[:-1])
    tree: list[float] = []
    plain: list[float] = []
    found = []
    for p in ps:
        chosen = stats.tree_bh({str(i): members for i, members in enumerate(p.tolist())})
        rejected = np.array(list(chosen.values()))
        shares = [_false_share(r, s) for r, s in zip(rejected, shifted, strict=True) if r.any()]
        tree.append(float(np.mean(shares)) if shares else 0.0)
        found.append(rejected[shifted].mean())
        plain.append(_false_share(stats.benjamini_hochberg(p.ravel()).rejected, shifted.ravel()))
    for name, values in (
        ("fdr_tree_bh_over_selected_families", tree),
        ("fdr_benjamini_hochberg", plain),
    ):
        error = 3 * float(np.std(values)) / math.sqrt(REPEATS)
        yield row(name, values, at_most=LEVEL + error)
    yield row("tree_bh_finds_true_shifts", found)


def _false_share(rejected: Mask, shifted: Mask) -> float:
    """False findings among all, 0 where there are none."""
    return float((rejected & ~shifted).sum() / max(rejected.sum(), 1))


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
            covered.append(_holds(found, truth))
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
            covered = [_holds(contrast, setting.design.difference) for contrast in contrasts]
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


def whole_comparisons() -> Iterator[Checked]:
    """A/A studies as pairs of checkpoints of one database: each pair is compared and adjusted by itself."""
    for name, design in (
        ("aa_compare_independent_20pct", Design(400, 1, 0.2, 0.2)),
        ("aa_compare_users100_20pct", Design(100, 4, 0.2, 0.2, icc=0.3)),
        ("aa_compare_users40_3pct", Design(40, 10, 0.03, 0.03, icc=0.3)),
    ):
        base, candidate = design.draw(seeded(name), STUDIES * 20)
        pairs = [(f"a{number}", f"b{number}") for number in range(STUDIES)]
        with TemporaryDirectory() as folder, publish(Path(folder), []) as publication:
            for table, rows in study_tables(design, base, candidate, STUDIES):
                publication.replace(table, rows)
            options = CompareOptions(strata=("stratum",))
            found = compare(publication, options, pairs).comparisons
        # A study's rows hang together, so each study is one repetition.
        order = np.argsort(np.asarray(found["base"]), kind="stable")
        called = np.isin(np.asarray(found["verdict"]), ("worse", "better"))[order]
        below = (np.asarray(found["p"]) <= LEVEL)[order]
        called, below = called.reshape(STUDIES, -1), below.reshape(STUDIES, -1)
        limit = with_error(STUDIES)
        yield row(f"{name}_studies_with_a_finding", called.any(axis=1), at_most=limit)
        yield row(f"{name}_rows_called", called.mean(axis=1))
        yield row(f"{name}_rows_with_p_below_5pct", below.mean(axis=1))


def main() -> None:
    started = time.process_time()
    rows = [
        *false_positives(),
        *coverage(),
        *equivalence(),
        *multiplicity(),
        *anytime(),
        *judged_rates(),
        *judged_differences(),
        *two_samples(),
        *whole_comparisons(),
    ]
    report_limits("calibration", rows)
    sys.stdout.write(f"{time.process_time() - started:.0f} s of processor time\n")
