"""The entities that a spaCy model finds in texts, the same ones, in a fraction of the time.

Most of a spaCy pipeline's time goes into what entities do not need. What is done instead, and why it is the same:

- spaCy's recogniser goes from token to token and takes the best action that is valid: O, U (an entity of one token), B,
  I, L. Outside an entity the score of an action depends on the token alone, inside on the token and the entity's first:
  so all tokens are scored at once, and then all open entities at once.
- Of the other components it reads one thing: where sentences start, since B and I are invalid before a sentence's first
  token. An action that is not valid changes something only where it would have been the best one. So the entities are
  the same without sentences, unless a sentence starts inside an entity of several tokens. Only texts that have such
  entities are parsed, and only until everything up to the last one is decided: when the parser's stack is empty,
  no later arc can reach back. Where a sentence does start inside an entity, the text is parsed to its end and
  its entities are found again.
- A word's vector depends on the word alone: it is computed once for each different word of a batch.

Sums are taken in another order than spaCy's, so that scores differ in the seventh digit, as they do between two batch
sizes of spaCy's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt
from spacy.attrs import ORTH

__all__ = ["Entity", "EntityReader", "SentenceReader", "Words"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]


class Entity(NamedTuple):
    """Tokens `start` to `end` (exclusive) of a text, under the model's own label."""

    start: int
    end: int
    label: str


# ---- vectors ----------------------------------------------------------------------------------------------------


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
        except (AttributeError, KeyError, TypeError, ValueError):
            raise ValueError("not spaCy's stock embedding") from None
        if (
            self._features.name != "extract_features"
            or windows != {1}
            or (self._static is not None and self._static.name != "static_vectors")
        ):
            raise ValueError("not spaCy's stock embedding")

    def __call__(self, docs: Sequence[Any]) -> list[Floats]:
        """A row for each token of each document."""
        features = self._features.predict(docs)
        flat = np.concatenate(features)
        if self._static is None:
            first, word_of = _different(flat)
            words = self._mix(self._hashed.predict(np.ascontiguousarray(flat[first])))
        else:
            key = getattr(docs[0].vocab.vectors, "attr", ORTH)
            keys = np.concatenate([doc.to_array(key) for doc in docs])
            first, word_of = _different(np.column_stack([flat, keys]))
            hashed = self._hashed.predict(np.ascontiguousarray(flat[first]))
            vectors = self._static.predict([_Keys(docs[0].vocab, keys[first])]).data
            words = self._mix(np.hstack([hashed, vectors]))
        # rows of zeros between the documents, as spaCy puts them
        lengths = [len(f) for f in features]
        starts = list(accumulate(lengths[:-1], lambda at, n: at + n + self._gap, initial=self._gap))
        rows = np.full(starts[-1] + lengths[-1] + self._gap, len(words))
        for start, of_doc in zip(starts, np.split(word_of, np.cumsum(lengths)[:-1]), strict=True):
            rows[start : start + len(of_doc)] = of_doc
        vectors = np.vstack([words, np.zeros_like(words[:1])])[rows]
        width = vectors.shape[1]
        window = np.zeros((len(vectors), 3 * width), np.float32)
        for convolution in self._convolutions:
            window[1:, :width] = vectors[:-1]
            window[:, width : 2 * width] = vectors
            window[:-1, 2 * width :] = vectors[1:]
            vectors = vectors + convolution(window)
        return [vectors[s : s + n] for s, n in zip(starts, lengths, strict=True)]


class _Keys:
    """What spaCy's layer of vectors asks of a document: here one of different words."""

    def __init__(self, vocab: Any, keys: npt.NDArray[np.uint64]) -> None:
        self.vocab = vocab
        self._keys = keys

    def __len__(self) -> int:
        return len(self._keys)

    def to_array(self, _: object) -> npt.NDArray[np.uint64]:
        return self._keys


def _different(rows: npt.NDArray[np.uint64]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Indices of the different rows, and for each row the number of the one that it equals."""
    key = rows[:, 0]
    for column in range(1, rows.shape[1]):
        key = key * np.uint64(0x9E3779B97F4A7C15) + rows[:, column]
    _, first, number = np.unique(key, return_index=True, return_inverse=True)
    if not np.array_equal(rows[first][number], rows):  # two rows under one key
        return np.arange(len(rows)), np.arange(len(rows))
    return first, number


class _Maxout:
    """A linear layer, the largest of each unit's pieces, and a normalised row."""

    def __init__(self, model: Any) -> None:
        maxout, norm = model.layers[0].layers
        weights = maxout.get_param("W")
        self._units, self._pieces, inputs = weights.shape
        # first pieces of all units, then second ones: the largest is taken over long stretches
        self._weights = np.ascontiguousarray(weights.transpose(1, 0, 2).reshape(-1, inputs).T)
        self._bias = maxout.get_param("b").T.reshape(-1).copy()
        self._scale, self._shift = norm.get_param("G"), norm.get_param("b")

    def __call__(self, rows: Floats) -> Floats:
        pieces = rows @ self._weights
        pieces += self._bias
        best = _largest(pieces, self._units)
        best = best - best.sum(axis=1, keepdims=True) / self._units
        variance = np.einsum("ij,ij->i", best, best)[:, None] / self._units
        best *= 1 / np.sqrt(variance + 1e-8)
        best *= self._scale
        best += self._shift
        return cast(Floats, best)


def _largest(pieces: Floats, units: int) -> Floats:
    best = pieces[:, :units]
    for at in range(units, pieces.shape[1], units):
        best = np.maximum(best, pieces[:, at : at + units])
    return best


# ---- actions ----------------------------------------------------------------------------------------------------


class _Scores:
    """How spaCy's greedy models score actions: each token has a summand for each place that it can take in a state.

    Raises:
        ValueError: the model is another one.
    """

    def __init__(self, component: Any) -> None:
        model = component.model
        if (
            component.cfg.get("beam_width", 1) != 1
            or not model.attrs["has_upper"]
            or model.attrs["unseen_classes"]
        ):
            raise ValueError("not spaCy's stock model of actions")
        self._tokens = model.get_ref("tok2vec")
        self._words = _words_of(self._tokens)
        lower, upper = model.get_ref("lower"), model.get_ref("upper")
        weights = lower.get_param("W")
        self.places, self._units, _, inputs = weights.shape
        self._lower = np.ascontiguousarray(weights.transpose(0, 2, 1, 3).reshape(-1, inputs).T)
        self._bias = lower.get_param("b").T.reshape(-1).copy()
        self.missing = lower.get_param("pad")[0].transpose(0, 2, 1).reshape(self.places, -1)
        self.weights, self.bias = upper.get_param("W"), upper.get_param("b")

    def summands(self, docs: Sequence[Any]) -> Floats:
        """Of shape (tokens + 1, places, width); the first one stands for a missing token."""
        if self._words is None:
            vectors = self._tokens.predict(docs)
        else:
            vectors = self._tokens.layers[2].predict(np.concatenate(self._words(docs)))
        summands = np.empty((len(vectors) + 1, *self.missing.shape), np.float32)
        summands[0] = self.missing
        np.matmul(vectors, self._lower, out=summands[1:].reshape(len(vectors), -1))
        return summands

    def hidden(self, summed: Floats) -> Floats:
        """The layer that actions are scored from."""
        return _largest(summed + self._bias, self._units)

    def __call__(self, summed: Floats) -> Floats:
        """The score of each action."""
        return cast(Floats, self.hidden(summed) @ self.weights.T + self.bias)


def _words_of(model: Any) -> Words | None:
    try:
        words, _, linear = model.layers
        return Words(words) if linear.name == "linear" else None
    except ValueError:  # another embedding: thinc computes it
        return None


class EntityReader:
    """What `EntityRecognizer` would find in documents that nothing has been set in.

    Args:
        recognizer: a spaCy `EntityRecognizer`.

    Raises:
        ValueError: it is not the greedy one with spaCy's stock places: the token, and an entity's first and last so far.
    """

    def __init__(self, recognizer: Any) -> None:
        self._scores = _Scores(recognizer)
        if self._scores.places != 3:
            raise ValueError("not spaCy's stock recogniser of entities")
        moves = recognizer.moves
        names = [moves.get_class_name(i) for i in range(moves.n_moves)]
        self._labels = [name[2:] for name in names]
        self._begins = np.array([name[:2] == "B-" for name in names])
        # "U-" without a label marks what somebody else said is no entity
        self._alone = np.array([name[:2] == "U-" and len(name) > 2 for name in names])
        self._outside = np.array([name == "O" for name in names])
        numbers = {name: i for i, name in enumerate(names)}
        self._on, self._last = (
            np.array([numbers.get(f"{move}-{label}", 0) for label in self._labels])
            for move in ("I", "L")
        )

    def __call__(
        self, docs: Sequence[Any], starts: Sequence[Bools] | None = None
    ) -> list[list[Entity]]:
        """The entities of each document, in order.

        Args:
            docs: of at least one token each.
            starts: for each document, which tokens start a sentence; without, an entity may run anywhere.
        """
        summands = self._scores.summands(docs)
        firsts = np.cumsum([0, *(len(doc) for doc in docs)])
        closing = np.zeros(firsts[-1], bool)  # B and I are not valid here
        closing[firsts[1:] - 1] = True
        if starts is not None:
            closing[:-1] |= np.concatenate(starts)[1:]
        space = np.concatenate([doc.to_array("IS_SPACE") for doc in docs]) > 0
        actions = self._closed_actions(summands, closing, space)
        ends = self._ends(summands[1:], closing, actions)
        found: list[list[Entity]] = [[] for _ in docs]
        free = 0
        for at in np.flatnonzero(~self._outside[actions]).tolist():
            if at >= free:
                free = int(ends[at])
                doc = int(np.searchsorted(firsts, at, side="right")) - 1
                first = int(firsts[doc])
                found[doc].append(Entity(at - first, free - first, self._labels[actions[at]]))
        return found

    def _closed_actions(self, summands: Floats, closing: Bools, space: Bools) -> Ints:
        """Each token's best action while no entity is open."""
        missing = summands[0]
        scores = self._scores(summands[1:, 0] + missing[1] + missing[2])
        scores[:, ~(self._begins | self._alone | self._outside)] = -np.inf
        scores[np.ix_(closing | space, self._begins)] = -np.inf
        scores[np.ix_(space, self._alone)] = -np.inf
        return cast(Ints, scores.argmax(axis=1))

    def _ends(self, summands: Floats, closing: Bools, actions: Ints) -> Ints:
        """Where the entity that a token begins, or is, would end (exclusive)."""
        ends = np.arange(1, len(actions) + 1)
        start = np.flatnonzero(self._begins[actions])
        at = start + 1
        while len(start):
            hidden = self._scores.hidden(summands[at, 0] + summands[start, 1] + summands[at - 1, 2])
            on, last = self._on[actions[start]], self._last[actions[start]]
            more = self._score(hidden, on) - self._score(hidden, last)
            # of equal ones spaCy takes the action with the lower number
            goes_on = ((more > 0) | ((more == 0) & (on < last))) & ~closing[at]
            ends[start[~goes_on]] = at[~goes_on] + 1
            start, at = start[goes_on], at[goes_on] + 1
        return ends

    def _score(self, hidden: Floats, action: Ints) -> Floats:
        scores = np.einsum("ij,ij->i", hidden, self._scores.weights[action])
        return cast(Floats, scores + self._scores.bias[action])


class SentenceReader:
    """Where `DependencyParser` would start sentences.

    Args:
        parser: a spaCy `DependencyParser`.
        example: any document of one token or more.

    Raises:
        ValueError: it is not the greedy one.
    """

    def __init__(self, parser: Any, example: Any) -> None:
        self._parser = parser
        self._scores = _Scores(parser)
        self._steps = parser.model.predict([example])

    def __call__(self, docs: Sequence[Any], until: Sequence[int]) -> list[Bools]:
        """Which tokens start a sentence, decided for at least the first `until` tokens of each document.

        Sets a part of the dependencies in the documents, which are good for nothing else afterwards.

        Args:
            docs: of at least one token each, with the vectors that the parser listens to.
        """
        states = self._parser.moves.init_batch(docs)
        summands = self._scores.summands(docs)
        places = np.arange(self._scores.places)
        pending = list(zip(states, until, strict=True))
        # Step by step: a text need not be parsed to its end; and in one go, spaCy asks for Python's lock at every
        # unit of every state, which takes twice the time.
        while pending:
            batch = [state for state, _ in pending]
            tokens = self._steps.get_token_ids(batch) + 1
            scores = self._scores(summands[tokens, places].sum(axis=1))
            self._parser.transition_states(batch, scores)
            pending = [(s, n) for s, n in pending if not (s.is_final() or _is_decided(s, n))]
        self._parser.set_annotations(docs, states)
        return [doc.to_array("SENT_START") == 1 for doc in docs]


def _is_decided(state: Any, until: int) -> bool:
    return bool(state.B(0) >= until and state.stack_depth() == 0)
