"""Labels as a file holds them: Parquet, CSV or JSON lines, whatever its columns are called."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from logminer.errors import ConfigError, SourceError, listed
from logminer.files.csv import open_labels
from logminer.files.rows import Record
from logminer.messages.text import text_of
from logminer.taxonomy.tree import CHANNELS

__all__ = ["Sheet", "SheetRow", "read_labels"]

# Our names → the file's: the first that it has.
COLUMNS = {
    "response_id": ("response_id",),
    "prompt_id": ("prompt_id",),
    "checkpoint": ("checkpoint", "model"),
    "sample_index": ("sample_index",),
    "category": ("category", "category_id"),
    "channel": ("channel",),
    "label": ("label", "human", "human_label"),
    "second_label": ("second_label", "label_2", "second"),
    "weight": ("weight",),
}

MEANING = {
    "yes": "yes",
    "true": "yes",
    "1": "yes",
    "no": "no",
    "false": "no",
    "0": "no",
    "unsure": "unsure",
}


class SheetRow(NamedTuple):
    """One row that can be used. `prompt_id` may be the dump's own, `checkpoint` the name of a model."""

    response_id: str | None
    prompt_id: str | None
    checkpoint: str | None
    sample_index: int
    category_id: str
    channel: str
    label: str
    second_label: str | None
    weight: float


class Sheet(NamedTuple):
    """A file of labels.

    `unlabelled` counts the rows that nobody labelled yet, `unusable` those left out, by what of them cannot be used.
    """

    path: Path
    rows: list[SheetRow]
    unlabelled: int
    unusable: dict[str, int]


def read_labels(
    file: Path,
    *,
    category: str | None = None,
    column: str | None = None,
    yes: Sequence[str] = (),
    no: Sequence[str] = (),
) -> Sheet:
    """The rows of a Parquet, CSV or JSON-lines file of human labels.

    Args:
        file: has the columns `response_id`, or `prompt_id` and `checkpoint` (or `model`); `label`; `category`; and
            where wanted `sample_index` (else 0), `channel` (else response), `second_label` and `weight` (else 1).
        category: of all rows, whatever the file says.
        column: the one that holds the labels.
        yes: values that mean yes, in upper or lower case; by default yes, true and 1.
        no: values that mean no; by default no, false and 0. Given with `yes` or not at all.

    Raises:
        SourceError: unreadable, a column is missing, or no row can be used.
        ConfigError: `yes` without `no`, or one value in both.
    """
    meaning = _meaning(yes, no)
    source = open_labels(file)
    columns = _columns(file, source.names, category, column)
    rows: list[SheetRow] = []
    unlabelled, unusable = 0, Counter[str]()
    for batch in source.scan(list(dict.fromkeys(columns.values()))):
        for record in batch:
            cells = {ours: record[name] for ours, name in columns.items()}
            if category is not None:
                cells["category"] = category
            if _blank(cells["label"]):
                unlabelled += 1
                continue
            try:
                rows.append(_row(cells, meaning))
            except _Unusable as problem:
                unusable[str(problem)] += 1
    if not rows and not unusable and unlabelled:
        raise SourceError(
            f"{file}: none of its {unlabelled} rows is labelled yet: fill '{columns['label']}', by hand or with"
            " logminer label STUDY SHEET"
        )
    if not rows:
        parts = [f"{n} for their {what}" for what, n in unusable.items()]
        left_out = ", ".join([*parts, f"{unlabelled} unlabelled"] if unlabelled else parts)
        if unusable and "label" not in unusable:
            mend = f"; see logminer calibrate --help for what {' and '.join(unusable)} may hold"
        else:
            mend = (
                "; labels are yes, no or unsure, true or false, 1 or 0; for other values in"
                f" '{columns['label']}' say --yes VALUE and --no VALUE"
            )
        raise SourceError(f"{file}: no row can be used ({left_out or 'it has none'}){mend}")
    return Sheet(file, rows, unlabelled, dict(unusable))


class _Unusable(Exception):
    """Carries what of a row cannot be used out of its reading; it never leaves this file."""


def _row(cells: Record, meaning: dict[str, str]) -> SheetRow:
    text = {name: text_of(value) for name, value in cells.items()}
    label = meaning.get(_key(text["label"]))
    category = text["category"]
    channel = (text.get("channel") or "response").strip().lower()
    sample = _number(text.get("sample_index") or "0")
    # A row without weight among rows with one is not of weight 1: nobody knows how it was drawn.
    weight = _number(text.get("weight", "1"))
    if label is None:
        raise _Unusable("label")
    if not category:
        raise _Unusable("category")
    if channel not in CHANNELS:
        raise _Unusable("channel")
    if sample is None or not sample.is_integer():
        raise _Unusable("sample_index")
    if weight is None or weight <= 0:
        raise _Unusable("weight")
    return SheetRow(
        text.get("response_id"),
        text.get("prompt_id"),
        text.get("checkpoint"),
        int(sample),
        category,
        channel,
        label,
        meaning.get(_key(text.get("second_label"))),
        weight,
    )


def _meaning(yes: Sequence[str], no: Sequence[str]) -> dict[str, str]:
    """What each value says, by its `_key`."""
    if not yes and not no:
        return MEANING
    if not yes or not no:
        raise ConfigError("say which values mean yes and which mean no: --yes VALUE and --no VALUE")
    if {_key(value) for value in yes} & {_key(value) for value in no}:
        raise ConfigError("one value cannot mean both --yes and --no")
    said = {"yes": yes, "no": no}
    return {_key(value): label for label, values in said.items() for value in values}


def _key(value: str | None) -> str:
    """Lower case; 1, 1.0 and "1" are one value."""
    return re.sub(r"^(\d+)\.0*$", r"\1", (value or "").strip().lower())


def _blank(value: object) -> bool:
    """Null, not a number, or nothing but white space."""
    return not isinstance(value, bytes) and not (text_of(value) or "").strip()


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _columns(
    file: Path, names: Sequence[str], category: str | None, column: str | None
) -> dict[str, str]:
    """Our names of the columns that the file has → its own."""
    wanted = COLUMNS if column is None else {**COLUMNS, "label": (column,)}
    there = {ours: [name for name in theirs if name in names] for ours, theirs in wanted.items()}
    found = {ours: theirs[0] for ours, theirs in there.items() if theirs}
    has = f"it has {listed(names) or 'none'}"
    if "label" not in found:
        raise SourceError(
            f"{file}: no column '{column or 'label'}'; {has}; name the one that holds the labels with --column"
        )
    if category is None and "category" not in found:
        raise SourceError(
            f"{file}: no column 'category'; {has}; name the category of all rows with --category"
        )
    if "response_id" not in found and not {"prompt_id", "checkpoint"} <= found.keys():
        raise SourceError(
            f"{file}: no column 'response_id', and not both 'prompt_id' and 'checkpoint' (or 'model'); {has};"
            " rename those that say which response is labelled"
        )
    return found
