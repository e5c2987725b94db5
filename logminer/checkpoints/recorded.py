"""Answers that exist already, in a table: matched by the dump's prompt id, else by the prompt itself.

Matching works on keyed hashes, since the prompts that come in are anonymised.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from logminer.checkpoints.base import Checkpoint, Sampling
from logminer.checkpoints.recordings.files import Recordings
from logminer.checkpoints.recordings.rows import LabelColumns, RecordedRows
from logminer.files.finding import Skipped, find_files, rooted, survey
from logminer.files.identity import identity
from logminer.files.kinds import TABLES
from logminer.ids import Pseudonyms
from logminer.messages.roles import Roles
from logminer.spec import content_hash

__all__ = ["Recorded"]


class Recorded(Checkpoint):
    """A file, glob or folder (Parquet or JSON lines) of answers, one a row.

    `model` and `where` pick rows by equality. Several different rows for one prompt are an error unless
    `samples: all` makes each a sample, in file order.
    """

    kind: Literal["recorded"] = "recorded"
    path: str
    model: str | None = None
    where: dict[str, str | int | float | bool] = {}
    samples: Literal["one", "all"] = "one"
    columns: dict[str, str] = {}  # our name → the file's
    roles: Roles = {}  # as in `source:`, of the prompts that stand beside the answers

    @property
    def own_process(self) -> bool:
        """It only reads."""
        return False

    @property
    def has_labels(self) -> bool:
        return True

    @property
    def is_recorded(self) -> bool:
        return True

    def gives_several(self, sampling: Sampling) -> bool:
        return self.samples == "all"

    def rooted(self, base: Path) -> Recorded:
        """The same with `path` taken from `base` where it is relative."""
        return self.model_copy(update={"path": rooted(self.path, base)})

    def options(self) -> dict[str, Any]:
        """As ever, but the files count by what is in them: moving them changes no answer, mending them does."""
        files = [
            (identity(file), file.hive) if file.hive else identity(file)
            for file in find_files(self.path, TABLES, mixed=True)
        ]
        return {**super().options(), "path": content_hash(files)}

    def skipped(self) -> tuple[Skipped, ...]:
        return tuple(survey(self.path, TABLES, mixed=True).skipped)

    def check(self) -> None:
        """Read the columns that rows are matched by, and rows that answer one prompt several times.

        Raises:
            SourceError: nothing there, a column or model is missing, or rows differ that answer one prompt.
            ConfigError: `columns` names a column that is none of ours.
        """
        self._rows(Pseudonyms(os.urandom(32), "check"))

    def open(self, sampling: Sampling, pseudonyms: Pseudonyms) -> RecordedRows:
        """Index the rows; as `check`, raises SourceError or ConfigError."""
        return self._rows(pseudonyms)

    def matching(self, pseudonyms: Pseudonyms) -> RecordedRows:
        return self._rows(pseudonyms)

    def labels(self, columns: Sequence[str], pseudonyms: Pseudonyms) -> LabelColumns:
        rows = self._rows(pseudonyms)
        rows.require(columns)
        return LabelColumns(rows, tuple(columns))

    def _rows(self, pseudonyms: Pseudonyms) -> RecordedRows:
        several = self.samples == "all"
        where, columns, roles = self.where, self.columns, self.roles
        return RecordedRows(
            Recordings(self.name, self.path, self.model, where, columns, roles, several), pseudonyms
        )
