"""Windows of tokens → batches of a fixed shape, so that what a model says of a window does not depend on its company.

Kernels change with the shape of a batch, and with them the last bits: so each width has one height.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from logminer.models.device import Processor

__all__ = ["BATCH_TOKENS", "Batch", "batches"]

# On CPUs a batch that stays in cache is faster than a large one; a GPU wants work for all its parts.
BATCH_TOKENS: dict[Processor, int] = {"cpu": 512, "cuda": 16_384}
LEAST_STEP = 8  # tokens between the widths of batches, more from 65 tokens on


class Batch(NamedTuple):
    """Some of n windows that are computed together."""

    places: list[int]  # theirs among the n
    rows: list[int]  # the same, and the first again until the batch has its height
    width: int  # tokens to which each is padded


def batches(lengths: Sequence[int], most: int | None, processor: Processor) -> Iterator[Batch]:
    """All windows in batches, like lengths together: of those without any padding a model needs no mask.

    Args:
        lengths: tokens of each window.
        most: tokens that the model reads at once; None: as many as there are.
        processor: what the size of a batch is for.
    """
    order = np.argsort(np.array(lengths, np.int64), kind="stable")
    widths = np.array([_width(lengths[place], most) for place in order])
    for width in np.unique(widths).tolist():
        places = order[widths == width].tolist()
        height = max(1, BATCH_TOKENS[processor] // width)
        for start in range(0, len(places), height):
            some = places[start : start + height]
            yield Batch(some, some + some[:1] * (height - len(some)), width)


def _width(tokens: int, most: int | None) -> int:
    """Tokens to which a window of `tokens` is padded: up to the next eighth of a power of two."""
    step = max(LEAST_STEP, (1 << (tokens - 1).bit_length()) // 8)
    return min(-(-tokens // step) * step, max(tokens, most or 1 << 30))
