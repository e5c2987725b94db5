"""Does what happened to one family of models happen to another: the difference of their differences on the same prompts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from logminer.compare.cards import Card, read_cards
from logminer.compare.effect import Effect
from logminer.compare.flags import Flag, in_flag_order
from logminer.compare.missing import FEW, Missing, missing_judgements
from logminer.compare.options import CompareOptions
from logminer.compare.together import (
    Behaviour,
    Together,
    adjusted,
    judged_together,
    read_together,
)
from logminer.store.session import Session

__all__ = ["Interaction", "interactions"]

Pair = tuple[str, str]  # base, candidate

VERDICTS = {  # by whether the interaction is beyond chance, and whether it is within the margin
    (True, True): "different within margin",
    (True, False): "different",
    (False, True): "equivalent",
    (False, False): "undetermined",
}


class Interaction(NamedTuple):
    """Two families and one behaviour: a row of table `families`, whose columns say what each means."""

    category_id: str
    scorer: str
    channel: str
    stratum: str
    scale: str
    family: str
    other: str
    n_prompts: int
    n_left_out: int
    n_effective: float
    base_rate: float
    candidate_rate: float
    other_base_rate: float
    other_candidate_rate: float
    difference: float
    difference_low: float
    difference_high: float
    other_difference: float
    other_low: float
    other_high: float
    interaction: float
    low: float
    high: float
    p: float | None
    q: float | None
    margin: float | None
    p_equivalence: float | None
    q_equivalence: float | None
    verdict: str
    agrees: bool | None
    flags: list[Flag]


def interactions(
    session: Session,
    options: CompareOptions,
    families: Mapping[str, Pair],
    strata: Collection[str] = ("all",),
) -> list[Interaction]:
    """For each two families and each behaviour, by its primary scorer: the other's difference minus the one's.

    Args:
        session: of a published study.
        options: see `CompareOptions`.
        families: name → base and candidate, which must be four checkpoints or share one.
        strata: of the prompts, as in `comparisons`; those that the study has not are passed over.

    Returns:
        Rows by pair of families, behaviour and stratum, on the prompts that were answered and judged in all arms; a
        behaviour that no scorer judged in all of them has none.

    That families agree is claimed by a test alone: that the interaction is within the absolute margin of the behaviour (a
    ratio of differences is not asked for). Where `comparisons` asks for a card, cards must show that the scorer sees the
    behaviour in all arms, and the margin on its scale shrinks to what is left of it by the least sensitivity and
    specificity that they leave possible; that holds where the scorer errs alike in all arms.
    """
    study = read_together(session, options)
    rows: list[Interaction] = []
    for (family, one), (other, second) in combinations(families.items(), 2):
        mine = list(_rows(study, (family, one), (other, second), strata))
        qs = adjusted([(row.category_id, row.p) for row in mine])
        q_equivalences = adjusted([(row.category_id, row.p_equivalence) for row in mine])
        for row, q, q_equivalence in zip(mine, qs, q_equivalences, strict=True):
            differs = q is not None and q <= options.alpha
            agrees = q_equivalence is not None and q_equivalence <= options.alpha
            rows.append(
                row._replace(
                    q=q,
                    q_equivalence=q_equivalence,
                    verdict=VERDICTS[differs, agrees],
                    agrees=None if row.margin is None else agrees,
                )
            )
    return rows


def _rows(
    study: Together,
    one: tuple[str, Pair],
    other: tuple[str, Pair],
    strata: Collection[str],
) -> Iterator[Interaction]:
    """The rows of two families, before they are adjusted."""
    pairs = one[1], other[1]
    arms = list(dict.fromkeys([*pairs[0], *pairs[1]]))
    cards: dict[str, list[dict[tuple[str, str], Card]]] = {}
    for whole in judged_together(study, arms):
        if whole.scorer not in cards:
            cards[whole.scorer] = [read_cards(study.session, whole.scorer, *pair) for pair in pairs]
        key = whole.category_id, whole.channel
        of_pairs = [found.get(key) for found in cards[whole.scorer]]
        for stratum in strata:
            if stratum not in study.prompts.strata:
                continue
            behaviour = whole.within(study.prompts.strata[stratum])
            if not len(behaviour.judged):
                continue
            places = [(arms.index(base), arms.index(candidate)) for base, candidate in pairs]
            row = _interaction(study, behaviour, places, of_pairs)
            yield row._replace(stratum=stratum, family=one[0], other=other[0])


def _interaction(
    study: Together,
    behaviour: Behaviour,
    places: Sequence[tuple[int, int]],
    cards: Sequence[Card | None],
) -> Interaction:
    prompts, options = behaviour.judged, study.options
    rates = [arm.rates[prompts] for arm in behaviour.rates]
    first, second = (
        study.effect(rates[base], rates[candidate], prompts) for base, candidate in places
    )
    # Halved, so that the two sides are rates in [0, 1] whose difference is half the interaction.
    half = study.effect(
        (second.base + first.candidate) / 2, (second.candidate + first.base) / 2, prompts
    )
    flags, margin = study.flags(behaviour, half), study.margin(behaviour)
    few = "few_units" in flags
    p_equivalence: float | None = None
    if margin and not few:
        kept = margin.absolute
        seen = True
        if study.scale(behaviour) == "judge":
            seen = all(card is not None and card.sees for card in cards)
            kept *= _least_shown(cards, (first, second)) if seen else 0.0
            flags |= _of_cards(cards, seen=seen)
        missing = [
            missing_judgements(behaviour.pair(*pair), behaviour.asked, study.prompts, options)
            for pair in places
        ]
        broken = _may_break(missing, half, margin.absolute)
        if broken or min(one.p for one in missing) < options.alpha:
            flags.add("missing_differs")
        if seen and not broken:
            p_equivalence = half.evidence.p_equivalence(kept / 2) if kept > 0 else 1.0
    return Interaction(
        category_id=behaviour.category_id,
        scorer=behaviour.scorer,
        channel=behaviour.channel,
        stratum="all",
        scale=study.scale(behaviour),
        family="",
        other="",
        n_prompts=len(prompts),
        n_left_out=behaviour.left_out(),
        n_effective=half.n_effective,
        base_rate=first.rates[0],
        candidate_rate=first.rates[1],
        other_base_rate=second.rates[0],
        other_candidate_rate=second.rates[1],
        difference=first.difference,
        difference_low=first.low,
        difference_high=first.high,
        other_difference=second.difference,
        other_low=second.low,
        other_high=second.high,
        interaction=2 * half.difference,
        low=2 * half.low,
        high=2 * half.high,
        p=None if few else half.p,
        q=None,
        margin=margin.absolute if margin else None,
        p_equivalence=p_equivalence,
        q_equivalence=None,
        verdict="undetermined",
        agrees=None,
        flags=list(in_flag_order(flags)),
    )


def _of_cards(cards: Sequence[Card | None], *, seen: bool) -> set[Flag]:
    if not seen:
        return {"no_card"}
    return {"transported_card"} if any(card.transported for card in cards if card) else set()


def _least_shown(cards: Sequence[Card | None], found: Sequence[Effect]) -> float:
    """How much of a difference the scorer shows at least, in [0, 1]: sensitivity + specificity − 1, the least possible.

    False alarms are at most what is flagged, however low the specificity may be.
    """
    least = 1.0
    for card, effect in zip(cards, found, strict=True):
        for arm, rate in zip(
            (card.base, card.candidate) if card else (), effect.rates, strict=True
        ):
            sensitive = arm.sensitivity.low if arm.sensitivity else 0.0
            specific = max(arm.specificity.low if arm.specificity else 0.0, 1 - rate)
            least = min(least, sensitive + specific - 1)
    return max(least, 0.0)


def _may_break(missing: Sequence[Missing], half: Effect, margin: float) -> bool:
    """Whether more is missing in an arm than a few, and it could take the interaction beyond the margin."""
    shares = [
        lost / of for one in missing for lost, of in zip(one.counts, one.responses, strict=True)
    ]
    if max(shares) <= FEW:
        return False
    (low, high), (other_low, other_high) = (
        one.bounds or (one.rates[1] - one.rates[0],) * 2 for one in missing
    )
    return other_high - low > margin or other_low - high < -margin
