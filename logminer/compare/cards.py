"""What may be said of what a scorer did not find: that takes a card, which says how much of it the scorer finds.

A scorer that finds nothing finds the same in both arms. So `equivalent`, `different within margin` and the bound of what was
never seen are only said where people's labels show that the scorer sees the behaviour, and they hold for every error of it
that these labels leave possible. `worse`, `better` and `different` need none: a scorer that flags one arm more does so for
a reason, though not always for the one that its name says.

Which errors are possible: each arm is a model of its own, so it has a sensitivity and a specificity of its own. Where people
labelled the arm's answers (or, elsewhere, those of the same model), anything in their 95 % interval. Where they labelled
other models' only, anything in the prediction interval for one more model (`stats.predicted_share`), which is as wide as those
models differ; fewer than three of them tell nothing of a fourth. What was measured elsewhere must also cover the languages of
the study.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

import logminer.stats as stats
from logminer.compare.effect import Effect
from logminer.compare.options import Margin
from logminer.compare.prompts import Floats
from logminer.store.session import Session

__all__ = [
    "LEAST",
    "SURE",
    "TRUE",
    "Card",
    "PossibleErrors",
    "Truth",
    "read_cards",
    "recorded_truth",
    "taken_as_true",
    "topical",
]

TOPICAL = ("hazard_prototypes",)  # kinds of scorers

Truth = Literal["people", "environment"]
TRUE: dict[Truth, str] = {  # whose recorded labels are taken as true, and what is noted beside them
    "people": "labels taken as true",
    "environment": "decided by the environment, taken as true",
}
LEAST = 0.3  # sensitivity from which a scorer is said to see a behaviour
LABELS = (
    20  # effective labels of a kind from which a model tells of others, or a language is covered
)
SHARE = 0.05  # of the prompts: a language that has less may go without labels
LEFT = 0.025  # p below which false alarms do not explain all flags of an arm
SURE = 1e12  # labels: an error that is given

LANGUAGES = (
    "SELECT coalesce(language, 'unknown') AS name FROM prompts WHERE prompt_id IN"
    " (SELECT prompt_id FROM responses WHERE checkpoint IN (?, ?))"
    " GROUP BY 1 QUALIFY count(*) >= ? * sum(count(*)) OVER () ORDER BY 1"
)
KINDS = ("sensitivity", "specificity")

Key = tuple[str, str]  # category, channel
Row = dict[str, Any]


class PossibleErrors(NamedTuple):
    """Sensitivities and specificities, in [0, 1], that people's labels leave possible in one arm; None: any may be."""

    sensitivity: stats.Interval | None
    specificity: stats.Interval | None


class Card(NamedTuple):
    """What is known of one scorer's errors on the two arms of a pair, for one category and channel.

    `transported`: it was measured on other answers than this study's. `uncovered`: languages of the study in which it was
    not measured. `named`: where the labels of those are from that the pipeline names; empty where it names none.
    """

    base: PossibleErrors
    candidate: PossibleErrors
    transported: bool
    uncovered: tuple[str, ...] = ()
    named: str = ""

    @property
    def sees(self) -> bool:
        """Whether the scorer finds at least `LEAST` of what there is, in both arms, in every case that is possible."""
        return self.lacks is None

    @property
    def lacks(self) -> str | None:
        """Why it does not see, in words; None where it does."""
        if self.uncovered:
            return f"measured in no answer in {', '.join(self.uncovered)}"
        if self.base.sensitivity is None or self.candidate.sensitivity is None:
            return "too few models labelled to tell of others"
        if (least := self.least) < LEAST:
            return f"it may find as little as {100 * least:.0f} % of what there is"
        return None

    @property
    def least(self) -> float:
        """The least sensitivity that is possible in an arm, in [0, 1]; 0 where any is."""
        found = (self.base.sensitivity, self.candidate.sensitivity)
        return min(one.low if one else 0.0 for one in found)

    def at_most(self, flagged: float, arm: PossibleErrors) -> float:
        """Upper bound of how often the behaviour occurs in an arm, in [0, 1], from one of how often it is flagged.

        At worst a flag stands for 1 / sensitivity of it. 1 where the scorer may be blind.
        """
        least = arm.sensitivity.low if arm.sensitivity else 0.0
        return min(1.0, flagged / least) if least > 0 else 1.0

    def p_equivalence(self, found: Effect, margin: Margin) -> float:
        """p of a true difference at or beyond the margin, the largest for any error of the scorer that is possible.

        1 where the card does not see, or any specificity is possible. A rate r that is flagged stands for a prevalence
        of (r + specificity − 1) / (sensitivity + specificity − 1), never below 0: so false alarms are at most what is
        flagged, however low the specificity may be. That grows as sensitivity falls and specificity grows, so the
        difference is largest where one arm's errors are at one corner of what is possible and the other's at the
        opposite; there it is tested, by Rogan-Gladen with these errors given. An arm whose flags may all be false alarms
        counts as one that shows nothing. With a ratio, the less convincing of both. It never says more than the test
        on the judge's scale.

        The level holds in so far as the errors are among those possible (95 % of each share): they are not estimated
        anew but taken at their worst.

        Source: Rogan & Gladen 1978, Am. J. Epidemiol. 107:71; bounds over what the data leave open as in Horowitz &
        Manski 2000, J. Am. Stat. Assoc. 95:77; when a bound that may bind is taken to, Andrews & Soares 2010,
        Econometrica 78:119.
        """
        if not self.sees:
            return 1.0
        candidate, base = (found.candidate, self.candidate), (found.base, self.base)
        # candidate − base < absolute, and base − candidate < absolute
        p = max(
            found.p_equivalence(margin),
            _p_exceeds(candidate, base, found, 1.0, margin.absolute),
            _p_exceeds(base, candidate, found, 1.0, margin.absolute),
        )
        if margin.ratio is None:
            return p
        # candidate − ratio × base < 0, and base − ratio × candidate < 0
        return max(
            p,
            _p_exceeds(candidate, base, found, margin.ratio, 0.0),
            _p_exceeds(base, candidate, found, margin.ratio, 0.0),
        )


def _p_exceeds(
    first: tuple[Floats, PossibleErrors],
    second: tuple[Floats, PossibleErrors],
    found: Effect,
    slope: float,
    bound: float,
) -> float:
    """Largest p of H0: first − slope × second ≥ bound, where first is as large and second as small as is possible."""
    (more, its), (less, other) = first, second
    if its.sensitivity is None or its.specificity is None:
        return 1.0
    if other.sensitivity is None or other.specificity is None:
        return 1.0
    flagged, least = (float(np.average(arm, weights=found.votes)) for arm in (more, less))
    # No prevalence is below 0 or above 1: errors that would say so are moved to the nearest that do not.
    specific = max(its.specificity.high, 1 - flagged)
    if its.sensitivity.low + specific <= 1:
        return 1.0
    largest = stats.JudgeError(its.sensitivity.low, SURE, specific, SURE)
    sensitive = max(other.sensitivity.high, least)
    smallest = stats.JudgeError(sensitive, SURE, other.specificity.low, SURE)

    def contrast(slope: float) -> stats.Contrast:
        return stats.rogan_gladen_contrast(
            less,
            more,
            base_error=smallest,
            candidate_error=largest,
            slope=slope,
            users=found.units,
            groups=found.groups,
            votes=found.votes,
        ).contrast

    chance = sensitive + other.specificity.low <= 1
    if chance or not _surely_left(less, smallest, found):
        smallest = largest  # whose error is of no weight where the slope is 0
        slope = 0.0
    return contrast(slope).p_below(bound)


def _surely_left(rates: Floats, error: stats.JudgeError, found: Effect) -> bool:
    """Whether more is flagged than false alarms may be: else it counts as none, and not as what chance left of it."""
    alone = stats.rogan_gladen_contrast(
        rates,
        rates,
        base_error=error,
        candidate_error=error,
        slope=0.0,
        users=found.units,
        groups=found.groups,
        votes=found.votes,
    )
    return alone.contrast.p_above(0.0) < LEFT


def read_cards(session: Session, scorer: str, base: str, candidate: str) -> dict[Key, Card]:
    """The card of each category and channel that `scorer` has one for, on these two arms.

    Where people of this study labelled any yes, their labels are the card; else those measured elsewhere, all together.
    """
    models = dict(session.rows("SELECT checkpoint, model FROM checkpoints"))
    languages: tuple[str, ...] | None = None
    groups: dict[Key, list[Row]] = {}
    for row in session.columns("FROM judge_cards WHERE scorer = ?", [scorer]).to_pylist():
        groups.setdefault((row["category_id"], row["channel"]), []).append(row)
    cards: dict[Key, Card] = {}
    for key, rows in groups.items():
        own = [row for row in rows if not row["transported"]]
        elsewhere = [row for row in rows if row["transported"]]
        if any(row["sensitivity"] is not None for row in own) or not elsewhere:
            of_base, of_candidate = (
                _possible(own, [row for row in own if row["checkpoint"] == arm], ())
                for arm in (base, candidate)
            )
            cards[key] = Card(of_base, of_candidate, transported=False)
            continue
        if languages is None:
            languages = tuple(name for (name,) in session.rows(LANGUAGES, [base, candidate, SHARE]))
        usable = [row for row in elsewhere if _enough(row, *KINDS)]
        spoken = [row for row in usable if row["language"] in languages]
        of_base, of_candidate = (
            _possible(
                elsewhere,
                [row for row in usable if row["model"] and row["model"] == models.get(arm)],
                spoken,
            )
            for arm in (base, candidate)
        )
        covered = {row["language"] for row in spoken}
        uncovered = tuple(name for name in languages if name not in covered)
        named = dict.fromkeys(row["origin"] for row in elsewhere if row["source"] == "named")
        cards[key] = Card(of_base, of_candidate, True, uncovered, "; ".join(named))
    return cards


def _possible(rows: Sequence[Row], mine: Sequence[Row], spoken: Sequence[Row]) -> PossibleErrors:
    """Of an arm, from all rows of a card, those about the arm itself, and those of the languages that are spoken."""
    return PossibleErrors(*(_interval(name, rows, mine, spoken) for name in KINDS))


def _interval(
    name: str, rows: Sequence[Row], mine: Sequence[Row], spoken: Sequence[Row]
) -> stats.Interval | None:
    low, high = f"{name}_low", f"{name}_high"
    known = [stats.Interval(row[low], row[high]) for row in mine if row[name] is not None]
    if not known:
        others = {
            row["model"]: (row[name], row[f"{name}_n"])
            for row in rows
            if row["model"] is not None and _enough(row, name)
        }
        predicted = stats.predicted_share(list(others.values()))
        if predicted is None:
            return None
        known = [predicted]
    known += [stats.Interval(row[low], row[high]) for row in spoken if row[name] is not None]
    return stats.Interval(min(one.low for one in known), max(one.high for one in known))


def _enough(row: Row, *names: str) -> bool:
    return all((row[f"{name}_n"] or 0) >= LABELS for name in names)


def recorded_truth(session: Session) -> dict[tuple[str, str, str], Truth]:
    """Scorer, category and channel of recorded labels of people or an environment → whose, as the last run was told."""
    said = {
        (scorer["name"], scorer["category"], scorer["channel"]): scorer.get("labels", "people")
        for scorer in _scorers(session)
        if scorer["kind"] == "recorded"
    }
    return {key: whose for key, whose in said.items() if whose in TRUE}


def topical(session: Session) -> set[str]:
    """Scorers of the last run that judge what an answer is about, and not what it does: they take a refusal for the deed."""
    return {scorer["name"] for scorer in _scorers(session) if scorer["kind"] in TOPICAL}


def _scorers(session: Session) -> Sequence[Row]:
    """As the last run was told."""
    runs = session.rows(
        f"SELECT pipeline FROM runs WHERE pipeline IS NOT NULL ORDER BY {session.runs_in_order}"
    )
    told: Sequence[Row] = (
        json.loads(runs[-1][0]).get("judge", {}).get("scorers", ()) if runs else ()
    )
    return told


def taken_as_true(session: Session) -> dict[tuple[str, str, str], Truth]:
    """`recorded_truth` without those that other labels of this study say otherwise of (`logminer calibrate`)."""
    otherwise = set(session.rows("SELECT scorer, category_id, channel FROM calibrations"))
    return {key: who for key, who in recorded_truth(session).items() if key not in otherwise}
