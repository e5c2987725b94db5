"""Tables of one message a row."""

from __future__ import annotations

import datetime
import random

import pyarrow as pa

from logminer.sources.spec import SourceSpec
from tests.kit.dumps import conversations, raw, refusal, said, write

COLUMNS = {"role": "speaker", "content": "text", "user_id": "customer"}
OPTIONS = {"group_by": "chat_id", "columns": COLUMNS}


def table(path, *rows: str):
    path.write_text("\n".join(("chat_id,sent_at,speaker,text,customer", *rows)) + "\n")
    return path


def test_rows_of_a_chat_become_a_conversation(tmp_path):
    path = table(
        tmp_path / "a.csv",
        "c1,10,assistant,third,bot",
        "c2,2026-10-01T12:00:00Z,user,only,u2",
        "c1,9,user,second,u1",
        ",1,user,alone,u3",
        "c1,9,user,after it,u1",
        ",1,user,alone too,u3",
    )
    spec = SourceSpec(path=str(path), order_by="sent_at", **OPTIONS)
    info = spec.check()
    assert (info.format, info.rows) == ("csv", 4)
    first, second, third, fourth = raw(path, order_by="sent_at", **OPTIONS)
    assert said(first) == [("user", "second"), ("user", "after it"), ("assistant", "third")]
    assert (first["conversation_id"], first["user_id"]) == ("c1", "u1")
    assert first["created_at"] is None  # the order is no time
    assert second["created_at"] == datetime.datetime(2026, 10, 1, 12, tzinfo=datetime.UTC)
    assert [said(row) for row in (third, fourth)] == [[("user", "alone")], [("user", "alone too")]]
    assert third["conversation_id"] != fourth["conversation_id"]
    assert spec.profile().users == 4  # of all rows; the bot's too


def test_order_by_what_stands_there(tmp_path):
    for name, order, wanted in (
        ("numbers", ["10", "9", "-1.5"], "cba"),
        ("times", ["2026-10-01 00:00+02:00", "2026-09-30T21:00:00Z", "20260901"], "cba"),
        ("text", ["b", "a", "10"], "cba"),
        ("missing", ["", "2", ""], "bac"),
    ):
        told = [f"c,{at},user,{text}," for at, text in zip(order, "abc", strict=True)]
        path = table(tmp_path / f"{name}.csv", *told)
        (row,) = raw(path, order_by="sent_at", **OPTIONS)
        assert "".join(text for _, text in said(row)) == wanted, name
    (row,) = raw(tmp_path / "numbers.csv", **OPTIONS)
    assert [text for _, text in said(row)] == ["a", "b", "c"]


def test_who_asks_goes_by_what_the_dump_calls_the_roles(tmp_path):
    path = table(tmp_path / "a.csv", "1,,Agent,b,a7", "1,,customer,a,u1")
    (row,) = raw(path, roles={"agent": "assistant", "customer": "user"}, **OPTIONS)
    assert row["user_id"] == "u1"


def test_words_for_nothing_are_no_place_in_the_order(tmp_path):
    rows = ["1,NA,user,c,", "1,10,user,b,", "1,9,assistant,a,", "1,nan,user,d,"]
    (row,) = raw(table(tmp_path / "a.csv", *rows), order_by="sent_at", **OPTIONS)
    assert [text for _, text in said(row)] == ["a", "b", "c", "d"]


def test_any_table_in_any_order(tmp_path):
    rows = [(f"c{c}", turn) for c in range(300) for turn in range(4)]
    shuffled = random.Random(0).sample(rows, len(rows))
    for folder, some in (("a", rows), ("b", shuffled)):
        columns = {
            "chat_id": [chat for chat, _ in some],
            "sent_at": pa.array([turn for _, turn in some], pa.int32()),
            "speaker": [("user", "assistant")[turn % 2] for _, turn in some],
            "text": [f"{chat} {turn}" for chat, turn in some],
        }
        write(tmp_path / folder / "a.parquet", columns, row_group_size=100)
    options = {
        "group_by": "chat_id",
        "order_by": "sent_at",
        "columns": {"role": "speaker", "content": "text"},
    }
    told = [
        sorted((r["conversation_id"], said(r)) for r in raw(tmp_path / folder, **options))
        for folder in "ab"
    ]
    assert told[0] == told[1]
    assert told[0][0] == (
        "c0",
        [("user", "c0 0"), ("assistant", "c0 1"), ("user", "c0 2"), ("assistant", "c0 3")],
    )


def test_one_dialogue_a_row(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('id,prompt,completion\nx,q,"a, b"\n')
    for form in ("auto", "csv"):
        (row,) = raw(path, format=form)
        assert (said(row), row["conversation_id"]) == ([("user", "q"), ("assistant", "a, b")], "x")
    path.write_text('messages\n"[{""role"": ""user"", ""content"": ""q""}]"\n')
    assert said(raw(path)[0]) == [("user", "q")]


def test_what_is_missing_is_named(tmp_path):
    path = table(tmp_path / "a.csv", "c,1,user,q,u")
    assert "no column 'content'; it has chat_id, customer" in refusal(path, group_by="chat_id")
    assert "under source.group_by" in refusal(path, **{**OPTIONS, "group_by": "chat"})
    assert "did you mean 'sent_at'? it has" in refusal(path, **OPTIONS, order_by="sent")
    assert "under source.group_by" in refusal(path, format="csv", columns=COLUMNS)
    assert "needs source.group_by" in refusal(path, columns=COLUMNS, order_by="sent_at")
    other = write(tmp_path / "b.parquet", conversations(1))
    told = refusal(other, format="conversations", group_by="chat_id")
    assert "source.group_by: format conversations has no chats of several rows" in told
    (row,) = raw(table(tmp_path / "c.csv", "c,1,customer,q,u"), **OPTIONS)
    assert row["problem"] == "unknown_role"


def test_new_options_that_are_not_used_leave_studies_alone():
    assert set(SourceSpec(path="a").options()) == {"format", "columns", "keep", "roles"}
    assert SourceSpec(path="a", paths="best").options()["paths"] == "best"
