"""How spaCy's greedy recognisers and parsers score what they may do next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from spacy.pipeline.tok2vec import Tok2VecListener

from logminer.privacy.engine.words import Floats, Words, largest

__all__ = ["Scores"]


class Scores:
    """How spaCy's greedy models score actions: each token has a summand for each place that it can take in a state.

    Args:
        component: of the pipeline.
        shared: what gives the vectors that components listen to, where it is known.

    Raises:
        ValueError: the model is another one.
    """

    def __init__(self, component: Any, shared: Words | None) -> None:
        model = component.model
        if (
            component.cfg.get("beam_width", 1) != 1
            or not model.attrs["has_upper"]
            or model.attrs["unseen_classes"]
        ):
            raise ValueError("not spaCy's stock model of actions")
        self._tokens = model.get_ref("tok2vec")
        self._words, self._listens = _words_of(self._tokens, shared)
        lower, upper = model.get_ref("lower"), model.get_ref("upper")
        weights = lower.get_param("W")
        self.places, self._units, _, inputs = weights.shape
        self._lower = np.ascontiguousarray(weights.transpose(0, 2, 1, 3).reshape(-1, inputs).T)
        self._bias = lower.get_param("b").T.reshape(-1).copy()
        self.missing = lower.get_param("pad")[0].transpose(0, 2, 1).reshape(self.places, -1)
        self.weights, self.bias = upper.get_param("W"), upper.get_param("b")

    def vectors(self, docs: Sequence[Any], rows: Sequence[range]) -> Floats:
        """A row for each of these tokens of the documents, which summands are made from."""
        if self._words is None:
            whole = self._tokens.predict(docs)
            firsts = np.cumsum([0, *map(len, docs)])[:-1]
            return np.concatenate(
                [whole[at:][some.start : some.stop] for at, some in zip(firsts, rows, strict=True)]
            )
        if self._listens and docs[0].tensor.size:
            some = [doc.tensor[s.start : s.stop] for doc, s in zip(docs, rows, strict=True)]
        else:
            some = self._words(docs, rows)
        return cast(Floats, self._tokens.layers[2].predict(np.concatenate(some)))

    def summands(self, vectors: Floats) -> Floats:
        """Of shape (tokens, places, width)."""
        summands = vectors @ self._lower
        return cast(Floats, summands.reshape(len(vectors), *self.missing.shape))

    def summand(self, vectors: Floats, place: int) -> Floats:
        """Those of one place."""
        width = self.missing.shape[1]
        return cast(Floats, vectors @ self._lower[:, place * width : (place + 1) * width])

    def hidden(self, summed: Floats) -> Floats:
        """The layer that actions are scored from."""
        return largest(summed + self._bias, self._units)


def _words_of(model: Any, shared: Words | None) -> tuple[Words | None, bool]:
    """What gives the vectors, where it is no other embedding that thinc computes; and whether it is shared."""
    try:
        words, _, linear = model.layers
        if linear.name != "linear":
            return None, False
        listens = isinstance(words, Tok2VecListener)
        return (shared, True) if listens else (Words(words), False)
    except ValueError:
        return None, False
