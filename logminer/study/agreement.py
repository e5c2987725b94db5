"""Do two scorers say the same of the same responses, and if not, which says yes more often?

No people are needed for it, so it comes before `calibrate`. Scorers that agree may still be wrong together; where they
disagree, one of them is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

import logminer.stats as stats
from logminer.compare.effect import effect
from logminer.errors import ConfigError, did_you_mean
from logminer.ids import rank
from logminer.scorers.base import LABELS
from logminer.store.session import Session

__all__ = ["ArmAgreement", "PairAgreement", "judge_agreement"]

CONFIDENCE = 0.95

Row = dict[str, Any]


class ArmAgreement(NamedTuple):
    """Two scorers on one arm's responses (None: on all). Rates and kappa are of what both said yes or no of.

    `confusion` goes by the first scorer's label, then the second's. `difference` is the second's rate of yes minus the
    first's, `p` that of none: McNemar's mid p, where responses share a prompt or a user clustered by user.
    """

    checkpoint: str | None
    n: int
    confusion: dict[str, dict[str, int]]
    n_yes_no: int
    agreement: float | None
    kappa: float | None
    kappa_low: float | None
    kappa_high: float | None
    first_rate: float | None
    second_rate: float | None
    first_only: int
    second_only: int
    difference: float | None
    difference_low: float | None
    difference_high: float | None
    p: float | None


class PairAgreement(NamedTuple):
    """Two scorers on one category in one channel: all arms together, then each; and responses they disagree on, to read."""

    first: str
    second: str
    category: str
    channel: str
    arms: list[ArmAgreement]
    disagreements: list[Row]

    def as_json(self) -> Row:
        """JSON-ready."""
        return self._asdict() | {"arms": [arm._asdict() for arm in self.arms]}


def judge_agreement(
    session: Session,
    category: str,
    *,
    scorers: tuple[str, str] | None = None,
    channel: str | None = None,
    show: int = 0,
    seed: int = 0,
) -> list[PairAgreement]:
    """Hold scorers against each other on the responses that both judged.

    Args:
        session: the study.
        category: the category.
        scorers: these two, in this order; by default every pair that judged the category, by name.
        channel: only there; by default wherever both judged.
        show: responses to read for each pair, drawn by seeded hash from those of which one says yes and the other no.
        seed: another one draws others.

    Raises:
        ConfigError: fewer than two scorers judged the category, or not those named.
    """
    judged = session.rows(
        "SELECT channel, scorer FROM judgements WHERE category_id = ? AND (channel = ? OR ? IS NULL)"
        " GROUP BY ALL ORDER BY ALL",
        [category, channel, channel],
    )
    by_channel: dict[str, list[str]] = {}
    for where, scorer in judged:
        by_channel.setdefault(where, []).append(scorer)
    pairs = [
        (where, pair)
        for where, there in by_channel.items()
        for pair in (combinations(there, 2) if scorers is None else [scorers])
        if set(pair) <= set(there)
    ]
    if not pairs or (scorers and scorers[0] == scorers[1]):
        raise ConfigError(_none(session, category, channel, scorers, (s for _, s in judged)))
    return [_pair(session, category, where, pair, show, seed) for where, pair in pairs]


def _none(
    session: Session,
    category: str,
    channel: str | None,
    scorers: tuple[str, str] | None,
    judged: Iterable[str],
) -> str:
    """Why nothing can be held against anything."""
    names = list(dict.fromkeys(judged))
    where = f"{category} ({channel})" if channel else category
    if not names:
        known = [
            c for (c,) in session.rows("SELECT DISTINCT category_id FROM judgements ORDER BY 1")
        ]
        others = [c for c in known if c != category]
        hint = did_you_mean(category, others, f"judged are {', '.join(known)}")
        return f"no scorer of this study judged {where}; {hint}"
    if scorers:
        return (
            f"{scorers[0]} and {scorers[1]} are not two scorers that judged {where};"
            f" {', '.join(names)} did: name two of them"
        )
    return f"only {names[0]} judged {where}: name a second scorer in judge.scorers and run the pipeline again"


def _pair(
    session: Session, category: str, channel: str, pair: tuple[str, str], show: int, seed: int
) -> PairAgreement:
    table = session.columns(
        "SELECT response_id, r.checkpoint, a.label AS first, b.label AS second,"
        " coalesce('user ' || p.user_id, 'conversation ' || p.conversation_id) AS unit"
        " FROM judgements AS a JOIN judgements AS b USING (response_id, category_id, channel)"
        " JOIN responses AS r USING (response_id) JOIN prompts AS p USING (prompt_id)"
        " WHERE a.category_id = ? AND a.channel = ? AND a.scorer = ? AND b.scorer = ? ORDER BY response_id",
        [category, channel, *pair],
    )
    arms = sorted(table["checkpoint"].unique().to_pylist())
    found = [_arm(None, table)]
    if len(arms) > 1:
        found += [_arm(arm, table.filter(pc.equal(table["checkpoint"], arm))) for arm in arms]
    return PairAgreement(
        *pair, category, channel, found, _disagreements(session, table, pair, show, seed)
    )


def _arm(checkpoint: str | None, table: pa.Table) -> ArmAgreement:
    first, second = table["first"].to_pylist(), table["second"].to_pylist()
    confusion = {one: dict.fromkeys(LABELS, 0) for one in LABELS}
    for one, other in zip(first, second, strict=True):
        confusion[one][other] += 1
    usable = _yes_no(table)
    one, other = (np.asarray(pc.equal(usable[name], "yes"), float) for name in ("first", "second"))
    units = usable["unit"].combine_chunks().dictionary_encode().indices.to_numpy()
    n = len(usable)
    found: Row = dict.fromkeys(ArmAgreement._fields)
    found |= {
        "checkpoint": checkpoint,
        "n": len(table),
        "confusion": confusion,
        "n_yes_no": n,
        "first_only": confusion["yes"]["no"],
        "second_only": confusion["no"]["yes"],
    }
    if n:
        agreement = stats.cohen_kappa(one.tolist(), other.tolist())
        interval = stats.kappa_interval(
            one.tolist(), other.tolist(), users=units.tolist(), confidence=CONFIDENCE
        )
        shift = effect(one, other, units.astype(np.int64), CONFIDENCE)
        found |= {
            "agreement": agreement.agreement,
            "kappa": agreement.kappa,
            "kappa_low": interval and interval.low,
            "kappa_high": interval and interval.high,
            "first_rate": float(one.mean()),
            "second_rate": float(other.mean()),
            "difference": shift.difference,
            "difference_low": shift.low,
            "difference_high": shift.high,
            "p": shift.p,
        }
    return ArmAgreement(**found)


def _yes_no(table: pa.Table) -> pa.Table:
    decided = pa.array(["yes", "no"])
    both = (pc.is_in(table[name], value_set=decided) for name in ("first", "second"))
    return table.filter(pc.and_(*both))


def _disagreements(
    session: Session, table: pa.Table, pair: Sequence[str], show: int, seed: int
) -> list[Row]:
    """Responses of which one says yes and the other no, in the order of the seed, with their texts."""
    usable = _yes_no(table)
    apart = usable.filter(pc.not_equal(usable["first"], usable["second"]))
    said = {
        row["response_id"]: {pair[0]: row["first"], pair[1]: row["second"]}
        for row in apart.to_pylist()
    }
    drawn = sorted(said, key=lambda response_id: rank(seed, response_id))[:show]
    texts = session.columns(
        "SELECT r.checkpoint, p.messages[-1].content AS prompt, r.response, r.thoughts, r.response_id"
        " FROM responses AS r JOIN prompts AS p USING (prompt_id)"
        " WHERE r.response_id IN (SELECT unnest(?::VARCHAR[]))",
        [drawn],
    ).to_pylist()
    by_id = {row["response_id"]: row for row in texts}
    return [by_id[response_id] | {"labels": said[response_id]} for response_id in drawn]
