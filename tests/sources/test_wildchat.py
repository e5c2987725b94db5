"""WildChat and LMSYS-Chat-1M, in the schemas of their dataset cards."""

from __future__ import annotations

import datetime
import pickle

import pyarrow as pa

from logminer.privacy.language import normalise_language
from logminer.sources.spec import SourceSpec
from tests.kit.dumps import raw, refusal, said, write

TEXT, TRUTH, WHOLE, REAL = pa.string(), pa.bool_(), pa.int64(), pa.float64()
HEADER = pa.struct([("accept-language", TEXT), ("user-agent", TEXT)])
PLACES = (
    "harassment",
    "harassment/threatening",
    "harassment_threatening",
    "self-harm",
    "self_harm",
)
MODERATION = pa.list_(
    pa.struct(
        [
            ("categories", pa.struct([(name, TRUTH) for name in PLACES])),
            ("category_scores", pa.struct([(name, REAL) for name in PLACES])),
            ("flagged", TRUTH),
        ]
    )
)
DETOXIFY = pa.list_(pa.struct([("toxicity", REAL), ("insult", REAL)]))


def message(time: pa.DataType, **more: pa.DataType) -> pa.DataType:
    fields = {
        "content": TEXT,
        "country": TEXT,
        "hashed_ip": TEXT,
        "header": HEADER,
        "language": TEXT,
        "redacted": TRUTH,
        "role": TEXT,
        "state": TEXT,
        "timestamp": time,
        "toxic": TRUTH,
        "turn_identifier": WHOLE,
    }
    return pa.list_(pa.struct(list((fields | more).items())))


ZONED, NAIVE = pa.timestamp("us", "UTC"), pa.timestamp("us")
USAGE = pa.struct([("completion_tokens", WHOLE), ("prompt_tokens", WHOLE)])
LATER = {
    "created": WHOLE,
    "openai_id": TEXT,
    "temperature": REAL,
    "token_counter": WHOLE,
    "top_p": REAL,
    "system_fingerprint": TEXT,
    "usage": USAGE,
}
WHEN = datetime.datetime(2024, 5, 1, 12, tzinfo=datetime.UTC)


def dump(kind: pa.DataType, when: pa.DataType, **columns: object) -> dict[str, object]:
    """Three conversations of two addresses; the first one's browser changes."""
    names = [field.name for field in kind.value_type]

    def turn(role: str, content: str) -> dict[str, object]:
        told = {
            "role": role,
            "content": content,
            "language": "English",
            "hashed_ip": "in a message",
        }
        return {name: told.get(name) for name in names}

    talks = [[turn("user", f"q{i}"), turn("assistant", f"a{i}")] for i in range(3)]
    flagged = [
        {"categories": {"self-harm": False, "self_harm": False}, "flagged": False},
        {"categories": {"self-harm": True, "self_harm": True}, "flagged": True},
    ]
    time = WHEN if when == ZONED else WHEN.replace(tzinfo=None)
    return {
        "conversation_hash": ["h0", "h1", "h2"],
        "model": ["gpt-4"] * 3,
        "timestamp": pa.array([time] * 3, when),
        "conversation": pa.array(talks, kind),
        "turn": [1, 1, 1],
        "language": ["English", "Spanish", "English"],
        "openai_moderation": pa.array([flagged, flagged[:1], None], MODERATION),
        "detoxify_moderation": pa.array(
            [[{"toxicity": 0.01}, {"toxicity": 0.4}], [{"toxicity": 0.1}], []], DETOXIFY
        ),
        "toxic": [True, False, False],
        "redacted": [False, False, True],
        "state": ["Texas", None, None],
        "country": ["United States", "Spain", None],
        "hashed_ip": ["ip1", "ip1", "ip2"],
        "header": pa.array(
            [{"accept-language": "en", "user-agent": agent} for agent in ("A", "B", "A")], HEADER
        ),
        **columns,
    }


def test_both_schemas_read_alike(tmp_path):
    one = write(tmp_path / "1m/a.parquet", dump(message(ZONED), ZONED))
    other = write(tmp_path / "4.8m/a.parquet", dump(message(NAIVE, **LATER), NAIVE))
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
    path = write(tmp_path / "a.parquet", dump(message(ZONED), ZONED))
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
        tmp_path / "a.parquet", dump(message(ZONED), ZONED, hashed_ip=["ip1", "ip1", None])
    )
    users = [row["user_id"] for row in raw(path, columns={"user_header": "header"})]
    assert len(set(users)) == 3
    assert users[0] is not None
    assert users[2] is None


def test_only_what_is_read_of_a_message_counts_for_the_cuts(tmp_path):
    whole = dump(message(ZONED), ZONED)
    path = write(tmp_path / "a.parquet", whole)
    (piece,) = SourceSpec(path=str(path)).slices()
    fields = piece._reader().table([0], ["conversation"]).schema.field(0).type.value_type
    assert {field.name for field in fields} == {"role", "content"}


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
    numbers = dump(message(ZONED), ZONED, conversation=[1, 2, 3])
    told = refusal(write(tmp_path / "a.parquet", numbers))
    assert "a.parquet: column 'conversation' is int64; it must be a list of records" in told
