"""What both arms of a pair say, prompt by prompt, without all of it in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np

from logminer.compare.prompts import Codes
from logminer.messages.states import JUDGED
from logminer.store.session import Session

__all__ = ["Channel", "PairedTexts", "paired_texts"]

Channel = Literal["response", "thoughts"]
AT_ONCE = 1024  # prompts whose texts are in memory together
SAID = """
SELECT r.prompt_id,
    list(r.{channel} ORDER BY r.sample_index) FILTER (r.checkpoint = $1) AS base,
    list(r.{channel} ORDER BY r.sample_index) FILTER (r.checkpoint = $2) AS candidate
FROM responses AS r
WHERE r.prompt_id BETWEEN $3 AND $4 AND r.checkpoint IN ($1, $2)
    AND r.state IN ({judged}) AND trim(r.{channel}) <> ''
GROUP BY ALL HAVING base IS NOT NULL AND candidate IS NOT NULL ORDER BY r.prompt_id
"""


class PairedTexts(NamedTuple):
    """Prompts to which both arms say something, and what: columns of equal length, one text a sample.

    `numbers` rise; they index the arrays of `compare.prompts.ComparedPrompts`.
    """

    numbers: Codes
    base: list[list[str]]
    candidate: list[list[str]]


def paired_texts(
    session: Session, base: str, candidate: str, channel: Channel, *, at_once: int = AT_ONCE
) -> Iterator[PairedTexts]:
    """Everything that both arms say in a channel, in the order of the prompts' ids, whatever parts they came in."""
    ids = [id_ for (id_,) in session.rows("SELECT prompt_id FROM prompts ORDER BY prompt_id")]
    query = SAID.format(channel=channel, judged=", ".join(map(repr, JUDGED)))
    for start in range(0, len(ids), at_once):
        chunk = ids[start : start + at_once]
        place = {id_: start + i for i, id_ in enumerate(chunk)}
        table = session.columns(query, [base, candidate, chunk[0], chunk[-1]])
        if table.num_rows:
            numbers = [place[id_] for id_ in table["prompt_id"].to_pylist()]
            texts = (table[arm].to_pylist() for arm in ("base", "candidate"))
            yield PairedTexts(np.array(numbers, np.int64), *texts)
