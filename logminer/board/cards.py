"""What is known of a scorer's errors, in a few words: the judge card of a row of the board."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from logminer.compare.cards import Truth
from logminer.store.session import Session

__all__ = ["NO_CARD", "PEOPLE", "Cards", "read_board_cards"]

NO_CARD = "no card"
PEOPLE = "people's labels"
SAID: dict[Truth, str] = {  # scale → what is said
    "people": PEOPLE,
    "environment": "decided by the environment",
}
SHARES = ("sensitivity", "specificity")

Row = dict[str, Any]
Key = tuple[str, str, str]  # scorer, category, channel


class Cards(NamedTuple):
    """Rows of `judge_cards` by scorer, category and channel, and each scorer's kappa against people of this study."""

    rows: dict[Key, list[Row]]
    kappas: dict[Key, tuple[float, int]]

    def of(self, scorer: str, category: str, channel: str, scale: str | None) -> str:
        """Such as 'sensitivity .91 (n 40), specificity .98 (n 160), kappa .88; of other models'.

        Own labels before those from elsewhere; where several models are known and no row is about all, from the least to
        the greatest.
        """
        if scale in SAID:
            return SAID[scale]
        key = scorer, category, channel
        rows = self.rows.get(key, [])
        own = [row for row in rows if not row["transported"] and row["sensitivity"] is not None]
        of_all = _together(own or rows)
        told = [said for name in SHARES if (said := _share(name, of_all))]
        if key in self.kappas and own:
            kappa, n = self.kappas[key]
            told.append(f"kappa {_number(kappa)} (n {n:,})")
        if not told:
            return NO_CARD
        return ", ".join(told) + ("" if own else "; of other answers")


def read_board_cards(session: Session) -> Cards:
    """The cards of a study; none of one that knows of none."""
    there = {name for (name,) in session.rows("SELECT table_name FROM duckdb_tables()")}
    rows: dict[Key, list[Row]] = {}
    if "judge_cards" in there:
        for row in session.columns("FROM judge_cards").to_pylist():
            rows.setdefault((row["scorer"], row["category_id"], row["channel"]), []).append(row)
    kappas: dict[Key, tuple[float, int]] = {}
    if "calibrations" in there:
        for *key, kappa, n in session.rows(
            "SELECT scorer, category_id, channel, kappa, n_labels FROM calibrations"
            " WHERE checkpoint IS NULL AND kappa IS NOT NULL"
        ):
            kappas[key[0], key[1], key[2]] = kappa, n
    return Cards(rows, kappas)


def _together(rows: Sequence[Row]) -> Sequence[Row]:
    """The rows about all models, languages and kinds of text; where there are none, those about models alone, or any."""
    parts = ("language", "text")
    for narrow in (("model", "checkpoint", *parts), parts, ()):
        found = [row for row in rows if all(row[name] is None for name in narrow)]
        if found:
            return found
    return ()


def _share(name: str, rows: Sequence[Row]) -> str | None:
    known = [(row[name], row[f"{name}_n"] or 0.0) for row in rows if row[name] is not None]
    if not known:
        return None
    least, greatest = min(value for value, _ in known), max(value for value, _ in known)
    n = sum(n for _, n in known)
    value = _number(least)
    if len(known) > 1:
        value = f"{value} to {_number(greatest)} by model"
    return f"{name} {value} (n {n:,.0f})"


def _number(value: float) -> str:
    return f"{value:.2f}"
