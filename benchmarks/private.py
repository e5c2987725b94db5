"""Does a differentially private release keep what it promises, and do its figures hold the noise?

Noise: its error against theory, and what an attacker who knows everybody but one person learns of that person, as the largest
logarithm of a ratio of chances that draws prove (95 %, allowing for all events that were looked at). Intervals: how often they
hold the truth of the people that a study's were drawn from. Verdicts: through the tables of whole releases of 8 behaviours, how
often one arm is told apart from itself, and how often a difference of the margin is called equivalent. Rows without a limit are
widths: half of the interval of a difference where 3 % of the people see the behaviour of one arm alone, for each arm, in a release
of 20 behaviours of one pair.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from scipy import stats as distributions

import logminer.stats as stats
from benchmarks._calibration.rows import COVERAGE, holds, row, with_error
from benchmarks._simulated import seeded
from benchmarks.harness import Checked, report_limits
from logminer.compare.options import Margin
from logminer.pipeline.releasing import PrivacyOptions
from logminer.release.cells import Counts
from logminer.release.drawn import Drawn, JudgedAs
from logminer.release.facts import DeclaredBehaviour, StudyFacts
from logminer.release.noise import noisy_counts, threshold
from logminer.release.noisy import noisy_tables
from logminer.release.tables import DrawnStudy

DRAWS = 100_000
REPEATS = 2_000
RELEASES = 200
BEHAVIOURS = 8
PEOPLE = 4_000
MARGIN = 0.03
SURE = 0.05
EVENTS = range(-2, 6)
# Of the people: both arms, only the base, only the candidate.
SHARES = {"never": (0, 0, 0), "rare": (0.01, 0.005, 0.005), "apart": (0.05, 0.01, 0.06), "often": (0.4, 0.1, 0.1)}  # fmt: skip


def main() -> None:
    started = time.process_time()
    rows = [*noise(), *lone_people(), *empirical(), *coverage(), *verdicts(), *widths()]
    report_limits("private", rows)
    sys.stdout.write(f"{time.process_time() - started:.0f} s of processor time\n")


def noise() -> Iterator[Checked]:
    """Mean absolute error and the share of errors beyond the 95 % point of theory, each as a ratio to what theory says, less 1."""
    for epsilon, contribution in ((1.0, 1), (0.5, 1), (1.0, 20)):
        error = np.abs(noisy_counts(np.zeros(DRAWS, np.int64), epsilon, contribution))
        decay = math.exp(-epsilon / contribution)
        mean = 2 * decay / (1 - decay**2)
        most = next(k for k in range(10_000) if 2 * decay ** (k + 1) / (1 + decay) <= SURE)
        beyond = 2 * decay ** (most + 1) / (1 + decay)
        named = f"eps_{epsilon:g}_contribution_{contribution}"
        yield _off(f"mean_absolute_error_off_theory_{named}", error / mean)
        yield _off(f"errors_beyond_{most}_off_theory_{named}", (error > most) / beyond)


def lone_people() -> Iterator[Checked]:
    """Of cells of one person each, how many are told."""
    for epsilon, delta in ((2.0, 1e-3), (1.0, 1e-2)):
        least = threshold(epsilon, delta)
        told = noisy_counts(np.ones(DRAWS, np.int64), epsilon, 1) >= least
        limit = delta + 3 * math.sqrt(delta / DRAWS)
        yield row(f"lone_people_told_eps_{epsilon:g}_delta_{delta:g}", told, at_most=limit)


def empirical() -> Iterator[Checked]:
    """Epsilon as draws prove it, on data with a person and without: no more than stated, and so near it that none is wasted."""
    for epsilon, contribution in ((0.5, 1), (1.0, 1), (1.0, 3), (2.0, 3)):
        counts = np.zeros((DRAWS, contribution), np.int64)
        without = _least(noisy_counts(counts.reshape(-1), epsilon, contribution), contribution)
        with_one = _least(noisy_counts(counts.reshape(-1) + 1, epsilon, contribution), contribution)
        level = SURE / len(EVENTS)
        proven = [
            math.log(
                distributions.beta.ppf(level / 2, a, DRAWS - a + 1)
                / distributions.beta.ppf(1 - level / 2, b + 1, DRAWS - b)
            )
            for t in EVENTS
            if (a := np.count_nonzero(with_one >= t)) and (b := np.count_nonzero(without >= t))
        ]
        name = f"epsilon_proven_of_{epsilon:g}_contribution_{contribution}"
        value = max(proven)
        ratio = value / epsilon
        yield Checked(name, value, "", 0.0, DRAWS, epsilon, "at_most", ratio, value <= epsilon)


def coverage() -> Iterator[Checked]:
    for n in (200, 2_000):
        for epsilon in (0.5, 2.0):
            for name, (both, lost, gained) in SHARES.items():
                rng = seeded(f"private {n} {epsilon} {name}")
                shares = both, lost, gained, 1 - both - lost - gained
                counts = rng.multinomial(n, shares, REPEATS) + _noise(rng, epsilon, REPEATS)
                differences, rates = [], []
                for cells in counts.tolist():
                    found = stats.noisy_difference(*cells, epsilon=epsilon)
                    differences.append(holds(found.interval, gained - lost))
                    yes = cells[0] + cells[2]
                    rate = stats.noisy_rate(
                        yes, sum(cells), epsilon=epsilon, counts_yes=2, counts_no=2
                    )
                    rates.append(holds(rate.interval, both + gained))
                named = f"n_{n}_eps_{epsilon:g}_{name}"
                yield row(f"difference_covered_{named}", differences, at_least=COVERAGE)
                yield row(f"rate_covered_{named}", rates, at_least=COVERAGE)


def verdicts() -> Iterator[Checked]:
    """Of whole releases: any arm told apart from itself; each behaviour that differs by the margin called equivalent."""
    for epsilon, contribution in ((1.0, 1), (1.0, BEHAVIOURS), (0.5, BEHAVIOURS)):
        privacy = PrivacyOptions(epsilon=epsilon, contribution=contribution)
        named = f"eps_{epsilon:g}_contribution_{contribution}"
        for name in ("rare", "often"):
            rng = seeded(f"private verdicts {named} {name}")
            found = [_verdicts(rng, SHARES[name], privacy) for _ in range(RELEASES)]
            told = [any(v in ("worse", "better") for v in said) for said in found]
            yield row(f"any_false_difference_{named}_{name}", told, at_most=with_error(RELEASES))
        both, lost, gained = 0.05, 0.01, 0.01 + MARGIN
        found = [_verdicts(rng, (both, lost, gained), privacy) for _ in range(RELEASES)]
        within = ("equivalent", "different within margin")
        false = np.mean([[v in within for v in said] for said in found], axis=1)
        yield row(f"false_equivalence_{named}", false, at_most=with_error(RELEASES))
        found = [_verdicts(rng, SHARES["rare"], privacy) for _ in range(RELEASES)]
        right = np.mean([[v in within for v in said] for said in found], axis=1)
        yield row(f"equivalence_found_{named}", right)


def widths() -> Iterator[Checked]:
    for people in (1_000, 10_000, 50_000):
        for epsilon in (0.5, 1.0, 2.0):
            for contribution in (1, 20):
                n = people * contribution // 20
                alone = round(0.03 * n)
                cells = round(0.02 * n), alone, alone, n - 2 * alone - round(0.02 * n)
                low, high = stats.noisy_difference(*cells, epsilon=epsilon / contribution).interval
                name = f"half_width_{people}_people_eps_{epsilon:g}_contribution_{contribution}"
                yield Checked(name, (high - low) / 2, "", 0.0, 1, None, None, None, None)


def _off(name: str, values: Any) -> Checked:
    """How far the mean of what is 1 by theory is from it; at most what chance does."""
    off = row(name, values)
    value = abs(off.value - 1)
    limit = 3 * off.se
    return off._replace(
        value=value, unit="", limit=limit, side="at_most", ratio=value / limit, met=value <= limit
    )


def _least(noisy: Counts, contribution: int) -> Counts:
    """Of the cells of a person the least: all of them reach what it reaches."""
    return np.asarray(noisy.reshape(-1, contribution).min(axis=1), np.int64)


def _noise(rng: np.random.Generator, epsilon: float, repeats: int) -> Counts:
    """As OpenDP draws it, but with a seed."""
    size, p = (repeats, 4), 1 - math.exp(-epsilon)
    return rng.geometric(p, size) - rng.geometric(p, size)


def _verdicts(
    rng: np.random.Generator, shares: Sequence[float], privacy: PrivacyOptions
) -> list[str | None]:
    """Of a release of people who see what the base does, and what the candidate does, in these shares."""
    measures = [JudgedAs(f"behaviour_{k}", "response", "people") for k in range(BEHAVIOURS)]
    labels = {}
    for measure in measures:
        what = rng.choice(4, PEOPLE, p=(*shares, 1 - sum(shares)))
        labels[measure] = {
            "base": np.isin(what, (0, 1)).astype(np.int8),
            "candidate": np.isin(what, (0, 2)).astype(np.int8),
        }
    users = tuple(rng.bytes(16) for _ in range(PEOPLE))
    pairs = (("base", "candidate"),)
    drawn = Drawn("logs", np.arange(PEOPLE), users, users, True, 0, pairs[0], pairs, {}, labels, {}, {}, {})  # fmt: skip
    names = [measure.category_id for measure in measures]
    facts = StudyFacts(
        behaviours={n: DeclaredBehaviour(n, None, n, None, None, "worse") for n in names},
        margins=dict.fromkeys(names, Margin(absolute=MARGIN)),
        late=(),
        seen=dict.fromkeys(measures, 1.0),
        cards=(),
        names={},
    )
    said: list[str | None] = noisy_tables([DrawnStudy(drawn, facts)], privacy)["verdicts"][
        "verdict"
    ].to_pylist()
    return said


if __name__ == "__main__":
    main()
