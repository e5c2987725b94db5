"""Choices drawn by a keyed hash of (conversation, kind, value): no map is kept, and without the key no guess can be tested."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

from logminer.ids import Pseudonyms
from logminer.privacy.mentions.canonical import canonical, squeezed
from logminer.privacy.mentions.found import NAMES, FoundValues

__all__ = ["Dice", "Drawing", "cased", "scrambled"]

_WORD = re.compile(r"[^\W\d_]+")
_TRIES = 64


class Dice:
    """A keyed stream of choices."""

    def __init__(self, seed: bytes) -> None:
        self._random = random.Random(int.from_bytes(seed, "big"))

    def below(self, count: int) -> int:
        """A number from 0 to `count` − 1."""
        return int(self._random.random() * count)

    def pick(self, pool: Sequence[str]) -> str:
        """One of `pool`."""
        return pool[self.below(len(pool))]


class Drawing:
    """Draws for one conversation.

    Args:
        conversation_id: the pseudonym, which is all that a later stage knows.
        found: what was found in the conversation: no surrogate is one of its values, nor a name given already.
    """

    def __init__(
        self, pseudonyms: Pseudonyms, conversation_id: str, found: FoundValues | None = None
    ) -> None:
        self._pseudonyms = pseudonyms
        self._conversation_id = conversation_id
        self._found = found or FoundValues.opened(pseudonyms, conversation_id)

    @property
    def raw(self) -> frozenset[str]:
        """What was found in the texts at hand, in small letters, and each of its words."""
        return frozenset(self._found.said) | {w for v in self._found.said for w in _WORD.findall(v)}

    def noted(self, about: str, what: int | None = None) -> int | None:
        """What the conversation noted about something; where it is silent, `what`, which is noted then."""
        if what is not None:
            self._found.note(about, what)
        return self._found.noted(about)

    def dice(self, kind: str, *words: str) -> Dice:
        """The choices of this conversation for these words."""
        return Dice(self._seed(kind, *words))

    def drawn(self, kind: str, value: str, draw: Callable[[Dice], str]) -> str:
        """The first draw that reveals nothing; a hash in the end. All spellings of a value draw alike."""
        key = canonical(kind, value)
        for attempt in range(_TRIES):
            drawn = draw(self.dice(kind, key, str(attempt)))
            if not self._reveals(drawn, value):
                return drawn
        return f"{kind.title().replace('_', '')}{self._seed(kind, key).hex()[:12]}"

    def name(self, word: str, pool: Sequence[str]) -> str:
        """A name of the pool that stands for nobody else in this conversation; two in one where all are given."""
        key = squeezed(word)

        def draw(attempt: int) -> str:
            dice = self.dice("PERSON", key, str(attempt))
            more = (dice.pick(pool).lower() for _ in range(attempt // _TRIES))
            return "".join((dice.pick(pool), *more))

        known = self._found.entry(key)
        if known is not None and known.draw >= 0:
            return draw(known.draw)
        attempt = 0
        while self._reveals(name := draw(attempt), word) or self._found.is_given(squeezed(name)):
            attempt += 1
        self._found.give(key, attempt, squeezed(name))
        return name

    def is_name(self, word: str) -> bool:
        """Whether a word is one of a person's name in this conversation."""
        return self._found.is_name(squeezed(word))

    def _reveals(self, drawn: str, value: str) -> bool:
        """Whether a draw holds the value itself, or is another one of the conversation."""
        if "<" in drawn or value.casefold() in drawn.casefold():
            return True
        words = (drawn, *_WORD.findall(drawn))
        entries = [self._found.entry(squeezed(word)) for word in words]
        return any(e is not None and (e.number > 0 or e.form in NAMES) for e in entries)

    def digits(self, digits: str) -> str:
        """Other digits, as many."""
        return self.drawn("DIGITS", digits, lambda dice: scrambled(dice, digits))

    def _seed(self, kind: str, *words: str) -> bytes:
        return self._pseudonyms.digest("surrogate", self._conversation_id, kind, *words)


def cased(model: str, word: str) -> str:
    """`word` in capitals or small letters where `model` is."""
    if len(model) > 1 and model.isupper():
        return word.upper()
    return word.lower() if model.islower() else word


def scrambled(dice: Dice, value: str) -> str:
    """Same shape, other letters and digits; what is neither and not ordinary punctuation becomes a hyphen."""
    hexadecimal = bool(re.fullmatch(r"[0-9A-Fa-f:.\s-]+", value))
    letters = "abcdef" if hexadecimal else "abcdefghijklmnopqrstuvwxyz"
    out = []
    for char in value:
        if char.isdigit():
            out.append(str(dice.below(10)))
        elif char.isalpha():
            letter = dice.pick(letters)
            out.append(letter.upper() if char.isupper() else letter)
        else:
            out.append(char if char in " -./:,()+@_#\n" else "-")
    return "".join(out)
