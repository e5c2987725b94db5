"""Pure functions on counts and arrays. Sign everywhere: candidate minus base."""

from logminer.stats.equivalence import (
    Equivalence,
    clustered_equivalence,
    paired_equivalence,
    paired_ratio_equivalence,
)
from logminer.stats.multiplicity import Discoveries, benjamini_hochberg, tree_bh
from logminer.stats.paired import (
    ClusteredMean,
    PairedProportions,
    clustered_mean,
    paired_proportions,
)
from logminer.stats.power import ExactRate, exact_rate, minimum_detectable_difference
from logminer.stats.score import Interval, RatioInterval

__all__ = [
    "ClusteredMean",
    "Discoveries",
    "Equivalence",
    "ExactRate",
    "Interval",
    "PairedProportions",
    "RatioInterval",
    "benjamini_hochberg",
    "clustered_equivalence",
    "clustered_mean",
    "exact_rate",
    "minimum_detectable_difference",
    "paired_equivalence",
    "paired_proportions",
    "paired_ratio_equivalence",
    "tree_bh",
]
