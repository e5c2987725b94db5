"""What nobody asked for: phrases that one arm says and the other does not, and how the arms say it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from markupsafe import Markup

from logminer.errors import QueryError
from logminer.report.figures import Figures
from logminer.report.material import Material
from logminer.report.page import Section
from logminer.report.people import said_by
from logminer.schemas.discovered import OR
from logminer.study.found import features, knows_found, phrases

__all__ = ["unasked_section"]

Row = dict[str, Any]
DIFFERENT = "different"
PHRASE = ("base", "candidate", "phrase", "channel", "position", "scope")
FEATURE = ("base", "candidate", "feature", "channel")
MOST = 15  # phrases of a pair
TESTED = "p.split = 'inference'"  # prompts on which phrases are tested
PARTS = 6  # of phrases of which any counts


def unasked_section(material: Material) -> Section | None:
    """Of a study; None where an earlier version published it, which looked for nothing."""
    if not knows_found(material.session):
        return None
    said, measured = (
        [row for row in find(material.session).to_pylist() if row["verdict"] == DIFFERENT]
        for find in (phrases, features)
    )
    pairs = [
        {
            "base": base,
            "candidate": candidate,
            **_phrases(material, _of(said, base, candidate)),
            "features": [_feature(row) for row in _of(measured, base, candidate)]
            if material.people.enough(material.asked[base, candidate])
            else None,
        }
        for base, candidate in material.pairs
    ]
    return Section(
        "unasked", "What nobody asked for", "unasked", {"pairs": pairs, "few": material.people.few}
    )


def _of(rows: list[Row], base: str, candidate: str) -> list[Row]:
    return [row for row in rows if (row["base"], row["candidate"]) == (base, candidate)]


def _phrases(material: Material, rows: list[Row]) -> Row:
    told = list(_told(material, rows[:MOST]))
    return {"phrases": told, "hidden": len(rows[:MOST]) - len(told), "more": len(rows[MOST:])}


def _told(material: Material, rows: list[Row]) -> Iterator[Row]:
    """The phrases that enough people were told, whoever found them."""
    people = material.people
    for row in rows:
        arms = row["base"], row["candidate"]
        if not people.enough(_said(material, row, arms)):
            continue
        told = Figures("phrases", row, PHRASE)
        base, candidate = (
            row[f"n_{side}"] == 0 or people.enough(_said(material, row, [row[side]], TESTED))
            for side in ("base", "candidate")
        )
        parts = row["phrase"].split(OR)
        yield {
            "row": row,
            "parts": parts[:PARTS],
            "more": len(parts[PARTS:]),
            "base": told.count("n_base") if base else people.untold,
            "candidate": told.count("n_candidate") if candidate else people.untold,
            "of": told.count("n_prompts"),
            "difference": told.interval("difference", "low", "high")
            if base and candidate
            else people.untold,
            "q": told.chance("q") if base and candidate else people.untold,
        }


def _said(material: Material, row: Row, arms: Iterable[str], where: str = "true") -> int:
    try:
        return said_by(material.session, row["phrase"], row["channel"], arms, where)
    except QueryError:  # nothing in it is a word
        return 0


def _feature(row: Row) -> Row:
    """Means of a measure over all prompts that both arms answered."""
    told = Figures("features", row, FEATURE)
    is_share = row["unit"].startswith("share")
    show = told.percent if is_share else partial(told.number, digits=4)
    names = ("difference", "low", "high")
    plain = Markup("{} ({} to {})").format(*(told.plainly(name) for name in names))
    return {
        "row": row,
        "base": show("base_mean"),
        "candidate": show("candidate_mean"),
        "difference": told.interval(*names) if is_share else plain,
        "unit": row["unit"],
        "q": told.chance("q"),
    }
