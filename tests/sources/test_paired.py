"""Paired dumps give each prompt once."""

from __future__ import annotations

import pyarrow as pa

from logminer.sources.spec import SourceSpec
from tests.kit.dumps import MESSAGES, dialogue, parts, raw, refusal, write


def paired(rows: list[tuple[str | None, str, str]], **more: list[object]) -> dict[str, object]:
    return {
        "prompt_id": [row[0] for row in rows],
        "prompt_messages": pa.array([dialogue(row[1]) for row in rows], MESSAGES),
        "model": [row[2] for row in rows],
        "response": ["answer"] * len(rows),
        **more,
    }


def test_paired_gives_each_prompt_once(tmp_path):
    rows = [(f"p{i % 700}", f"text {i % 700}", f"m{i // 700}") for i in range(2100)]
    path = write(tmp_path / "a.parquet", paired(rows, user_id=[f"u{i % 3}" for i in range(2100)]))
    spec = SourceSpec(path=str(path))
    info = spec.check()
    assert (info.format, info.rows) == ("paired", 700)
    assert not spec.has_answers()
    found = raw(path)
    assert [row["row"] for row in found] == list(range(700))
    assert found[5]["conversation_id"] == found[5]["prompt_id"] == "p5"
    assert (found[5]["user_id"], found[5]["model"]) == ("u2", None)
    assert [m["role"] for m in found[5]["messages"]] == ["user"]


def test_paired_prompts_are_distinct_over_all_files(tmp_path):
    write(tmp_path / "b.parquet", paired([(f"p{i}", f"t{i}", "b") for i in range(10)]))
    alone = parts(tmp_path)
    write(tmp_path / "a.parquet", paired([(f"p{i}", f"t{i}", "a") for i in (3, 11)]))
    found = raw(tmp_path)
    assert SourceSpec(path=str(tmp_path)).check().rows == len(found) == 11
    assert [row["prompt_id"] for row in found][:3] == ["p3", "p11", "p0"]
    # Row 0 still comes first in b, but the part holds other rows: it must not pass for the old one.
    assert parts(tmp_path)[1] != alone[0]


def test_another_text_under_a_known_prompt_id_is_a_prompt_of_its_own(tmp_path):
    rows = [("p", "one", "a"), ("p", "two", "b"), ("p", "one ", "c"), (None, "three", "a")]
    first, second, third = raw(write(tmp_path / "a.parquet", paired(rows)))
    assert first["conversation_id"] == "p"
    assert str(second["conversation_id"]).startswith("p#")
    assert (first["prompt_id"], second["prompt_id"], third["prompt_id"]) == ("p", "p", None)
    assert second["messages"][0]["content"] == "two"
    assert str(third["conversation_id"]).endswith(":3")


def test_kept_attributes_must_belong_to_the_prompt(tmp_path):
    rows = [("p", "one", "a"), ("p", "one", "b"), ("q", "two", "a")]
    path = write(tmp_path / "a.parquet", paired(rows, safe=[True, True, False], grade=[1, 2, 3]))
    assert "column 'grade' differs between rows of one prompt" in refusal(path, keep=("grade",))
    assert SourceSpec(path=str(path), keep=("safe",)).check().rows == 2
    assert [row["attributes"] for row in raw(path, keep=("safe",))] == [
        [("safe", "true")],
        [("safe", "false")],
    ]
