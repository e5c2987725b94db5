"""How much more an attacker found out than by guessing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from logminer.stats.power import exact_rate

__all__ = ["MOST", "MOST_HIGH", "SURE", "WEAK", "Figure", "of_claims", "of_views"]

MOST, MOST_HIGH = 0.03, 0.06  # that may be found out, and the end of its interval, of many targets
SURE = 600  # targets of which that is asked; of fewer, that the interval begins no higher than MOST
WEAK = 0.2  # that must be found out where nothing is protected, or the attack proves nothing


class Figure(NamedTuple):
    """What one attack found out.

    Attributes:
        attack: its name.
        policy: 'default': that which is to be tried; 'weakened'.
        accounts: from which the attacker wrote; null: he needs none.
        n: targets.
        recovery: share of the secrets that he says rightly; what he knows nothing of he guesses.
        guessing: the share that guessing alone finds.
        low, high: 95 % interval of recovery − guessing.
        gated: it decides whether the policy holds.
        note: what else there is to say; empty: nothing.
    """

    attack: str
    policy: str
    accounts: int | None
    n: int
    recovery: float
    guessing: float
    low: float
    high: float
    gated: bool = True
    note: str = ""

    @property
    def excess(self) -> float:
        """Recovery − guessing."""
        return self.recovery - self.guessing

    @property
    def held(self) -> bool:
        """Whether that is as good as nothing, as far as so many targets can tell."""
        if self.n < SURE:
            return self.low <= MOST
        return self.excess <= MOST and self.high <= MOST_HIGH

    def as_json(self) -> dict[str, Any]:
        """JSON-ready, with what follows from it."""
        return self._asdict() | {"excess": self.excess, "held": self.held}


def of_claims(
    attack: str,
    policy: str,
    accounts: int | None,
    claims: Sequence[int | None],
    secrets: Sequence[int],
    values: int,
    *,
    gated: bool = True,
    note: str = "",
) -> Figure:
    """A secret of so many values for each target, and what the attacker says it is; None: he has to guess.

    Guesses count with their chance. The interval is the exact one of what he claims rightly.
    """
    n = len(secrets)
    claimed = sum(claim is not None for claim in claims)
    right = sum(claim == secret for claim, secret in zip(claims, secrets, strict=True))
    found = exact_rate(right, n)
    by_chance = claimed / n / values
    return Figure(
        attack,
        policy,
        accounts,
        n,
        right / n + (n - claimed) / n / values,
        1 / values,
        found.low - by_chance,
        found.high - by_chance,
        gated,
        note,
    )


def of_views(
    attack: str, policy: str, accounts: int | None, differing: int, n: int, *, note: str = ""
) -> Figure:
    """A secret of two values for each target, of which `differing` make a release look otherwise.

    Of those the best attacker knows the secret, whoever he is, and of the others nobody does.
    """
    found = exact_rate(differing, n)
    return Figure(
        attack,
        policy,
        accounts,
        n,
        (1 + found.rate) / 2,
        0.5,
        found.low / 2,
        found.high / 2,
        note=note,
    )
