"""How far a scorer's word is taken: on whose scale a comparison is decided, and what may be said on it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

import logminer.stats as stats
from logminer.compare.cards import Card, read_cards, recorded_by_people
from logminer.compare.correction import Calibration, read_calibration
from logminer.compare.effect import Effect
from logminer.compare.members import Member
from logminer.compare.options import Margin
from logminer.compare.prompts import Codes
from logminer.store.session import Session

__all__ = ["Scoring", "read_scoring"]


class Scoring(NamedTuple):
    """What is known of one scorer on the two arms of a pair.

    `people`: its labels are people's. `cards` are by category and channel.
    """

    people: bool
    calibration: Calibration | None
    cards: dict[tuple[str, str], Card]

    def apply(
        self,
        member: Member,
        found: Effect,
        prompts: Codes,
        groups: Codes,
        margin: Margin | None,
        alpha: float,
    ) -> None:
        """Settle the scale of `member`, and what of its equivalence and of what was never seen can be said there.

        Where people labelled enough the corrected estimate decides, whatever it says. What the scorer alone says of a
        difference stands as what it says; that it sees none is evidence only if somebody knows what it sees.
        """
        row = member.row
        if self.people:
            row["scale"] = "people"
            member.notes.append("labels taken as true")
            if margin:
                row["p_equivalence"] = found.p_equivalence(margin)
            _never_seen(member, found, 1.0)
            return
        key = row["category_id"], row["channel"]
        corrected = (
            self.calibration.correct(row, prompts, found, alpha, weights=found.votes, groups=groups)
            if self.calibration
            else None
        )
        if corrected:
            row |= corrected.columns
            member.notes += corrected.notes
        card = self.cards.get(key)
        sees = card is not None and card.sees
        if corrected and corrected.decides:
            row["scale"] = "corrected"
            member.decides = corrected
            # People's labels of both arms on the same prompts speak for themselves; else they speak of the scorer.
            sees_enough = sees or row["correction"] == "ppi"
            if margin and sees_enough:
                row["p_equivalence"] = corrected.p_equivalence(margin)
        else:
            if corrected is None:
                member.notes.append("on the judge's scale")
            sees_enough = sees
            if margin and card and sees:
                row["p_equivalence"] = card.p_equivalence(found, margin, alpha)
        if not sees_enough:
            member.flags.add("no_card")
            if margin or not found.base.any():
                member.notes.append("this scorer may not see it")
        if card and sees:
            if card.transported and row["scale"] == "judge":
                member.flags.add("transported_card")
            _never_seen(member, found, card.sensitivity.low)


def read_scoring(session: Session, scorer: str, base: str, candidate: str) -> Scoring:
    """What is known of `scorer` on these two arms."""
    calibration = read_calibration(session, scorer, base, candidate)
    return Scoring(
        people=calibration is None and recorded_by_people(session, scorer),
        calibration=calibration,
        cards=read_cards(session, scorer, base, candidate),
    )


def _never_seen(member: Member, found: Effect, sensitivity: float) -> None:
    """Of what an arm never showed: how frequent it may be all the same, at the least sensitivity that is likely."""
    if found.base.any():
        return
    units = len(np.unique(found.units))
    bound = stats.exact_rate(0, units)
    member.row["base_at_most"] = min(bound.at_most / sensitivity, 1.0)
    if not found.candidate.any():
        by_unit = "" if units == found.n else " (counted by user or other unit of `cluster_by`)"
        allowing = "" if sensitivity == 1 else f", for a scorer that sees {sensitivity:.0%} of it"
        member.notes.append(f"never seen: {bound.per_100k}{allowing}{by_unit}")
