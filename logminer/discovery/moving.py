"""How a thing that is said moves between the arms: what candidates for a test are ranked by, on the discovery half."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from logminer.compare.prompts import Floats
from logminer.discovery.corpus import Corpus

__all__ = ["Lengths", "Moved", "moved"]

RATES = np.geomspace(1e-8, 1.0, 97)  # of a phrase a token


class Moved(NamedTuple):
    """How a thing that some texts say moves from base to candidate, over prompts.

    `difference` is summed, candidate minus base, and `excess` what of it the arms' lengths do not explain, 0 where they
    explain it; `z` is the excess over the standard error by unit or by group, whichever is more; `units` are those
    that it moves in that direction.
    """

    difference: float
    excess: float
    z: float
    units: int


class Lengths(NamedTuple):
    """How often a phrase of no meaning would be said by either arm, as their texts are of different length.

    A phrase that comes with one rate a token in both arms is said in 1 − exp(−rate · tokens) of texts. `hits` [rates],
    rising, are the texts that say it, in prompts, and `differences` [rates] candidate minus base.
    """

    hits: Floats
    differences: Floats

    @classmethod
    def of(cls, corpus: Corpus, at: NDArray[np.int64]) -> Lengths:
        """Of the tokens that stand `at` these places."""
        tokens = np.bincount(corpus.rows[at], minlength=len(corpus.votes))
        sizes, of_text = np.unique(tokens, return_inverse=True)
        said = 1 - np.exp(-np.outer(RATES, sizes))
        both = np.bincount(of_text, np.abs(corpus.votes), minlength=len(sizes))
        apart = np.bincount(of_text, corpus.votes, minlength=len(sizes))
        return cls(said @ both, said @ apart)

    def expected(self, hits: Floats) -> Floats:
        """The difference that length alone makes in phrases of so many hits."""
        return np.interp(hits, self.hits, self.differences)


def excess(difference: Floats, expected: Floats) -> Floats:
    """What is left of a difference, of its own sign or 0."""
    left = difference - expected
    same = np.sign(left) == np.sign(difference)
    return np.where(same, np.sign(left) * np.minimum(np.abs(left), np.abs(difference)), 0.0)


def moved(corpus: Corpus, rows: NDArray[np.int64], lengths: Lengths) -> Moved:
    """How a thing that the texts `rows` (rising, none twice) say moves."""
    votes = corpus.votes[rows]
    by_prompt = np.bincount(corpus.prompts[rows], votes, minlength=len(corpus.numbers))
    at = np.flatnonzero(np.abs(by_prompt) > 1e-12)
    by_prompt = by_prompt[at]
    total = float(by_prompt.sum())
    expected = lengths.expected(np.array([np.abs(votes).sum()]))
    left = float(excess(np.array([total]), expected)[0])
    units, of_unit = np.unique(corpus.units[at], return_inverse=True)
    by_unit = np.bincount(of_unit, by_prompt, minlength=len(units))
    of_group = np.unique(corpus.groups[at], return_inverse=True)[1]
    by_group = np.bincount(of_group, by_prompt)
    variance = max(float(by_unit @ by_unit), float(by_group @ by_group)) if len(at) else 0.0
    z = left / math.sqrt(variance) if variance else 0.0
    return Moved(total, left, z, int((by_unit * left > 0).sum()))
