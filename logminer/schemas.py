"""The single source of every table: Arrow schema, documentation and privacy mark.

A `Table` gives the Arrow schema of the parts, the columns of the table in `study.duckdb` and the text of
`logminer schema`. Columns marked `internal` live in the parts only: stages need them, analysts do not.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import pyarrow as pa

__all__ = [
    "ASSIGNMENTS",
    "CATEGORIES",
    "CHECKPOINTS",
    "CLUSTERS",
    "COMPARISONS",
    "CONVERSATIONS",
    "EMBEDDINGS",
    "JUDGEMENTS",
    "LABELS",
    "LOADED_PARTS",
    "MESSAGE",
    "PROMPTS",
    "PUBLISHED",
    "RAW_CONVERSATIONS",
    "REDACTION",
    "REJECTIONS",
    "RESPONSES",
    "ROLES",
    "RUNS",
    "Column",
    "Table",
]

Privacy = Literal["raw", "pseudonymised"]
ROLES = ("system", "user", "assistant", "tool")

TEXT, INTEGER, FLOAT = pa.string(), pa.int32(), pa.float64()
TIME = pa.timestamp("us", tz="UTC")
ATTRIBUTES = pa.map_(pa.string(), pa.string())

MESSAGE = pa.struct(
    [
        pa.field("role", TEXT),
        pa.field("content", TEXT),
        pa.field("thoughts", TEXT),
        pa.field("name", TEXT),
        pa.field("tool_calls", TEXT),
        pa.field("tool_call_id", TEXT),
    ]
)
REDACTION = pa.struct(
    [
        pa.field("message_index", INTEGER),
        pa.field("field", TEXT),
        pa.field("entity_type", TEXT),
        pa.field("start", INTEGER),
        pa.field("end", INTEGER),
    ]
)


class Column(NamedTuple):
    """One column: `doc` gives meaning, unit and range; `null` says what null means ('' = never null)."""

    name: str
    type: pa.DataType
    doc: str
    null: str = ""
    internal: bool = False


class Table(NamedTuple):
    """A documented table; `.schema` is what its parts hold."""

    name: str
    doc: str
    columns: tuple[Column, ...]
    privacy: Privacy = "pseudonymised"

    @property
    def schema(self) -> pa.Schema:
        """Arrow schema of the parts, with the privacy mark in its metadata."""
        fields = [pa.field(c.name, c.type, nullable=bool(c.null)) for c in self.columns]
        return pa.schema(
            fields, metadata={b"privacy": self.privacy.encode(), b"table": self.name.encode()}
        )

    @property
    def published(self) -> tuple[Column, ...]:
        """The columns that reach `study.duckdb`."""
        return tuple(c for c in self.columns if not c.internal)


RAW_CONVERSATIONS = Table(
    "raw_conversations",
    "What a source yields, in memory only: one row for each row of the dump, good or bad.",
    (
        Column("row", pa.int64(), "row number within its file, from 0"),
        Column(
            "problem",
            TEXT,
            "why the source could not read the row (a rejection reason)",
            "the row is readable",
        ),
        Column(
            "conversation_id",
            TEXT,
            "the dump's id of the conversation, or file and row where it has none",
        ),
        Column("user_id", TEXT, "the dump's user", "unknown user"),
        Column(
            "prompt_id", TEXT, "the dump's id of the prompt, where it has one", "no such column"
        ),
        Column("messages", pa.list_(MESSAGE), "the dialogue in order", "unreadable row"),
        Column("model", TEXT, "model that gave the logged answers", "not in the dump"),
        Column("created_at", TIME, "start of the conversation", "not in the dump"),
        Column(
            "language", TEXT, "the dump's language column, as it stands there", "not in the dump"
        ),
        Column(
            "attributes",
            ATTRIBUTES,
            "declared attributes (`keep`) as lower-case text",
            "unreadable row",
        ),
    ),
    "raw",
)

CONVERSATIONS = Table(
    "conversations",
    "One anonymised conversation a row; rejected ones are in `rejections`.",
    (
        Column("conversation_id", TEXT, "keyed pseudonym of the dump's id"),
        Column("user_id", TEXT, "keyed pseudonym of the user", "unknown user"),
        Column(
            "split",
            TEXT,
            "'discovery' or 'inference', by user (by conversation where the user is unknown)",
        ),
        Column("messages", pa.list_(MESSAGE), "the anonymised dialogue in order", "rejected row"),
        Column(
            "redactions",
            pa.list_(REDACTION),
            "replaced spans; offsets in characters of the anonymised text",
            "rejected row",
        ),
        Column("model", TEXT, "model that gave the logged answers", "not in the dump"),
        Column("created_at", TIME, "start of the conversation", "not in the dump"),
        Column(
            "language",
            TEXT,
            "ISO 639-1 code, from the dump or detected",
            "rejected before it was known",
        ),
        Column(
            "attributes",
            ATTRIBUTES,
            "declared attributes (`source.keep`) as lower-case text",
            "rejected row",
        ),
        Column("row", pa.int64(), "row number within its source file, from 0"),
        Column("rejected", TEXT, "why the conversation was rejected", "accepted", internal=True),
        Column(
            "source_key",
            TEXT,
            "keyed hash of the dump's prompt id (else conversation id)",
            "rejected row",
            internal=True,
        ),
        Column(
            "content_keys",
            pa.list_(TEXT),
            "keyed hash of the raw prompt at each user message",
            "rejected row",
            internal=True,
        ),
    ),
)

PROMPTS = Table(
    "prompts",
    "One prompt a row: a conversation's prefix that ends in a user message.",
    (
        Column("prompt_id", TEXT, "keyed hash of conversation and turn"),
        Column("conversation_id", TEXT, "the conversation it is a prefix of"),
        Column("user_id", TEXT, "keyed pseudonym of the user", "unknown user"),
        Column("split", TEXT, "'discovery' or 'inference'"),
        Column("turn_index", INTEGER, "user messages before this one; 0 is the first turn"),
        Column("messages", pa.list_(MESSAGE), "the anonymised messages up to and with the user's"),
        Column("language", TEXT, "ISO 639-1 code"),
        Column("attributes", ATTRIBUTES, "declared attributes (`source.keep`) as lower-case text"),
        Column("redactions", pa.list_(REDACTION), "redactions of these messages", internal=True),
        Column(
            "source_key",
            TEXT,
            "keyed hash of the dump's prompt id",
            "not the last turn",
            internal=True,
        ),
        Column("content_key", TEXT, "keyed hash of the raw prompt", internal=True),
        Column(
            "logged_response",
            TEXT,
            "the anonymised answer found in the log",
            "none in the log",
            internal=True,
        ),
        Column("logged_thoughts", TEXT, "its thoughts", "none in the log", internal=True),
        Column(
            "logged_redactions",
            pa.list_(REDACTION),
            "redactions of both; message_index is 0",
            "none",
            internal=True,
        ),
    ),
)

RESPONSES = Table(
    "responses",
    "One answer (sample) of one checkpoint to one prompt, anonymised; a failed one is a row with `error`.",
    (
        Column("response_id", TEXT, "hash of prompt, checkpoint and sample"),
        Column("prompt_id", TEXT, "the prompt it answers"),
        Column(
            "checkpoint", TEXT, "name of the checkpoint; `logged` is the answer found in the log"
        ),
        Column("sample_index", INTEGER, "0-based sample number"),
        Column("thoughts", TEXT, "what the model thought, apart from what it said", "no thoughts"),
        Column("response", TEXT, "what the model said", "failed"),
        Column("finish_reason", TEXT, "stop, length, content_filter, tool_calls", "unknown"),
        Column("input_tokens", INTEGER, "tokens of the prompt", "unknown"),
        Column("output_tokens", INTEGER, "tokens of thoughts and response", "unknown"),
        Column("latency_s", FLOAT, "seconds from request to answer", "not generated here"),
        Column("error", TEXT, "code of what failed, never a server's words", "answered"),
        Column(
            "redactions",
            pa.list_(REDACTION),
            "replaced spans; `field` is response or thoughts",
            "failed",
        ),
    ),
)

LABELS = Table(
    "labels",
    "Labels that came with recorded answers, for the `recorded` scorer only.",
    (
        Column("response_id", TEXT, "the response it labels"),
        Column("column", TEXT, "declared column of the recorded file"),
        Column("value", TEXT, "its value as lower-case text", "null in the file"),
    ),
)

EMBEDDINGS = Table(
    "embeddings",
    "Unit-length vectors of responses. Treat them as text: they can be inverted.",
    (
        Column("response_id", TEXT, "the response"),
        Column("channel", TEXT, "'response' or 'thoughts'"),
        Column("vector", pa.list_(pa.float32()), "unit-length float32 vector"),
    ),
)

JUDGEMENTS = Table(
    "judgements",
    "One row for each response, category, channel and scorer, also when the answer is no; failed responses have none.",
    (
        Column("response_id", TEXT, "the response judged"),
        Column("category_id", TEXT, "the category"),
        Column("channel", TEXT, "'response' or 'thoughts'"),
        Column("scorer", TEXT, "name of the scorer in the pipeline"),
        Column("label", TEXT, "'yes', 'no', 'unsure' or 'unparsable'"),
        Column(
            "score",
            FLOAT,
            "degree in [0, 1]; higher is more of the behaviour",
            "the scorer gives none",
        ),
    ),
)

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
    ),
)

CLUSTERS = Table(
    "clusters",
    "Groups of responses found by HDBSCAN on the arms pooled, discovery half of the users.",
    (
        Column("cluster_id", INTEGER, "cluster number, 0 is the largest at the fit; −1 is noise"),
        Column("map_id", TEXT, "the fit it belongs to"),
        Column("name", TEXT, "its leading terms"),
        Column("terms", pa.list_(TEXT), "terms by c-TF-IDF, best first"),
        Column("fit_size", INTEGER, "responses it was found on"),
        Column("fit_users", INTEGER, "known users behind those", "users unknown"),
        Column(
            "radius", FLOAT, "least cosine similarity at which a response is placed in it", "noise"
        ),
    ),
)

CHECKPOINTS = Table(
    "checkpoints",
    "The models compared.",
    (
        Column("checkpoint", TEXT, "its name in the pipeline"),
        Column("kind", TEXT, "logged, recorded, endpoint, local or scripted"),
        Column("model", TEXT, "model name or file", "not named"),
        Column("options", TEXT, "its options as JSON, without secrets"),
    ),
)

CATEGORIES = Table(
    "categories",
    "The taxonomy's nodes.",
    (
        Column("category_id", TEXT, "its id in the taxonomy"),
        Column("taxonomy", TEXT, "name of the taxonomy"),
        Column("taxonomy_version", TEXT, "its version"),
        Column("title", TEXT, "short title"),
        Column("definition", TEXT, "what counts and what does not"),
        Column("channel", TEXT, "response, thoughts or both"),
        Column("direction", TEXT, "whether more of it is worse, better or neutral"),
        Column("severity", TEXT, "low, medium, high or critical"),
        Column("parent", TEXT, "the category above it", "a root"),
        Column("source", TEXT, "where the behaviour is described"),
    ),
)

COMPARISONS = Table(
    "comparisons",
    "One row for each base × candidate × category or cluster × scorer × channel × stratum. Sign: candidate minus base.",
    (
        Column("base", TEXT, "checkpoint compared with"),
        Column("candidate", TEXT, "checkpoint compared"),
        Column("kind", TEXT, "'category' or 'cluster'"),
        Column("category_id", TEXT, "the category", "a cluster row"),
        Column("cluster_id", INTEGER, "the cluster", "a category row"),
        Column("scorer", TEXT, "the scorer whose judgements are compared", "a cluster row"),
        Column("channel", TEXT, "'response' or 'thoughts'"),
        Column("stratum", TEXT, "'all', 'turn=first', 'turn=later' or 'name=value'"),
        Column("n_prompts", pa.int64(), "prompts with a usable judgement in both arms"),
        Column("n_users", pa.int64(), "known users behind them", "users unknown"),
        Column("both", pa.int64(), "prompts where both arms show it", "several samples a prompt"),
        Column(
            "base_only", pa.int64(), "prompts where only the base does", "several samples a prompt"
        ),
        Column(
            "candidate_only",
            pa.int64(),
            "prompts where only the candidate does",
            "several samples a prompt",
        ),
        Column("neither", pa.int64(), "prompts where neither does", "several samples a prompt"),
        Column("base_rate", FLOAT, "share of prompts, in [0, 1]", "no prompts"),
        Column("candidate_rate", FLOAT, "share of prompts, in [0, 1]", "no prompts"),
        Column("difference", FLOAT, "candidate minus base", "no prompts"),
        Column("low", FLOAT, "lower end of its interval", "no prompts"),
        Column("high", FLOAT, "upper end of its interval", "no prompts"),
        Column("p", FLOAT, "p of no difference", "no prompts"),
        Column("q", FLOAT, "p adjusted for all comparisons of its pair and scorer", "no prompts"),
        Column("margin", FLOAT, "largest difference declared to be negligible", "none declared"),
        Column("p_equivalence", FLOAT, "p of a difference at or beyond the margin", "no margin"),
        Column("q_equivalence", FLOAT, "the same, adjusted", "no margin"),
        Column(
            "minimum_detectable",
            FLOAT,
            "difference that would be found with 80 % power",
            "no prompts",
        ),
        Column(
            "difference_corrected",
            FLOAT,
            "difference corrected for the judge's error",
            "no calibration",
        ),
        Column("corrected_low", FLOAT, "lower end of its interval", "no calibration"),
        Column("corrected_high", FLOAT, "upper end of its interval", "no calibration"),
        Column(
            "verdict",
            TEXT,
            "worse, better, different, equivalent, different within margin or undetermined",
        ),
        Column("note", TEXT, "what a reader must know: users unknown, judge's scale, …", "nothing"),
    ),
)

REJECTIONS = Table(
    "rejections",
    "Rows of the dump that were not taken in, with the reason and no text.",
    (
        Column("part", TEXT, "part that would have held it"),
        Column("row", pa.int64(), "row number within its source file, from 0"),
        Column("conversation_id", TEXT, "keyed pseudonym of the dump's id"),
        Column("reason", TEXT, "code of a closed list"),
        Column("language", TEXT, "ISO 639-1 code", "unknown"),
    ),
)

RUNS = Table(
    "runs",
    "Every run, append-only, with what was declared before it began.",
    (
        Column("run_id", TEXT, "start time and a hash of the pipeline"),
        Column("started_at", TIME, "start"),
        Column("finished_at", TIME, "end", "running, or cut off"),
        Column("status", TEXT, "running, done or failed"),
        Column("version", TEXT, "version of logminer"),
        Column("pipeline", TEXT, "the pipeline as JSON, without secrets"),
        Column("taxonomy_hash", TEXT, "hash of the taxonomy", "no judging"),
        Column("margins", TEXT, "declared margins as JSON"),
        Column(
            "judged_parts",
            pa.int64(),
            "judgement parts that existed when the run declared its margins",
        ),
        Column(
            "summary", TEXT, "rows, rates and times of each stage as JSON", "running, or cut off"
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

PUBLISHED = (
    CONVERSATIONS,
    PROMPTS,
    CHECKPOINTS,
    RESPONSES,
    JUDGEMENTS,
    EMBEDDINGS,
    CLUSTERS,
    ASSIGNMENTS,
    CATEGORIES,
    COMPARISONS,
    REJECTIONS,
    RUNS,
    LOADED_PARTS,
)
