"""How a taxonomy came about that nobody wrote: an analyst, itself a model, proposed it after a look at the discovery half."""

from __future__ import annotations

from pydantic import Field

from logminer.schemas.reserved import FOUND, FOUND_PREFIX
from logminer.spec import Spec

__all__ = ["FoundBy", "is_found_id"]


class FoundBy(Spec):
    """Who proposed a taxonomy's categories, and what was shown to whom. It is no part of what is measured.

    Attributes:
        analyst: name of the checkpoint that was asked.
        model: what it runs; null where its kind has no name for it.
        identity: 12 hex characters that name the analyst and how its answers are drawn.
        prompt_version: of the wording of the questions.
        prompt_hash: 12 hex characters; another one where an analyst would read other words of the same pairs.
        base, candidate: whose answers the pairs are; which of the two is which was never told.
        seed: of the draw.
        pairs: how many were shown.
        people: whose prompts they answer.
        sample: 12 hex characters that name the prompts shown.
    """

    analyst: str
    model: str | None = None
    identity: str
    prompt_version: int
    prompt_hash: str
    base: str
    candidate: str
    seed: int
    pairs: int = Field(ge=1)
    people: int = Field(ge=1)
    sample: str


def is_found_id(category: str) -> bool:
    """Whether an id is one of those that are kept for categories which were found."""
    return category == FOUND or category.startswith(FOUND_PREFIX)
