"""What views say of themselves."""

from __future__ import annotations

import pytest

from logminer.schemas import COMPARISONS
from logminer.store.ddl import views
from logminer.store.describing import describe_view, describe_views


def test_every_view_and_every_column_has_words() -> None:
    found = describe_views()
    assert [view.name for view in found] == list(views())
    for view in found:
        assert view.doc, view.name
        assert [c.name for c in view.columns if not c.doc] == [], view.name


def test_words_of_a_table_are_said_once() -> None:
    (shifts,) = (view for view in describe_views() if view.name == "category_shifts")
    said = {column.name: (column.doc, column.null) for column in shifts.columns}
    theirs = {column.name: (column.doc, column.null) for column in COMPARISONS.columns}
    assert said["margin"] == theirs["margin"]
    assert said["verdict"] == theirs["verdict"]


HEAD = "-- A view.\n--\n"


@pytest.mark.parametrize(
    ("head", "wordless"),
    [
        ("", ["n", "who"]),
        (HEAD, ["n", "who"]),
        (HEAD + "-- n: a number\n", ["who"]),
        (HEAD + "-- n, who: as in responses\n", ["n", "who"]),
        (HEAD + "-- n: a number\n--   and more; null: none\n-- who: whoever\n", []),
    ],
)
def test_a_view_without_words_is_noticed(head: str, wordless: list[str]) -> None:
    sql = f"{head}CREATE OR REPLACE VIEW fresh AS SELECT 1 AS n, 'a' AS who;"
    view = describe_view("fresh", sql, [("n", "INTEGER"), ("who", "VARCHAR")])
    assert [column.name for column in view.columns if not column.doc] == wordless
    if not wordless:
        assert (view.columns[0].doc, view.columns[0].null) == ("a number and more", "none")
