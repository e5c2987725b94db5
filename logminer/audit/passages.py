"""The texts of a study that the detectors have been through, each with where something in it was replaced."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from logminer.files.objects import AnyPath
from logminer.files.places import matching
from logminer.privacy.requests import known_surrogates
from logminer.store.layout import StudyFolder
from logminer.store.parts import PartFile, open_part

__all__ = [
    "CATALOGUE",
    "TABLES",
    "Database",
    "Known",
    "Passage",
    "known_beside",
    "known_in",
    "nobody",
    "order",
    "passages_of",
    "place_of_part",
    "query_of",
    "stem_of",
    "table_of",
]

Range = tuple[int, int]
Row = Mapping[str, Any]
Known = Callable[[str], frozenset[str]]  # prompt id → surrogates in that prompt

TABLES = "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'study'"
COLUMNS = "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = 'study'"
CATALOGUE = (
    "SELECT table_name, comment FROM duckdb_tables() WHERE database_name = 'study'",
    "SELECT column_name, comment FROM duckdb_columns() WHERE database_name = 'study'",
    "SELECT view_name, comment, sql FROM duckdb_views() WHERE database_name = 'study'",
)

# Columns with redactions: (column, `field` of its redactions, their column).
ANSWERS = (
    ("response", "response", "redactions"),
    ("thoughts", "thoughts", "redactions"),
    ("logged_response", "response", "logged_redactions"),
    ("logged_thoughts", "thoughts", "logged_redactions"),
)
FIELDS = ("content", "thoughts", "name", "tool_calls", "tool_call_id")  # of a message
ORDER = ("conversations", "prompts", "responses")  # then the others: a response needs its prompt


class Database(Protocol):
    """What an audit asks of `store.session.Session`."""

    def rows(
        self, query: str, parameters: Sequence[Any] | None = None
    ) -> list[tuple[Any, ...]]: ...

    def columns(self, query: str, parameters: Sequence[Any] | None = None) -> pa.Table: ...

    def sql(self, query: str, parameters: Sequence[Any] | None = None) -> Any: ...


class Passage(NamedTuple):
    """A text that the detectors have looked at, and where something in it was replaced."""

    row: int
    column: str
    text: str
    ranges: list[Range]
    role: str | None = None  # of a message
    prompt_id: str | None = (
        None  # of a response or an episode: it may repeat what its prompt replaced
    )

    def key(self) -> int:
        """The same for what can be told no differently."""
        return hash((self.text, tuple(self.ranges), self.prompt_id))


def table_of(file: pq.ParquetFile) -> str:
    """The table that a part says it is of."""
    return ((file.schema_arrow.metadata or {}).get(b"table") or b"").decode("utf-8", "replace")


def order(table: str) -> int:
    """Place of a table among those that are read."""
    return ORDER.index(table) if table in ORDER else len(ORDER)


def place_of_part(path: AnyPath) -> tuple[int, str, str]:
    """Conversations before prompts before responses, and of these the parts of one slice together."""
    with contextlib.suppress(Exception), open_part(path) as file:
        return order(table_of(file)), stem_of(path), str(path)
    return len(ORDER), "", str(path)


def stem_of(path: AnyPath) -> str:
    """Name of the part that a file is, or is a chunk or a temporary file of."""
    return path.name.lstrip(".").split(".")[0]


def query_of(session: Database, schema: str, table: str) -> str:
    """All of a table; a prompt with the redactions of its conversation, which are not published twice."""
    schema_, table_ = (name.replace('"', '""') for name in (schema, table))
    query = f'SELECT * FROM "{schema_}"."{table_}"'
    if (schema, table) != ("main", "prompts"):
        return query
    columns = set(session.rows(COLUMNS))
    joined = {("prompts", "conversation_id"), ("conversations", "conversation_id")}
    needed = joined | {("conversations", "redactions"), ("prompts", "messages")}
    if not needed <= columns or ("prompts", "redactions") in columns:
        return query
    return "SELECT p.*, c.redactions FROM prompts AS p LEFT JOIN conversations AS c USING (conversation_id)"


def passages_of(batch: pa.RecordBatch, first: int) -> Iterator[Passage]:
    """The texts of a batch that have redactions."""
    names = batch.schema.names
    if {"messages", "redactions"} <= set(names):
        # What was said in answer to a prompt may repeat what that replaced.
        ids = ["prompt_id"] if {"prompt_id", "response_id"} <= set(names) else []
        columns = ["messages", "redactions", *ids]
        for row, cell in enumerate(batch.select(columns).to_pylist(), first):
            ranges = _ranges(cell["redactions"])
            for index, message in enumerate(cell["messages"] or ()):
                for field in FIELDS:
                    if text := message.get(field):
                        column, role = f"messages.{field}", message.get("role")
                        some = ranges.get((index, field), [])
                        yield Passage(row, column, text, some, role, cell.get("prompt_id"))
    if {"evidence", "redactions"} <= set(names):
        for row, cell in enumerate(batch.select(["evidence", "redactions"]).to_pylist(), first):
            ranges = _ranges(cell["redactions"])
            for index, text in enumerate(cell["evidence"] or ()):
                yield Passage(row, "evidence", text, ranges.get((index, "evidence"), []))
    for column, field, redactions in ANSWERS:
        if {column, redactions} <= set(names):
            ids = ["prompt_id"] if "prompt_id" in names else []
            for row, cell in enumerate(batch.select([column, redactions, *ids]).to_pylist(), first):
                if text := cell[column]:
                    ranges = _ranges(cell[redactions])
                    yield Passage(
                        row, column, text, ranges.get((0, field), []), None, cell.get("prompt_id")
                    )


def _ranges(redactions: Iterable[Row] | None) -> dict[tuple[int, str], list[Range]]:
    """(message, field) → where something in it was replaced."""
    ranges: dict[tuple[int, str], list[Range]] = {}
    for r in redactions or ():
        ranges.setdefault((r["message_index"], r["field"]), []).append((r["start"], r["end"]))
    return ranges


def nobody(prompt_id: str) -> frozenset[str]:
    """Of no prompt is anything known."""
    return frozenset()


def known_in(session: Database, prompt_id: str) -> frozenset[str]:
    """Surrogates in a prompt of a database."""
    rows = session.columns(
        "SELECT p.messages, c.redactions FROM prompts AS p JOIN conversations AS c USING (conversation_id)"
        " WHERE p.prompt_id = ?",
        [prompt_id],
    ).to_pylist()
    return frozenset().union(
        *(known_surrogates(r["messages"], r["redactions"] or ()) for r in rows)
    )


def known_beside(root: Path, stem: str) -> dict[str, frozenset[str]]:
    """Surrogates in each prompt of the slice of the dump that a part is of."""
    known: dict[str, frozenset[str]] = {}
    pattern, folder = f"prompts-*/{stem}.parquet", StudyFolder(root)
    away = () if folder.parts == folder.own_parts else matching(folder.parts, pattern)
    for file in (*root.rglob(pattern), *away):
        with contextlib.suppress(Exception):  # it is reported by itself
            table = PartFile(file).read(["prompt_id", "messages", "redactions"])
            for row in table.to_pylist():
                some = known_surrogates(row["messages"], row["redactions"] or ())
                known[row["prompt_id"]] = known.get(row["prompt_id"], frozenset()) | some
    return known
