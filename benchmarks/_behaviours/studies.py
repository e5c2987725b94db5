"""Pairs of answers as a study, and what is found in it unasked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks._behaviours.texts import Pairs
from benchmarks._simulated import Mask, filled
from logminer.compare.options import CompareOptions
from logminer.discovery.discovering import Discovered, discover
from logminer.discovery.options import DiscoverOptions
from logminer.sampling.halving import deal
from logminer.schemas import ASSIGNMENTS, PROMPTS, RESPONSES, Table
from logminer.store.publication import Publication

__all__ = ["ARMS", "found", "halves", "written"]

ARMS = ("a", "b")


def halves(users: Sequence[str | None], chance: np.random.Generator) -> Mask:
    """[n] who is of the discovery half, as a study under a key of its own deals its users."""
    units = [user or f"conversation {i}" for i, user in enumerate(users)]
    names, codes, sizes = np.unique(units, return_inverse=True, return_counts=True)
    pseudonyms = np.frombuffer(chance.bytes(16 * len(names)), "S16")
    given = deal(pseudonyms, sizes, chance.random(len(names)) < 0.5)
    return np.asarray(given[codes.reshape(-1)], bool)


def written(publication: Publication, pairs: Pairs, discovery: Mask) -> None:
    """The pairs as prompts and responses of arms `a` and `b`, in no cluster; the number of a prompt is its place among the pairs."""
    n = pairs.n
    prompts = [f"p{number:06d}" for number in range(n)]
    arms = np.repeat(ARMS, n)
    columns: dict[Table, dict[str, Any]] = {
        PROMPTS: {
            "prompt_id": prompts,
            "conversation_id": [f"c{prompt}" for prompt in prompts],
            "user_id": pairs.users,
            "split": np.where(discovery, "discovery", "inference"),
            "turn_index": 0,
            "prompt_group": pairs.groups,
            "messages": [[]] * n,
            "language": [language or "en" for language in pairs.languages],
            "attributes": [[]] * n,
            "n_redacted": 0,
        },
        RESPONSES: {
            "response_id": [f"{arm}-{prompt}" for arm in ARMS for prompt in prompts],
            "prompt_id": prompts * 2,
            "checkpoint": arms,
            "sample_index": 0,
            "response": [*pairs.base, *pairs.candidate],
            "state": "answered",
            "thoughts_state": "none",
        },
    }
    publication.replace(ASSIGNMENTS, ASSIGNMENTS.schema.empty_table())
    for table, given in columns.items():
        publication.replace(table, filled(table, given))


def found(publication: Publication, options: DiscoverOptions | None = None) -> Discovered:
    """What `discover` finds in the study that was written."""
    return discover(publication, CompareOptions(), options or DiscoverOptions(), [ARMS])
