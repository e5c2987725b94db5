"""Who says what on the half of the users on which nothing was looked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from logminer.compare.prompts import Codes, Floats, Mask
from logminer.discovery.corpus import spoken
from logminer.discovery.matching import Matcher
from logminer.discovery.reading import PairedTexts
from logminer.discovery.tokens import Vocabulary

__all__ = ["SaidShares", "said"]

Phrases = Sequence[tuple[tuple[int, ...], ...]]


class SaidShares(NamedTuple):
    """Shares of the samples that say a thing, by place in `numbers`, which rise."""

    numbers: Codes
    base: Floats
    candidate: Floats


def said(
    blocks: Iterable[PairedTexts],
    wanted: Mask,
    vocabulary: Vocabulary,
    hunches: Sequence[tuple[tuple[tuple[int, ...], ...], int]],
) -> tuple[Codes, list[SaidShares]]:
    """For each hunch the prompts on which either arm says any of its phrases.

    Args:
        blocks: of one channel.
        wanted: by number of all prompts.
        vocabulary: learns nothing more.
        hunches: phrases, and the place where they count.

    Returns:
        The numbers of the wanted prompts to which both arms say something, rising, and one `SaidShares` for each hunch.
    """
    vocabulary.learning = False
    owners = np.array([i for i, (phrases, _) in enumerate(hunches) for _ in phrases], np.int64)
    matcher = Matcher([(phrase, place) for phrases, place in hunches for phrase in phrases])
    asked = [np.zeros(0, np.int64)]
    columns: list[list[Codes | Floats]] = [[], [], []]
    for block in blocks:
        texts = spoken(block, wanted, vocabulary)
        found = matcher.matches(texts.stream, texts.places)
        # A hunch counts once a text, whichever of its phrases is said.
        size = len(texts.numbers) + 1
        owner, text = np.divmod(np.unique(owners[found.phrases] * size + found.texts), size)
        asked.append(np.unique(texts.numbers))
        columns[0].append(owner)
        columns[1].append(texts.numbers[text])
        columns[2].append(texts.votes[text])
    owner, number, vote = (
        np.concatenate([np.zeros(0, kind), *column])
        for column, kind in zip(columns, (np.int64, np.int64, np.float64), strict=True)
    )
    order = np.argsort(owner, kind="stable")
    bounds = np.searchsorted(owner[order], np.arange(len(hunches) + 1))
    return np.concatenate(asked), [
        _shares(number[order[start:stop]], vote[order[start:stop]])
        for start, stop in pairwise(bounds.tolist())
    ]


def _shares(number: Codes, vote: Floats) -> SaidShares:
    numbers, place = np.unique(number, return_inverse=True)
    base, candidate = (
        np.minimum(np.bincount(place, np.maximum(sign * vote, 0), minlength=len(numbers)), 1.0)
        for sign in (-1, 1)
    )
    return SaidShares(numbers, base, candidate)
