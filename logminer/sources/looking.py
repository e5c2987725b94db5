"""A look at the rows of a dump before a run: can they be read, and where not, what is it that cannot?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from logminer.errors import SourceError
from logminer.messages.dialogue import read_messages, strange_roles
from logminer.messages.roles import tellable, told_roles
from logminer.sources.base import DumpSlice

__all__ = ["Look", "look"]

MENDS = {
    "null_messages": "have no dialogue",
    "bad_messages": "are no list of messages",
    "empty_conversation": "say nothing",
    "no_user_message": "have no message of a user",
    "null_content": "have a user's message without content",
}


class Look(NamedTuple):
    """What the first conversations of a dump are like."""

    rows: int
    unreadable: dict[str, int]  # by problem, the most frequent first
    roles: dict[str, int]  # that are none of ours, by messages; `others` where a word may be a name

    @property
    def words(self) -> str:
        """What cannot be read, and the mend; '' where everything can."""
        told = []
        for problem, n in self.unreadable.items():
            mend = MENDS.get(problem, "")
            if problem == "unknown_role":
                mend = told_roles(self.roles, "source: {…}")
            told.append(f"{problem} {n:,}" + (f" ({mend})" if mend else ""))
        return ", ".join(told)


def look(slices: Iterable[DumpSlice], path: str) -> Look:
    """Read on until a slice has a row that can be read; nearly always that is the first one.

    Args:
        slices: of the dump.
        path: of the dump, for the message.

    Raises:
        SourceError: there are no rows, or none that can be read.
    """
    rows = 0
    problems: Counter[str] = Counter()
    roles: Counter[str] = Counter()
    for piece in slices:
        for told in piece.conversations():
            rows += 1
            problem = read_messages(told.messages, piece.roles).problem
            if problem:
                problems[problem] += 1
            if problem == "unknown_role":
                roles += tellable(strange_roles(told.messages, piece.roles))
        if rows > problems.total():
            break
    found = Look(rows, dict(problems.most_common()), dict(roles.most_common()))
    if not rows:
        raise SourceError(f"{path}: it has no rows")
    if rows == problems.total():
        raise SourceError(f"{path}: none of its {rows:,} rows can be read: {found.words}")
    return found
