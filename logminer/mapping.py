"""The barrier of a run: find clusters on what all checkpoints said, keep the map, name what is on it.

A map is found once and kept. A new checkpoint, or a dump that has grown, is placed on it, so that cluster 17 keeps
its meaning; finding clusters anew has to be asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from logminer.clusters import NOISE, ClusterMap, FitBlock, clusters_table, discovery_block, fit
from logminer.parts import PartFile, PartFolder
from logminer.pipeline import Arm, Journey, Pipeline
from logminer.runners.flow import Step
from logminer.spec import content_hash
from logminer.stages.cluster import Place
from logminer.terms import TextBlock, leading_terms

__all__ = ["fit_map", "kept_map", "name_clusters", "place_steps"]


def kept_map(pipeline: Pipeline, journey: Journey) -> ClusterMap | None:
    """The map of this study, if it has one.

    Raises:
        StoreError: it is damaged.
    """
    path = _map_file(pipeline, journey)
    return ClusterMap.load(path) if path.exists() else None


def fit_map(pipeline: Pipeline, journey: Journey, parts: Sequence[str]) -> ClusterMap:
    """Find clusters on what all checkpoints said, and keep the map."""
    upstream = [arm.embed.folder.fingerprint for arm in journey.arms if not arm.repeat]
    found = fit(pipeline.cluster, _blocks(journey, parts), upstream=upstream)
    found.save(_map_file(pipeline, journey))
    return found


def _map_file(pipeline: Pipeline, journey: Journey) -> Path:
    """One map for each way of finding it; the checkpoints are not part of its name."""
    kind = [
        pipeline.cluster.options(),
        pipeline.embed.options(),
        journey.prompts.folder.fingerprint,
    ]
    return pipeline.study / "maps" / f"{content_hash(kind)}.parquet"


def _blocks(journey: Journey, parts: Sequence[str]) -> Iterator[FitBlock]:
    for part in parts:
        prompts = _read(journey.prompts, part, "prompt_id", "split", "user_id")
        for arm in journey.arms:
            if arm.repeat:
                continue
            embeddings = _read(arm.embed, part, "response_id", "channel", "vector")
            responses = _read(arm.replay, part, "response_id", "prompt_id", "checkpoint")
            yield discovery_block(embeddings, responses, prompts)


def place_steps(pipeline: Pipeline, journey: Journey, found: ClusterMap) -> list[Step]:
    """A step for each checkpoint that places its responses on the map."""
    path = str(_map_file(pipeline, journey))

    def step(arm: Arm) -> Step:
        stage = Place(map_id=found.map_id, map_path=path, checkpoint=arm.name)
        fingerprint = stage.fingerprint(arm.embed.folder.fingerprint)
        folder = PartFolder(pipeline.study / "parts", stage.label, fingerprint)
        return Step(stage, folder, arm.embed)

    return [step(arm) for arm in journey.arms]


def name_clusters(
    pipeline: Pipeline,
    found: ClusterMap,
    journey: Journey,
    places: Sequence[Step],
    parts: Sequence[str],
) -> pa.Table:
    """The rows of table `clusters`: named by what sets the discovery half's responses in them apart."""
    blocks = _texts(journey, places, parts)
    return clusters_table(found, leading_terms(blocks, count=pipeline.cluster.terms))


def _texts(journey: Journey, places: Sequence[Step], parts: Sequence[str]) -> Iterator[TextBlock]:
    for part in parts:
        table = _read(journey.prompts, part, "prompt_id", "split", "user_id", "conversation_id")
        people = {
            row["prompt_id"]: row["user_id"] or row["conversation_id"]
            for row in table.to_pylist()
            if row["split"] == "discovery"
        }
        for arm, place in zip(journey.arms, places, strict=True):
            if arm.repeat:
                continue
            responses = _read(arm.replay, part, "response_id", "prompt_id", "response").to_pylist()
            cluster = dict(
                zip(
                    *_read(place, part, "response_id", "cluster_id").to_pydict().values(),
                    strict=True,
                )
            )
            chosen = [
                row
                for row in responses
                if row["prompt_id"] in people and cluster.get(row["response_id"], NOISE) != NOISE
            ]
            yield TextBlock(
                [cluster[row["response_id"]] for row in chosen],
                [row["response_id"] for row in chosen],
                [row["response"] for row in chosen],
                [people[row["prompt_id"]] for row in chosen],
            )


def _read(step: Step, part: str, *columns: str) -> pa.Table:
    return PartFile(step.folder.file(part)).read(columns)
