"""Dealing users to the two halves of a study, so that either half has near half of the prompts.

Law 4 holds: what is looked at is how many prompts a unit has, and a coin that hangs on its pseudonym and the key. No
checkpoint, no answer and no text is.

The heaviest come first, each to the half that has fewer prompts by then, and the first of all to the discovery half: what
is tested wants many who count alike, while what is found can do with one who counts for many. So heavy users go to either
side in turn, and the many light ones, who come last, even out what is left: with u the prompts of the heaviest among the new, the halves
differ by no more than u, and by no more than one prompt where the light ones are enough. What a deal cannot do is to
divide a user. All prompts of one are on one side: whoever has more than half of them leaves everybody else on the other
side, and the split is as uneven as he is. Where nobody has so many, the smaller half holds at least a third of the
prompts (three users who have as many each are the worst case).

Halves that were given before stay. Where they are uneven, as in a study that goes back to when every user got his half by
a coin alone, all who are new go to the smaller half until it has caught up: that half then holds more of the later users.

Source: R. L. Graham (1969), Bounds on multiprocessing timing anomalies (largest first).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["deal"]


def deal(
    units: NDArray[np.bytes_],
    prompts: NDArray[np.int64],
    coins: NDArray[np.bool_],
    ahead: int = 0,
) -> NDArray[np.bool_]:
    """Which of the units go to the discovery half; in whatever order they are given, the same.

    Args:
        units: pseudonyms, none twice. Among those with as many prompts their order decides, which is as good as drawn.
        prompts: of each, ≥ 0.
        coins: of each; it decides where both halves have as many prompts, but for one who has more than anybody else.
        ahead: prompts that the discovery half has more than the other (negative: fewer) by those who have a half already.
    """
    given = np.zeros(len(units), bool)
    order = np.lexsort((units, -prompts))
    heavier = len(order) > 1 and prompts[order[0]] > prompts[order[1]]
    for place, i in enumerate(order.tolist()):
        count = int(prompts[i])
        coin = bool(coins[i]) or (heavier and place == 0)
        given[i] = discovery = coin if ahead == 0 else ahead < 0
        ahead += count if discovery else -count
    return given
