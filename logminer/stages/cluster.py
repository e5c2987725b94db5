"""Finding clusters and placing responses on them: the only door to hdbscan.

Clusters are found on the arms pooled and on the discovery half of the users; then every row of every arm is placed by
the same rule (`clusters.ClusterMap.place`) and shifts are tested on the other half. Finding is the one barrier of a
run; it reads vectors, never text.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pydantic import Field

from logminer.clusters import NOISE, ClusterMap
from logminer.errors import StoreError
from logminer.schemas import ASSIGNMENTS, EMBEDDINGS, Table
from logminer.spec import Spec, content_hash, incidental
from logminer.stage import Rows, Stage

__all__ = ["ClusterOptions", "FitBlock", "Place", "discovery_block", "fit"]

Vectors = NDArray[np.float32]
COHERENCE = (
    0.1  # how far the mean cosine of a cluster's members lies from that of any two rows to 1
)
NARROWEST = 0.9999  # so that rounding never leaves out a copy of its centre


class ClusterOptions(Spec):
    """How clusters are found."""

    min_cluster_size: int = Field(30, ge=2)
    min_samples: int = Field(5, ge=1)  # neighbours that make a place dense; higher is more noise
    seed: int = 0  # of the sample, where there are more rows than `max_fit_rows`
    max_fit_rows: int = Field(20_000, ge=1)  # over all arms, in equal shares
    reduce_to: int = Field(50, ge=2)  # principal components that density is measured in
    terms: int = Field(8, ge=1)  # terms kept for each cluster


class FitBlock(NamedTuple):
    """Rows that clusters may be found on: discovery users, channel 'response'. Columns of equal length."""

    response_ids: Sequence[str]
    checkpoints: Sequence[str]
    users: Sequence[str | None]
    vectors: Vectors  # [n, d], unit length


def discovery_block(embeddings: pa.Table, responses: pa.Table, prompts: pa.Table) -> FitBlock:
    """The rows of three aligned parts that clusters may be found on.

    Args:
        embeddings: columns response_id, channel, vector.
        responses: columns response_id, prompt_id, checkpoint.
        prompts: columns prompt_id, split, user_id.
    """
    said = embeddings.filter(pc.equal(embeddings["channel"], "response"))
    answered = dict(
        zip(
            responses["response_id"].to_pylist(),
            zip(
                responses["prompt_id"].to_pylist(),
                responses["checkpoint"].to_pylist(),
                strict=True,
            ),
            strict=True,
        )
    )
    found = prompts.filter(pc.equal(prompts["split"], "discovery"))
    user_of = dict(zip(found["prompt_id"].to_pylist(), found["user_id"].to_pylist(), strict=True))
    ids = said["response_id"].to_pylist()
    rows = [i for i, id_ in enumerate(ids) if id_ in answered and answered[id_][0] in user_of]
    return FitBlock(
        [ids[i] for i in rows],
        [answered[ids[i]][1] for i in rows],
        [user_of[answered[ids[i]][0]] for i in rows],
        _matrix(said["vector"].combine_chunks())[rows],
    )


def fit(
    options: ClusterOptions, blocks: Iterable[FitBlock], *, upstream: Sequence[str]
) -> ClusterMap:
    """Clusters of the arms pooled.

    Of each arm at most `max_fit_rows` / arms rows are used, those with the smallest keyed hash of their response id:
    the order of the blocks, their cutting and the number of workers change nothing, and memory holds no more than
    about twice `max_fit_rows` vectors. Too few rows, or rows without dense places, give a map without clusters.

    Args:
        upstream: fingerprints of the embeddings; they and the sampled ids name the map.
    """
    sample = _Sample(options.seed, options.max_fit_rows)
    for block in blocks:
        sample.add(block)
    ids, users, vectors = sample.rows()
    labels = _by_size(_coherent(_dense_groups(options, vectors), vectors))
    count = int(labels.max(initial=NOISE)) + 1
    centres = np.zeros((count, vectors.shape[1]))
    for cluster in range(count):
        mean = vectors[labels == cluster].mean(axis=0, dtype=np.float64)
        centres[cluster] = mean / max(float(np.linalg.norm(mean)), 1e-12)
    digest = hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()
    found = ClusterMap(
        content_hash([options.options(), sorted(upstream), digest]),
        centres.astype(np.float32),
        np.full(count, -1.0),
        tuple(int((labels == c).sum()) for c in (*range(count), NOISE)),
        tuple(_known(users, labels == c) for c in (*range(count), NOISE)),
    )
    return found._replace(radii=_radii(found, vectors, labels))


class Place(Stage):
    """Place the responses of one checkpoint on a map. Thoughts are not placed."""

    name: ClassVar[str] = "place"
    rows: ClassVar[Rows] = "1:n"
    input: ClassVar[Table] = EMBEDDINGS
    output: ClassVar[Table] = ASSIGNMENTS

    map_id: str
    map_path: str = incidental()
    checkpoint: str = incidental()

    @property
    def label(self) -> str:
        return f"{self.name}.{self.checkpoint}"

    def open(self) -> Placing:
        """Load the map.

        Raises:
            StoreError: missing, damaged, or another map than the one named.
        """
        found = ClusterMap.load(Path(self.map_path))
        if found.map_id != self.map_id:
            raise StoreError(
                f"{self.map_path}: holds cluster map {found.map_id}, not {self.map_id}; run the pipeline again"
            )
        return Placing(found)


class Placing:
    """Opened `Place`."""

    def __init__(self, found: ClusterMap) -> None:
        self._map = found

    def __call__(self, batch: pa.RecordBatch, /, **sides: pa.Table) -> pa.RecordBatch:
        said = batch.filter(pc.equal(batch.column("channel"), "response"))
        placed = self._map.place(_matrix(said.column("vector")))
        unknown = np.full(said.num_rows, self._map.size == 0)
        return pa.RecordBatch.from_arrays(
            [
                said.column("response_id"),
                pa.array(placed.cluster),
                pa.array(placed.nearest, mask=unknown),
                pa.array(placed.similarity, mask=unknown),
            ],
            schema=ASSIGNMENTS.schema,
        )


def _matrix(column: pa.ListArray) -> Vectors:
    flat = column.flatten().to_numpy(zero_copy_only=False)
    return np.asarray(flat, np.float32).reshape(len(column), -1 if len(column) else 0)


class _Sample:
    """The rows of each arm with the smallest keyed hashes, whatever the order in which they come."""

    def __init__(self, seed: int, limit: int) -> None:
        self._seed, self._limit = seed, limit
        self._arms: dict[str, list[tuple[bytes, str, str | None, Vectors]]] = {}
        self._width = 0

    def add(self, block: FitBlock) -> None:
        """Take the rows in; forget those that can no longer be in the sample."""
        self._width = max(self._width, block.vectors.shape[1])
        for response_id, arm, user, vector in zip(*block, strict=True):
            key = hashlib.sha256(f"{self._seed}\0{response_id}".encode()).digest()
            self._arms.setdefault(arm, []).append((key, response_id, user, vector.copy()))
        for arm, rows in self._arms.items():
            if len(rows) > 2 * self._share:
                self._arms[arm] = self._smallest(rows)

    @property
    def _share(self) -> int:
        return max(1, self._limit // max(1, len(self._arms)))

    def _smallest(
        self, rows: list[tuple[bytes, str, str | None, Vectors]]
    ) -> list[tuple[bytes, str, str | None, Vectors]]:
        return sorted(rows, key=lambda row: row[:2])[: self._share]

    def rows(self) -> tuple[list[str], list[str | None], Vectors]:
        """Ids, users and vectors `[n, d]` of the sample, in the order of their hashes."""
        chosen = sorted(
            (row for rows in self._arms.values() for row in self._smallest(rows)),
            key=lambda row: row[:2],
        )
        vectors = np.stack([row[3] for row in chosen]) if chosen else np.zeros((0, self._width))
        return [r[1] for r in chosen], [r[2] for r in chosen], vectors.astype(np.float32)


def _dense_groups(options: ClusterOptions, vectors: Vectors) -> NDArray[np.int64]:
    """HDBSCAN's label of each row, −1 is noise."""
    if len(vectors) < 2 * options.min_cluster_size:
        return np.full(len(vectors), NOISE)
    import hdbscan
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1), warnings.catch_warnings():
        # One thread: sums in another order could tip a tie, and the number of cores is no option.
        warnings.simplefilter("ignore")
        model = hdbscan.HDBSCAN(
            min_cluster_size=options.min_cluster_size,
            min_samples=min(options.min_samples, len(vectors) - 1),
            cluster_selection_method="leaf",
            algorithm="prims_kdtree",  # exact, and at these sizes twice as fast as exact Borůvka
            core_dist_n_jobs=1,
        )
        return np.asarray(model.fit_predict(_reduced(vectors, options.reduce_to)), np.int64)


def _reduced(vectors: Vectors, width: int) -> NDArray[np.float64]:
    """Principal components `[n, ≤ width]`, scaled to unit length: without that, rows that belong to no cluster lie
    together near the origin and pass for one."""
    centred = vectors.astype(np.float64)
    centred -= centred.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    scores = centred @ axes[:, ::-1][:, :width]
    norms = np.linalg.norm(scores, axis=1, keepdims=True)
    return np.asarray(scores / np.maximum(norms, 1e-9))


def _coherent(labels: NDArray[np.int64], vectors: Vectors) -> NDArray[np.int64]:
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


def _by_size(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Clusters renumbered, 0 the largest; of equal ones the first is whose first row comes first."""
    ids, first, sizes = np.unique(labels[labels >= 0], return_index=True, return_counts=True)
    renumbered = np.full(len(labels), NOISE)
    for new, position in enumerate(np.lexsort((first, -sizes))):
        renumbered[labels == ids[position]] = new
    return renumbered


def _radii(found: ClusterMap, vectors: Vectors, labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """The radius of each cluster: the one that best tells its members (F1) from the other fit rows nearest to it.

    It is drawn halfway between the last row taken in and the next one outside, so that new rows are treated as the
    fit rows were, but no farther out than the cluster's own spread: copies of one answer attract copies only.
    """
    placed = found.place(vectors)
    radii = np.full(found.size, NARROWEST)
    for cluster in range(found.size):
        near = placed.nearest == cluster
        order = np.argsort(-placed.similarity[near], kind="stable")
        similarity, member = placed.similarity[near][order], (labels[near] == cluster)[order]
        if not member.any():  # centres of entangled clusters may swap; then nothing is placed here
            continue
        taken = np.arange(1, len(member) + 1)
        f1 = 2 * np.cumsum(member) / (taken + found.fit_sizes[cluster])
        # A radius cannot part equal similarities: only the last of each run of equals is a candidate.
        f1[:-1][similarity[:-1] == similarity[1:]] = 0
        last = int(np.flatnonzero(f1 == f1.max())[-1])
        halfway = (similarity[last] + similarity[min(last + 1, len(member) - 1)]) / 2
        spread = max(0.0, float(similarity[member].mean() - similarity[last]))
        radii[cluster] = min(NARROWEST, max(halfway, similarity[last] - spread))
    return radii


def _known(users: list[str | None], rows: NDArray[np.bool_]) -> int | None:
    if all(user is None for user in users):
        return None
    return len({users[i] for i in np.flatnonzero(rows)} - {None})
