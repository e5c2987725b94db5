"""The judge cards of a study: what its own labels say, what its owner names, and what shipped scorers come with."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from logminer.compare.cards import recorded_truth
from logminer.errors import StoreError
from logminer.files.atomic import write_private
from logminer.labels.trust import calibrations
from logminer.schemas import JUDGE_CARDS
from logminer.scorers.cards.file import CardFile, CardRow, Judged, fitting, shipped_cards
from logminer.store.session import Session, open_session

__all__ = ["export_cards", "judge_cards", "named_cards"]

OWN = "people's labels of this study"
DECIDED = "outcomes of the study's environment"
AND = ", and "
ELSEWHERE = {  # what a file of cards says of the same labels
    OWN: "people's labels of another study",
    DECIDED: "what an environment decided of its own transcripts, in another study; by model: of one that is not named"
    " here no more is known than how far those named differ",
}
FEWEST = 20  # labels behind a row that is handed on: fewer tell of single answers

Row = dict[str, Any]


def judge_cards(session: Session, named: Iterable[Row]) -> pa.Table:
    """`JUDGE_CARDS` of what the study judges; `calibrations` must be up to date.

    Args:
        session: the study's database.
        named: rows of `named_cards`.
    """
    judged, mixed = _judged(session)
    rows = [*_own(session, [*judged, *mixed]), *named]
    for file in shipped_cards():
        rows += _transported(file, judged, "shipped")
    names = JUDGE_CARDS.schema.names
    return pa.Table.from_pylist(
        [{name: row.get(name) for name in names} for row in rows], JUDGE_CARDS.schema
    )


def named_cards(session: Session, files: Iterable[CardFile]) -> list[Row]:
    """Rows of `JUDGE_CARDS` from files that the pipeline names."""
    judged, _ = _judged(session)
    return [row for file in files for row in _transported(file, judged, "named")]


def export_cards(study: Path, file: Path) -> int:
    """Write the cards of the study's own labels as JSON; how many they are.

    They hold no id and no text: shares, numbers of labels, names of models and languages. Rows of fewer than 20 labels are
    left out.

    Raises:
        StoreError: no study, nobody labelled enough of it yet, or the file cannot be written.
    """
    with open_session(study) as session:
        rows = session.columns(
            "FROM judge_cards WHERE source = 'calibration' AND scorer_identity IS NOT NULL"
            " AND rubric_hash IS NOT NULL AND n_labels >= ?"
            " ORDER BY scorer, category_id, channel, model NULLS FIRST, language NULLS FIRST",
            [FEWEST],
        ).to_pylist()
    if not rows:
        raise StoreError(
            f"{study}: no card to export: no scorer says yes or no of {FEWEST} labelled answers of a category yet; see logminer label"
        )
    origins = {part for row in rows for part in row["origin"].split(AND)}
    cards = [{name: row[name] for name in CardRow.model_fields} for row in rows]
    told = CardFile(
        format="judge_cards/1",
        origin="; ".join(said for own, said in ELSEWHERE.items() if own in origins),
        cards=tuple(CardRow(**card) for card in cards),
    )
    text = json.dumps(told.options(), indent=1, ensure_ascii=False)
    write_private(f"{text}\n".encode(), file)
    return len(cards)


def _judged(session: Session) -> tuple[list[Judged], list[Judged]]:
    """What is judged by one identity and one rubric throughout, and what is not (those without them)."""
    one: list[Judged] = []
    mixed: list[Judged] = []
    for scorer, category, channel, identities, hashes in session.rows(
        "SELECT scorer, category_id, channel, list(DISTINCT scorer_identity), list(DISTINCT rubric_hash)"
        " FROM judgements GROUP BY ALL ORDER BY ALL"
    ):
        key = scorer, category, channel
        if len(identities) == len(hashes) == 1:
            one.append(Judged(*key, identities[0], hashes[0]))
        else:
            mixed.append(Judged(*key, "", ""))
    return one, mixed


def _own(session: Session, judged: Iterable[Judged]) -> Iterator[Row]:
    by = {one[:3]: one for one in judged}
    models = dict(session.rows("SELECT checkpoint, coalesce(model, checkpoint) FROM checkpoints"))
    languages = session.rows(
        "SELECT DISTINCT p.language FROM human_labels JOIN responses USING (response_id)"
        " JOIN prompts AS p USING (prompt_id) WHERE p.language IS NOT NULL ORDER BY 1"
    )
    decided = _decided(session)
    found = [(row, None) for row in session.columns("FROM calibrations").to_pylist()]
    for (language,) in languages:
        rows = calibrations(session, language).to_pylist()
        found += [(row, language) for row in rows if row["checkpoint"] is None]
    for row, language in found:
        arm = row["checkpoint"]
        what = by[row["scorer"], row["category_id"], row["channel"]]
        yield row | {
            "model": models.get(arm, arm),
            "language": language,
            "scorer_identity": what.scorer_identity or None,
            "rubric_hash": what.rubric_hash or None,
            "source": "calibration",
            "origin": _origin(what, decided),
            "transported": False,
        }


def _decided(session: Session) -> dict[tuple[str, str], set[str | None]]:
    """Category and channel → environments' scorers that labels of it are taken from; None: people labelled some."""
    true, found = recorded_truth(session), dict[tuple[str, str], set[str | None]]()
    for category, channel, scorer in session.rows(
        "SELECT DISTINCT category_id, channel, taken_from FROM human_labels"
    ):
        by = scorer if true.get((scorer, category, channel)) == "environment" else None
        found.setdefault((category, channel), set()).add(by)
    return found


def _origin(what: Judged, decided: dict[tuple[str, str], set[str | None]]) -> str:
    by = decided[what.category_id, what.channel] - {what.scorer}
    return AND.join([OWN] * (None in by) + [DECIDED] * bool(by - {None}))


def _transported(file: CardFile, judged: Iterable[Judged], source: str) -> Iterator[Row]:
    for name, card in fitting(file, judged):
        yield card.options() | {
            "scorer": name,
            "source": source,
            "origin": file.origin,
            "transported": True,
        }
