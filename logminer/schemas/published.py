"""The tables of a published study, in an order in which they can be loaded."""

from __future__ import annotations

from logminer.schemas.answers import CHECKPOINTS, EMBEDDINGS, RESPONSES
from logminer.schemas.clusters import (
    ASSIGNMENTS,
    CLUSTER_LINEAGE,
    CLUSTER_MAPS,
    CLUSTER_PARENTS,
    CLUSTERS,
    EMERGING,
)
from logminer.schemas.discovered import FEATURES, PHRASES
from logminer.schemas.dump import CONVERSATIONS, PROMPTS, REJECTIONS
from logminer.schemas.episodes import EPISODES
from logminer.schemas.judging import (
    CALIBRATIONS,
    CATEGORIES,
    HUMAN_LABELS,
    INJECTED_JUDGEMENTS,
    JUDGE_CARDS,
    JUDGEMENTS,
)
from logminer.schemas.runs import LOADED_PARTS, RUNS
from logminer.schemas.verdicts import COMPARISONS, MISSINGNESS

__all__ = ["INSIDE", "PUBLISHED"]

PUBLISHED = (
    CONVERSATIONS,
    PROMPTS,
    CHECKPOINTS,
    RESPONSES,
    EPISODES,
    JUDGEMENTS,
    INJECTED_JUDGEMENTS,
    EMBEDDINGS,
    CLUSTERS,
    CLUSTER_PARENTS,
    CLUSTER_MAPS,
    CLUSTER_LINEAGE,
    EMERGING,
    ASSIGNMENTS,
    CATEGORIES,
    HUMAN_LABELS,
    CALIBRATIONS,
    JUDGE_CARDS,
    COMPARISONS,
    MISSINGNESS,
    PHRASES,
    FEATURES,
    REJECTIONS,
    RUNS,
    LOADED_PARTS,
)

# Those that `study.duckdb` itself holds.
INSIDE = tuple(table for table in PUBLISHED if not table.beside)
