"""How much the page still has room for: what does not fit is counted, and the page says so."""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["Room"]


class Room:
    """So many bytes, and how much found none.

    Attributes:
        left: bytes.
        taken: bytes.
        left_out: what was refused.
    """

    def __init__(self, most: int) -> None:
        self.left, self.taken, self.left_out = most, 0, 0
        self._is_full = False

    def take(self, size: int) -> bool:
        """Whether so many bytes still find room. After a refusal nothing does: what comes later is not told in place of what comes first."""
        self._is_full = self._is_full or self.left < size
        if self._is_full:
            self.left_out += 1
            return False
        self.left, self.taken = self.left - size, self.taken + size
        return True

    def parts(self, n: int) -> Iterator[Room]:
        """One room after the other: the fair share of each of what those before it took not."""
        for place in range(n):
            part = Room(self.left // (n - place))
            yield part
            self.left, self.taken = self.left - part.taken, self.taken + part.taken
            self.left_out += part.left_out
