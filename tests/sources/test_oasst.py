"""OpenAssistant's trees of messages."""

from __future__ import annotations

import datetime

import pyarrow as pa
import pytest

from logminer.sources.spec import SourceSpec
from tests.kit.dumps import conversations, lines, raw, refusal, said, write

TEXT = pa.string()
SCHEMA = {
    "message_id": TEXT,
    "parent_id": TEXT,
    "user_id": TEXT,
    "created_date": TEXT,
    "text": TEXT,
    "role": TEXT,
    "lang": TEXT,
    "review_count": pa.int32(),
    "review_result": pa.bool_(),
    "deleted": pa.bool_(),
    "rank": pa.int32(),
    "synthetic": pa.bool_(),
    "model_name": TEXT,
    "detoxify": pa.struct([("toxicity", pa.float64())]),
    "message_tree_id": TEXT,
    "tree_state": TEXT,
    "emojis": pa.struct([("name", pa.list_(TEXT)), ("count", pa.list_(pa.int32()))]),
    "labels": pa.struct([("name", pa.list_(TEXT)), ("value", pa.list_(pa.float64()))]),
}


def message(name: str, parent: str | None, minute: int, **told: object) -> dict[str, object]:
    role = "prompter" if name.startswith("q") else "assistant"
    return {
        "message_id": name,
        "parent_id": parent,
        "user_id": f"author of {name}",
        "created_date": f"2023-02-05T14:{minute:02}:01.453374+00:00",
        "text": f"says {name}",
        "role": role,
        "lang": "es",
        "deleted": False,
        "message_tree_id": "q1",
        "tree_state": "ready_for_export",
        **told,
    }


TREE = [
    message("q1", None, 0),
    message("a1", "q1", 1, rank=1),
    message("a2", "q1", 2, rank=0),
    message("q2", "a2", 3),
    message("q3", "a2", 4, rank=0),
    message("a3", "q3", 5),
    message("a4", "q1", 6, deleted=True),
    message("q4", "gone", 7),
]


def parquet(path, rows):
    columns = {n: pa.array([row.get(n) for row in rows], kind) for n, kind in SCHEMA.items()}
    return write(path, columns)


def test_each_way_to_a_leaf_is_a_conversation(tmp_path):
    path = parquet(tmp_path / "a.parquet", TREE)
    info = SourceSpec(path=str(path)).check()
    assert (info.format, info.rows) == ("oasst", 5)
    rows = {row["conversation_id"]: row for row in raw(path)}
    assert list(rows) == ["a1", "q2", "a3", "a4", "q4"]
    assert said(rows["a3"]) == [
        ("user", "says q1"),
        ("assistant", "says a2"),
        ("user", "says q3"),
        ("assistant", "says a3"),
    ]
    assert [rows[leaf]["user_id"] for leaf in ("a1", "q2", "a3")] == [
        "author of q1",
        "author of q2",
        "author of q3",
    ]
    when = datetime.datetime(2023, 2, 5, 14, 4, 1, 453374, datetime.UTC)
    assert (rows["a3"]["created_at"], rows["a3"]["language"]) == (when, "es")
    # deleted; its beginning is missing
    assert [rows[leaf]["problem"] for leaf in ("a4", "q4")] == ["null_messages"] * 2


def test_the_best_way_alone(tmp_path):
    path = parquet(tmp_path / "a.parquet", [row for row in TREE if row["parent_id"] != "gone"])
    assert [r["conversation_id"] for r in raw(path, paths="best")] == ["a3"]
    assert len(raw(path, paths="all")) == 4
    spec = SourceSpec(path=str(path), paths="best")
    assert {p.part for p in spec.slices()}.isdisjoint(
        p.part for p in SourceSpec(path=str(path)).slices()
    )
    other = write(tmp_path / "b.parquet", conversations(1))
    assert "source.paths: format conversations has none; leave it out" in refusal(
        other, paths="best"
    )


def test_ranks_and_deletions_that_are_text(tmp_path):
    path = tmp_path / "a.csv"
    rows = ["r,,q,prompter,t,False,", "a,r,worse,assistant,t,False,1.0"]
    rows += ["b,r,better,assistant,t,False,0.0", "c,r,gone,assistant,t,True,2.0"]
    head = "message_id,parent_id,text,role,message_tree_id,deleted,rank"
    path.write_text("\n".join((head, *rows)))
    assert [row["problem"] for row in raw(path)] == [None, None, "null_messages"]
    (row,) = raw(path, paths="best")
    assert said(row) == [("user", "q"), ("assistant", "better")]


def test_scattered_repeated_and_circular_messages(tmp_path):
    ring = [message("q8", "a8", 8), message("a8", "q8", 9)]
    path = parquet(tmp_path / "a.parquet", [*TREE[::-1], *TREE[:2], *ring])
    found = [(row["conversation_id"], row["problem"]) for row in raw(path)]
    assert sorted(found, key=str) == [
        ("a1", None),
        ("a3", None),
        ("a4", "null_messages"),
        ("a8", "null_messages"),
        ("q2", None),
        ("q4", "null_messages"),
        ("q8", "null_messages"),
    ]


@pytest.mark.parametrize("form", ["auto", "oasst"])
def test_whole_trees(tmp_path, form):
    def node(name: str, *replies: dict[str, object]) -> dict[str, object]:
        (own,) = (row for row in TREE if row["message_id"] == name)
        return {**own, "replies": list(replies)}

    whole = node("q1", node("a1"), node("a2", node("q2"), node("q3", node("a3"))), node("a4"))
    tree = {"message_tree_id": "q1", "tree_state": "ready_for_export", "prompt": whole}
    path = lines(tmp_path / "a.jsonl", tree, {**tree, "message_tree_id": "t2", "prompt": None})
    flat = [r for r in raw(parquet(tmp_path / "a.parquet", TREE)) if r["conversation_id"] != "q4"]
    rows = raw(path, format=form)
    told = ("conversation_id", "user_id", "created_at", "messages", "problem")
    assert [[row[n] for n in told] for row in rows[:4]] == [[row[n] for n in told] for row in flat]
    assert rows[4]["problem"] == "null_messages"
    assert raw(path, format=form, paths="best")[0]["conversation_id"] == "a3"
