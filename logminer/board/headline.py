"""One sentence about a pair: that no behaviour differs by more than its margin. It is a test, and most boards fail it.

An intersection–union test: that *some* behaviour lies beyond its margin is rejected where each of them is rejected to, at
α and uncorrected, since all have to be: `stats.all_within` gives the source.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

import logminer.stats as stats

__all__ = ["Headline", "Objection", "Reason", "headline", "objection"]

Row = dict[str, Any]
Reason = Literal[
    "beyond_margin",
    "no_margin",
    "late_margin",
    "primary_late",
    "few_units",
    "no_card",
    "not_tested",
    "not_shown",
    "missing_may_break",
    "not_compared",
    "suite",
]
DIFFERS = ("worse", "better", "different")


class Objection(NamedTuple):
    """What stands against the sentence: a row that fails, or of which (or of whose suite) nobody can tell.

    `category_id`, `scorer`, `channel` and `stratum` are null of a suite as a whole, `scorer` also of what was not compared.
    """

    suite: str
    category_id: str | None
    scorer: str | None
    channel: str | None
    stratum: str | None
    reason: Reason
    why: str


class Headline(NamedTuple):
    """The test of one pair; `claimed` only where nothing fails and everything can be told.

    Attributes:
        alpha: level of every single test, and so of the whole.
        behaviours: rows with a verdict; `passed` of them are within their margin.
        fail: rows whose difference lies beyond the margin.
        cannot_tell: rows and suites of which that cannot be told.
        left_out: suites of the pipeline that the preset leaves out, as a whole or in part: nothing is said of them.
    """

    base: str
    candidate: str
    claimed: bool
    alpha: float
    behaviours: int
    passed: int
    fail: tuple[Objection, ...]
    cannot_tell: tuple[Objection, ...]
    left_out: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """In words."""
        pair = f"{self.base} → {self.candidate}"
        level = f"{self.alpha:g}"
        beside = ""
        if self.left_out:
            beside = (
                f"; the preset leaves out, and this says nothing of: {', '.join(self.left_out)}"
            )
        if self.claimed:
            shown = " shown here" if self.left_out else ""
            tests = "the only test of equivalence passes"
            if self.behaviours > 1:
                tests = f"all {self.behaviours} tests of equivalence pass"
            return f"{pair}: no behaviour{shown} differs by more than its margin ({tests} at {level}){beside}"
        parts = []
        if self.fail:
            parts.append(f"{len(self.fail)} differ by more")
        if self.cannot_tell:
            suites = sum(one.category_id is None for one in self.cannot_tell)
            absent = sum(one.reason == "not_compared" for one in self.cannot_tell)
            rows = len(self.cannot_tell) - suites - absent
            told = [f"{rows} cannot be told"] if rows else []
            if absent:
                told.append(f"{absent} not compared")
            if suites:
                told.append(f"{suites} suite{'s' * (suites > 1)} missing or not up to date")
            parts.append(", ".join(told))
        of = f"{self.passed} of {self.behaviours} behaviours shown to be within their margin"
        if not self.behaviours:
            of = "no behaviour compared"
        return f"{pair}: not claimed that no behaviour differs by more than its margin: {'; '.join((of, *parts))}{beside}"

    def as_json(self) -> Row:
        """JSON-ready."""
        told = self._asdict() | {"sentence": self.sentence}
        for name in ("fail", "cannot_tell"):
            told[name] = [one._asdict() for one in told[name]]
        return told

    def as_row(self) -> Row:
        """Of `schemas.board.HEADLINES`."""
        found = [one._asdict() | {"differs": True} for one in self.fail]
        found += [one._asdict() | {"differs": False} for one in self.cannot_tell]
        return self._asdict() | {"sentence": self.sentence, "objections": found}


def headline(
    pair: tuple[str, str],
    rows: Iterable[Row],
    others: Sequence[Objection],
    alpha: float,
    left_out: Sequence[str] = (),
) -> Headline:
    """The test of one pair.

    Args:
        pair: base, candidate.
        rows: of the board, of this pair; secondary scorers have no say.
        others: what is missing altogether: suites, and behaviours that were not compared.
        alpha: level.
        left_out: see `Headline`.
    """
    mine = [row for row in rows if row["role"] == "primary"]
    objections = [found for row in mine if (found := objection(row, alpha))]
    fail = tuple(one for one in objections if one.reason == "beyond_margin")
    cannot = tuple(one for one in objections if one.reason != "beyond_margin")
    passed = len(mine) - len(objections)
    tested = stats.all_within([row["p_equivalence"] for row in mine], alpha=alpha)
    claimed = tested.claimed and not objections and not others
    return Headline(
        *pair, claimed, alpha, len(mine), passed, fail, (*cannot, *others), (*left_out,)
    )


def objection(row: Row, alpha: float) -> Objection | None:
    """Why a row of the board does not bear the sentence; None: its test of equivalence passes at `alpha`."""
    found = next(_objections(row, alpha), None)
    if found is None:
        return None
    reason, why = found
    names = ("suite", "category_id", "scorer", "channel", "stratum")
    return Objection(**{name: row[name] for name in names}, reason=reason, why=why)


def _objections(row: Row, alpha: float) -> Iterator[tuple[Reason, str]]:
    margin, flags = row["margin"], row["flags"] or ()
    if margin is None:
        differs = f", and it is {row['verdict']}" if row["verdict"] in DIFFERS else ""
        yield "no_margin", f"no margin was declared{differs}"
        return
    if beyond := _beyond(row):
        yield "beyond_margin", beyond
    if "late_margin" in flags:
        yield "late_margin", "its margin was declared after judging"
    if "primary_late" in flags:
        yield "primary_late", "its scorer was chosen after judging"
    p = row["p_equivalence"]
    if p is None:
        if "few_units" in flags:
            yield "few_units", "fewer than 6 effective units"
        elif "no_card" in flags:
            yield "no_card", "no judge card shows that its scorer sees it"
        else:
            yield "not_tested", "its equivalence was not tested"
    elif p > alpha:
        yield "not_shown", _not_shown(row)
    broken = row["missing_may_break"]
    if broken or (broken is None and "missing_differs" in flags):
        yield "missing_may_break", "what could not be judged might lie beyond the margin"


def _not_shown(row: Row) -> str:
    """Why a test of equivalence did not pass."""
    margin, ratio, least = row["margin"], row["margin_ratio"], row["smallest_margin"]
    limit = f"±{100 * margin:g} points" + (f" or a ratio of {ratio:g}" if ratio else "")
    _, low, high = _estimate(row)
    if row["scale"] == "judge" and ratio is None and -margin < low and high < margin:
        return f"within {limit} by its judge's word, and not for every error that the judge's card leaves possible"
    size = f"; at this size about ±{100 * least:.1f} could be shown" if least else ""
    return f"a difference beyond {limit} is not ruled out{size}"


def _estimate(row: Row) -> tuple[float, float, float]:
    """Difference and interval on the scale of the verdict; an infinite one where there is none."""
    names = ("difference", "low", "high")
    if row["scale"] == "corrected":
        names = ("difference_corrected", "corrected_low", "corrected_high")
    difference, low, high = (row[name] for name in names)
    if difference is None or low is None or high is None:
        return 0.0, -math.inf, math.inf
    return difference, low, high


def _beyond(row: Row) -> str | None:
    """In what way a difference lies beyond its margin, for sure or as a finding; None: it does not."""
    margin, ratio = row["margin"], row["margin_ratio"]
    difference, low, high = _estimate(row)
    if low > margin or high < -margin:
        return "the whole interval lies beyond the margin"
    if row["verdict"] not in DIFFERS:
        return None
    if abs(difference) > margin:
        return f"{row['verdict']}, by more than the margin"
    rates = sorted((row["base_rate"] or 0.0, row["candidate_rate"] or 0.0))
    if ratio is not None and rates[1] > ratio * rates[0]:
        return f"{row['verdict']}, by more than the ratio of the margin"
    return None
