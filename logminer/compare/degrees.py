"""Categories with a scale: how far it went on average, beside how often it went as far as counts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from logminer.compare.effect import Effect
from logminer.compare.groups import Group
from logminer.compare.members import Row
from logminer.compare.prompts import Codes, Floats
from logminer.store.session import Session

__all__ = ["mean_degrees", "top_degrees"]


def top_degrees(session: Session) -> dict[tuple[str, str], int]:
    """Scorer and category → the highest degree of the category's scale, where the scorer gives degrees."""
    return {
        (scorer, category): top
        for category, top, scorer in session.rows(
            "SELECT category_id, top_degree, unnest(degrees_by) FROM categories WHERE top_degree IS NOT NULL"
        )
    }


def mean_degrees(
    group: Group, asked: Codes, top: int, effect: Callable[[Floats, Floats, Codes], Effect]
) -> Row:
    """Columns of `comparisons`: mean degree of each arm, their difference and its interval; none where degrees are unknown.

    Prompts count that have a degree in both arms; of several samples it is the mean. Weights, pairs and units are those of
    the comparison of rates.

    Args:
        group: of a category, with scores.
        asked: [n] numbers of the prompts.
        top: the highest degree; a score is a degree over it.
        effect: of the scores of both arms to prompts with these numbers.
    """
    if group.base.scores is None or group.candidate.scores is None:
        return {}
    base, candidate = group.base.scores[asked], group.candidate.scores[asked]
    known = ~(np.isnan(base) | np.isnan(candidate))
    if not known.any():
        return {}
    found = effect(base[known], candidate[known], asked[known])
    names = ("base", "candidate", "difference")
    told = dict(
        zip((f"{name}_degree" for name in names), (*found.rates, found.difference), strict=True)
    )
    told |= {"degree_low": found.low, "degree_high": found.high}
    return {name: top * value for name, value in told.items()}
