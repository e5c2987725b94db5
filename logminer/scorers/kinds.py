"""Every kind of scorer, one a line: the file of this folder that holds it, and its class.

Their order is that of trust: of the scorers of a category the first has the verdict, unless the pipeline says which.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from logminer.errors import ConfigError, did_you_mean
from logminer.schemas.reserved import INJECTED
from logminer.scorers.autorater.spec import Autorater
from logminer.scorers.base import AnyKind, ScorerSpec
from logminer.scorers.odcv import is_odcv, odcv_labels
from logminer.spec import parse
from logminer.taxonomy.tree import Taxonomy

__all__ = ["KINDS", "AnyScorer", "AnyScorerInPlace", "check_scorers", "in_place"]

FILES = (
    "recorded:RecordedLabels",
    "autorater.spec:Autorater",
    "classifier:Classifier",
    "refusal_probe:RefusalProbe",
    "unsafe_probe:UnsafeProbe",
    "rules:Rules",
    "string_match:StringMatch",
    "prototypes:HazardPrototypes",
    "nearest_act:NearestAct",
)


_KINDS: tuple[type[AnyKind], ...] = tuple(
    resolve_name(f"logminer.scorers.{file}") for file in FILES
)
KINDS: tuple[str, ...] = tuple(kind.model_fields["kind"].default for kind in _KINDS)


def _from_yaml(value: Any) -> Any:
    """A bare name is short for `{kind: name}`, that of a judge of ODCV-Bench for its recorded labels; others are told."""
    if isinstance(value, AnyKind):
        return value
    data = {"kind": value} if isinstance(value, str) else value
    kind = data.get("kind") if isinstance(data, dict) else None
    if kind == "autorater":
        return _autorater(data)
    if is_odcv(kind):
        data, kind = odcv_labels(data), "recorded"
    if kind in KINDS:
        return _tupled(data)
    raise PydanticCustomError(
        "unknown_scorer",
        "no such scorer: {kind}; {hint}",
        {
            "kind": repr(kind) if kind else "`kind` is missing",
            "hint": did_you_mean(kind, KINDS, f"known kinds: {', '.join(KINDS)}"),
        },
    )


def _tupled(value: Any) -> Any:
    """Strict validation of what a validator gives back takes no list for a tuple."""
    if isinstance(value, dict):
        return {key: _tupled(one) for key, one in value.items()}
    return tuple(map(_tupled, value)) if isinstance(value, list) else value


def _autorater(data: dict[str, Any]) -> Autorater:
    """Checkpoints lie inside it, so it is read as JSON is: there a list may stand for a tuple."""
    try:
        return parse(Autorater, data, "autorater")
    except ConfigError as error:
        raise PydanticCustomError("autorater", "{what}", {"what": str(error)}) from None


if TYPE_CHECKING:  # no code may rely on more than this
    AnyScorer: TypeAlias = AnyKind
    AnyScorerInPlace: TypeAlias = ScorerSpec
else:  # all, and those that judge where the judge stage runs
    _IN_PLACE = tuple(kind for kind in _KINDS if issubclass(kind, ScorerSpec))
    AnyScorer = Annotated[
        reduce(or_, _KINDS), Field(discriminator="kind"), BeforeValidator(_from_yaml)
    ]
    AnyScorerInPlace = Annotated[reduce(or_, _IN_PLACE), Field(discriminator="kind")]


def in_place(scorers: Sequence[AnyScorer]) -> tuple[AnyScorerInPlace, ...]:
    """Those that the judge stage opens."""
    return tuple(scorer.judging for scorer in scorers if isinstance(scorer, ScorerSpec))


def check_scorers(scorers: Sequence[AnyKind], taxonomy: Taxonomy) -> None:
    """Refuse scorers whose judgements could not be told apart, or that this taxonomy does not fit.

    Raises:
        ConfigError: two scorers of one name judge one category, two autoraters have one name, a scorer's category is not in
            the taxonomy, or its name is kept for something else.
    """
    seen: set[tuple[str, str]] = set()
    raters = [scorer.name for scorer in scorers if isinstance(scorer, Autorater)]
    for scorer in scorers:
        if scorer.name.endswith(INJECTED):
            raise ConfigError(
                f"scorer {scorer.name}: names that end in '{INJECTED}' are kept for an autorater's canaries"
            )
        if isinstance(scorer, Autorater) and raters.count(scorer.name) > 1:
            raise ConfigError(
                f"two autoraters are named '{scorer.name}': give one of them another `name:`"
            )
        for category in scorer.categories(taxonomy):
            if (scorer.name, category.id) in seen:
                raise ConfigError(
                    f"two scorers named '{scorer.name}' judge the category '{category.id}': "
                    "give one of them another `name:`"
                )
            seen.add((scorer.name, category.id))
