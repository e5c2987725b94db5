"""From judgements and assignments to verdicts. Sign everywhere: candidate minus base.

The unit is the prompt; several samples are averaged. Prompts of one user (or of the declared `cluster_by` attribute) are
not independent, nor are those that ask alike. Clusters, and categories that were found, are tested only on users who were
not used to find them.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

import logminer.stats as stats
from logminer.compare.cards import Truth, taken_as_true, topical
from logminer.compare.declared import CLUSTERS, Declared, read_declared
from logminer.compare.degrees import mean_degrees, top_degrees
from logminer.compare.effect import Effect, EffectsKnown
from logminer.compare.groups import Group, Side, category_groups, cluster_groups, scorers_of
from logminer.compare.members import Member, Row
from logminer.compare.missing import missing_judgements, states
from logminer.compare.noise import noise_sides
from logminer.compare.options import CompareOptions, Margin
from logminer.compare.prompts import Codes, ComparedPrompts, Floats, Mask, read_prompts
from logminer.compare.scoring import Scoring, never_seen, read_scoring
from logminer.compare.verdicts import Direction, settle
from logminer.schemas import COMPARISONS, MISSINGNESS, Table
from logminer.store.session import Session

__all__ = ["Compared", "compare"]

FEWEST_UNITS = 6  # effective ones, from which on a test is a test
FEW_PROMPTS = 20  # distinct ones, below which a finding is about these


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
    declared, true = read_declared(session, options), taken_as_true(session)
    found = {id_ for (id_,) in session.rows("SELECT category_id FROM categories WHERE found")}
    comparer = _Comparer(
        session,
        options,
        prompts,
        declared,
        true,
        found,
        topical(session),
        top_degrees(session),
        EffectsKnown(prompts, options),
    )
    members: list[Member] = []
    missing: list[Row] = []
    for base, candidate in pairs:
        named = {"base": base, "candidate": candidate}
        sides = Side(base), Side(candidate)
        for member in comparer.members(*sides):
            member.row |= named
            members.append(member)
        missing += [named | row for row in states(session, prompts, *sides, 1 - options.alpha)]
    settle(members, directions, options.alpha)
    rows = [row for member in members for row in member.rows()]
    return Compared(_table(COMPARISONS, rows), _table(MISSINGNESS, missing))


def _table(table: Table, rows: list[Row]) -> pa.Table:
    names = table.schema.names
    return pa.Table.from_pylist([{n: row.get(n) for n in names} for row in rows], table.schema)


class _Comparer(NamedTuple):
    session: Session
    options: CompareOptions
    prompts: ComparedPrompts
    declared: Declared
    true: Mapping[
        tuple[str, str, str], Truth
    ]  # scorer, category and channel → whose its labels are
    found: Collection[str]  # categories that a model proposed
    topical: Collection[str]  # scorers
    tops: Mapping[tuple[str, str], int]  # see `top_degrees`
    effects: EffectsKnown

    def members(self, base: Side, candidate: Side) -> Iterator[Member]:
        """Every comparison of a pair, without what hangs on the others."""
        judged = scorers_of(self.session, base.checkpoint, candidate.checkpoint)
        primary = {
            (category, channel): self.declared.primary(category, scorers)
            for (category, channel), scorers in judged.items()
        }
        noise = noise_sides(self.session, base.checkpoint) if self.options.noise_floor else None
        for scorer in sorted({name for scorers in judged.values() for name in scorers}):
            scoring = read_scoring(
                self.session, scorer, base.checkpoint, candidate.checkpoint, self.true
            )
            floor = {_what(g): g for g in self._judged(scorer, *noise)} if noise else {}
            for group in self._judged(scorer, base, candidate):
                chosen, late = primary[group.keys["category_id"], group.keys["channel"]]
                for member in self._strata(group, floor.get(_what(group)), scoring):
                    if group.keys["category_id"] in self.found:
                        member.flags.add("found")
                    if scorer in self.topical:
                        member.flags.add("topic_only")
                    if scorer != chosen:
                        member.row["role"] = "secondary"
                    if late and scorer == chosen:
                        member.flags.add("primary_late")
                    yield member
        floor = {_what(g): g for g in self._clusters(*noise)} if noise else {}
        for group in self._clusters(base, candidate):
            yield from self._strata(group, floor.get(_what(group)), None)

    def _judged(self, scorer: str, base: Side, candidate: Side) -> Iterator[Group]:
        for group in category_groups(self.session, self.prompts, scorer, base, candidate):
            if group.keys["category_id"] in self.found:
                group = group._replace(asked=group.asked[self.prompts.inference[group.asked]])
            if stratum := self.options.only.get(group.keys["category_id"]):
                nowhere = np.zeros(len(self.prompts), bool)
                mask = self.prompts.strata.get(stratum, nowhere)
                group = group._replace(asked=group.asked[mask[group.asked]])
            yield group

    def _clusters(self, base: Side, candidate: Side) -> Iterator[Group]:
        return cluster_groups(self.session, self.prompts, base, candidate)

    def _strata(
        self, group: Group, noise: Group | None, scoring: Scoring | None
    ) -> Iterator[Member]:
        whole: Member | None = None
        for stratum, mask in self.prompts.strata.items():
            asked = group.asked[mask[group.asked]]
            if stratum != "all" and len(asked) == len(group.asked):
                if whole:
                    whole.strata.append(stratum)
                continue
            member = self._member(group, asked, stratum, scoring)
            if member is None:
                continue
            if noise is not None:
                member.row |= self._noise(noise, mask)
            if stratum == "all":
                whole = member
            yield member

    def _member(
        self, group: Group, asked: Codes, stratum: str, scoring: Scoring | None
    ) -> Member | None:
        base, candidate = group.base.rates[asked], group.candidate.rates[asked]
        judged = ~(np.isnan(base) | np.isnan(candidate))
        if not judged.any():
            return None
        prompts = asked[judged]
        found = self._effect(base[judged], candidate[judged], prompts)
        name = group.keys.get("category_id", CLUSTERS)
        margin = self.options.margins.get(name)
        untested = stratum in self.prompts.checks or name in self.options.secondary
        role = "secondary" if untested else "primary"
        member = Member(
            group.keys | self._described(found, prompts) | {"role": role, "scale": "judge"},
            [stratum],
            found,
        )
        member.notes += self._whose(prompts)
        if top := self.tops.get((group.keys.get("scorer", ""), name)):
            member.row |= mean_degrees(group, asked, top, self._effect)
        if scoring is not None:
            member.missing = missing_judgements(group, asked, self.prompts, self.options)
            member.row |= member.missing.columns
            if member.missing.p < self.options.alpha:
                member.flags.add("missing_differs")
            scoring.apply(member, found, prompts, margin, self.options.alpha)
        else:
            never_seen(member, found)
            if margin:
                member.row["p_equivalence"] = found.p_equivalence(margin)
        self._margin(member, name, margin)
        self._weigh(member)
        return member

    def _effect(self, base: Floats, candidate: Floats, prompts: Codes) -> Effect:
        return self.effects(base, candidate, prompts)

    def _described(self, found: Effect, prompts: Codes) -> Row:
        users = self.prompts.users[prompts]
        base_rate, candidate_rate = found.rates
        return {
            "n_prompts": found.n,
            "n_users": _distinct(users[users >= 0]) or None,
            "n_distinct_prompts": _distinct(self.prompts.groups[prompts]),
            "n_effective": found.n_effective,
            "largest_unit_share": found.largest_share,
            "weight": self.options.weight,
            "base_rate": base_rate,
            "candidate_rate": candidate_rate,
            "difference": found.difference,
            "low": found.low,
            "high": found.high,
        } | _counted(found)

    def _margin(self, member: Member, name: str, margin: Margin | None) -> None:
        if margin is None:
            return
        member.row |= {"margin": margin.absolute, "margin_ratio": margin.ratio}
        if member.missing:
            broken = member.missing.may_break(margin, self.options.alpha)
            member.row["missing_may_break"] = broken
        if name in self.declared.late_margins:
            member.flags.add("late_margin")
        if margin.absolute > max(member.row["base_rate"], member.row["candidate_rate"]):
            member.flags.add("wide_margin")

    def _weigh(self, member: Member) -> None:
        """Tests, where there is enough for one."""
        row, decides = member.row, member.decides
        assert decides is not None
        if row["n_distinct_prompts"] < FEW_PROMPTS:
            member.flags.add("few_prompts")
        if row["n_effective"] < FEWEST_UNITS:
            member.flags.add("few_units")
            member.decides = None
            untested = ("p", "p_equivalence", "p_exact", "e_value")
            row |= dict.fromkeys(untested)
            return
        row["p"] = decides.p
        row["smallest_margin"] = decides.smallest_margin(self.options.alpha)
        if row["scale"] == "corrected":  # these are of what the scorer says
            row |= {"p_exact": None, "e_value": None}

    def _whose(self, prompts: Codes) -> Iterator[str]:
        unknown = bool((self.prompts.users[prompts] < 0).any())
        if unknown and self.prompts.unit_unknown and self.options.cluster_by == "user":
            yield "users unknown: each conversation counts as its own user"
        if self.options.weight == "unit":
            yield f"each {self.options.cluster_by} has one vote"
        later = int(self.prompts.strata["turn=later"][prompts].sum())
        if 0 < later < len(prompts):
            yield (
                "holds later turns, whose history another model wrote:"
                " turn=first is the primary stratum"
            )

    def _noise(self, group: Group, mask: Mask) -> Row:
        prompts = group.asked[mask[group.asked]]
        base, candidate = group.base.rates[prompts], group.candidate.rates[prompts]
        judged = ~(np.isnan(base) | np.isnan(candidate))
        if not judged.any():
            return {}
        found = self._effect(base[judged], candidate[judged], prompts[judged])
        return {
            "noise_difference": found.difference,
            "noise_low": found.low,
            "noise_high": found.high,
        }


def _distinct(codes: Codes) -> int:
    return int(np.count_nonzero(np.bincount(codes)))


def _what(group: Group) -> tuple[Any, ...]:
    return tuple(group.keys.values())


def _counted(found: Effect) -> Row:
    """What counts allow to be said; exactly where prompts are independent."""
    counts = found.whole_counts
    if not counts:
        return {}
    row: Row = dict(zip(("both", "base_only", "candidate_only", "neither"), counts, strict=True))
    if found.independent:
        row["p_exact"] = stats.paired_proportions(*counts).p_mcnemar_exact
        e_value = stats.discordant_e_value(counts[1], counts[2])
        row["e_value"] = min(e_value, sys.float_info.max)  # JSON knows no infinity
    return row
