"""Finding clusters on a sample of what all arms said: dense cores and how far each reaches, or all rows divided."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from logminer.clusters.choosing import ChosenDivision, chosen
from logminer.clusters.components import components, reduced
from logminer.clusters.density import dense_groups
from logminer.clusters.dividing import divided
from logminer.clusters.map import NOISE, ClusterMap
from logminer.clusters.options import ClusterOptions
from logminer.clusters.reach import LEAST_SPREAD, NARROWEST, Reach, reach, strangers
from logminer.clusters.sample import FitBlock, Sample, draw_sample
from logminer.spec import content_hash

__all__ = ["find", "find_again", "find_dense", "fit", "map_name"]

Vectors = NDArray[np.float32]
Labels = NDArray[np.int64]
# How far the mean cosine of a cluster's members lies from that of any two rows to 1, at least.
COHERENCE = 0.1
# Shares of the rows that dense places must hold to be the map, and have in their cores: .47 and more where clusters were
# planted, at most .24 among real answers.
MOSTLY, CORES = 0.75, 0.33
# Of a part's rows the shares that are less similar to the centre than where its membership has faded to ½ and to .9.
FAR, FADED = 0.01, 0.1
FADED_ODDS = float(np.log(9))
METHOD = 2  # raised when the same options find other clusters
ROWS_AT_ONCE = 8192


def fit(
    options: ClusterOptions, blocks: Iterable[FitBlock], *, upstream: Sequence[str]
) -> ClusterMap:
    """Clusters of the arms pooled.

    The order of the blocks, their cutting, the number of workers and of cores change nothing. Too few rows, or rows
    without dense places, give a map without clusters.

    Args:
        upstream: fingerprints of the embeddings; they and the sampled ids name the map.
    """
    sample = draw_sample(blocks, seed=options.seed, limit=options.max_fit_rows)
    return find(options, sample, map_name(options, sample, upstream))


def map_name(options: ClusterOptions, sample: Sample, upstream: Sequence[str]) -> str:
    """12 hex characters that name a map by how and on which rows it is found."""
    digest = hashlib.sha256("\n".join(sorted(sample.response_ids)).encode()).hexdigest()
    return content_hash([METHOD, options.options(), sorted(upstream), digest])


def find(options: ClusterOptions, sample: Sample, map_id: str) -> ClusterMap:
    """The clusters of the rows of a sample: dense places where they hold most rows, else all rows divided.

    Which of the two is a matter of the rows alone. Neither, where a division would be an accident: then the dense
    places there are.

    Args:
        map_id: the name of the map.
    """
    dense, cores = _dense(options, sample, map_id)
    rows = len(sample.vectors)
    held = rows - dense.fit_sizes[-1]
    if held >= MOSTLY * rows and cores >= CORES * rows:
        return dense
    with threadpool_limits(limits=1):
        fewest = options.smallest(rows)
        found = chosen(sample.vectors, sample.users, fewest=fewest, seed=options.seed)
        return dense if found is None else _map_of(found, sample, map_id)


def find_dense(options: ClusterOptions, sample: Sample, map_id: str) -> ClusterMap:
    """The dense places among the rows of a sample.

    Args:
        map_id: the name of the map.
    """
    return _dense(options, sample, map_id)[0]


def _dense(options: ClusterOptions, sample: Sample, map_id: str) -> tuple[ClusterMap, int]:
    """The dense places, and the number of rows in their cores."""
    vectors = sample.vectors
    smallest = options.smallest(len(vectors))
    # One thread: sums in another order could tip a tie, and the number of cores is no option.
    with threadpool_limits(limits=1):
        points = reduced(vectors, options.reduce_to)
        leaves = dense_groups(
            points,
            min_cluster_size=smallest,
            min_samples=options.min_samples,
            seed=options.seed,
        )
        labels = _numbered(_coherent(leaves, vectors))
        count = int(labels.max(initial=NOISE)) + 1
        centres = np.zeros((count, vectors.shape[1]))
        for cluster in range(count):
            mean = vectors[labels == cluster].mean(axis=0, dtype=np.float64)
            centres[cluster] = mean / max(float(np.linalg.norm(mean)), 1e-12)
        found = ClusterMap.of(map_id, centres.astype(np.float32))
        reaches = _reaches(found, vectors, labels)
        found = found._replace(
            radii=np.array([r.radius for r in reaches]), fades=np.array([r.fade for r in reaches])
        )
        placed = found.place(vectors).cluster
        found = _largest_first(found, placed, smallest / 2)
        return _counted(found, sample), int((labels != NOISE).sum())


def find_again(
    options: ClusterOptions, sample: Sample, found: ClusterMap, *, share: float
) -> ClusterMap:
    """What another sample of the same kind gives in the way in which a map was found.

    Args:
        share: rows of the sample, of those that the map was found on.
    """
    if found.divided:
        with threadpool_limits(limits=1):
            scores = components(sample.vectors, found.size)
            again = divided(sample.vectors, scores, found.size, options.seed)
        return ClusterMap.of(found.map_id, found.centres[:0] if again is None else again.centres)
    fewer = max(2, round(options.smallest(sum(found.fit_sizes)) * share))
    return find_dense(options.model_copy(update={"min_cluster_size": fewer}), sample, found.map_id)


def _map_of(found: ChosenDivision, sample: Sample, map_id: str) -> ClusterMap:
    """The map of a division. What is less similar to the nearest centre than nearly all rows of its part is noise."""
    centres = found.division.centres
    one = ClusterMap.of(map_id, centres)
    nearest, similarity = one.place(sample.vectors)[1:3]
    low = np.array([np.quantile(similarity[nearest == c], (FAR, FADED)) for c in one.ids])
    one = one._replace(
        radii=np.minimum(low[:, 0], NARROWEST),
        fades=np.maximum((low[:, 1] - low[:, 0]) / FADED_ODDS, LEAST_SPREAD),
        leads=found.leads,
        lead_fades=np.full(one.size, found.fade),
    )
    return _counted(_largest_first(one, one.place(sample.vectors).cluster, 0), sample)


def _counted(found: ClusterMap, sample: Sample) -> ClusterMap:
    """The map with the number of rows and people in each cluster."""
    placed = found.place(sample.vectors).cluster
    which = [placed == cluster for cluster in (*range(found.size), NOISE)]
    return found._replace(
        fit_sizes=tuple(int(rows.sum()) for rows in which),
        fit_users=tuple(_known(sample.users, rows) for rows in which),
    )


def _largest_first(found: ClusterMap, placed: NDArray[np.int32], fewest: float) -> ClusterMap:
    """Clusters renumbered by how many rows are placed in them; without those in which hardly any is."""
    sizes = np.bincount(placed[placed >= 0], minlength=found.size)
    order = np.argsort(-sizes, kind="stable")
    order = order[sizes[order] >= fewest]
    return found.only(order)._replace(ids=np.arange(len(order), dtype=np.int32))


def _coherent(labels: Labels, vectors: Vectors) -> Labels:
    """`labels`, with groups that are dense in few dimensions only, and alike in none, sent back to noise."""
    overall = _mean_cosine(vectors)
    least = overall + COHERENCE * (1 - overall)
    kept = labels.copy()
    for group in range(int(labels.max(initial=NOISE)) + 1):
        members = labels == group
        if _mean_cosine(vectors[members]) < least:
            kept[members] = NOISE
    return kept


def _mean_cosine(vectors: Vectors) -> float:
    """Mean cosine of two different rows, in [−1, 1]; from the length of their sum, so without pairs."""
    n = len(vectors)
    total = vectors.sum(axis=0, dtype=np.float64)
    return (float(total @ total) - n) / (n * (n - 1)) if n > 1 else 0.0


def _numbered(labels: Labels) -> Labels:
    """Labels 0 … k − 1 in place of those that are left."""
    ids, renumbered = np.unique(labels, return_inverse=True)
    first = int(np.searchsorted(ids, 0))
    return np.where(labels < 0, NOISE, renumbered.reshape(-1) - first)


def _reaches(found: ClusterMap, vectors: Vectors, labels: Labels) -> list[Reach]:
    placed = found.place(vectors)
    known = strangers(_second(found.centres, vectors)) if found.size > 1 else None
    reaches = []
    for cluster in range(found.size):
        near = placed.nearest == cluster
        reaches.append(reach(placed.similarity[near], labels[near] == cluster, known))
    return reaches


def _second(centres: Vectors, vectors: Vectors) -> NDArray[np.float64]:
    """Each row's similarity to the second nearest of two or more centres."""
    second = np.empty(len(vectors))
    for start in range(0, len(vectors), ROWS_AT_ONCE):
        cosines = vectors[start : start + ROWS_AT_ONCE] @ centres.T
        second[start : start + ROWS_AT_ONCE] = np.partition(cosines, -2, axis=1)[:, -2]
    return second


def _known(users: Sequence[str | None], rows: NDArray[np.bool_]) -> int | None:
    if all(user is None for user in users):
        return None
    return len({users[i] for i in np.flatnonzero(rows).tolist()} - {None})
