"""Pairs of answers as clusters, and which of these shift."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks._behaviours.studies import ARMS
from benchmarks._behaviours.texts import Pairs
from benchmarks._simulated import Mask, filled
from logminer.clusters.finding import fit
from logminer.clusters.options import ClusterOptions
from logminer.clusters.sample import FitBlock
from logminer.compare.comparing import compare
from logminer.compare.options import CompareOptions
from logminer.models.encoder import encoder
from logminer.schemas import ASSIGNMENTS
from logminer.store.publication import Publication

__all__ = ["ANSWERS", "Embedded", "assigned", "shifts"]

ANSWERS = 1500  # pairs whose answers are embedded, which is slow
MODEL = "all-MiniLM-L6-v2"
WIDTH = 384


class Embedded:
    """Unit vectors of texts, each computed once."""

    def __init__(self) -> None:
        self._known: dict[str, NDArray[np.float32]] = {}

    def of(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """[n, 384] in the order of the texts."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known |= zip(new, encoder(MODEL).encode(new), strict=True)
        return np.stack([self._known[text] for text in texts])


def assigned(
    publication: Publication, pairs: Pairs, discovery: Mask, embedded: Embedded
) -> NDArray[np.int32]:
    """[arms, n] the cluster of each answer, which the study that was written has then, too."""
    said = [*pairs.base, *pairs.candidate]
    vectors = embedded.of(said)
    ids = [f"{arm}-p{number:06d}" for arm in ARMS for number in range(pairs.n)]
    rows = np.flatnonzero(np.tile(discovery, len(ARMS))).tolist()
    block = FitBlock(
        [ids[row] for row in rows],
        [ARMS[row // pairs.n] for row in rows],
        [pairs.users[row % pairs.n] for row in rows],
        vectors[rows],
    )
    clusters = fit(ClusterOptions(), [block], upstream=[]).place(vectors).cluster
    columns: dict[str, Any] = {"response_id": ids, "cluster_id": clusters}
    publication.replace(ASSIGNMENTS, filled(ASSIGNMENTS, columns))
    return np.asarray(clusters.reshape(len(ARMS), -1), np.int32)


def shifts(publication: Publication) -> list[dict[str, Any]]:
    """Rows of `comparisons` of clusters, noise among them, the most certain first."""
    found = compare(publication, CompareOptions(), [ARMS]).comparisons.to_pylist()
    rows = [r for r in found if r["kind"] == "cluster" and r["stratum"] == "all"]
    return sorted(rows, key=lambda r: (r["q"] is None, r["q"], r["p"], -abs(r["difference"])))
