"""Paired answers of users who ask very unequally often, and of prompts that many send."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from benchmarks._calibration.rows import COVERAGE, FALSE_POSITIVES, LEVEL, holds, row
from benchmarks._simulated import Codes, Floats, seeded
from benchmarks.harness import Checked
from logminer import stats

REPEATS = 2_000
LONG = 500  # repetitions with 50,000 prompts
FALSE_EQUIVALENCE = 0.06
POWER = 0.8
TEMPLATE_ICC = 2.0  # answers to a template correlate so many times as much as those of a user

# fmt: off
# Prompts of the 948 users of a dump of 50,000 conversations, as (size, users).
RUNS = (
    (1, 432),
    (2, 108),
    (3, 70),
    (4, 42),
    (5, 58),
    (6, 44),
    (7, 25),
    (8, 17),
    (9, 9),
    (10, 9),
    (11, 5),
    (12, 7),
    (13, 5),
    (14, 1),
    (15, 4),
    (16, 6),
    (17, 2),
    (18, 3),
    (19, 3),
    (20, 2),
    (21, 2),
    (22, 3),
    (23, 3),
    (24, 3),
    (25, 2),
    (26, 3),
    (29, 1),
    (30, 3),
    (32, 4),
    (33, 1),
    (34, 1),
    (35, 2),
    (36, 1),
    (38, 1),
    (39, 1),
    (40, 2),
    (42, 1),
    (43, 1),
    (44, 1),
    (45, 1),
    (48, 2),
    (51, 1),
    (52, 1),
    (53, 1),
    (54, 1),
    (60, 1),
    (61, 2),
    (65, 1),
    (71, 1),
    (74, 1),
    (75, 1),
    (77, 2),
    (80, 1),
    (82, 1),
    (83, 1),
    (94, 1),
    (97, 1),
    (101, 1),
    (102, 1),
    (108, 1),
    (109, 1),
    (119, 1),
    (128, 1),
    (138, 1),
    (155, 1),
    (158, 1),
    (163, 1),
    (175, 1),
    (192, 1),
    (219, 1),
    (220, 1),
    (232, 1),
    (239, 1),
    (243, 1),
    (285, 1),
    (307, 1),
    (328, 1),
    (384, 1),
    (401, 1),
    (414, 1),
    (442, 1),
    (487, 1),
    (573, 1),
    (666, 1),
    (730, 1),
    (831, 1),
    (1064, 1),
    (1217, 1),
    (1369, 1),
    (1663, 1),
    (1995, 1),
    (2688, 1),
    (3430, 1),
    (4713, 1),
    (6802, 1),
    (11298, 1),
)
# fmt: on


class Layout(NamedTuple):
    """Who asked each prompt and, where prompts are shared, which group it is of."""

    name: str
    users: Codes
    groups: Codes | None = None


class Propensities(NamedTuple):
    """Users (and groups) have a rate for each checkpoint, drawn about `base` and `base` + `difference` (beta).

    With groups an answer follows the user's rate or the group's, as often one as the other. `alike`: a user's rates
    differ by just the difference, so that all users show the effect. With several `samples` an answer is a mean.
    """

    base: float
    icc: float
    difference: float = 0.0
    samples: int = 1
    alike: bool = False

    @property
    def name(self) -> str:
        """For names of rows."""
        shift = f"_plus_{100 * self.difference:g}pct" if self.difference else ""
        means = f"_samples_{self.samples}" if self.samples > 1 else ""
        return f"{100 * self.base:g}pct{shift}_icc_{self.icc:g}{means}"

    def draw(self, rng: np.random.Generator, layout: Layout) -> tuple[Floats, Floats]:
        """Rates of base and candidate on each prompt, as seen in the samples."""
        base, candidate = self._rates(rng, layout.users, self.icc)
        if layout.groups is not None:
            of_groups = self._rates(rng, layout.groups, TEMPLATE_ICC * self.icc)
            base, candidate = (base + of_groups[0]) / 2, (candidate + of_groups[1]) / 2
        seen = [rng.binomial(self.samples, rates) / self.samples for rates in (base, candidate)]
        return seen[0], seen[1]

    def _rates(self, rng: np.random.Generator, codes: Codes, icc: float) -> tuple[Floats, Floats]:
        count, size = int(codes.max()) + 1, 1 / icc - 1
        means = self.base, self.base + self.difference
        base, candidate = (rng.beta(m * size, (1 - m) * size, count) for m in means)
        if self.alike:
            candidate = np.clip(base + self.difference, 0, 1)
        return base[codes], candidate[codes]


def heavy_users() -> Iterator[Checked]:
    """No difference; a difference; and a difference that is the margin, of unequal users."""
    for layout in _layouts():
        yield from _errors(layout)
    yield from _errors(_of_sizes("12_users", [100] * 12))


def shared_prompts() -> Iterator[Checked]:
    """The same where half of all prompts are one template that 300 users send."""
    template, own = np.zeros(300, np.int64), 1 + np.arange(300)
    groups = np.concatenate([template, own])
    asked = np.arange(300)
    yield from _errors(Layout("template_and_own", np.concatenate([asked, asked]), groups))
    others = np.concatenate([asked, 300 + asked])
    yield from _errors(Layout("template_or_own", others, groups))
    ignored = Layout("template_ignored", others)
    rng = seeded(ignored.name)
    ps = []
    for _ in range(REPEATS):
        base, candidate = Propensities(0.2, 0.1).draw(rng, Layout("", others, groups))
        ps.append(stats.paired_difference(base, candidate, others).p)
    yield row(f"aa_{ignored.name}", np.array(ps) <= LEVEL)


def ten_points() -> Iterator[Checked]:
    """All users show a difference of ten points: is it called?"""
    for layout in (
        _of_sizes("200_users_of_10", [10] * 200),
        _of_sizes("12_users_of_100", [100] * 12),
        _of_sizes("20_users_of_200_and_1000_of_1", [200] * 20 + [1] * 1000),
    ):
        for case in (
            Propensities(0.2, 0.1, 0.1, alike=True),
            Propensities(0.3, 0.3, 0.1, alike=True),
        ):
            name = f"power_ten_points_{layout.name}_{case.name}"
            called = [found.p <= LEVEL for found in _found(name, layout, case, None)]
            yield row(name, called, at_least=POWER)


def _layouts() -> Iterator[Layout]:
    yield _of_sizes("200_of_10", [10] * 200)
    yield _of_sizes("one_has_half", [1000] + [1] * 1000)
    yield _of_sizes("three_of_500", [500] * 3 + [1] * 500)
    yield _of_sizes("zipf_300", np.maximum(1, 800 / np.arange(1, 301) ** 1.2).astype(int).tolist())
    yield _of_sizes("real_948", [size for size, users in RUNS for _ in range(users)])


def _of_sizes(name: str, sizes: list[int]) -> Layout:
    return Layout(name, np.repeat(np.arange(len(sizes)), sizes))


def _errors(layout: Layout) -> Iterator[Checked]:
    for case in (
        Propensities(0.2, 0.1),
        Propensities(0.02, 0.1),
        Propensities(0.2, 0.3, samples=4),
    ):
        name = f"aa_{layout.name}_{case.name}"
        wrong = [found.p <= LEVEL for found in _found(name, layout, case, None)]
        yield row(name, wrong, at_most=FALSE_POSITIVES)
    for case in (Propensities(0.2, 0.1, 0.05), Propensities(0.02, 0.1, 0.02)):
        found = list(_found(f"{layout.name}_{case.name}", layout, case, case.difference))
        covered = [holds(each, case.difference) for each in found]
        yield row(f"coverage_{layout.name}_{case.name}", covered, at_least=COVERAGE)
        wrong = [(each.p_equivalence or 0.0) <= LEVEL for each in found]
        yield row(
            f"equivalent_at_margin_{layout.name}_{case.name}", wrong, at_most=FALSE_EQUIVALENCE
        )


def _found(
    name: str, layout: Layout, case: Propensities, margin: float | None
) -> Iterator[stats.PairedDifference]:
    rng = seeded(name)
    for _ in range(LONG if len(layout.users) > 10_000 else REPEATS):
        base, candidate = case.draw(rng, layout)
        yield stats.paired_difference(
            base, candidate, layout.users, prompts=layout.groups, margin=margin
        )
