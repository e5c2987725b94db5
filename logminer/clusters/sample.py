"""The rows that clusters are found on: discovery users, arms in equal shares, whatever the order they come in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = ["FitBlock", "Sample", "discovery_block", "draw_sample", "matrix"]

Vectors = NDArray[np.float32]


class FitBlock(NamedTuple):
    """Rows that clusters may be found on: discovery users, channel 'response'. Columns of equal length."""

    response_ids: Sequence[str]
    checkpoints: Sequence[str]
    users: Sequence[str | None]
    vectors: Vectors  # [n, d], unit length


class Sample(NamedTuple):
    """The rows that were drawn, in the order of their hashes; columns of equal length."""

    response_ids: list[str]
    users: list[str | None]
    vectors: Vectors  # [n, d]

    def take(self, rows: NDArray[np.int64]) -> Sample:
        """The rows at these places."""
        at = rows.tolist()
        return Sample(
            [self.response_ids[i] for i in at], [self.users[i] for i in at], self.vectors[rows]
        )

    def first(self, count: int) -> Sample:
        """At most so many rows, in their order."""
        return self.take(np.arange(min(count, len(self.response_ids))))


def discovery_block(embeddings: pa.Table, responses: pa.Table, prompts: pa.Table) -> FitBlock:
    """The rows of three aligned parts that clusters may be found on.

    Args:
        embeddings: columns response_id, channel, vector.
        responses: columns response_id, prompt_id, checkpoint.
        prompts: columns prompt_id, split, user_id.
    """
    said = embeddings.filter(pc.equal(embeddings["channel"], "response"))
    answered = dict(
        zip(
            responses["response_id"].to_pylist(),
            zip(
                responses["prompt_id"].to_pylist(),
                responses["checkpoint"].to_pylist(),
                strict=True,
            ),
            strict=True,
        )
    )
    found = prompts.filter(pc.equal(prompts["split"], "discovery"))
    user_of = dict(zip(found["prompt_id"].to_pylist(), found["user_id"].to_pylist(), strict=True))
    ids = said["response_id"].to_pylist()
    rows = [i for i, id_ in enumerate(ids) if id_ in answered and answered[id_][0] in user_of]
    return FitBlock(
        [ids[i] for i in rows],
        [answered[ids[i]][1] for i in rows],
        [user_of[answered[ids[i]][0]] for i in rows],
        matrix(said["vector"].combine_chunks())[rows],
    )


def matrix(column: pa.ListArray) -> Vectors:
    """The vectors of a column as one array `[n, d]`."""
    flat = column.flatten().to_numpy(zero_copy_only=False)
    return np.asarray(flat, np.float32).reshape(len(column), -1 if len(column) else 0)


def draw_sample(blocks: Iterable[FitBlock], *, seed: int, limit: int) -> Sample:
    """Of each arm at most `limit` / arms rows, those with the smallest keyed hash of their response id.

    The order of the blocks and their cutting change nothing, and memory holds no more than about twice `limit` rows.
    """
    arms: dict[str, _Arm] = {}
    width = 0
    for block in blocks:
        width = max(width, block.vectors.shape[1])
        names = np.asarray(block.checkpoints, object)
        for name in dict.fromkeys(block.checkpoints):
            mine = np.flatnonzero(names == name).tolist()
            arms.setdefault(name, _Arm()).add(
                [_key(seed, block.response_ids[i]) for i in mine],
                [block.response_ids[i] for i in mine],
                [block.users[i] for i in mine],
                block.vectors[mine],
            )
        share = max(1, limit // max(1, len(arms)))
        for arm in arms.values():
            if arm.size > 2 * share:
                arm.keep(share)
    share = max(1, limit // max(1, len(arms)))
    for arm in arms.values():
        arm.keep(share)
    keys = [(key, id_) for arm in arms.values() for key, id_ in zip(arm.keys, arm.ids, strict=True)]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    ids = [id_ for arm in arms.values() for id_ in arm.ids]
    users = [user for arm in arms.values() for user in arm.users]
    vectors = [matrix for arm in arms.values() for matrix in arm.vectors]
    whole = np.concatenate(vectors) if vectors else np.zeros((0, width), np.float32)
    return Sample([ids[i] for i in order], [users[i] for i in order], whole[order])


def _key(seed: int, response_id: str) -> bytes:
    return hashlib.sha256(f"{seed}\0{response_id}".encode()).digest()


class _Arm:
    """The rows of one arm that may be in the sample."""

    def __init__(self) -> None:
        self.keys: list[bytes] = []
        self.ids: list[str] = []
        self.users: list[str | None] = []
        self.vectors: list[Vectors] = []

    @property
    def size(self) -> int:
        return len(self.keys)

    def add(
        self, keys: list[bytes], ids: list[str], users: list[str | None], vectors: Vectors
    ) -> None:
        self.keys += keys
        self.ids += ids
        self.users += users
        self.vectors.append(vectors)

    def keep(self, count: int) -> None:
        """Forget all but the rows with the `count` smallest keys."""
        if self.size <= count:
            return
        order = sorted(range(self.size), key=lambda i: (self.keys[i], self.ids[i]))[:count]
        whole = np.concatenate(self.vectors)[order]
        self.keys = [self.keys[i] for i in order]
        self.ids = [self.ids[i] for i in order]
        self.users = [self.users[i] for i in order]
        self.vectors = [whole]
