"""What sets groups of texts apart: the phrases that many of a group's texts hold and few of the others'.

Pure counting, no model. A phrase counts only where so many people are behind it in that group (three, unless said
otherwise), so that no one person's words become a group's name.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from logminer.clusters.counting import PhraseUse, TextSample, count_phrases
from logminer.clusters.elsewhere import Elsewhere, Other
from logminer.clusters.texts import TextBlock, draw_writings
from logminer.clusters.words import is_light, is_spaceless

__all__ = ["MIN_PEOPLE", "TermProfile", "profiles", "stem", "stems"]

MIN_PEOPLE = 3
LEAST_SHARE = 0.04  # of a group's writings, for a phrase to count
UNSEEN = 0.01  # the share that a phrase is reckoned with where it was not counted
WEIGHT = (0.0, 1.0, 1.5, 1.6, 1.5)  # by words that are no stop words: two to four say more than one
LIGHT = 0.4  # what words that are said of anything weigh
CONSIDERED = 120  # phrases of which the terms are chosen
WHOLE = 0.5  # the share of a longer phrase over its part's from which the part names nothing
ENDING = re.compile(r"(?<=\w{3})(?:ing|ed|es|s|n)$")  # of a word that is there in another form
STEM = 7  # letters
READ_FOR_FORM = 40  # writings in which it is looked up how a term is written


class TermProfile(NamedTuple):
    """What a group's texts say.

    Attributes:
        terms: phrases that mark it off, best first, lower case; no word is in two of them.
        shares: of every phrase that counts, how much of the group holds it, in (0, 1].
        lifts: of each term, that share over its share in other groups.
        written: each term as most people write it, with its capitals.
        held: bool `[terms, n]`, which of the n writings hold it.
        weights: float64 `[n]`, of the writings; they sum to 1.
    """

    terms: tuple[str, ...]
    shares: Mapping[str, float]
    lifts: tuple[float, ...]
    written: tuple[str, ...]
    held: NDArray[np.bool_]
    weights: NDArray[np.float64]

    def coverage(self, places: Sequence[int]) -> float:
        """How much of the group holds any of the terms at these places, in [0, 1]."""
        return float(self.weights[self.held[np.array(places, np.int64)].any(axis=0)].sum())


def profiles(
    blocks: Iterable[TextBlock],
    *,
    siblings: Mapping[int, Collection[int]] | None = None,
    count: int = 8,
    min_people: int = MIN_PEOPLE,
) -> dict[int, TermProfile]:
    """What each group's texts say; see `texts.draw_writings` for which are read.

    A phrase counts once a writing, whether it stands in the answer or in what was asked. n writings whose prompts begin
    alike weigh as √n, so that one prompt that is asked often does not name a group of many.

    Args:
        blocks: the texts.
        siblings: the groups that each is to be told from first; none: from all alike.
        count: terms at most.
        min_people: who must have used a phrase in a group.

    Returns:
        group → its profile; without terms where nothing is said by `min_people` people.

    Source: a phrase's part of the Kullback–Leibler divergence between what this group and others hold, as in c-TF-IDF
    (Grootendorst 2022, arXiv:2203.05794, eq. 3), with shares of texts for counts of words. Terms are chosen by maximal
    marginal relevance (Carbonell & Goldstein 1998) on the texts that hold them.
    """
    counted = {
        group: _Counted.of(writings, min_people)
        for group, writings in sorted(draw_writings(blocks).items())
    }
    elsewhere = Elsewhere({group: one.shares for group, one in counted.items()})
    near = siblings or {}
    return {
        group: _profile(one, elsewhere.of(group, near.get(group, ())), count, min_people)
        for group, one in counted.items()
    }


class _Counted(NamedTuple):
    writings: Sequence[TextSample]
    phrases: Mapping[str, PhraseUse]
    shares: dict[str, float]
    weights: NDArray[np.float64]  # of the writings; they sum to 1

    @classmethod
    def of(cls, writings: Sequence[TextSample], min_people: int) -> _Counted:
        fewest = math.ceil(LEAST_SHARE * len(writings))
        phrases = count_phrases(writings, fewest=fewest, min_people=min_people)
        _, which, copies = np.unique(
            [writing.template or f"\0{i}" for i, writing in enumerate(writings)],
            return_inverse=True,
            return_counts=True,
        )
        weights = 1 / np.sqrt(copies[which].astype(np.float64))
        weights = np.asarray(weights / weights.sum())
        shares = {p: round(float(weights[one.writings].sum()), 9) for p, one in phrases.items()}
        return cls(writings, phrases, shares, weights)

    def held(self, phrase: str) -> NDArray[np.bool_]:
        """[n] which writings hold a phrase."""
        found = np.zeros(len(self.writings), bool)
        found[self.phrases[phrase].writings] = True
        return found


def _profile(
    group: _Counted, others: Mapping[str, Other], count: int, min_people: int
) -> TermProfile:
    phrases, shares = group.phrases, group.shares
    lift = {p: (share + UNSEEN) / (others[p].share + UNSEEN) for p, share in shares.items()}
    score = {
        p: round(shares[p] * math.log(lift[p]) * _weight(p, phrases[p]) * (1 - others[p].spread), 9)
        for p in shares
        if lift[p] > 1
    }
    terms = _choose(group, score, count)
    return TermProfile(
        tuple(terms),
        shares,
        tuple(lift[phrase] for phrase in terms),
        tuple(_as_written(phrase, group, min_people) for phrase in terms),
        np.array([group.held(phrase) for phrase in terms], bool).reshape(
            len(terms), len(group.weights)
        ),
        group.weights,
    )


def _weight(phrase: str, said: PhraseUse) -> float:
    return WEIGHT[said.weight] * (LIGHT if is_light(phrase) else 1)


def _choose(group: _Counted, score: Mapping[str, float], count: int) -> list[str]:
    """Phrases of a high score that share no word, and few writings, with those before them."""
    left = dict(sorted(score.items(), key=lambda item: (-item[1], item[0]))[:CONSIDERED])
    for part in _parts(group.shares):
        left.pop(part, None)
    chosen: list[str] = []
    # the most that a phrase's writings are also those of a chosen one
    like = dict.fromkeys(left, 0.0)
    while left and len(chosen) < count:
        best = max(left, key=lambda p: (left[p] * (1 - like[p] / 2), p))
        chosen.append(best)
        taken, held = stems(best), group.held(best)
        left = {p: s for p, s in left.items() if taken.isdisjoint(stems(p))}
        for phrase in left:
            own = group.phrases[phrase].writings
            both = float(group.weights[own] @ held[own])
            either = group.shares[phrase] + group.shares[best] - both
            like[phrase] = max(like[phrase], round(both / either, 9))
    return chosen


def _as_written(phrase: str, group: _Counted, min_people: int) -> str:
    """With the capitals that most people give it, if as many do as must have used it."""
    if phrase.upper() == phrase:
        return phrase
    pattern = re.compile(
        r"\b" + r"(?:['’]\w{1,2})?\s+".join(map(re.escape, phrase.split())) + r"\b", re.IGNORECASE
    )
    forms: dict[str, set[str]] = {}
    for place in group.phrases[phrase].writings[:READ_FOR_FORM].tolist():
        for form in set(pattern.findall(group.writings[place].text)):
            forms.setdefault(" ".join(form.split()), set()).add(group.writings[place].person)
    best = max(forms, key=lambda form: (len(forms[form]), form), default=phrase)
    return best if len(forms.get(best, ())) >= min_people else phrase


def stems(phrase: str) -> set[str]:
    """What no two terms may both hold: words, and pairs of characters where there are no spaces."""
    found = set[str]()
    for word in phrase.split():
        found.update(map("".join, itertools.pairwise(word)) if is_spaceless(word) else [word])
    return set(map(stem, found))


def stem(word: str) -> str:
    """What forms of a word have in common, roughly."""
    return ENDING.sub("", word)[:STEM]


def _parts(shares: Mapping[str, float]) -> set[str]:
    """Phrases of scripts without spaces that are mostly said as a part of one that is a character longer."""
    return {
        part
        for phrase, share in shares.items()
        if is_spaceless(phrase)
        for part in (phrase[1:], phrase[:-1])
        if share >= WHOLE * shares.get(part, 1.0)
    }
