"""Pure functions on counts and arrays. Sign everywhere: candidate minus base."""

from logminer.stats.agreement import (
    Agreement,
    WeightedShare,
    cohen_kappa,
    kappa_interval,
    shares_differ,
    weighted_share,
)
from logminer.stats.difference import PairedDifference, paired_difference
from logminer.stats.equivalence import (
    Equivalence,
    paired_equivalence,
    paired_ratio_equivalence,
    shifted_equivalence,
)
from logminer.stats.evidence import PairedEvidence, Weight, paired_evidence
from logminer.stats.judge_error import (
    Contrast,
    CorrectedContrast,
    JudgeError,
    PoweredMean,
    RoganGladen,
    prediction_powered_mean,
    rogan_gladen,
    rogan_gladen_contrast,
)
from logminer.stats.multiplicity import (
    Discoveries,
    benjamini_hochberg,
    tree_bh,
    tree_q_values,
)
from logminer.stats.paired import (
    PairedProportions,
    paired_proportions,
)
from logminer.stats.power import (
    ExactRate,
    exact_rate,
    minimum_detectable_difference,
    smallest_margin,
)
from logminer.stats.score import Interval, RatioInterval
from logminer.stats.sequential import discordant_e_value
from logminer.stats.twosample import SwapTest, swap_test

__all__ = [
    "Agreement",
    "Contrast",
    "CorrectedContrast",
    "Discoveries",
    "Equivalence",
    "ExactRate",
    "Interval",
    "JudgeError",
    "PairedDifference",
    "PairedEvidence",
    "PairedProportions",
    "PoweredMean",
    "RatioInterval",
    "RoganGladen",
    "SwapTest",
    "Weight",
    "WeightedShare",
    "benjamini_hochberg",
    "cohen_kappa",
    "discordant_e_value",
    "exact_rate",
    "kappa_interval",
    "minimum_detectable_difference",
    "paired_difference",
    "paired_equivalence",
    "paired_evidence",
    "paired_proportions",
    "paired_ratio_equivalence",
    "prediction_powered_mean",
    "rogan_gladen",
    "rogan_gladen_contrast",
    "shares_differ",
    "shifted_equivalence",
    "smallest_margin",
    "swap_test",
    "tree_bh",
    "tree_q_values",
    "weighted_share",
]
