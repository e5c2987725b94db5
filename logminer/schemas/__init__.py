"""The single source of every table: Arrow schema, documentation and privacy mark.

A `Table` gives the Arrow schema of the parts, the columns of the published table and the text of
`logminer schema`. Columns marked `internal` live in the parts only: stages need them, analysts do not.
"""

from __future__ import annotations

from logminer.schemas.answers import CHECKPOINTS, EMBEDDINGS, LABELS, RESPONSES
from logminer.schemas.clusters import (
    ASSIGNMENTS,
    CLUSTER_LINEAGE,
    CLUSTER_MAPS,
    CLUSTER_PARENTS,
    CLUSTERS,
    EMERGING,
)
from logminer.schemas.discovered import FEATURES, PHRASES
from logminer.schemas.dump import CONVERSATIONS, HALVES, PROMPTS, RAW_CONVERSATIONS, REJECTIONS
from logminer.schemas.episodes import EPISODES
from logminer.schemas.judging import (
    CALIBRATIONS,
    CATEGORIES,
    HUMAN_LABELS,
    INJECTED_JUDGEMENTS,
    JUDGE_CARDS,
    JUDGEMENTS,
)
from logminer.schemas.published import INSIDE, PUBLISHED
from logminer.schemas.runs import (
    LOADED_PARTS,
    PART_DIGESTS,
    PART_ORDER,
    PUBLISHED_STATE,
    RUNS,
    VECTOR_PARTS,
)
from logminer.schemas.table import MESSAGE, REDACTION, ROLES, Column, Table
from logminer.schemas.verdicts import COMPARISONS, MISSINGNESS

__all__ = [
    "ASSIGNMENTS",
    "CALIBRATIONS",
    "CATEGORIES",
    "CHECKPOINTS",
    "CLUSTERS",
    "CLUSTER_LINEAGE",
    "CLUSTER_MAPS",
    "CLUSTER_PARENTS",
    "COMPARISONS",
    "CONVERSATIONS",
    "EMBEDDINGS",
    "EMERGING",
    "EPISODES",
    "FEATURES",
    "HALVES",
    "HUMAN_LABELS",
    "INJECTED_JUDGEMENTS",
    "INSIDE",
    "JUDGEMENTS",
    "JUDGE_CARDS",
    "LABELS",
    "LOADED_PARTS",
    "MESSAGE",
    "MISSINGNESS",
    "PART_DIGESTS",
    "PART_ORDER",
    "PHRASES",
    "PROMPTS",
    "PUBLISHED",
    "PUBLISHED_STATE",
    "RAW_CONVERSATIONS",
    "REDACTION",
    "REJECTIONS",
    "RESPONSES",
    "ROLES",
    "RUNS",
    "VECTOR_PARTS",
    "Column",
    "Table",
]
