"""Which of a part's rows have something to judge, and what lies beside them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from logminer.messages.states import JUDGED
from logminer.taxonomy.tree import Channel

__all__ = ["TEXT_OF", "beside", "judged_rows", "with_attributes"]

TEXT_OF: dict[Channel, str] = {"response": "response", "thoughts": "thoughts", "pair": "thoughts"}


def judged_rows(batch: pa.RecordBatch, channel: Channel) -> npt.NDArray[np.int64]:
    """The rows of RESPONSES that have what a channel is judged by: of answers that came, whole or cut off."""
    here = pc.is_in(batch["state"], pa.array(JUDGED))
    for column in ("thoughts", "response") if channel == "pair" else (channel,):
        here = pc.and_(here, pc.is_valid(batch[column]))
    rows: npt.NDArray[np.int64] = np.flatnonzero(here.to_numpy(zero_copy_only=False))
    return rows


def beside(ids: pa.Array, side: pa.Table, key: str, column: str) -> pa.Array:
    """The side's `column` in the order of `ids`; null where the side has no such row."""
    place = pc.index_in(ids, value_set=side[key].combine_chunks())
    return side[column].combine_chunks().take(place)


def with_attributes(
    attributes: pa.Array | None, wanted: Mapping[str, str | bool], n: int
) -> npt.NDArray[np.bool_]:
    """Which of n prompts have all the `wanted` values, in any case; shape [n].

    Args:
        attributes: n × map of what the source keeps of each prompt; None: nothing.
        wanted: attribute → value.
        n: how many.
    """
    values = {name: str(value).lower() for name, value in wanted.items()}
    known = [dict(kept or ()) for kept in attributes.to_pylist()] if attributes else [{}] * n
    return np.array(
        [all((kept.get(k) or "").lower() == v for k, v in values.items()) for kept in known], bool
    )
