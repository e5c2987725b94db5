"""Whose fault it is: a prompt's is a row, a server's ends the run with one line, however many prompts there are."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from logminer.api import load_pipeline
from logminer.cli.main import main
from logminer.store.session import open_session
from tests.kit.openai_server import Fault, Server, completion, openai_server

FIRST, OTHER = "how do rivers run", "how do winds blow"


@pytest.fixture
def server() -> Iterator[Server]:
    with openai_server() as running:
        yield running


def dump(folder: Path, prompts: int, *, system: bool = False, first: str = FIRST) -> None:
    head = [{"role": "system", "content": "be kind"}] if system else []
    texts = [first, *(f"{OTHER} {'very ' * i}fast" for i in range(1, prompts))]
    rows = [
        {
            "conversation_id": f"c{i}",
            "user_id": f"u{i}",
            "messages": [*head, {"role": "user", "content": text}],
        }
        for i, text in enumerate(texts)
    ]
    pq.write_table(pa.Table.from_pylist(rows), folder / "dump.parquet")


def pipeline_file(folder: Path, server: Server, more: str = "", tail: str = "") -> Path:
    file = folder / "p.yaml"
    file.write_text(
        "study: study\nsource: {path: dump.parquet}\nworkers: 0\njudge: {scorers: [string_match]}\n"
        f"checkpoints: [{{name: m, kind: endpoint, url: '{server.url}', model: m, pause_s: 0.01, attempts: 2,"
        f" retry_budget_s: 0.2, patience_s: 0.2{more}}}]\n{tail}"
    )
    return file


def logminer(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, list(map(str, arguments)))


def errors(folder: Path) -> list[str | None]:
    """Of the checkpoint's published rows."""
    if not (folder / "study" / "study.duckdb").exists():
        return []
    with open_session(folder / "study") as session:
        rows = session.rows("SELECT error FROM responses WHERE checkpoint = 'm' ORDER BY ALL")
    return [error for (error,) in rows]


def on_disk(folder: Path) -> int:
    """Rows of the checkpoint in parts and lots."""
    files = (folder / "study" / "parts").glob("replay.m-*/**/*.parquet")
    return sum(pq.read_metadata(file).num_rows for file in files)


def failing(marked: str, fault: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda body: fault if marked in body["messages"][-1]["content"] else None


@pytest.mark.parametrize(
    "faults",
    [
        {"rate_limited:429": Fault.status(429)},
        {
            "server_error:503": Fault.status(503),
            "context_too_long:400": Fault.status(
                400, {"message": "prompt is too long: 9 tokens > 8 maximum"}
            ),
            "server_error:502": Fault.body('{"error": {"code": 502, "message": "x"}}'),
        },
    ],
    ids=["one", "each its own"],
)
def test_a_prompt_that_always_fails_is_one_row(
    tmp_path: Path, server: Server, faults: dict[str, Any]
) -> None:
    dump(tmp_path, 12)
    words = (FIRST, *(f"{OTHER} {'very ' * i}fast" for i in (3, 7)))
    of = dict(zip(words, faults.values(), strict=False))
    server.everybody = lambda body: of.get(body["messages"][-1]["content"])
    file = pipeline_file(tmp_path, server)
    told = logminer("run", file)
    assert told.exit_code == 0, told.output
    failed = [*faults, *[None] * (12 - len(faults))]
    assert Counter(errors(tmp_path)) == Counter(failed)
    again = logminer("run", file, "--retry-failed")  # they are the only ones that are left
    assert again.exit_code == 0, again.output
    assert Counter(errors(tmp_path)) == Counter(failed)


REFUSALS = [
    (Fault.status(400, {"message": "no"}), "refuses every request (HTTP 400)"),
    (Fault.status(401), "the key is refused (HTTP 401); set `api_key_env`"),
    (Fault.status(402), "has no credit left (HTTP 402)"),
    (Fault.status(403, {"message": "requires moderation and your input was flagged"}), "its moderation"),
    (Fault.status(404), "no model 'm' to chat with there (HTTP 404)"),
    (Fault.status(400, {"code": "content_filter"}), "its moderation"),
    (Fault.status(400, {"message": "System role not supported"}), "system_role: fold"),
    (Fault.status(400, {"message": "Conversation roles must alternate user/assistant"}), "merge_turns: true"),
    (Fault.status(400, {"message": "max_tokens is too large: 512"}), "a lower `max_new_tokens`"),
    (Fault.status(400, {"message": "'max_tokens' is too large: 512. This model's maximum context length is 256 tokens"}), "has a context of 256 tokens"),
    (Fault.body('{"error": {"message": "no such thing", "code": 404}}'), "no model 'm'"),
]  # fmt: skip


@pytest.mark.parametrize(("refusals", "prompts"), [(REFUSALS, 20), (REFUSALS[::4], 1)])
def test_a_server_that_refuses_everybody_ends_with_one_line(
    tmp_path: Path, server: Server, refusals: list[tuple[Any, str]], prompts: int
) -> None:
    dump(tmp_path, prompts)
    file = pipeline_file(tmp_path, server)
    for refusal, line in refusals:
        server.everybody = refusal
        server.bodies.clear()
        for verb in ("plan", "run"):
            told = logminer(verb, file)
            assert told.exit_code == 1, line
            [said] = [one for one in told.output.splitlines() if one.startswith("error: ")]
            assert said.startswith(f"error: checkpoint m at {server.url}: ")
            assert line in said
        assert errors(tmp_path) == []
        assert on_disk(tmp_path) == 0
        assert len(server.bodies) <= 20, line
    server.everybody = None  # it is mended
    assert logminer("run", file).exit_code == 0
    assert errors(tmp_path) == [None] * prompts


@pytest.mark.parametrize("prompts", [1, 12])
def test_a_server_that_refuses_every_prompt_but_the_harmless_one(
    tmp_path: Path, server: Server, prompts: int
) -> None:
    dump(tmp_path, prompts, system=True)
    template = Fault.status(400, {"message": "System role not supported"})
    server.everybody = lambda body: template if body["messages"][0]["role"] == "system" else None
    told = logminer("run", pipeline_file(tmp_path, server))
    assert told.exit_code == 1
    assert "each of its" in told.output
    assert "system_role: fold" in told.output
    assert errors(tmp_path) == []
    assert on_disk(tmp_path) == 0
    folded = pipeline_file(tmp_path, server, more=", system_role: fold")
    assert logminer("run", folded).exit_code == 0
    assert errors(tmp_path) == [None] * prompts
    assert server.bodies[-1]["messages"][0]["content"].startswith("be kind\n\n")


def test_a_study_of_one_prompt_that_is_too_long_is_published(
    tmp_path: Path, server: Server
) -> None:
    dump(tmp_path, 1)
    server.everybody = Fault.status(400, {"message": "maximum context length is 4096 tokens"})
    assert logminer("run", pipeline_file(tmp_path, server)).exit_code == 0
    assert errors(tmp_path) == ["context_too_long:400"]
    assert len(server.bodies) == 1


def reasoner(body: dict[str, Any]) -> Any:
    """As models that reason: other fields, and the default temperature only."""
    said = {
        "max_tokens": "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead.",
        "temperature": "Unsupported value: 'temperature' does not support 0. Only the default (1) is supported.",
        "seed": "Unknown parameter: 'seed'.",
    }
    refused = [words for field, words in said.items() if field in body]
    if refused:
        return Fault.status(400, {"message": refused[0], "code": "unsupported_parameter"})
    return completion(content=f"re: {len(body['messages'])}")


WANTED = '{"max_completion_tokens": 512, "max_tokens": null, "seed": null, "temperature": null}'


def test_a_server_is_asked_as_it_wants_and_that_is_who_it_is(
    tmp_path: Path, server: Server
) -> None:
    dump(tmp_path, 12)
    server.everybody = reasoner
    file = pipeline_file(tmp_path, server)
    told = logminer("run", file)
    assert told.exit_code == 0, told.output
    for words in (
        "takes no `max_tokens` (HTTP 400); set `extra: {max_tokens: null, max_completion_tokens: 512}`",
        "takes no `temperature`",
        "note: checkpoint m: asked as its server wants, with extra: {",
    ):
        assert words in told.output
    assert errors(tmp_path) == [None] * 12
    answered = [body for body in server.bodies if not {"max_tokens", "temperature"} & body.keys()]
    assert {body["max_completion_tokens"] for body in answered} == {512}
    with open_session(tmp_path / "study") as session:
        [(options, identity)] = session.rows(
            "SELECT options, identity FROM checkpoints WHERE checkpoint = 'm'"
        )
    assert json.dumps(json.loads(options)["extra"], sort_keys=True) == WANTED

    # It is asked nothing more: neither by a later run nor by one whose file says it outright.
    server.bodies.clear()
    assert "asked as its server wants" in logminer("run", file).output
    assert load_pipeline(file).run().responses["m"] == 12
    outright = pipeline_file(tmp_path, server, more=f", extra: {WANTED}")
    said = logminer("run", outright)
    assert said.exit_code == 0
    assert "asked as its server wants" not in said.output
    assert server.bodies == []
    with open_session(tmp_path / "study") as session:
        query = "SELECT identity FROM checkpoints WHERE checkpoint = 'm'"
        assert session.rows(query) == [(identity,)]


def test_what_the_user_asks_for_is_not_taken_away(tmp_path: Path, server: Server) -> None:
    dump(tmp_path, 3)
    server.everybody = reasoner
    extra = ", extra: {max_tokens: null, seed: null, temperature: 0.5}"
    told = logminer("run", pipeline_file(tmp_path, server, more=extra))
    assert told.exit_code == 1
    assert "takes no `temperature` (HTTP 400); set `extra: {temperature: null}`" in told.output


def test_a_judge_is_asked_as_its_server_wants(tmp_path: Path, server: Server) -> None:
    dump(tmp_path, 3)
    server.everybody = reasoner
    file = tmp_path / "p.yaml"
    file.write_text(
        "study: study\nsource: {path: dump.parquet}\nworkers: 0\n"
        'checkpoints: [{name: m, kind: scripted, replies: ["Sure."]}]\n'
        "judge:\n  scorers:\n    - {kind: autorater, categories: [refusal], canaries: 0,\n"
        f"       judge: {{name: j, kind: endpoint, url: '{server.url}', model: m, pause_s: 0.01}}}}\n"
    )
    told = logminer("run", file)
    assert told.exit_code == 0, told.output
    assert "note: checkpoint j: asked as its server wants" in told.output
    assert "max_completion_tokens" in server.bodies[-1]


def test_a_pilot_tells_what_fails(tmp_path: Path, server: Server) -> None:
    dump(tmp_path, 12)
    server.everybody = failing(FIRST, Fault.status(400, {"message": "prompt is too long"}))
    file = pipeline_file(tmp_path, server)
    told = logminer("plan", file)
    assert told.exit_code == 0, told.output
    flat = " ".join(told.output.split())
    assert "1 of the pilot's 12 requests failed (context_too_long:400 1)" in flat
    server.everybody = failing("how do", Fault.body("<html>"))
    (tmp_path / "other").mkdir()
    dump(tmp_path / "other", 12)
    told = logminer("plan", pipeline_file(tmp_path / "other", server))
    assert told.exit_code == 1
    assert "each of the pilot's 12 requests failed (malformed_answer 12)" in told.output
