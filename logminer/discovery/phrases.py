"""Phrases that one arm says and the other does not: found on the discovery half of the users, tested on the others.

What is looked for treats the arms alike: exchanging them turns every sign and changes nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from logminer.compare.options import CompareOptions
from logminer.compare.prompts import Codes, ComparedPrompts, Mask
from logminer.discovery.bundles import Hunch, bundled, sayings, single
from logminer.discovery.choosing import Chooser, Pick
from logminer.discovery.corpus import Corpus, read_corpus
from logminer.discovery.counting import Said, said
from logminer.discovery.mining import LEAST_Z, Mined, mine
from logminer.discovery.moving import Lengths, Spread
from logminer.discovery.options import DiscoverOptions
from logminer.discovery.positions import ANYWHERE, CLOSING, OPENING, PLACES
from logminer.discovery.reading import Channel, paired_texts
from logminer.discovery.scopes import ALL, scopes
from logminer.discovery.testing import Row, tested
from logminer.discovery.tokens import Vocabulary
from logminer.store.session import Session

__all__ = ["phrase_rows"]

CHANNELS: tuple[Channel, ...] = ("response", "thoughts")
MINED = 1000  # phrases of each size and place that are looked at closely
SAYING = 4  # tokens from which on a phrase may be part of a saying
IN_SCOPE = 10  # phrases tested in a scope other than all, at most
MOST_SCOPE_TOKENS = 1 << 23  # that are looked at, over all scopes
SCOPES = 0.25  # share of the tests, where all has about 1
BY_PLACE = 8  # bundles of a place at most, besides sayings


class _Found(NamedTuple):
    scope: str
    hunch: Hunch


def phrase_rows(
    session: Session,
    prompts: ComparedPrompts,
    pair: tuple[str, str],
    compare: CompareOptions,
    options: DiscoverOptions,
) -> list[Row]:
    """Rows of `phrases` of one pair, without q and verdict.

    Each has also a `weight`, by which it shares in the tests of its family, and `shown`: whether so many people were
    told it as must have been before it is shown, and no bundle that holds it or lies in it is more certain. What is not
    shown was tested all the same.
    """
    people = _people(session)
    parts = scopes(session, prompts, pair)
    rows = list[Row]()
    for channel in CHANNELS:
        vocabulary = Vocabulary()
        corpus = read_corpus(
            paired_texts(session, *pair, channel),
            ~prompts.inference,
            prompts.units,
            prompts.groups,
            vocabulary,
        )
        found = _look(corpus, vocabulary, people, parts, options) if len(corpus.tokens) else []
        del corpus
        if not found:
            continue
        asked, counted = said(
            paired_texts(session, *pair, channel),
            prompts.inference,
            vocabulary,
            [(one.hunch.phrases, one.hunch.place) for one in found],
        )
        tests = list[tuple[_Found, Row]]()
        for one, tally in zip(found, counted, strict=True):
            inside = asked if one.scope == ALL else asked[parts[one.scope][asked]]
            if not len(inside):
                continue
            row = _row(one.hunch, tally, inside, prompts, people, compare, options)
            phrase = " | ".join(vocabulary.shown(tokens) for tokens in one.hunch.phrases)
            tests.append((one, row | {"phrase": phrase, "channel": channel, "scope": one.scope}))
        _hide_weaker(tests)
        rows += [row for _, row in tests]
    return rows


def _hide_weaker(tests: Sequence[tuple[_Found, Row]]) -> None:
    """Of bundles that hold each other the most certain is shown."""
    bundles = [(one, row) for one, row in tests if len(one.hunch.phrases) > 1 and row["shown"]]

    def doubt(row: Row) -> float:
        return 1.0 if row["p"] is None else row["p"] / row["weight"]

    for one, row in sorted(bundles, key=lambda test: doubt(test[1])):
        if row["shown"]:
            mine = set(one.hunch.phrases)
            for other, weaker in bundles:
                theirs = set(other.hunch.phrases)
                if (
                    weaker is not row
                    and other.hunch[1:3] == one.hunch[1:3]
                    and (mine <= theirs or theirs <= mine)
                ):
                    weaker["shown"] = False


def _people(session: Session) -> Codes:
    """Codes of who asked each of all prompts; of a user that is unknown, the conversation."""
    table = session.columns(
        "SELECT coalesce('u' || user_id, 'c' || conversation_id) AS person FROM prompts ORDER BY prompt_id"
    )
    encoded = table["person"].combine_chunks().dictionary_encode()
    return np.asarray(encoded.indices, np.int64)


def _look(
    corpus: Corpus,
    vocabulary: Vocabulary,
    people: Codes,
    parts: Mapping[str, Mask],
    options: DiscoverOptions,
) -> list[_Found]:
    """What is to be tested."""
    unspaced = vocabulary.unspaced()
    lengths = _lengths(corpus)
    spreads = _spreads(corpus)
    mined = _mined(corpus, lengths, spreads[0], unspaced, options.min_people)

    def chooser(of: Corpus, by_place: Mapping[int, Lengths], spread: Sequence[Spread]) -> Chooser:
        return Chooser(of, by_place, spread, unspaced, people[of.numbers], options.min_people)

    first = chooser(corpus, lengths, spreads)
    picks = first.picks(mined, most=max(options.phrases - BY_PLACE, 1), least_z=LEAST_Z)
    long = [one for one in mined[ANYWHERE] if one.size >= SAYING]
    repeated = chooser(corpus, lengths, spreads).picks(
        {ANYWHERE: long}, most=len(long), least_z=LEAST_Z
    )
    whole = [*sayings(repeated), *bundled(corpus, lengths, spreads, picks), *single(picks)]
    found = [_Found(ALL, hunch) for hunch in _distinct(whole, options.phrases)]
    for name, mask in parts.items():
        part, at = corpus.of(mask[corpus.numbers], MOST_SCOPE_TOKENS // len(parts))
        if not len(part.tokens):
            continue
        by_place, of_units = _lengths(part), _spreads(part)
        within = chooser(part, by_place, of_units)
        within.leave_out(first.strong[at])
        of_part = within.picks(
            _mined(part, by_place, of_units[0], unspaced, options.min_people),
            most=min(IN_SCOPE, options.phrases),
            least_z=LEAST_Z,
        )
        strongest = sorted(of_part, key=_strength)[:IN_SCOPE]
        found += [_Found(name, hunch) for hunch in single(strongest, SCOPES / len(parts))]
    return found


def _lengths(corpus: Corpus) -> dict[int, Lengths]:
    return {place: Lengths.of(corpus, corpus.at(place)) for place in range(len(PLACES))}


def _spreads(corpus: Corpus) -> tuple[Spread, Spread]:
    return Spread.of(corpus.units), Spread.of(corpus.groups)


def _mined(
    corpus: Corpus, lengths: Mapping[int, Lengths], units: Spread, unspaced: Mask, least: int
) -> dict[int, list[Mined]]:
    """By place. What is of the body is found anywhere, and then seen to be of the body."""
    return {
        place: mine(
            corpus, corpus.at(place), lengths[place], units, unspaced, least=least, most=MINED
        )
        for place in (OPENING, CLOSING, ANYWHERE)
    }


def _strength(pick: Pick) -> tuple[float, int, tuple[int, ...]]:
    return -abs(pick.moved.z), pick.place, pick.tokens


def _distinct(hunches: list[Hunch], most: int) -> list[Hunch]:
    """Each once, at most so many of a place, those with the largest shares."""
    chosen: dict[tuple[frozenset[tuple[int, ...]], int], Hunch] = {}
    counts = dict.fromkeys(range(len(PLACES)), 0)
    for hunch in sorted(hunches, key=lambda one: -one.weight):
        key = frozenset(hunch.phrases), hunch.place
        if key not in chosen and counts[hunch.place] < most:
            chosen[key] = hunch
            counts[hunch.place] += 1
    return list(chosen.values())


def _row(
    hunch: Hunch,
    tally: Said,
    inside: Codes,
    prompts: ComparedPrompts,
    people: Codes,
    compare: CompareOptions,
    options: DiscoverOptions,
) -> Row:
    at = np.searchsorted(inside, tally.numbers)
    here = at < len(inside)
    here[here] = inside[at[here]] == tally.numbers[here]
    base, candidate = np.zeros(len(inside)), np.zeros(len(inside))
    base[at[here]], candidate[at[here]] = tally.base[here], tally.candidate[here]
    told = [np.unique(people[inside[arm > 0]]) for arm in (base, candidate)]
    result = tested(prompts, inside, base, candidate, compare)
    saying = told[1] if hunch.sign > 0 else told[0]
    return result | {
        "position": PLACES[hunch.place],
        "n_base": int((base > 0).sum()),
        "n_candidate": int((candidate > 0).sum()),
        "people_base": len(told[0]),
        "people_candidate": len(told[1]),
        "weight": hunch.weight,
        "shown": len(saying) >= options.min_people,
    }
