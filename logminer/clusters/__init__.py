"""Clusters: found on the arms pooled, kept as a map, named, measured, and carried from one map to the next."""

from logminer.clusters.finding import find, fit, map_name
from logminer.clusters.hierarchy import Parent, parents
from logminer.clusters.lineage import Carried, carry
from logminer.clusters.map import NOISE, ClusterMap, Placement
from logminer.clusters.options import ClusterOptions
from logminer.clusters.quality import STABLE, density_validity, stability
from logminer.clusters.sample import FitBlock, Sample, discovery_block, draw_sample
from logminer.clusters.table import clusters_table, maps_table, parents_table

__all__ = [
    "NOISE",
    "STABLE",
    "Carried",
    "ClusterMap",
    "ClusterOptions",
    "FitBlock",
    "Parent",
    "Placement",
    "Sample",
    "carry",
    "clusters_table",
    "density_validity",
    "discovery_block",
    "draw_sample",
    "find",
    "fit",
    "map_name",
    "maps_table",
    "parents",
    "parents_table",
    "stability",
]
