"""Prompts that many share: which of a study's prompts ask alike. It takes all of them, so no part can say it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pyarrow as pa

from logminer.messages.alike import Asked, alike

__all__ = ["prompt_groups"]

AT_ONCE = 2048  # prompts whose text is in memory together

# What the user said. A system message is the same for many who ask different things, and a logged answer is a draw.
ASKED = """
SELECT p.prompt_id,
    list_filter(
        list_transform(p.messages, lambda m, i: {'place': i - 1, 'role': m.role, 'content': m.content}),
        lambda m: m.role = 'user'
    ) AS said,
    list_filter(c.redactions, lambda r: r.field = 'content') AS redactions
FROM prompts AS p LEFT JOIN conversations AS c USING (conversation_id)
ORDER BY p.prompt_id
"""


def prompt_groups(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """(prompt_id, prompt_group) of every prompt: the least id of those that ask alike; see `messages.alike`.

    It hangs on the prompts alone, and not on when or in which parts they came.
    """
    ids: list[str] = []
    found = alike(_asked(connection, ids))
    prompts = pa.array(ids, pa.string())
    return pa.table({"prompt_id": prompts, "prompt_group": prompts.take(pa.array(found))})


def _asked(connection: duckdb.DuckDBPyConnection, ids: list[str]) -> Iterator[Asked]:
    for batch in connection.execute(ASKED).to_arrow_reader(AT_ONCE):
        ids += batch["prompt_id"].to_pylist()
        for said, redactions in zip(
            batch["said"].to_pylist(), batch["redactions"].to_pylist(), strict=True
        ):
            yield _one(said, redactions or [])


def _one(said: list[dict[str, Any]], redactions: list[dict[str, Any]]) -> Asked:
    """The user's messages as one text, with the places of names in it."""
    texts: list[str] = []
    names: list[tuple[int, int]] = []
    begin = 0
    for message in said:
        texts.append(message["content"] or "")
        names += [
            (begin + redaction["start"], begin + redaction["end"])
            for redaction in redactions
            if redaction["message_index"] == message["place"]
        ]
        begin += len(texts[-1]) + 1
    return Asked("\n".join(texts), names)
