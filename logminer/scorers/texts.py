"""Which of a part's rows have something to judge, and what lies beside them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from logminer.messages.states import JUDGED
from logminer.taxonomy.tree import Channel

__all__ = ["TEXT_OF", "beside", "judged_rows"]

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
