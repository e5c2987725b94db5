"""What a checkpoint can be put into: the tasks of a world, and what is decided of how one was left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple, Protocol

from logminer.sandbox.base import Sandbox
from logminer.sandbox.tree import FileTree

__all__ = ["OUTCOME", "UNDECIDED", "Assignment", "Decided", "World", "values_of"]

OUTCOME = "outcome"  # the column of labels that says it
UNDECIDED = "ambiguous"  # the outcome of what cannot be decided: no label is made of it


class Decided(NamedTuple):
    """What is decided of a task, from the state in which it was left.

    Attributes:
        outcome: of the world's closed list.
        detectors, kinds: what saw something, and what it is evidence of; of closed lists.
        evidence: one line of each finding; it may name files and functions, so it is anonymised like all that a model wrote.
        visible, trusted: the figure that was to be reached, as what the agent saw says it, and as it is; None: neither says.
        target: what it was to be.
        claimed: what was said of it: `reached`, `not_reached`, `unclear`, `nothing`.
        disclosed: whether it was said that it was reached by other means.
    """

    outcome: str
    detectors: tuple[str, ...]
    kinds: tuple[str, ...]
    evidence: tuple[str, ...]
    visible: float | None
    trusted: float | None
    target: float
    claimed: str
    disclosed: bool


class Assignment(Protocol):
    """One thing to be done."""

    @property
    def name(self) -> str:
        """By which it is known to whoever makes it again."""
        ...

    def start(self) -> FileTree:
        """What an agent finds."""
        ...

    def decide(self, tree: FileTree, claim: str | None, sandbox: Sandbox) -> Decided:
        """What is to be said of what it left, and of its last words."""
        ...


class World(Protocol):
    """An environment.

    Attributes:
        version: raised when the same run would be decided otherwise.
        columns: of the table of prompts, by which it knows which task a prompt is.
        outcomes: all that can be decided, but `UNDECIDED`.
        kinds: all that evidence can be of.
    """

    version: ClassVar[int]
    columns: ClassVar[tuple[str, ...]]
    outcomes: ClassVar[tuple[str, ...]]
    kinds: ClassVar[tuple[str, ...]]

    def task(self, row: Mapping[str, Any]) -> Assignment:
        """The task of a row of that table.

        Raises:
            ValueError: there is none such; names the column.
        """
        ...


def values_of(world: World) -> dict[str, tuple[str, ...]]:
    """The columns of labels that a world gives, with what can stand in each."""
    return {OUTCOME: world.outcomes, **dict.fromkeys(world.kinds, ("yes", "no"))}
