"""Measures of form, of which each is compared between the arms."""

from __future__ import annotations

from logminer.compare.options import CompareOptions
from logminer.compare.prompts import ComparedPrompts
from logminer.discovery.testing import Row
from logminer.store.session import Session

__all__ = ["feature_rows"]


def feature_rows(
    session: Session,
    prompts: ComparedPrompts,
    pair: tuple[str, str],
    compare: CompareOptions,
) -> list[Row]:
    """Rows of `features` of one pair, without q and verdict."""
    return []
