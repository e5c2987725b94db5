"""What was planted, as vectors and as texts, is found as clusters of its own."""

from __future__ import annotations

import numpy as np
import pytest
from topics import BENIGN, CONCERNING, topic_texts

from logminer.clusters import NOISE, ClusterOptions, FitBlock, fit
from logminer.encoder import Encoder

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


@pytest.mark.parametrize(("topics", "least"), [(BENIGN, 0.94), (CONCERNING, 0.84)])
def test_topics_of_texts_are_told_apart(topics: dict[str, tuple[str, str]], least: float) -> None:
    texts, topic = topic_texts(topics, each=24)
    vectors = np.asarray(Encoder("all-MiniLM-L6-v2", threads=1).encode(texts), np.float32)
    n = len(texts)
    block = FitBlock(
        [f"r{i}" for i in range(n)],
        [f"arm{i % 2}" for i in range(n)],
        [f"u{i}" for i in range(n)],
        vectors,
    )
    found = fit(ClusterOptions(min_cluster_size=8), [block], upstream=[])
    placed, truth = found.place(vectors).cluster, np.array(topic)
    right = np.zeros(n, bool)
    for cluster in set(placed.tolist()) - {NOISE}:
        mine = placed == cluster
        right |= mine & (truth == np.bincount(truth[mine]).argmax())
    assert right.mean() >= least
