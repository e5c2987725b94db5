"""Clusters under parents."""

from __future__ import annotations

import numpy as np

from logminer.clusters.hierarchy import parents, siblings
from logminer.clusters.map import ClusterMap
from logminer.clusters.naming import Name, keyphrase_name
from logminer.clusters.terms import profiles
from logminer.clusters.texts import TextBlock

SAID = (
    "python function returns the list, sorted by key",
    "python function prints the list, read from a file",
    "bake the cake, stir the flour and sugar",
    "bake the bread, knead the flour and yeast",
    "the moon orbits our planet",
)


def sky() -> ClusterMap:
    """Two pairs of clusters and one that is like none, in vectors."""
    rng = np.random.default_rng(0)
    themes = rng.standard_normal((3, 24))
    centres = themes[[0, 0, 1, 1, 2]] + 0.4 * rng.standard_normal((5, 24))
    unit = (centres / np.linalg.norm(centres, axis=1, keepdims=True)).astype(np.float32)
    return ClusterMap.of("sky", unit)._replace(fit_sizes=(9, 8, 7, 6, 5, 0))


def above(said: tuple[str, ...]) -> dict[tuple[int, ...], Name]:
    groups = [group for group in range(5) for _ in range(6)]
    ids = [f"r{i}" for i in range(30)]
    texts = TextBlock(groups, ids, [said[g] for g in groups], list(ids), [None] * 30)
    found = sky()
    shown = profiles([texts], siblings=siblings(found))
    names = {cluster: keyphrase_name(profile) for cluster, profile in shown.items()}
    return {one.clusters: one.name for one in parents(found, shown, names, count=3)}


def test_what_is_alike_in_vectors_and_words_has_a_parent_named_by_what_is_shared() -> None:
    found = above(SAID)
    assert set(found) == {(0, 1), (2, 3)}  # the moon stays alone
    assert {"python", "function", "list"} & set(str(found[0, 1].text).replace(",", "").split())
    assert "bake" in str(found[2, 3].text)
    assert found[0, 1].source == "keyphrases"


def test_vectors_alone_bring_nothing_together() -> None:
    apart = ("alpha beta", "gamma delta", "bake the cake", "bake the bread", "moon orbits")
    assert set(above(apart)) == {(2, 3)}


def test_a_map_of_one_cluster_has_no_parents() -> None:
    one = ClusterMap.of("one", np.ones((1, 1), np.float32))._replace(fit_sizes=(3, 0))
    assert siblings(one) == {0: ()}
    assert parents(one, {}, {}, count=3) == []
    none = ClusterMap.of("none", np.ones((0, 4), np.float32))
    assert siblings(none) == {}
    assert parents(none, {}, {}, count=3) == []
