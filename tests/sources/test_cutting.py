"""Slices: each row in one, read alone in any order, named by content."""

from __future__ import annotations

import json
import os
import pickle

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logminer.errors import SourceError
from logminer.schemas import RAW_CONVERSATIONS
from logminer.sources.cutting import FLIGHT_BYTES, MAX_BYTES, MAX_ROWS, Cut, Seen, flights
from logminer.sources.spec import SourceSpec
from tests.kit.dumps import MESSAGES, conversations, dialogue, lines, parts, raw, write


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    sizes=st.lists(st.sampled_from([0, 10, 1000, 3_000_000, 9_000_000]), max_size=8),
    copies=st.integers(1, 200),
    group=st.integers(1, MAX_ROWS - 1),
    other_group=st.integers(1, MAX_ROWS - 1),
)
def test_slices_partition_the_rows_whatever_the_small_row_groups(
    tmp_path, sizes, copies, group, other_group
):
    lengths = sizes + [5] * copies
    columns = {"messages": pa.array([dialogue("x" * n) for n in lengths], MESSAGES)}
    path = tmp_path / "a.parquet"
    cuts = []
    for rows in (group, other_group):
        write(path, columns, row_group_size=rows)
        slices = list(SourceSpec(path=str(path)).slices())
        cuts.append([piece.rows for piece in slices])
    assert cuts[0] == cuts[1]
    assert [row for rows in cuts[0] for row in rows] == list(range(len(lengths)))
    for rows in cuts[0]:
        assert len(rows) <= MAX_ROWS
        assert sum(lengths[r] for r in rows) <= MAX_BYTES or len(rows) == 1


def test_slices_are_read_alone_in_any_order_and_after_pickling(tmp_path):
    path = write(tmp_path / "a.parquet", conversations(2000), row_group_size=300)
    slices = list(SourceSpec(path=str(path)).slices())
    assert [len(piece.rows) for piece in slices] == [512, 512, 512, 464]
    for piece in reversed(slices):
        table = pickle.loads(pickle.dumps(piece)).read()
        assert table.schema.equals(RAW_CONVERSATIONS.schema)
        table.validate(full=True)
        begin = 300 * (piece.rows[0] // 300)  # the row group in which the slice begins
        assert table["row"].to_pylist() == [row - begin for row in piece.rows]
        assert table["conversation_id"].to_pylist() == [f"c{row}" for row in piece.rows]


def test_one_huge_row_group_reads_like_many(tmp_path):
    columns = conversations(3000, text="long words " * 300)
    one = write(tmp_path / "one.parquet", columns, row_group_size=10**6, data_page_size=1 << 16)
    many = write(tmp_path / "many.parquet", columns, row_group_size=7)
    first, second = raw(one), raw(many)
    assert len(first) == len(second) == 3000
    assert all(
        one | {"row": 0} == other | {"row": 0} for one, other in zip(first, second, strict=True)
    )


def test_options_change_no_part(tmp_path):
    columns = conversations(600) | {"kind": ["a", "b"] * 300}
    path = write(tmp_path / "a.parquet", columns)
    names = parts(path)
    kept = SourceSpec(path=str(path), keep=("kind",), format="conversations")
    assert [piece.part for piece in kept.slices()] == names
    assert all(len(name) == 26 and name[16] == "-" for name in names)


def test_a_file_that_sorts_first_leaves_other_parts_alone(tmp_path):
    write(tmp_path / "d/b.parquet", conversations(700, "b"))
    before = parts(tmp_path / "d")
    write(tmp_path / "d/a.parquet", conversations(600, "a"))
    after = parts(tmp_path / "d")
    assert after[-len(before) :] == before
    assert len(set(after)) == len(after) == 4


def test_part_names_follow_content_and_not_the_place(tmp_path):
    for folder in ("x", "y/z"):
        write(tmp_path / folder / "s/a.parquet", conversations(10))
    assert parts(tmp_path / "x") == parts(f"{tmp_path}/y/z/**/*.parquet")
    before = parts(tmp_path / "x")
    (tmp_path / "x/s/a.parquet").rename(tmp_path / "x/b.parquet")
    assert parts(tmp_path / "x") == before
    write(tmp_path / "x/b.parquet", conversations(11))
    assert parts(tmp_path / "x") != before


def test_bytes_that_the_footer_does_not_tell_of_change_the_name(tmp_path):
    yes, no = (conversations(40) | {"label": [one, other] * 20} for one, other in ("yn", "ny"))
    path = write(tmp_path / "a.parquet", yes)
    size, before = path.stat().st_size, parts(path)
    write(path, no)
    assert path.stat().st_size == size
    assert parts(path) != before


@pytest.mark.parametrize("size", [200, 600, 1300])
def test_what_is_added_or_taken_leaves_the_other_row_groups_alone(tmp_path, size):
    path = tmp_path / "a.parquet"
    columns = conversations(3900)

    def cut(taken: range = range(0), until: int = 3900) -> list[str]:
        with pq.ParquetWriter(path, pa.table(columns).schema) as writer:
            for start in range(0, until, size):
                rows = [r for r in range(start, min(start + size, until)) if r not in taken]
                writer.write_table(pa.table(columns).take(rows), row_group_size=size)
        return parts(path)

    whole = cut()
    assert len(set(whole)) == len(whole)
    assert len(set(cut(until=2600)) - set(whole)) <= 1
    if size >= MAX_ROWS:  # smaller ones are cut together with those behind them
        assert len(set(cut(range(10, 13))) - set(whole)) == -(-size // MAX_ROWS)


def test_the_same_rows_twice_are_not_one_part(tmp_path):
    columns = {"messages": conversations(5)["messages"]}
    for name in "ab":
        write(tmp_path / f"{name}.parquet", columns)
    rows = raw(tmp_path)
    assert len({row["conversation_id"] for row in rows}) == 10
    assert not any(row["problem"] for row in rows)
    assert len(set(parts(tmp_path))) == 2


def test_a_file_that_changes_under_a_run_is_not_read(tmp_path):
    path = write(tmp_path / "a.parquet", conversations(10))
    (piece,) = SourceSpec(path=str(path)).slices()
    write(path, conversations(10, prefix="d"))
    with pytest.raises(SourceError, match=r"a\.parquet: changed since the run began"):
        piece.read()
    path.unlink()
    with pytest.raises(SourceError, match="cannot be read"):
        piece.read()


def test_a_file_that_is_replaced_before_its_turn_is_not_planned_beside_what_it_was(tmp_path):
    write(tmp_path / "a.parquet", conversations(1, prefix="a"))
    write(tmp_path / "b.parquet", conversations(3))
    write(tmp_path / "c.parquet", conversations(1))
    slices = SourceSpec(path=str(tmp_path)).slices()
    next(slices)
    write(tmp_path / "b.parquet", conversations(5, prefix="d"))
    with pytest.raises(SourceError, match=r"b\.parquet: changed since the run began"):
        list(slices)


def test_a_file_that_is_written_over_while_it_is_open_is_not_read_on(tmp_path):
    def said(of: str) -> list[dict[str, object]]:
        named = [f"{of}{i:04d}" for i in range(1200)]
        return [{"conversation_id": i, "messages": dialogue(i, "x" * 900)} for i in named]

    path = lines(tmp_path / "a.jsonl", *said("a"))
    first, *_, last = SourceSpec(path=str(path)).slices()
    first.read()
    lines(path, *said("b"))
    with pytest.raises(SourceError, match=r"a\.jsonl: changed since the run began"):
        last.read()


def logged(n: int, text: str = "hej") -> list[dict[str, object]]:
    return [{"conversation_id": f"c{i}", "messages": dialogue(f"{text} {i}")} for i in range(n)]


def test_lines_that_are_appended_meanwhile_are_no_part_of_it(tmp_path):
    path = lines(tmp_path / "a.jsonl", *logged(1300))
    planning = SourceSpec(path=str(tmp_path)).slices()
    first, whole = next(planning), path.read_text()
    grown = "".join(json.dumps(row) + "\n" for row in logged(1400))
    path.write_text(grown[: len(whole) + 30])  # the next line is cut
    slices = pickle.loads(pickle.dumps([first, *planning]))
    path.write_text(grown)
    assert [piece.read().num_rows for piece in reversed(slices)] == [276, 512, 512]
    # As ever for files at rest, so that nothing is computed anew.
    assert [piece.part for piece in slices] == [
        "48e4011ed0dcde50-000000000",
        "7ac4abf93c6e51d9-000000000",
        "d2c0eb335163ce60-000000000",
    ]
    assert [piece.part for piece in slices[:2]] == parts(tmp_path)[:2]


@pytest.mark.parametrize("how", ["rewritten", "truncated", "replaced"])
def test_lines_that_were_planned_must_stay(tmp_path, how):
    path = lines(tmp_path / "a.jsonl", *logged(600))
    _, last = SourceSpec(path=str(tmp_path)).slices()
    if how == "rewritten":
        lines(path, *logged(512), *logged(200, "hallå"))
    elif how == "truncated":
        os.truncate(path, path.stat().st_size - 1)
    else:
        lines(tmp_path / "b", *logged(700)).replace(path)
    with pytest.raises(SourceError, match=r"a\.jsonl: changed since the run began; run again"):
        last.read()


@given(st.lists(st.lists(st.integers(0, 30), max_size=20), max_size=12))
def test_seen_tells_the_first_of_equal_keys(batches):
    seen, known = Seen(), set()
    for batch in batches:
        expected = [key not in known and key not in batch[:i] for i, key in enumerate(batch)]
        assert seen.add(batch).tolist() == expected
        known.update(batch)


def test_scattered_slices_are_read_in_passes_of_bounded_size():
    third = FLIGHT_BYTES // 3
    scattered = [Cut((i, i + 10), text_bytes=third) for i in range(5)]
    assert [(len(some), rows) for some, rows in flights(scattered)] == [
        (3, (0, 1, 2, 10, 11, 12)),
        (2, (3, 4, 13, 14)),
    ]
    apart = [Cut((10 * i, 10 * i + 2), text_bytes=third) for i in range(5)]
    assert [(len(some), rows) for some, rows in flights(apart)] == [(3, ()), (2, ())]
    huge = [Cut((i, i + 10), text_bytes=2 * FLIGHT_BYTES) for i in range(2)]
    assert [len(some) for some, _ in flights(huge)] == [1, 1]
