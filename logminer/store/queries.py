"""What a query may be: one that reads. DuckDB locks files, network and settings; this refuses what it does not.

Some of its table functions start logs, write profiles or take addresses of memory, with files locked too, and can end the
process. So those that are known to do no harm are listed, and any other is refused.
"""

from __future__ import annotations

import functools
import itertools
import re

import duckdb
from duckdb import StatementType

from logminer.errors import QueryError

__all__ = ["refuse_but_reading"]

MOST_CHARACTERS = (
    100_000  # DuckDB plans longer ones for minutes, and does not let itself be interrupted
)
HARMLESS = frozenset(
    [
        "generate_series",
        "icu_calendar_names",
        "json_each",
        "json_tree",
        "pg_timezone_names",
        "query_table",
        "range",
        "repeat",
        "repeat_row",
        "summary",
        "test_all_types",
        "test_vector_types",
        "unnest",
    ]
)
TELLING = ("duckdb_", "pragma_")  # what the database knows about itself
SPACES = re.compile(r"[\u00a0\u1680\u2000-\u200f\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]")
SURROGATE = re.compile(r"[\ud800-\udfff]")
NAME = re.compile(r'"((?:[^"]|"")*)"|[^\W\d][\w$]*')


def refuse_but_reading(query: str) -> None:
    """Nothing, where `query` is one statement that reads.

    Raises:
        QueryError: it is none, several, or does something else.
        duckdb.Error: it is no SQL.
    """
    if len(query) > MOST_CHARACTERS:
        raise QueryError(f"the query is longer than {MOST_CHARACTERS:,} characters; shorten it")
    if "\0" in query or SURROGATE.search(query):
        raise QueryError("the query holds a NUL character, or bytes that are no UTF-8; remove them")
    statements = duckdb.extract_statements(query)
    if not statements:
        raise QueryError('the query is empty; ask as in "from category_shifts"')
    first, *others = statements
    # DuckDB turns PIVOT into several statements of its own, which have no text.
    if others and not all(statement.query == "" for statement in statements):
        raise QueryError("one query at a time: several statements stand there")
    if not others and first.type not in (StatementType.SELECT, StatementType.EXPLAIN):
        raise QueryError(
            f"{first.type.name} is refused: a query only reads (SELECT, FROM, PIVOT, SUMMARIZE, DESCRIBE …)"
        )
    for name in _called(SPACES.sub(" ", query)):
        if name in _table_functions() and name not in HARMLESS and not name.startswith(TELLING):
            raise QueryError(
                f"{name}(…) is refused: a query reads the study's tables and views, and nothing else"
            )


def _called(query: str) -> set[str]:
    """Names before a bracket."""
    raw = query.encode()
    starts = [start for start, _ in duckdb.tokenize(query)]
    tokens = [
        raw[start:end].decode("utf-8", "replace")
        for start, end in zip(starts, [*starts[1:], len(raw)], strict=True)
    ]
    found = set()
    for token, following in itertools.pairwise(tokens):
        if following.startswith("(") and (name := NAME.match(token)):
            quoted = name[1]
            found.add((name[0] if quoted is None else quoted.replace('""', '"')).casefold())
    return found


@functools.cache
def _table_functions() -> frozenset[str]:
    with duckdb.connect(":memory:") as connection:
        rows = connection.execute(
            "SELECT DISTINCT lower(function_name) FROM duckdb_functions() WHERE function_type = 'table'"
        ).fetchall()
    return frozenset(name for (name,) in rows)
