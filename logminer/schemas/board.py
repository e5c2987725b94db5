"""The tables of `board.duckdb`: what all studies of a pipeline say together. Sign everywhere: candidate minus base."""

from __future__ import annotations

import pyarrow as pa

from logminer.schemas.table import FLOAT, INTEGER, OBJECTION, TEXT, TEXTS, TIME, Column, Table
from logminer.schemas.verdicts import COMPARISONS

__all__ = ["ATTRIBUTION", "AWARENESS", "BOARD", "BOARD_TABLES", "FAMILIES", "HEADLINES", "SUITES"]

_EARLIER = "an earlier version published the study"
_COMPARED = {column.name: column for column in COMPARISONS.columns}


def _compared(*names: str) -> tuple[Column, ...]:
    """Columns of `comparisons` as they are there; null also where a study knows nothing of them yet."""
    found = (_COMPARED[name] for name in names)
    return tuple(c._replace(null="; ".join(filter(None, (c.null, _EARLIER)))) for c in found)


HEADLINES = Table(
    "headlines",
    "One row for each pair: whether it is claimed that no behaviour differs by more than its margin, and what stands against it.",
    (
        Column("base", TEXT, "checkpoint compared with"),
        Column("candidate", TEXT, "checkpoint compared"),
        Column("claimed", pa.bool_(), "nothing fails and everything can be told"),
        Column("sentence", TEXT, "the same in words, with what is behind it"),
        Column("alpha", FLOAT, "level of every single test, and so of the whole"),
        Column("behaviours", INTEGER, "rows of the board with a verdict"),
        Column("passed", INTEGER, "of these, those that are shown to be within their margin"),
        Column(
            "objections",
            pa.list_(OBJECTION),
            "rows and suites that do not bear it, with `why`; `differs`: its difference lies beyond the margin, else nobody can"
            " tell. `category_id`, `scorer`, `channel` and `stratum` are null of a suite as a whole",
        ),
        Column("left_out", TEXTS, "suites of the pipeline of which nothing is said"),
    ),
    key=("base", "candidate"),
)

BOARD = Table(
    "board",
    "One row for each suite × base × candidate × behaviour × channel × scorer: what `comparisons` of the suite's study says of"
    " it, beside the other suites. The primary scorer has the verdict; the others stand below it. Sign: candidate minus base.",
    (
        Column("suite", TEXT, "name of the suite; 'logs' is the pipeline's own dump"),
        Column("base", TEXT, "checkpoint compared with"),
        Column("candidate", TEXT, "checkpoint compared"),
        Column("category_id", TEXT, "the behaviour"),
        Column("title", TEXT, "what the taxonomy calls it", "the taxonomy has it no longer"),
        Column("scorer", TEXT, "the scorer whose judgements are compared"),
        Column("channel", TEXT, "'response', 'thoughts' or 'pair'"),
        Column("stratum", TEXT, "of the prompts: 'all' or 'name=value'"),
        *_compared("role", "scale", "n_prompts", "n_users", "n_distinct_prompts", "n_effective"),
        *_compared("base_rate", "candidate_rate", "difference", "low", "high"),
        *_compared("difference_corrected", "corrected_low", "corrected_high"),
        *_compared("margin", "margin_ratio", "p", "q"),
        Column(
            "q_board",
            FLOAT,
            "p adjusted over everything that has a verdict in any suite and pair of the pipeline: families are suite ×"
            " pair × category, their members its channels and strata",
            "secondary, or no test",
        ),
        *_compared("p_equivalence", "q_equivalence", "minimum_detectable", "smallest_margin"),
        *_compared("verdict", "would_be"),
        *_compared("flags"),
        Column(
            "card",
            TEXT,
            "what is known of the scorer's errors, in words: sensitivity, specificity and kappa against people's labels, with"
            " their numbers; or \"people's labels\", 'decided by the environment', or 'no card'",
        ),
        *_compared("base_missing", "candidate_missing", "missing_may_break"),
        *_compared("base_degree", "candidate_degree", "difference_degree"),
        *_compared("degree_low", "degree_high"),
        Column("alpha", FLOAT, "level of both tests in this study, in (0, 0.5)"),
    ),
    key=("suite", "base", "candidate", "category_id", "scorer", "channel", "stratum"),
)

SUITES = Table(
    "suites",
    "One row for each suite that the pipeline declares, that the preset asks for, or that has a study.",
    (
        Column("suite", TEXT, "its name"),
        Column("title", TEXT, "what its file calls it", "no such file"),
        Column(
            "state",
            TEXT,
            "'there'; 'out_of_date': run before the pipeline changed, or its last run did not end; 'undeclared': there, and the pipeline names it no"
            " longer; 'missing': not run, or nothing of it can be read",
        ),
        Column("why", TEXT, "what there is to know of the state", "nothing"),
        Column(
            "checkpoints", TEXTS, "checkpoints of the pipeline that have answers to it", "missing"
        ),
        Column("n_prompts", pa.int64(), "prompts", "missing"),
        Column("n_users", pa.int64(), "known users behind them", "missing"),
        Column("n_rejected", pa.int64(), "rows of its data that were rejected", "missing"),
        Column(
            "n_altered", pa.int64(), "prompts in which anonymisation replaced something", "missing"
        ),
        Column("last_run", TIME, "when the last run of it ended", "missing, or no record of a run"),
        Column("gates", TEXTS, "declared gates that its last run did not meet", "missing"),
        Column("version", TEXT, "of logminer that ran it", "missing, or no record of a run"),
    ),
)

ATTRIBUTION = Table(
    "attribution",
    "How much of a behaviour each stage of training brought: one row for each suite × behaviour × stage of `compare.chain`, on"
    " the prompts that every stage answered and on which every answer was judged. Sign: a stage minus the one before.",
    (
        Column("suite", TEXT, "name of the suite"),
        Column("category_id", TEXT, "the behaviour"),
        Column("scorer", TEXT, "the primary scorer"),
        Column("channel", TEXT, "'response', 'thoughts' or 'pair'"),
        Column("stratum", TEXT, "of the prompts: 'all' or 'name=value'"),
        Column(
            "scale",
            TEXT,
            "whose word rates and steps are: 'judge', or 'people' (recorded labels). Shares are the same on either if the"
            " judge errs alike in all stages",
        ),
        Column("stage", TEXT, "the checkpoint"),
        Column("position", INTEGER, "of the stage in the chain, from 0"),
        Column("n_prompts", pa.int64(), "prompts judged in every stage"),
        Column(
            "n_left_out",
            pa.int64(),
            "prompts with an answer that was due a judgement in some stage, and not judged in all",
        ),
        Column("n_effective", FLOAT, "Kish's number of units that tell as much, as in comparisons"),
        Column("rate", FLOAT, "share of the prompts that show it, in [0, 1]; samples are averaged"),
        Column("rate_low", FLOAT, "lower end of its interval"),
        Column("rate_high", FLOAT, "upper end of it"),
        Column("step", FLOAT, "its rate minus that of the stage before", "the first stage"),
        Column("low", FLOAT, "lower end of its interval", "the first stage"),
        Column("high", FLOAT, "upper end of it", "the first stage"),
        Column("p", FLOAT, "two-sided p of no step, not adjusted", "the first stage, or few units"),
        Column(
            "share",
            FLOAT,
            "step over the whole change from the first stage to the last; 1 is all of it, below 0 is the other way",
            "the first stage, few units, or the set is not bounded: nothing to attribute",
        ),
        Column("share_low", FLOAT, "lower end of its Fieller set", "as share"),
        Column("share_high", FLOAT, "upper end of it", "as share"),
        Column("change", FLOAT, "the whole change: the last stage's rate minus the first's"),
        Column("change_low", FLOAT, "lower end of its interval"),
        Column("change_high", FLOAT, "upper end of it"),
        Column("margin", FLOAT, "largest negligible difference, declared", "none declared"),
        Column("margin_ratio", FLOAT, "largest negligible ratio of rates, declared", "none"),
        Column(
            "p_equivalence_to_last",
            FLOAT,
            "p of a difference from the last stage at or beyond the margin, on the scale that comparisons decides on",
            "no margin, no card, few units, or the last stage",
        ),
        Column(
            "q_equivalence_to_last",
            FLOAT,
            "the same adjusted over the behaviours of this stage",
            "as p_equivalence_to_last",
        ),
        Column(
            "equivalent_to_last",
            pa.bool_(),
            "whether the stage is shown to be equivalent to the last within the declared margin; false: it is not shown",
            "no margin, or the last stage",
        ),
        Column("flags", TEXTS, "what speaks against it, as in comparisons"),
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
    "Whether the difference agrees between families of models: one row for each suite × behaviour × two families, on the prompts"
    " that were answered and judged in all their checkpoints.",
    (
        Column("suite", TEXT, "name of the suite"),
        Column("category_id", TEXT, "the behaviour"),
        Column("scorer", TEXT, "the primary scorer"),
        Column("channel", TEXT, "'response', 'thoughts' or 'pair'"),
        Column("stratum", TEXT, "of the prompts: 'all' or 'name=value'"),
        Column("scale", TEXT, "'judge', or 'people' or 'environment' (recorded labels)"),
        Column("family", TEXT, "one family"),
        Column("other", TEXT, "the other"),
        Column("n_prompts", pa.int64(), "prompts judged in all checkpoints of both"),
        Column(
            "n_left_out",
            pa.int64(),
            "prompts with an answer that was due a judgement in some of these, and not judged in all",
        ),
        Column("n_effective", FLOAT, "Kish's number of units that tell as much, as in comparisons"),
        Column(
            "base_rate", FLOAT, "share of the prompts that the one's base shows it on, in [0, 1]"
        ),
        Column("candidate_rate", FLOAT, "the same of its candidate"),
        Column("other_base_rate", FLOAT, "the same of the other's base"),
        Column("other_candidate_rate", FLOAT, "the same of the other's candidate"),
        Column("difference", FLOAT, "candidate minus base of the one"),
        Column("difference_low", FLOAT, "lower end of its interval"),
        Column("difference_high", FLOAT, "upper end of it"),
        Column("other_difference", FLOAT, "candidate minus base of the other"),
        Column("other_low", FLOAT, "lower end of its interval"),
        Column("other_high", FLOAT, "upper end of it"),
        Column("interaction", FLOAT, "the other's difference minus the one's, in [−2, 2]"),
        Column("low", FLOAT, "lower end of its interval"),
        Column("high", FLOAT, "upper end of it"),
        Column("p", FLOAT, "two-sided p of no interaction", "few units"),
        Column("q", FLOAT, "the same adjusted over the behaviours of these families", "as p"),
        Column("margin", FLOAT, "largest negligible interaction: the behaviour's margin", "none"),
        Column(
            "p_equivalence",
            FLOAT,
            "p of an interaction at or beyond the margin",
            "no margin, few units, no card that shows that the scorer sees it in all checkpoints, or so many missing"
            " judgements that they could break it",
        ),
        Column("q_equivalence", FLOAT, "the same adjusted", "as p_equivalence"),
        Column(
            "verdict",
            TEXT,
            "of the interaction: 'different', 'equivalent', 'different within margin' or 'undetermined'",
        ),
        Column(
            "agrees",
            pa.bool_(),
            "whether the differences are shown to agree within the margin; false: it is not shown",
            "no margin",
        ),
        Column("flags", TEXTS, "what speaks against it, as in comparisons"),
    ),
)

BOARD_TABLES = (BOARD, HEADLINES, SUITES, ATTRIBUTION, AWARENESS, FAMILIES)
