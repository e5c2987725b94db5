"""The tables of a release with rounded counts, of what is told and of what is public.

A row stands where what it is about is public: a behaviour of the taxonomy, an arm, a state. Where the data made it, a stratum's
value or a cluster, it stands only where its count is told: else the row itself would tell that somebody is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from logminer.messages.states import STATES
from logminer.pipeline.releasing import ReleaseOptions
from logminer.release.cells import Cell
from logminer.release.cube import (
    ALL,
    PAIRED,
    PLAIN,
    CountedBehaviour,
    CountedCube,
    Mapped,
    state_cell,
)
from logminer.release.drawn import Drawn, JudgedAs
from logminer.release.facts import StudyFacts
from logminer.release.figures import (
    Shift,
    Tested,
    ToldRate,
    decide,
    margins_shift,
    p_class,
    paired_shift,
    people_range,
    per_100k,
)
from logminer.schemas import Table
from logminer.schemas.release import (
    CARDS,
    CLUSTER_SHARES,
    CLUSTER_SHIFTS,
    CLUSTERS,
    HEADLINES,
    MISSING,
    RATES,
    TAXONOMY,
    VERDICTS,
)

__all__ = [
    "NEUTRAL",
    "DrawnStudy",
    "Row",
    "headline_rows",
    "measured_columns",
    "public_tables",
    "rate_columns",
    "rounded_tables",
    "table_of",
    "untold",
]

Row = dict[str, Any]
Told = Mapping[Cell, int | None]
COUNTED = (VERDICTS, RATES, CLUSTER_SHARES, CLUSTER_SHIFTS, MISSING)
NEUTRAL = "neutral"


class DrawnStudy(NamedTuple):
    """What is counted of a study, and what else is told of it."""

    drawn: Drawn
    facts: StudyFacts


def table_of(table: Table, rows: Iterable[Row]) -> pa.Table:
    """Rows as a table; what a row does not have is null."""
    names = table.schema.names
    return pa.Table.from_pylist([{n: row.get(n) for n in names} for row in rows], table.schema)


def public_tables(studies: Sequence[DrawnStudy], *, private: bool) -> dict[str, pa.Table]:
    """What hangs on nobody: the taxonomy, and judge cards; in a private release only those of public data."""
    taxonomy = [
        {"suite": drawn.suite, **one._asdict()}
        for drawn, facts in studies
        for one in facts.behaviours.values()
    ]
    cards = [
        {"suite": drawn.suite, **one._asdict()}
        for drawn, facts in studies
        for one in facts.cards
        if not private or one.source == "shipped"
    ]
    return {TAXONOMY.name: table_of(TAXONOMY, taxonomy), CARDS.name: table_of(CARDS, cards)}


def rounded_tables(
    studies: Sequence[DrawnStudy],
    counted: Sequence[CountedCube],
    told: Told,
    policy: ReleaseOptions,
) -> dict[str, pa.Table]:
    """By name.

    Args:
        studies: what is released.
        counted: what there is to tell of each.
        told: each cell of all of them with the rounded count, or None where it is not told.
        policy: of the release.
    """
    telling = _Telling({one.drawn.suite: one.facts for one in studies}, counted, told, policy)
    verdicts, shifts = telling.verdicts()
    rows: dict[str, list[Row]] = {
        VERDICTS.name: verdicts,
        HEADLINES.name: headline_rows(verdicts),
        RATES.name: list(telling.rates()),
        CLUSTERS.name: list(telling.clusters()),
        CLUSTER_SHARES.name: list(telling.shares()),
        CLUSTER_SHIFTS.name: shifts,
        MISSING.name: [row for one in studies for row in telling.missing(one.drawn)],
    }
    tables = (VERDICTS, HEADLINES, RATES, CLUSTERS, CLUSTER_SHARES, CLUSTER_SHIFTS, MISSING)
    return {table.name: table_of(table, rows[table.name]) for table in tables}


def untold(tables: Mapping[str, pa.Table]) -> int:
    """Counts that are null: whoever has the release can count them."""
    return sum(
        tables[table.name][column.name].null_count
        for table in COUNTED
        for column in table.columns
        if pa.types.is_int64(column.type)
    )


def headline_rows(verdicts: Sequence[Row]) -> list[Row]:
    """Rows of `HEADLINES`, of rows of `VERDICTS`."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in verdicts:
        if row["stratum"] == ALL:
            found.setdefault((row["base"], row["candidate"]), []).append(row)
    return [_headline(pair, rows) for pair, rows in found.items()]


def _headline(pair: tuple[str, str], rows: Sequence[Row]) -> Row:
    said = [row["verdict"] for row in rows if row.get("verdict") is not None]
    counts = {
        "worse": said.count("worse"),
        "better": said.count("better"),
        "different": said.count("different") + said.count("different within margin"),
        "equivalent": said.count("equivalent"),
        "undetermined": said.count("undetermined"),
    }
    base, candidate = pair
    verdicts = ", ".join(f"{n} {verdict}" for verdict, n in counts.items() if n)
    sentence = (
        f"{candidate} against {base}: of {len(rows)} behaviours {len(said)} can be told"
        f"{f': {verdicts}' if verdicts else ''}."
    )
    named = {"base": base, "candidate": candidate, "behaviours": len(rows), "told": len(said)}
    return named | counts | {"sentence": sentence}


class _Telling:
    def __init__(
        self,
        facts: Mapping[str, StudyFacts],
        counted: Sequence[CountedCube],
        told: Told,
        policy: ReleaseOptions,
    ) -> None:
        self._facts, self._told, self._policy = facts, told, policy
        blocks = [block for one in counted for block in one.blocks]
        self._blocks = [b for b in blocks if b.stratum == ALL or told[b.n] is not None]
        self._maps = [mapped for one in counted for mapped in one.maps]

    def verdicts(self) -> tuple[list[Row], list[Row]]:
        """Of `VERDICTS` and `CLUSTER_SHIFTS`: what is decided is decided together."""
        rows = [
            (row, self._tested(block, row))
            for block in self._blocks
            for pair in block.pairs
            for row in [self._counts(block, pair)]
        ]
        shifts = [(row, self._moved(row)) for mapped in self._maps for row in self._shifts(mapped)]
        able = [(row, tested) for row, tested in (*rows, *shifts) if tested is not None]
        decided = decide([tested for _, tested in able])
        for (row, tested), decision in zip(able, decided, strict=True):
            row |= _shown(tested.shift) | {
                "q": p_class(decision.q),
                "verdict": decision.verdict,
            }
        return [row for row, _ in rows], [row for row, _ in shifts]

    def _counts(self, block: CountedBehaviour, pair: tuple[str, str]) -> Row:
        base, candidate = pair
        facts = self._facts[block.suite]
        row = measured_columns(block.suite, block.judged, block.stratum, facts) | {
            "base": base,
            "candidate": candidate,
        }
        row |= {what: self._told[block.cell(pair, what)] for what in PAIRED}
        row |= {
            "n": self._told[block.n],
            "base_yes": self._told[block.cell((base,), "yes")],
            "candidate_yes": self._told[block.cell((candidate,), "yes")],
        }
        if margin := facts.margins.get(block.judged.category_id):
            row["margin"] = margin.absolute
        return row

    def _tested(self, block: CountedBehaviour, row: Row) -> Tested | None:
        facts = self._facts[block.suite]
        margin = facts.testable(block.judged)
        n, alone = row["n"], (row["base_only"], row["candidate_only"])
        margins = row["base_yes"], row["candidate_yes"]
        if not n:
            return None
        if None not in alone:
            shift = paired_shift(n, *alone, row["base_yes"], margin)
        elif None not in margins:
            shift = margins_shift(n, *margins, margin)
        else:
            return None
        behaviour = facts.behaviours.get(block.judged.category_id)
        direction = behaviour.direction if behaviour else NEUTRAL
        return Tested(shift, direction)

    def rates(self) -> Iterator[Row]:
        for block in self._blocks:
            for arm in block.arms:
                n, yes = self._told[block.n], self._told[block.cell((arm,), "yes")]
                row = measured_columns(
                    block.suite, block.judged, block.stratum, self._facts[block.suite]
                )
                row |= {"checkpoint": arm, "n": n, "yes": yes}
                yield row | rate_columns("rate", per_100k(yes, n))

    def clusters(self) -> Iterator[Row]:
        seen: set[tuple[str, int]] = set()
        for mapped in self._maps:
            drawn, names = mapped.drawn, self._facts[mapped.drawn.suite].names
            visible = self._visible(mapped)
            for cluster in visible:
                if (drawn.suite, cluster) in seen:
                    continue
                seen.add((drawn.suite, cluster))
                above = drawn.parents.get(cluster)
                yield {
                    "suite": drawn.suite,
                    "cluster_id": cluster,
                    "parent_id": above if above in visible else None,
                    "name": names.get(cluster),
                }

    def shares(self) -> Iterator[Row]:
        least, contribution = self._policy.min_users, self._policy.contribution
        for mapped in self._maps:
            n = self._told[mapped.n]
            for cluster in self._visible(mapped):
                for arm in mapped.arms:
                    inside = self._told[mapped.cell(arm, cluster)]
                    row = {"suite": mapped.drawn.suite, "cluster_id": cluster, "checkpoint": arm}
                    if inside is not None:
                        row["people"] = people_range(inside, least, contribution)
                    yield (
                        row
                        | {"n": n, "inside": inside}
                        | rate_columns("share", per_100k(inside, n))
                    )

    def _shifts(self, mapped: Mapped) -> Iterator[Row]:
        for base, candidate in mapped.drawn.pairs:
            if not {base, candidate} <= {*mapped.arms}:
                continue
            for cluster in self._visible(mapped):
                yield {
                    "suite": mapped.drawn.suite,
                    "base": base,
                    "candidate": candidate,
                    "cluster_id": cluster,
                    "n": self._told[mapped.n],
                    "base_inside": self._told[mapped.cell(base, cluster)],
                    "candidate_inside": self._told[mapped.cell(candidate, cluster)],
                }

    def _moved(self, row: Row) -> Tested | None:
        n, base, candidate = row["n"], row["base_inside"], row["candidate_inside"]
        if not n or base is None or candidate is None:
            return None
        return Tested(margins_shift(n, base, candidate), NEUTRAL)

    def missing(self, drawn: Drawn) -> Iterator[Row]:
        for arm in drawn.arms:
            for state in STATES:
                if state != PLAIN:
                    n = self._told[state_cell(drawn.suite, arm, state)]
                    yield {"suite": drawn.suite, "checkpoint": arm, "state": state, "responses": n}

    def _visible(self, mapped: Mapped) -> list[int]:
        """Clusters of which some arm's share is told."""
        ids = sorted({-1, *mapped.drawn.parents})
        cells = {one: [mapped.cell(arm, one) for arm in mapped.arms] for one in ids}
        return [one for one in ids if any(self._told[cell] is not None for cell in cells[one])]


def measured_columns(suite: str, judged: JudgedAs, stratum: str, facts: StudyFacts) -> Row:
    """What is measured, as `VERDICTS` and `RATES` say it."""
    behaviour = facts.behaviours.get(judged.category_id)
    title = behaviour.title if behaviour else None
    return {"suite": suite, "title": title, "stratum": stratum, **judged._asdict()}


def _shown(shift: Shift) -> Row:
    return shift._asdict() | {"p": p_class(shift.p)}


def rate_columns(name: str, rate: ToldRate | None) -> Row:
    """Of `RATES` and its like; none where there is no rate."""
    if rate is None:
        return {}
    return {
        f"{name}_per_100k": rate.rate,
        f"{name}_low_per_100k": rate.low,
        f"{name}_high_per_100k": rate.high,
    }
