"""Every error logminer raises on purpose.

    LogminerError                     one clear line; the CLI prints it and exits 1
    ├── ConfigError                   the pipeline file: names the file and the path inside it
    ├── SourceError                   the dump: missing, unreadable, wrong columns
    ├── SecretError                     the pseudonym key or an API key: missing, malformed, readable by others
    ├── ModelError                    a model that is not installed or cannot be loaded
    ├── CheckpointError               a checkpoint that cannot answer at all: unreachable, wrong key, no such model
    │   ├── CheckpointLost              it has answered and does no longer; other checkpoints may go on
    │   ├── CheckpointAway              it cannot be reached, or does not come up
    │   └── AskedOtherwise              its server takes no request like this, and says which it takes
    ├── StoreError                    the study: missing, locked by another run, not a logminer study
    │   ├── PartOutdated                a part was made of others than those that are there
    │   └── StudyHeld                   another program has its database open for writing
    ├── ObjectStoreError              an object store: unreachable, or it refuses; says nothing of what is in it
    ├── SandboxError                  what nobody trusts cannot be contained on this machine
    ├── ReleaseRefused                what was to be released would give people away, or nothing says that it does not; exits 3
    ├── QueryError                    SQL that an analyst wrote and DuckDB refused
    ├── Stopped                       the run was asked to stop, and has finished what was in flight
    └── StageFailed                   a bug or a lost worker inside a stage: names stage and part, never the text

Messages say what is wrong, where, and what mends it. They never hold conversation text, and every error survives
pickling, because parts are computed in other processes.
"""

from __future__ import annotations

import difflib
import re
import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

__all__ = [
    "AskedOtherwise",
    "CheckpointAway",
    "CheckpointError",
    "CheckpointLost",
    "ConfigError",
    "LogminerError",
    "ModelError",
    "ObjectStoreError",
    "PartOutdated",
    "QueryError",
    "ReleaseRefused",
    "SandboxError",
    "SecretError",
    "SourceError",
    "StageFailed",
    "Stopped",
    "StoreError",
    "StudyHeld",
    "did_you_mean",
    "is_plain_name",
    "listed",
    "require_known",
    "where_failed",
]

PLAIN_NAME = re.compile(r"[\w.:/#+()\[\]-]{0,64}")


class LogminerError(Exception):
    """Base of every error in this file; `str(error)` is one line without conversation text."""

    exit_code: ClassVar[int] = 1


class ConfigError(LogminerError):
    """The pipeline file or an option in it is wrong."""


class SourceError(LogminerError):
    """The dump cannot be read as its format."""


class SecretError(LogminerError):
    """A secret is missing, malformed, or readable by others."""


class ModelError(LogminerError):
    """A model is not installed or cannot be loaded."""


class CheckpointError(LogminerError):
    """A checkpoint cannot answer at all (a single failed answer is a row, not an error)."""


class CheckpointLost(CheckpointError):
    """A checkpoint that has answered no longer does; what it answered is kept."""


class CheckpointAway(CheckpointError):
    """Nothing answers where a checkpoint should be."""


class AskedOtherwise(CheckpointError):
    """A server takes no request like this and says which it takes; nobody was answered yet.

    Attributes:
        asked_as: names who was asked, and how.
        extra: what to add to its `extra`.
    """

    def __init__(
        self, message: str, asked_as: str = "", extra: dict[str, Any] | None = None
    ) -> None:
        super().__init__(message, asked_as, extra)
        self.asked_as, self.extra = asked_as, extra or {}

    def __str__(self) -> str:
        return str(self.args[0])


class StoreError(LogminerError):
    """A study cannot be opened, locked or published."""


class PartOutdated(StoreError):
    """A part was made of parts that were others."""


class StudyHeld(StoreError):
    """Another program has a study's database open for writing: it can be neither read nor replaced until that ends."""


class ObjectStoreError(LogminerError):
    """An object store cannot be reached, or refuses; no `StoreError`, after which a part may be thrown away."""


class SandboxError(LogminerError):
    """What nobody trusts cannot be contained on this machine, or a sandbox could not be set up."""


class ReleaseRefused(LogminerError):
    """A release would give people away, or nothing says that it would not; names a cell or an attack, and no count."""

    exit_code = 3


class QueryError(LogminerError):
    """A query was refused by the database."""


class Stopped(LogminerError):
    """The wish to stop was granted: what had been asked is answered and kept, the rest has not been asked."""

    def __init__(
        self, message: str = "stopped; what was finished is kept: the same command resumes"
    ) -> None:
        super().__init__(message)


class StageFailed(LogminerError):
    """A stage raised something unexpected; the original message is withheld because it may quote text."""

    def __init__(self, stage: str, part: str, cause: str, where: str) -> None:
        super().__init__(stage, part, cause, where)
        self.stage, self.part, self.cause, self.where = stage, part, cause, where

    def __str__(self) -> str:
        return (
            f"stage {self.stage} failed on part {self.part}: {self.cause} at {self.where} "
            "(its message is withheld: it may quote a conversation); finished parts are kept, run again to resume"
        )


def did_you_mean(name: object, known: Iterable[str], otherwise: str) -> str:
    """What a message says of a name that is not known: the one that is nearest to it, or where none is, `otherwise`."""
    by_small = {one.casefold(): one for one in known}
    near = difflib.get_close_matches(str(name).casefold(), list(by_small), 1)
    return f"did you mean '{by_small[near[0]]}'?" if near else otherwise


def require_known(name: str, known: Iterable[str], what: str) -> None:
    """Ask that a name is one of those known; `what` begins the message, as in 'no environment is called'.

    Raises:
        ConfigError: it is none of them.
    """
    names = list(known)
    if name not in names:
        there = f"there {'is' if len(names) == 1 else 'are'} {', '.join(names)}"
        raise ConfigError(f"{what} '{name}'; {did_you_mean(name, names, there)}")


def is_plain_name(name: str) -> bool:
    """Whether a column's name is one word, which can be told: the first row of a table without a header is taken for one,
    and a JSON object may have texts for keys."""
    return bool(PLAIN_NAME.fullmatch(name))


def listed(names: Iterable[str]) -> str:
    """Names of columns for people; those that are not plain are counted."""
    every = sorted({*names})
    plain = [name for name in every if is_plain_name(name)]
    rest = len(every) - len(plain)
    told = [
        *plain,
        *([f"{rest} more, whose names may be texts (is the header missing?)"] if rest else []),
    ]
    return ", ".join(told)


def where_failed(error: BaseException) -> str:
    """`file:line` of the deepest frame: enough to find the fault, no text of the data."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown"
