"""Everything that was looked at: any finding where nothing differs, power as it is printed, and what findings are worth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from benchmarks._calibration.rows import FALSE_POSITIVES, row
from benchmarks._simulated import seeded
from benchmarks.harness import Checked
from logminer import stats
from logminer.compare.members import Member
from logminer.compare.verdicts import FINDINGS, settle

STUDIES = 2_000
PROMPTS = 2_000
DISCORDANT = 0.1
LEAST_POWER, MOST_POWER = 0.78, 0.88
SELECTED_COVERAGE = 0.935
ALPHA = 0.05


class Counted(NamedTuple):
    """A difference as `compare` finds it of independent prompts with one sample each."""

    n: int
    base_only: int
    candidate_only: int

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """All four."""
        return 0, self.base_only, self.candidate_only, self.n - self.base_only - self.candidate_only

    @property
    def difference(self) -> float:
        """Candidate minus base."""
        return (self.candidate_only - self.base_only) / self.n

    @property
    def p(self) -> float:
        """McNemar's mid p."""
        return stats.paired_proportions(*self.counts).p_mcnemar_mid

    @property
    def standard_error(self) -> float:
        """Of the difference."""
        square = (self.base_only + self.candidate_only) / self.n
        return float(np.sqrt((square - self.difference**2) / self.n))

    def interval(self, confidence: float) -> stats.Interval:
        """Tango's."""
        return stats.paired_proportions(*self.counts, confidence=confidence).tango

    def minimum_detectable(self, level: float) -> float:
        """Connor's."""
        return _detectable(self.n, (self.base_only + self.candidate_only) / self.n, level)

    def smallest_margin(self, alpha: float) -> float:
        """By the normal approximation."""
        differing = max(self.base_only + self.candidate_only, 1)
        return stats.smallest_margin(self.n, differing / self.n, alpha=alpha)


def _detectable(n: int, discordant: float, level: float) -> float:
    return stats.minimum_detectable_difference(n, discordant, alpha=level)


def _member(
    found: Counted, pair: int, category: str | int, stratum: str = "all", *, primary: bool = True
) -> Member:
    """One comparison before everything that was looked at is settled; a number for a category is a cluster."""
    kind = "cluster" if isinstance(category, int) else "category"
    return Member(
        {
            "base": "base",
            "candidate": f"candidate{pair}",
            "kind": kind,
            f"{kind}_id": category,
            "channel": "response",
            "role": "primary" if primary else "secondary",
            "scale": "judge",
            "p": found.p,
            "difference": found.difference,
            **dict(zip(("low", "high"), found.interval(0.95), strict=True)),
        },
        [stratum],
        found,
    )


def _drawn(
    rng: np.random.Generator, difference: float, times: int, n: int = PROMPTS
) -> list[Counted]:
    shares = [(DISCORDANT - difference) / 2, (DISCORDANT + difference) / 2, 1 - DISCORDANT]
    return [
        Counted(n, lost, gained) for lost, gained, _ in rng.multinomial(n, shares, times).tolist()
    ]


def _found(members: Sequence[Member]) -> list[Member]:
    settle(members, {}, ALPHA)
    return [member for member in members if member.row.get("verdict") in FINDINGS]


def any_finding() -> Iterator[Checked]:
    """Studies in which nothing differs."""
    for pairs, scorers, clusters in ((1, 1, 0), (1, 4, 30), (6, 4, 30)):
        name = f"aa_studies_with_a_finding_{pairs}_pairs_{scorers}_scorers_{clusters}_clusters"
        rng, found = seeded(name), []
        for _ in range(STUDIES if pairs == 1 else STUDIES // 4):
            members = [
                _member(each, pair, f"c{place // scorers}", primary=place % scorers == 0)
                for pair in range(pairs)
                for place, each in enumerate(_drawn(rng, 0.0, 10 * scorers))
            ]
            members += [
                _member(each, pair, place)
                for pair in range(pairs)
                for place, each in enumerate(_drawn(rng, 0.0, clusters))
            ]
            found.append(bool(_found(members)))
        yield row(name, found, at_most=FALSE_POSITIVES)


def power() -> Iterator[Checked]:
    """One comparison differs, by what is printed as detectable with 80 % power."""
    for categories, strata in ((1, 0), (24, 0), (24, 6)):
        level = stats.level_alone(categories, 1 + strata, q=0.8 * ALPHA)
        difference = _detectable(PROMPTS, DISCORDANT, level)
        name = f"power_at_detectable_{categories}_categories_{1 + strata}_rows_each"
        rng, found = seeded(name), []
        for _ in range(4 * STUDIES if categories == 1 else STUDIES // 2):
            members = []
            for category in range(categories):
                (whole,) = _drawn(rng, 0.0 if category else difference, 1)
                members.append(_member(whole, 0, f"c{category}"))
                members += [
                    _member(part, 0, f"c{category}", f"s{stratum}")
                    for stratum, part in enumerate(_parts(rng, whole, strata))
                ]
            found.append(any(member is members[0] for member in _found(members)))
        yield row(f"{name}_least", found, at_least=LEAST_POWER)
        yield row(f"{name}_most", found, at_most=MOST_POWER)


def _parts(rng: np.random.Generator, whole: Counted, strata: int) -> Iterator[Counted]:
    """The same prompts by strata of about equal size."""
    if not strata:
        return
    shares = np.full(strata, 1 / strata)
    lost, gained, rest = (rng.multinomial(count, shares).tolist() for count in whole.counts[1:])
    for one, other, neither in zip(lost, gained, rest, strict=True):
        yield Counted(one + other + neither, one, other)


def winners_curse() -> Iterator[Checked]:
    """6 of 24 categories differ by 1 point."""
    truth = np.where(np.arange(24) < 6, 0.01, 0.0)
    rng = seeded("winners_curse")
    missed, printed, raw, shrunken = [], [], [], []
    for _ in range(STUDIES // 2):
        drawn = [_drawn(rng, difference, 1)[0] for difference in truth.tolist()]
        members = [_member(each, 0, f"c{place:02}") for place, each in enumerate(drawn)]
        wrong = wrong_plain = 0
        found = _found(members)
        for member in found:
            true, of = float(truth[int(member.row["category_id"][1:])]), member.row
            wrong += not of["low_selected"] <= true <= of["high_selected"]
            wrong_plain += not of["low"] <= true <= of["high"]
            if true:
                raw.append(of["difference"] / true)
                shrunken.append(of["difference_shrunken"] / true)
        missed.append(1 - wrong / max(len(found), 1))
        if found:
            printed.append(1 - wrong_plain / len(found))
    yield row("selected_intervals_coverage", missed, at_least=SELECTED_COVERAGE)
    yield row("selected_studies_plain_interval_coverage", printed)
    yield row("found_difference_over_truth", raw)._replace(unit="×")
    yield row("found_difference_shrunken_over_truth", shrunken)._replace(unit="×")
