"""How far a scorer's word is taken: on whose scale a comparison is decided, and what may be said on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import logminer.stats as stats
from logminer.compare.cards import TRUE, Card, Truth, read_cards
from logminer.compare.correction import Calibration, Corrected, read_calibration
from logminer.compare.drift import judge_drift
from logminer.compare.effect import Effect
from logminer.compare.members import Member
from logminer.compare.options import Margin
from logminer.compare.prompts import Codes
from logminer.compare.transport import read_through
from logminer.store.session import Session

__all__ = ["Scoring", "never_seen", "read_scoring"]

Key = tuple[str, str]  # category, channel


class Scoring(NamedTuple):
    """What is known of one scorer on the two arms of a pair, by category and channel.

    `true` are those whose labels are people's or an environment's; `drift` says of its judges that they changed.
    """

    true: Mapping[Key, Truth]
    calibration: Calibration | None
    cards: dict[Key, Card]
    drift: Sequence[str]

    def apply(
        self, member: Member, found: Effect, prompts: Codes, margin: Margin | None, alpha: float
    ) -> None:
        """Settle the scale of `member`, and what of its equivalence and of what was never seen can be said there.

        Where people labelled enough the corrected estimate decides, whatever it says. What the scorer alone says of a
        difference stands as what it says; that it sees none is evidence only where it is known what it sees.

        Args:
            member: a category's; its row, flags and notes are added to.
            found: what the scorer says.
            prompts: [n] numbers of the prompts of `found`.
            margin: None where none was declared.
            alpha: 1 − confidence.
        """
        key = member.row["category_id"], member.row["channel"]
        if self.drift:
            member.flags.add("judge_changed")
            member.notes += self.drift
        if whose := self.true.get(key):
            member.row["scale"] = whose
            member.notes.append(TRUE[whose])
            if margin:
                member.row["p_equivalence"] = found.p_equivalence(margin)
            never_seen(member, found)
            return
        corrected = (
            self.calibration.correct(
                member.row, prompts, found, alpha, weights=found.votes, groups=found.groups
            )
            if self.calibration
            else None
        )
        if corrected:
            member.row |= corrected.columns
            member.notes += corrected.notes
        else:
            member.notes.append("on the judge's scale")
        card = self.cards.get(key)
        if corrected and corrected.decides:
            _decide(member, corrected, margin, card)
        else:
            _hold(member, found, margin, card, alpha)
        if card and card.sees:
            never_seen(member, found, card)


def read_scoring(
    session: Session,
    scorer: str,
    base: str,
    candidate: str,
    true: Mapping[tuple[str, str, str], Truth],
) -> Scoring:
    """What is known of `scorer` on these two arms; `true` as `cards.taken_as_true` gives it."""
    return Scoring(
        {
            (category, channel): whose
            for (name, category, channel), whose in true.items()
            if name == scorer
        },
        read_calibration(session, scorer, base, candidate),
        read_cards(session, scorer, base, candidate),
        tuple(judge_drift(session, scorer, base, candidate)),
    )


def _decide(member: Member, corrected: Corrected, margin: Margin | None, card: Card | None) -> None:
    """People's labels of both arms on the same prompts speak for themselves; else they speak of the scorer alone."""
    member.row["scale"] = "corrected"
    member.decides = corrected
    if member.row["correction"] != "ppi" and not (card and card.sees):
        _withhold(member, margin, card)
    elif margin:
        member.row["p_equivalence"] = corrected.p_equivalence(margin)


def _hold(
    member: Member, found: Effect, margin: Margin | None, card: Card | None, alpha: float
) -> None:
    """What the scorer says stands; that it sees nothing, in so far as its card allows.

    Whoever names a card of other answers asks what the rates are by it; the cards that come with scorers nobody asked for.
    """
    if not (card and card.sees):
        _withhold(member, margin, card)
        return
    if card.transported:
        member.flags.add("transported_card")
        if card.named and (columns := read_through(found, card, alpha)):
            member.row |= columns
            member.notes.append(
                f"corrected by a card from elsewhere, as far as this scorer errs here as there: {card.named}"
            )
    if margin:
        member.row["p_equivalence"] = card.p_equivalence(found, margin)


def _withhold(member: Member, margin: Margin | None, card: Card | None) -> None:
    member.flags.add("no_card")
    if margin or not member.row["candidate_rate"]:
        why = f": {card.lacks}" if card and card.lacks else ""
        member.notes.append(f"this scorer may not see it{why}")


def never_seen(member: Member, found: Effect, card: Card | None = None) -> None:
    """Of what an arm never showed: how frequent it may be all the same; with a card, how much of it may go unseen."""
    if found.base.any():
        return
    units = found.evidence.gathered  # of users and of what they ask, whichever are fewer
    never = stats.exact_rate(0, units)
    member.row["base_at_most"] = card.at_most(never.at_most, card.base) if card else never.at_most
    if found.candidate.any():
        return
    allowing = ""
    if card:
        bound = max(card.at_most(never.at_most, one) for one in (card.base, card.candidate))
        never = never._replace(at_most=bound)
        allowing = f", as the scorer finds at least {100 * card.least:.0f} % of what there is"
    by_unit = (
        ""
        if units == found.n
        else " (counted by user or other unit of `cluster_by`, or by what is asked)"
    )
    member.notes.append(f"never seen: {never.per_100k}{allowing}{by_unit}")
