"""From judgements and assignments to verdicts. Sign everywhere: candidate minus base.

The unit is the prompt; several samples are averaged. Where a user (or the declared `cluster_by` attribute) has more
than one prompt, standard errors are clustered by it. Clusters are tested only on users who were not used to find
them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

import logminer.stats as stats
from logminer.compare.correction import Calibration, read_calibration
from logminer.compare.declared import late_margins
from logminer.compare.effect import Effect, effect
from logminer.compare.groups import Group, Side, category_groups, cluster_groups, scorers
from logminer.compare.missing import missing_judgements, states
from logminer.compare.noise import noise_sides
from logminer.compare.options import CompareOptions
from logminer.compare.prompts import Codes, ComparedPrompts, read_prompts
from logminer.compare.verdicts import Direction, give_verdicts
from logminer.schemas import COMPARISONS, MISSINGNESS, Table
from logminer.store.session import Session

__all__ = ["Compared", "compare"]

Row = dict[str, Any]


class Compared(NamedTuple):
    """The tables `comparisons` and `missingness`."""

    comparisons: pa.Table
    missingness: pa.Table


def compare(
    session: Session, options: CompareOptions, pairs: Iterable[tuple[str, str]]
) -> Compared:
    """Compare every pair (base, candidate) of checkpoints in the study that `session` reads."""
    prompts = read_prompts(session, options)
    directions: dict[str, Direction] = dict(
        session.rows("SELECT category_id, direction FROM categories")
    )
    comparer = _Comparer(session, options, prompts, late_margins(session, options))
    rows: list[Row] = []
    missing: list[Row] = []
    for base, candidate in pairs:
        named = {"base": base, "candidate": candidate}
        found, copies = comparer.compare(named)
        give_verdicts(found, directions, options.alpha, copies)
        rows += found
        sides = Side(base), Side(candidate)
        missing += [named | row for row in states(session, prompts, *sides, 1 - options.alpha)]
    return Compared(_table(COMPARISONS, rows), _table(MISSINGNESS, missing))


def _table(table: Table, rows: list[Row]) -> pa.Table:
    names = table.schema.names
    return pa.Table.from_pylist([{n: row.get(n) for n in names} for row in rows], table.schema)


class _Comparer(NamedTuple):
    session: Session
    options: CompareOptions
    prompts: ComparedPrompts
    late: set[str]

    def compare(self, named: dict[str, str]) -> tuple[list[Row], list[Row]]:
        """All rows of a pair without verdicts, and those of them that only repeat stratum `all`."""
        base, candidate = Side(named["base"]), Side(named["candidate"])
        noise = noise_sides(self.session, named["base"]) if self.options.noise_floor else None
        rows: list[Row] = []
        copies: list[Row] = []
        for scorer in [*scorers(self.session), None]:
            calibration = (
                read_calibration(self.session, scorer, base.checkpoint, candidate.checkpoint)
                if scorer
                else None
            )
            floor = {_what(g): g for g in self._groups(scorer, *noise)} if noise else {}
            for group in self._groups(scorer, base, candidate):
                for stratum, row in self._strata(group, floor.get(_what(group)), calibration):
                    rows.append(named | group.keys | {"stratum": stratum} | row)
                    if row.get("repeats_all"):
                        copies.append(rows[-1])
        return rows, copies

    def _groups(self, scorer: str | None, base: Side, candidate: Side) -> Iterator[Group]:
        if scorer is None:
            return cluster_groups(self.session, self.prompts, base, candidate)
        return category_groups(self.session, self.prompts, scorer, base, candidate)

    def _strata(
        self, group: Group, noise: Group | None, calibration: Calibration | None
    ) -> Iterator[tuple[str, Row]]:
        whole: Row = {}
        for stratum, mask in self.prompts.strata.items():
            asked = group.asked[mask[group.asked]]
            if stratum != "all" and len(asked) == len(group.asked):
                if whole:
                    yield stratum, whole | {"repeats_all": True}
                continue
            row = self._row(group, asked, calibration)
            if row is None:
                continue
            if noise is not None:
                row |= self._noise(noise, mask)
            if stratum == "all":
                whole = row
            yield stratum, row

    def _row(self, group: Group, asked: Codes, calibration: Calibration | None) -> Row | None:
        base, candidate = group.base.at(asked), group.candidate.at(asked)
        judged = ~(np.isnan(base) | np.isnan(candidate))
        if not judged.any():
            return None
        prompts = asked[judged]
        units, users = self.prompts.units[prompts], self.prompts.users[prompts]
        known = users[users >= 0]
        found = effect(base[judged], candidate[judged], units, 1 - self.options.alpha)
        margin = self.options.margins.get(group.keys.get("category_id", "clusters"))
        sizes = np.unique(found.units, return_counts=True)[1]
        row: Row = {
            "role": "primary",
            "scale": "judge",
            "weight": "prompt",
            "flags": [],
            "n_distinct_prompts": found.n,
            "n_effective": found.n**2 / float(np.square(sizes).sum()),
            "largest_unit_share": float(sizes.max()) / found.n,
            "n_prompts": found.n,
            "n_users": len(np.unique(known)) if len(known) else None,
            "base_rate": float(found.base.mean()),
            "candidate_rate": float(found.candidate.mean()),
            "difference": found.difference,
            "tested_difference": found.difference,
            "low": found.low,
            "high": found.high,
            "p": found.p,
            "margin": margin.absolute if margin else None,
            "margin_ratio": margin.ratio if margin else None,
            "p_equivalence": found.p_equivalence(margin) if margin else None,
            "minimum_detectable": found.minimum_detectable(self.options.alpha),
        }
        row |= _exactly(found)
        notes = [*self._whose(prompts, len(known) < len(users)), *_never_seen(found)]
        if group.keys["kind"] == "category":
            confidence = 1 - self.options.alpha
            row |= missing_judgements(group, asked, self.prompts.units[asked], confidence)
            if row["p_missing"] < self.options.alpha:
                notes.append("missing judgements differ by arm: see bound_low and bound_high")
            corrected = (
                calibration.correct(group.keys, prompts, found, self.options.alpha)
                if calibration
                else None
            )
            if corrected:
                row |= corrected.columns
                notes += corrected.notes
                if corrected.decides:
                    row |= {
                        "scale": "corrected",
                        "p": corrected.p,
                        "tested_difference": corrected.difference,
                        "p_equivalence": corrected.p_equivalence(margin) if margin else None,
                        "minimum_detectable": corrected.minimum_detectable(self.options.alpha),
                        "e_value": None,
                        "p_exact": None,
                    }
            elif margin:
                notes.append("on the judge's scale: no calibration")
            if group.keys["category_id"] in self.late:
                notes.append("margin declared after judging")
        elif "clusters" in self.late:
            notes.append("margin declared after judging")
        return row | {"note": " · ".join(notes) or None}

    def _whose(self, prompts: Codes, unknown: bool) -> Iterator[str]:
        if unknown and self.prompts.unit_unknown and self.options.cluster_by == "user":
            yield "users unknown: each conversation counts as its own user"
        later = int(self.prompts.strata["turn=later"][prompts].sum())
        if 0 < later < len(prompts):
            yield (
                "holds later turns, whose history another model wrote:"
                " turn=first is the primary stratum"
            )

    def _noise(self, group: Group, mask: np.ndarray[Any, np.dtype[np.bool_]]) -> Row:
        prompts = group.asked[mask[group.asked]]
        base, candidate = group.base.at(prompts), group.candidate.at(prompts)
        judged = ~(np.isnan(base) | np.isnan(candidate))
        if not judged.any():
            return {}
        units = self.prompts.units[prompts[judged]]
        found = effect(base[judged], candidate[judged], units, 1 - self.options.alpha)
        return {
            "noise_difference": found.difference,
            "noise_low": found.low,
            "noise_high": found.high,
        }


def _what(group: Group) -> tuple[Any, ...]:
    return tuple(group.keys.values())


def _exactly(found: Effect) -> Row:
    """What small counts allow to be said exactly; null where prompts are not independent."""
    row: Row = {}
    if counts := found.whole_counts:
        row |= dict(zip(("both", "base_only", "candidate_only", "neither"), counts, strict=True))
        if found.independent:
            row["p_exact"] = stats.paired_proportions(*counts).p_mcnemar_exact
            e_value = stats.discordant_e_value(counts[1], counts[2])
            row["e_value"] = min(e_value, sys.float_info.max)  # JSON knows no infinity
    if not found.base.any():
        row["base_at_most"] = stats.exact_rate(0, len(np.unique(found.units))).at_most
    return row


def _never_seen(found: Effect) -> Iterator[str]:
    if not found.base.any() and not found.candidate.any():
        units = len(np.unique(found.units))
        by_unit = "" if units == found.n else " (counted by user or other unit of `cluster_by`)"
        yield f"never seen: {stats.exact_rate(0, units).per_100k}{by_unit}"
