"""Two releases, before and after a person came: what their difference tells, where there is one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from logminer.attack.scores import Figure

__all__ = ["differencing"]


def differencing(least: int, targets: int, accounts: Sequence[int]) -> Iterator[Figure]:
    return iter(())
