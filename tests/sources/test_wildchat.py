"""WildChat and LMSYS-Chat-1M, in the schemas of their dataset cards."""

from __future__ import annotations

import pickle

import pyarrow as pa

from logminer.privacy.languages.language import normalise_language
from logminer.sources.spec import SourceSpec
from tests.kit.dumps import raw, refusal, said, write
from tests.kit.wildchat import LATER, MODERATION, NAIVE, TEXT, WHEN, ZONED, message, wildchat


def test_both_schemas_read_alike(tmp_path):
    one = write(tmp_path / "1m/a.parquet", wildchat(message(ZONED), ZONED))
    other = write(tmp_path / "4.8m/a.parquet", wildchat(message(NAIVE, **LATER), NAIVE))
    for path in (one, other):
        info = SourceSpec(path=str(path)).check()
        assert (info.format, info.rows) == ("wildchat", 3)
        rows = raw(path)
        assert [said(row) for row in rows] == [
            [("user", f"q{i}"), ("assistant", f"a{i}")] for i in range(3)
        ]
        assert [(r["conversation_id"], r["user_id"], r["model"]) for r in rows] == [
            ("h0", "ip1", "gpt-4"),
            ("h1", "ip1", "gpt-4"),
            ("h2", "ip2", "gpt-4"),
        ]
        assert {row["created_at"] for row in rows} == {WHEN}
        assert [normalise_language(row["language"]) for row in rows] == ["en", "es", "en"]
        assert SourceSpec(path=str(path)).profile().users == 2


def test_moderation_and_flags_are_attributes(tmp_path):
    path = write(tmp_path / "a.parquet", wildchat(message(ZONED), ZONED))
    keep = ("toxic", "redacted", "moderation_flagged", "moderation.self-harm", "detoxify.toxicity")
    spec = SourceSpec(path=str(path), keep=keep)
    spec.check()
    slices = pickle.loads(pickle.dumps(list(spec.slices())))
    kept = [dict(row["attributes"]) for piece in slices for row in piece.read().to_pylist()]
    assert kept == [
        dict.fromkeys(keep, "true") | {"redacted": "false"},
        dict.fromkeys(keep, "false"),
        {"toxic": "false", "redacted": "true"},  # nothing was said of its messages
    ]
    assert "'moderation.self_harm'; did you mean 'moderation.self-harm'?" in refusal(
        path, keep=("moderation.self_harm",)
    )


def test_a_user_may_be_an_address_and_a_browser(tmp_path):
    path = write(
        tmp_path / "a.parquet", wildchat(message(ZONED), ZONED, hashed_ip=["ip1", "ip1", None])
    )
    users = [row["user_id"] for row in raw(path, columns={"user_header": "header"})]
    assert len(set(users)) == 3
    assert users[0] is not None
    assert users[2] is None


def test_conversations_that_say_the_same_are_told_apart_by_their_turns(tmp_path):
    kind = message(ZONED)
    names = [field.name for field in kind.value_type]

    def same(*turns: int | None) -> dict[str, object]:
        asked = [dict.fromkeys(names) | {"role": "user", "content": "hi", "turn_identifier": turn} for turn in turns]  # fmt: skip
        talks = pa.array([[one] for one in asked], kind)
        return wildchat(kind, ZONED, conversation=talks, conversation_hash=["same"] * 3)

    write(tmp_path / "a.parquet", same(101, 102, None))
    assert [(r["conversation_id"], r["prompt_id"], r["problem"]) for r in raw(tmp_path)] == [
        ("101", "same", None),
        ("102", "same", None),
        ("same", "same", None),
    ]
    write(tmp_path / "b.parquet", same(102, 103, 104))
    found = {row["conversation_id"]: row["problem"] for row in raw(tmp_path / "a.parquet")}
    assert found == {"101": None, "102": None, "same": None}
    both = [(row["conversation_id"], row["problem"]) for row in raw(tmp_path)]
    assert both[1] == ("102", "superseded")
    assert [problem for _, problem in both].count(None) == 5


def test_only_what_is_read_of_a_message_counts_for_the_cuts(tmp_path):
    whole = wildchat(message(ZONED), ZONED)
    path = write(tmp_path / "a.parquet", whole)
    (piece,) = SourceSpec(path=str(path)).slices()
    fields = piece._reader().table([0], ["conversation"]).schema.field(0).type.value_type
    assert {field.name for field in fields} == {"role", "content", "turn_identifier"}


def test_lmsys_names_no_users(tmp_path):
    talk = pa.list_(pa.struct([("content", TEXT), ("role", TEXT)]))
    columns = {
        "conversation_id": ["c0", "c1"],
        "model": ["vicuna-13b", "alpaca-13b"],
        "conversation": pa.array(
            [
                [{"content": "q", "role": "user"}, {"content": "a", "role": "assistant"}],
                [{"content": "q", "role": "user"}],
            ],
            talk,
        ),
        "turn": [1, 1],
        "language": ["English", "unknown"],
        "openai_moderation": pa.array([[{"flagged": True}], [{"flagged": False}]], MODERATION),
        "redacted": [False, True],
    }
    path = write(tmp_path / "a.parquet", columns)
    spec = SourceSpec(path=str(path), keep=("redacted", "moderation_flagged"))
    assert spec.check().format == "lmsys"
    first, second = raw(path, keep=spec.keep)
    assert said(first) == [("user", "q"), ("assistant", "a")]
    assert dict(first["attributes"]) == {"redacted": "false", "moderation_flagged": "true"}
    assert (first["user_id"], first["created_at"], first["model"]) == (None, None, "vicuna-13b")
    assert normalise_language(second["language"]) is None  # what it looks like decides
    assert spec.profile().users is None


def test_languages_go_by_the_names_that_wildchat_and_lmsys_give_them():
    codes = {
        "Afrikaans": "af",
        "Bokmal": "nb",
        "Nynorsk": "nn",
        "Ganda": "lg",
        "Maori": "mi",
        "Persian": "fa",
        "Shona": "sn",
        "Slovene": "sl",
        "Sotho": "st",
        "Tagalog": "tl",
        "Tsonga": "ts",
        "Tswana": "tn",
        "Haitian Creole": "ht",
        "Western Frisian": "fy",
        "Scottish Gaelic": "gd",
        "Norwegian Nynorsk": "no",
        "Klingon": None,
        "xx-Qaai": None,
    }
    assert {name: normalise_language(name) for name in codes} == codes


def test_a_conversation_that_is_no_list_is_refused(tmp_path):
    numbers = wildchat(message(ZONED), ZONED, conversation=[1, 2, 3])
    told = refusal(write(tmp_path / "a.parquet", numbers))
    assert "a.parquet: column 'conversation' is int64; it must be a list of records" in told
