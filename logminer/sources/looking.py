"""A look at the rows of a dump before a run: can they be read, and where not, what is it that cannot?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from logminer.errors import SourceError
from logminer.messages.dialogue import ROLES_ELSEWHERE, read_messages, strange_roles
from logminer.sources.base import DumpSlice

__all__ = ["Look", "look"]

MOST_ROLES = 6  # in a message
OTHER = "others"
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
            if problem == "unknown_role":
                shown = list(self.roles.items())[:MOST_ROLES]
                names = ", ".join(f"{role} {count:,}" for role, count in shown)
                example = next((role for role in self.roles if role != OTHER), "customer")
                told.append(
                    f"unknown_role {n:,} ({names}; say which role each is, as in source:"
                    f" {{roles: {{{example}: user}}}})"
                )
            else:
                told.append(f"{problem} {n:,}" + (f" ({m})" if (m := MENDS.get(problem)) else ""))
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
            problem = read_messages(told.messages, dict(piece.roles)).problem
            if problem:
                problems[problem] += 1
            if problem == "unknown_role":
                strange = strange_roles(told.messages, dict(piece.roles))
                roles.update(role if role in ROLES_ELSEWHERE else OTHER for role in strange)
        if rows > problems.total():
            break
    found = Look(rows, dict(problems.most_common()), dict(roles.most_common()))
    if not rows:
        raise SourceError(f"{path}: it has no rows")
    if rows == problems.total():
        raise SourceError(f"{path}: none of its {rows:,} rows can be read: {found.words}")
    return found
