"""The entities that a spaCy model finds in texts, the same ones, in a fraction of the time.

Most of a spaCy pipeline's time goes into what entities do not need. What is done instead, and why it is the same:

- spaCy's recogniser goes from token to token and takes the best action that is valid: O, U (an entity of one token), B,
  I, L. Outside an entity the score of an action depends on the token alone, inside on the token and the entity's first:
  so all tokens are scored at once, and then all open entities at once.
- Of the other components it reads one thing: where sentences start, since B and I are invalid before a sentence's first
  token. An action that is not valid changes something only where it would have been the best one. So the entities are
  the same without sentences, unless a sentence starts inside an entity of several tokens. What they are with any
  sentences follows from the same scores (`Beginnings`): only texts in which a sentence could change something that is
  asked for are parsed, and only until everything up to there is decided: when the parser's stack is empty, no
  later arc can reach back.

Sums are taken in another order than spaCy's, so that scores differ in the seventh digit, as they do between two batch
sizes of spaCy's own.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from logminer.privacy.engine.actions import Scores
from logminer.privacy.engine.words import Floats, Words

__all__ = ["Asked", "Beginnings", "Entity", "EntityReader"]

Ints = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]


class Entity(NamedTuple):
    """Tokens `start` to `end` (exclusive) of a text, under the model's own label."""

    start: int
    end: int
    label: str


# ---- what may be an entity --------------------------------------------------------------------------------------


# Whether an entity with this label, in tokens `start` to `end` or in a part of them, would be asked for.
Asked = Callable[[int, int, str], bool]


class Beginning(NamedTuple):
    """What starts at a token that no entity before it holds: an entity to `end` (exclusive), or to where a sentence starts.

    `alone` is its label if one starts right behind the token; None: then there is no entity.
    """

    end: int
    label: str
    alone: str | None


class Beginnings:
    """The entities of a document under any sentences: what begins at each token that one may begin at."""

    def __init__(self) -> None:
        self._at: dict[int, Beginning] = {}  # in the order of the text

    def put(self, at: int, one: Beginning) -> None:
        self._at[at] = one

    def entities(self, starts: Sequence[int] = ()) -> list[Entity]:
        """The entities where these tokens, in order, and no others start sentences."""
        found: list[Entity] = []
        free = 0
        for at, (end, label, alone) in self._at.items():
            if at < free:
                continue
            free = end
            name: str | None = label
            if starts and end - at > 1 and (i := bisect_left(starts, at + 1)) < len(starts):
                free = min(end, starts[i])
                name = alone if free == at + 1 else label
            if name is not None:
                found.append(Entity(at, free, name))
        return found

    def undecided(self, entities: Sequence[Entity], known: int, asked: Asked) -> int:
        """Up to which token sentences must be known for all entities that are asked for; 0: they are.

        Args:
            entities: those under the sentences that are known.
            known: up to which token sentences are known.
            asked: what becomes of others does not matter.
        """
        return max(
            (
                entity.end
                for number, entity in enumerate(entities)
                if entity.end - entity.start > 1
                and entity.end > known
                and (asked(*entity) or self._touches(entities, number, asked))
            ),
            default=0,
        )

    def _touches(self, entities: Sequence[Entity], number: int, asked: Asked) -> bool:
        """Whether sentences that start in an entity could bring about, or undo, one that is asked for."""
        entity, tokens = entities[number], list(self._at)
        labels: set[str | None] = set()
        pending, free = [entity.start], {entity.start}  # tokens that an entity may then end before
        while pending and len(free) < MOST_ENDS:
            at = bisect_left(tokens, pending.pop())
            # from a token on that no entity holds now either, all is as it is now
            if at == len(tokens) or not (tokens[at] < entity.end or _holds(entities, tokens[at])):
                continue
            one = self._at[tokens[at]]
            labels |= {one.label, one.alone}
            new = set(range(tokens[at] + 1, one.end + 1)) - free
            pending += new
            free |= new
        undone = entities[number + 1 : bisect_left(entities, max(free), key=_start)]
        end = max(max(free), *(other.end for other in undone)) if undone else max(free)
        labels |= {other.label for other in undone}
        return len(free) >= MOST_ENDS or any(
            label is not None and asked(entity.start, end, label) for label in labels
        )


MOST_ENDS = 200  # of entities that are looked at; a text that has more is parsed


def _start(entity: Entity) -> int:
    return entity.start


def _holds(entities: Sequence[Entity], token: int) -> bool:
    """Whether a token is in an entity, and not its first."""
    before = bisect_left(entities, token, key=_start)
    return before > 0 and entities[before - 1].end > token


# ---- the model -----------------------------------------------------------------------------------------------------


class EntityReader:
    """What `EntityRecognizer` would find in documents that nothing has been set in.

    Args:
        recognizer: a spaCy `EntityRecognizer`.
        shared: what gives the vectors that it listens to, if it does.

    Raises:
        ValueError: it is not the greedy one with spaCy's stock places: the token, and an entity's first and last so far.
    """

    def __init__(self, recognizer: Any, shared: Words | None = None) -> None:
        self._scores = Scores(recognizer, shared)
        if self._scores.places != 3:
            raise ValueError("not spaCy's stock recogniser of entities")
        moves = recognizer.moves
        names = [moves.get_class_name(i) for i in range(moves.n_moves)]
        numbers = {name: i for i, name in enumerate(names)}
        # What can be done while no entity is open; "U-" without a label marks what somebody else said is no entity.
        actions = [i for i, n in enumerate(names) if n == "O" or (n[:2] in ("B-", "U-") and n[2:])]
        self._weights = self._scores.weights[actions].T.copy()
        self._bias = self._scores.bias[actions]
        self._labels = [names[i][2:] or None for i in actions]
        self._outside = np.array([names[i] == "O" for i in actions])
        self._begins = np.array([names[i][:2] == "B-" for i in actions])
        self._alone = np.array([names[i][:2] == "U-" for i in actions])
        self._on, self._last = (
            np.array([numbers.get(f"{move}-{label}", 0) for label in self._labels])
            for move in ("I", "L")
        )

    def __call__(self, docs: Sequence[Any]) -> list[Beginnings]:
        """What the entities of each document are, whatever its sentences.

        Args:
            docs: of at least one token each.
        """
        vectors = self._scores.vectors(docs, [range(len(doc)) for doc in docs])
        tokens = self._scores.summand(vectors, 0)
        firsts = np.cumsum([0, *(len(doc) for doc in docs)])
        closing = np.zeros(firsts[-1], bool)  # B and I are not valid here
        closing[firsts[1:] - 1] = True
        space = np.concatenate([doc.to_array("IS_SPACE") for doc in docs]) > 0
        scores = self._free(tokens, closing, space)
        best = scores.argmax(axis=1)
        found = np.flatnonzero(~self._outside[best])
        alone = scores[found]
        alone[:, self._begins] = -np.inf
        ends = self._ends(vectors, tokens, closing, found, best[found])
        of = np.searchsorted(firsts, found, side="right") - 1
        beginnings = [Beginnings() for _ in docs]
        labels = self._labels
        for doc, at, end, label, other in zip(
            of.tolist(),
            (found - firsts[of]).tolist(),
            (ends - firsts[of]).tolist(),
            best[found].tolist(),
            alone.argmax(axis=1).tolist(),
            strict=True,
        ):
            beginnings[doc].put(at, Beginning(end, cast(str, labels[label]), labels[other]))
        return beginnings

    def _free(self, tokens: Floats, closing: Bools, space: Bools) -> Floats:
        """The scores of each token's actions while no entity is open."""
        missing = self._scores.missing[1] + self._scores.missing[2]
        scores = self._scores.hidden(tokens + missing) @ self._weights
        scores += self._bias
        scores[np.ix_(closing | space, self._begins)] = -np.inf
        scores[np.ix_(space, self._alone)] = -np.inf
        return cast(Floats, scores)

    def _ends(
        self, vectors: Floats, tokens: Floats, closing: Bools, found: Ints, actions: Ints
    ) -> Ints:
        """Where the entities that tokens begin, or are, would end (exclusive)."""
        ends = found + 1
        place = np.flatnonzero(self._begins[actions])
        at, actions = found[place] + 1, actions[place]
        firsts = self._scores.summand(vectors[at - 1], 1)
        while len(at):
            lasts = self._scores.summand(vectors[at - 1], 2)
            hidden = self._scores.hidden(tokens[at] + firsts + lasts)
            on, last = self._on[actions], self._last[actions]
            more = self._score(hidden, on) - self._score(hidden, last)
            # of equal ones spaCy takes the action with the lower number
            goes_on = ((more > 0) | ((more == 0) & (on < last))) & ~closing[at]
            ends[place[~goes_on]] = at[~goes_on] + 1
            place, firsts, actions = place[goes_on], firsts[goes_on], actions[goes_on]
            at = at[goes_on] + 1
        return ends

    def _score(self, hidden: Floats, action: Ints) -> Floats:
        scores = np.einsum("ij,ij->i", hidden, self._scores.weights[action])
        return cast(Floats, scores + self._scores.bias[action])
