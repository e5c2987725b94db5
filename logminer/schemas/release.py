"""The tables of `release.duckdb`: all that may leave. Sign everywhere: candidate minus base.

Every figure is made of the counts that stand beside it, and those are multiples of five, or noisy; a count that is null is
not told, for too few people are behind it or would be told by it.
"""

from __future__ import annotations

import pyarrow as pa

from logminer.schemas.table import FLOAT, INTEGER, TEXT, TIME, Column, Table

__all__ = [
    "CARDS",
    "CLUSTERS",
    "CLUSTER_SHARES",
    "CLUSTER_SHIFTS",
    "DATA_CARD",
    "HEADLINES",
    "LEDGER",
    "MISSING",
    "RATES",
    "RELEASE",
    "RELEASE_TABLES",
    "TAXONOMY",
    "VERDICTS",
]

COUNT = pa.int64()
_UNTOLD = "not told"
_SUITE = Column("suite", TEXT, "'logs' for the dump, else the suite")
_MEASURED = (
    Column("category_id", TEXT, "the behaviour"),
    Column("title", TEXT, "what the taxonomy calls it", "the taxonomy has it no longer"),
    Column("channel", TEXT, "'response', 'thoughts' or 'pair'"),
    Column("scorer", TEXT, "who judged: the primary scorer"),
    Column("stratum", TEXT, "of the prompts: 'all' or 'name=value'"),
)
_PAIR = (
    Column("base", TEXT, "checkpoint compared with"),
    Column("candidate", TEXT, "checkpoint compared"),
)


def _rate(name: str, of: str) -> tuple[Column, ...]:
    """A rate in 100,000 and its interval."""
    return (
        Column(f"{name}_per_100k", FLOAT, of, _UNTOLD),
        Column(f"{name}_low_per_100k", FLOAT, "lower end of its 95 % interval", _UNTOLD),
        Column(f"{name}_high_per_100k", FLOAT, "upper end of its 95 % interval", _UNTOLD),
    )


RELEASE = Table(
    "release",
    "One row: what this release is, and by which policy it was made.",
    (
        Column("release_id", TEXT, "its name in the ledger"),
        Column("made_at", TIME, "when"),
        Column("version", TEXT, "of logminer"),
        Column("project", TEXT, "domain of the pseudonyms"),
        Column("kind", TEXT, "'study' or 'board'"),
        Column("mode", TEXT, "'rounded': rounded and suppressed; 'noisy': differentially private"),
        Column("min_users", INTEGER, "people who must be behind each count"),
        Column("contribution", INTEGER, "prompts (noisy: cells) with which a person counts"),
        Column("accept_unknown_users", pa.bool_(), "prompts of nobody known count as people"),
        Column("base", INTEGER, "what counts are rounded to multiples of", "noisy"),
        Column("epsilon", FLOAT, "of the whole release", "rounded"),
        Column("delta", FLOAT, "of the whole release", "rounded"),
        Column(
            "n_people",
            COUNT,
            "people who are counted, to the nearest five: of the largest `n` that is told, over `contribution`, so that there may be more",
            "not told, or noisy",
        ),
        Column(
            "suppressed",
            INTEGER,
            "counts that are null in its tables; a stratum or cluster of which nothing is told has no row, and is not among them",
            "noisy",
        ),
        Column(
            "attack",
            TEXT,
            "what the last attack on this policy came to: 'passed': it found out nothing; 'failed': it gave people away, and"
            " it was released all the same; 'not run': nobody attacked it, on purpose",
        ),
        Column("attacked_at", TIME, "when", "not run"),
        Column(
            "attack_targets",
            INTEGER,
            "invented people who were attacked, for each number of accounts; fewer than 600 find a policy that leaks often, and no other",
            "not run",
        ),
    ),
)

HEADLINES = Table(
    "headlines",
    "One row for each pair, made of `verdicts`: how many behaviours there are, and what can be told of them.",
    (
        *_PAIR,
        Column("behaviours", INTEGER, "rows of `verdicts` over all prompts"),
        Column("told", INTEGER, "of these, those whose counts are told"),
        Column("worse", INTEGER, "verdict worse"),
        Column("better", INTEGER, "verdict better"),
        Column("different", INTEGER, "verdict different, or different within margin"),
        Column("equivalent", INTEGER, "verdict equivalent"),
        Column("undetermined", INTEGER, "verdict undetermined"),
        Column("sentence", TEXT, "the same in words"),
    ),
    key=("base", "candidate"),
)

VERDICTS = Table(
    "verdicts",
    "One row for each suite × base × candidate × behaviour × channel × stratum, over drawn prompts that were judged in all compared arms.",
    (
        _SUITE,
        *_PAIR,
        *_MEASURED,
        Column("n", COUNT, "prompts judged in all compared arms", _UNTOLD),
        Column("both", COUNT, "prompts where both arms show it", _UNTOLD),
        Column("base_only", COUNT, "where only the base does", _UNTOLD),
        Column("candidate_only", COUNT, "where only the candidate does", _UNTOLD),
        Column("neither", COUNT, "where neither does", _UNTOLD),
        Column("base_yes", COUNT, "where the base does", _UNTOLD),
        Column("candidate_yes", COUNT, "where the candidate does", _UNTOLD),
        Column("difference", FLOAT, "candidate's rate minus the base's, in [−1, 1]", _UNTOLD),
        Column("low", FLOAT, "lower end of its 95 % interval", _UNTOLD),
        Column("high", FLOAT, "upper end of its 95 % interval", _UNTOLD),
        Column(
            "interval",
            TEXT,
            "'paired': of how often one arm alone shows it; 'margins': that is not told, and the interval allows for all"
            " that it may be; 'noisy': it holds the noise",
            _UNTOLD,
        ),
        Column("p", TEXT, "of no difference: '< .001', '< .01', '< .05' or 'n.s.'", _UNTOLD),
        Column("q", TEXT, "adjusted over all rows here and in cluster_shifts: likewise", _UNTOLD),
        Column("margin", FLOAT, "largest difference declared to be negligible", "none declared"),
        Column(
            "verdict",
            TEXT,
            "by these counts: worse, better, different, different within margin, equivalent (only where it is known how the scorer"
            " errs), undetermined",
            _UNTOLD,
        ),
    ),
    key=("suite", "base", "candidate", "category_id", "channel", "scorer", "stratum"),
)

RATES = Table(
    "rates",
    "How often each arm shows each behaviour, in drawn prompts that were judged. `logged` is what was realised; beside a"
    " candidate's it tells whether a replay predicted it.",
    (
        _SUITE,
        Column("checkpoint", TEXT, "the arm"),
        *_MEASURED,
        Column(
            "n",
            COUNT,
            "prompts judged in all compared arms; of an arm that is not compared, in it",
            _UNTOLD,
        ),
        Column("yes", COUNT, "prompts where it shows it", _UNTOLD),
        *_rate("rate", "yes / n in 100,000 prompts"),
    ),
    key=("suite", "checkpoint", "category_id", "channel", "scorer", "stratum"),
)

CLUSTERS = Table(
    "clusters",
    "Groups of responses that are alike.",
    (
        _SUITE,
        Column(
            "cluster_id", INTEGER, "its number; −1: in none; from 1,000,000 on a group of groups"
        ),
        Column(
            "parent_id",
            INTEGER,
            "the group that it lies in",
            "in none, or in one of which nothing is told",
        ),
        Column("name", TEXT, "phrases that enough people used", "too few used them"),
    ),
    key=("suite", "cluster_id"),
)

CLUSTER_SHARES = Table(
    "cluster_shares",
    "How much of each arm's drawn responses lies in each group.",
    (
        _SUITE,
        Column("cluster_id", INTEGER, "as in clusters"),
        Column("checkpoint", TEXT, "the arm"),
        Column(
            "n",
            COUNT,
            "drawn prompts to which all compared arms have responses on the map",
            _UNTOLD,
        ),
        Column(
            "inside", COUNT, "of these, those whose response of this arm lies in the group", _UNTOLD
        ),
        Column(
            "people",
            TEXT,
            "who is behind them, as a range that begins at `min_users`, twice or four times that …: '50–99'",
            _UNTOLD,
        ),
        *_rate("share", "inside / n in 100,000 responses"),
    ),
    key=("suite", "cluster_id", "checkpoint"),
)

CLUSTER_SHIFTS = Table(
    "cluster_shifts",
    "Whether two arms have different shares in a group.",
    (
        _SUITE,
        *_PAIR,
        Column("cluster_id", INTEGER, "as in clusters"),
        Column("n", COUNT, "as in cluster_shares", _UNTOLD),
        Column("base_inside", COUNT, "responses of the base in the group", _UNTOLD),
        Column("candidate_inside", COUNT, "responses of the candidate", _UNTOLD),
        Column("difference", FLOAT, "candidate's share minus the base's", _UNTOLD),
        Column("low", FLOAT, "lower end of its 95 % interval, whatever the overlap", _UNTOLD),
        Column("high", FLOAT, "upper end", _UNTOLD),
        Column("p", TEXT, "of no difference, whatever the overlap: as in verdicts", _UNTOLD),
        Column("verdict", TEXT, "different or undetermined, by p adjusted as in verdicts", _UNTOLD),
    ),
    key=("suite", "base", "candidate", "cluster_id"),
)

MISSING = Table(
    "missingness",
    "Responses to the drawn prompts that are no plain answer. Of how many is not told: that would tell how few were not judged.",
    (
        _SUITE,
        Column("checkpoint", TEXT, "the arm"),
        Column("state", TEXT, "as in responses.state, but for 'answered'"),
        Column("responses", COUNT, "in this state", _UNTOLD),
    ),
    key=("suite", "checkpoint", "state"),
)

CARDS = Table(
    "judge_cards",
    "What is known of the errors of each scorer, held against people's labels.",
    (
        _SUITE,
        Column("scorer", TEXT, "who is judged"),
        Column("category_id", TEXT, "of what"),
        Column("channel", TEXT, "where"),
        Column(
            "source", TEXT, "'shipped' with logminer, of public data; or 'labels' of this study"
        ),
        Column("n_yes", COUNT, "labelled answers that show it", _UNTOLD),
        Column("n_no", COUNT, "labelled answers that do not", _UNTOLD),
        Column("sensitivity", FLOAT, "share of those that show it that it finds", _UNTOLD),
        Column("specificity", FLOAT, "share of the others that it leaves", _UNTOLD),
    ),
    key=("suite", "scorer", "category_id", "channel"),
)

TAXONOMY = Table(
    "taxonomy",
    "The behaviours that were looked for; public.",
    (
        _SUITE,
        Column("category_id", TEXT, "its id"),
        Column("parent_id", TEXT, "the one that it lies under", "under none"),
        Column("title", TEXT, "what it is called"),
        Column("definition", TEXT, "what counts", "the taxonomy does not say"),
        Column("severity", TEXT, "as the taxonomy has it", "it does not say"),
    ),
    key=("suite", "category_id"),
)

LEDGER = Table(
    "ledger",
    "The releases of the project so far, this one last.",
    (
        Column("release_id", TEXT, "its name"),
        Column("made_at", TIME, "when"),
        Column("kind", TEXT, "'study' or 'board'"),
        Column("mode", TEXT, "'rounded' or 'noisy'"),
        Column("epsilon", FLOAT, "what it took", "rounded"),
        Column("delta", FLOAT, "what it took", "rounded"),
        Column(
            "state",
            TEXT,
            "'done', or 'begun': its noise may have been drawn, and is taken for spent",
        ),
    ),
    key=("release_id",),
)

DATA_CARD = Table(
    "data_card",
    "What a privacy officer signs: who was asked, what was removed, what is promised and what is not.",
    (
        Column("place", INTEGER, "in which order, from 0"),
        Column("heading", TEXT, "of the section"),
        Column("said", TEXT, "its text, in sentences"),
    ),
    key=("place",),
)

RELEASE_TABLES = (
    RELEASE,
    HEADLINES,
    VERDICTS,
    RATES,
    CLUSTERS,
    CLUSTER_SHARES,
    CLUSTER_SHIFTS,
    MISSING,
    CARDS,
    TAXONOMY,
    LEDGER,
    DATA_CARD,
)
