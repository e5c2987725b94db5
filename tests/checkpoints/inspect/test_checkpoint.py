"""Checkpoints behind inspect's providers: how they are described, and its OpenAI-compatible one against a real server."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

import logminer.checkpoints.kinds as door
from logminer.api import load_pipeline
from logminer.checkpoints.asking.words import Wish
from logminer.checkpoints.base import ERRORS, Sampling
from logminer.checkpoints.inspect.checkpoint import Inspect
from logminer.demo.dump import write_demo_dump
from logminer.errors import CheckpointError, CheckpointLost, ConfigError, ModelError, SecretError
from logminer.process import egress
from logminer.spec import parse
from logminer.store.session import open_session
from tests.kit.asking import PSEUDONYMS, answers_of, ask, closed_port, prompt
from tests.kit.openai_server import KEY, SECRET_WORDS, Fault, Server, completion, openai_server


def test_what_a_server_does_not_take_is_left_out_under_inspects_names() -> None:
    wish = Wish(
        "", (("stop", None), ("temperature", None), ("max_tokens", "max_completion_tokens"))
    )
    checkpoint = Inspect(name="a", model="talker/one", extra={"temperature": 0.3})
    assert checkpoint.adaptation(wish, Sampling(stop=("END",))) == {"stop_seqs": None}


def inspected(model: str = "talker/one", **options: Any) -> Inspect:
    return Inspect(**{"name": "sft", "model": model, "pause_s": 0.01, **options})


# --- the description ---------------------------------------------------------------------------------------------------


def test_without_inspect_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "inspect_ai", None)
    for call in (inspected().check, lambda: inspected().open(Sampling(), PSEUDONYMS)):
        with pytest.raises(ModelError, match=r"checkpoint sft.*pip install 'logminer\[inspect\]'"):
            call()


def test_a_pipeline_file_may_name_it() -> None:
    union: TypeAdapter[Any] = TypeAdapter(door.AnyCheckpoint)
    data = {"name": "a", "kind": "inspect", "model": "openai-api/lab/m", "args": {"stream": True}}
    read = union.validate_json(json.dumps(data))
    assert isinstance(read, Inspect)
    assert pickle.loads(pickle.dumps(read)) == read
    assert (read.provider, read.host, read.model_name) == (
        "openai-api",
        "openai-api",
        data["model"],
    )
    moved = read.model_copy(update={"base_url": "https://models.example/v1"})
    assert moved.host == "models.example:443"


def test_place_and_speed_are_not_fingerprinted() -> None:
    one = inspected(base_url="http://one/v1", api_key_env="K", attempts=9)
    assert one.options() == inspected(base_url="http://two/v1").options()
    assert "K" not in one.options().values()
    others = [
        inspected("talker/two"),
        inspected(system="be kind"),
        inspected(args={"stream": True}),
        inspected(extra={"top_k": 5}),
    ]
    assert len({json.dumps(other.options()) for other in [one, *others]}) == 5


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"model": "gpt-4o"}, "model: "),
        ({"base_url": "http://u:hush@h/v1"}, "base_url: must hold no credentials"),
        ({"args": {"api_key": "hush"}}, "args: 'api_key' looks like a credential"),
        ({"args": {"client": {"hf_token": "hush"}}}, "'hf_token' looks like a credential"),
        ({"extra": {"extra_headers": {"Authorization": "hush"}}}, "looks like a credential"),
        ({"args": {"memoize": True}}, "args: cannot set memoize"),
        ({"extra": {"max_retries": 9, "cache": True}}, "extra: cannot set cache, max_retries"),
    ],
)
def test_what_may_not_be_said(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        parse(Inspect, {"name": "a", "model": "openai/m", **options}, "file.yaml")
    assert "hush" not in str(caught.value)


def test_harmless_names_are_no_credentials() -> None:
    extra = {"reasoning_tokens": 1024, "extra_body": {"prompt_cache_key": "x", "max_token_id": 3}}
    assert inspected(extra=extra).extra == extra


# --- inspect's OpenAI-compatible provider against a real server ---------------------------------------------------------


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    pytest.importorskip("inspect_ai")
    monkeypatch.setenv("LAB_KEY", KEY)
    with openai_server() as running:
        yield running


def lab(server: Server | None, **options: Any) -> Inspect:
    url = server.url if server else options.pop("base_url")
    return inspected("openai-api/lab/m", base_url=url, api_key_env="LAB_KEY", **options)


def test_each_try_is_one_request_and_ours(server: Server) -> None:
    server.plan = {
        "429": [Fault.status(429, Retry_After="0.3"), None],
        "500": [Fault.status(500), Fault.status(503), None],
        "closed": [Fault.CLOSED, None],
        "hang": [Fault.HANG, None],
        "malformed": [Fault.body("<html>busy</html>"), None],
        "down": [Fault.status(500)],
    }
    texts = [*server.plan, *(f"q{i}" for i in range(40))]
    before = egress.totals()
    answers = ask(lab(server, attempts=3), *texts, timeout_s=0.8, concurrency=8)
    assert [a.error for a in answers] == [None] * 5 + ["server_error:500"] + [None] * 40
    assert [a.response for a in answers][-1] == "re: q39"
    tries = [body["messages"][-1]["content"] for body in server.bodies]
    assert {text: tries.count(text) for text in list(texts)[:7]} == {
        "429": 2, "500": 3, "closed": 2, "hang": 2, "malformed": 2, "down": 3, "q0": 1,
    }  # fmt: skip
    assert 1 < server.most_in_flight <= 8
    assert (answers[0].input_tokens, answers[0].output_tokens) == (7, 3)
    assert answers[0].answered_by == "m"
    [sent] = egress.since(before)
    assert sent.host == lab(server).host
    assert sent.requests >= len(server.bodies)  # one that never left is counted too
    assert sent.sent_bytes > 30 * len(server.bodies)
    assert sent.received_bytes >= sum(len(a.response or "") for a in answers)


def test_a_lasting_fault_is_a_row_with_a_code_and_no_words_of_the_server(server: Server) -> None:
    lasting: dict[str, tuple[Any, str]] = {
        "429": (Fault.status(429), "rate_limited:429"),
        "503": (Fault.status(503), "server_error:503"),
        "hang": (Fault.HANG, "timeout"),
        "empty": (Fault.body('{"choices": []}'), "malformed_answer"),
        "filtered": (completion(content=None, finish_reason="content_filter"), "content_filter"),
        "azure": (Fault.status(400, {"code": "content_filter"}), "content_filter"),
        "long": (Fault.status(400, {"code": "context_length_exceeded"}), "context_too_long"),
        "vllm": (Fault.status(400, {"message": f"maximum context length is 7 {SECRET_WORDS}"}), "context_too_long:400"),
        "large": (Fault.status(413), "context_too_long:413"),
        "bad": (Fault.status(400), "refused_by_server:400"),
        "gone": (Fault.status(404), "refused_by_server:404"),
    }  # fmt: skip
    server.plan = {text: [step] for text, (step, _) in lasting.items()}
    server.plan["late"] = [Fault.HANG, None]  # answered when the others are done
    checkpoint = lab(server, attempts=2, retry_budget_s=0.1, patience_s=0.1)
    answerer = checkpoint.open(Sampling(timeout_s=0.7), PSEUDONYMS)
    list(answerer.answer([prompt("fine")]))
    answers = [row[0] for row in answers_of(answerer, [prompt(t) for t in [*lasting, "late"]])]
    assert [a.error for a in answers] == [code for _, code in lasting.values()] + [None]
    assert SECRET_WORDS not in str(answers)
    assert {a.error.split(":")[0] for a in answers if a.error} <= set(ERRORS)


@pytest.mark.parametrize(
    ("status", "mend"),
    [(401, "check the key in LAB_KEY"), (404, "check `model` and `base_url`"), (307, "redirects")],
)
def test_what_fails_for_every_prompt_stops_the_run(server: Server, status: int, mend: str) -> None:
    server.everybody = Fault.status(status, Location="http://127.0.0.1:9/")
    with pytest.raises(CheckpointError, match=mend) as caught:
        ask(lab(server), "q", "r")
    assert f"HTTP {status}" in str(caught.value)
    assert server.url in str(caught.value)
    assert SECRET_WORDS not in str(caught.value)


def test_a_server_that_is_not_there_or_turns_all_away(server: Server) -> None:
    with pytest.raises(CheckpointError, match=r"cannot be reached; .*`base_url`"):
        ask(lab(None, base_url=closed_port()), "q", "r")
    server.everybody = Fault.status(429, Retry_After="3600")
    with pytest.raises(CheckpointLost, match=r"turns every request away \(HTTP 429\).*3600 s"):
        ask(lab(server), "q")


def test_only_what_is_declared_is_sent(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LAB_BASE_URL", "INSPECT_EVAL_MODEL_BASE_URL", "HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/leak")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Ambient: leak")
    monkeypatch.setenv("OPENAI_ORG_ID", "leak")
    monkeypatch.setenv("INSPECT_TELEMETRY", "no.such_hook")
    checkpoint = lab(server, extra={"extra_body": {"top_k": 5}, "max_tokens": None})
    checkpoint.check()
    assert server.headers == []  # a look asks nobody
    [answer] = ask(checkpoint, "hello", temperature=0.5, top_p=0.9, stop=("END",))
    assert answer.response == "re: hello"
    [body] = server.bodies
    assert body == {
        "model": "m",
        "messages": [{"role": "user", "content": "hello"}],
        "temperature": 0.5,
        "top_p": 0.9,
        "stop": ["END"],
        "seed": body["seed"],
        "top_k": 5,
    }
    assert "leak" not in str(server.headers)
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"
    with pytest.raises(ModelError, match="LAB_BASE_URL"):  # where to ask must be declared
        lab(server).model_copy(update={"base_url": None}).check()


def test_check_says_what_is_wrong(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError, match=r"cannot set up nobody/m: .*nobody"):
        inspected("nobody/m").check()
    with pytest.raises(ModelError, match="unexpected keyword argument 'wrnog'"):
        lab(server, args={"wrnog": 1}).check()
    with pytest.raises(ConfigError, match="extra: 'temprature' is no field"):
        lab(server, extra={"temprature": 1}).check()
    with pytest.raises(ConfigError, match=r"extra\.top_k: not a value"):
        lab(server, extra={"top_k": "many"}).check()
    without = lab(server).model_copy(update={"api_key_env": None})
    with pytest.raises(ModelError, match="LAB_API_KEY"):
        without.check()
    monkeypatch.setenv("LAB_API_KEY", KEY)  # the provider's own variable will do
    without.check()
    monkeypatch.delenv("LAB_KEY")
    with pytest.raises(SecretError, match="LAB_KEY"):
        lab(server).check()


def test_nothing_is_printed_or_left_behind(server: Server, tmp_path: Path) -> None:
    script = f"""
import sys
from logminer.checkpoints.base import Prompt, Sampling
from logminer.checkpoints.inspect.checkpoint import Inspect
from logminer.ids import Pseudonyms
hook = sys.excepthook
checkpoint = Inspect(name="a", model="openai-api/lab/m", base_url={server.url!r}, api_key_env="LAB_KEY")
checkpoint.check()
answerer = checkpoint.open(Sampling(), Pseudonyms(b"k" * 32, "test"))
message = {{"role": "user", "content": "hi"}}
[given] = answerer.answer([Prompt("p", [message], None, "k")])
assert given.answer.response == "re: hi" and sys.excepthook is hook
"""
    home = {"HOME": str(tmp_path), "LAB_KEY": KEY, "PYTHONPATH": ":".join(sys.path)}
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=home, cwd=tmp_path
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert list(tmp_path.rglob("*")) == []


def test_a_whole_run(server: Server, tmp_path: Path) -> None:
    dump = write_demo_dump(tmp_path / "dump.parquet", conversations=20)
    (tmp_path / "p.yaml").write_text(
        "study: study\nsource: {path: dump.parquet}\ncheckpoints:\n"
        f"  - {{name: m, kind: inspect, model: openai-api/lab/m, base_url: '{server.url}', api_key_env: LAB_KEY}}\n"
        "workers: 0\n"
    )
    summary = load_pipeline(tmp_path / "p.yaml").run()
    assert summary.responses["m"] == len(server.bodies) == summary.prompts
    assert summary.failures == ()
    assert [sent.requests for sent in summary.egress] == [summary.prompts]
    sent = json.dumps(server.bodies, ensure_ascii=False)
    assert not [value for value in dump.planted["email"] if value in sent]
    with open_session(tmp_path / "study") as session:
        [row] = session.rows("SELECT kind, model, options FROM checkpoints WHERE checkpoint = 'm'")
    assert row[:2] == ("inspect", "openai-api/lab/m")
    assert KEY not in row[2]
