"""Labels that came with recorded answers, taken as judgements: human annotation, or another tool's verdicts."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from pydantic import model_validator
from pydantic_core import PydanticCustomError

from logminer.errors import ConfigError
from logminer.files.objects import AnyPath
from logminer.scorers.base import (
    NO,
    UNPARSABLE,
    YES,
    Items,
    Judgements,
    Name,
    ScorerSpec,
    category_of,
)
from logminer.scorers.texts import with_attributes
from logminer.taxonomy.tree import Category, Channel, Taxonomy

__all__ = ["RecordedLabels", "Whose", "known_value", "recorded_columns", "require_said"]

ANY = "*"  # ends a pattern of columns
NUMBER = "number"  # among the values of a column: any number is one
PEOPLE: Literal["people"] = "people"
Whose = Literal["people", "environment", "judge"]
LARGEST = 1e6  # a larger one is no score, and may be a phone's

Value = str | int | float | bool


class RecordedLabels(ScorerSpec):
    """A column of the recorded file as a category's labels. Values are compared as lower-case text, numbers as numbers.

    Where the category has a scale and `yes_from` is given, values are degrees of it, and the score is the degree over the
    highest one; else it is 1 of yes and 0 of no. A value that is in neither list, is null, or is not a number where `yes_from` is given, is unparsable; so is a
    response that has no label at all.

    Attributes:
        category, channel: what the labels are of.
        yes, no: the values that say so.
        yes_from: in place of both, the least number that is yes.
        column: where it ends in `*`, every column that begins so: each is a scorer of its own, which bears its name.
        but: of such columns those that are not meant.
        only: attributes of prompts, with their values, as in `{prompt_is_safe: true}`: of an answer to another prompt the
            label is `no`, whatever was recorded. So a refusal that was recorded is an over-refusal where its prompt is safe.
        labels: whose they are. What people say is taken as true, and what an environment decided from the state in which an
            agent left it; what another judge says errs as any scorer may, and needs a judge card before anything is called
            equivalent. People's labels that `logminer calibrate` brings count for more.
    """

    kind: Literal["recorded"] = "recorded"
    name: Name = "recorded"
    category: str
    column: str
    channel: Channel = "response"
    yes: tuple[Value, ...] = ()
    no: tuple[Value, ...] = ()
    yes_from: float | None = None
    but: tuple[str, ...] = ()
    only: dict[str, str | bool] = {}
    labels: Whose = PEOPLE

    @model_validator(mode="after")
    def _one_rule(self) -> RecordedLabels:
        if (self.yes_from is None) != bool(self.yes and self.no) or (
            self.yes_from is not None and (self.yes or self.no)
        ):
            raise PydanticCustomError(
                "recorded_rule", "give both `yes` and `no`, or `yes_from` alone"
            )
        if both := {_key(str(v)) for v in self.yes} & {_key(str(v)) for v in self.no}:
            raise PydanticCustomError(
                "recorded_overlap", "'{value}' is in `yes` and in `no`", {"value": min(both)}
            )
        return self

    @property
    def takes_labels(self) -> tuple[str, str]:
        return self.column, self.category

    @property
    def judging(self) -> RecordedLabels:
        """Whoever gave the labels: the judgements are the same."""
        return self.model_copy(update={"labels": PEOPLE})

    @property
    def reads_attributes(self) -> tuple[str, ...]:
        return tuple(self.only)

    def options(self) -> dict[str, Any]:
        """Without what came later and says nothing here: parts that were judged before one could say so stay good."""
        told, unsaid = super().options(), {"labels": PEOPLE, "only": {}, "but": []}
        told = {k: v for k, v in told.items() if k not in unsaid or v != unsaid[k]}
        return told if self.yes_from is None else {**told, "scores": "degrees"}  # once 0 and 1

    def found_among(self, columns: Sequence[str]) -> tuple[RecordedLabels, ...]:
        if not self.column.endswith(ANY):
            return (self,)
        begin = self.column.removesuffix(ANY)
        named = [one for one in columns if one.startswith(begin) and one not in self.but]
        return tuple(
            self.model_copy(update={"name": one.lower(), "column": one, "but": ()}) for one in named
        )

    def categories(self, taxonomy: Taxonomy) -> tuple[Category, ...]:
        """The one category it labels."""
        return (category_of(self.name, self.category, self.channel, taxonomy),)

    def gives_degrees(self, category: Category) -> bool:
        return category.id == self.category and bool(category.scale) and self.yes_from is not None

    def open(self, taxonomy: Taxonomy, encoder_model: str) -> _RecordedScorer:
        """Nothing to load."""
        (category,) = self.categories(taxonomy)
        codes = dict.fromkeys((_key(str(v)) for v in self.yes), YES)
        codes |= dict.fromkeys((_key(str(v)) for v in self.no), NO)
        top = category.scale.top if category.scale and self.gives_degrees(category) else None
        return _RecordedScorer(
            self.category, self.channel, self.column, codes, self.yes_from, top, self.only
        )


class _RecordedScorer(NamedTuple):
    category: str
    channel: Channel
    column: str
    codes: dict[str, int]
    yes_from: float | None
    top: int | None  # degree of the category's scale, where the values are degrees
    only: dict[str, str | bool]

    def score(self, items: Items) -> list[Judgements]:
        if items.channel != self.channel:
            return []
        values = items.labels.get(self.column) or [None] * len(items.texts)
        labels = np.fromiter((self._code(value) for value in values), np.int8, len(values))
        scores = np.where(labels == UNPARSABLE, np.nan, labels == YES)
        if self.top is not None:
            degrees = [_number(value) if value else None for value in values]
            shares = np.array(degrees, np.float64) / self.top
            scores = np.where((shares >= 0) & (shares <= 1), shares, np.nan)
        if self.only:
            asked = with_attributes(items.attributes, self.only, len(values))
            labels = np.where(asked, labels, NO).astype(np.int8)
            scores = np.where(asked, scores, 0.0)
        return [Judgements(self.category, labels, scores)]

    def _code(self, value: str | None) -> int:
        if value is None:
            return UNPARSABLE
        if self.yes_from is None:
            return self.codes.get(_key(value), UNPARSABLE)
        number = _number(value)
        if number is None:
            return UNPARSABLE
        return YES if number >= self.yes_from else NO


def recorded_columns(scorers: tuple[Any, ...]) -> dict[str, tuple[str, ...]]:
    """Columns of the recorded files that these scorers read, sorted, with the values that they know.

    The `labels` stage keeps these columns and values and no others; `number` stands for any number.
    """
    found: dict[str, set[str]] = {}
    for scorer in scorers:
        if isinstance(scorer, RecordedLabels):
            values = {_key(str(value)) for value in (*scorer.yes, *scorer.no)} or {NUMBER}
            found[scorer.column] = found.get(scorer.column, set()) | values
    return {column: tuple(sorted(found[column])) for column in sorted(found)}


def require_said(scorers: tuple[Any, ...], path: AnyPath) -> None:
    """Where a file's labels are a judge's, ask that it is said whose they are: a default would make them people's.

    Args:
        scorers: of the pipeline.
        path: the file.

    Raises:
        ConfigError: one of these scorers does not say.
    """
    for scorer in scorers:
        if isinstance(scorer, RecordedLabels) and "labels" not in scorer.model_fields_set:
            raise ConfigError(
                f"judge.scorers: {scorer.name}: what stands in '{scorer.column}' of {path} is a judge's by its format;"
                " say `labels: judge`, or `people` or `environment` if they gave it"
            )


def known_value(text: str | None, values: tuple[str, ...]) -> str | None:
    """`text` in small letters where it is one of `values`, else None: what is no label may be anybody's words."""
    if text is None:
        return None
    if _key(text) in values:
        return text.lower()
    number = _number(text) if NUMBER in values else None
    return None if number is None or abs(number) >= LARGEST else text.lower()


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _key(text: str) -> str:
    """3, 3.0 and "3" are one value: whether a file stores whole numbers as floats is an accident."""
    text = text.strip().lower()
    return repr(float(text)) if re.fullmatch(r"[+-]?\d+(\.\d*)?", text, re.ASCII) else text
