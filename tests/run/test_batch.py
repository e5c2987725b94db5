"""Batches: what is exported, and what is taken in, is what a run would send and get."""

from __future__ import annotations

import json
import random
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from logminer.api import load_pipeline
from logminer.checkpoints.batches import files as batch_files
from logminer.cli.main import main
from logminer.errors import ConfigError, SourceError, StoreError
from logminer.ids import response_id
from logminer.pipeline.reporter import Quiet
from logminer.process import stopping
from logminer.store.lock import lock_study
from logminer.store.session import open_session
from tests.kit.batches import answered, refused
from tests.kit.openai_server import SECRET_WORDS, Server, completion, openai_server

EMAIL = "walter.brunner@posteo.example.com"
FILES, ROWS = 3, 6


def dump(folder: Path) -> None:
    """Three files, so that there are three parts."""
    (folder / "dump").mkdir()
    for file in range(FILES):
        rows = [
            {
                "conversation_id": f"{file}-{row}",
                "user_id": f"u{row}",
                "language": "en",
                "messages": [
                    {"role": "user", "content": f"Question {file}-{row}: how do I bake bread?"},
                    {"role": "assistant", "content": "With flour."},
                    {"role": "user", "content": f"And {file}-{row}? Write to {EMAIL}, please."},
                ],
            }
            for row in range(ROWS)
        ]
        pq.write_table(pa.Table.from_pylist(rows), folder / "dump" / f"{file}.parquet")


def pipeline(folder: Path, url: str = "http://127.0.0.1:9/v1", more: str = "") -> Path:
    if not (folder / "dump").exists():
        dump(folder)
    file = folder / "p.yaml"
    file.write_text(
        "study: study\nproject: tests\nsource: {path: dump/*.parquet}\n"
        f"checkpoints:\n  - {{name: m, kind: endpoint, url: '{url}', model: m, attempts: 2, pause_s: 0.01}}\n"
        "  - {name: other, kind: scripted}\n"
        f"workers: 0\n{more}"
    )
    return file


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def call_json(*arguments: object) -> dict[str, Any]:
    result = call(*arguments, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def export(file: Path, *arguments: object, checkpoint: str = "m") -> list[dict[str, Any]]:
    """The requests that were written."""
    out = file.parent / "batch.jsonl"
    found = call_json(
        "replay", "export", file, "--checkpoint", checkpoint, "--out", out, *arguments
    )
    written = [Path(f["path"]).read_text("utf-8").splitlines() for f in found["files"]]
    assert [len(lines) for lines in written] == [f["requests"] for f in found["files"]]
    requests = [json.loads(line) for lines in written for line in lines]
    assert found["requests"] == len(requests)
    return requests


def take_in(file: Path, *results: list[Any], checkpoint: str = "m") -> dict[str, Any]:
    """Import lines (text as it stands, everything else as JSON), a file for each list."""
    paths = []
    for number, lines in enumerate(results):
        path = file.parent / f"results-{number}.jsonl"
        texts = (line if isinstance(line, str) else json.dumps(line) for line in lines)
        path.write_text("".join(text + "\n" for text in texts), "utf-8")
        paths.append(path)
    found = call_json("replay", "import", file, "--checkpoint", checkpoint, *paths)
    counted = ("answered", "failed", "again", "unknown", "duplicates", "malformed")
    assert found["lines"] == sum(found[name] for name in counted)
    return found


def undone(request: dict[str, Any], code: str = "batch_expired") -> dict[str, Any]:
    error = {"code": code, "message": SECRET_WORDS}
    return {"id": "x", "custom_id": request["custom_id"], "response": None, "error": error}


def replayed(study: Path, pattern: str = "replay.m-*/*.parquet") -> list[dict[str, Any]]:
    """Rows of the parts (or of the lots beside them), by id."""
    tables = [pq.read_table(path) for path in (study / "parts").glob(pattern)]
    rows = [row for table in tables for row in table.to_pylist()]
    return sorted(rows, key=lambda row: str(row["response_id"]))


@pytest.fixture
def server() -> Iterator[Server]:
    with openai_server() as running:
        yield running


# --- export ------------------------------------------------------------------------------------------------------------


def test_requests_are_those_that_a_run_would_send(server: Server, tmp_path: Path) -> None:
    file = pipeline(tmp_path, server.url, "replay: {samples: 2, temperature: 0.7}\n")
    requests = export(file)
    assert server.headers == []  # nothing is sent
    assert len(requests) == len({r["custom_id"] for r in requests}) == 2 * FILES * ROWS
    assert {(r["method"], r["url"]) for r in requests} == {("POST", "/v1/chat/completions")}
    written = tmp_path / "batch.jsonl"
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert EMAIL not in written.read_text("utf-8")
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []
    load_pipeline(file).run()
    expected = sorted(json.dumps(r["body"], sort_keys=True) for r in requests)
    assert sorted(json.dumps(body, sort_keys=True) for body in server.bodies) == expected
    assert {r["response_id"] for r in replayed(tmp_path / "study")} == {
        r["custom_id"] for r in requests
    }
    assert export(file) == []
    assert not written.exists()  # sent again, it would be paid for again


def test_results_lose_what_was_found_in_the_conversation(tmp_path: Path) -> None:
    """The address stands in the prompt alone; a provider's model says its name in other ways."""
    file = pipeline(tmp_path)
    said = "Dear walter_brunner, B R U N N E R and rennurb: bake."
    take_in(file, [answered(request, said) for request in export(file)])
    rows = replayed(tmp_path / "study")
    assert len(rows) == FILES * ROWS
    for row in rows:
        bare = "".join(filter(str.isalpha, row["response"])).casefold()
        assert bare.startswith("dear")
        assert bare.endswith("bake")
        assert not any(name in bare for name in ("walter", "brunner", "rennurb"))


def test_files_are_split_and_an_earlier_export_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = pipeline(tmp_path)
    whole = export(file)
    assert [p.name for p in tmp_path.glob("batch*")] == ["batch.jsonl"]
    monkeypatch.setattr(batch_files, "MOST_REQUESTS", 7)
    assert export(file) == whole
    names = sorted(p.name for p in tmp_path.glob("batch*"))
    assert names == ["batch-001.jsonl", "batch-002.jsonl", "batch-003.jsonl"]
    line = max(len(json.dumps(r, ensure_ascii=False)) for r in whole) + 1
    monkeypatch.setattr(batch_files, "MOST_BYTES", 10 * line)
    monkeypatch.setattr(batch_files, "MOST_REQUESTS", 100)
    (tmp_path / "batch-mine.jsonl").touch()
    assert export(file) == whole
    names = sorted(p.name for p in tmp_path.glob("batch*"))
    assert names == ["batch-001.jsonl", "batch-002.jsonl", "batch-mine.jsonl"]
    assert all(p.stat().st_size <= 10 * line for p in tmp_path.glob("batch*"))


def test_only_the_prompts_drawn_and_the_answers_missing_are_asked(tmp_path: Path) -> None:
    file = pipeline(tmp_path)
    everything = {r["custom_id"]: r for r in export(file)}
    drawn = {r["custom_id"]: r for r in export(pipeline(tmp_path, more="replay: {sample: 9}\n"))}
    assert 3 <= len(drawn) < len(everything)
    assert drawn.items() <= everything.items()
    some = list(drawn.values())[:3]
    found = take_in(file, [answered(r) for r in some])
    assert (found["answered"], found["missing"]) == (3, len(drawn) - 3)
    assert [r["custom_id"] for r in export(file)] == list(drawn)[3:]
    # A larger sample takes over what the smaller one has: the rows are of the same kin.
    assert [r["custom_id"] for r in export(pipeline(tmp_path))] == [
        custom_id for custom_id in everything if custom_id not in list(drawn)[:3]
    ]


def test_what_is_no_endpoint_has_no_batch(tmp_path: Path) -> None:
    file = pipeline(tmp_path, more="compare: {noise_floor: true}\n")
    for name, words in {
        "other": "checkpoint other is of kind scripted",
        "nobody": "no checkpoint nobody",
        "m.agin": "no checkpoint m.agin",
    }.items():
        for arguments in (("export", file), ("import", file, tmp_path / "none.jsonl")):
            result = call("replay", *arguments, "--checkpoint", name)
            assert result.exit_code == 1
            if arguments[0] == "export":
                assert f"error: {words}" in result.output
                assert "there are: m, m.again" in result.output
                assert ("did you mean 'm.again'?" in result.output) == (name == "m.agin")
    loaded = load_pipeline(file)
    with pytest.raises(ConfigError, match="kind endpoint"):
        loaded.export_requests("other", tmp_path / "out.jsonl")
    with pytest.raises(SourceError, match=r"none\.jsonl: cannot be read"):
        loaded.import_results("m", [tmp_path / "none.jsonl"])
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be written"):
        loaded.export_requests("m", tmp_path / "file" / "out.jsonl")
    with lock_study(loaded.study), pytest.raises(StoreError, match="another run"):
        loaded.export_requests("m", tmp_path / "out.jsonl")
    # The second draw for the noise floor is a checkpoint of its own.
    assert {r["body"]["seed"] for r in export(file)}.isdisjoint(
        {r["body"]["seed"] for r in export(file, checkpoint="m.again")}
    )


# --- import ------------------------------------------------------------------------------------------------------------


def test_a_study_answered_in_a_batch_equals_one_asked_directly(
    server: Server, tmp_path: Path
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    direct = load_pipeline(pipeline(tmp_path / "a", server.url)).run()
    server.bodies.clear()
    server.headers.clear()
    file = pipeline(tmp_path / "b", server.url)
    found = take_in(file, [answered(request) for request in export(file)])
    assert (found["answered"], found["missing"]) == (FILES * ROWS, 0)
    assert (found["parts_finished"], found["parts_open"]) == (FILES, 0)
    batch = load_pipeline(file).run()
    assert (server.bodies, server.headers) == ([], [])  # not even to see whether it is there
    assert batch.responses == direct.responses
    tables = {
        "responses": "* EXCLUDE (latency_s)",
        "embeddings": "*",
        "judgements": "*",
        "assignments": "*",
        "comparisons": "*",
        "checkpoints": "* EXCLUDE (options)",
    }
    with open_session(tmp_path / "a/study") as one, open_session(tmp_path / "b/study") as other:
        for table, columns in tables.items():
            query = f"SELECT {columns} FROM {table} ORDER BY ALL"
            assert str(one.rows(query)) == str(other.rows(query)), table
        latencies = "SELECT count(latency_s) FROM responses WHERE checkpoint = 'm'"
        assert (one.rows(latencies), other.rows(latencies)) == ([(FILES * ROWS,)], [(0,)])


def test_a_run_asks_for_what_the_batch_left_open_and_nothing_else(
    server: Server, tmp_path: Path
) -> None:
    file = pipeline(tmp_path, server.url)
    requests = export(file)
    study = tmp_path / "study"
    output = [answered(r) for r in requests[: 2 * ROWS]]
    long = {"error": {"code": "context_length_exceeded", "message": SECRET_WORDS}}
    failed = {
        0: (refused(requests[0], 400, long), "context_too_long:400"),
        1: (refused(requests[1], 400), "refused_by_server:400"),
        2: (refused(requests[2], 400, {"error": {"code": "content_filter"}}), "content_filter:400"),
        3: (
            refused(requests[3], 200, completion(content=None, finish_reason="content_filter")),
            "content_filter",
        ),
        7: (refused(requests[7], 429), None),
        8: (refused(requests[8], 500), None),
        9: (undone(requests[9]), None),
        10: (refused(requests[10], 200, {"choices": []}), None),
        11: (refused(requests[11], 401), None),
        12: (undone(requests[12], "batch_cancelled"), None),
    }
    output = [line for number, line in enumerate(output) if number not in failed]
    errors = [line for line, _ in failed.values()]
    found = take_in(file, output, errors)
    assert (found["answered"], found["failed"], found["again"]) == (2 * ROWS - 9, 4, 6)
    codes = {code for _, code in failed.values() if code}
    codes |= {"rate_limited:429", "server_error:500", "timeout", "server_error", "empty_answer"}
    assert found["errors"] == dict.fromkeys(codes | {"refused_by_server:401"}, 1)
    assert (found["parts_finished"], found["parts_open"], found["missing"]) == (1, 2, 5 + ROWS)
    rows = {row["response_id"]: row for row in replayed(study)}
    assert len(rows) == ROWS  # whole parts; the rest lies beside them
    assert len(replayed(study, "replay.m-*/.chunks/*.parquet")) == 1
    for number in range(4):
        row = rows[requests[number]["custom_id"]]
        assert (row["error"], row["response"]) == (failed[number][1], None)
    assert SECRET_WORDS.encode() not in b"".join(
        p.read_bytes() for p in study.rglob("*") if p.is_file()
    )
    wanted = [r for number, r in enumerate(requests) if number >= 7]
    assert export(file) == wanted
    summary = load_pipeline(file).run()
    assert sorted(str(body["messages"]) for body in server.bodies) == sorted(
        str(r["body"]["messages"]) for r in wanted
    )
    assert summary.responses["m"] == FILES * ROWS
    assert sum(f.n for f in summary.failures if f.checkpoint == "m") == 4
    assert not replayed(study, "replay.m-*/.chunks/*.parquet")


def test_answers_are_anonymised_before_they_are_written(tmp_path: Path) -> None:
    file = pipeline(tmp_path)
    requests = export(file)
    said = f"Ask {EMAIL}. You said: {requests[0]['body']['messages'][-1]['content']}"
    lines = [answered(r, said) for r in requests[: ROWS + 2]]
    message = lines[0]["response"]["body"]["choices"][0]["message"]
    message["reasoning_content"] = f"They are {EMAIL}."
    take_in(file, lines)
    study = tmp_path / "study"
    rows = replayed(study) + replayed(study, "replay.m-*/.chunks/*.parquet")
    assert len(rows) == ROWS + 2
    assert EMAIL not in str(rows)
    [first] = [row for row in rows if row["response_id"] == requests[0]["custom_id"]]
    # What the prompt calls the person by stays.
    assert first["response"].endswith(said.split("You said: ")[1])
    assert first["thoughts"].startswith("They are ")
    assert (first["answered_by"], first["latency_s"]) == ("m", None)


def test_lines_that_are_of_no_use_are_counted(tmp_path: Path) -> None:
    file = pipeline(tmp_path)
    requests = export(file)
    one, two, three, four = requests[:4]
    found = take_in(
        file,
        [
            undone(one),  # a better line comes
            answered(two, "first"),
            answered(two, "second"),
            "{not json",
            "",
            "7",
            "[" * 100_000,
            {"custom_id": three["custom_id"]},
            {"custom_id": None, "response": {"status_code": 200, "body": {}}},
            {"custom_id": three["custom_id"], "response": {"status_code": "200"}},
            json.dumps(four),  # a request is no result
            answered({**one, "custom_id": "somebody's"}),
            answered({**one, "custom_id": response_id("p", "m", 0)}),
        ],
        [refused(one, 400), answered(one, "at last"), answered(two, "third")],
    )
    assert found == {
        "checkpoint": "m",
        "lines": 15,
        "answered": 2,
        "failed": 0,
        "again": 0,
        "unknown": 2,
        "duplicates": 4,
        "malformed": 7,
        "errors": {},
        "missing": FILES * ROWS - 2,
        "parts_finished": 0,
        "parts_open": FILES,
    }
    kept = replayed(tmp_path / "study", "replay.m-*/.chunks/*.parquet")
    assert {row["response_id"]: row["response"] for row in kept} == {
        one["custom_id"]: "at last",
        two["custom_id"]: "first",
    }
    # Once more, with the rest: what is there already stays as it is.
    rest = [answered(r) for r in requests[2:]]
    found = take_in(file, [answered(one, "anew"), answered(two, "anew")], rest)
    assert (found["duplicates"], found["answered"]) == (2, FILES * ROWS - 2)
    assert found["parts_finished"] == FILES
    found = take_in(file, [answered(one, "anew")], rest)
    assert (found["duplicates"], found["lines"]) == (FILES * ROWS - 1, FILES * ROWS - 1)
    assert not replayed(tmp_path / "study", "replay.m-*/.chunks/*.parquet")
    assert "at last" in {row["response"] for row in replayed(tmp_path / "study")}
    shown = call("replay", "import", file, "--checkpoint", "m", tmp_path / "batch.jsonl")
    assert shown.exit_code == 0
    assert f"{FILES * ROWS} lines read = 0 answered + 0 failed for good" in shown.output
    assert "were these the requests?" in shown.output
    assert "bread" not in shown.output


def test_order_and_split_of_the_files_change_nothing(tmp_path: Path) -> None:
    rng = random.Random(3)
    seen = []
    for number in range(3):
        folder = tmp_path / str(number)
        folder.mkdir()
        file = pipeline(folder)
        requests = export(file)
        lines = [refused(r, 413) if i % 5 == 0 else answered(r) for i, r in enumerate(requests)]
        rng.shuffle(lines)
        cut = rng.randrange(len(lines))
        take_in(file, lines[:cut], lines[cut:])
        seen.append(replayed(folder / "study"))
    assert len(seen[0]) == FILES * ROWS
    assert seen[0] == seen[1] == seen[2]


def test_refusals_are_of_the_prompt_only_where_others_were_answered(tmp_path: Path) -> None:
    file = pipeline(tmp_path)
    requests = export(file)
    everything = [refused(r, 400) for r in requests]
    found = take_in(file, everything)
    assert (found["again"], found["failed"]) == (FILES * ROWS, 0)
    assert found["errors"] == {"refused_by_server:400": FILES * ROWS}
    take_in(file, [answered(requests[-1])])
    # The error file comes by itself: those of the output file that were taken in before are proof enough.
    found = take_in(file, everything[:2])
    assert (found["again"], found["failed"]) == (0, 2)


def test_a_stop_keeps_what_was_taken_in(tmp_path: Path) -> None:
    class Stopper(Quiet):
        parts = 0

        def heard(self, stage: str, rows: int) -> None:
            self.parts += rows == 0  # said first of each part
            if self.parts == 2:
                stopping.request()

    file = pipeline(tmp_path)
    requests = export(file)
    results = tmp_path / "results.jsonl"
    results.write_text("".join(json.dumps(answered(r)) + "\n" for r in requests), "utf-8")
    with pytest.raises(KeyboardInterrupt):
        load_pipeline(file).import_results("m", [results], Stopper())
    assert len(replayed(tmp_path / "study")) == ROWS
    found = load_pipeline(file).import_results("m", [results])
    assert (found.duplicates, found.answered) == (ROWS, (FILES - 1) * ROWS)
    assert len(replayed(tmp_path / "study")) == FILES * ROWS
