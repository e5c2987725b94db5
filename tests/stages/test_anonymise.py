"""The stage `anonymise`: its laws, and what its rows hold."""

import json
import pickle
import random
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from logminer.errors import SecretError
from logminer.ids import Pseudonyms, load_key
from logminer.privacy.options import AnonymiseOptions
from logminer.privacy.requests import known_surrogates
from logminer.schemas import CONVERSATIONS, RAW_CONVERSATIONS
from logminer.stages.anonymise import Anonymise
from logminer.stages.base import Transform

KEY = "ab" * 32
BODY = ("content", "thoughts", "name", "tool_calls", "tool_call_id")


def stage(**options: Any) -> Anonymise:
    return Anonymise(
        options=AnonymiseOptions(**options),
        project="test",
        key_id=Pseudonyms(load_key(), "test").key_id,
    )


def message(role: str, content: str | None, **rest: str) -> dict[str, Any]:
    return {"role": role, **dict.fromkeys(BODY), "content": content, **rest}


def row(number: int, *messages: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {
        "row": number,
        "conversation_id": f"raw-{number}",
        "user_id": f"user-{number % 2}",
        "prompt_id": None,
        "messages": list(messages),
        "model": "gpt-4",
        "created_at": datetime(2026, 10, 1, tzinfo=UTC),
        "language": "English",
        "attributes": {"safe": "true", "author": "anna keller"},
        **rest,
    }


def batch(rows: list[dict[str, Any]]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(rows, schema=RAW_CONVERSATIONS.schema)


def dump() -> list[dict[str, Any]]:
    costly = "".join(random.Random(0).choices("ab.", k=100_000))
    calls = json.dumps(
        [{"id": "call_a1b2c3d4", "function": {"arguments": json.dumps({"to": "bob@firma.test"})}}]
    )
    return [
        row(
            0,
            message("system", "You help Anna Kowalska."),
            message("user", "I am Anna Kowalska from Warsaw, anna@mail.test."),
            message("assistant", "Hello Anna Kowalska!", thoughts="It is Anna Kowalska, anna@mail.test.", tool_calls=calls),
            message("tool", "sent to bob@firma.test", name="send", tool_call_id="call_a1b2c3d4"),
            message("user", "My card is 4111 1111 1111 1111."),
        ),
        row(1, message("user", "Wie geht es dir?"), language="de"),
        row(2, problem="unreadable_messages", messages=None, attributes=None),
        row(3),
        row(4, message("user", costly), language=None),
        row(5, message("wizard", "Hello there")),
        row(6, message("user", "How do I sort a list of numbers in Python quickly?"), message("assistant", None), user_id=None, language=None, prompt_id="p-6", model="anna@mail.test", created_at=None),
        row(7, message("user", "Bonjour, pouvez-vous m'aider à écrire une lettre de motivation ?"), language=""),
    ]  # fmt: skip


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGMINER_KEY", KEY)


@pytest.fixture(scope="module")
def opened() -> Transform:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOGMINER_KEY", KEY)
        return stage().open()


@pytest.fixture(scope="module")
def out(opened: Transform) -> list[dict[str, Any]]:
    return opened(batch(dump())).to_pylist(maps_as_pydicts="strict")


def test_laws(opened: Transform) -> None:
    assert pickle.loads(pickle.dumps(stage())) == stage()
    empty = opened(batch([]))
    assert (empty.num_rows, empty.schema) == (0, CONVERSATIONS.schema)
    whole = opened(batch(dump()))
    assert whole.schema.equals(CONVERSATIONS.schema, check_metadata=True)
    assert whole.equals(opened(batch(dump())))
    parts = [opened(batch(dump()[i : i + 3])) for i in range(0, 8, 3)]
    assert pa.Table.from_batches(parts).to_pylist() == whole.to_pylist()


def test_fingerprint_follows_options_and_key() -> None:
    base = stage().fingerprint()
    assert base == stage().fingerprint()
    assert base != stage(profile="strict").fingerprint()
    assert (
        base != Anonymise(options=AnonymiseOptions(), project="test", key_id="other").fingerprint()
    )


def test_one_row_out_for_each_row_in(out: list[dict[str, Any]]) -> None:
    assert [r["row"] for r in out] == list(range(8))
    assert [r["rejected"] for r in out] == [
        None, "unsupported_language", "unreadable_messages", "no_messages",
        "analysis_timeout", "unknown_role", None, "unsupported_language",
    ]  # fmt: skip
    assert [out[i]["language"] for i in (0, 1, 6, 7)] == ["en", "de", "en", "fr"]


def test_a_rejected_row_keeps_ids_and_loses_text(out: list[dict[str, Any]]) -> None:
    for r in out:
        if r["rejected"]:
            assert r["conversation_id"]
            assert r["split"] in ("discovery", "inference")
            gone = (
                "messages",
                "redactions",
                "model",
                "attributes",
                "source_key",
                "content_keys",
                "created_at",
            )
            assert [r[name] for name in gone] == [None] * len(gone)


def test_nothing_raw_is_left_in_any_column(out: list[dict[str, Any]]) -> None:
    text = json.dumps(out, default=str, ensure_ascii=False)
    for raw in (
        "Anna",
        "Kowalska",
        "Warsaw",
        "anna@mail.test",
        "bob@firma.test",
        "4111 1111",
        "raw-",
        "user-0",
        "keller",
    ):
        assert raw not in text


def test_redactions_say_where(out: list[dict[str, Any]]) -> None:
    first = out[0]
    fields = {(r["message_index"], r["field"]) for r in first["redactions"]}
    assert {
        (0, "content"),
        (1, "content"),
        (2, "content"),
        (2, "thoughts"),
        (2, "tool_calls"),
        (3, "content"),
        (4, "content"),
    } == fields
    for r in first["redactions"]:
        value = first["messages"][r["message_index"]][r["field"]][r["start"] : r["end"]]
        assert value.endswith("@example.org") or r["entity_type"] != "EMAIL_ADDRESS"
    people = {
        first["messages"][r["message_index"]][r["field"]][r["start"] : r["end"]]
        for r in first["redactions"]
        if r["entity_type"] == "PERSON"
    }
    assert len(people) == 1
    assert people <= known_surrogates(first["messages"], first["redactions"])


def test_ids_and_keys(out: list[dict[str, Any]]) -> None:
    pseudonyms = Pseudonyms(load_key(), "test")
    first, sixth = out[0], out[6]
    assert first["conversation_id"] == pseudonyms.conversation("raw-0")
    assert first["user_id"] == pseudonyms.user("user-0")
    assert first["split"] == pseudonyms.split(first["user_id"])
    assert sixth["user_id"] is None
    assert sixth["split"] == pseudonyms.split(sixth["conversation_id"])
    assert first["source_key"] == pseudonyms.source_key("raw-0")
    assert sixth["source_key"] == pseudonyms.source_key("p-6")
    raw = [(m["role"], m["content"]) for m in dump()[0]["messages"]]
    assert first["content_keys"] == [pseudonyms.content_key(raw[:2]), pseudonyms.content_key(raw)]


def test_values_beside_the_dialogue(out: list[dict[str, Any]]) -> None:
    assert out[0]["attributes"] == {"safe": "true", "author": "redacted"}
    assert (out[0]["model"], out[6]["model"]) == ("gpt-4", None)
    assert out[0]["created_at"] == datetime(2026, 10, 1, tzinfo=UTC)
    assert out[6]["messages"][1]["content"] is None
    assert out[0]["messages"][3]["name"] == "send"


def test_another_key_than_planned_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    planned = stage()
    monkeypatch.setenv("LOGMINER_KEY", "cd" * 32)
    with pytest.raises(SecretError, match="not the one this run was planned with"):
        planned.open()
