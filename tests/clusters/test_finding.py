"""Clusters are found where they were planted, the same each time, and a shift shows in them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import adjusted_rand_score

from logminer.clusters.finding import fit
from logminer.clusters.map import NOISE, ClusterMap
from logminer.clusters.options import ClusterOptions
from logminer.clusters.sample import FitBlock
from tests.kit.places import ROOT
from tests.kit.vectors import Matrix, block, find, planted, same, unit


def test_planted_clusters_are_found_and_background_is_noise(
    easy: tuple[Matrix, Matrix], found: ClusterMap
) -> None:
    vectors, truth = easy
    placed = found.place(vectors).cluster
    assert found.size == 16
    assert adjusted_rand_score(truth, placed) >= 0.9
    assert (placed[truth == NOISE] == NOISE).mean() >= 0.9


def test_new_rows_are_placed_like_those_of_the_fit(found: ClusterMap) -> None:
    vectors, truth = planted(3200, 16, 384, spread=1.0)  # the same centres, other rows
    assert adjusted_rand_score(truth, found.place(vectors).cluster) >= 0.9


def test_close_pairs_are_told_apart() -> None:
    vectors, truth = planted(1600, 16, 384, spread=1.2, close_pairs=4)
    assert adjusted_rand_score(truth, find(vectors).place(vectors).cluster) >= 0.8


def test_background_alone_is_no_cluster() -> None:
    vectors = unit(np.random.default_rng(0).normal(size=(1000, 384)))
    assert (find(vectors).place(vectors).cluster == NOISE).mean() >= 0.95


def test_clusters_are_numbered_by_size_and_add_up(found: ClusterMap) -> None:
    sizes = found.fit_sizes[:-1]
    assert list(sizes) == sorted(sizes, reverse=True)
    assert sum(found.fit_sizes) == 1600
    assert all(
        users and users <= size
        for users, size in zip(found.fit_users, found.fit_sizes, strict=True)
    )


def test_order_and_cutting_of_the_rows_change_nothing(
    easy: tuple[Matrix, Matrix], found: ClusterMap
) -> None:
    vectors, _ = easy
    shuffled = np.random.default_rng(1).permutation(len(vectors))
    blocks = [block(vectors, rows) for rows in np.array_split(shuffled, 7)]
    assert same(fit(ClusterOptions(), blocks, upstream=["x"]), found)


def test_threads_change_no_byte(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from pathlib import Path; from tests.kit.vectors import *\n"
        "find(planted(800, 8, 384, spread=1.0)[0]).save(Path(sys.argv[2]))"
    )
    files = []
    for threads in ("1", "2"):
        files.append(tmp_path / f"{threads}.parquet")
        subprocess.run(
            [sys.executable, "-c", code, str(ROOT), str(files[-1])],
            check=True,
            env=os.environ | {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads},
        )
    assert files[0].read_bytes() == files[1].read_bytes()


def test_what_names_a_map() -> None:
    vectors, _ = planted(200, 2, 16, spread=0.3)
    ids = {
        fit(options, [block(vectors)], upstream=upstream).map_id
        for options, upstream in (
            (ClusterOptions(), ["a", "b"]),
            (ClusterOptions(), ["b", "a"]),
            (ClusterOptions(), ["a", "c"]),
            (ClusterOptions(min_cluster_size=20), ["a", "b"]),
        )
    } | {fit(ClusterOptions(), [block(vectors[:199])], upstream=["a", "b"]).map_id}
    assert len(ids) == 4


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("n", [0, 1, 5, 59, 200])
def test_equal_or_few_rows_give_a_map_without_clusters(n: int, tmp_path: Path) -> None:
    vectors = np.repeat(unit(np.ones((1, 8))), n, axis=0)
    empty = find(vectors)
    assert (empty.size, empty.fit_sizes) == (0, (n,))
    assert (empty.place(vectors).cluster == NOISE).all()
    empty.save(tmp_path / "map.parquet")
    assert same(ClusterMap.load(tmp_path / "map.parquet"), empty)


@pytest.mark.filterwarnings("error")
def test_copies_of_one_answer_are_a_cluster_of_copies() -> None:
    others, _ = planted(600, 4, 64, spread=0.8)
    vectors = np.concatenate([np.repeat(others[:1], 300, axis=0), others[1:]])
    found = find(vectors)
    placed = found.place(vectors)
    assert np.isfinite(found.centres).all()
    assert np.isfinite(found.radii).all()
    assert len(set(placed.cluster[:300].tolist())) == 1
    assert placed.cluster[0] != NOISE


@pytest.mark.filterwarnings("error")
def test_many_copies_of_a_few_answers_are_clusters() -> None:
    # so many that the cells of each answer are more than are searched
    truth = np.random.default_rng(0).integers(3, size=11_000)
    vectors = planted(3, 3, 384, spread=0.8)[0][truth]
    assert adjusted_rand_score(truth, find(vectors, refits=2).place(vectors).cluster) == 1


def test_unknown_users_stay_unknown() -> None:
    vectors, _ = planted(300, 2, 16, spread=0.3)
    unknown = block(vectors)._replace(users=[None] * 300)
    assert set(fit(ClusterOptions(), [unknown], upstream=[]).fit_users) == {None}


def finds_a_shift(seed: int, moved: float) -> bool:
    """One study: two arms answer 500 prompts of 125 users; `moved` of B's answers go to one place.

    Clusters are found on the discovery half of the users and tested on the other (exact McNemar, Bonferroni).
    """
    random = np.random.default_rng(seed)
    prompts, width = 500, 12
    centres = unit(random.normal(size=(5, width)))
    topic = random.integers(5, size=prompts)
    arms = []
    for arm in range(2):
        own = np.where(random.random(prompts) < 0.4, random.integers(5, size=prompts), topic)
        own[random.random(prompts) < moved * arm] = 0
        arms.append(
            unit(centres[own] + 0.9 * random.normal(size=(prompts, width)) / np.sqrt(width))
        )
    user = np.arange(prompts) // 4
    discovery = (random.random(user.max() + 1) < 0.5)[user]
    blocks = [
        FitBlock(
            [f"{name}-{i}" for i in np.flatnonzero(discovery)],
            [name] * int(discovery.sum()),
            [f"u{u}" for u in user[discovery]],
            vectors[discovery],
        )
        for name, vectors in zip("AB", arms, strict=True)
    ]
    found = fit(ClusterOptions(min_cluster_size=15), blocks, upstream=[])
    base, candidate = (found.place(vectors[~discovery]).cluster for vectors in arms)
    p_values = [1.0]
    for cluster in range(found.size):
        base_only = int(((base == cluster) & (candidate != cluster)).sum())
        candidate_only = int(((base != cluster) & (candidate == cluster)).sum())
        if base_only + candidate_only:
            p_values.append(binomtest(base_only, base_only + candidate_only).pvalue)
    return min(p_values) * max(1, found.size) <= 0.05


def test_two_equal_arms_give_no_excess_of_findings() -> None:
    assert np.mean([finds_a_shift(seed, 0.0) for seed in range(200)]) <= 0.065


def test_a_real_shift_is_found() -> None:
    assert np.mean([finds_a_shift(seed, 0.4) for seed in range(20)]) >= 0.9
