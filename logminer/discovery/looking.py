"""What is worth a test: a look at the discovery half, over all of it and in parts of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from logminer.compare.prompts import Codes, Mask
from logminer.discovery.bundles import Hunch, bundled, sayings, single
from logminer.discovery.choosing import Chooser, Pick
from logminer.discovery.corpus import Corpus
from logminer.discovery.mining import MOST_CHARACTERS, Mined, mine
from logminer.discovery.moving import Lengths, Spread
from logminer.discovery.options import DiscoverOptions
from logminer.discovery.positions import ANYWHERE, CLOSING, OPENING, PLACES
from logminer.discovery.scopes import ALL
from logminer.discovery.tokens import Vocabulary

__all__ = ["Suspicion", "look"]

MINED = 1000  # phrases of each size and place that are looked at closely
MINED_LONG = 4000  # of those that may be part of a saying
LEAST_Z = 1.7  # of a phrase by itself: three of three
SAYING = 4  # tokens from which on a phrase may be part of a saying
REPEATED = 2  # people who must be told it here; it is named only if enough of all people were
IN_SCOPE = 10  # phrases tested in a scope other than all, at most
MOST_SCOPE_TOKENS = 1 << 23  # that are looked at, over all scopes
SCOPES = 0.25  # share of the tests, where all has about 1
BY_PLACE = 8  # bundles of a place at most, besides sayings


class Suspicion(NamedTuple):
    """What is to be tested, and in which scope."""

    scope: str
    hunch: Hunch


def look(
    corpus: Corpus,
    vocabulary: Vocabulary,
    people: Codes,
    parts: Mapping[str, Mask],
    options: DiscoverOptions,
) -> tuple[list[Suspicion], dict[tuple[int, ...], Codes]]:
    """What is to be tested, and whom the phrases in it were told to that fewer than `min_people` here were told."""
    if not len(corpus.tokens):
        return [], {}
    unspaced = vocabulary.unspaced()
    lengths = _lengths(corpus)
    spreads = _spreads(corpus)
    mined = _mined(corpus, lengths, spreads[0], unspaced, options.min_people, sayings_too=True)

    def chooser(of: Corpus, by_place: Mapping[int, Lengths], spread: Sequence[Spread]) -> Chooser:
        return Chooser(of, by_place, spread, unspaced, people[of.numbers], options.min_people)

    first = chooser(corpus, lengths, spreads)
    picks = first.picks(mined, most=max(options.phrases - BY_PLACE, 1), least_z=LEAST_Z)
    long = [one for one in mined[ANYWHERE] if one.size >= SAYING]
    asked = people[corpus.numbers]
    repeated = Chooser(corpus, lengths, spreads, unspaced, asked, REPEATED).picks(
        {ANYWHERE: long}, most=len(long), least_z=0.0
    )
    widely = [
        pick
        for pick in repeated
        if len(np.unique(asked[corpus.prompts[pick.rows]])) >= options.min_people
    ]
    whole = [
        *sayings(widely),
        *sayings(repeated),
        *bundled(corpus, lengths, spreads, picks),
        *single(picks),
    ]
    found = [Suspicion(ALL, hunch) for hunch in _distinct(whole, options.phrases)]
    for name, mask in parts.items():
        part, at = corpus.of(mask[corpus.numbers], MOST_SCOPE_TOKENS // len(parts))
        if not len(part.tokens):
            continue
        by_place, of_units = _lengths(part), _spreads(part)
        within = chooser(part, by_place, of_units)
        within.leave_out(first.strong[at])
        of_part = within.picks(
            _mined(part, by_place, of_units[0], unspaced, options.min_people, sayings_too=False),
            most=min(IN_SCOPE, options.phrases),
            least_z=LEAST_Z,
        )
        strongest = sorted(of_part, key=_strength)[:IN_SCOPE]
        found += [Suspicion(name, hunch) for hunch in single(strongest, SCOPES / len(parts))]
    told = {pick.tokens: np.unique(asked[corpus.prompts[pick.rows]]) for pick in repeated}
    tested_ones = {tokens for one in found for tokens in one.hunch.phrases}
    return found, {
        tokens: who
        for tokens, who in told.items()
        if tokens in tested_ones and len(who) < options.min_people
    }


def _lengths(corpus: Corpus) -> dict[int, Lengths]:
    return {place: Lengths.of(corpus, corpus.at(place)) for place in range(len(PLACES))}


def _spreads(corpus: Corpus) -> tuple[Spread, Spread]:
    return Spread.of(corpus.units), Spread.of(corpus.groups)


def _mined(
    corpus: Corpus,
    lengths: Mapping[int, Lengths],
    units: Spread,
    unspaced: Mask,
    least: int,
    *,
    sayings_too: bool,
) -> dict[int, list[Mined]]:
    """By place. What is of the body is found anywhere, and then seen to be of the body."""
    short = [MINED] * (MOST_CHARACTERS + 1)
    long = [MINED if size < SAYING else MINED_LONG for size in range(MOST_CHARACTERS + 1)]
    anywhere = (REPEATED, long) if sayings_too else (least, short)
    return {
        place: mine(corpus, corpus.at(place), lengths[place], units, unspaced, least=n, most=most)
        for place, (n, most) in (
            (OPENING, (least, short)),
            (CLOSING, (least, short)),
            (ANYWHERE, anywhere),
        )
    }


def _strength(pick: Pick) -> tuple[float, int, tuple[int, ...]]:
    return -abs(pick.moved.z), pick.place, pick.tokens


def _distinct(hunches: list[Hunch], most: int) -> list[Hunch]:
    """Each once, at most so many of a place, those with the largest shares; of equal ones those that come first in letters.

    So that it is not a direction's that comes first.
    """
    chosen: dict[tuple[frozenset[tuple[int, ...]], int], Hunch] = {}
    counts = dict.fromkeys(range(len(PLACES)), 0)
    for hunch in sorted(hunches, key=lambda one: (-one.weight, one.place, one.phrases)):
        key = frozenset(hunch.phrases), hunch.place
        if key not in chosen and counts[hunch.place] < most:
            chosen[key] = hunch
            counts[hunch.place] += 1
    return list(chosen.values())
