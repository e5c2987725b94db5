"""Formats of one file: nested dialogues, several of a row, one message a row."""

from __future__ import annotations

import pickle
import random
from dataclasses import fields

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logminer.errors import SourceError
from logminer.sources.base import Format, RawConversation
from logminer.sources.columns import DIALOGUE, TEXT, RecordList
from logminer.sources.cutting import MAX_BYTES, Sized, cut
from logminer.sources.formats import FORMATS
from logminer.sources.spec import SourceSpec
from tests.kit.dumps import MESSAGES, dialogue, raw, refusal, write


class Nested(Format):
    """Another shape of message, and a user who stands inside the first."""

    def rows(self, table: pa.Table):
        for told in super().rows(table):
            said = told.messages
            yield told._replace(
                messages=said and [{"role": m["from"], "content": m["value"]} for m in said],
                user_id=said[0]["ip"] if said else None,
            )


class Arena(Format):
    """Two dialogues a row."""

    def rows(self, table: pa.Table):
        for place, row in enumerate(table.to_pylist()):
            for side in "ab":
                key = f"{row['question']}/{side}"
                yield RawConversation(place, row[f"talk_{side}"], conversation_id=key)


class Tree(Format):
    """One message a row, those of a tree together; each leaf ends a conversation."""

    def rows(self, table: pa.Table):
        row = table.to_pylist()
        for run in self.runs(table):
            at = {row[i]["id"]: i for i in run}
            parents = {row[i]["parent"] for i in run}
            for leaf in (i for i in run if row[i]["id"] not in parents):
                path, here = [], leaf
                while here is not None:
                    path.append({"role": row[here]["role"], "content": row[here]["text"]})
                    here = at.get(row[here]["parent"])
                yield RawConversation(leaf, path[::-1], conversation_id=row[leaf]["id"])


NESTED = Nested(
    name="nested",
    messages="talks",
    key="id",
    required=("talks",),
    fields={"conversation_id": "id"},
    kinds={"talks": RecordList(("from", "value"))},
)
ARENA = Arena(
    name="arena",
    messages="talk_a",
    key="question",
    required=("question", "talk_a", "talk_b"),
    fields={},
    others=("talk_b",),
    kinds={"talk_a": DIALOGUE, "talk_b": DIALOGUE},
    row="piece",
)
TREE = Tree(
    name="tree",
    messages="text",
    key="tree",
    required=("tree", "id", "parent", "role", "text"),
    fields={},
    kinds={"text": TEXT},
    row="piece",
)


@pytest.fixture
def formats(monkeypatch):
    """As if each were a line of `sources/formats.py`."""
    for form in (NESTED, ARENA, TREE):
        monkeypatch.setitem(FORMATS, form.name, form)


def tree(name: str | None, leaves: int) -> dict[str, list[str | None]]:
    """A question with as many answers."""
    ids = [f"{name}.q", *(f"{name}.{i}" for i in range(leaves))]
    return {
        "tree": [name] * len(ids),
        "id": ids,
        "parent": [None, *[f"{name}.q"] * leaves],
        "role": ["user", *["assistant"] * leaves],
        "text": ["q", *(f"a{i}" for i in range(leaves))],
    }


def forest(*trees: dict[str, list[str | None]]) -> dict[str, object]:
    return {name: [cell for one in trees for cell in one[name]] for name in trees[0]}


def test_a_nested_format_is_data_and_a_way_to_read_its_rows(formats, tmp_path):
    talk = [{"from": "human", "value": "q", "ip": "u1"}, {"from": "gpt", "value": "a", "ip": None}]
    path = write(tmp_path / "a.parquet", {"id": ["x", "y", "x"], "talks": [talk, None, talk]})
    info = SourceSpec(path=str(path)).check()
    assert (info.format, info.rows) == ("nested", 3)
    first, second, third = raw(path)
    assert [(m["role"], m["content"]) for m in first["messages"]] == [
        ("user", "q"),
        ("assistant", "a"),
    ]
    assert (first["conversation_id"], first["user_id"]) == ("x", "u1")
    assert (second["problem"], third["problem"]) == ("null_messages", "duplicate_conversation_id")
    other = write(tmp_path / "b.parquet", {"talks": ["text"]})
    assert "it must be a list of records with from and value; convert it" in refusal(other)


def test_several_conversations_of_a_row_are_rows_of_their_own(formats, tmp_path):
    columns = {
        "question": ["x", "y", "x"],
        "talk_a": pa.array([dialogue("a", "1"), dialogue("b", "2"), dialogue("c", "3")], MESSAGES),
        "talk_b": pa.array([dialogue("a", "4"), None, dialogue("c", "6")], MESSAGES),
        "kind": ["k", "l", "k"],
    }
    path = write(tmp_path / "a.parquet", columns)
    found = raw(path, keep=("kind",))
    assert SourceSpec(path=str(path)).check().rows == len(found) == 6
    assert [(row["row"], row["conversation_id"], row["problem"]) for row in found] == [
        (0, "x/a", None),
        (0, "x/b", None),
        (1, "y/a", None),
        (1, "y/b", "null_messages"),
        (2, "x/a", "duplicate_conversation_id"),
        (2, "x/b", "duplicate_conversation_id"),
    ]
    assert found[1]["attributes"] == [("kind", "k")]


def test_rows_of_one_key_make_conversations_wherever_the_dump_is_cut(formats, tmp_path):
    trees = [tree(f"t{n}", leaves) for n, leaves in enumerate([2, 500, 20, 700, 3] * 3)]
    path = write(tmp_path / "a.parquet", forest(*trees), row_group_size=97)
    slices = list(SourceSpec(path=str(path)).slices())
    assert [row for piece in slices for row in piece.rows] == list(range(15 + 1225 * 3))
    assert (
        max(len(piece.rows) for piece in slices) == 701
    )  # a tree that is longer is a slice of its own
    rows = [row for piece in pickle.loads(pickle.dumps(slices)) for row in piece.read().to_pylist()]
    assert SourceSpec(path=str(path)).check().rows == len(rows) == 1225 * 3
    assert all(row["messages"][0]["content"] == "q" for row in rows)
    assert len({row["conversation_id"] for row in rows}) == len(rows)
    assert {row["problem"] for row in rows} == {None}


def test_scattered_rows_of_one_key_are_put_together_and_of_several_files_the_last_holds(
    formats, tmp_path
):
    write(tmp_path / "a.parquet", forest(tree("s", 1), tree("t", 2), tree("s", 1)))
    write(tmp_path / "b.parquet", forest(tree("t", 1), tree(None, 0), tree(None, 0)))
    found = [(row["conversation_id"], row["problem"]) for row in raw(tmp_path)]
    again = "duplicate_conversation_id"
    assert found == [
        ("s.0", None),
        ("s.0", again),
        ("t.0", "superseded"),
        ("t.1", "superseded"),
        ("t.0", None),
        ("None.q", None),  # without a key a row is alone
        ("None.q", again),
    ]


def test_scattered_rows_are_read_as_those_that_stand_together(formats, tmp_path):
    whole = forest(*(tree(f"t{n}", 3) for n in range(400)))
    mixed = [i for shift in range(4) for i in range(shift, 1600, 4)]
    random.Random(1).shuffle(mixed)
    write(tmp_path / "a/a.parquet", whole)
    write(tmp_path / "b/a.parquet", {k: [v[i] for i in mixed] for k, v in whole.items()})
    told = [
        sorted(
            (row["conversation_id"], row["problem"], str(row["messages"])) for row in raw(folder)
        )
        for folder in (tmp_path / "a", tmp_path / "b")
    ]
    assert told[0] == told[1]
    assert len(told[0]) == 1200


def test_a_format_does_as_it_says(tmp_path):
    class Fewer(Format):
        def rows(self, table: pa.Table):
            return list(super().rows(table))[1:]

    class Twice(Format):
        def rows(self, table: pa.Table):
            return [told for told in super().rows(table) for _ in range(2)]

    shape = {"messages": "m", "key": "id", "required": ("m",), "fields": {}}
    path = write(tmp_path / "a.parquet", {"m": pa.array([dialogue("q")] * 2, MESSAGES)})
    (piece,) = SourceSpec(path=str(path), columns={"messages": "m"}).slices()
    piece = piece._replace(columns=(("m", "m"),))
    with pytest.raises(SourceError, match="format fewer makes 1 conversations of 2 rows"):
        piece._replace(format=Fewer(name="fewer", **shape)).read()
    with pytest.raises(SourceError, match="format twice gives two conversations of row 0 one id"):
        piece._replace(format=Twice(name="twice", row="piece", **shape)).read()


@given(
    st.lists(st.tuples(st.sampled_from([1, MAX_BYTES // 3, MAX_BYTES]), st.booleans()), max_size=30)
)
def test_joined_rows_are_never_cut_apart(rows):
    sized = [Sized(row, size, False, row > 0 and on) for row, (size, on) in enumerate(rows)]
    pieces = list(cut(sized))
    assert [row for piece in pieces for row in piece.rows] == list(range(len(rows)))
    for piece in pieces:
        first, *others = (sized[row] for row in piece.rows)
        assert not first.joined
        heads = [first, *(one for one in others if not one.joined)]
        assert len(heads) == 1 or sum(sized[row].text_bytes for row in piece.rows) <= MAX_BYTES


def test_a_format_that_fails_says_where_and_quotes_nothing(monkeypatch, tmp_path):
    class Broken(Format):
        def rows(self, table: pa.Table):
            raise KeyError(table["messages"][0].as_py()[0]["content"])

    form = Broken(**{f.name: getattr(FORMATS["conversations"], f.name) for f in fields(Format)})
    monkeypatch.setitem(FORMATS, "conversations", form)
    secret = "the words of somebody"
    path = write(
        tmp_path / "a.parquet",
        {"messages": pa.array([dialogue(secret)], MESSAGES), "conversation_id": ["a"]},
    )
    with pytest.raises(
        SourceError, match=r"a\.parquet: format conversations failed \(KeyError"
    ) as e:
        raw(path)
    assert "its message is withheld" in str(e.value)
    assert e.value.__cause__ is None
    assert secret not in str(e.value)
