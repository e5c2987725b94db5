"""Which task of a world each prompt is: told by the table of prompts, and known by the keyed hash of the prompt's id."""

from __future__ import annotations

from logminer.environments.acting.world import Assignment, World
from logminer.errors import ConfigError, listed
from logminer.files.finding import find_files
from logminer.files.kinds import TABLES
from logminer.files.opening import open_table
from logminer.ids import Pseudonyms
from logminer.messages.text import text_of

__all__ = ["ID", "KnownTasks"]

ID = "prompt_id"


class KnownTasks:
    """Tasks by the keys of a project's prompts.

    Args:
        world: whose tasks they are.
        path: the prompts' table: a file, folder or glob, with `prompt_id` and the world's columns.
        pseudonyms: of the project.

    Raises:
        ConfigError: a column is missing, or a row names no task; says which.
        SourceError: there is no such table, or it cannot be read.
    """

    def __init__(self, world: World, path: str, pseudonyms: Pseudonyms) -> None:
        self._path = path
        self._of: dict[str, Assignment] = {}
        columns = [ID, *world.columns]
        for file in find_files(path, TABLES):
            rows = open_table(file.path, file.hive)
            if lacking := [name for name in columns if name not in rows.names]:
                raise ConfigError(
                    f"{file.path}: no column '{lacking[0]}', which says what task a prompt is; it has {listed(rows.names)}"
                )
            number = 0
            for batch in rows.scan(columns):
                for record in batch:
                    number += 1
                    try:
                        task = world.task({name: text_of(record[name]) for name in world.columns})
                    except ValueError as error:
                        raise ConfigError(
                            f"{file.path}: row {number}: no task has such a value in the column '{error}'"
                        ) from None
                    self._of[pseudonyms.source_key(text_of(record[ID]) or "")] = task

    def of(self, source_key: str | None) -> Assignment:
        """The task that a prompt is, by the key of its id (`prompts.source_key`).

        Raises:
            ConfigError: it is none.
        """
        task = self._of.get(source_key or "")
        if task is None:
            raise ConfigError(
                f"{self._path}: a prompt is no task: give each a row, under the id that the prompt has in its dump (only the"
                " last turn of a conversation has one)"
            )
        return task
