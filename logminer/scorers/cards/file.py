"""A file of judge cards, and which of them are about what a study judges.

A card is of one judge (`scorer_identity`: kind, version, model, threshold) by one rubric (`rubric_hash`). What another judge
reached, or this one by another definition, says nothing: such a card is not used. The scorer's name may be another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import Field, model_validator

from logminer.scorers.base import AnyKind, ScorerSpec
from logminer.spec import Spec, load_yaml, parse
from logminer.taxonomy.tree import Channel, Taxonomy, channels_of, rubrics

__all__ = [
    "CardFile",
    "CardRow",
    "Judged",
    "fitting",
    "judged_by",
    "misfits",
    "read_cards_file",
    "shipped_cards",
]

ROUNDING = 1e-6
SHARES = ("sensitivity", "specificity")


class CardRow(Spec):
    """What people's labels of some answers say of one scorer and category; see the table `judge_cards`."""

    scorer: str
    scorer_identity: str
    category_id: str
    channel: Channel
    rubric_hash: str
    model: str | None = None
    language: str | None = None
    text: str | None = None
    n_labels: int = Field(ge=1)
    sensitivity: float | None = Field(None, ge=0, le=1)
    sensitivity_low: float | None = Field(None, ge=0, le=1)
    sensitivity_high: float | None = Field(None, ge=0, le=1)
    sensitivity_n: float | None = Field(None, gt=0)
    specificity: float | None = Field(None, ge=0, le=1)
    specificity_low: float | None = Field(None, ge=0, le=1)
    specificity_high: float | None = Field(None, ge=0, le=1)
    specificity_n: float | None = Field(None, gt=0)

    @model_validator(mode="after")
    def _in_order(self) -> CardRow:
        for name in SHARES:
            low, share, high, n = (
                getattr(self, f"{name}{end}") for end in ("_low", "", "_high", "_n")
            )
            if len({end is None for end in (low, share, high, n)}) > 1:
                raise ValueError(f"{name}: give its interval and number with it, or nothing")
            if share is not None and not low - ROUNDING <= share <= high + ROUNDING:
                raise ValueError(f"{name}: it must lie in its interval")
        return self


class CardFile(Spec):
    """Cards, and in a sentence where their labels are from."""

    format: Literal["judge_cards/1"]
    origin: str = Field(min_length=1, max_length=300)
    cards: tuple[CardRow, ...]


class Judged(NamedTuple):
    """What a study judges, by whom and by which rubric."""

    scorer: str
    category_id: str
    channel: str
    scorer_identity: str
    rubric_hash: str


def read_cards_file(path: Path) -> CardFile:
    """The cards in a JSON file, as `logminer calibrate --export-card` writes them.

    Raises:
        ConfigError: missing, not readable, or not such a file.
    """
    return parse(CardFile, load_yaml(path), str(path))


@cache
def shipped_cards() -> tuple[CardFile, ...]:
    """Those that come with the shipped scorers: measured against people's labels, see PROVENANCE.md of the probes."""
    folder = Path(str(files(__package__)))
    return tuple(read_cards_file(path) for path in sorted(folder.glob("*.json")))


def judged_by(scorers: Sequence[AnyKind], taxonomy: Taxonomy) -> list[Judged]:
    """What these scorers judge of a taxonomy."""
    hashes = rubrics(taxonomy)
    return [
        Judged(scorer.name, category.id, channel, _identity(scorer), hashes[category.id])
        for scorer in scorers
        for category in scorer.categories(taxonomy)
        for channel in channels_of(category)
    ]


def _identity(scorer: AnyKind) -> str:
    return (scorer.judging if isinstance(scorer, ScorerSpec) else scorer).identity


def fitting(file: CardFile, judged: Iterable[Judged]) -> list[tuple[str, CardRow]]:
    """The cards of `file` about what is judged, each with the name that the scorer has there."""
    names: dict[tuple[str, ...], list[str]] = {}
    for name, *what in judged:
        names.setdefault(tuple(what), []).append(name)
    return [
        (name, row)
        for row in file.cards
        for name in names.get(
            (row.category_id, row.channel, row.scorer_identity, row.rubric_hash), ()
        )
    ]


def misfits(path: Path, file: CardFile, judged: Sequence[Judged]) -> list[str]:
    """A sentence for each scorer and category of `file` that is not used: what of it is not the study's.

    Those of what nobody judges here are told in one: a file of cards may serve a pipeline and its suites.
    """
    used = {row for _, row in fitting(file, judged)}
    found: dict[str, None] = {}
    nobody: dict[str, None] = {}
    for row in file.cards:
        if row in used:
            continue
        what = f"{row.category_id} ({row.channel})"
        same = [j for j in judged if (j.category_id, j.channel) == (row.category_id, row.channel)]
        if not same:
            nobody[what] = None
            continue
        if not any(j.scorer_identity == row.scorer_identity for j in same):
            why = "it is of another judge (kind, version, model or threshold)"
        else:
            why = "the category is defined otherwise here"
        found[f"{path.name}: the card of {row.scorer} for {what} is not used: {why}"] = None
    if nobody:
        found[
            f"{path.name}: cards for {', '.join(nobody)} are not used: nobody judges that here"
        ] = None
    return list(found)
