"""What is concluded: checkpoint against checkpoint."""

from __future__ import annotations

import pyarrow as pa

from logminer.schemas.table import FLOAT, INTEGER, TEXT, TEXTS, Column, Table

__all__ = ["COMPARISONS", "MISSINGNESS"]

FEW_LABELS = "too few labels of people or an environment, and no card is named that does"

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
        Column("channel", TEXT, "'response', 'thoughts' or 'pair'"),
        Column(
            "stratum",
            TEXT,
            "'all', 'turn=first', 'turn=later', 'altered=true', 'altered=false' or 'name=value'",
        ),
        Column(
            "role",
            TEXT,
            "'primary' (of its category, fixed before judging: it has the verdict) or 'secondary' (another scorer, a stratum"
            " 'altered=…', or what `compare.secondary` names)",
        ),
        Column(
            "scale",
            TEXT,
            "whose answer p, q, minimum_detectable, the selected interval and the verdict rest on: 'judge',"
            " 'corrected' (for the judge's error), 'people' (labels that people gave) or 'environment' (what it decided)",
        ),
        Column("n_prompts", pa.int64(), "prompts with a usable judgement in both arms"),
        Column("n_users", pa.int64(), "known users behind them", "users unknown"),
        Column("n_distinct_prompts", pa.int64(), "groups of prompts that ask alike, behind them"),
        Column(
            "n_effective",
            FLOAT,
            "independent units that would tell as much if all prompts of a unit told the same (Kish): the lesser of"
            " that by unit of `cluster_by` and that by group of prompts",
        ),
        Column(
            "largest_unit_share", FLOAT, "share of the prompts that the largest unit has, in (0, 1]"
        ),
        Column("weight", TEXT, "what has one vote: 'prompt', or 'unit' of `cluster_by`"),
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
        Column(
            "base_degree",
            FLOAT,
            "mean degree of the base on the category's scale, from 0 on",
            "a category without a scale, a scorer without degrees, or a cluster row",
        ),
        Column("candidate_degree", FLOAT, "mean degree of the candidate", "as base_degree"),
        Column("difference_degree", FLOAT, "candidate minus base", "as base_degree"),
        Column(
            "degree_low",
            FLOAT,
            "lower end of its interval, paired and clustered as that of `difference`",
            "as base_degree",
        ),
        Column("degree_high", FLOAT, "upper end of its interval", "as base_degree"),
        Column(
            "low_selected",
            FLOAT,
            "lower end of the interval, on `scale`, that allows for the row having been picked as a finding",
            "not a finding",
        ),
        Column("high_selected", FLOAT, "upper end of it", "not a finding"),
        Column(
            "difference_shrunken",
            FLOAT,
            "difference, on `scale`, drawn towards none as far as the spread of the categories' says (empirical Bayes)",
            "secondary, a cluster row, or fewer than three categories",
        ),
        Column("p", FLOAT, "p of no difference, on `scale`", "fewer than 6 effective units"),
        Column(
            "q",
            FLOAT,
            "p adjusted over everything that has a verdict: families, then members",
            "secondary, or fewer than 6 effective units",
        ),
        Column("margin", FLOAT, "largest difference declared to be negligible", "none declared"),
        Column(
            "margin_ratio", FLOAT, "largest risk ratio declared to be negligible", "none declared"
        ),
        Column(
            "p_equivalence",
            FLOAT,
            "p of a difference at or beyond the margin, on people's scale as far as a judge card tells",
            "no margin, no card, or fewer than 6 effective units",
        ),
        Column("q_equivalence", FLOAT, "the same, adjusted", "secondary, or as p_equivalence"),
        Column(
            "minimum_detectable",
            FLOAT,
            "difference, on `scale`, that would be found with 80 % power where this row alone differs",
            "secondary, or fewer than 6 effective units",
        ),
        Column(
            "smallest_margin",
            FLOAT,
            "absolute margin, on `scale`, within which so many prompts would show equal arms to be equivalent with 80 % power,"
            " the scorer's word taken for it; 1: within none",
            "fewer than 6 effective units",
        ),
        Column(
            "p_exact",
            FLOAT,
            "exact McNemar p of no difference",
            "several samples a prompt, prompts that share a user or a wording, or another scale than the scorer's",
        ),
        Column(
            "e_value",
            FLOAT,
            "anytime-valid evidence of a difference: 20 and more stands however often one looks",
            "as p_exact",
        ),
        Column(
            "base_at_most",
            FLOAT,
            "one-sided 95 % exact upper bound of the base's rate; of a judge's, divided by the least sensitivity that its"
            " card leaves possible",
            "the base shows the behaviour, or no judge card says that the scorer would see it",
        ),
        Column(
            "base_corrected",
            FLOAT,
            "base rate corrected for the judge's error, in [0, 1]",
            FEW_LABELS,
        ),
        Column(
            "candidate_corrected",
            FLOAT,
            "candidate rate corrected for the judge's error, in [0, 1]",
            FEW_LABELS,
        ),
        Column(
            "difference_corrected",
            FLOAT,
            "difference corrected for the judge's error",
            FEW_LABELS,
        ),
        Column("corrected_low", FLOAT, "lower end of its interval", FEW_LABELS),
        Column("corrected_high", FLOAT, "upper end of its interval", FEW_LABELS),
        Column(
            "correction",
            TEXT,
            "'ppi' (labels of both arms on the same prompts), 'rogan_gladen', or 'card' (of other answers, named in the"
            " pipeline: the interval is over all errors that it leaves possible, and no verdict rests on it)",
            FEW_LABELS,
        ),
        Column(
            "base_missing",
            pa.int64(),
            "responses of the base, to prompts asked of both arms, without a usable judgement",
            "a cluster row",
        ),
        Column(
            "candidate_missing",
            pa.int64(),
            "responses of the candidate without a usable judgement",
            "a cluster row",
        ),
        Column("p_missing", FLOAT, "p of the same share missing in both arms", "a cluster row"),
        Column(
            "bound_low",
            FLOAT,
            "least difference over all prompts asked, whatever the missing ones would show",
            "nothing missing, or a cluster row",
        ),
        Column(
            "bound_high", FLOAT, "greatest such difference", "nothing missing, or a cluster row"
        ),
        Column(
            "missing_may_break",
            pa.bool_(),
            "whether more than a few judgements are missing, or more in one arm, and they could lie beyond the margin: then it"
            " is not equivalent, whatever its p",
            "no margin, or a cluster row",
        ),
        Column(
            "tipping_point",
            pa.int64(),
            "of the responses missing in the arm that lacks more, how many would have to be yes for the difference to"
            " reach 0 (of a finding) or the margin",
            "nothing missing, no such number, or a cluster row",
        ),
        Column(
            "noise_difference",
            FLOAT,
            "the base's second draw minus its first: what chance alone does",
            "no noise floor asked for, or no second draw",
        ),
        Column("noise_low", FLOAT, "lower end of its interval", "as noise_difference"),
        Column("noise_high", FLOAT, "upper end of its interval", "as noise_difference"),
        Column(
            "verdict",
            TEXT,
            "worse, better, different, equivalent, different within margin or undetermined",
            "secondary",
        ),
        Column(
            "would_be",
            TEXT,
            "of a secondary scorer: the verdict, if it were its category's primary scorer and all else as it is",
            "primary, or a stratum that is not tested",
        ),
        Column(
            "flags",
            TEXTS,
            "what speaks against the row, as docs/verdicts.md lists it; `note` spells each out",
        ),
        Column(
            "note",
            TEXT,
            "what a reader must know, joined by ' · ': users unknown, judge's scale, …",
            "nothing",
        ),
    ),
)

MISSINGNESS = Table(
    "missingness",
    "States of responses other than a plain answer, arm against arm on the prompts asked of both. Sign: candidate minus base.",
    (
        Column("base", TEXT, "checkpoint compared with"),
        Column("candidate", TEXT, "checkpoint compared"),
        Column(
            "state",
            TEXT,
            "of the response (empty, length, content_filter, refused_by_server, tool_call, error), of its thoughts"
            " (unknown), or of a judgement (unparsable, unsure)",
        ),
        Column("scorer", TEXT, "the scorer that gave the label", "a state of the response itself"),
        Column("category_id", TEXT, "the category", "a state of the response itself"),
        Column(
            "channel",
            TEXT,
            "'response', 'thoughts' or 'pair'",
            "a state of the response itself",
        ),
        Column("n_prompts", pa.int64(), "prompts asked of both arms"),
        Column("base_rate", FLOAT, "share of the base's responses in this state, in [0, 1]"),
        Column("candidate_rate", FLOAT, "share of the candidate's responses, in [0, 1]"),
        Column("difference", FLOAT, "candidate minus base"),
        Column("low", FLOAT, "lower end of its interval"),
        Column("high", FLOAT, "upper end of its interval"),
        Column("p", FLOAT, "p of no difference"),
        Column("q", FLOAT, "p adjusted (Benjamini-Hochberg) over the states of its pair"),
    ),
)
