"""Vectors with clusters planted in them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from logminer.clusters.finding import fit
from logminer.clusters.map import NOISE, ClusterMap
from logminer.clusters.options import ClusterOptions
from logminer.clusters.sample import FitBlock
from logminer.schemas import EMBEDDINGS

__all__ = ["Matrix", "blended", "block", "embeddings", "find", "planted", "same", "unit"]


Matrix = np.ndarray


def unit(rows: Matrix) -> Matrix:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def planted(
    n: int, clusters: int, width: int, *, spread: float, close_pairs: int = 0, seed: int = 0
) -> tuple[Matrix, Matrix]:
    """Unit vectors and their true clusters: equal parts and 10 % background (−1); some centres close in pairs."""
    random = np.random.default_rng(seed)
    centres = unit(random.normal(size=(clusters, width)))
    for pair in range(close_pairs):
        a, b = 2 * pair, 2 * pair + 1
        centres[b] = unit((0.6 * centres[a] + 0.4 * centres[b])[None])[0]
    truth = np.where(random.random(n) < 0.1, NOISE, np.arange(n) % clusters)
    rows = centres[truth] + spread * random.normal(size=(n, width)) / np.sqrt(width)
    rows[truth == NOISE] = random.normal(size=(int((truth == NOISE).sum()), width))
    return unit(rows), truth


def blended(n: int, topics: int, width: int, *, seed: int = 0) -> tuple[Matrix, Matrix]:
    """Unit vectors without gaps between them, as those of real answers: each of several topics, one of them most; which."""
    centres = unit(np.random.default_rng(0).normal(size=(topics, width)))
    random = np.random.default_rng([1, seed])
    share = random.dirichlet(np.full(topics, 0.3), size=n)
    rows = share @ centres + 0.6 * random.normal(size=(n, width)) / np.sqrt(width)
    return unit(rows), share.argmax(axis=1)


def block(vectors: Matrix, rows: np.ndarray | None = None) -> FitBlock:
    """Two arms that answer the same prompts, four answers a user."""
    rows = np.arange(len(vectors)) if rows is None else rows
    return FitBlock(
        [f"response-{i}" for i in rows],
        [f"arm-{i % 2}" for i in rows],
        [f"user-{i // 4}" for i in rows],
        vectors[rows],
    )


def find(vectors: Matrix, **options: int) -> ClusterMap:
    return fit(ClusterOptions(**options), [block(vectors)], upstream=["x"])


def same(one: ClusterMap, other: ClusterMap) -> bool:
    return (
        one.map_id == other.map_id
        and one.fit_sizes == other.fit_sizes
        and one.fit_users == other.fit_users
        and np.array_equal(one.centres, other.centres)
        and np.array_equal(one.radii, other.radii)
    )


def embeddings(vectors: Matrix, channel: str = "response") -> pa.RecordBatch:
    rows = [
        {"response_id": f"response-{i}", "channel": channel, "vector": vector}
        for i, vector in enumerate(vectors.tolist())
    ]
    return pa.RecordBatch.from_pylist(rows, schema=EMBEDDINGS.schema)
