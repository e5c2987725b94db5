"""Names in a pipeline file that only its taxonomy and its dump can know: each must refer to something."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from logminer.checkpoints.base import Generating
from logminer.errors import ConfigError, did_you_mean
from logminer.pipeline.file import PipelineFile
from logminer.schemas.reserved import LOGGED
from logminer.scorers.autorater.impartial import Impartial
from logminer.taxonomy.tree import Taxonomy

__all__ = ["CLUSTERS", "check_references", "idle"]

CLUSTERS = "clusters"  # the margin of every cluster


def check_references(
    file: PipelineFile, taxonomy: Taxonomy, elsewhere: Collection[str] = (), *, has_log: bool
) -> None:
    """Refuse what would be declared and never tested.

    Args:
        file: the pipeline file.
        taxonomy: what it looks for.
        elsewhere: categories that its suites look for.
        has_log: whether the dump has answers.

    Raises:
        ConfigError: a margin or a role for no category, a namer that is no checkpoint, or a pair or chain with the answers of a log that
            has none.
    """
    known = [node.category.id for node in taxonomy.nodes()]
    for name in file.compare.margins:
        if name not in (*known, *elsewhere, CLUSTERS):
            hint = did_you_mean(name, [*known, *elsewhere, CLUSTERS], f"it has {', '.join(known)}")
            raise ConfigError(
                f"compare.margins.{name}: taxonomy {taxonomy.name} has no such category; {hint}"
            )
    strata = ["turn", *file.compare.strata]
    for name in file.compare.secondary:
        if name not in (*known, *strata):
            hint = did_you_mean(name, [*known, *strata], f"strata are {', '.join(strata)}")
            raise ConfigError(
                f"compare.secondary: '{name}' is neither a stratum nor a category of {taxonomy.name}; {hint}"
            )
    _check_namer(file)
    named = {f"compare.pairs.{i}": pair for i, pair in enumerate(file.compare.pairs)}
    for key, names in {**named, "compare.chain": file.compare.chain}.items():
        if LOGGED in names and not has_log:
            there = ", ".join(checkpoint.name for checkpoint in file.checkpoints)
            raise ConfigError(
                f"{key}: the dump has no answers of its own to compare as '{LOGGED}'; checkpoints are {there}"
            )


def _check_namer(file: PipelineFile) -> None:
    named = file.cluster.namer
    if not isinstance(named, str) or file.namer():
        return
    able = [one.name for one in file.checkpoints if isinstance(one, Generating)]
    hint = did_you_mean(named, able, f"those that can be asked are {', '.join(able) or 'none'}")
    raise ConfigError(f"cluster.namer: '{named}' is no checkpoint that can be asked; {hint}")


def idle(file: PipelineFile, taxonomy: Taxonomy, raters: Sequence[Impartial]) -> Iterator[str]:
    """What is declared, and nothing of this pipeline can bear on."""
    judged = {category.id for s in file.judge.scorers for category in s.categories(taxonomy)}
    known = {node.category.id for node in taxonomy.nodes()}
    for name in file.compare.margins:
        if name in known - judged:
            yield f"compare.margins.{name}: no scorer of this pipeline judges that category"
    for scorer in file.judge.scorers:
        if not scorer.categories(taxonomy):
            yield f"judge.scorers: {scorer.name} judges no category of the taxonomy {taxonomy.name}"
    canaries = any(rater.scorer.canaries for rater in raters)
    if file.gates.max_injected_moved is not None and not canaries:
        yield "gates.max_injected_moved: no autorater has canaries, so the gate is always met"
