"""The comparisons of a published study, the ones that matter first."""

from __future__ import annotations

from typing import Any

from logminer.errors import QueryError, did_you_mean
from logminer.schemas import COMPARISONS
from logminer.store.session import Session

__all__ = ["ALPHA", "ORDER", "PRIMARY", "comparisons", "missing_states", "titles"]

Row = dict[str, Any]

ORDER = ("worse", "better", "different", "different within margin", "equivalent", "undetermined")

PRIMARY = ("turn=first", "all")  # shown by default where the study has later turns

ALPHA = 0.05


def comparisons(session: Session, kind: str, stratum: str | None = None) -> list[Row]:
    """Rows of `comparisons` with titles, the ones that matter first.

    Args:
        session: the study.
        kind: category, cluster or both.
        stratum: its name, '*' for every one, None for `all` and, before it, the primary `turn=first` where there are later turns.

    Raises:
        QueryError: the study has comparisons, but none in this stratum; names the strata.
    """
    known = [s for (s,) in session.rows("SELECT DISTINCT stratum FROM comparisons ORDER BY ALL")]
    if stratum is None:
        wanted = list(PRIMARY) if "turn=later" in known else ["all"]
    elif stratum == "*":
        wanted = known
    elif known and stratum not in known:
        hint = did_you_mean(stratum, known, f"there are: {', '.join(known)}")
        raise QueryError(f"no comparison in stratum '{stratum}'; {hint}")
    else:
        wanted = [stratum]
    rows: list[Row] = session.columns(
        "SELECT c.*, coalesce(k.title, u.name) AS title FROM comparisons AS c"
        " LEFT JOIN categories AS k USING (category_id) LEFT JOIN clusters AS u ON u.cluster_id = c.cluster_id"
        " WHERE (c.kind = ? OR ? = 'both') AND list_contains(?, c.stratum)",
        [kind, kind, wanted],
    ).to_pylist()
    # A study published by an earlier version lacks what came since.
    unknown: Row = dict.fromkeys(COMPARISONS.schema.names) | {"role": "primary", "flags": []}
    rows = [unknown | row for row in rows]

    def key(row: Row) -> tuple[object, ...]:
        return (
            row["base"],
            row["candidate"],
            row["kind"],
            ORDER.index(row["verdict"]) if row["verdict"] else len(ORDER),
            wanted.index(row["stratum"]) if stratum is None else 0,
            1.0 if row["q"] is None else row["q"],
            -abs(row["difference"]),
            row["category_id"] or "",
            -1 if row["cluster_id"] is None else row["cluster_id"],
            row["scorer"] or "",
            row["channel"],
            row["stratum"],
        )

    return sorted(rows, key=key)


def missing_states(session: Session) -> list[Row]:
    """Rows of `missingness` in which the arms differ beyond chance, with titles, the clearest first."""
    rows: list[Row] = session.columns(
        "SELECT m.*, k.title FROM missingness AS m LEFT JOIN categories AS k USING (category_id) WHERE q < ?"
        " ORDER BY base, candidate, q, abs(difference) DESC, state, scorer, category_id, channel",
        [ALPHA],
    ).to_pylist()
    return rows


def titles(session: Session) -> dict[str, str]:
    """What the taxonomy calls each behaviour, by code."""
    return dict(session.rows("SELECT category_id, title FROM categories"))
