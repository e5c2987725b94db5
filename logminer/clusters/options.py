"""How clusters are found."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field

from logminer.spec import Spec, incidental

__all__ = ["ClusterOptions"]

# More than 30 rows of a core, as the square root of the rows would have it, lose small clusters that were planted in
# 100,000 rows, and fewer part others in 10,000: ARI .92 in place of .98.
FEWEST, MOST, PARTS = 5, 30, 20


class ClusterOptions(Spec):
    """How clusters are found.

    Attributes:
        min_cluster_size: responses of a cluster's dense core, and half of what a part of a divided map has on average, at
            least; auto: 30, of fewer than 600 rows a twentieth, at least 5.
        min_samples: neighbours that make a place dense; higher is more noise.
        seed: of the draws.
        max_fit_rows: rows that clusters are found on, over all arms, in equal shares.
        reduce_to: principal components that density is measured in.
        terms: terms kept for each cluster.
        min_people: who must have used a term before it names a cluster.
        refits: on bootstrap samples of the users, to see which clusters are stable.
        map: folder of an earlier study whose map is taken, or whose ids go on.
    """

    min_cluster_size: Annotated[int, Field(ge=2)] | Literal["auto"] = "auto"
    min_samples: int = Field(5, ge=1)
    seed: int = 0
    max_fit_rows: int = Field(100_000, ge=1)
    reduce_to: int = Field(100, ge=2)
    terms: int = Field(8, ge=1)
    min_people: int = incidental(3, ge=2)
    refits: int = incidental(10, ge=0)
    map: str | None = None

    def smallest(self, rows: int) -> int:
        """`min_cluster_size` for a fit on so many rows; `auto` is 30, of fewer than 600 rows a twentieth."""
        if self.min_cluster_size != "auto":
            return self.min_cluster_size
        return min(MOST, max(FEWEST, rows // PARTS))

    def rooted(self, base: Path) -> Self:
        """The same options, `map` taken from `base`."""
        if self.map is None:
            return self
        return self.model_copy(update={"map": str(base / Path(self.map).expanduser())})
