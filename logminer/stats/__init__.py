"""Pure functions on counts and arrays. Sign everywhere: candidate minus base."""

from logminer.stats.agreement import (
    Agreement,
    WeightedShare,
    cohen_kappa,
    kappa_interval,
    shares_differ,
    weighted_share,
)
from logminer.stats.clustered import ClusteredRates, clustered_rates, combined
from logminer.stats.contrast import Contrast, CorrectedContrast
from logminer.stats.difference import PairedDifference, paired_difference
from logminer.stats.equivalence import (
    Equivalence,
    paired_equivalence,
    paired_ratio_equivalence,
    shifted_equivalence,
)
from logminer.stats.evidence import PairedEvidence, Weight, paired_evidence
from logminer.stats.fieller import ChangeShare, share_of_change
from logminer.stats.headline import AllWithin, all_within
from logminer.stats.multiplicity import (
    Discoveries,
    benjamini_hochberg,
    level_alone,
    tree_bh,
    tree_q_values,
)
from logminer.stats.noisy import NoisyDifference, NoisyRate, noisy_difference, noisy_rate
from logminer.stats.paired import (
    PairedProportions,
    paired_proportions,
)
from logminer.stats.poststratified import LabelledPairs, Poststratified, poststratified
from logminer.stats.power import (
    ExactRate,
    exact_rate,
    minimum_detectable_difference,
    smallest_margin,
)
from logminer.stats.powered import PoweredMean, prediction_powered_mean
from logminer.stats.rogan_gladen import (
    JudgeError,
    RoganGladen,
    rogan_gladen,
    rogan_gladen_contrast,
)
from logminer.stats.score import Interval, RatioInterval
from logminer.stats.selection import selected_confidence, shrunken
from logminer.stats.sequential import discordant_e_value
from logminer.stats.showable import showable_margin
from logminer.stats.spread import predicted_share
from logminer.stats.twosample import SwapTest, swap_test

__all__ = [
    "Agreement",
    "AllWithin",
    "ChangeShare",
    "ClusteredRates",
    "Contrast",
    "CorrectedContrast",
    "Discoveries",
    "Equivalence",
    "ExactRate",
    "Interval",
    "JudgeError",
    "LabelledPairs",
    "NoisyDifference",
    "NoisyRate",
    "PairedDifference",
    "PairedEvidence",
    "PairedProportions",
    "Poststratified",
    "PoweredMean",
    "RatioInterval",
    "RoganGladen",
    "SwapTest",
    "Weight",
    "WeightedShare",
    "all_within",
    "benjamini_hochberg",
    "clustered_rates",
    "cohen_kappa",
    "combined",
    "discordant_e_value",
    "exact_rate",
    "kappa_interval",
    "level_alone",
    "minimum_detectable_difference",
    "noisy_difference",
    "noisy_rate",
    "paired_difference",
    "paired_equivalence",
    "paired_evidence",
    "paired_proportions",
    "paired_ratio_equivalence",
    "poststratified",
    "predicted_share",
    "prediction_powered_mean",
    "rogan_gladen",
    "rogan_gladen_contrast",
    "selected_confidence",
    "share_of_change",
    "shares_differ",
    "shifted_equivalence",
    "showable_margin",
    "shrunken",
    "smallest_margin",
    "swap_test",
    "tree_bh",
    "tree_q_values",
    "weighted_share",
]
