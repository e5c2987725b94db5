"""What one study says of the behaviours that the board shows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from logminer.board.cards import Cards, read_board_cards
from logminer.compare.options import CompareOptions
from logminer.pipeline.suitefile import BoardRow
from logminer.schemas import COMPARISONS
from logminer.schemas.board import BOARD
from logminer.store.session import Session
from logminer.study.last_run import last_run
from logminer.study.verdicts import ORDER

__all__ = ["StudyRead", "compared_as", "read_study"]

Row = dict[str, Any]
ALL = "all"


class StudyRead(NamedTuple):
    """The comparisons of a study.

    Attributes:
        rows: of `BOARD`, in their order, without `q_board`.
        tested: what is tested in the study, on the board or not: columns of `comparisons`, and `suite`.
        absent: what was to be shown, and was not compared in a pair that the study compares.
        pairs: (base, candidate) that the study compares.
    """

    rows: list[Row]
    tested: list[Row]
    absent: list[tuple[tuple[str, str], BoardRow]]
    pairs: tuple[tuple[str, str], ...]


def read_study(session: Session, suite: str, shows: Sequence[BoardRow], alpha: float) -> StudyRead:
    """What the study of a suite says.

    Args:
        session: the study.
        suite: its name.
        shows: what is to be shown; none: every category, on all prompts.
        alpha: at which it was compared.
    """
    titles = dict(session.rows("SELECT category_id, title FROM categories"))
    # A study published by an earlier version lacks what came since.
    unknown: Row = dict.fromkeys([*COMPARISONS.schema.names, *BOARD.schema.names]) | {
        "role": "primary"
    }
    found = session.columns("FROM comparisons WHERE kind = 'category'").to_pylist()
    compared = [unknown | row | {"suite": suite, "flags": row.get("flags") or []} for row in found]
    declared = [row for row in compared if "found" not in row["flags"]]  # by people, not by a model
    cards = read_board_cards(session)
    pairs = tuple(dict.fromkeys((row["base"], row["candidate"]) for row in compared))
    judged = dict.fromkeys(row["category_id"] for row in declared if row["stratum"] == ALL)
    judged |= dict.fromkeys(name for name in _with_scorers(session) if name in titles)
    shown, absent = [], []
    for pair in sorted(pairs, key=lambda pair: _place(pair, pairs)):
        mine = [row for row in declared if (row["base"], row["candidate"]) == pair]
        kept, lacking = _shown(mine, shows, judged)
        shown += kept
        absent += [(pair, one) for one in lacking]
    rows = [_on_board(row, titles, cards, alpha) for row in shown]
    tested = [row for row in declared if row["role"] == "primary" and row["p"] is not None]
    return StudyRead(rows, tested, absent, pairs)


def compared_as(session: Session, now: CompareOptions) -> CompareOptions:
    """How a study was compared, with the chain of stages as it is declared now; `now` where no run says."""
    ran = last_run(session)
    if ran is None:
        return now
    said = ran.options.get("compare", {})
    known = {name: said[name] for name in CompareOptions.model_fields if name in said}
    options = CompareOptions.model_validate(known, strict=False)
    return options.model_copy(update={"chain": now.chain, "pretraining": now.pretraining})


def _with_scorers(session: Session) -> Iterable[str]:
    """Categories that people declared and that the last run had judged, by its scorers."""
    found = {id_ for (id_,) in session.rows("SELECT category_id FROM categories WHERE found")}
    said = session.rows(
        f"SELECT scorers FROM runs WHERE pipeline IS NOT NULL ORDER BY {session.runs_in_order}"
    )
    names = json.loads(said[-1][0] or "{}") if said else {}
    return [name for name in names if name not in found]


def _place(pair: tuple[str, str], pairs: Sequence[tuple[str, str]]) -> int:
    return pairs.index(pair)


def _shown(
    rows: Iterable[Row], shows: Sequence[BoardRow], judged: Iterable[str]
) -> tuple[list[Row], list[BoardRow]]:
    """Of a pair's rows those to be shown, each primary one with the others below it; and what there is none of.

    `judged`: what is to be shown where nothing says what, though this pair may lack it.
    """
    rows = sorted(rows, key=_importance)
    there = (row["category_id"] for row in rows if row["stratum"] == ALL)
    wanted = shows or [BoardRow(category=one) for one in dict.fromkeys((*there, *judged))]
    shown: list[Row] = []
    absent = []
    for one in wanted:
        mine = [row for row in rows if _is(row, one) and row not in shown]
        if not any(row["role"] == "primary" for row in mine):
            absent.append(one)
        for channel in dict.fromkeys(row["channel"] for row in mine):
            together = [row for row in mine if row["channel"] == channel]
            shown += sorted(together, key=lambda row: (row["role"] != "primary", row["scorer"]))
    return shown, absent


def _is(row: Row, one: BoardRow) -> bool:
    return (
        row["category_id"] == one.category
        and row["stratum"] == one.stratum
        and one.channel in (None, row["channel"])
    )


def _importance(row: Row) -> tuple[Any, ...]:
    """Verdict first, as `logminer compare` has it."""
    verdict = ORDER.index(row["verdict"]) if row["verdict"] in ORDER else len(ORDER)
    q = 1.0 if row["q"] is None else row["q"]
    return verdict, q, -abs(row["difference"]), row["category_id"], row["channel"], row["scorer"]


def _on_board(row: Row, titles: dict[str, str], cards: Cards, alpha: float) -> Row:
    told = {name: row[name] for name in BOARD.schema.names}
    card = cards.of(row["scorer"], row["category_id"], row["channel"], row["scale"])
    return told | {"title": titles.get(row["category_id"]), "card": card, "alpha": alpha}
