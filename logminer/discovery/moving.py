"""How a thing that is said moves between the arms: what candidates for a test are ranked by, on the discovery half."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from logminer.compare.prompts import Codes, Floats
from logminer.discovery.corpus import Corpus

__all__ = ["Lengths", "Moved", "Spread", "centred", "excess", "moved"]

Values = TypeVar("Values", float, Floats)

RATES = np.geomspace(1e-8, 1.0, 97)  # of a phrase a token


class Moved(NamedTuple):
    """How a thing that some texts say moves from base to candidate, over prompts.

    `difference` is summed, candidate minus base, and `excess` what of it the arms' lengths do not explain, 0 where they
    explain it; `z` is the excess over the standard error by prompt, by unit or by group, whichever is most; `units` are
    those that it moves in that direction.
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


class Spread(NamedTuple):
    """What the prompts' units (or groups) are, to see whether what moves hangs on few of them.

    `codes` [prompts]; `sizes` [codes] their prompts, `square` the sum of their squares, `n` all prompts.
    """

    codes: Codes
    sizes: Floats
    square: float
    n: int

    @classmethod
    def of(cls, codes: Codes) -> Spread:
        """Of any codes."""
        places = np.unique(codes, return_inverse=True)[1].reshape(-1)
        sizes = np.bincount(places).astype(np.float64)
        return cls(places, sizes, float(sizes @ sizes), len(codes))

    def variance(self, at: NDArray[np.intp], values: Floats) -> float:
        """Of the sum of the prompts' values, which are 0 but `at` some: squared residuals, summed by unit."""
        units, place = np.unique(self.codes[at], return_inverse=True)
        sums, sizes = np.bincount(place.reshape(-1), values), self.sizes[units]
        return float(centred(sums @ sums, sums @ sizes, values.sum(), self))


def centred(square: Values, product: Values, total: Values, spread: Spread) -> Values:
    """Σ (sum − size · mean)² over all units, from Σ sum², Σ sum · size and Σ sum over those with a sum."""
    mean = total / spread.n
    return square - 2 * mean * product + mean * mean * spread.square


def moved(
    corpus: Corpus, rows: NDArray[np.int64], lengths: Lengths, spreads: Sequence[Spread]
) -> Moved:
    """How a thing that the texts `rows` (rising, none twice) say moves.

    Args:
        corpus: the texts.
        rows: those that say it.
        lengths: of the tokens among which it is looked for.
        spreads: of the prompts, the first by unit.
    """
    votes = corpus.votes[rows]
    by_prompt = np.bincount(corpus.prompts[rows], votes, minlength=len(corpus.numbers)).astype(
        np.float64
    )
    at = np.flatnonzero(np.abs(by_prompt) > 1e-12)
    by_prompt = by_prompt[at]
    total = float(by_prompt.sum())
    expected = lengths.expected(np.array([np.abs(votes).sum()]))
    left = float(excess(np.array([total]), expected)[0])
    variances = [float(by_prompt @ by_prompt)]
    variances += [spread.variance(at, by_prompt) for spread in spreads if len(at)]
    z = left / math.sqrt(max(variances)) if len(at) else 0.0
    of_unit = np.bincount(spreads[0].codes[at], by_prompt, minlength=len(spreads[0].sizes))
    return Moved(total, left, z, int((of_unit * left > 0).sum()))
