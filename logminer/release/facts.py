"""What else of a study a release tells: what was declared, and how far its judges see."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from logminer.compare.cards import taken_as_true
from logminer.compare.declared import read_declared
from logminer.compare.options import CompareOptions, Margin
from logminer.ids import Pseudonyms
from logminer.pipeline.releasing import ReleaseOptions
from logminer.release.drawn import Drawn, JudgedAs
from logminer.release.names import cluster_names
from logminer.store.session import Session

__all__ = ["DeclaredBehaviour", "ShippedCard", "StudyFacts", "read_facts"]

CARDS = """
SELECT scorer, category_id, channel, bool_or(source = 'shipped') AS shipped,
    any_value(sensitivity) FILTER (source = 'shipped') AS sensitivity,
    any_value(specificity) FILTER (source = 'shipped') AS specificity,
    any_value(sensitivity_n) FILTER (source = 'shipped') AS n_yes,
    any_value(specificity_n) FILTER (source = 'shipped') AS n_no
FROM judge_cards
WHERE model IS NULL AND language IS NULL AND text IS NULL AND checkpoint IS NULL
GROUP BY ALL ORDER BY ALL
"""


class DeclaredBehaviour(NamedTuple):
    """A category that people declared."""

    category_id: str
    parent_id: str | None
    title: str
    definition: str | None
    severity: str | None
    direction: str


class ShippedCard(NamedTuple):
    """A judge card; figures are of public data, and null where it is of this study's people.

    `n_yes` and `n_no` are labelled answers.
    """

    scorer: str
    category_id: str
    channel: str
    source: str
    n_yes: int | None
    n_no: int | None
    sensitivity: float | None
    specificity: float | None


class StudyFacts(NamedTuple):
    """Of one study.

    Attributes:
        behaviours: by id.
        margins: as declared.
        late: categories whose margin was declared when they had been judged.
        seen: of a difference between arms the share that a scorer shows: 1 of labels that are taken as true, sensitivity +
            specificity − 1 by a card of public data; of no other is it known.
        cards: of the scorers that have the verdict.
        names: see `cluster_names`.
    """

    behaviours: Mapping[str, DeclaredBehaviour]
    margins: Mapping[str, Margin]
    late: Collection[str]
    seen: Mapping[JudgedAs, float]
    cards: tuple[ShippedCard, ...]
    names: Mapping[int, str]

    def testable(self, judged: JudgedAs) -> Margin | None:
        """The margin as the scorer's labels show it; None: whether a difference is within it does not follow from them."""
        margin, seen = self.margins.get(judged.category_id), self.seen.get(judged, 0.0)
        if margin is None or judged.category_id in self.late or seen <= 0:
            return None
        if seen == 1.0:
            return margin
        return None if margin.ratio else Margin(absolute=seen * margin.absolute)


def read_facts(
    session: Session,
    drawn: Drawn,
    options: CompareOptions,
    policy: ReleaseOptions,
    pseudonyms: Pseudonyms,
) -> StudyFacts:
    """Those of the study that `drawn` is of; the others as in `drawing.draw`."""
    behaviours = [
        DeclaredBehaviour(*row)
        for row in session.rows(
            "SELECT category_id, parent, title, definition, severity, direction FROM categories WHERE NOT found ORDER BY ALL"
        )
    ]
    cards = tuple(_cards(session, drawn))
    return StudyFacts(
        behaviours={one.category_id: one for one in behaviours},
        margins=options.margins,
        late=frozenset(read_declared(session, options).late_margins),
        seen=_seen(session, cards),
        cards=cards,
        names=cluster_names(session, drawn.suite, drawn.map_id, policy, pseudonyms),
    )


def _seen(session: Session, cards: Iterable[ShippedCard]) -> dict[JudgedAs, float]:
    shown = {
        JudgedAs(one.category_id, one.channel, one.scorer): one.sensitivity + one.specificity - 1
        for one in cards
        if one.sensitivity is not None and one.specificity is not None
    }
    true = (
        JudgedAs(category, channel, scorer) for scorer, category, channel in taken_as_true(session)
    )
    return shown | dict.fromkeys(true, 1.0)


def _cards(session: Session, drawn: Drawn) -> list[ShippedCard]:
    wanted = {(one.scorer, one.category_id, one.channel) for one in drawn.labels}
    rows: list[dict[str, Any]] = session.columns(CARDS).to_pylist()
    return [
        ShippedCard(
            row["scorer"],
            row["category_id"],
            row["channel"],
            "shipped" if row["shipped"] else "labels",
            None if row["n_yes"] is None else round(row["n_yes"]),
            None if row["n_no"] is None else round(row["n_no"]),
            row["sensitivity"],
            row["specificity"],
        )
        for row in rows
        if (row["scorer"], row["category_id"], row["channel"]) in wanted
    ]
