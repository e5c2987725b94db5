"""One way to cluster, in a process of its own: `python -m benchmarks._contender NAME ROWS CALLS PAIRS`.

Prints one line of JSON. The first two calls have the same seed, each later one another. Logminer's own packages are
imported only for logminer, so that a peer may be run by another interpreter.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks._planted import planted

Labels = NDArray[np.int64]
ARMS_AT_ONCE = 5000


def logminer(vectors: NDArray[np.float32], seed: int) -> Any:
    """Clusters of two arms pooled, and all rows placed."""
    from logminer.clusters.finding import fit
    from logminer.clusters.options import ClusterOptions
    from logminer.clusters.sample import FitBlock

    n = len(vectors)
    blocks = (
        FitBlock(
            [f"r{i}" for i in rows],
            [f"arm{i % 2}" for i in rows],
            [f"u{i // 4}" for i in rows],
            vectors[rows.start : rows.stop],
        )
        for start in range(0, n, ARMS_AT_ONCE)
        for rows in [range(start, min(n, start + ARMS_AT_ONCE))]
    )
    return fit(ClusterOptions(seed=seed), blocks, upstream=[]).place(vectors).cluster


def hdbscan_raw(vectors: NDArray[np.float32], seed: int) -> Any:
    """The hdbscan package on all widths, with logminer's sizes and leaves; it has no seed."""
    from hdbscan import HDBSCAN

    return HDBSCAN(min_cluster_size=30, min_samples=5, cluster_selection_method="leaf").fit_predict(
        vectors
    )


def bertopic(vectors: NDArray[np.float32], seed: int) -> Any:
    """What BERTopic clusters by when nothing is said: UMAP to 5, then hdbscan, at least ten rows; not seeded."""
    from bertopic import BERTopic

    model = BERTopic()
    model.umap_model.fit(vectors)
    return model.hdbscan_model.fit_predict(model.umap_model.embedding_)


def fast_hdbscan(vectors: NDArray[np.float32], seed: int) -> Any:
    """The fast_hdbscan package likewise; it has no seed."""
    from fast_hdbscan import HDBSCAN

    return HDBSCAN(min_cluster_size=30, min_samples=5, cluster_selection_method="leaf").fit_predict(
        vectors
    )


def fast_hdbscan_pca(vectors: NDArray[np.float32], seed: int) -> Any:
    """The same on 50 principal components."""
    from sklearn.decomposition import PCA

    return fast_hdbscan(PCA(50, random_state=seed).fit_transform(vectors), seed)


def evoc(vectors: NDArray[np.float32], seed: int) -> Any:
    """EVoC as it comes; seeded by call."""
    from evoc import EVoC

    return EVoC(random_state=seed).fit_predict(vectors)


CONTENDERS: dict[str, Callable[[NDArray[np.float32], int], Any]] = {
    f.__name__: f for f in (logminer, hdbscan_raw, bertopic, fast_hdbscan, fast_hdbscan_pca, evoc)
}


def main() -> None:
    name, n, calls, pairs = sys.argv[1], *map(int, sys.argv[2:5])
    vectors, truth = planted(n, pairs=pairs)
    seconds: list[float] = []
    found: list[Labels] = []
    for call in range(calls):
        started = time.perf_counter()
        found.append(np.asarray(CONTENDERS[name](vectors, max(0, call - 1)), np.int64))
        seconds.append(time.perf_counter() - started)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    from sklearn.metrics import adjusted_rand_score as ari

    other = [ari(a, b) for a, b in combinations(found[1:], 2)]
    outcome = {
        "s cold": seconds[0],
        "s warm": seconds[1] if calls > 1 else None,
        "MB": peak / (1024 if sys.platform == "linux" else 1024**2),
        "ARI": ari(truth, found[0]),
        "noise": float((found[0] < 0).mean()),
        "identical": float(np.array_equal(found[0], found[1])) if calls > 1 else None,
        "ARI across seeds": float(np.mean(other)) if other else None,
    }
    sys.stdout.write(json.dumps(outcome) + "\n")


if __name__ == "__main__":
    main()
