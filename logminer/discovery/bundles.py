"""What is worth a test, with what share of the tests: single phrases, and bundles of them.

A behaviour with varied wording shows in many weak phrases, of which none may be found; any of a dozen is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from logminer.discovery.choosing import ONE_SIDED, Pick
from logminer.discovery.corpus import Corpus
from logminer.discovery.moving import Lengths, moved
from logminer.discovery.positions import ANYWHERE

__all__ = ["Hunch", "bundled", "sayings", "single"]

SIZES = (3, 8)  # of bundles of words
LOOKED_AT = 40  # picks, for each bundle
REACHES = (5, 6, 7)  # of what is said in the same words again and again
SAYINGS = 16  # at most in a bundle
LONG, SHORT = 0.05, 0.015  # shares of the tests of a bundle of sayings and of one of words


class Hunch(NamedTuple):
    """Phrases, as numbers of tokens, of which any counts, where they count (see `positions`) and how much of the tests is theirs.

    `sign` is that of the difference on the discovery half.
    """

    phrases: tuple[tuple[int, ...], ...]
    place: int
    sign: int
    weight: float


def single(picks: Sequence[Pick], share: float) -> list[Hunch]:
    """Each pick by itself. The nth gets 1 / n of what the first gets, all of them `share`."""
    ranked = sorted(picks, key=_strongest)
    first = share / sum(1 / (n + 1) for n in range(len(ranked))) if ranked else 0.0
    return [
        Hunch((pick.tokens,), pick.place, _sign(pick), first / (n + 1))
        for n, pick in enumerate(ranked)
    ]


def bundled(
    corpus: Corpus, lengths: Mapping[int, Lengths], picks: Sequence[Pick]
) -> Iterator[Hunch]:
    """For each place and direction the picks that together move most."""
    for place in range(ANYWHERE + 1):
        for sign in (1, -1):
            fits = [
                pick
                for pick in sorted(picks, key=_strongest)
                if _sign(pick) == sign and place in (pick.place, ANYWHERE)
            ][:LOOKED_AT]
            chosen = list[tuple[int, ...]]()
            rows, strength = np.zeros(0, np.int64), 0.0
            while fits and len(chosen) < SIZES[-1]:
                joined = [np.union1d(rows, pick.rows) for pick in fits]
                strengths = [sign * moved(corpus, both, lengths[place]).z for both in joined]
                best = int(np.argmax(strengths))
                if strengths[best] <= strength:
                    break
                rows, strength = joined[best], strengths[best]
                chosen.append(fits.pop(best).tokens)
                phrases = tuple(dict.fromkeys(chosen))
                if len(chosen) in SIZES:
                    yield Hunch(phrases, place, sign, SHORT)


def sayings(picks: Sequence[Pick]) -> Iterator[Hunch]:
    """What only one arm says in the same words again and again: long phrases that the other hardly says, all together."""
    for sign in (1, -1):
        mine = [pick for pick in sorted(picks, key=_strongest) if _sign(pick) == sign]
        mine = [pick for pick in mine if _is_one_sided(pick)]
        for reach in REACHES:
            phrases = [pick.tokens for pick in mine if pick.reach >= reach][:SAYINGS]
            if len(phrases) > 1:
                yield Hunch(tuple(dict.fromkeys(phrases)), ANYWHERE, sign, LONG)


def _is_one_sided(pick: Pick) -> bool:
    said, net = len(pick.rows), abs(pick.moved.difference)
    return said + net >= ONE_SIDED * (said - net)


def _strongest(pick: Pick) -> tuple[float, int, tuple[int, ...]]:
    return -abs(pick.moved.z), pick.place, pick.tokens


def _sign(pick: Pick) -> int:
    return 1 if pick.moved.z > 0 else -1
