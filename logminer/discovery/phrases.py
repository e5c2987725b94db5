"""Phrases that one arm says and the other does not."""

from __future__ import annotations

from logminer.compare.options import CompareOptions
from logminer.compare.prompts import ComparedPrompts
from logminer.discovery.options import DiscoverOptions
from logminer.discovery.testing import Row
from logminer.store.session import Session

__all__ = ["phrase_rows"]


def phrase_rows(
    session: Session,
    prompts: ComparedPrompts,
    pair: tuple[str, str],
    compare: CompareOptions,
    options: DiscoverOptions,
) -> list[Row]:
    """Rows of `phrases` of one pair, without q and verdict."""
    return []
