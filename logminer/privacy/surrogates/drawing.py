"""Choices drawn by a keyed hash of (conversation, kind, value): no map is kept, and without the key no guess can be tested."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Sequence

from logminer.ids import Pseudonyms
from logminer.privacy.redact import same

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
        raw: values that must not come out as a surrogate: what was found in the conversation.
    """

    def __init__(
        self, pseudonyms: Pseudonyms, conversation_id: str, raw: Iterable[str] = ()
    ) -> None:
        self._pseudonyms = pseudonyms
        self._conversation_id = conversation_id
        self._raw = {value.casefold() for value in raw}
        self._raw |= {word for value in self._raw for word in _WORD.findall(value)}

    @property
    def raw(self) -> frozenset[str]:
        """What was found in the conversation, in small letters, and each of its words."""
        return frozenset(self._raw)

    def dice(self, kind: str, *words: str) -> Dice:
        """The choices of this conversation for these words."""
        return Dice(self._seed(kind, *words))

    def drawn(self, kind: str, value: str, draw: Callable[[Dice], str]) -> str:
        """The first draw that reveals nothing; a hash in the end."""
        key = same(kind, value)
        forbidden = value.casefold()
        seed = b""
        for attempt in range(_TRIES):
            seed = self._seed(kind, key, str(attempt))
            drawn = draw(Dice(seed))
            folded = drawn.casefold()
            if folded not in self._raw and forbidden not in folded and "<" not in drawn:
                return drawn
        return f"{kind.title().replace('_', '')}{seed.hex()[:12]}"

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
