"""Clusters under parents."""

from __future__ import annotations

from logminer.clusters.hierarchy import parents
from tests.kit.vectors import find, planted


def test_parents_hold_every_cluster_once_on_each_level() -> None:
    groups, _ = planted(4000, 40, 96, spread=0.7)
    found = find(groups)
    terms = {cluster: (f"shared {cluster % 2}", f"own {cluster}") for cluster in range(found.size)}
    above = parents(found, terms, count=3)
    assert {one.level for one in above} == {1, 2}
    for level in (1, 2):
        nodes = [one for one in above if one.level == level]
        assert sorted(c for one in nodes for c in one.clusters) == sorted(found.ids.tolist())
        assert sum(one.fit_size for one in nodes) == sum(found.fit_sizes[:-1])
        assert [one.fit_size for one in nodes] == sorted((o.fit_size for o in nodes), reverse=True)
    by_id = {one.parent_id: one for one in above}
    for one in above:
        assert (one.above is None) == (one.level == 2)
        assert one.above is None or set(one.clusters) <= set(by_id[one.above].clusters)
        assert 1 <= len(one.terms) <= 3
        assert set(one.terms) <= {term for c in one.clusters for term in terms[c]}
    assert parents(find(planted(300, 3, 32, spread=0.5)[0]), {}, count=3) == []
