"""The barrier of a run: find clusters on what all checkpoints said, keep the map, name what is on it.

A map is found once and kept. A new checkpoint, or a dump that has grown, is placed on it, so that cluster 17 keeps
its meaning; finding clusters anew has to be asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from logminer.clusters.finding import find, map_name
from logminer.clusters.lineage import carry
from logminer.clusters.map import ClusterMap
from logminer.clusters.quality import density_validity, stability
from logminer.clusters.sample import FitBlock, discovery_block, draw_sample
from logminer.clusters.table import clusters_table, maps_table, parents_table
from logminer.errors import ConfigError
from logminer.files.atomic import write_parquet, write_text
from logminer.files.sealing import read_bytes
from logminer.pipeline.journey import Arm, Journey
from logminer.run.answers import answers
from logminer.run.emerging import emerging, seen
from logminer.run.naming import name_clusters
from logminer.schemas import (
    CLUSTER_LINEAGE,
    CLUSTER_MAPS,
    CLUSTER_PARENTS,
    CLUSTERS,
    EMERGING,
    Table,
)
from logminer.spec import content_hash
from logminer.stages.place import Place
from logminer.stages.step import Step
from logminer.store.layout import StudyFolder
from logminer.store.parts import PartFile, PartFolder

FORMER_SIZE = 30  # what `min_cluster_size` was where nobody said it

__all__ = [
    "cluster_tables",
    "fit_map",
    "kept_map",
    "lineage_table",
    "map_file",
    "own_map",
    "place_steps",
]


def own_map(journey: Journey) -> ClusterMap | None:
    """The map of this study, if it has one.

    Raises:
        StoreError: it is damaged.
    """
    path = map_file(journey)
    return ClusterMap.load(path) if path.exists() else None


def kept_map(journey: Journey) -> ClusterMap | None:
    """The map of this study, if it has one; else that of the study which `cluster.map` names, taken over.

    Where `min_cluster_size` is left to the tool, a map of when that was 30 for any number of rows stays the study's map.

    Raises:
        StoreError: it is damaged.
        ConfigError: `cluster.map` names a study without a map, or with one of another embedding model's vectors.
    """
    if own := own_map(journey):
        return own
    former = map_file(journey, min_cluster_size=FORMER_SIZE)
    if journey.file.cluster.min_cluster_size == "auto" and former.exists():
        found = ClusterMap.load(former)
        _keep(found, map_file(journey), journey.folder)
        return found
    if journey.file.cluster.map is None:
        return None
    taken = _named_map(journey)
    _keep(taken, map_file(journey), journey.folder)
    return taken


def fit_map(journey: Journey, parts: Sequence[str]) -> ClusterMap:
    """Find clusters on what all checkpoints said, measure them, and keep the map.

    Clusters that an earlier map of the study has, or the one that `cluster.map` names, keep their ids.
    """
    options = journey.file.cluster
    upstream = [arm.embed.folder.fingerprint for arm in journey.arms if not arm.repeat]
    blocks = _blocks(journey, parts)
    sample = draw_sample(blocks, seed=options.seed, limit=options.max_fit_rows)
    found = find(options, sample, map_name(options, sample, upstream))
    found = found._replace(
        space=_space(journey),
        seen=tuple(seen(journey, parts)),
        stability=stability(options, sample, found, refits=options.refits),
        validity=density_validity(options, sample, found),
    )
    path = map_file(journey)
    earlier = _earlier_map(journey)
    if earlier is not None and earlier.size:
        found, lineage = carry(found, earlier, sample.vectors)
        if earlier.map_id != found.map_id:
            write_parquet(lineage, journey.folder.lineage / f"{found.map_id}.parquet")
    _keep(found, path, journey.folder)
    return found


def lineage_table(journey: Journey) -> pa.Table:
    """What became of clusters whenever they were found anew in this study.

    Raises:
        StoreError: a file of it is damaged.
    """
    files = sorted(journey.folder.lineage.glob("*.parquet"))
    tables = [PartFile(file).read(CLUSTER_LINEAGE.schema.names) for file in files]
    return pa.concat_tables([CLUSTER_LINEAGE.schema.empty_table(), *tables])


def _keep(found: ClusterMap, path: Path, folder: StudyFolder) -> None:
    found.save(path)
    write_text(path.name, folder.latest_map)


def _latest(folder: StudyFolder) -> ClusterMap | None:
    """The map that a study kept last."""
    try:
        name = read_bytes(folder.latest_map).decode()
    except (OSError, ValueError):
        return None
    return ClusterMap.load(folder.maps / name)


def _named_map(journey: Journey) -> ClusterMap:
    named = Path(journey.file.cluster.map or "")
    found = _latest(StudyFolder(named))
    if found is None:
        raise ConfigError(f"cluster.map: {named} holds no study with a cluster map")
    if found.space != _space(journey):
        raise ConfigError(
            f"cluster.map: the vectors of {named} are of another embedding model, precision or max_chunks;"
            " use its `embed:`"
        )
    return found


def _earlier_map(journey: Journey) -> ClusterMap | None:
    """The map whose ids go on."""
    found = _latest(journey.folder)
    if found is not None and found.space == _space(journey):
        return found
    return _named_map(journey) if journey.file.cluster.map else None


def _space(journey: Journey) -> str:
    """What made the vectors, whatever the texts."""
    return journey.arms[0].embed.stage.fingerprint()


def map_file(journey: Journey, **other: int) -> Path:
    """One map for each way of finding it; the checkpoints are not part of its name. `other`: with these options."""
    kind = [
        journey.file.cluster.model_copy(update=other).options(),
        journey.file.embed.options(),
        journey.prompts.folder.fingerprint,
    ]
    return journey.folder.maps / f"{content_hash(kind)}.parquet"


def _blocks(journey: Journey, parts: Sequence[str]) -> Iterator[FitBlock]:
    for given in answers(journey, parts):
        responses = given.responses("response_id", "prompt_id", "checkpoint")
        yield discovery_block(given.embeddings(), responses, given.prompts)


def place_steps(journey: Journey, found: ClusterMap) -> list[Step]:
    """A step for each checkpoint that places its responses on the map."""
    path = str(map_file(journey))

    def step(arm: Arm) -> Step:
        stage = Place(map_id=found.map_id, map_path=path, checkpoint=arm.name)
        fingerprint = stage.fingerprint(arm.embed.folder.fingerprint)
        folder = PartFolder(journey.folder.parts, stage.label, fingerprint)
        return Step(stage, folder, arm.embed)

    return [step(arm) for arm in journey.arms]


def cluster_tables(
    journey: Journey,
    found: ClusterMap,
    places: Sequence[Step],
    parts: Sequence[str],
    say: Callable[[str], None],
) -> list[tuple[Table, pa.Table]]:
    """The tables about the map; clusters are named as `naming.name_clusters` says."""
    named = name_clusters(journey, found, places, parts, say)
    return [
        (CLUSTERS, clusters_table(found, named.terms, named.names, named.above)),
        (CLUSTER_PARENTS, parents_table(named.above)),
        (CLUSTER_MAPS, maps_table(found)),
        (CLUSTER_LINEAGE, lineage_table(journey)),
        (EMERGING, emerging(journey, found, places, parts)),
    ]
