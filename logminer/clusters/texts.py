"""The texts that groups are named by: some of each, whatever the order they come in."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from logminer.clusters.counting import TextSample

__all__ = ["TextBlock", "draw_writings"]

TEXTS_PER_GROUP = 200  # enough to name a group, and a bound on memory
CHARACTERS = 1500  # of an answer: about what an encoder reads
CHARACTERS_ASKED = 600  # of the prompt before it
TEMPLATE = 200  # characters in which prompts of one template agree


class TextBlock(NamedTuple):
    """Some responses and their groups; columns of equal length."""

    groups: Sequence[int]
    response_ids: Sequence[str]
    texts: Sequence[str | None]  # null texts are passed over
    people: Sequence[
        str | None
    ]  # user, or conversation where unknown; null: each response is its own
    asked: Sequence[str | None]  # what each answers; null: not known


def draw_writings(blocks: Iterable[TextBlock]) -> dict[int, list[TextSample]]:
    """Of each group at most 200 responses with their prompts, those with the smallest hash of their id, in its order.

    Neither the order of the blocks nor their cutting changes anything.
    """
    heaps: dict[int, list[tuple[int, str, TextSample]]] = {}
    for block in blocks:
        for group, response_id, text, person, asked in zip(*block, strict=True):
            if not text:
                continue
            key = -int.from_bytes(hashlib.sha256(response_id.encode()).digest()[:8])
            prompt = asked or ""
            whole = f"{_begin(text, CHARACTERS)}\n{_begin(prompt, CHARACTERS_ASKED)}"
            writing = TextSample(whole, person or f"\0{response_id}", prompt[:TEMPLATE])
            entry = (key, response_id, writing)
            heap = heaps.setdefault(group, [])
            if len(heap) < TEXTS_PER_GROUP:
                heapq.heappush(heap, entry)
            else:
                heapq.heappushpop(heap, entry)
    return {group: [entry[2] for entry in sorted(heap)] for group, heap in heaps.items()}


def _begin(text: str, most: int) -> str:
    """So many characters, and no piece of a word."""
    return text if len(text) <= most else text[:most].rpartition(" ")[0] or text[:most]
