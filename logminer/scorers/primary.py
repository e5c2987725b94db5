"""Which scorer of a category has the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from logminer.errors import ConfigError, did_you_mean
from logminer.scorers.base import AnyKind
from logminer.scorers.kinds import KINDS
from logminer.taxonomy.tree import Taxonomy

__all__ = ["in_order", "primary_order"]


def primary_order(
    scorers: Sequence[AnyKind], declared: Mapping[str, str], taxonomy: Taxonomy
) -> dict[str, list[str]]:
    """For each category that is judged its scorers: the declared one, then by kind, then as the pipeline names them.

    Raises:
        ConfigError: `declared` names a category that nobody judges, or a scorer that does not judge it.
    """
    found: dict[str, list[str]] = {}
    for scorer in sorted(scorers, key=lambda scorer: KINDS.index(scorer.kind)):
        for category in scorer.categories(taxonomy):
            found.setdefault(category.id, []).append(scorer.name)
    for category_id, name in declared.items():
        if category_id not in found:
            hint = did_you_mean(category_id, found, f"judged are {', '.join(found) or 'none'}")
            raise ConfigError(f"judge.primary: no scorer judges '{category_id}'; {hint}")
        if name not in found[category_id]:
            hint = did_you_mean(name, found[category_id], f"it is {', '.join(found[category_id])}")
            raise ConfigError(
                f"judge.primary.{category_id}: '{name}' is no scorer that judges it; {hint}"
            )
        found[category_id] = in_order([name], found[category_id])
    return found


def in_order(first: Sequence[str], names: Sequence[str]) -> list[str]:
    """`names`, those of `first` before the others."""
    return [*(name for name in first if name in names), *(n for n in names if n not in first)]
