"""Which prompts people are asked to label: a seeded, stratified draw in which every prompt's chance is known.

The unit is a prompt with both arms' answers, since labels of both correct a comparison best. Where a behaviour is rare a
plain random draw hardly meets it. So prompts are drawn more often where the scorer saw something, and each carries the
inverse of its chance as weight: estimates that use the weights are unbiased.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from logminer.errors import StoreError
from logminer.ids import rank
from logminer.store.session import Session

__all__ = ["LEAST", "SHARES", "LabelDraw", "LabelUnit", "Stratum", "allocate", "draw_prompts"]

# Strata and their shares of a draw. Each is used up before the next seat goes to another.
SHARES: Mapping[str, float] = {
    "neither": 0.5,  # the scorer says yes of no answer
    "discordant": 0.25,  # of one arm's: what a difference is made of
    "both": 0.25,
}

LEAST = 4  # a draw so large takes at least one prompt of every stratum, so that no chance is 0


class LabelUnit(NamedTuple):
    """A prompt and the response of each arm that is to be read."""

    prompt_id: str
    stratum: str
    responses: tuple[str, ...]


class Stratum(NamedTuple):
    """How many prompts it has, how many of them were drawn, and the weight of each of these: `size` / `drawn`."""

    name: str
    size: int
    drawn: int

    @property
    def weight(self) -> float:
        """Inverse of the chance of each of its prompts; 0 where it has none."""
        return self.size / self.drawn if self.drawn else 0.0


class LabelDraw(NamedTuple):
    """What was drawn: units with their weights, in order of strata and rank, and the strata."""

    units: tuple[tuple[LabelUnit, float], ...]
    strata: tuple[Stratum, ...]


def draw_prompts(
    session: Session,
    *,
    category: str,
    channel: str,
    scorer: str,
    arms: Sequence[str],
    n: int,
    seed: int,
) -> LabelDraw:
    """Draw `n` of the prompts of which `scorer` judged each arm's answer; all of them where there are no more.

    Of several answers of an arm the first one judged is read. A draw of the same seed holds every smaller one.

    Args:
        session: the study.
        category: the category that is to be labelled.
        channel: where it is looked for.
        scorer: decides the strata.
        arms: one checkpoint or two.
        n: prompts, at least `LEAST`; people read as many texts as there are arms for each.
        seed: another one draws others.

    Raises:
        StoreError: there is no such prompt.
        ValueError: `n` is too small.
    """
    if n < LEAST:
        raise ValueError(f"a draw has at least {LEAST} prompts, got {n}")
    strata: dict[str, list[LabelUnit]] = {name: [] for name in SHARES}
    for unit in _units(session, category, channel, scorer, arms):
        strata[unit.stratum].append(unit)
    if not any(strata.values()):
        both = " and ".join(arms)
        raise StoreError(
            f"no prompt to label: scorer {scorer} judged {category} ({channel}) for no prompt that {both} answered"
        )
    taken = allocate({name: len(units) for name, units in strata.items()}, n)
    found = tuple(Stratum(name, len(units), taken[name]) for name, units in strata.items())
    drawn = [
        (unit, stratum.weight)
        for stratum in found
        for unit in sorted(strata[stratum.name], key=lambda unit: rank(seed, unit.prompt_id))[
            : stratum.drawn
        ]
    ]
    return LabelDraw(tuple(drawn), found)


def allocate(sizes: Mapping[str, int], n: int) -> dict[str, int]:
    """How many of each stratum make `n`, by `SHARES`; what a small stratum lacks goes to the others.

    One more never takes one away from any stratum, so that a larger draw holds the smaller.

    Source: the method of D'Hondt, which is monotone in the number of seats (Balinski & Young 1982, Fair Representation).
    """
    taken = dict.fromkeys(sizes, 0)
    # The stratum that is furthest behind its share comes first.
    behind = [(1 / SHARES[name], place, name) for place, name in enumerate(SHARES)]
    queue = [entry for entry in behind if sizes.get(entry[2], 0)]
    heapq.heapify(queue)
    for _ in range(min(n, sum(sizes.values()))):
        _, place, name = heapq.heappop(queue)
        taken[name] += 1
        if taken[name] < sizes[name]:
            heapq.heappush(queue, ((taken[name] + 1) / SHARES[name], place, name))
    return taken


def _units(
    session: Session, category: str, channel: str, scorer: str, arms: Sequence[str]
) -> list[LabelUnit]:
    rows = session.rows(
        "WITH answers AS (SELECT r.prompt_id, r.checkpoint, arg_min(response_id, r.sample_index) AS response_id,"
        " arg_min(j.label, r.sample_index) AS label FROM responses AS r JOIN judgements AS j USING (response_id)"
        " WHERE j.category_id = ? AND j.channel = ? AND j.scorer = ? AND r.checkpoint IN (SELECT unnest(?::VARCHAR[]))"
        " GROUP BY ALL)"
        " SELECT prompt_id, count(*) FILTER (label = 'yes') AS yes, list(response_id ORDER BY checkpoint)"
        " FROM answers GROUP BY prompt_id HAVING count(*) = ? ORDER BY prompt_id",
        [category, channel, scorer, list(arms), len(set(arms))],
    )
    names = {0: "neither", len(set(arms)): "both"}
    return [
        LabelUnit(prompt_id, names.get(yes, "discordant"), tuple(responses))
        for prompt_id, yes, responses in rows
    ]
