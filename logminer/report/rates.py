"""How often a checkpoint that is compared with none shows each behaviour."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from markupsafe import Markup

from logminer.report.figures import Figures
from logminer.report.material import Material
from logminer.report.people import behind
from logminer.report.room import Room
from logminer.report.summary import behaviour
from logminer.study.rates import rates

__all__ = ["rates_alone"]

Row = dict[str, Any]
KEY = ("checkpoint", "category_id", "channel", "scorer")
LINE_BYTES = 400  # of a row, around its figures

JUDGED = (
    "SELECT checkpoint FROM responses WHERE response_id IN (SELECT response_id FROM judgements)"
    " GROUP BY checkpoint"
)
PEOPLE = (
    f"SELECT {', '.join(KEY)}, {behind()} FROM judgements AS j JOIN responses AS r USING (response_id)"
    " JOIN prompts AS p USING (prompt_id) WHERE label IN ('yes', 'no') GROUP BY ALL"
)


def rates_alone(material: Material, room: Room) -> list[Row]:
    """Rows of the view `rates_by_stratum`, over all prompts."""
    return [line for line in _lines(material) if room.take(line["size"])]


def _lines(material: Material) -> Iterator[Row]:
    compared = set(chain.from_iterable(material.pairs))
    if compared.issuperset(arm for (arm,) in material.session.rows(JUDGED)):
        return
    people = {tuple(key): n for *key, n in material.session.rows(PEOPLE)}
    for row in rates(material.session, None, None).to_pylist():
        if row["checkpoint"] in compared or row["category_id"] in material.unnamed:
            continue
        told = Figures("rates_by_stratum", row, (*KEY, "stratum"))
        cells: Row = {
            "rate": told.ends("rate", "low", "high"),
            "judgements": told.count("n"),
            "prompts": told.count("n_prompts"),
        }
        yield cells | {
            "row": row,
            "what": behaviour(row),
            "show": material.people.enough(people[tuple(row[name] for name in KEY)]),
            "size": LINE_BYTES + len(Markup("").join(cells.values()).encode()),
        }
