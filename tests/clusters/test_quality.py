"""Stable clusters are told from accidents."""

from __future__ import annotations

import numpy as np

from logminer.clusters.finding import fit
from logminer.clusters.map import ClusterMap
from logminer.clusters.options import ClusterOptions
from logminer.clusters.quality import density_validity, stability
from logminer.clusters.sample import draw_sample
from tests.kit.vectors import block, planted, unit


def test_stable_clusters_are_told_from_accidents() -> None:
    vectors, _ = planted(1200, 10, 64, spread=0.8)
    whole = block(vectors)
    options = ClusterOptions()
    sample = draw_sample([whole], seed=0, limit=5000)
    planted_map = fit(options, [whole], upstream=[])
    values = stability(options, sample, planted_map, refits=4)
    assert values.shape == (10,)
    assert (values >= 0.8).all()
    assert np.isnan(stability(options, sample, planted_map, refits=0)).all()
    centres = unit(np.random.default_rng(5).normal(size=(3, 64)))  # nothing is there
    accidents = ClusterMap.of("x", centres)._replace(radii=np.full(3, 0.1))
    assert (stability(options, sample, accidents, refits=4) < 0.6).all()
    assert density_validity(options, sample, planted_map) > 0.2
    assert density_validity(options, sample, accidents) < 0
    assert density_validity(options, sample, planted_map.only(np.arange(1))) is None
