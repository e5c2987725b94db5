"""Answers that exist already, in a table: matched by the dump's prompt id, else by the prompt itself.

Words come before ids where a row of that id answers others, and the prompt's stand under another id: two files may number
their prompts each in its own way.

Matching works on keyed hashes, since the prompts that come in are anonymised.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import PrivateAttr

from logminer.checkpoints.base import Checkpoint, Sampling
from logminer.checkpoints.recordings.files import Recordings, open_files
from logminer.checkpoints.recordings.rows import LabelColumns, RecordedRows
from logminer.files.finding import DumpFile, Skipped, survey
from logminer.files.growing import GrowingPath
from logminer.files.identity import identity
from logminer.ids import Pseudonyms
from logminer.messages.roles import Roles
from logminer.sources.spec import SourceSpec
from logminer.spec import content_hash, incidental

__all__ = ["Recorded"]


MATCHING = 2  # raised when the same rows would answer other prompts


class Recorded(Checkpoint):
    """A file, glob or folder of answers: a table with one a row, or a dump of dialogues in any format of a source.

    Of a dialogue, the prompt is what stands up to the last message of a user, and the answer what the assistant says after
    it. `model` and `where` pick rows by equality. Several different rows for one prompt are an error unless
    `samples: all` makes each a sample, in file order.

    Attributes:
        path: the file, glob or folder.
        leave_out: files under it that are not read.
        model: rows of this model alone; null: all.
        where: column → the value of the rows that are meant.
        samples: whether several rows for one prompt are an error, or samples.
        format: as in `source:`; auto: a table of answers, else known by its columns.
        columns: our name → the file's; of a dump as in `source:`.
        roles: as in `source:`, of the prompts that stand beside the answers.
    """

    kind: Literal["recorded"] = "recorded"
    path: str
    leave_out: tuple[str, ...] = incidental(())
    model: str | None = None
    where: dict[str, str | int | float | bool] = {}
    samples: Literal["one", "all"] = "one"
    format: str = "auto"
    columns: dict[str, str] = {}
    roles: Roles = {}
    _stood: Mapping[str, GrowingPath] = PrivateAttr(default_factory=dict)

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

    @property
    def _dump(self) -> SourceSpec:
        return SourceSpec(
            path=self.path,
            leave_out=self.leave_out,
            format=self.format,
            columns=self.columns,
            roles=self.roles,
        ).as_of(self._stood)

    def rooted(self, base: Path) -> Recorded:
        """The same with `path` taken from `base` where it is relative."""
        dump = self._dump.rooted(base)
        return self.model_copy(update={"path": dump.path, "leave_out": dump.leave_out})

    def leaving(self, paths: Iterable[str]) -> Recorded:
        return self.model_copy(update={"leave_out": (*self.leave_out, *paths)})

    def as_of(self, stood: Mapping[str, GrowingPath]) -> Recorded:
        found = self.model_copy()
        found._stood = stood
        return found

    def files(self) -> list[DumpFile]:
        return self._dump.files(mixed=True)

    def options(self) -> dict[str, Any]:
        """As ever, but the files count by what is in them: moving them changes no answer, mending them does."""
        files = [
            (identity(file), file.hive) if file.hive else identity(file) for file in self.files()
        ]
        return {**self.answering(), "path": content_hash(files)}

    def answering(self) -> dict[str, Any]:
        """Without the files: where they grow, the parts stay whose prompts they say nothing new of."""
        told = super().options()
        del told["path"]
        if self.format == "auto":  # answers that were recorded before one could say so stay good
            del told["format"]
        return {**told, "matching": MATCHING}

    def skipped(self) -> tuple[Skipped, ...]:
        return tuple(survey(self.path, self._dump.kinds, mixed=True).skipped)

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

    def columns_there(self) -> frozenset[str]:
        """Those that all its files have, or one has where others may leave them out."""
        recorded = Recordings(self.name, self._dump, self.model, self.where, False)
        files = open_files(recorded)
        names = [{*file.rows.names} for file in files]
        if files[0].sparse:
            return frozenset().union(*names)
        return frozenset(names[0].intersection(*names[1:]))

    def _rows(self, pseudonyms: Pseudonyms) -> RecordedRows:
        several = self.samples == "all"
        recorded = Recordings(self.name, self._dump, self.model, self.where, several)
        return RecordedRows(recorded, pseudonyms)
