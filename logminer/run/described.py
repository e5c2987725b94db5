"""The tables that describe a study: its checkpoints and its categories."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from logminer.pipeline.journey import Journey
from logminer.schemas import CATEGORIES, CHECKPOINTS
from logminer.schemas.reserved import LOGGED
from logminer.scorers.base import AnyKind
from logminer.spec import content_hash
from logminer.taxonomy.tree import Taxonomy

__all__ = ["categories_table", "checkpoints_table"]


def checkpoints_table(journey: Journey) -> pa.Table:
    """Who answers, in the order of the pipeline."""
    rows: list[dict[str, Any]] = []
    for arm in journey.arms:
        if arm.checkpoint is None:
            named = {"checkpoint": LOGGED, "kind": LOGGED, "options": "{}"}
            rows.append(named | {"identity": content_hash(LOGGED)})
            continue
        options = arm.checkpoint.options()
        # As the file says it: of a second draw, the first one's seed.
        sampling = journey.file.replay.sampling(arm.checkpoint).options()
        rows.append(
            {
                "checkpoint": arm.name,
                "kind": arm.checkpoint.kind,
                "model": arm.checkpoint.model_name,
                "options": json.dumps(options, sort_keys=True, default=str),
                "sampling": json.dumps(sampling, sort_keys=True),
                "identity": content_hash([options | {"name": ""}, sampling]),
            }
        )
    return pa.Table.from_pylist(rows, schema=CHECKPOINTS.schema)


def categories_table(taxonomy: Taxonomy, scorers: Sequence[AnyKind]) -> pa.Table:
    """What is judged, and which of the scorers give degrees."""
    rows = [
        {
            "category_id": node.category.id,
            "taxonomy": taxonomy.name,
            "taxonomy_version": taxonomy.version,
            "title": node.category.title,
            "definition": node.category.definition,
            "channel": node.category.channel,
            "direction": node.category.direction,
            "severity": node.category.severity,
            "parent": node.parent,
            "source": node.category.source or taxonomy.source,
            "found": node.category.is_found,
            "top_degree": node.category.scale and node.category.scale.top,
            "degrees_by": node.category.scale
            and [one.name for one in scorers if one.gives_degrees(node.category)],
        }
        for node in taxonomy.nodes()
    ]
    return pa.Table.from_pylist(rows, schema=CATEGORIES.schema)
