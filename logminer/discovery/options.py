"""What is looked for unasked."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from logminer.checkpoints.kinds import AnyGenerating
from logminer.spec import Spec, incidental

__all__ = ["DiscoverOptions"]


class DiscoverOptions(Spec):
    """What is looked for unasked.

    Attributes:
        phrases: for each pair, channel and position, so many are tested at most; 0: none.
        features: whether measures of form are compared.
        min_people: who must have been told a phrase before it is shown.
        analyst: a model that `logminer hypothesise` may show pairs of answers, described as a checkpoint is.
    """

    phrases: int = Field(40, ge=0, le=1000)
    features: bool = True
    min_people: int = incidental(3, ge=2)
    analyst: AnyGenerating | None = incidental(None)

    def rooted(self, base: Path) -> DiscoverOptions:
        """The same, relative paths of the analyst taken from `base`."""
        analyst = self.analyst.rooted(base) if self.analyst else None
        return self.model_copy(update={"analyst": analyst})
