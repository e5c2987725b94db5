"""How a behaviour gets into an answer: at the places where a model would show it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Behaviour", "Place", "plant", "planted"]

Place = Literal["opening", "within", "closing", "replaced", "rest"]
SENTENCE_ENDS = re.compile(r"(?<=[.!?。！？])\s+|\n+")


class Behaviour(NamedTuple):
    """What is planted: one of the `wordings`, or what `made` makes of chance, at one of the `places` (`rest`: the second half)."""

    name: str
    places: Sequence[Place]
    wordings: Sequence[str] = ()
    made: Callable[[random.Random], str] | None = None


def plant(behaviour: Behaviour, text: str, chance: random.Random) -> str:
    """The answer with the behaviour in it."""
    said = behaviour.made(chance) if behaviour.made else chance.choice(behaviour.wordings)
    place = chance.choice(behaviour.places)
    ends = [match.span() for match in SENTENCE_ENDS.finditer(text) if match.end() < len(text)]
    if place == "opening":
        return f"{said} {text}"
    if place == "closing" or not ends:
        return f"{text.rstrip()}{chance.choice((' ', chr(10) * 2))}{said}"
    if place == "rest":
        stop, _ = ends[len(ends) // 2]
        return f"{text[:stop]} {said}"
    number = chance.randrange(len(ends))
    stop, start = ends[number]
    if place == "replaced":
        after = ends[number + 1] if number + 1 < len(ends) else (len(text), len(text))
        return f"{text[:start]}{said}{text[after[0] :]}"
    return f"{text[:stop]} {said}{text[stop:start]}{text[start:]}"


def planted(
    behaviour: Behaviour, texts: Sequence[str], share: float, seed: int
) -> tuple[list[str], NDArray[np.int64]]:
    """The texts with the behaviour in a share of them, and which these are."""
    chance = random.Random(f"{seed} {behaviour.name}")
    chosen = sorted(chance.sample(range(len(texts)), round(share * len(texts))))
    said = list(texts)
    for number in chosen:
        said[number] = plant(behaviour, said[number], chance)
    return said, np.array(chosen, np.int64)
