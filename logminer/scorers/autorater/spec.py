"""What a pipeline says of an autorater: who judges, what, and how they are asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from logminer.checkpoints.base import Sampling
from logminer.checkpoints.kinds import AnyGenerating
from logminer.errors import ConfigError, did_you_mean
from logminer.schemas.reserved import FOUND
from logminer.scorers.autorater import injection, rubric
from logminer.scorers.base import AnyKind, Name
from logminer.scorers.facts import Facts
from logminer.spec import content_hash, incidental
from logminer.taxonomy.tree import Category, Taxonomy

__all__ = ["Autorater"]


class Autorater(AnyKind):
    """A language model that judges by the rubric of a category, or a panel of them.

    Attributes:
        judge: who judges, described as a checkpoint is; its `replay:` says what it does otherwise than is said here.
        judges: a panel in its place: the majority of their votes, of degrees the median.
        rates: `categories` in a pipeline: ids; `found` stands for all of `judge.found`. A call is one response, category and
            channel.
        votes: of each judge; several need a temperature above 0, for else they are one vote said several times.
        temperature, seed, max_new_tokens: as in `replay`.
        shows_prompt: the conversation stands beside the text that is rated.
        facts: what is told of each prompt, by category.
        json_schema: the server is told the form of the answer; `auto`: where the kind of checkpoint can be.
        canaries: share of the texts that are rated once more, with an order to the judge in them.
        timeout_s, concurrency: as in `replay`.
    """

    kind: Literal["autorater"] = "autorater"
    name: Name = "autorater"
    judge: AnyGenerating | None = None
    judges: tuple[AnyGenerating, ...] = ()
    rates: tuple[str, ...] = Field(alias="categories", min_length=1)
    votes: int = Field(1, ge=1, le=64)
    temperature: float = Field(0.0, ge=0, le=2)
    seed: int = 0
    max_new_tokens: int = Field(1024, ge=16)
    shows_prompt: bool = True
    facts: Facts | None = None
    json_schema: bool | Literal["auto"] = "auto"
    canaries: float = Field(0.02, ge=0, le=1)
    timeout_s: float = incidental(120.0, gt=0)
    concurrency: int = incidental(32, ge=1)

    @model_validator(mode="after")
    def _sound(self) -> Autorater:
        if (self.judge is None) == (not self.judges):
            raise ValueError("name a `judge`, or several under `judges`")
        names = [judge.name for judge in self.panel]
        if len(names) > len(set(names)):
            raise ValueError("two judges have the same name")
        for judge in self.panel:
            if judge.replay.samples is not None:
                raise ValueError(f"judge {judge.name}: `votes` says how often it is asked")
            if self.votes > 1 and not self.sampling(judge).temperature:
                raise ValueError(
                    f"judge {judge.name}: several votes at temperature 0 are one vote: set `temperature`"
                )
        if len(set(self.rates)) < len(self.rates):
            raise ValueError("a category is named twice")
        return self

    def judged_by(self, change: Callable[[Any, Sampling], Any]) -> Self:
        judge = change(self.judge, self.sampling(self.judge)) if self.judge else None
        judges = tuple(change(one, self.sampling(one)) for one in self.judges)
        return self.model_copy(update={"judge": judge, "judges": judges})

    def asked_of(self, categories: tuple[str, ...], facts: Facts | None = None) -> Self:
        return self.model_copy(update={"rates": categories, "facts": facts})

    @property
    def reads_facts(self) -> Facts | None:
        return self.facts

    @property
    def panel(self) -> tuple[AnyGenerating, ...]:
        """Who judges."""
        return (self.judge,) if self.judge else self.judges

    def sampling(self, judge: AnyGenerating) -> Sampling:
        """How a judge's answers are drawn."""
        names = ("temperature", "seed", "max_new_tokens", "timeout_s", "concurrency")
        return judge.replay.of(Sampling(**{name: getattr(self, name) for name in names}))

    def is_shaped(self, judge: AnyGenerating) -> bool:
        """Whether a judge is held to the form of the answer."""
        return judge.holds_shape if self.json_schema == "auto" else self.json_schema

    def judge_identity(self, judge: AnyGenerating) -> str:
        """12 hex characters that name what a judge's answer depends on, the question apart; its name is not of it."""
        options = judge.options() | {"name": ""}
        return content_hash([options, self.sampling(judge).options(), self.is_shaped(judge)])

    @property
    def identity(self) -> str:
        """12 hex characters that name what judges: the panel, how it is asked, and the template of the rubric."""
        judges = [self.judge_identity(judge) for judge in self.panel]
        asked = [self.kind, rubric.VERSION, judges, self.votes, self.shows_prompt]
        return content_hash([*asked, *([self.facts.options()] if self.facts else [])])

    def options(self) -> dict[str, Any]:
        versions = [rubric.VERSION, injection.VERSION]
        told = super().options() | {"identity": self.identity, "versions": versions}
        if self.facts is None:  # studies of before have none: their judgements stay good
            told.pop("facts")
        return told

    def rooted(self, base: Path) -> Self:
        found = self.judged_by(lambda judge, _: judge.rooted(base))
        facts = self.facts and self.facts.rooted(base)
        return found.model_copy(update={"facts": facts})

    def categories(self, taxonomy: Taxonomy) -> tuple[Category, ...]:
        """Those that it rates, in the order in which they are named.

        Raises:
            ConfigError: the taxonomy does not have one, or the prompt is needed and not shown.
        """
        known = {node.category.id: node.category for node in taxonomy.nodes()}
        found = [name for name, category in known.items() if category.is_found]
        if FOUND in self.rates and not found:
            raise ConfigError(
                f"scorer {self.name}: `{FOUND}` stands for the categories of `judge.found`, which names no taxonomy"
            )
        rated = [name for rate in self.rates for name in (found if rate == FOUND else [rate])]
        for name in dict.fromkeys(rated):
            if name not in known:
                hint = did_you_mean(name, known, f"it has {', '.join(known)}")
                raise ConfigError(
                    f"scorer {self.name}: taxonomy '{taxonomy.name}' has no category '{name}'; {hint}"
                )
            if known[name].needs_prompt and not self.shows_prompt:
                raise ConfigError(
                    f"scorer {self.name}: '{name}' cannot be told without the prompt: `shows_prompt: true`"
                )
        for name in self.facts.told if self.facts else ():
            if name not in rated:
                raise ConfigError(
                    f"scorer {self.name}: facts.told.{name}: it does not rate that; it rates {', '.join(rated)}"
                )
        return tuple(known[name] for name in dict.fromkeys(rated))

    def gives_degrees(self, category: Category) -> bool:
        return category.scale is not None

    def check(self) -> None:
        """Fail early: raise what a judge's own check raises, or ConfigError if it cannot be held to a form or has no facts."""
        if self.facts is not None:
            self.facts.read()
        for judge in self.panel:
            judge.check()
            if self.json_schema is True and not judge.holds_shape:
                raise ConfigError(
                    f"scorer {self.name}: judge {judge.name} of kind {judge.kind} cannot be held to a JSON schema:"
                    " leave `json_schema` out"
                )
