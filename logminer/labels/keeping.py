"""Labels kept with a study, each with the fingerprint of the replay whose answer was read."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from logminer.errors import StoreError
from logminer.files.atomic import write_parquet
from logminer.labels.matching import HumanLabel, replays
from logminer.schemas import HUMAN_LABELS
from logminer.store.layout import StudyFolder
from logminer.store.session import Session

__all__ = ["add_labels", "kept_labels", "stored_labels"]

SCHEMA = pa.schema(
    [
        *HUMAN_LABELS.schema,
        pa.field("checkpoint", pa.string(), nullable=False),
        pa.field("replay_fingerprint", pa.string()),
    ],
    metadata=HUMAN_LABELS.schema.metadata,
)


def add_labels(study: Path, labels: Iterable[HumanLabel]) -> None:
    """Keep `labels` with the study; a later label of the same answer replaces the earlier. Call it under the lock.

    Raises:
        StoreError: the labels kept so far are damaged.
    """
    earlier = [HumanLabel(**row) for row in stored_labels(study).to_pylist()]
    kept = {(*label[:3], label.replay_fingerprint): label for label in [*earlier, *labels]}
    data = pa.Table.from_pylist([label._asdict() for label in kept.values()], schema=SCHEMA)
    write_parquet(data, StudyFolder(study).human_labels)


def stored_labels(study: Path) -> pa.Table:
    """Every label that was ever kept, also of answers that the study has no more.

    Raises:
        StoreError: the file is damaged.
    """
    file = StudyFolder(study).human_labels
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
    stored, fingerprints = stored_labels(study), replays(session)
    answers = zip(
        stored["checkpoint"].to_pylist(), stored["replay_fingerprint"].to_pylist(), strict=True
    )
    current = [fingerprints.get(checkpoint) == label for checkpoint, label in answers]
    table = stored.filter(pa.array(current, pa.bool_()))
    return table.select(HUMAN_LABELS.schema.names).cast(HUMAN_LABELS.schema)
