"""Answers that did not come, were cut off, or could not be judged: do the arms differ in them?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

import logminer.stats as stats
from logminer.compare.effect import effect, votes_of
from logminer.compare.groups import Group, Side, responses_due
from logminer.compare.options import CompareOptions, Margin
from logminer.compare.prompts import NUMBERED, Codes, ComparedPrompts, Floats
from logminer.store.session import Session

__all__ = ["Missing", "missing_judgements", "states"]

FEW = 0.01  # share of an arm's responses that may be missing before the bounds count

RESPONSE_STATES = (
    "SELECT state, response_id, NULL AS channel FROM responses WHERE state <> 'answered'"
    " UNION ALL SELECT thoughts_state, response_id, 'thoughts' FROM responses WHERE thoughts_state = 'unknown'"
)


class Missing(NamedTuple):
    """What lacks a usable judgement of a group's prompts, by arm: responses, and of how many.

    `floors` and `spans` are what the arms' rates would be if all that is missing were no, and what they would gain if
    all of it were yes; `rates` those of what was judged.
    """

    counts: tuple[int, int]
    responses: tuple[int, int]
    p: float
    floors: tuple[float, float]
    spans: tuple[float, float]
    rates: tuple[float, float]

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Least and greatest difference, whatever the missing judgements would have said; None where none is missing.

        Source: Horowitz & Manski 2000, J. Am. Stat. Assoc. 95:77.
        """
        if not any(self.counts):
            return None
        (base, candidate), (more, gained) = self.floors, self.spans
        return candidate - base - more, candidate + gained - base

    @property
    def columns(self) -> dict[str, Any]:
        """Of `comparisons`."""
        low, high = self.bounds or (None, None)
        names = ("base_missing", "candidate_missing", "p_missing", "bound_low", "bound_high")
        return dict(zip(names, (*self.counts, self.p, low, high), strict=True))

    def may_break(self, margin: Margin, alpha: float) -> bool:
        """Whether more is missing than a few, or more in one arm than in the other, and it could lie beyond the margin."""
        if self.bounds is None:
            return False
        share = max(n / of for n, of in zip(self.counts, self.responses, strict=True))
        return self._may_lie_beyond(margin) and (share > FEW or self.p < alpha)

    def _may_lie_beyond(self, margin: Margin) -> bool:
        low, high = self.bounds or (0.0, 0.0)
        if low < -margin.absolute or high > margin.absolute or margin.ratio is None:
            return low < -margin.absolute or high > margin.absolute
        least, spans = np.array(self.floors), np.array(self.spans)
        return bool(np.any(least + spans > margin.ratio * least[::-1]))

    def tipping_point(self, *, finding: bool, margin: float | None) -> int | None:
        """Of the responses missing in the arm that lacks more: the number of yes at which the difference reaches 0, or the margin.

        Those of the other arm are taken to be as its judged ones. Of two numbers the one nearer to what the judged ones
        let expect. None where nothing is missing, or where no number does it.

        Args:
            finding: whether a difference was found: then it is about 0, else about ± `margin`.
            margin: None where none was declared.

        Source: the tipping-point analysis of Yan, Lee & Li 2009, J. Biopharm. Stat. 19:1085.
        """
        arm = 1 if self.counts[1] >= self.counts[0] else 0
        sign = 1 if arm else -1
        slope = sign * self.spans[arm]
        if not slope:
            return None
        other = self.floors[1 - arm] + self.spans[1 - arm] * self.rates[1 - arm]
        start = sign * (self.floors[arm] - other)
        targets = (0.0,) if finding else () if margin is None else (-margin, margin)
        shares = [(target - start) / slope for target in targets]
        shares = [share for share in shares if 0 <= share <= 1]
        if not shares:
            return None
        return round(self.counts[arm] * min(shares, key=lambda share: abs(share - self.rates[arm])))


def missing_judgements(
    group: Group, asked: Codes, prompts: ComparedPrompts, options: CompareOptions
) -> Missing:
    """How many responses to the prompts `asked` lack a usable judgement in each arm, and the p of an equal share.

    `group` is one of a category; several samples of a prompt count each.
    """
    assert group.due is not None
    units = prompts.units[asked]
    votes = votes_of(units, options.weight)
    counts, responses, floors, spans, rates, absent = [], [], [], [], [], []
    for arm, all_due in zip((group.base, group.candidate), group.due, strict=True):
        due, judged, rate = all_due[asked], arm.judged[asked], arm.rates[asked]
        lost = np.maximum(due - judged, 0)
        shown = np.nan_to_num(rate)
        absent.append(lost / due)
        counts.append(int(lost.sum()))
        responses.append(int(due.sum()))
        floors.append(float(np.average(shown * (due - lost) / due, weights=votes)))
        spans.append(float(np.average(absent[-1], weights=votes)))
        known = judged > 0
        of_known = None if votes is None else votes[known]
        rates.append(float(np.average(shown[known], weights=of_known)) if known.any() else 0.0)
    p = 1.0
    if any(counts):
        groups = prompts.groups[asked]
        p = stats.paired_evidence(
            absent[0], absent[1], units, prompts=groups, weight=options.weight
        ).p
    return Missing(
        counts=(counts[0], counts[1]),
        responses=(responses[0], responses[1]),
        p=p,
        floors=(floors[0], floors[1]),
        spans=(spans[0], spans[1]),
        rates=(rates[0], rates[1]),
    )


def states(
    session: Session, prompts: ComparedPrompts, base: Side, candidate: Side, confidence: float
) -> list[dict[str, Any]]:
    """Rows of `missingness` for one pair: every state that a response of either arm is in."""
    of_all = [responses_due(session, prompts, "response", side) for side in (base, candidate)]
    asked = np.flatnonzero((of_all[0] > 0) & (of_all[1] > 0))
    if not len(asked):
        return []
    samples = [due[asked] for due in of_all]
    units = prompts.units[asked]
    rows = []
    for keys, counts in _events(session, base, candidate, len(prompts)):
        shares: list[Floats] = [
            np.minimum(count[asked] / total, 1.0)
            for count, total in zip(counts, samples, strict=True)
        ]
        found = effect(shares[0], shares[1], units, confidence)
        rows.append(
            keys
            | {
                "n_prompts": found.n,
                "base_rate": float(shares[0].mean()),
                "candidate_rate": float(shares[1].mean()),
                "difference": found.difference,
                "low": found.low,
                "high": found.high,
                "p": found.p,
            }
        )
    adjusted = stats.benjamini_hochberg([row["p"] for row in rows]).adjusted
    return [row | {"q": float(q)} for row, q in zip(rows, adjusted, strict=True)]


def _events(
    session: Session, base: Side, candidate: Side, n: int
) -> Iterator[tuple[dict[str, Any], list[Codes]]]:
    """For each state its keys and, for both arms, how many responses of each prompt are in it."""
    found: dict[tuple[Any, ...], list[Codes]] = {}
    labelled = (
        "SELECT j.label AS state, j.response_id, j.scorer, j.category_id, j.channel"
        " FROM judgements AS j WHERE j.label IN ('unparsable', 'unsure')"
        " AND j.category_id NOT IN (SELECT category_id FROM categories WHERE found)"
    )
    whole = f"SELECT state, response_id, NULL AS scorer, NULL AS category_id, channel FROM ({RESPONSE_STATES})"
    for arm, side in enumerate((base, candidate)):
        condition, parameters = side.condition
        for events in (whole, labelled):
            rows = session.rows(
                "SELECT e.state, e.scorer, e.category_id, e.channel, list(n.number) FROM"
                f" ({events}) AS e JOIN responses AS r USING (response_id)"
                f" JOIN {NUMBERED} AS n USING (prompt_id) WHERE {condition} GROUP BY ALL ORDER BY ALL",
                parameters,
            )
            for *key, numbers in rows:
                counts = found.setdefault(tuple(key), [np.zeros(n, np.int64) for _ in range(2)])
                counts[arm] += np.bincount(numbers, minlength=n)
    for what in sorted(found, key=lambda what: [part or "" for part in what]):
        named = dict(zip(("state", "scorer", "category_id", "channel"), what, strict=True))
        yield named, found[what]
