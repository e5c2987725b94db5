"""What checkpoints answer, and what is made of each answer."""

from __future__ import annotations

import pyarrow as pa

from logminer.schemas.table import FLOAT, INTEGER, REDACTION, TEXT, Column, Table

__all__ = ["CHECKPOINTS", "EMBEDDINGS", "LABELS", "RESPONSES"]

CHECKPOINTS = Table(
    "checkpoints",
    "The models compared.",
    (
        Column("checkpoint", TEXT, "its name in the pipeline"),
        Column(
            "kind",
            TEXT,
            "logged, recorded, endpoint, local, vllm, inspect, scripted or transcripts",
        ),
        Column("model", TEXT, "model name or file", "not named"),
        Column(
            "options",
            TEXT,
            "its options as JSON, without secrets; `weights` is a hash of a local model's files",
        ),
        Column(
            "sampling", TEXT, "how its answers are drawn, as JSON", "logged: not drawn by this run"
        ),
        Column(
            "identity",
            TEXT,
            "hash of options and sampling: model, weights, chat template, system prompt, temperature …",
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
        Column(
            "thoughts", TEXT, "what the model thought, apart from what it said", "none, or unknown"
        ),
        Column("response", TEXT, "what the model said", "it said nothing"),
        Column(
            "state",
            TEXT,
            "answered, empty, length (cut off), content_filter, refused_by_server, tool_call or error;"
            " what is neither answered nor length is not judged",
        ),
        Column(
            "thoughts_state",
            TEXT,
            "present, none, or unknown: it thought, and what is redacted or encrypted",
        ),
        Column("finish_reason", TEXT, "stop, length, content_filter, tool_calls", "unknown"),
        Column("input_tokens", INTEGER, "tokens of the prompt", "unknown"),
        Column("output_tokens", INTEGER, "tokens of thoughts and response", "unknown"),
        Column(
            "latency_s",
            FLOAT,
            "seconds from request to answer",
            "not generated here, or in a batch",
        ),
        Column(
            "error",
            TEXT,
            "finer reason of a state: code of a closed list, never a server's words",
            "answered, length or tool_call",
        ),
        Column(
            "answered_by",
            TEXT,
            "the model and fingerprint that the server reported; of a local model, its file and a hash of it",
            "not said, not generated here, or failed",
        ),
        Column(
            "redactions",
            pa.list_(REDACTION),
            "replaced spans; `field` is response or thoughts",
            "it said and thought nothing",
        ),
    ),
)

LABELS = Table(
    "labels",
    "Labels that came with recorded answers, for the `recorded` scorer only.",
    (
        Column("response_id", TEXT, "the response it labels"),
        Column("column", TEXT, "declared column of the recorded file"),
        Column(
            "value",
            TEXT,
            "its value as lower-case text",
            "null in the file, or no value that a scorer knows",
        ),
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
    beside=True,
)
