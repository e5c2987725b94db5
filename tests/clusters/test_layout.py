"""A layout of vectors whose groups are known."""

from __future__ import annotations

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from logminer.clusters.layout import lay_out, neighbour_purity
from logminer.clusters.map import NOISE

GROUPS, EACH, WIDTH = 12, 30, 64


@pytest.fixture(scope="module")
def planted() -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors about 20 centres, and which they are about."""
    rng = np.random.default_rng(4)
    groups = np.repeat(np.arange(GROUPS, dtype=np.int32), EACH)
    vectors = rng.normal(size=(GROUPS, WIDTH))[groups] + rng.normal(size=(len(groups), WIDTH))
    order = rng.permutation(len(groups))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors[order].astype(np.float32), groups[order]


def test_neighbours_stay_neighbours_whatever_the_cores(
    planted: tuple[np.ndarray, np.ndarray],
) -> None:
    vectors, groups = planted
    places = lay_out(vectors, seed=3)
    with threadpool_limits(2):
        assert np.array_equal(lay_out(vectors, seed=3), places)
    flat, full = (
        neighbour_purity(lay_out(vectors, method="pca"), groups),
        neighbour_purity(vectors, groups),
    )
    assert neighbour_purity(places, groups) > full - 0.02 > flat + 0.3


def test_rows_beyond_the_sample_lie_among_their_like_and_not_on_each_other(
    planted: tuple[np.ndarray, np.ndarray],
) -> None:
    vectors, groups = planted
    places = lay_out(vectors, sample=len(vectors) // 2)
    assert neighbour_purity(places, groups) > neighbour_purity(vectors, groups) - 0.1
    assert len(np.unique(places, axis=0)) == len(places)


def test_few_rows_and_copies_have_places_too() -> None:
    for rows in (0, 1, 2, 20):
        places = lay_out(np.eye(20, 32, dtype=np.float32)[:rows])
        assert places.shape == (rows, 2)
        assert np.isfinite(places).all()
    copies = lay_out(np.ones((40, 8), np.float32))
    assert len(np.unique(copies.round(2), axis=0)) > 10


def test_purity_asks_rows_in_clusters_of_all_their_neighbours() -> None:
    line = np.array([0, 1, 2, 4, 5, 6])[:, None] * [1.0, 0.0]
    assert neighbour_purity(line, np.array([0, 0, 0, 1, 1, 1]), k=1) == 1
    assert neighbour_purity(line, np.array([0, NOISE, 0, 0, NOISE, 0]), k=1) == 0
    assert neighbour_purity(line, np.array([0, NOISE, 0, NOISE, 0, NOISE])) == pytest.approx(2 / 5)
    assert neighbour_purity(line, np.full(6, NOISE)) is None
    assert neighbour_purity(line[:1], np.zeros(1)) is None
