"""How clusters are found."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field

from logminer.spec import Spec, incidental

__all__ = ["ClusterOptions"]


class ClusterOptions(Spec):
    """How clusters are found."""

    min_cluster_size: int = Field(30, ge=2)  # responses of a cluster's dense core
    min_samples: int = Field(5, ge=1)  # neighbours that make a place dense; higher is more noise
    seed: int = 0
    max_fit_rows: int = Field(100_000, ge=1)  # over all arms, in equal shares
    reduce_to: int = Field(100, ge=2)  # principal components that density is measured in
    terms: int = Field(8, ge=1)  # terms kept for each cluster
    min_people: int = incidental(3, ge=2)  # who must have used a term before it names a cluster
    refits: int = incidental(
        10, ge=0
    )  # on bootstrap samples of the users, to see which clusters are stable
    map: str | None = None  # folder of an earlier study whose map is taken, or whose ids go on

    def rooted(self, base: Path) -> Self:
        """The same options, `map` taken from `base`."""
        if self.map is None:
            return self
        return self.model_copy(update={"map": str(base / Path(self.map).expanduser())})
