"""What comes out of the dump: conversations before and after anonymisation, and prompts."""

from __future__ import annotations

import pyarrow as pa

from logminer.schemas.table import (
    ANSWER_SIGN,
    ATTRIBUTES,
    FOUND,
    INTEGER,
    LOGGED_ANSWER,
    MESSAGE,
    REDACTION,
    TEXT,
    TIME,
    Column,
    Table,
)

__all__ = ["CONVERSATIONS", "HALVES", "PROMPTS", "RAW_CONVERSATIONS", "REJECTIONS"]

RAW_CONVERSATIONS = Table(
    "raw_conversations",
    "What a source yields, in memory only: one row for each conversation of the dump, good or bad.",
    (
        Column(
            "row",
            pa.int64(),
            "row number, from 0 where the row group begins in which its part begins",
        ),
        Column(
            "problem",
            TEXT,
            "why the source could not read the row (a rejection reason)",
            "the row is readable",
        ),
        Column(
            "conversation_id",
            TEXT,
            "the dump's id of the conversation, or its place where it has none",
        ),
        Column("user_id", TEXT, "the dump's user", "unknown user"),
        Column(
            "prompt_id", TEXT, "the dump's id of the prompt, where it has one", "no such column"
        ),
        Column("messages", pa.list_(MESSAGE), "the dialogue in order", "unreadable row"),
        Column(
            "signs",
            pa.list_(ANSWER_SIGN),
            "how logged answers ended, and whether thoughts were withheld",
            "unreadable row",
        ),
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
        Column(
            "conversation_id",
            TEXT,
            "keyed pseudonym of the dump's id; of one that was forgotten a hash of it, which stands nowhere else",
        ),
        Column("user_id", TEXT, "keyed pseudonym of the user", "unknown user"),
        Column(
            "split",
            TEXT,
            "'discovery' or 'inference': the half of the user (of the conversation where the user is unknown)",
            "no prompt of that user came, or none got a half yet: halves are given when all prompts are known",
        ),
        Column("messages", pa.list_(MESSAGE), "the anonymised dialogue in order", "rejected row"),
        Column(
            "redactions",
            pa.list_(REDACTION),
            "replaced spans; offsets in characters of the anonymised text",
            "rejected row",
        ),
        Column("model", TEXT, "model that gave the logged answers", "not in the dump"),
        Column(
            "created_at",
            TIME,
            "start of the conversation: of its day, month or year, as `anonymise.times` says",
            "not in the dump",
        ),
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
        Column(
            "row",
            pa.int64(),
            "row number, from 0 where the row group begins in which its part begins",
        ),
        Column(
            "signs",
            pa.list_(ANSWER_SIGN),
            "how logged answers ended, and whether thoughts were withheld",
            "rejected row",
            internal=True,
        ),
        Column(
            "found",
            pa.list_(FOUND),
            "what was found, as keyed digests of the ways in which it may be written",
            "rejected row",
            internal=True,
        ),
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
        Column(
            "split",
            TEXT,
            "'discovery' or 'inference': the half of the user (of the conversation where the user is unknown)",
            "no half yet: they are given when all prompts are known",
        ),
        Column("turn_index", INTEGER, "user messages before this one; 0 is the first turn"),
        Column(
            "prompt_group",
            TEXT,
            "the least prompt_id of those that ask alike: what the user says is the same but for case, punctuation,"
            " numbers and names, or nearly the same",
            "the run is not done: it takes all prompts to say it",
            derived=True,
        ),
        Column("messages", pa.list_(MESSAGE), "the anonymised messages up to and with the user's"),
        Column("language", TEXT, "ISO 639-1 code"),
        Column("attributes", ATTRIBUTES, "declared attributes (`source.keep`) as lower-case text"),
        Column(
            "n_redacted",
            INTEGER,
            "replacements in these messages: of a prompt with any, another text was asked than the user wrote",
        ),
        Column("redactions", pa.list_(REDACTION), "redactions of these messages", internal=True),
        Column(
            "found",
            pa.list_(FOUND),
            "what was found in the whole conversation, as keyed digests",
            "nothing",
            internal=True,
        ),
        Column(
            "source_key",
            TEXT,
            "keyed hash of the dump's prompt id",
            "not the last turn",
            internal=True,
        ),
        Column("content_key", TEXT, "keyed hash of the raw prompt", internal=True),
        Column(
            "logged", LOGGED_ANSWER, "how the answer in the log ended", "none there", internal=True
        ),
        Column(
            "logged_response",
            TEXT,
            "the anonymised answer found in the log",
            "it says nothing, or there is none",
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

HALVES = Table(
    "halves",
    "Which half of a study a unit is on, once and for all; `halves.parquet` in the study's folder.",
    (
        Column("unit", TEXT, "keyed pseudonym of a user, or of a conversation of an unknown one"),
        Column("split", TEXT, "'discovery' or 'inference'"),
    ),
)

REJECTIONS = Table(
    "rejections",
    "Rows of the dump that were not taken in, with the reason and no text.",
    (
        Column("part", TEXT, "part that would have held it"),
        Column(
            "row",
            pa.int64(),
            "row number, from 0 where the row group begins in which its part begins",
        ),
        Column(
            "conversation_id",
            TEXT,
            "keyed pseudonym of the dump's id; of one that was forgotten a hash of it, which stands nowhere else",
        ),
        Column("reason", TEXT, "code of a closed list"),
        Column("language", TEXT, "ISO 639-1 code", "unknown"),
    ),
)
