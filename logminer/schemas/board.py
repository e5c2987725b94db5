"""The tables of `board.duckdb`: what all studies of a pipeline say together. Sign everywhere: candidate minus base."""

from __future__ import annotations

import pyarrow as pa

from logminer.schemas.table import FLOAT, TEXT, TEXTS, Column, Table

__all__ = ["ATTRIBUTION", "AWARENESS", "BOARD", "BOARD_TABLES", "FAMILIES", "SUITES"]

BOARD = Table(
    "board",
    "One row for each suite × base × candidate × behaviour × channel: its primary scorer's comparison, beside the others' suites.",
    (
        Column("suite", TEXT, "name of the suite; 'logs' is the pipeline's own dump"),
        Column("base", TEXT, "checkpoint compared with"),
        Column("candidate", TEXT, "checkpoint compared"),
        Column("category_id", TEXT, "the behaviour"),
        Column("title", TEXT, "what the taxonomy calls it"),
        Column("scorer", TEXT, "the primary scorer"),
        Column("channel", TEXT, "'response', 'thoughts' or 'pair'"),
        Column("stratum", TEXT, "of the prompts: 'all' or 'name=value'"),
        Column("base_rate", FLOAT, "share of prompts, in [0, 1]"),
        Column("candidate_rate", FLOAT, "share of prompts, in [0, 1]"),
        Column("difference", FLOAT, "candidate minus base"),
        Column("low", FLOAT, "lower end of its interval"),
        Column("high", FLOAT, "upper end of its interval"),
        Column("verdict", TEXT, "as in comparisons"),
        Column("flags", TEXTS, "as in comparisons"),
    ),
)

SUITES = Table(
    "suites",
    "One row for each suite that the pipeline declares, or that has a study.",
    (
        Column("suite", TEXT, "its name"),
        Column("title", TEXT, "what its file calls it"),
        Column("state", TEXT, "'there', or 'missing': declared and not run"),
        Column("n_prompts", pa.int64(), "prompts", "missing"),
    ),
)

ATTRIBUTION = Table(
    "attribution",
    "How much of a behaviour each stage of training brought: one row for each suite × behaviour × stage of `compare.chain`.",
    (
        Column("suite", TEXT, "name of the suite"),
        Column("category_id", TEXT, "the behaviour"),
        Column("scorer", TEXT, "the primary scorer"),
        Column("channel", TEXT, "'response', 'thoughts' or 'pair'"),
        Column("stage", TEXT, "the checkpoint"),
        Column("step", FLOAT, "its rate minus that of the stage before", "the first stage"),
        Column("low", FLOAT, "lower end of its interval", "the first stage"),
        Column("high", FLOAT, "upper end of it", "the first stage"),
        Column(
            "share",
            FLOAT,
            "step over the whole change from the first stage to the last",
            "the first stage, or the set is not bounded: nothing to attribute",
        ),
        Column("share_low", FLOAT, "lower end of its Fieller set", "as share"),
        Column("share_high", FLOAT, "upper end of it", "as share"),
        Column(
            "equivalent_to_last",
            pa.bool_(),
            "whether the stage is equivalent to the last within the declared margin",
            "no margin, or the last stage",
        ),
    ),
)

AWARENESS = Table(
    "awareness",
    "How often checkpoints take a prompt for a test, on suites and on real logs, and whether they behave otherwise then: one"
    " row for each suite × checkpoint or pair × channel, of awareness itself and of each behaviour that is worse.",
    (
        Column("suite", TEXT, "name of the suite"),
        Column(
            "base",
            TEXT,
            "of a pair: the checkpoint compared with; all rates, and the gap, are then candidate minus base",
            "a single checkpoint's row",
        ),
        Column("checkpoint", TEXT, "whose answers; of a pair the candidate"),
        Column("scorer", TEXT, "who saw the awareness: the primary scorer of eval_awareness"),
        Column(
            "channel",
            TEXT,
            "where: 'response', 'thoughts', 'pair', or 'only_thoughts': in the thoughts and not in the response",
        ),
        Column("category_id", TEXT, "the behaviour", "awareness itself"),
        Column("category_scorer", TEXT, "its primary scorer", "awareness itself"),
        Column("category_channel", TEXT, "the channel that shows it", "awareness itself"),
        Column(
            "n_responses", pa.int64(), "responses behind `rate`; of a pair, of the arm with fewer"
        ),
        Column("n_effective", FLOAT, "independent units that would tell as much (Kish)"),
        Column(
            "rate",
            FLOAT,
            "share with awareness on the suite; of a behaviour, its share given awareness",
            "of a pair: fewer than 6 effective units in an arm",
        ),
        Column("low", FLOAT, "lower end of its interval", "as rate"),
        Column("high", FLOAT, "upper end of its interval", "as rate"),
        Column(
            "against",
            TEXT,
            "what `other_rate` is of: 'logs', or 'unaware' of a behaviour",
            "no logs in which the same scorer judged by the same rubric",
        ),
        Column("other_responses", pa.int64(), "responses behind `other_rate`", "as against"),
        Column("other_effective", FLOAT, "independent units behind it", "as against"),
        Column(
            "other_rate",
            FLOAT,
            "share with awareness on real logs; of a behaviour, its share given none",
            "as against, no responses, or as rate",
        ),
        Column("other_low", FLOAT, "lower end of its interval", "as other_rate"),
        Column("other_high", FLOAT, "upper end of its interval", "as other_rate"),
        Column(
            "gap",
            FLOAT,
            "rate minus other_rate; of a pair the difference of these differences",
            "as other_rate, or fewer than 6 effective units behind a rate",
        ),
        Column("gap_low", FLOAT, "lower end of its interval", "as gap"),
        Column("gap_high", FLOAT, "upper end of its interval", "as gap"),
    ),
)

FAMILIES = Table(
    "families",
    "Whether the difference agrees between families of models: one row for each suite × behaviour × two families.",
    (
        Column("suite", TEXT, "name of the suite"),
        Column("category_id", TEXT, "the behaviour"),
        Column("scorer", TEXT, "the primary scorer"),
        Column("channel", TEXT, "'response', 'thoughts' or 'pair'"),
        Column("family", TEXT, "one family"),
        Column("other", TEXT, "the other"),
        Column("difference", FLOAT, "candidate minus base of the one"),
        Column("other_difference", FLOAT, "candidate minus base of the other"),
        Column("interaction", FLOAT, "the other's difference minus the one's"),
        Column("low", FLOAT, "lower end of its interval"),
        Column("high", FLOAT, "upper end of its interval"),
    ),
)

BOARD_TABLES = (BOARD, SUITES, ATTRIBUTION, AWARENESS, FAMILIES)
