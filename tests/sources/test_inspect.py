"""Logs of Inspect: whatever their layout, the same conversations, states and scores."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from logminer.errors import SourceError
from logminer.sources.inspect_log import open_log
from logminer.sources.spec import SourceSpec
from tests.kit.dumps import raw, refusal
from tests.kit.inspect_logs import HEX, LAYOUTS, header, sample, write_archive, write_log

Record = dict[str, Any]

ASKED: Record = {"role": "user", "content": "what is it", "id": "m1"}


def said(*parts: Record | str, **fields: Any) -> Record:
    content = [{"type": "text", "text": p} if isinstance(p, str) else p for p in parts]
    return {"role": "assistant", "content": content, "id": "m2", **fields}


def thought(text: str, **fields: Any) -> Record:
    return {"type": "reasoning", "reasoning": text, **fields}


def called() -> list[Record]:
    """A dialogue with a tool, a picture, and texts that stand among the attachments."""
    call = {
        "id": "c1",
        "function": "look",
        "arguments": {"place": f"attachment://{HEX}"},
        "type": "function",
    }
    return [
        {"role": "system", "content": "be brief", "id": "s"},
        {
            "role": "user",
            "id": "u",
            "content": [
                {"type": "text", "text": f"attachment://{HEX[::-1]}"},
                {"type": "image", "image": f"attachment://{HEX}"},
            ],
        },
        {"role": "assistant", "content": "let me look", "tool_calls": [call], "id": "a"},
        {"role": "tool", "content": "", "function": "look", "tool_call_id": "c1", "id": "t",
         "error": {"type": "unknown", "message": "nothing there"}},
        said(thought("sealed", redacted=True), "not there", id="b"),
    ]  # fmt: skip


ATTACHED = {HEX: "the cellar", HEX[::-1]: "look in the cellar"}


def samples() -> list[Record]:
    return [
        sample("one", ASKED, said(thought("it is blue"), "blue")),
        sample("one", ASKED, said(thought("x", redacted=True, summary="in short"), "red"), epoch=2),
        sample("two/b", *called(), attachments=ATTACHED),
        sample(10, {"role": "user", "content": "ten"}, {"role": "assistant", "content": "10"}),
        sample(9, {"role": "user", "content": "nine"}, {"role": "assistant", "content": "9"}),
    ]


def rows(path: Path, *columns: str) -> list[Record]:
    log = open_log(path)
    return [row for batch in log.scan(columns or log.names) for row in batch]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_conversations(tmp_path, layout):
    found = raw(write_log(tmp_path / "log", samples(), layout))
    by_id = {row["conversation_id"]: row for row in found}
    first = by_id["U-one-1"]
    assert (first["prompt_id"], first["model"]) == ("probe/one", "lab/model")
    assert first["created_at"].isoformat() == "2026-03-01T10:00:05+00:00"
    assert [(m["role"], m["content"], m["thoughts"]) for m in first["messages"]] == [
        ("user", "what is it", None),
        ("assistant", "blue", "it is blue"),
    ]
    assert by_id["U-one-2"]["messages"][1]["thoughts"] == "in short"
    assert by_id["U-one-2"]["prompt_id"] == "probe/one"
    told = by_id["U-two/b-1"]
    assert [(m["role"], m["content"], m["name"]) for m in told["messages"]] == [
        ("system", "be brief", None),
        ("user", "look in the cellar\n[image]", None),
        ("assistant", "let me look", None),
        ("tool", "nothing there", "look"),
        ("assistant", "not there", None),
    ]
    call = json.loads(told["messages"][2]["tool_calls"])[0]
    assert json.loads(call["function"]["arguments"]) == {"place": "the cellar"}
    assert [sign["withheld"] for sign in told["signs"]] == [True]
    assert not any(row["user_id"] or row["problem"] for row in found)
    if layout != "json":  # as inspect has them: by epoch, then numbers as numbers
        assert [row["conversation_id"] for row in found][:2] == ["U-9-1", "U-10-1"]


def test_a_folder_of_logs_is_read_and_a_sample_that_was_logged_again_counts_once(tmp_path):
    write_log(tmp_path / "a", samples()[:1], eval_id="E1")
    write_log(tmp_path / "b", [sample("one", ASKED, said("green")), samples()[3]], eval_id="E2")
    (tmp_path / "notes.json").write_text('{"about": "these logs"}')
    found = raw(tmp_path)
    assert [row["problem"] for row in found] == ["superseded", None, None]
    assert SourceSpec(path=str(tmp_path)).check().format == "inspect"
    log = write_log(tmp_path / "whole" / "x", samples())
    write_log(tmp_path / "whole" / "x.shards" / "0" / "y", samples()[:2])
    spec = SourceSpec(path=str(log.parent))
    assert spec.check().files == 1
    assert [(Path(s.path).name, s.looks_like_data) for s in spec.skipped()] == [("x.shards", True)]
    log.rename(tmp_path / "elsewhere.eval")
    assert spec.check().rows == 2


def test_what_inspect_writes_beside_its_logs_is_no_log(tmp_path):
    log = write_log(tmp_path / "a", samples(), "json")
    (tmp_path / "logs.json").write_text(json.dumps({log.name: header()}, indent=2))
    (tmp_path / "eval-set.json").write_text(json.dumps({"eval_set_id": "S", "tasks": []}, indent=2))
    for path in (tmp_path, tmp_path / "*.json"):
        spec = SourceSpec(path=str(path))
        assert spec.check().files == 1
        assert {Path(one.path).name for one in spec.skipped()} == {"logs.json", "eval-set.json"}
    log.rename(tmp_path / "listing.json")  # a log may have any name
    assert SourceSpec(path=str(tmp_path)).check().rows == len(samples())


def test_a_column_that_one_of_several_logs_lacks_is_null_there(tmp_path):
    """A log has the scorers and the metadata of its samples, and one that failed at its start has none."""
    told: Record = {"metadata": {"kind": "b"}, "scores": {"judge": {"value": 3}}}
    write_log(tmp_path / "a", [sample("1", ASKED, said("no"))], eval_id="A")
    write_log(tmp_path / "b", [sample("2", ASKED, said("yes"), **told)], eval_id="B")
    write_log(tmp_path / "c", [], eval_id="C")
    path, keep = str(tmp_path), ("metadata.kind", "judge")
    assert SourceSpec(path=path, keep=keep).check().rows == 2
    found = {row["conversation_id"]: dict(row["attributes"]) for row in raw(path, keep=keep)}
    assert found == {"U-1-1": {}, "U-2-1": {"metadata.kind": "b", "judge": "3"}}
    assert [row["prompt_id"] for row in raw(path, where={"judge": 3})] == ["probe/2"]
    for options in ({"keep": ("metadata.kin",)}, {"where": {"metadata.kin": "b"}}):
        assert "did you mean 'metadata.kind'?" in refusal(path, **options)


ENDS = {
    "max_tokens": ({"stop": "max_tokens"}, ("length", None)),
    "content_filter": ({"stop": "content_filter"}, ("content_filter", "content_filter")),
    "unknown": ({"stop": "unknown"}, None),
    "error": ({"error": {"message": "boom", "traceback": ""}}, (None, "finish_reason:error")),
    "invalid": ({"invalidation": {"author": "somebody"}}, (None, "finish_reason:error")),
    "token": ({"limit": {"type": "token", "limit": 5}}, ("length", None)),
    "time": ({"limit": {"type": "time", "limit": 5}}, ("length", None)),
    "operator": ({"limit": {"type": "operator", "limit": 1}}, (None, "finish_reason:error")),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_how_a_sample_ended_is_the_state_of_its_answer(tmp_path, layout):
    all_ends = [sample(name, ASKED, said("so"), **how) for name, (how, _) in ENDS.items()]
    silent = sample("silent", ASKED, error={"message": "boom", "traceback": ""})
    path = write_log(tmp_path / "log", [*all_ends, silent], layout)
    found = {row["conversation_id"]: row for row in raw(path)}
    for name, (_, expected) in ENDS.items():
        signs = found[f"U-{name}-1"]["signs"]
        assert [(s["finish_reason"], s["error"]) for s in signs] == ([expected] if expected else [])
    # Where nothing was answered, an empty answer is what failed.
    assert [m["role"] for m in found["U-silent-1"]["messages"]] == ["user", "assistant"]
    assert found["U-silent-1"]["signs"][0]["error"] == "finish_reason:error"
    columns = {
        row["sample_id"]: row for row in rows(path, "sample_id", "error", "finish_reason", "limit")
    }
    assert columns["invalid"]["error"] == columns["silent"]["error"] == "recorded_error"
    assert columns["operator"]["error"] == "recorded_error"
    assert (columns["token"]["finish_reason"], columns["token"]["limit"]) == ("length", "token")
    assert "boom" not in str(columns)


def scored() -> list[Record]:
    scores = {
        "judge": {"value": "C", "explanation": "words"},
        "audit": {"value": {"eval_awareness": 7, "needless": None}},
        "model": {"value": 0.5},
    }
    unscored = {
        "judge": {"value": float("nan"), "reason": "grader_failed"},
        "audit": {"value": float("nan"), "metadata": {"refusal": True}, "explanation": "words"},
    }
    old = {"judge": {"value": float("nan"), "metadata": {"unscored_reason": "two words"}}}
    metadata = {"kind": "x  y", "n": 3, "long": "word " * 500, "nested": [1], "gone": None}
    return [
        sample("a", ASKED, said("so"), scores=scores, metadata=metadata),
        sample("b", ASKED, said("so"), scores=unscored),
        sample("c", ASKED, said("so"), scores=old),
    ]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_scores_and_metadata_are_columns_and_what_was_not_scored_is_null_with_a_reason(
    tmp_path, layout
):
    path = write_log(tmp_path / "log", scored(), layout)
    first, second, third = rows(path)
    assert (first["judge"], first["audit.eval_awareness"], first["scores.model"]) == ("C", 7, 0.5)
    assert (first["judge.reason"], first["audit.needless"]) == (None, None)
    assert (second["judge"], second["judge.reason"]) == (None, "grader_failed")
    assert (second["audit.eval_awareness"], second["audit.reason"]) == (None, "grader_failed")
    assert third["judge.reason"] == "other"  # two words may be anybody's
    assert (first["metadata.kind"], first["metadata.n"]) == ("x y", 3)
    assert len(first["metadata.long"]) <= 1024
    assert "metadata.nested" not in first
    assert (first["model"], first["prompt_id"]) == ("lab/model", "probe/a")
    # Summaries, which are read where they will do, say the same as samples.
    small = [name for name in first if name not in ("messages", "finish_reason", "error")]
    assert rows(path, *small) == [{name: row[name] for name in small} for row in rows(path)]
    kept = raw(path, keep=("metadata.kind", "audit.eval_awareness"))
    assert kept[0]["attributes"] == [("metadata.kind", "x y"), ("audit.eval_awareness", "7")]


def test_rows_can_be_taken_from_anywhere(tmp_path):
    path = write_log(tmp_path / "log", [sample(i, ASKED, said(str(i))) for i in range(40)])
    log = open_log(path)
    for wanted in ([3, 30], [5], [0, 39]):
        taken = log.take(wanted, ["sample_id", "messages"])
        assert [row["sample_id"] for row in taken] == wanted
        assert [row["messages"][1]["content"][0]["text"] for row in taken] == [
            str(i) for i in wanted
        ]


ROLES = {"target": {"model": "lab/target"}, "auditor": {"model": "lab/auditor"}}
SEED = {"role": "user", "content": "audit it"}
ANSWER = {"role": "assistant", "content": "I will not", "id": "x"}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    "packages", [{"petri": "0.2"}, {"inspect_petri": "2.1.0"}, {"inspect_petri": "3.1.1"}]
)
def test_of_an_audit_the_target_is_who_answers(tmp_path, layout, packages):
    auditors = [SEED, {"role": "assistant", "content": "sending"}]
    targets = [{"role": "user", "content": "do it"}, ANSWER]
    output = {"choices": [{"message": ANSWER, "stop_reason": "max_tokens"}]}
    calls = [
        {"event": "model", "role": "target", "input": [SEED], "output": {}},
        {"event": "model", "role": "target", "input": targets[:1], "output": output},
        {"event": "model", "role": "auditor", "input": auditors, "output": {}},
        {"event": "score"},
    ]
    old = "3.1.1" not in packages.values()
    told = sample("s", *(auditors if old else targets), events=calls)
    path = write_log(
        tmp_path / "log", [told], layout, packages=packages, model_roles=ROLES, model="none/none"
    )
    (row,) = raw(path)
    assert row["model"] == "lab/target"
    assert [m["content"] for m in row["messages"]] == ["do it", "I will not"]
    assert not old or row["signs"][0]["finish_reason"] == "length"


def test_an_audit_whose_target_never_spoke_is_rejected_and_counted(tmp_path):
    pooled = {"event": "model", "role": "target", "input": [], "input_refs": [[1, 2]], "output": {}}
    data = {"messages": [SEED, {"role": "user", "content": "do it"}], "calls": []}
    told = [
        sample("silent", SEED, {"role": "assistant", "content": "hm"}),
        sample("spoken", SEED, events=[pooled], events_data=data),
    ]
    silent, spoken = raw(write_log(tmp_path / "log", told, packages={"petri": "0.2"}))
    assert silent["problem"] == "null_messages"
    assert [m["content"] for m in spoken["messages"]] == ["do it"]


@pytest.mark.parametrize("layout", ["zstd", "deflate", "chunked"])
def test_of_a_log_that_is_still_written_the_samples_so_far_are_read(tmp_path, layout):
    path = write_log(tmp_path / "log", scored(), layout, finished=False)
    assert [row["audit.reason"] for row in rows(path)] == [None, "grader_failed", None]
    assert {row["log_status"] for row in rows(path)} == {"started"}


def test_a_log_without_summaries_is_read_by_its_samples(tmp_path):
    told = {**scored()[0], "score": {"value": 1}}
    del told["scores"], told["uuid"]
    members = {"header.json": header(), "samples/a_epoch_1.json": told}
    write_archive(tmp_path / "old.eval", members)
    (row,) = rows(tmp_path / "old.eval")
    assert (row["judge"], row["metadata.n"], row["conversation_id"]) == (1, 3, "E1/a/1")


def test_what_is_no_log_is_told_by_name(tmp_path):
    whole = write_log(tmp_path / "log", samples()).read_bytes()
    cut, empty, other = (tmp_path / f"{name}.eval" for name in ("cut", "empty", "other"))
    cut.write_bytes(whole[:-400])
    assert "an Inspect log whose end is missing" in refusal(cut)
    empty.write_bytes(b"")
    assert "an empty file, not an Inspect log" in refusal(empty)
    other.write_bytes(b"some words")
    assert "not an Inspect log: no zip archive" in refusal(other)
    write_archive(other, {"words.json": []})
    assert "a zip archive without 'header.json'" in refusal(other)
    write_archive(other, {"header.json": header(), "samples/a_epoch_1.json": [1]})
    assert "'samples/a_epoch_1.json' is no sample" in refusal(other)
    half = write_log(tmp_path / "half", samples(), "json")
    half.write_text(half.read_text()[:-900])
    assert "ends too early" in refusal(half)
    half.write_text('{"data": []}')
    assert "it has no 'eval'" in refusal(half, format="inspect")


def test_a_damaged_sample_stops_the_reading_without_its_words(tmp_path):
    path = write_log(tmp_path / "log", [sample("a", ASKED, said("secret " * 50))])
    held = bytearray(path.read_bytes())
    at = held.index(b"samples/a_epoch_1.json") + 60
    held[at : at + 20] = b"\0" * 20
    path.write_bytes(bytes(held))
    with pytest.raises(SourceError, match=r"'samples/a_epoch_1.json' is damaged") as caught:
        rows(path)
    assert "secret" not in str(caught.value)
