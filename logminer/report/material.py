"""What the sections of a study's page are made of, read once."""

from __future__ import annotations

from typing import Any, NamedTuple

from logminer.report.figures import Figures
from logminer.report.people import People, asked, called, few_cells, unnamed
from logminer.store.session import Session
from logminer.study.pairs import compared_pairs
from logminer.study.verdicts import comparisons

__all__ = ["COMPARED", "Material", "figures", "read_material"]

Row = dict[str, Any]
Pair = tuple[str, str]

# The columns that name a row of `comparisons`.
COMPARED = (
    *("base", "candidate", "kind", "category_id", "cluster_id"),
    *("scorer", "channel", "stratum"),
)


class Material(NamedTuple):
    """A study, open, and what may be told of it.

    Attributes:
        session: the study.
        people: who has to be behind what is told.
        pairs: (base, candidate) that it compares.
        rows: all of `comparisons` but of categories that are `unnamed`, with titles and `told`, the ones that matter first.
        names: what each cluster is called on the page.
        asked: people who asked both arms of a pair something.
        few: (cluster, arm) of which it is not told how much of the arm lies there.
        unnamed: categories of which nothing may stand on the page, for their names are made of answers.
    """

    session: Session
    people: People
    pairs: tuple[Pair, ...]
    rows: tuple[Row, ...]
    names: dict[int, str]
    asked: dict[Pair, int]
    few: frozenset[tuple[int, str]]
    unnamed: frozenset[str]

    def of(self, pair: Pair, kind: str) -> list[Row]:
        """The rows of a pair."""
        return [
            row
            for row in self.rows
            if row["kind"] == kind and (row["base"], row["candidate"]) == pair
        ]

    def table(self, query: str, *parameters: Any) -> list[Row]:
        """Rows of a query of ours."""
        return list(self.session.columns(query, list(parameters)).to_pylist())


def read_material(session: Session, people: People) -> Material:
    """Of a study."""
    pairs, nameless = tuple(compared_pairs(session)), unnamed(session, people)
    rows = people.told(comparisons(session, "both", "*"))
    return Material(
        session,
        people,
        pairs,
        tuple(row for row in rows if row["category_id"] not in nameless),
        called(session, people),
        {pair: asked(session, pair) for pair in pairs},
        few_cells(session, people),
        nameless,
    )


def figures(row: Row) -> Figures:
    """Of a row of `comparisons`."""
    return Figures("comparisons", row, COMPARED)
