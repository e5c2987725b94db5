"""The vectors of a spaCy model's words, the same ones, in a fraction of the time.

A word's vector depends on the word alone: it is computed once for each different word. Sums are taken in another
order than spaCy's, so that numbers differ in the seventh digit, as they do between two batch sizes of spaCy's own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt
from spacy.attrs import ORTH

__all__ = ["Floats", "Words", "largest"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.uint64]

KEPT = 30_000  # words whose vectors are kept, by the hashes of their features: 12 MB
BLOCK = 512  # rows of a product


class Words:
    """spaCy's stock embedding: hashed features, mixed with vectors of the vocabulary, then convolutions over the neighbours.

    Args:
        model: a thinc model built by `spacy.Tok2Vec.v2` from `MultiHashEmbed` and `MaxoutWindowEncoder`.

    Raises:
        ValueError: it is built otherwise.
    """

    def __init__(self, model: Any) -> None:
        try:
            embed, encode = model.layers
            self._static = None
            if embed.layers[0].name == "extract_features":
                self._features, _, hashed, mix, _ = embed.layers
            else:
                beside, mix, _ = embed.layers
                of_features, self._static = beside.layers
                self._features, _, hashed = of_features.layers
            self._hashed = hashed.layers[0]
            self._mix = _Maxout(mix.layers[0])
            blocks = [block.layers[0].layers for block in encode.layers[0].layers]
            self._convolutions = [_Maxout(maxout) for _, maxout in blocks]
            windows = {window.attrs["window_size"] for window, _ in blocks}
            self._gap = encode.attrs["pad"]
            columns = len(self._features.attrs["columns"])
            self._known = _Known(
                lambda some: self._mix(self._hashed.predict(some)), self._mix.units, columns
            )
            self._reach = len(blocks)  # of a token's vector, in tokens to each side
        except (AttributeError, KeyError, TypeError, ValueError):
            raise ValueError("not spaCy's stock embedding") from None
        if (
            self._features.name != "extract_features"
            or windows != {1}
            or (self._static is not None and self._static.name != "static_vectors")
        ):
            raise ValueError("not spaCy's stock embedding")

    def __call__(self, docs: Sequence[Any], rows: Sequence[range] | None = None) -> list[Floats]:
        """A row for each token of each document, or for those asked for.

        Args:
            docs: of at least one token each.
            rows: which tokens of each document, at least one.
        """
        rows = rows or [range(len(doc)) for doc in docs]
        seen = [slice(max(0, some.start - self._reach), some.stop + self._reach) for some in rows]
        features = [f[part] for f, part in zip(self._features.predict(docs), seen, strict=True)]
        flat = np.concatenate(features)
        if self._static is None:
            first, word_of = _different(flat)
            words = self._known(flat[first])
        else:
            key = getattr(docs[0].vocab.vectors, "attr", ORTH)
            keys = np.concatenate(
                [doc.to_array(key)[part] for doc, part in zip(docs, seen, strict=True)]
            )
            first, word_of = _different(np.column_stack([flat, keys]))
            hashed = self._hashed.predict(np.ascontiguousarray(flat[first]))
            vectors = self._static.predict([_Keys(docs[0].vocab, keys[first])]).data
            words = self._mix(np.hstack([hashed, vectors]))
        # rows of zeros between the documents, as spaCy puts them
        lengths = [len(f) for f in features]
        starts = list(accumulate(lengths[:-1], lambda at, n: at + n + self._gap, initial=self._gap))
        places = np.full(starts[-1] + lengths[-1] + self._gap, len(words))
        for start, of_doc in zip(starts, np.split(word_of, np.cumsum(lengths)[:-1]), strict=True):
            places[start : start + len(of_doc)] = of_doc
        vectors = np.vstack([words, np.zeros_like(words[:1])])[places]
        width = vectors.shape[1]
        window = np.zeros((len(vectors), 3 * width), np.float32)
        for convolution in self._convolutions:
            window[1:, :width] = vectors[:-1]
            window[:, width : 2 * width] = vectors
            window[:-1, 2 * width :] = vectors[1:]
            vectors = vectors + convolution(window)
        begins = [
            at + some.start - part.start for at, some, part in zip(starts, rows, seen, strict=True)
        ]
        return [vectors[at : at + len(some)] for at, some in zip(begins, rows, strict=True)]


class _Keys:
    """What spaCy's layer of vectors asks of a document: here one of different words."""

    def __init__(self, vocab: Any, keys: Ints) -> None:
        self.vocab = vocab
        self._keys = keys

    def __len__(self) -> int:
        return len(self._keys)

    def to_array(self, _: object) -> Ints:
        return self._keys


class _Known:
    """Vectors of words by their features, each computed once: of so many words as there is room for.

    Args:
        compute: what gives the vectors.
        width: of a vector.
        columns: of the features.
    """

    def __init__(self, compute: Callable[[Ints], Floats], width: int, columns: int) -> None:
        self._compute = compute
        self._places: dict[int, int] = {}  # by the hash of the features
        self._features = np.zeros((KEPT, columns), np.uint64)
        self._vectors = np.zeros((KEPT, width), np.float32)
        self._features[0] = ~np.uint64(0)  # place 0 is no word's

    def __call__(self, features: Ints) -> Floats:
        """A row for each row of features, which are different."""
        hashes = _hash(features).tolist()
        places = np.array([self._places.get(one, 0) for one in hashes], np.intp)
        found = self._vectors[places]
        new = np.flatnonzero((self._features[places] != features).any(axis=1))
        if len(new):
            found[new] = self._compute(np.ascontiguousarray(features[new]))
        for i in new[: KEPT - 1 - len(self._places)].tolist():
            if hashes[i] not in self._places:  # or two have the same
                place = self._places[hashes[i]] = len(self._places) + 1
                self._features[place], self._vectors[place] = features[i], found[i]
        return found


def _hash(rows: Ints) -> Ints:
    key = rows[:, 0]
    for column in range(1, rows.shape[1]):
        key = key * np.uint64(0x9E3779B97F4A7C15) + rows[:, column]
    return key


def _different(rows: Ints) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Indices of the different rows, and for each row the number of the one that it equals."""
    _, first, number = np.unique(_hash(rows), return_index=True, return_inverse=True)
    if not np.array_equal(rows[first][number], rows):  # two rows under one key
        return np.arange(len(rows)), np.arange(len(rows))
    return first, number


class _Maxout:
    """A linear layer, the largest of each unit's pieces, and a normalised row."""

    def __init__(self, model: Any) -> None:
        maxout, norm = model.layers[0].layers
        weights = maxout.get_param("W")
        self.units, pieces, inputs = weights.shape
        # first pieces of all units, then second ones: the largest is taken over long stretches
        self._weights = np.ascontiguousarray(weights.transpose(1, 0, 2).reshape(-1, inputs).T)
        self._bias = maxout.get_param("b").T.reshape(-1).copy()
        self._scale, self._shift = norm.get_param("G"), norm.get_param("b")
        self._mean = np.full(self.units, 1 / self.units, np.float32)
        self._pieces = np.empty((BLOCK, self.units * pieces), np.float32)

    def __call__(self, rows: Floats) -> Floats:
        best = np.empty((len(rows), self.units), np.float32)
        for at in range(0, len(rows), BLOCK):
            self._some(rows[at : at + BLOCK], best[at : at + BLOCK])
        return best

    def _some(self, rows: Floats, best: Floats) -> None:
        """Of so few rows that what is between them and `best` stays near the processor."""
        pieces = np.matmul(rows, self._weights, out=self._pieces[: len(rows)])
        pieces += self._bias
        largest(pieces, self.units, best)
        best -= (best @ self._mean)[:, None]
        variance = np.einsum("ij,ij->i", best, best)[:, None] / self.units
        best *= 1 / np.sqrt(variance + 1e-8)
        best *= self._scale
        best += self._shift


def largest(pieces: Floats, units: int, out: Floats | None = None) -> Floats:
    """The largest piece of each unit."""
    if pieces.shape[1] == units:
        return np.add(pieces, 0, out=out)
    best = np.maximum(pieces[:, :units], pieces[:, units : 2 * units], out=out)
    for at in range(2 * units, pieces.shape[1], units):
        np.maximum(best, pieces[:, at : at + units], out=best)
    return best
