"""Whether what a board says of stages and of everything together keeps its promises, on studies whose truth is known.

Chains of checkpoints whose stages brought known shares, and boards on which one behaviour lies just at its margin. The
limits are absolute and the numbers are drawn from fixed seeds, one for each row.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from benchmarks._calibration.rows import COVERAGE, FALSE_POSITIVES, LEVEL, row
from benchmarks._simulated import Codes, Floats, seeded
from benchmarks.harness import Checked, report_limits
from logminer import stats
from logminer.board.headline import headline
from logminer.schemas.board import BOARD

REPEATS = 2_000
CLAIMED = 0.06
POWER = 0.8
MARGIN = 0.05

# Prompts of each unit.
LAYOUTS: dict[str, list[int]] = {
    "300_of_1": [1] * 300,
    "12_of_20": [20] * 12,
    "25_of_10": [10] * 25,
    "one_has_half": [150] + [1] * 150,
    "zipf_100": np.maximum(1, 200 / np.arange(1, 101) ** 1.2).astype(int).tolist(),
}
# The same of the suites of a board, and how frequent its behaviours are.
SUITES = (
    [10] * 400,
    [1] * 2500,
    np.maximum(1, 120 / np.arange(1, 1501) ** 0.8).astype(int).tolist(),
)
BASES = (0.2, 0.1, 0.05)
# Rates of the stages; the share that is asked for is that of the first step.
CHAINS: dict[str, tuple[float, ...]] = {
    "75pct": (0.4, 0.25, 0.2),
    "93pct": (0.4, 0.19, 0.175),
    "none": (0.4, 0.4, 0.2),
    "all": (0.4, 0.2, 0.2),
    "minus_50pct": (0.3, 0.35, 0.2),
    "rare_75pct": (0.06, 0.03, 0.02),
    "of_four_stages": (0.4, 0.3, 0.25, 0.2),
    "of_little": (0.3, 0.35, 0.28),
}


class Chain(NamedTuple):
    """Yes/no answers of stages; a prompt is answered as by the stage before with chance `agree`.

    Each unit has rates of its own about those of the stages (beta), whose answers correlate by `icc`.
    """

    sizes: list[int]
    rates: tuple[float, ...]
    agree: float = 0.3
    samples: int = 1

    @property
    def units(self) -> Codes:
        """The unit of each prompt."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes)

    def draw(self, rng: np.random.Generator) -> list[Floats]:
        """The rate of each prompt, by stage."""
        units, icc = self.units, 0.1 if max(self.sizes) > 1 else 0.001
        answers: list[Floats] = []
        for i, rate in enumerate(self.rates):
            own, size = rate, 1 / icc - 1
            if i:
                own = self.rates[i - 1] + (rate - self.rates[i - 1]) / (1 - self.agree)
                size = (1 - self.agree) / icc - 1
            of_units = rng.beta(own * size, (1 - own) * size, len(self.sizes))
            seen = rng.binomial(self.samples, of_units[units]) / self.samples
            if i:
                seen = np.where(rng.random(len(units)) < self.agree, answers[-1], seen)
            answers.append(seen)
        return answers


def main() -> None:
    """All limits are to be met; rows without one are shown."""
    report_limits("board", [*shares(), *nothing(), *headlines()])


def shares() -> Iterator[Checked]:
    """Fieller sets of the first step: how often they hold its share, and how often there is nothing to attribute."""
    for layout, sizes in LAYOUTS.items():
        for name, rates in CHAINS.items():
            yield from _share(f"{layout}_{name}", Chain(sizes, rates))
    yield from _share("25_of_10_75pct_samples_5", Chain([10] * 25, CHAINS["75pct"], samples=5))
    # Of few changes nearly all in one step: the others may have gone unseen.
    for rates in ((0.1, 0.006, 0.001), (0.2, 0.01, 0.003)):
        step = 100 * (rates[0] - rates[1]) / (rates[0] - rates[2])
        yield from _share(f"300_of_1_nearly_{step:.0f}pct", Chain([1] * 300, rates, agree=0.04))


def _share(name: str, chain: Chain) -> Iterator[Checked]:
    first, second, *_, last = chain.rates
    true = (second - first) / (last - first)
    found = list(_found(f"share_{name}", chain))
    covered = [
        one.share is None or (one.low or 0) - 1e-9 <= true <= (one.high or 0) + 1e-9
        for one in found
    ]
    yield row(f"coverage_{name}", covered, at_least=COVERAGE)
    yield row(f"nothing_to_attribute_{name}", [one.share is None for one in found])


def nothing() -> Iterator[Checked]:
    """Chains that come back to where they began: any bounded set is wrong."""
    for layout, sizes in LAYOUTS.items():
        name = f"attributed_of_no_change_{layout}"
        found = _found(name, Chain(sizes, (0.2, 0.3, 0.2)))
        yield row(name, [one.share is not None for one in found], at_most=FALSE_POSITIVES)


def _found(name: str, chain: Chain) -> Iterator[stats.ChangeShare]:
    rng, units = seeded(name), chain.units
    for _ in range(REPEATS):
        answers = chain.draw(rng)
        yield stats.share_of_change(answers[1] - answers[0], answers[-1] - answers[0], units)


def headlines() -> Iterator[Checked]:
    """Boards of three suites, of users and of prompts each of its own: how often it is claimed that all is within 5 points.

    With units enough to see it where nothing differs: else the claim is not made, and never wrong.
    """
    for behaviours in (5, 8, 12):
        name = f"claimed_{behaviours}_behaviours_one_at_margin"
        yield row(name, list(_claims(name, [MARGIN, *[0.0] * (behaviours - 1)])), at_most=CLAIMED)
        name = f"power_{behaviours}_behaviours_none_differs"
        yield row(name, list(_claims(name, [0.0] * behaviours)), at_least=POWER)
    name = "claimed_8_behaviours_one_at_margin_others_1pct"
    yield row(name, list(_claims(name, [MARGIN, *[0.01] * 7])), at_most=CLAIMED)


def _claims(name: str, differences: list[float]) -> Iterator[bool]:
    """The first behaviour is in one suite after the other, of one frequency after the other."""
    rng = seeded(name)
    for repeat in range(REPEATS):
        rows: list[dict[str, Any]] = []
        for i, difference in enumerate(differences):
            sizes = SUITES[(i + repeat) % len(SUITES)]
            base = BASES[(i + repeat // len(SUITES)) % len(BASES)]
            chain = Chain(sizes, (base, base + difference), agree=0.6)
            rows.append(_compared(chain, chain.draw(rng)))
            if not _claimed(rows):
                break  # whatever the others show
        yield _claimed(rows)


def _claimed(rows: list[dict[str, Any]]) -> bool:
    return headline(("a", "b"), rows, (), LEVEL).claimed


def _compared(chain: Chain, arms: list[Floats]) -> dict[str, Any]:
    """A row of the board, of a primary scorer that is taken at its word."""
    found = stats.paired_evidence(arms[0], arms[1], chain.units)
    low, high = found.interval(1 - LEVEL)
    return dict.fromkeys(BOARD.schema.names) | {
        "role": "primary",
        "scale": "judge",
        "difference": found.difference,
        "low": low,
        "high": high,
        "margin": MARGIN,
        "p_equivalence": found.p_equivalence(MARGIN),
        "verdict": "different" if found.p <= LEVEL else "undetermined",
    }


if __name__ == "__main__":
    main()
