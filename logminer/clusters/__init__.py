"""Clusters: found on the arms pooled, kept as a map, named, measured, and carried from one map to the next."""

from logminer.clusters.finding import ClusterOptions, find, fit
from logminer.clusters.map import NOISE, ClusterMap, Placement
from logminer.clusters.sample import FitBlock, Sample, discovery_block, draw_sample
from logminer.clusters.table import clusters_table

__all__ = [
    "NOISE",
    "ClusterMap",
    "ClusterOptions",
    "FitBlock",
    "Placement",
    "Sample",
    "clusters_table",
    "discovery_block",
    "draw_sample",
    "find",
    "fit",
]
