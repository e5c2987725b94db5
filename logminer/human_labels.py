"""What people say of single responses: read from a file, matched to the study's responses, kept with the study.

Labels lie in `human_labels.parquet` beside the parts, since the database may be built anew at any time. The id of a
response does not depend on what it says, so a label also carries the fingerprint of the replay whose answer was read:
it counts only while that very answer is the study's.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv

from logminer.dumpfiles import Record, Rows, open_rows
from logminer.errors import ConfigError, SecretError, SourceError, StoreError
from logminer.ids import Pseudonyms, load_key, response_id
from logminer.messages import text_of
from logminer.parts import PartFile, PartFolder
from logminer.schemas import HUMAN_LABELS
from logminer.store import Session

__all__ = [
    "HumanLabel",
    "Matches",
    "Sheet",
    "SheetRow",
    "add_labels",
    "kept_labels",
    "match_labels",
    "read_labels",
    "stored_labels",
]

FILE = "human_labels.parquet"
SCHEMA = pa.schema(
    [
        *HUMAN_LABELS.schema,
        pa.field("checkpoint", pa.string(), nullable=False),
        pa.field("replay_fingerprint", pa.string()),
    ],
    metadata=HUMAN_LABELS.schema.metadata,
)

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
CSV_BLOCK_BYTES = 1 << 24  # no row may be longer
BATCH_ROWS = 4096


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
    """A file of labels; `unusable` counts the rows left out, by what of them cannot be used."""

    path: Path
    rows: list[SheetRow]
    unusable: dict[str, int]


class HumanLabel(NamedTuple):
    """One label as it is kept; see `schemas.HUMAN_LABELS`."""

    response_id: str
    category_id: str
    channel: str
    label: str
    second_label: str | None
    weight: float
    checkpoint: str
    replay_fingerprint: str | None  # of the answer that was labelled


class Matches(NamedTuple):
    """What of a sheet is of the study.

    Rows of the sheet = `labels` + `repeated` (the same label of the same response again) + `contradictory` (another
    label of the same response) + `unmatched`. `notes` say in words what was left out.
    """

    labels: list[HumanLabel]
    repeated: int
    contradictory: int
    unmatched: int
    notes: tuple[str, ...]


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
    source = _open(file)
    columns = _columns(file, source.names, category, column)
    rows: list[SheetRow] = []
    unusable: Counter[str] = Counter()
    for batch in source.scan(list(dict.fromkeys(columns.values()))):
        for record in batch:
            cells = {ours: record[name] for ours, name in columns.items()}
            if category is not None:
                cells["category"] = category
            try:
                rows.append(_row(cells, meaning))
            except _Unusable as problem:
                unusable[str(problem)] += 1
    if not rows:
        left_out = ", ".join(f"{n} for their {what}" for what, n in unusable.items())
        raise SourceError(
            f"{file}: no row can be used ({left_out or 'it has none'}); labels are yes, no or unsure, true or false,"
            f" 1 or 0; for other values in '{columns['label']}' say --yes VALUE and --no VALUE"
        )
    return Sheet(file, rows, dict(unusable))


def match_labels(sheet: Sheet, study: Path, session: Session) -> Matches:
    """Find the response of each row: by its id, else by prompt and checkpoint, the prompt's id ours or the dump's own.

    Args:
        sheet: what was read.
        study: the study's folder; its parts know keyed hashes of the dump's prompt ids.
        session: its database.

    Raises:
        SourceError: no row is of the study.
    """
    arms = _arms(session)
    fingerprints = _fingerprints(session)
    found = _find(sheet.rows, arms, study, session)
    categories = {c for (c,) in session.rows("SELECT category_id FROM categories")}
    missing: Counter[str] = Counter()
    labels: defaultdict[tuple[str, str, str], list[HumanLabel]] = defaultdict(list)
    for row, response in zip(sheet.rows, found.responses, strict=True):
        if row.category_id not in categories:
            missing["category"] += 1
        elif response is not None:
            key = (response, row.category_id, row.channel)
            said = (row.label, row.second_label, row.weight)
            checkpoint = found.checkpoints[response]
            labels[key].append(HumanLabel(*key, *said, checkpoint, fingerprints.get(checkpoint)))
        elif row.checkpoint is not None and row.checkpoint not in arms:
            missing["checkpoint"] += 1
        else:
            missing["response"] += 1
    agreed = [same for same in labels.values() if len({label.label for label in same}) == 1]
    contradictory = len(sheet.rows) - missing.total() - sum(map(len, agreed))
    known = ", ".join(sorted(set(arms.values())))
    why = {
        "category": f"the category is none of the study's ({', '.join(sorted(categories))})",
        "checkpoint": f"the checkpoint or model does not name just one of the study's ({known})",
        "response": f"no such response in the study, where they go by {found.ways}",
    }
    notes = [f"unmatched {n}: {why[what]}" for what, n in missing.items()]
    if contradictory:
        notes.append(
            f"contradictory {contradictory}: another row says otherwise of the same response"
        )
    if not agreed:
        raise SourceError(f"{sheet.path}: no label is of this study: {'; '.join(notes)}")
    repeated = sum(len(same) - 1 for same in agreed)
    first = [same[0] for same in agreed]
    return Matches(first, repeated, contradictory, missing.total(), tuple(notes))


def add_labels(study: Path, labels: Iterable[HumanLabel]) -> None:
    """Keep `labels` with the study; a later label of the same answer replaces the earlier. Call it under the lock.

    Raises:
        StoreError: the labels kept so far are damaged.
    """
    earlier = [HumanLabel(**row) for row in stored_labels(study).to_pylist()]
    kept = {(*label[:3], label.replay_fingerprint): label for label in [*earlier, *labels]}
    data = pa.Table.from_pylist([label._asdict() for label in kept.values()], schema=SCHEMA)
    temporary = study / f".{FILE}.tmp"
    try:
        pq.write_table(data, temporary, compression="zstd")
        os.replace(temporary, study / FILE)
    finally:
        temporary.unlink(missing_ok=True)


def stored_labels(study: Path) -> pa.Table:
    """Every label that was ever kept, also of answers that the study has no more.

    Raises:
        StoreError: the file is damaged.
    """
    file = study / FILE
    if not file.exists():
        return SCHEMA.empty_table()
    try:
        return pq.read_table(file).select(SCHEMA.names).cast(SCHEMA)
    except (OSError, KeyError, ValueError, pa.ArrowException):
        raise StoreError(
            f"{file}: damaged; delete it and run logminer calibrate again with your labels"
        ) from None


def kept_labels(study: Path, session: Session) -> pa.Table:
    """The labels of answers that the study has now, in the schema of `schemas.HUMAN_LABELS`.

    Raises:
        StoreError: the labels kept are damaged.
    """
    stored, fingerprints = stored_labels(study), _fingerprints(session)
    answers = zip(
        stored["checkpoint"].to_pylist(), stored["replay_fingerprint"].to_pylist(), strict=True
    )
    current = [fingerprints.get(checkpoint) == label for checkpoint, label in answers]
    table = stored.filter(pa.array(current, pa.bool_()))
    return table.select(HUMAN_LABELS.schema.names).cast(HUMAN_LABELS.schema)


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
    if channel not in ("response", "thoughts"):
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
    has = f"it has {', '.join(names) or 'none'}"
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


class _Found(NamedTuple):
    """For each row its response or None, each response's checkpoint, and what responses go by."""

    responses: list[str | None]
    checkpoints: dict[str, str]
    ways: str


def _find(rows: Sequence[SheetRow], arms: dict[str, str], study: Path, session: Session) -> _Found:
    ids = [[row.response_id, _answer(row, row.prompt_id, arms)] for row in rows]
    checkpoints, ways = _checkpoints(session, ids), "response_id, or prompt_id and checkpoint"
    found = checkpoints.keys()
    left = [None if found & set(two) else row.prompt_id for row, two in zip(rows, ids, strict=True)]
    if wanted := {prompt_id for prompt_id in left if prompt_id is not None}:
        try:
            ours = _own_prompts(wanted, study, session)
            ways += ", the dump's prompt_id or ours"
        except SecretError as error:
            ours = {}
            ways += f"; the dump's prompt_id was not tried: {error}"
        for row, two, prompt_id in zip(rows, ids, left, strict=True):
            two.append(_answer(row, ours.get(prompt_id or ""), arms))
        checkpoints = _checkpoints(session, ids)
    responses = [next((one for one in three if one in checkpoints), None) for three in ids]
    return _Found(responses, checkpoints, ways)


def _answer(row: SheetRow, prompt_id: str | None, arms: dict[str, str]) -> str | None:
    """Id of the response that the row means, if this is its prompt."""
    checkpoint = arms.get(row.checkpoint or "")
    if prompt_id is None or checkpoint is None:
        return None
    return response_id(prompt_id, checkpoint, row.sample_index)


def _checkpoints(session: Session, ids: Iterable[Iterable[str | None]]) -> dict[str, str]:
    """Response → its checkpoint, of those of `ids` that the study has."""
    query = "SELECT response_id, checkpoint FROM responses WHERE response_id IN (SELECT unnest(?::VARCHAR[]))"
    return dict(session.rows(query, [[one for several in ids for one in several if one]]))


def _own_prompts(raw_ids: set[str], study: Path, session: Session) -> dict[str, str]:
    """The dump's prompt ids → ours, of those that name one prompt of the parts that are in the database.

    Raises:
        SecretError: no key.
    """
    key, found = load_key(), defaultdict[str, set[str]](set)
    for (options,) in session.rows("SELECT pipeline FROM runs ORDER BY run_id DESC LIMIT 1"):
        pipeline = json.loads(options)
        pseudonyms = Pseudonyms(key, pipeline["project"] or Path(pipeline["study"]).name)
        raw = {pseudonyms.source_key(raw_id): raw_id for raw_id in raw_ids}
        for prompt_id, source_key in _source_keys(study, session, list(raw)):
            found[raw[source_key]].add(prompt_id)
    return {raw_id: min(ours) for raw_id, ours in found.items() if len(ours) == 1}


def _source_keys(study: Path, session: Session, wanted: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(prompt_id, source_key) of the prompts with one of these keys: they stand in the parts only."""
    keys = pa.array(wanted, pa.string())
    parts = session.rows("SELECT fingerprint, part FROM loaded_parts WHERE stage = 'prompts'")
    for fingerprint, part in parts:
        file = PartFolder(study / "parts", "prompts", fingerprint).file(part)
        if file.exists():
            table = PartFile(file).read(["prompt_id", "source_key"])
            table = table.filter(pc.is_in(table["source_key"], value_set=keys))
            yield from zip(*(column.to_pylist() for column in table.columns), strict=True)


def _arms(session: Session) -> dict[str, str]:
    """What a checkpoint may be called → its name: its name, or its model where no other has it."""
    rows = session.rows(
        "SELECT DISTINCT r.checkpoint, c.model FROM responses AS r LEFT JOIN checkpoints AS c USING (checkpoint)"
    )
    models = Counter(model for _, model in rows)
    by_model = {model: name for name, model in rows if model is not None and models[model] == 1}
    return {**by_model, **{name: name for name, _ in rows}}


def _fingerprints(session: Session) -> dict[str, str]:
    """Checkpoint → fingerprint of the replay that is in the database."""
    rows = session.rows(
        "SELECT DISTINCT stage, fingerprint FROM loaded_parts WHERE stage LIKE 'replay.%'"
    )
    return {stage.removeprefix("replay."): fingerprint for stage, fingerprint in rows}


def _open(file: Path) -> Rows | _CsvRows:
    suffix = file.suffix.lower()
    if suffix == ".csv":
        return _CsvRows(file)
    if suffix in (".parquet", ".jsonl", ".ndjson"):
        return open_rows(file)
    raise SourceError(f"{file}: labels come as .parquet, .csv, .jsonl or .ndjson; convert the file")


class _CsvRows:
    """A CSV file with a header; every cell is text, so that an id such as 007 stays what it is."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._errors(), self._read(csv.open_csv) as reader:
            self.names: tuple[str, ...] = tuple(reader.schema.names)

    def scan(self, columns: Sequence[str]) -> Iterator[list[Record]]:
        """All rows in order, with the columns named."""
        options = csv.ConvertOptions(
            include_columns=columns,
            column_types=dict.fromkeys(self.names, pa.string()),
            strings_can_be_null=True,
        )
        with self._errors():
            table = self._read(csv.read_csv, convert_options=options)
        for batch in table.to_batches(max_chunksize=BATCH_ROWS):
            yield batch.to_pylist()

    def _read(self, reader: Callable[..., Any], **options: Any) -> Any:
        return reader(
            self._path,
            read_options=csv.ReadOptions(block_size=CSV_BLOCK_BYTES),
            parse_options=csv.ParseOptions(newlines_in_values=True),
            **options,
        )

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        """Arrow's own messages quote the row."""
        try:
            yield
        except FileNotFoundError:
            raise SourceError(f"{self._path}: no such file; check the path") from None
        except (OSError, pa.ArrowException):
            raise SourceError(
                f"{self._path}: cannot be read as CSV; it takes UTF-8, commas, and a header that names the columns"
            ) from None
