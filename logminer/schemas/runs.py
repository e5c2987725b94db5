"""What was run and what of it is in the database."""

from __future__ import annotations

import pyarrow as pa

from logminer.schemas.table import TEXT, TIME, Column, Table

__all__ = ["LOADED_PARTS", "PART_DIGESTS", "PART_ORDER", "PUBLISHED_STATE", "RUNS", "VECTOR_PARTS"]

RUNS = Table(
    "runs",
    "Every run, append-only, with what was declared before it began; every export and every report of what the study holds;"
    " and every time that a model was asked what differs.",
    (
        Column(
            "run_id",
            TEXT,
            "start time, as the clock had it, and a hash of the pipeline, or of what was exported",
        ),
        Column(
            "kind",
            TEXT,
            "`run`; `export`: something restricted was written for other tools; `report`: as a page;"
            " `release`: what may be handed on was written; `hypothesise`: an analyst was shown pairs of answers; or `forget`:"
            " people were taken out",
            "a run of an earlier version",
        ),
        Column(
            "sequence",
            pa.int64(),
            "1 for the first run, one more for each run or export that began after it, whatever the clock said",
            "a run of an earlier version: these were before, in the order of `run_id`",
        ),
        Column("started_at", TIME, "start"),
        Column("finished_at", TIME, "end", "running, or cut off"),
        Column("status", TEXT, "running, done, stopped or failed"),
        Column("version", TEXT, "version of logminer"),
        Column("pipeline", TEXT, "the pipeline as JSON, without secrets", "an export"),
        Column("taxonomy_hash", TEXT, "hash of the taxonomy", "no judging"),
        Column("margins", TEXT, "declared margins as JSON", "an export"),
        Column(
            "rubrics",
            TEXT,
            "hash of each category's rubric as JSON",
            "a run of an earlier version",
        ),
        Column(
            "scorers",
            TEXT,
            "for each category its scorers as JSON, in the order in which they are asked to be primary",
            "a run of an earlier version",
        ),
        Column(
            "judged_parts",
            pa.int64(),
            "judgement parts that existed when the run declared its margins",
            "an export",
        ),
        Column(
            "summary",
            TEXT,
            "rows, rates and times of each stage as JSON; of an export its target, place, selection and files; of a report"
            " its place, and what may stand on it; of hypotheses the analyst, the sample and the wording, as hashes, what came of it and what was sent where; of `forget` how many rows went, of whomever",
            "running, or cut off",
        ),
    ),
)

LOADED_PARTS = Table(
    "loaded_parts",
    "The parts that are in this database.",
    (
        Column("stage", TEXT, "stage, with the checkpoint where there is one"),
        Column("fingerprint", TEXT, "hash of the stage's options and of all before it"),
        Column("part", TEXT, "source hash and first row"),
        Column("rows", pa.int64(), "rows in the part"),
    ),
)

PART_DIGESTS = Table(
    "part_digests",
    "What each part said when it was loaded: for publications to come, not for analysts.",
    (
        *LOADED_PARTS.columns[:3],
        Column("digest", TEXT, "keyed hash of its rows, and of the parts that it was made of"),
        Column(
            "stamp", TEXT, "of its file then: while it has the same, the file is not opened again"
        ),
    ),
)

VECTOR_PARTS = Table(
    "vector_parts",
    "Where the vectors of each loaded part lie: for sessions and publications, not for analysts.",
    (
        *LOADED_PARTS.columns[:3],
        Column("segment", TEXT, "name of a file in `vectors/`, which holds other parts too"),
        Column("rows", pa.int64(), "vectors of the part in it"),
        Column("left_out", TEXT, "hash of the conversations whose vectors are not in it", "none"),
        Column("bytes", pa.int64(), "size of that file", "written by an earlier version"),
    ),
)

PART_ORDER = Table(
    "part_order",
    "In which order the dump had the parts of conversations that are loaded: where one came twice, the first is kept.",
    (Column("hash", TEXT, "of their names in that order", "not known"),),
)

PUBLISHED_STATE = Table(
    "published_state",
    "Which state of the file was published: what was changed since is told by it.",
    (Column("state", pa.int64(), "how often changes had been folded into the file"),),
)
