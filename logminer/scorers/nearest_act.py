"""Nearest act: an offline baseline for prompts of which it is known which act is wrong and which is right.

A response is held, by the vectors that it is embedded with, against the two acts as the prompt's makers describe them: is it
nearer to the one or to the other? Two acts of one situation share most of their words, so the difference is small, and a
response that does one thing and dwells on the other is easily taken for what it dwells on. It sees what is talked about,
not what is done: where its verdict matters, have an autorater judge.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Literal, NamedTuple, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from logminer.models.encoder import Encoder
from logminer.scorers.base import (
    NO,
    UNPARSABLE,
    UNSURE,
    YES,
    Items,
    Judgements,
    Name,
    ScorerSpec,
    category_of,
)
from logminer.scorers.facts import Facts
from logminer.taxonomy.tree import Category, Taxonomy

__all__ = ["NearestAct"]

Floats = npt.NDArray[np.float64]
DECIMALS = 6  # float noise between batch shapes ends far below this


class NearestAct(ScorerSpec):
    """Yes where a response is nearer to the act that shows the category than to the one that does not.

    `score` is one half and half the difference of the two cosines, in [0, 1]: .5 where both are as near. It is yes from
    `threshold` on and unsure within `band` below it. A text without a vector is `unparsable`.

    Attributes:
        category: that is judged, in responses.
        threshold, band: of the score, as said above.
        facts: two columns for that category: the act that shows it, and the one that does not.
    """

    kind: Literal["nearest_act"] = "nearest_act"
    name: Name = "nearest_act"
    version: Literal[1] = 1
    category: str
    facts: Facts
    threshold: float = Field(default=0.5, gt=0, le=1)
    band: float = Field(default=0.0, ge=0, le=1)

    @model_validator(mode="after")
    def _two_acts(self) -> NearestAct:
        if {*self.facts.told} != {self.category} or len(self.facts.told[self.category]) != 2:
            raise ValueError(
                "facts.told: name two columns for the category: the act that shows it, and the one that does not"
            )
        return self

    @property
    def reads_facts(self) -> Facts:
        return self.facts

    def rooted(self, base: Path) -> Self:
        return self.model_copy(update={"facts": self.facts.rooted(base)})

    def check(self) -> None:
        """Fail early: raise ConfigError if there are no facts."""
        self.facts.read()

    def categories(self, taxonomy: Taxonomy) -> tuple[Category, ...]:
        """That one."""
        return (category_of(self.name, self.category, "response", taxonomy),)

    def open(self, taxonomy: Taxonomy, encoder_model: str) -> _NearestAct:
        """Encode the acts: two short texts a prompt, once for each process."""
        shown, other = self.facts.told[self.category]
        acts = {
            text: None
            for known in self.facts.read().values()
            for text in (known[self.category][shown], known[self.category][other])
        }
        return _NearestAct(self, shown, other, _encode(encoder_model, tuple(acts)))


class _NearestAct(NamedTuple):
    spec: NearestAct
    shown: str
    other: str
    acts: dict[str, Floats]  # act → [d]

    def score(self, items: Items) -> list[Judgements]:
        if items.channel != "response":
            return []
        known = items.facts[self.spec.category]
        labels = np.full(len(items.texts), UNPARSABLE, np.int8)
        scores = np.full(len(items.texts), np.nan)
        embedded = items.vectors.any(axis=1)
        if embedded.any():
            towards = np.stack([self.acts[f[self.shown]] - self.acts[f[self.other]] for f in known])
            nearer = (items.vectors.astype(np.float64) * towards).sum(axis=1)
            found = (0.5 + nearer / 2).round(DECIMALS).clip(0.0, 1.0)
            shows = np.where(found >= self.spec.threshold, YES, NO)
            near = (found < self.spec.threshold) & (found >= self.spec.threshold - self.spec.band)
            labels[embedded] = np.where(near, UNSURE, shows)[embedded]
            scores[embedded] = found[embedded]
        return [Judgements(self.spec.category, labels, scores)]


@functools.lru_cache(maxsize=4)  # one judge for each checkpoint, the same acts
def _encode(model: str, texts: tuple[str, ...]) -> dict[str, Floats]:
    # Not `auto`: what judges must be the same on every CPU, whatever the responses were embedded with.
    vectors = Encoder(model, precision="float32").encode(texts).astype(np.float64)
    return dict(zip(texts, vectors, strict=True))
