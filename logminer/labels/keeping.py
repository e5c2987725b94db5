"""Labels kept with a study: people's, each with the fingerprint of the replay whose answer was read.

Of labels that the study has by itself only the scorers are kept that they are taken from, in the file's own metadata.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from logminer.errors import StoreError
from logminer.files.atomic import write_parquet
from logminer.files.sealing import decrypting
from logminer.labels.matching import HumanLabel, replays
from logminer.labels.recorded import recorded_labels
from logminer.schemas import HUMAN_LABELS
from logminer.store.layout import StudyFolder
from logminer.store.session import Session

__all__ = ["add_labels", "drop_labels", "kept_labels", "stored_labels", "take_from", "taken_from"]

TAKEN_FROM = "taken_from"  # in the file, of all labels that are no people's; in the table, of each
SCHEMA = pa.schema(
    [
        *(field for field in HUMAN_LABELS.schema if field.name != TAKEN_FROM),
        pa.field("checkpoint", pa.string(), nullable=False),
        pa.field("replay_fingerprint", pa.string()),
    ],
    metadata=HUMAN_LABELS.schema.metadata,
)
KEY = ["response_id", "category_id", "channel"]


def add_labels(study: Path, labels: Iterable[HumanLabel]) -> None:
    """Keep `labels` with the study; a later label of the same answer replaces the earlier. Call it under the lock.

    Raises:
        StoreError: the labels kept so far are damaged.
    """
    earlier = [HumanLabel(**row) for row in stored_labels(study).to_pylist()]
    kept = {(*label[:3], label.replay_fingerprint): label for label in [*earlier, *labels]}
    data = pa.Table.from_pylist([label._asdict() for label in kept.values()], schema=SCHEMA)
    _keep(study, data, taken_from(study))


def drop_labels(study: Path, responses: Collection[str]) -> None:
    """Forget what people said of these responses. Call it under the lock.

    Raises:
        StoreError: the labels kept so far are damaged.
    """
    stored = stored_labels(study)
    gone = pc.is_in(stored["response_id"], value_set=pa.array(list(responses), pa.string()))
    if pc.any(gone).as_py():
        _keep(study, stored.filter(pc.invert(gone)), taken_from(study))


def take_from(study: Path, scorer: str) -> None:
    """Keep that the labels of a scorer are the truth from now on. Call it under the lock.

    Raises:
        StoreError: the labels kept so far are damaged.
    """
    scorers = dict.fromkeys([*taken_from(study), scorer])
    _keep(study, stored_labels(study), tuple(scorers))


def taken_from(study: Path) -> tuple[str, ...]:
    """The scorers whose labels are the truth, in the order in which they were named.

    Raises:
        StoreError: the file is damaged.
    """
    file = StudyFolder(study).human_labels
    if not file.exists():
        return ()
    try:
        told = (pq.read_schema(file, **decrypting(file)).metadata or {}).get(
            TAKEN_FROM.encode(), b"[]"
        )
        return tuple(str(name) for name in json.loads(told))
    except (OSError, ValueError, TypeError, pa.ArrowException):
        raise _damaged(file) from None


def _keep(study: Path, labels: pa.Table, scorers: Sequence[str]) -> None:
    said = {TAKEN_FROM: json.dumps(scorers)} if scorers else {}
    table = labels.replace_schema_metadata({**(SCHEMA.metadata or {}), **said})
    write_parquet(table, StudyFolder(study).human_labels)


def _damaged(file: Path) -> StoreError:
    return StoreError(
        f"{file}: damaged; delete it and run logminer calibrate again with your labels"
    )


def stored_labels(study: Path) -> pa.Table:
    """Every label of people that was ever kept, also of answers that the study has no more.

    Raises:
        StoreError: the file is damaged.
    """
    file = StudyFolder(study).human_labels
    if not file.exists():
        return SCHEMA.empty_table()
    try:
        return pq.read_table(file, **decrypting(file)).select(SCHEMA.names).cast(SCHEMA)
    except (OSError, KeyError, ValueError, pa.ArrowException):
        raise _damaged(file) from None


def kept_labels(study: Path, session: Session) -> pa.Table:
    """The labels of answers that the study has now, in the schema of `schemas.HUMAN_LABELS`: people's before others.

    Raises:
        StoreError: the labels kept are damaged.
    """
    stored, fingerprints = stored_labels(study), replays(session)
    answers = zip(
        stored["checkpoint"].to_pylist(), stored["replay_fingerprint"].to_pylist(), strict=True
    )
    current = [fingerprints.get(checkpoint) == label for checkpoint, label in answers]
    table = stored.filter(pa.array(current, pa.bool_()))
    nobody = pa.nulls(table.num_rows, pa.string())
    people = table.append_column(TAKEN_FROM, nobody).select(HUMAN_LABELS.schema.names)
    own = recorded_labels(session, taken_from(study))
    people = _weighed_beside(people, own)
    own = own.join(people.select(KEY), KEY, join_type="left anti")
    own = own.sort_by([(name, "ascending") for name in KEY])
    return pa.concat_tables([people.cast(HUMAN_LABELS.schema), own.cast(HUMAN_LABELS.schema)])


def _weighed_beside(people: pa.Table, own: pa.Table) -> pa.Table:
    """People's labels with weight 1 where all others of the same kind are known: they stand for no others then."""
    asked = ["category_id", "channel"]
    known = {tuple(row.values()) for row in own.select(asked).to_pylist()}
    weights = [
        1.0 if (row["category_id"], row["channel"]) in known else row["weight"]
        for row in people.select([*asked, "weight"]).to_pylist()
    ]
    place = people.schema.get_field_index("weight")
    return people.set_column(place, people.schema.field(place), pa.array(weights, pa.float64()))
