"""What each stage of training brought: the steps of a chain of checkpoints, and their shares of the whole change.

All figures of a behaviour are of the same prompts: those that every stage answered and on which every answer was judged.
They are on the scale of the judge. Where it errs alike in all stages, its steps are people's steps times one number
(sensitivity + specificity − 1: Rogan & Gladen 1978, Am. J. Epidemiol. 107:71), so shares are the same on either scale.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import numpy as np

import logminer.stats as stats
from logminer.compare.effect import Effect
from logminer.compare.flags import Flag, in_flag_order
from logminer.compare.members import Member
from logminer.compare.missing import missing_judgements
from logminer.compare.options import CompareOptions
from logminer.compare.prompts import Floats
from logminer.compare.scoring import Scoring, read_scoring
from logminer.compare.together import (
    Behaviour,
    Together,
    adjusted,
    judged_together,
    read_together,
)
from logminer.store.session import Session

__all__ = ["Brought", "attribute"]


class Brought(NamedTuple):
    """One stage of the chain and one behaviour: a row of table `attribution`, whose columns say what each means."""

    category_id: str
    scorer: str
    channel: str
    stratum: str
    scale: str
    stage: str
    position: int
    n_prompts: int
    n_left_out: int
    n_effective: float
    rate: float
    rate_low: float
    rate_high: float
    step: float | None
    low: float | None
    high: float | None
    p: float | None
    share: float | None
    share_low: float | None
    share_high: float | None
    change: float
    change_low: float
    change_high: float
    margin: float | None
    margin_ratio: float | None
    p_equivalence_to_last: float | None
    q_equivalence_to_last: float | None
    equivalent_to_last: bool | None
    flags: list[Flag]


def attribute(
    session: Session, options: CompareOptions, strata: Collection[str] = ("all",)
) -> list[Brought]:
    """What each stage of `options.chain` brought of each behaviour, by its primary scorer; nothing without a chain.

    Args:
        session: of a published study.
        options: see `CompareOptions`.
        strata: of the prompts, as in `comparisons`; those that the study has not are passed over.

    Returns:
        Rows by behaviour, stratum and position of the stage. Behaviours that no scorer judged in every stage have none.

    A stage's equivalence with the last is settled as that of a pair in `comparisons`: by the same test on the same scale,
    with a card where one is asked for, adjusted for the behaviours (of this stage), and not where missing judgements
    could break it. Steps are not adjusted: their intervals are of each alone.
    """
    if len(options.chain) < 2:
        return []
    study = read_together(session, options)
    rows: list[Brought] = []
    scorings: dict[tuple[str, int], Scoring] = {}
    broken: list[bool] = []
    for behaviour in judged_together(study, options.chain):
        for i, stage in enumerate(options.chain[:-1]):
            if (behaviour.scorer, i) not in scorings:
                scorings[behaviour.scorer, i] = read_scoring(
                    session, behaviour.scorer, stage, options.chain[-1], study.true
                )
        of_stages = [scorings[behaviour.scorer, i] for i in range(len(options.chain) - 1)]
        for stratum in strata:
            if stratum in study.prompts.strata:
                for row, may_break in _stages(study, behaviour, stratum, of_stages):
                    rows.append(row)
                    broken.append(may_break)
    return _settled(rows, broken, options)


def _stages(
    study: Together, whole: Behaviour, stratum: str, scorings: Sequence[Scoring]
) -> Iterator[tuple[Brought, bool]]:
    """The rows of one behaviour, before they are adjusted, and whether missing judgements could break an equivalence."""
    behaviour = whole.within(study.prompts.strata[stratum])
    prompts = behaviour.judged
    if not len(prompts):
        return
    rates = [arm.rates[prompts] for arm in behaviour.rates]
    change = study.effect(rates[0], rates[-1], prompts)
    flags = study.flags(behaviour, change)
    margin = study.margin(behaviour)
    few = "few_units" in flags
    for position, (stage, rate) in enumerate(zip(study.options.chain, rates, strict=True)):
        alone = study.effect(np.zeros(len(rate)), rate, prompts)
        row = Brought(
            category_id=behaviour.category_id,
            scorer=behaviour.scorer,
            channel=behaviour.channel,
            stratum=stratum,
            scale=study.scale(behaviour),
            stage=stage,
            position=position,
            n_prompts=len(prompts),
            n_left_out=behaviour.left_out(),
            n_effective=change.n_effective,
            rate=alone.rates[1],
            rate_low=max(alone.low, 0.0),
            rate_high=alone.high,
            step=None,
            low=None,
            high=None,
            p=None,
            share=None,
            share_low=None,
            share_high=None,
            change=change.difference,
            change_low=change.low,
            change_high=change.high,
            margin=margin.absolute if margin else None,
            margin_ratio=margin.ratio if margin else None,
            p_equivalence_to_last=None,
            q_equivalence_to_last=None,
            equivalent_to_last=None,
            flags=[],
        )
        if position:
            step = study.effect(rates[position - 1], rate, prompts)
            share = _share(study, step, change, few)
            row = row._replace(
                step=step.difference,
                low=step.low,
                high=step.high,
                p=None if few else step.p,
                share=share.share,
                share_low=share.low,
                share_high=share.high,
            )
        mine, may_break = set(flags), False
        if position < len(scorings):
            member = _to_last(study, behaviour, position, rates, scorings[position])
            mine |= member.flags
            if margin and not few:
                row = row._replace(p_equivalence_to_last=member.row.get("p_equivalence"))
                may_break = bool(
                    member.missing and member.missing.may_break(margin, study.options.alpha)
                )
        yield row._replace(flags=list(in_flag_order(mine))), may_break


def _share(study: Together, step: Effect, change: Effect, few: bool) -> stats.ChangeShare:
    if few:
        return stats.ChangeShare(None, None, None)
    if len(study.options.chain) == 2:  # the only step brought all of it, where there is something
        all_of_it = 1.0 if change.p <= study.options.alpha else None
        return stats.ChangeShare(all_of_it, all_of_it, all_of_it)
    return stats.share_of_change(
        step.candidate - step.base,
        change.candidate - change.base,
        change.units,
        prompts=change.groups,
        weight=change.weight,
        confidence=1 - study.options.alpha,
    )


def _to_last(
    study: Together, behaviour: Behaviour, position: int, rates: Sequence[Floats], scoring: Scoring
) -> Member:
    """The stage as base and the last one as candidate, with what may be said of their equivalence."""
    found = study.effect(rates[position], rates[-1], behaviour.judged)
    group = behaviour.pair(position, len(rates) - 1)
    base_rate, candidate_rate = found.rates
    row = group.keys | {"base_rate": base_rate, "candidate_rate": candidate_rate}
    member = Member(row, [], found)
    member.missing = missing_judgements(group, behaviour.asked, study.prompts, study.options)
    margin = study.margin(behaviour)
    if member.missing.p < study.options.alpha:
        member.flags.add("missing_differs")
    if margin and margin.absolute > max(found.rates):
        member.flags.add("wide_margin")
    scoring.apply(member, found, behaviour.judged, margin, study.options.alpha)
    return member


def _settled(
    rows: Sequence[Brought], broken: Sequence[bool], options: CompareOptions
) -> list[Brought]:
    """The rows with what hangs on the other behaviours."""
    settled = list(rows)
    for position in range(len(options.chain) - 1):
        places = [i for i, row in enumerate(rows) if row.position == position]
        qs = adjusted([(rows[i].category_id, rows[i].p_equivalence_to_last) for i in places])
        for i, q in zip(places, qs, strict=True):
            row = rows[i]
            if row.margin is None:
                continue
            passed = q is not None and q <= options.alpha
            flags: set[Flag] = set(row.flags)
            if passed and broken[i]:
                flags.add("missing_differs")
            settled[i] = row._replace(
                q_equivalence_to_last=q,
                equivalent_to_last=passed and not broken[i],
                flags=list(in_flag_order(flags)),
            )
    return settled
