"""A study made of what two arms say, for tests of what is found in it unasked."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pyarrow as pa

from logminer.compare.options import CompareOptions
from logminer.discovery.discovering import Discovered, discover
from logminer.discovery.options import DiscoverOptions
from logminer.schemas import ASSIGNMENTS, JUDGEMENTS, PROMPTS, RESPONSES
from logminer.store.publication import publish
from tests.kit.responses import stated
from tests.kit.world import filled

__all__ = ["Talk", "chatter"]

Row = dict[str, Any]
WORDS = [
    "river",
    "stone",
    "garden",
    "window",
    "table",
    "paper",
    "morning",
    "winter",
    "summer",
    "bread",
    "water",
    "light",
    "night",
    "music",
    "letter",
    "number",
    "answer",
    "reason",
    "village",
    "market",
    "ladder",
    "bottle",
    "corner",
    "silver",
    "yellow",
    "simple",
    "quiet",
    "narrow",
    "gentle",
    "early",
]


def chatter(chance: random.Random, sentences: int = 5) -> str:
    """Sentences of no meaning."""
    return " ".join(
        " ".join(chance.choices(WORDS, k=chance.randrange(5, 10))).capitalize() + "."
        for _ in range(sentences)
    )


class Talk:
    """Prompts and what the arms a and b say to them; every second prompt's user is of the discovery half."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Row]] = {"p": [], "r": [], "j": [], "a": []}

    def add(
        self,
        a: str | tuple[str, ...],
        b: str | tuple[str, ...],
        *,
        user: str | None = None,
        split: str | None = None,
        thoughts: tuple[str | None, str | None] = (None, None),
        cluster: int | None = None,
        category: str | None = None,
    ) -> None:
        """One prompt, its samples of either arm; b's first answer lies in the cluster, or shows the category."""
        number = len(self.rows["p"])
        prompt = f"p{number:05d}"
        half = split or ("discovery" if number % 2 else "inference")
        self.rows["p"].append(
            {
                "prompt_id": prompt,
                "conversation_id": f"c{prompt}",
                "user_id": user or f"u{number}",
                "split": half,
                "turn_index": 0,
                "prompt_group": prompt,
                "messages": [],
                "attributes": [],
                "n_redacted": 0,
                "language": "en",
            }
        )
        for arm, said, thought in zip("ab", (a, b), thoughts, strict=True):
            for sample, text in enumerate([said] if isinstance(said, str) else said):
                row = {
                    "response_id": f"{prompt}{arm}{sample}",
                    "prompt_id": prompt,
                    "checkpoint": arm,
                    "sample_index": sample,
                    "response": text,
                    "thoughts": thought,
                }
                self.rows["r"].append(stated(row))
        if cluster is not None:
            self.rows["a"].append({"response_id": f"{prompt}b0", "cluster_id": cluster})
        if category is not None:
            self.rows["j"].append(
                {
                    "response_id": f"{prompt}b0",
                    "category_id": category,
                    "channel": "response",
                    "scorer": "judge",
                    "scorer_identity": "judge",
                    "rubric_hash": "judge",
                    "label": "yes",
                }
            )

    def discovered(self, folder: Path, **options: Any) -> Discovered:
        """What is found."""
        with publish(folder, []) as publication:
            for table, name in ((PROMPTS, "p"), (RESPONSES, "r"), (ASSIGNMENTS, "a")):
                publication.replace(table, filled(table, self.rows[name]))
            publication.replace(JUDGEMENTS, filled(JUDGEMENTS, self.rows["j"]))
            chosen = DiscoverOptions(**options)
            return discover(publication, CompareOptions(), chosen, [("a", "b")])

    def phrases(self, folder: Path, **options: Any) -> list[Row]:
        """Rows of `phrases`."""
        table: pa.Table = self.discovered(folder, features=False, **options).phrases
        return list(table.to_pylist())
