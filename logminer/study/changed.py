"""Both answers to one prompt: the prompts on which the arms of a pair differ, to read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import pyarrow as pa

from logminer.errors import QueryError
from logminer.store.session import Session
from logminer.study.examples import Wanted, require
from logminer.study.pairs import compared_pairs

__all__ = ["Direction", "changed_pairs", "why_unchanged"]

Direction = Literal["gained", "lost"]

# The span that the scorer points to, or else the first that says the same of this response.
EVIDENCE = """
(SELECT coalesce(list(span), []) FROM (
    SELECT {{'channel': CASE e.channel WHEN 'pair' THEN 'thoughts' ELSE e.channel END,
             'start': e.evidence_start, 'end': e.evidence_end}} AS span
    FROM judgements AS own JOIN judgements AS e USING (response_id, category_id, channel, label)
    WHERE own.response_id = c.{arm}_response_id AND own.category_id = c.category_id AND own.channel = c.channel
        AND own.scorer = c.scorer AND e.evidence_start IS NOT NULL
    ORDER BY e.scorer <> c.scorer, e.scorer LIMIT 1)) AS {arm}_evidence
"""
CHOSEN = """
paired_responses AS r JOIN (SELECT unnest($pairs, recursive := true)) AS k USING (base, candidate)
LEFT JOIN primary_scorers AS p USING (base, candidate, category_id, channel)
WHERE r.category_id = coalesce($category, r.category_id) AND r.scorer = coalesce($scorer, p.scorer) AND r.channel = coalesce($channel, r.channel)
"""
QUERY = f"""
WITH c AS (
    SELECT r.*, k.place FROM {CHOSEN}
        AND ($direction IS NULL OR r.direction = $direction) AND (NOT $changed OR r.direction IS NOT NULL)
    QUALIFY row_number() OVER (PARTITION BY base, candidate, r.category_id ORDER BY r.prompt_id, r.channel) <= $n
)
SELECT
    base, candidate, prompt_id, category_id, channel, scorer, direction, prompt,
    base_response, base_thoughts, candidate_response, candidate_thoughts, base_rate, candidate_rate,
    {EVIDENCE.format(arm="base")}, {EVIDENCE.format(arm="candidate")}, language
FROM c ORDER BY place, category_id, prompt_id, channel
"""

Pair = Sequence[str]  # base and candidate


def changed_pairs(
    session: Session,
    category: str | None,
    *,
    pair: Pair | None = None,
    direction: Direction | None = None,
    channel: str | None = None,
    scorer: str | None = None,
    changed: bool = True,
    n: int = 5,
) -> pa.Table:
    """Prompts with the answers of both arms, pseudorandom by id; the same ones each time.

    Args:
        session: the study.
        category: whose judgements differ; None: any that has a verdict.
        pair: base and candidate; None: every pair that was compared.
        direction: 'gained' (the candidate shows it, or more often), 'lost' (no longer, or less); None: either.
        channel: response, thoughts or pair; None: whichever.
        scorer: who says so; None: the one that has the category's verdict.
        changed: only where the arms differ.
        n: prompts of each pair and category.

    Returns:
        `base, candidate, prompt_id, category_id, channel, scorer, direction` (null: no difference), `prompt, base_response,
        base_thoughts, candidate_response, candidate_thoughts, base_rate, candidate_rate` (shares of samples, in [0, 1]; of
        several samples those are shown that tell the arms apart), `base_evidence, candidate_evidence` (spans in which it
        is seen, in characters of a channel, none or one: the scorer's, or that of another that says the same), `language`.

    Raises:
        QueryError: the study has no such category, scorer or compared pair; names those that it has.
    """
    asked = _asked(session, category, pair, channel, scorer)
    return session.columns(QUERY, asked | {"direction": direction, "changed": changed, "n": n})


def why_unchanged(
    session: Session,
    category: str,
    *,
    pair: Pair | None = None,
    channel: str | None = None,
    scorer: str | None = None,
) -> str:
    """What to say where `changed_pairs` finds nothing: nothing changed, or nobody judges it."""
    asked = _asked(session, category, pair, channel, scorer)
    ((n,),) = session.rows(f"SELECT count(*) FROM {CHOSEN}", asked)
    if n:
        return f"no such change: '{category}' was judged in both arms of {n:,} pairs of answers"
    return f"'{category}' was not judged in both arms of a pair that was compared: no scorer, or no answers to the same prompts"


def _asked(
    session: Session,
    category: str | None,
    pair: Pair | None,
    channel: str | None,
    scorer: str | None,
) -> dict[str, Any]:
    """The parameters of `CHOSEN`."""
    require(session, Wanted(category=category, scorer=scorer))
    compared = compared_pairs(session)
    if pair is not None and tuple(pair) not in compared:
        made = ", ".join(f"{b} → {c}" for b, c in compared) or "none"
        raise QueryError(
            f"{' → '.join(pair)} was not compared (compared: {made}); add it to compare.pairs"
        )
    pairs = [
        {"base": base, "candidate": candidate, "place": place}
        for place, (base, candidate) in enumerate(compared)
        if pair is None or tuple(pair) == (base, candidate)
    ]
    return {"pairs": pairs, "category": category, "channel": channel, "scorer": scorer}
