"""Where a spaCy parser would start sentences: of each text no more than somebody wants to know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from logminer.privacy.engine.actions import Scores
from logminer.privacy.engine.words import Floats, Words

__all__ = ["SentenceReader"]

Ints = npt.NDArray[np.intp]

AHEAD = 24  # tokens behind those asked for, whose vectors are computed with theirs: the rest of a sentence


class SentenceReader:
    """Where `DependencyParser` would start sentences.

    Args:
        parser: a spaCy `DependencyParser`.
        example: any document of one token or more, with the vectors that the parser listens to.
        shared: what gives those vectors, where it is known.

    Raises:
        ValueError: it is not the greedy one.
    """

    def __init__(self, parser: Any, example: Any, shared: Words | None = None) -> None:
        self._parser = parser
        self._scores = Scores(parser, shared)
        self._weights = self._scores.weights.T.copy()
        self._steps = parser.model.predict([example])

    def __call__(self, docs: Sequence[Any], until: Sequence[int]) -> list[list[int]]:
        """Which tokens start a sentence, of the first `until` tokens of each document.

        Sets a part of the dependencies in the documents, which are good for nothing else afterwards.

        Args:
            docs: of at least one token each.
            until: how many tokens must be decided.
        """
        states = self._parser.moves.init_batch(docs)
        summands = _Summands(self._scores, docs, until)
        pending = list(zip(states, until, strict=True))
        # Step by step: a text need not be parsed to its end; and in one go, spaCy asks for Python's lock at every
        # unit of every state, which takes twice the time.
        while pending:
            batch = [state for state, _ in pending]
            hidden = self._scores.hidden(summands(self._steps.get_token_ids(batch)))
            scores = hidden @ self._weights
            scores += self._scores.bias
            self._parser.transition_states(batch, scores)
            pending = [
                (state, n)
                for state, n in pending
                # -1: nothing is left
                if 0 <= (at := state.B(0)) < n
                or not (state.is_final() or (at >= n and state.stack_depth() == 0))
            ]
        self._parser.set_annotations(docs, states)
        return [
            np.flatnonzero(doc.to_array("SENT_START")[:n] == 1).tolist()
            for doc, n in zip(docs, until, strict=True)
        ]


class _Summands:
    """Sums of the summands of tokens in their places, computed for so much of each document as is needed."""

    def __init__(self, scores: Scores, docs: Sequence[Any], until: Sequence[int]) -> None:
        self._scores, self._docs = scores, docs
        self._sizes = [len(doc) for doc in docs]
        self._firsts = np.cumsum([0, *self._sizes])
        self._places = np.arange(scores.places)
        # the row of each token in the table, a missing one (-1) last; -1 where there is none yet
        self._rows = np.full(self._firsts[-1] + 1, -1, np.intp)
        self._rows[-1] = 0
        self._table = scores.missing[None]
        self._done = [0] * len(docs)  # tokens of each document
        self._compute(range(len(docs)), until)

    def __call__(self, tokens: Ints) -> Floats:
        """For each state, with a token (of all documents; -1: none) in each place, the sum."""
        rows = self._rows[tokens]
        while (late := tokens[rows < 0]).size:  # a sentence is long
            docs = np.unique(np.searchsorted(self._firsts, late, side="right") - 1).tolist()
            self._compute(docs, [self._done[doc] for doc in docs])
            rows = self._rows[tokens]
        return cast(Floats, self._table[rows, self._places].sum(axis=1))

    def _compute(self, docs: Sequence[int], until: Sequence[int]) -> None:
        """So many tokens of these documents, and some ahead."""
        ends = [min(n + AHEAD, self._sizes[doc]) for doc, n in zip(docs, until, strict=True)]
        rows = [range(self._done[doc], end) for doc, end in zip(docs, ends, strict=True)]
        vectors = self._scores.vectors([self._docs[doc] for doc in docs], rows)
        row = len(self._table)
        self._table = np.concatenate([self._table, self._scores.summands(vectors)])
        for doc, some in zip(docs, rows, strict=True):
            first = self._firsts[doc]
            self._rows[first + some.start : first + some.stop] = np.arange(row, row + len(some))
            self._done[doc] = some.stop
            row += len(some)
