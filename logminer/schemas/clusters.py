"""Clusters of responses: the map, what lies on it, and what became of the clusters of an earlier one."""

from __future__ import annotations

import pyarrow as pa

from logminer.schemas.table import FLOAT, INTEGER, TEXT, Column, Table

__all__ = [
    "ASSIGNMENTS",
    "CLUSTERS",
    "CLUSTER_LINEAGE",
    "CLUSTER_MAPS",
    "CLUSTER_PARENTS",
    "EMERGING",
]

ASSIGNMENTS = Table(
    "assignments",
    "The cluster of each response; every row of every arm is placed by the same rule.",
    (
        Column("response_id", TEXT, "the response"),
        Column("cluster_id", INTEGER, "the cluster, −1 for noise"),
        Column(
            "nearest_cluster_id",
            INTEGER,
            "the nearest cluster, also for noise",
            "no clusters were found",
        ),
        Column(
            "similarity",
            FLOAT,
            "cosine similarity to the nearest cluster's centre, in [−1, 1]",
            "no clusters were found",
        ),
        Column(
            "strength",
            FLOAT,
            "how surely it belongs to the nearest cluster, in [0, 1], from ½ on it is placed there; on a map that divides all"
            " responses the chance that one found on other users has it there as well",
            "no clusters were found",
        ),
    ),
)

CLUSTERS = Table(
    "clusters",
    "Groups of responses found by HDBSCAN on the arms pooled, discovery half of the users.",
    (
        Column("cluster_id", INTEGER, "cluster number, 0 is the largest at the fit; −1 is noise"),
        Column("map_id", TEXT, "the fit it belongs to"),
        Column("name", TEXT, "what it is called: `cluster` and its number where no name is good"),
        Column(
            "name_source",
            TEXT,
            "'keyphrases' (its first terms), 'category' (three in five of its responses show it), 'namer' (a model, from its"
            " terms) or 'none' (no name is good)",
        ),
        Column("named_by", TEXT, "which namer, and how it was asked", "no namer named it"),
        Column(
            "terms",
            pa.list_(TEXT),
            "phrases of responses and what was asked that mark it off, best first",
        ),
        Column(
            "parent_id",
            INTEGER,
            "what it lies under in `cluster_parents`, the lowest level of it",
            "noise, or like no other",
        ),
        Column("fit_size", INTEGER, "responses of the fit that are placed in it"),
        Column("fit_users", INTEGER, "known users behind those", "users unknown"),
        Column(
            "stability",
            FLOAT,
            "mean Jaccard overlap with its like when clusters are found on other users, in [0, 1]; below .6 unstable",
            "noise, or not measured",
        ),
        Column(
            "radius",
            FLOAT,
            "least cosine similarity at which a response is placed in it; on a map that divides all responses it must also"
            " be clearly nearer than to any other",
            "noise",
        ),
    ),
)

CLUSTER_PARENTS = Table(
    "cluster_parents",
    "Levels above the clusters, to browse by: clusters that say like things under one parent.",
    (
        Column("parent_id", INTEGER, "its number, from 0 over all levels"),
        Column("level", INTEGER, "1: its clusters are alike; 2: they have something in common"),
        Column("above_id", INTEGER, "its own parent", "the highest level, or like no other"),
        Column(
            "name",
            TEXT,
            "what its clusters share, or two of their names; `group` and its number where no name is good",
        ),
        Column("name_source", TEXT, "'keyphrases' or 'none'"),
        Column("terms", pa.list_(TEXT), "phrases that most of its clusters share, best first"),
        Column("n_clusters", INTEGER, "clusters under it"),
        Column("fit_size", INTEGER, "responses of the fit in those"),
    ),
)

CLUSTER_MAPS = Table(
    "cluster_maps",
    "One row: the map that the responses are placed on, and what it is worth.",
    (
        Column("map_id", TEXT, "the fit"),
        Column("n_clusters", INTEGER, "clusters on it"),
        Column("fit_rows", INTEGER, "responses that it was found on: discovery users, arms pooled"),
        Column(
            "fit_noise", FLOAT, "share of the fit that lies in no cluster, in [0, 1]", "no rows"
        ),
        Column("n_unstable", INTEGER, "clusters with a stability below .6", "not measured"),
        Column("median_stability", FLOAT, "of the clusters, in [0, 1]", "not measured"),
        Column(
            "density_validity",
            FLOAT,
            "DBCV on 2,000 rows, in [−1, 1]: how much denser clusters are inside than between them",
            "fewer than two clusters",
        ),
    ),
)

CLUSTER_LINEAGE = Table(
    "cluster_lineage",
    "What became of the clusters of an earlier map when clusters were found anew: each cluster of either map once.",
    (
        Column("earlier_map_id", TEXT, "the map before"),
        Column("map_id", TEXT, "the map after"),
        Column(
            "relation",
            TEXT,
            "'same' (keeps its id), 'split' (part of an earlier one), 'merged' (into another), 'new' or 'gone'",
        ),
        Column("earlier_cluster_id", INTEGER, "the cluster on the map before", "'new'"),
        Column("cluster_id", INTEGER, "the cluster on the map after", "'gone'"),
        Column(
            "jaccard", FLOAT, "responses in both over those in either, in [0, 1]", "'new', 'gone'"
        ),
    ),
)

EMERGING = Table(
    "emerging",
    "What came after the map was found, lies in no cluster and is alike; a row for each compared pair of checkpoints.",
    (
        Column("emerging_id", INTEGER, "its number in this run, 0 the largest"),
        Column("name", TEXT, "what it is called: `emerging` and its number where no name is good"),
        Column("terms", pa.list_(TEXT), "phrases that mark it off, best first"),
        Column("nearest_cluster_id", INTEGER, "the nearest cluster of the map", "the map has none"),
        Column("fit_size", INTEGER, "new responses of discovery users that it was found on"),
        Column("fit_users", INTEGER, "people behind those"),
        Column("base", TEXT, "checkpoint"),
        Column("candidate", TEXT, "checkpoint"),
        Column("base_responses", INTEGER, "the base's responses in it, of all users"),
        Column("candidate_responses", INTEGER, "the candidate's"),
        Column("base_people", INTEGER, "people behind the base's"),
        Column("candidate_people", INTEGER, "people behind the candidate's"),
        Column(
            "base_only",
            INTEGER,
            "of one prompt of each user who was not used to find it: shown by the base alone",
        ),
        Column("candidate_only", INTEGER, "by the candidate alone"),
        Column(
            "e_value",
            FLOAT,
            "evidence that one of them shows it more; may be looked at every night",
        ),
        Column("alarm", pa.bool_(), "the evidence stands at 5 % over all that is emerging"),
    ),
)
