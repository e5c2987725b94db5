"""One comparison on its way to a row: what was found, what decides, and what speaks against it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import logminer.stats as stats
from logminer.compare.flags import FLAGS, Flag, in_flag_order
from logminer.compare.missing import Missing

__all__ = ["Decisive", "Member", "Row", "Scale"]

Row = dict[str, Any]
Scale = Literal["judge", "corrected", "people", "environment"]


class Decisive(Protocol):
    """An estimate that a verdict can rest on: of what scorers say, or of what people would."""

    @property
    def difference(self) -> float:
        """Candidate minus base."""

    @property
    def p(self) -> float:
        """Of no difference, two-sided."""

    @property
    def standard_error(self) -> float:
        """Of the difference."""

    def interval(self, confidence: float) -> stats.Interval:
        """Of the difference."""

    def minimum_detectable(self, level: float) -> float:
        """The difference that a test at this two-sided level finds with 80 % power."""

    def smallest_margin(self, alpha: float) -> float:
        """The absolute margin within which a test at this level finds equal arms equivalent with 80 % power."""


@dataclass
class Member:
    """A base, a candidate, and a category (by one scorer, in one channel) or cluster, on the prompts of a stratum.

    Attributes:
        row: columns of `comparisons`, filled in as they become known.
        strata: the names of the stratum; several where it is the same prompts.
        decides: what p and verdict rest on; None where there are too few independent units for a test.
        missing: None of a cluster.
        flags: so far.
        notes: what is to be said beside them.
    """

    row: Row
    strata: list[str]
    decides: Decisive | None
    missing: Missing | None = None
    flags: set[Flag] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    @property
    def share(self) -> str:
        """Of alpha, the share that it is tested within: see `verdicts.ALPHA_SHARES`."""
        return "found" if "found" in self.flags else str(self.row["kind"])

    @property
    def is_tested(self) -> bool:
        """Whether it is one of the hypotheses that are tested together."""
        return self.row["role"] == "primary" and self.decides is not None

    @property
    def family(self) -> tuple[Any, ...]:
        """Its family: the strata and channels of one category or cluster, of one pair."""
        names = ("base", "candidate", "kind", "category_id", "cluster_id")
        return tuple(self.row.get(name) for name in names)

    def rows(self) -> Iterator[Row]:
        """A row for each of its strata, with flags and note."""
        flags = in_flag_order(self.flags)
        note = " · ".join([*(FLAGS[flag] for flag in flags), *self.notes]) or None
        for stratum in self.strata:
            yield self.row | {"stratum": stratum, "flags": flags, "note": note}
