"""Behaviours planted in one arm are found as clusters of their own."""

from __future__ import annotations

import numpy as np
import pytest

from logminer.clusters import NOISE, ClusterOptions, FitBlock, fit

WIDTH, TOPICS, ROWS = 384, 30, 6_000  # rows of each arm
SHARES = (0.006, 0.01, 0.015, 0.02, 0.03)  # of the candidate's rows


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def arms(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vectors of both arms, the arm of each, and what it shows: a topic, a behaviour (30 to 34), or nothing (−1)."""
    random = np.random.default_rng(seed)
    centres = unit(random.normal(size=(TOPICS + len(SHARES), WIDTH)))
    truth = np.where(random.random(2 * ROWS) < 0.1, NOISE, random.integers(TOPICS, size=2 * ROWS))
    arm = np.arange(2 * ROWS) // ROWS
    start = ROWS
    for number, share in enumerate(SHARES):
        truth[start : start + round(share * ROWS)] = TOPICS + number
        start += round(share * ROWS)
    own = random.normal(size=(2 * ROWS, WIDTH))
    return (
        unit(np.where(truth[:, None] < 0, own, centres[truth] + 1.3 * own / np.sqrt(WIDTH))),
        arm,
        truth,
    )


@pytest.mark.parametrize("seed", [0, 1])
def test_behaviours_of_one_arm_have_clusters_of_their_own(seed: int) -> None:
    vectors, arm, truth = arms(seed)
    block = FitBlock(
        [f"r{i}" for i in range(len(vectors))],
        [f"arm{a}" for a in arm],
        [f"u{i % ROWS // 4}" for i in range(len(vectors))],
        vectors,
    )
    placed = fit(ClusterOptions(), [block], upstream=[]).place(vectors).cluster
    for behaviour in range(TOPICS, TOPICS + len(SHARES)):
        shows = truth == behaviour
        clusters, counts = np.unique(placed[shows & (placed != NOISE)], return_counts=True)
        mine = placed == clusters[counts.argmax()]
        assert (shows & mine).sum() >= 0.9 * mine.sum()
        assert (shows & mine).sum() >= 0.7 * shows.sum()
