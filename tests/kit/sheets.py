"""A study whose truth is known, and sheets drawn from it."""

from __future__ import annotations

import contextlib
import csv
import io
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from logminer.labels.annotation import AnnotationSheet
from logminer.labels.drawing import draw_prompts
from logminer.store.session import open_session
from tests.kit.world import World

__all__ = ["Judged", "Keys", "Row", "cells"]


class Keys(io.BytesIO):
    """What somebody types at a terminal."""

    def __init__(self, keys: str) -> None:
        super().__init__(keys.encode())

    def isatty(self) -> bool:
        return True


Row = dict[str, Any]


def cells(path: Path) -> list[Row]:
    if path.suffix == ".parquet":
        return list(pq.read_table(path).to_pylist())
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


class Judged:
    """A study of 600 prompts whose truth is known; the judge errs, and it errs differently on the arms."""

    PROMPTS = 600

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.truth: dict[str, str] = {}
        rng, world = random.Random(5), World(folder)
        for i in range(self.PROMPTS):
            hard = rng.random() < 0.2
            says = []
            for miss, invent in ((0.2, 0.02), (0.35, 0.06)):
                true = rng.random() < (0.45 if hard else 0.03)
                says.append((true, rng.random() > miss if true else rng.random() < invent))
            world.add(*((("yes" if seen else "no"),) for _, seen in says))
            world.tables["prompts"][-1]["messages"] = [{"role": "user", "content": f"=ask {i}"}]
            for row, (true, _) in zip(world.tables["responses"][-2:], says, strict=True):
                row["response"] = f"answer {i} of nobody"
                self.truth[row["response_id"]] = "yes" if true else "no"
        world.compared()

    def draw(self, n: int, seed: int = 0) -> tuple[tuple[Any, float], ...]:
        with self.opened() as draw:
            return draw(n, seed)

    @contextlib.contextmanager
    def opened(self) -> Iterator[Callable[[int, int], tuple[tuple[Any, float], ...]]]:
        """Draws by size and seed, all from one session."""
        with open_session(self.folder) as session:
            asked = {"category": "bad", "channel": "response", "scorer": "judge"}
            yield (
                lambda n, seed: (
                    draw_prompts(session, **asked, arms=("a", "b"), n=n, seed=seed).units
                )
            )

    def fill(self, path: Path) -> None:
        sheet = AnnotationSheet(path)
        for place in sheet.open_rows("label"):
            sheet.rows[place]["label"] = self.truth[sheet.rows[place]["response_id"]]
        first = sheet.open_rows("label") or [0]
        sheet.set(first[0], "label", self.truth[sheet.rows[first[0]]["response_id"]])
