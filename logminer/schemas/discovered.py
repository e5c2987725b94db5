"""What was found unasked on one half of the users and tested on the other: phrases and features."""

from __future__ import annotations

import pyarrow as pa

from logminer.schemas.table import FLOAT, TEXT, Column, Table

__all__ = ["FEATURES", "OR", "PHRASES", "UNNAMED"]

OR = " | "  # between phrases of which any counts
UNNAMED = "…"  # in a phrase: more of them, which too few people were told to be named

_PAIR = (
    Column("base", TEXT, "checkpoint compared with"),
    Column("candidate", TEXT, "checkpoint compared"),
)
_TESTED = (
    Column("difference", FLOAT, "candidate minus base, over prompts"),
    Column("low", FLOAT, "lower end of its interval"),
    Column("high", FLOAT, "upper end of it"),
    Column("p", FLOAT, "p of no difference", "fewer than 6 effective units"),
    Column(
        "q",
        FLOAT,
        "p adjusted over all phrases (or features) of all pairs, at their share of alpha",
        "fewer than 6 effective units",
    ),
    Column("verdict", TEXT, "'different' or 'undetermined'"),
)

PHRASES = Table(
    "phrases",
    "What one arm says that the other does not: found on the discovery half of the users, tested on the others;"
    " what looked strongest has the largest share of the tests. All counts are of those others. Sign: candidate minus base.",
    (
        *_PAIR,
        Column(
            "phrase",
            TEXT,
            "its words in lower case, without commas, '<number>' for any number; ' | ' parts phrases of which any counts,"
            f" and '{UNNAMED}' stands for more of them that too few people were told to be named",
        ),
        Column("channel", TEXT, "'response' or 'thoughts'"),
        Column(
            "position",
            TEXT,
            "'opening' or 'closing' (first and last sentence, with a neighbour of less than four words), 'body' between, or"
            " 'anywhere'",
        ),
        Column(
            "scope",
            TEXT,
            "'all', or the prompts where either arm's answer lies there: 'cluster=17', 'cluster=-1', 'category=refusal'",
        ),
        Column("n_base", pa.int64(), "prompts on which the base says it, in any sample"),
        Column("n_candidate", pa.int64(), "prompts on which the candidate does"),
        Column("people_base", pa.int64(), "people behind n_base"),
        Column("people_candidate", pa.int64(), "people behind n_candidate"),
        *_TESTED,
        Column(
            "n_prompts",
            pa.int64(),
            "prompts that both arms answered, of users who were not used to find it",
        ),
    ),
    key=("base", "candidate", "phrase", "channel", "position", "scope"),
)

FEATURES = Table(
    "features",
    "How the arms say it: measures of form, none of which was chosen by looking. Sign: candidate minus base.",
    (
        *_PAIR,
        Column(
            "feature",
            TEXT,
            "what is measured, such as words, upper_case, questions, lists, apology, closes_with_offer",
        ),
        Column("channel", TEXT, "'response' or 'thoughts'"),
        Column(
            "unit",
            TEXT,
            "of the means: 'share of responses', of words, letters …, in [0, 1]; or words, characters, times. Of these what"
            " lies above the 99th percentile of both arms counts as that",
        ),
        Column("base_mean", FLOAT, "mean over prompts of the base's responses"),
        Column("candidate_mean", FLOAT, "mean over prompts of the candidate's"),
        *_TESTED,
        Column("n_prompts", pa.int64(), "prompts that both arms answered, of all users"),
        Column("meaning", TEXT, "in words: of a share of responses, what such a response does"),
    ),
    key=("base", "candidate", "feature", "channel"),
)
