"""What a comparison could find at a size: the smallest difference, the smallest margin, and what fewer prompts lose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

import logminer.stats as stats
from logminer.compare.declared import deciding
from logminer.compare.options import CompareOptions
from logminer.compare.verdicts import ALPHA_SHARES
from logminer.planning.cost import ArmPlan
from logminer.planning.pilot import Disagreement, Pilot

__all__ = ["ICC", "Detectable", "Looked", "Smaller", "design_effect", "detectable", "smaller"]

ICC = 0.05  # assumed correlation of two prompts of one user, as to whether the checkpoints differ on them
RARE, COMMON = 0.02, 0.2  # shares of prompts on which checkpoints may differ
SHARES = (1.0, 0.5, 0.2, 0.1, 0.05, 0.02)
LEAST_PROMPTS = 100


class Looked(NamedTuple):
    """How much will be looked at: pairs, strata, and the categories that are judged with how many channels each has."""

    pairs: int
    strata: int
    channels: dict[str, int]

    def difference_level(self, alpha: float, category_id: str | None = None) -> float:
        """The p at which one comparison is found if it alone differs; without a category, of one in a single channel."""
        return self._level(ALPHA_SHARES["category"] * alpha, self.pairs, category_id)

    def equivalence_level(self, alpha: float, category_id: str | None = None) -> float:
        """The p at which one is equivalent if it alone of its pair is."""
        return self._level(alpha, 1, category_id)

    def _level(self, alpha: float, pairs: int, category_id: str | None) -> float:
        families = max(pairs * len(self.channels), 1)
        members = self.strata * self.channels.get(category_id or "", 1)
        return stats.level_alone(families, members, q=alpha)


class Detectable(NamedTuple):
    """What the comparison of one behaviour could find at the planned size, with 80 % power; shares in [0, 1].

    It is at the level at which the comparison on all prompts passes beside all others if it alone differs.
    Without a pilot the behaviour is null and `discordant` an assumption.
    """

    base: str | None
    candidate: str | None
    scorer: str | None
    category_id: str | None
    channel: str | None
    discordant: float  # of the prompts, those on which the arms differ, whichever way
    basis: str
    minimum_detectable: float
    smallest_margin: float  # within which equal checkpoints would be found equivalent
    margin: float | None  # declared for it
    differ: int | None  # prompts of the pilot on which the arms differed; null without one

    @property
    def is_too_narrow(self) -> bool:
        """Whether the declared margin asks for more prompts than there are."""
        return self.margin is not None and self.margin < self.smallest_margin


class Smaller(NamedTuple):
    """A smaller sample and what it loses: the differences that could be found where arms differ on 2 % or 20 % of prompts."""

    prompts: int
    input_tokens: int
    output_tokens: int
    seconds_high: float | None
    cost: float | None
    minimum_detectable_rare: float
    minimum_detectable_common: float


def design_effect(user_prompts: Sequence[int]) -> float:
    """Variance over that of independent prompts, where users ask unequally often; `ICC` is assumed.

    Source: Kish 1965, Survey Sampling, with the size-weighted mean of the cluster sizes.
    """
    sizes = np.asarray(user_prompts, np.float64)
    return float(1 + ((sizes**2).sum() / sizes.sum() - 1) * ICC) if sizes.sum() else 1.0


def detectable(
    options: CompareOptions,
    looked: Looked,
    prompts: int,
    effect: float,
    pilot: Pilot | None,
    primary: Mapping[str, Sequence[str]],
) -> list[Detectable]:
    """For each behaviour that the pilot judged on both arms of a pair; without a pilot, for two assumptions.

    Args:
        options: what is compared, and the margins.
        looked: how much is.
        prompts: that would be asked.
        effect: `design_effect`.
        pilot: None if there was none.
        primary: category → its scorers, the one that is to have the verdict first. Of those that judged in the pilot (which
            asks no autorater) the first speaks for the category.
    """
    if not prompts:
        return []
    if pilot is None or not pilot.disagreements:
        return [_at(options, looked, None, prompts, effect, d, "assumed") for d in (RARE, COMMON)]
    return [
        _at(
            options,
            looked,
            d.category_id,
            prompts,
            effect,
            # One more of each: none among 200 does not mean none.
            (d.n_discordant + 1) / (d.n_prompts + 2),
            f"pilot: {d.n_discordant} of {d.n_prompts}",
        )._replace(
            base=d.base,
            candidate=d.candidate,
            scorer=d.scorer,
            channel=d.channel,
            margin=margin.absolute if (margin := options.margins.get(d.category_id)) else None,
            differ=d.n_discordant,
        )
        for d in _deciding(pilot.disagreements, primary)
    ]


def _deciding(
    found: Sequence[Disagreement], primary: Mapping[str, Sequence[str]]
) -> Iterator[Disagreement]:
    """Those of one scorer for each pair, category and channel."""
    judged: dict[tuple[str, ...], dict[str, Disagreement]] = {}
    for d in found:
        judged.setdefault((d.base, d.candidate, d.category_id, d.channel), {})[d.scorer] = d
    for (_, _, category, _), by in judged.items():
        yield by[deciding(primary.get(category, ()), by)]


def _at(
    options: CompareOptions,
    looked: Looked,
    category_id: str | None,
    prompts: int,
    effect: float,
    share: float,
    basis: str,
) -> Detectable:
    level = looked.difference_level(options.alpha, category_id)
    difference = stats.minimum_detectable_difference(
        prompts, share, alpha=level, design_effect=effect
    )
    level = looked.equivalence_level(options.alpha, category_id)
    margin = stats.smallest_margin(prompts, share, alpha=level, design_effect=effect)
    return Detectable(
        None, None, None, category_id, None, share, basis, difference, margin, None, None
    )


def smaller(
    prompts: int, effect: float, arms: Sequence[ArmPlan], alpha: float, looked: Looked
) -> list[Smaller]:
    """The plan for all prompts, and for fewer."""
    level = looked.difference_level(alpha)
    return list(_smaller(prompts, effect, arms, level)) if prompts else []


def _smaller(
    prompts: int, effect: float, arms: Sequence[ArmPlan], alpha: float
) -> Iterator[Smaller]:
    seconds = [arm.seconds_high for arm in arms if arm.seconds_high is not None]
    costs = [arm.cost for arm in arms if arm.cost is not None]
    for share in SHARES:
        n = round(share * prompts)
        if share < 1 and n < LEAST_PROMPTS:
            return
        lost = [
            stats.minimum_detectable_difference(n, d, alpha=alpha, design_effect=effect)
            for d in (RARE, COMMON)
        ]
        yield Smaller(
            n,
            round(share * sum(arm.input_tokens or 0 for arm in arms)),
            round(share * sum(arm.output_tokens or 0 for arm in arms)),
            share * max(seconds) if seconds else None,  # checkpoints are asked at the same time
            share * sum(costs) if costs else None,
            *lost,
        )
