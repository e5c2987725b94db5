"""The digest of a table is of what it says, and of all that it says."""

from __future__ import annotations

import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logminer.schemas import CONVERSATIONS, EMBEDDINGS, RESPONSES
from logminer.store.digest import table_digest

KINDS = pa.schema(
    [
        pa.field("text", pa.string()),
        pa.field("flag", pa.bool_()),
        pa.field("n", pa.int32()),
        pa.field("x", pa.float64()),
        pa.field("at", pa.timestamp("us", tz="UTC")),
        pa.field("said", pa.list_(pa.struct([("role", pa.string()), ("n", pa.int64())]))),
        pa.field("kept", pa.map_(pa.string(), pa.string())),
        pa.field("vector", pa.list_(pa.float32())),
    ]
)
TEXT = st.one_of(st.none(), st.text(st.characters(codec="utf-8"), max_size=3))
MOMENT = st.datetimes(datetime.datetime(1990, 1, 1), datetime.datetime(2100, 1, 1))
ROW = st.fixed_dictionaries(
    {
        "text": TEXT,
        "flag": st.one_of(st.none(), st.booleans()),
        "n": st.one_of(st.none(), st.integers(-3, 3)),
        "x": st.one_of(st.none(), st.floats(allow_nan=False)),
        "at": st.one_of(st.none(), MOMENT),
        "said": st.one_of(
            st.none(),
            st.lists(
                st.one_of(st.none(), st.fixed_dictionaries({"role": TEXT, "n": st.integers(0, 2)})),
                max_size=3,
            ),
        ),
        "kept": st.one_of(st.none(), st.dictionaries(st.text("ab", max_size=2), TEXT, max_size=2)),
        "vector": st.one_of(st.none(), st.lists(st.floats(0, 1, width=32), max_size=3)),
    }
)


def table(rows: list[dict[str, object]]) -> pa.Table:
    told = [{**row, "kept": row["kept"] and list(row["kept"].items())} for row in rows]
    return pa.Table.from_pylist(told, KINDS)


@given(st.lists(ROW, max_size=12), st.integers(0, 12))
def test_layout_leaves_no_trace(tmp_path_factory, rows, cut):
    whole = table(rows)
    chunks = pa.concat_tables([table(rows[:cut]), table(rows[cut:])])
    around = pa.concat_tables([table(rows[:2]), whole, table(rows[:3])])
    piece = around.combine_chunks().slice(len(rows[:2]), len(rows))
    path = tmp_path_factory.mktemp("digest") / "a.parquet"
    pq.write_table(whole, path, compression="gzip", row_group_size=5, use_dictionary=False)
    found = {table_digest(t) for t in (whole, chunks, piece, pq.read_table(path))}
    assert len(found) == 1


@given(st.lists(ROW, min_size=1, max_size=6), st.lists(ROW, min_size=1, max_size=6))
def test_tables_that_differ_have_other_digests(one, other):
    same = table(one).to_pylist() == table(other).to_pylist()
    assert (table_digest(table(one)) == table_digest(table(other))) == same


@given(st.lists(ROW, min_size=2, max_size=6), st.data())
def test_one_other_cell_is_another_digest(rows, data):
    before = table(rows)
    place = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.sampled_from(KINDS.names))
    changed = [dict(row) for row in rows]
    changed[place][column] = data.draw(ROW)[column]
    after = table(changed)
    assert (table_digest(before) == table_digest(after)) == before.equals(after)


def test_null_is_not_nothing_and_columns_have_names():
    texts = [
        pa.table({"a": pa.array(values, pa.string())}) for values in ([None], [""], [], ["", ""])
    ]
    assert len({table_digest(t) for t in texts}) == 4
    lists = pa.list_(pa.string())
    said = [[["a", "b"], []], [["a"], ["b"]], [[], ["a", "b"]], [None, ["a", "b"]]]
    assert len({table_digest(pa.table({"a": pa.array(v, lists)})) for v in said}) == 4
    assert table_digest(pa.table({"a": ["x"]})) != table_digest(pa.table({"b": ["x"]}))
    with pytest.raises(TypeError, match="no type of a part's column"):
        table_digest(pa.table({"a": pa.array(["x"], pa.large_string())}))


def test_every_kind_of_part_has_one():
    for kind in (CONVERSATIONS, RESPONSES, EMBEDDINGS):
        assert len(table_digest(kind.schema.empty_table())) == 64
