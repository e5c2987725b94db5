"""A judge does not rate its own family: models favour what is written as they write.

Source: Panickssery et al. 2024, LLM Evaluators Recognize and Favor Their Own Generations (arXiv:2404.13076).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from logminer.checkpoints.base import Checkpoint
from logminer.checkpoints.kinds import AnyGenerating
from logminer.errors import ConfigError
from logminer.scorers.autorater.spec import Autorater
from logminer.scorers.base import AnyKind

__all__ = ["Impartial", "impartial", "impartial_raters"]


class Impartial(NamedTuple):
    """An autorater without the judges that would rate their own family, and what its owner should know."""

    scorer: Autorater
    notes: list[str]


def impartial_raters(
    scorers: Sequence[AnyKind], checkpoints: Sequence[Checkpoint]
) -> tuple[Impartial, ...]:
    """The autoraters among the scorers, each as `impartial`."""
    raters = [scorer for scorer in scorers if isinstance(scorer, Autorater)]
    return tuple(impartial(rater, checkpoints) for rater in raters)


def impartial(scorer: Autorater, checkpoints: Sequence[Checkpoint]) -> Impartial:
    """Leave out of a panel who would rate its own family.

    Args:
        scorer: as the pipeline has it.
        checkpoints: all that it would rate; those whose family is not said are told, for then nothing is known.

    Raises:
        ConfigError: no judge is left.
    """
    relatives = {judge.name: _relative(judge, checkpoints) for judge in scorer.panel}
    kept = tuple(judge for judge in scorer.panel if not relatives[judge.name])
    out = [
        f"scorer {scorer.name}: judge {judge} would rate its own family (checkpoint {checkpoint})"
        for judge, checkpoint in relatives.items()
        if checkpoint
    ]
    if not kept:
        raise ConfigError(f"{out[0]}: name a judge of another family")
    notes = [f"{reason}: it is left out" for reason in out]
    notes += [note for judge in kept for note in judge.notes]
    unsaid = [one.name for one in [*kept, *checkpoints] if one.family is None]
    if unsaid:
        notes.append(
            f"scorer {scorer.name}: whether a judge rates its own family cannot be told: no `family` is said of"
            f" {', '.join(unsaid)}"
        )
    if len(kept) == len(scorer.panel):
        return Impartial(scorer, notes)
    return Impartial(scorer.model_copy(update={"judge": None, "judges": kept}), notes)


def _relative(judge: AnyGenerating, checkpoints: Sequence[Checkpoint]) -> str | None:
    """A checkpoint of the judge's family, or of the same model name."""
    mine = _names(judge)
    return next((checkpoint.name for checkpoint in checkpoints if mine & _names(checkpoint)), None)


def _names(checkpoint: Checkpoint) -> set[tuple[str, str]]:
    said = {"family": checkpoint.family, "model": getattr(checkpoint, "model", None)}
    return {(kind, name.strip().casefold()) for kind, name in said.items() if name}
