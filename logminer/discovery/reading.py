"""What both arms of a pair say, prompt by prompt, without all of it in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa

from logminer.compare.prompts import NUMBERED, Codes
from logminer.messages.states import JUDGED
from logminer.store.session import Session

__all__ = ["Channel", "PairedTexts", "paired_texts"]

Channel = Literal["response", "thoughts"]
AT_ONCE = 1024  # prompts whose texts are lists together
MOST_PROMPTS = 200_000  # of more, the first: ids are keyed hashes, so these are drawn by chance
IN_ONE_QUERY = 16 * AT_ONCE  # and read: each query goes through the ids of all responses
MARK = "<REPLACED>"  # like a placeholder it parts phrases
ARM = "list({of} ORDER BY r.sample_index) FILTER (r.checkpoint = {arm})"
SPANS = """list_transform(list_filter(r.redactions, s -> s.field = '{channel}'), s -> [s.start, s."end"])"""
# Those that both arms answered. An answer's state tells that it says something, so no responses are read here.
ASKED = """
SELECT n.prompt_id, n.number FROM {numbered} AS n JOIN (
    SELECT prompt_id FROM responses
    WHERE checkpoint IN ($1, $2) AND state IN ({judged}) AND {spoke}
    GROUP BY prompt_id HAVING count(DISTINCT checkpoint) = 2
) USING (prompt_id)
ORDER BY n.prompt_id LIMIT $3
"""
SPOKE = {"response": "true", "thoughts": "thoughts IS NOT NULL"}
SAID = """
SELECT r.prompt_id, {columns}
FROM responses AS r
WHERE r.prompt_id BETWEEN $3 AND $4 AND r.checkpoint IN ($1, $2)
    AND r.state IN ({judged}) AND trim(r.{channel}) <> ''
GROUP BY ALL HAVING base IS NOT NULL AND candidate IS NOT NULL ORDER BY r.prompt_id
"""
_JUDGED = ", ".join(map(repr, JUDGED))


class PairedTexts(NamedTuple):
    """Prompts to which both arms say something, and what: columns of equal length, one text a sample.

    `numbers` rise; they index the arrays of `compare.prompts.ComparedPrompts`.
    """

    numbers: Codes
    base: list[list[str]]
    candidate: list[list[str]]


def paired_texts(
    session: Session,
    base: str,
    candidate: str,
    channel: Channel,
    *,
    surrogates: bool = True,
    most: int = MOST_PROMPTS,
    at_once: int = IN_ONE_QUERY,
) -> Iterator[PairedTexts]:
    """What both arms say in a channel, in the order of the prompts' ids, whatever parts they came in.

    Args:
        session: the study.
        base, candidate: the arms.
        channel: which.
        surrogates: with what an anonymiser put in, which is nobody's words; else a mark stands in its place.
        most: prompts that are read, of those that both arms answered.
        at_once: of them by one query.
    """
    asked = ASKED.format(numbered=NUMBERED, judged=_JUDGED, spoke=SPOKE[channel])
    known = session.rows(asked, [base, candidate, most])
    query = _query(channel, surrogates)
    for start in range(0, len(known), at_once):
        chunk = known[start : start + at_once]
        place = dict(chunk)
        table = session.columns(query, [base, candidate, chunk[0][0], chunk[-1][0]])
        for begin in range(0, table.num_rows, AT_ONCE):
            yield _paired(table.slice(begin, AT_ONCE), place, surrogates=surrogates)


def _paired(table: pa.Table, place: Mapping[str, int], *, surrogates: bool) -> PairedTexts:
    numbers = [place[id_] for id_ in table["prompt_id"].to_pylist()]
    texts = [table[arm].to_pylist() for arm in ("base", "candidate")]
    if not surrogates:
        spans = (table[f"{arm}_spans"].to_pylist() for arm in ("base", "candidate"))
        texts = [_marked(*both) for both in zip(texts, spans, strict=True)]
    return PairedTexts(np.array(numbers, np.int64), *texts)


def _query(channel: Channel, surrogates: bool) -> str:
    wanted = {"": f"r.{channel}"}
    if not surrogates:
        wanted["_spans"] = SPANS.format(channel=channel)
    columns = ", ".join(
        f"{ARM.format(of=of, arm=number)} AS {arm}{kind}"
        for kind, of in wanted.items()
        for arm, number in (("base", "$1"), ("candidate", "$2"))
    )
    return SAID.format(columns=columns, channel=channel, judged=_JUDGED)


def _marked(
    said: Sequence[list[str]], spans: Sequence[list[list[list[int]] | None]]
) -> list[list[str]]:
    return [
        [_mark(text, where) if where else text for text, where in zip(*both, strict=True)]
        for both in zip(said, spans, strict=True)
    ]


def _mark(text: str, spans: Sequence[list[int]]) -> str:
    """A text with a mark for each span, which may overlap."""
    kept, after = list[str](), 0
    for start, end in sorted(spans):
        kept.append(text[after:start])
        after = max(after, end)
    return MARK.join([*kept, text[after:]])
