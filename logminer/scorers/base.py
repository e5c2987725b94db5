"""What scorers have in common, and the protocol of those that open into something that judges texts, column by column.

A scorer is blind: what it is given holds no checkpoint and no response id. It judges many texts at once and answers
with one column of labels and scores for each category, because a study has millions of judgements.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Protocol, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import Field

from logminer.checkpoints.base import Generating, Sampling
from logminer.errors import ConfigError, did_you_mean
from logminer.models.device import Device
from logminer.scorers.facts import Facts
from logminer.spec import Spec, content_hash
from logminer.taxonomy.tree import Category, Channel, Taxonomy, channels_of

__all__ = [
    "LABELS",
    "NO",
    "NOWHERE",
    "UNPARSABLE",
    "UNSURE",
    "YES",
    "AnyKind",
    "Items",
    "Judgements",
    "Name",
    "Scorer",
    "ScorerSpec",
    "category_of",
]

LABELS = ("yes", "no", "unsure", "unparsable")  # a label's code is its place here
YES, NO, UNSURE, UNPARSABLE = range(4)
NOWHERE = (-1, -1)  # the evidence of what points to nothing


class Items(NamedTuple):
    """The n texts of one channel that are to be judged, and what lies beside them, in the same order."""

    channel: Channel
    texts: Sequence[str]  # n, none missing; of a pair the thoughts
    prompts: pa.Array  # n × list of messages; null where the prompt is unknown
    vectors: npt.NDArray[np.float32]  # [n, d], unit length; zero rows where a text has none
    labels: Mapping[str, Sequence[str | None]]  # declared column → n recorded values in lower case
    responses: Sequence[str] = ()  # of a pair: n, what was said after those thoughts
    attributes: pa.Array | None = None  # n × map of what the source keeps of each prompt
    facts: Mapping[
        str, Sequence[Mapping[str, str]]
    ] = {}  # category → n × what is told of the prompt


class Judgements(NamedTuple):
    """One category's judgement of n texts. Evidence is the span of the text that the judgement rests on."""

    category: str
    labels: npt.NDArray[np.int8]  # [n], codes into LABELS
    scores: npt.NDArray[np.float64]  # [n], in [0, 1]; NaN where the scorer gives none
    evidence: npt.NDArray[np.int32] | None = (
        None  # [n, 2] start and end, in characters; −1 where there is none
    )

    @classmethod
    def of_spans(cls, category: str, spans: Sequence[tuple[int, int]]) -> Judgements:
        """Yes (score 1) where a span of the text shows it, which is the evidence; no (0) where the span is `NOWHERE`."""
        evidence = np.array(spans, np.int32).reshape(-1, 2)
        hits = evidence[:, 0] >= 0
        labels = np.where(hits, YES, NO).astype(np.int8)
        return cls(category, labels, hits.astype(np.float64), evidence)


def category_of(scorer: str, category: str, channel: Channel, taxonomy: Taxonomy) -> Category:
    """The category of a scorer that judges a single one.

    Raises:
        ConfigError: the taxonomy has no such category, or it is not judged in that channel.
    """
    known = {node.category.id: node.category for node in taxonomy.nodes()}
    if category not in known:
        hint = did_you_mean(category, known, f"it has {', '.join(known)}")
        raise ConfigError(
            f"scorer {scorer}: taxonomy '{taxonomy.name}' has no category '{category}'; {hint}"
        )
    if channel not in channels_of(known[category]):
        raise ConfigError(
            f"scorer {scorer}: category '{category}' is not judged in {channel}; "
            f"its channel is {known[category].channel}"
        )
    return known[category]


class Scorer(Protocol):
    """An opened scorer."""

    def score(self, items: Items) -> list[Judgements]:
        """One column of judgements for each of its categories that is judged in the items' channel, in a fixed order."""
        ...


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.-]{0,63}$")]


class AnyKind(Spec, ABC):
    """How responses are judged, by whatever kind of scorer.

    Attributes:
        name: what it is called in `judgements.scorer`; two of one kind need names of their own.
    """

    kind: str
    name: Name

    @property
    def reads_attributes(self) -> tuple[str, ...]:
        """Names of the prompts' attributes that it reads; the source has to keep them."""
        return ()

    @property
    def takes_labels(self) -> tuple[str, str] | None:
        """(column, category) of the recorded labels that it takes for judgements; None: it judges."""
        return None

    @property
    def reads_facts(self) -> Facts | None:
        """What it is told of each prompt, where it is told anything."""
        return None

    def fits(self, embedding_model: str) -> bool:
        """Whether it can judge what is embedded with this model."""
        return True

    def rooted(self, base: Path) -> Self:
        """The same scorer, its relative paths taken from `base`."""
        return self

    @property
    def panel(self) -> tuple[Generating, ...]:
        """The checkpoints that judge, where it asks any."""
        return ()

    def judged_by(self, change: Callable[[Any, Sampling], Any]) -> Self:
        """The same, `change` of each judge and its sampling in the judge's place."""
        return self

    def asked_of(self, categories: tuple[str, ...], facts: Facts | None = None) -> Self | None:
        """The same, asked of other categories and told other facts, where it can be asked of any; else None."""
        return None

    def found_among(self, columns: Sequence[str]) -> tuple[Self, ...]:
        """What it stands for where the recorded answers have these columns: itself, unless it names several by a pattern."""
        return (self,)

    def gives_degrees(self, category: Category) -> bool:
        """Whether its score of a category is a degree of the category's scale over the highest one."""
        return False

    @property
    def identity(self) -> str:
        """12 hex characters that name what judges: another version, model or threshold gives another, a name does not."""
        return content_hash({k: v for k, v in self.options().items() if k != "name"})

    def check(self) -> None:
        """Fail early: raise ModelError, ConfigError or CheckpointError if it could not judge now."""

    @abstractmethod
    def categories(self, taxonomy: Taxonomy) -> tuple[Category, ...]:
        """What it judges of this taxonomy, in order.

        Raises:
            ConfigError: it names a category that the taxonomy does not have.
        """


class ScorerSpec(AnyKind):
    """A scorer that judges where the judge stage runs. Its `version` is raised when the same options would judge otherwise."""

    @property
    def computes_on(self) -> Device:
        """Where its model computes, if it has one of its own that may be on a GPU."""
        return "cpu"

    @property
    def judging(self) -> Self:
        """The same without what changes no judgement: that stays out of the judgements' fingerprint and identity."""
        return self

    @abstractmethod
    def open(self, taxonomy: Taxonomy, encoder_model: str) -> Scorer:
        """Load what it needs; called once for each worker."""
