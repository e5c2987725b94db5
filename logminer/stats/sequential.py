"""Evidence that may be looked at after every pair, as long as one likes."""

from __future__ import annotations

import math

from scipy import special

__all__ = ["discordant_e_value"]


def discordant_e_value(base_only: int, candidate_only: int) -> float:
    """Evidence against discordant pairs falling to either checkpoint like a fair coin: 2^(b+c) · B(b+1, c+1).

    The likelihood of the pairs, averaged over all coins, over that of the fair one: from pair to pair a test
    martingale that starts at 1, so under the null it ever reaches 1/alpha with probability alpha at most (Ville's
    inequality). Reject at 1/alpha, however often one has looked and whatever made one stop. Pairs must be independent:
    one prompt a user.

    Returns:
        A value above 0, inf only where it overflows; the same with the checkpoints swapped.

    Raises:
        ValueError: a negative count.

    Source: Ville 1939; Robbins 1970, Ann. Math. Stat. 41:1397 (uniform mixture).
    """
    if base_only < 0 or candidate_only < 0:
        raise ValueError(f"need non-negative counts, got {base_only} and {candidate_only}")
    log_beta = float(special.betaln(base_only + 1, candidate_only + 1))
    try:
        return math.exp((base_only + candidate_only) * math.log(2) + log_beta)
    except OverflowError:
        return math.inf
