"""Phrases that one arm says and the other does not: found on the discovery half of the users, tested on the others.

What is looked for treats the arms alike: exchanging them turns every sign and changes nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from logminer.compare.options import CompareOptions
from logminer.compare.prompts import Codes, ComparedPrompts
from logminer.discovery.bundles import Hunch
from logminer.discovery.corpus import read_corpus
from logminer.discovery.counting import SaidShares, said
from logminer.discovery.looking import Suspicion, look
from logminer.discovery.options import DiscoverOptions
from logminer.discovery.positions import ANYWHERE, PLACES
from logminer.discovery.reading import Channel, paired_texts
from logminer.discovery.scopes import ALL, scopes
from logminer.discovery.testing import Row, tested
from logminer.discovery.tokens import Vocabulary
from logminer.schemas.discovered import OR, UNNAMED
from logminer.store.session import Session

__all__ = ["phrase_rows"]

CHANNELS: tuple[Channel, ...] = ("response", "thoughts")


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
            paired_texts(session, *pair, channel, surrogates=False),
            ~prompts.inference,
            prompts.units,
            prompts.groups,
            vocabulary,
        )
        found, doubtful = look(corpus, vocabulary, people, parts, options)
        del corpus
        if not found:
            continue
        asked, counted = said(
            paired_texts(session, *pair, channel, surrogates=False),
            prompts.inference,
            vocabulary,
            [(one.hunch.phrases, one.hunch.place) for one in found]
            + [((tokens,), ANYWHERE) for tokens in doubtful],
        )
        hidden = {
            tokens
            for (tokens, told), tally in zip(doubtful.items(), counted[len(found) :], strict=True)
            if len(np.union1d(told, people[tally.numbers])) < options.min_people
        }
        tests = list[tuple[Suspicion, Row]]()
        for one, tally in zip(found, counted, strict=False):
            inside = asked if one.scope == ALL else asked[parts[one.scope][asked]]
            if not len(inside):
                continue
            row = _row(one.hunch, tally, inside, prompts, people, compare, options)
            named = [tokens for tokens in one.hunch.phrases if tokens not in hidden]
            row["shown"] &= len(named) > 0
            texts = [vocabulary.shown(tokens) for tokens in named]
            row["phrase"] = OR.join(
                [*texts, UNNAMED] if len(named) < len(one.hunch.phrases) else texts
            )
            tests.append((one, row | {"channel": channel, "scope": one.scope}))
        _hide_weaker(tests)
        rows += [row for _, row in tests]
    return rows


def _hide_weaker(tests: Sequence[tuple[Suspicion, Row]]) -> None:
    """Of bundles that hold each other, or read the same, the most certain is shown."""

    def doubt(row: Row) -> float:
        return 1.0 if row["p"] is None else row["p"] / row["weight"]

    bundles = [(one, row) for one, row in tests if len(one.hunch.phrases) > 1 and row["shown"]]
    bundles.sort(key=lambda test: doubt(test[1]))
    for number, (one, row) in enumerate(bundles):
        mine = set(one.hunch.phrases)
        for other, weaker in bundles[number + 1 :] if row["shown"] else ():
            theirs = set(other.hunch.phrases)
            same = weaker["phrase"] == row["phrase"] or mine <= theirs or theirs <= mine
            if same and other.hunch[1:3] == one.hunch[1:3]:
                weaker["shown"] = False


def _people(session: Session) -> Codes:
    """Codes of who asked each of all prompts; of a user that is unknown, the conversation."""
    table = session.columns(
        "SELECT coalesce('u' || user_id, 'c' || conversation_id) AS person FROM prompts ORDER BY prompt_id"
    )
    encoded = table["person"].combine_chunks().dictionary_encode()
    return np.asarray(encoded.indices, np.int64)


def _row(
    hunch: Hunch,
    tally: SaidShares,
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
