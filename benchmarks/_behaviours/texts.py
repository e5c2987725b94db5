"""Real answers in pairs: the same one twice, two draws of one model, or two models."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow.parquet as pq

from benchmarks.harness import DUMP
from logminer.messages.alike import Asked, alike

__all__ = ["Pairs", "logged", "two_draws", "two_models"]

FOLDER = DUMP.parent


class Pairs(NamedTuple):
    """Prompts and what both arms answer: columns of equal length. A user is null where nobody knows who asked."""

    groups: list[str]
    users: list[str | None]
    languages: list[str | None]
    base: list[str]
    candidate: list[str]

    @property
    def n(self) -> int:
        """Prompts."""
        return len(self.groups)

    def taken(self, numbers: Sequence[int]) -> Pairs:
        """Some of them, in that order."""
        return Pairs(*([column[i] for i in numbers] for column in self))  # type: ignore[arg-type]

    def drawn(self, n: int, seed: int) -> Pairs:
        """So many by chance, all where there are fewer."""
        numbers = random.Random(seed).sample(range(self.n), min(n, self.n))
        return self.taken(numbers)

    def swapped(self, chance: np.random.Generator) -> Pairs:
        """Each prompt's answers change sides with chance ½."""
        sides = chance.random(self.n) < 0.5
        both = [
            (c, b) if side else (b, c)
            for side, b, c in zip(sides, self.base, self.candidate, strict=True)
        ]
        return self._replace(base=[b for b, _ in both], candidate=[c for _, c in both])


def logged() -> Pairs:
    """The last answer of each conversation of a dump with users, on either side; grouped as a study groups them."""
    rows = pq.read_table(DUMP, columns=["messages", "user_id", "language"]).to_pylist()
    kept = [row for row in rows if _last(row, "assistant") and _last(row, "user")]
    groups = alike(Asked(_last(row, "user")) for row in kept)
    said = [_last(row, "assistant") for row in kept]
    users, languages = ([row[name] for row in kept] for name in ("user_id", "language"))
    return Pairs([f"g{g}" for g in groups], users, languages, said, said)


def _last(row: dict[str, Any], role: str) -> str:
    said = [m["content"] for m in row["messages"] if m["role"] == role]
    return (said[-1] or "").strip() if said else ""


def two_draws() -> Pairs:
    """Two samples of each model and setting of the Open-Assistant evaluation that drew twice. Users are not known."""
    drawn: dict[tuple[str, ...], dict[int, str]] = defaultdict(dict)
    names = ("model", "sampling_config", "report", "prompt_id")
    for row in _rows("paired_oasst_model_eval"):
        if (row["response"] or "").strip():
            drawn[tuple(row[name] for name in names)][row["sample_idx"]] = row["response"]
    kept = [(key[-1], said[0], said[1]) for key, said in drawn.items() if {0, 1} <= said.keys()]
    groups, base, candidate = (list(column) for column in zip(*kept, strict=True))
    unknown: list[str | None] = [None] * len(groups)
    return Pairs(groups, unknown, unknown, base, candidate)


def two_models(file: str, base: str, candidate: str, **where: Any) -> Pairs:
    """The prompts that both models answered, of a paired file, in its order; the first answer of each. Users are not known."""
    said: dict[str, dict[str, str]] = {base: {}, candidate: {}}
    for row in _rows(file):
        mine = row["model"] in said and all(row[name] == value for name, value in where.items())
        if mine and (row["response"] or "").strip():
            said[row["model"]].setdefault(row["prompt_id"], row["response"])
    both = [prompt for prompt in said[base] if prompt in said[candidate]]
    unknown: list[str | None] = [None] * len(both)
    return Pairs(
        both,
        unknown,
        unknown,
        [said[base][prompt] for prompt in both],
        [said[candidate][prompt] for prompt in both],
    )


def _rows(file: str) -> list[dict[str, Any]]:
    return list(pq.read_table(FOLDER / f"{file}.parquet").to_pylist())
