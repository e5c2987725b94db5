"""Checkpoints behind inspect's providers: a provider made here, and its OpenAI-compatible one against a real server."""

from __future__ import annotations

import asyncio
import json
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

import logminer.checkpoints.kinds as door
from logminer.api import load_pipeline
from logminer.checkpoints.base import ERRORS, Prompt, Sampling
from logminer.checkpoints.inspect.checkpoint import Inspect
from logminer.demo.dump import write_demo_dump
from logminer.errors import (
    CheckpointError,
    CheckpointLost,
    ConfigError,
    ModelError,
    SecretError,
)
from logminer.process import egress
from logminer.spec import parse
from logminer.store.session import open_session
from tests.checkpoints.test_endpoint import (
    PSEUDONYMS,
    answers_of,
    ask,
    closed_port,
    message,
    prompt,
)
from tests.kit.openai_server import KEY, SECRET_WORDS, Fault, Server, completion, openai_server


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


# --- a provider made here ----------------------------------------------------------------------------------------------

Script = Callable[[str], Any]


@pytest.fixture
def talker() -> tuple[dict[str, Any], list[Any]]:
    """What the provider `talker` says to a prompt's text, and what it was asked.

    It says an output, raises an exception, says a text, or the seconds after which it says something.
    """
    pytest.importorskip("inspect_ai")
    from inspect_ai.model import GenerateConfig, ModelAPI, ModelOutput, modelapi

    script: dict[str, Any] = {}
    asked: list[Any] = []

    class Talker(ModelAPI):
        def __init__(
            self,
            model_name: str,
            base_url: str | None = None,
            api_key: str | None = None,
            config: GenerateConfig = GenerateConfig(),  # noqa: B008
            alternate: bool = False,
        ) -> None:
            super().__init__(model_name, base_url, api_key, [], config)
            self.alternate = alternate

        async def generate(self, input: Any, tools: Any, tool_choice: Any, config: Any) -> Any:
            asked.append((input, tools, tool_choice, config))
            said = script.get(input[-1].text, f"re: {input[-1].text}")
            if isinstance(said, list):
                said = said.pop(0) if len(said) > 1 else said[0]
            if isinstance(said, Exception):
                raise said
            if isinstance(said, float):
                await asyncio.sleep(said)
                said = "at last"
            if isinstance(said, str):
                return ModelOutput.from_content("talker-1", said)
            return said

        def collapse_user_messages(self) -> bool:
            return self.alternate

        def tools_required(self) -> bool:
            return self.alternate

    modelapi(name="talker")(Talker)
    return script, asked


Talks = tuple[dict[str, Any], list[Any]]


def output(**fields: Any) -> Any:
    from inspect_ai.model import ChatCompletionChoice, ChatMessageAssistant, ModelOutput, ModelUsage

    stop = fields.pop("stop_reason", "stop")
    usage = fields.pop("usage", {"input_tokens": 5, "output_tokens": 3})
    said = ChatMessageAssistant(
        content=fields.pop("content", ""), tool_calls=fields.pop("tool_calls", None)
    )
    return ModelOutput(
        model=fields.pop("model", "talker-1"),
        choices=[ChatCompletionChoice(message=said, stop_reason=stop)],
        usage=usage and ModelUsage(**usage),
        **fields,
    )


def test_outputs_become_answers(talker: Talks) -> None:
    from inspect_ai.model import ContentReasoning, ContentText, ModelOutput
    from inspect_ai.tool import ToolCall

    script, _ = talker
    hm, yes = ContentReasoning(reasoning="Hm."), ContentText(text="Yes.")
    sealed = ContentReasoning(reasoning="x8Fq==", summary="In short.", redacted=True)
    cached = {"input_tokens": 1, "input_tokens_cache_read": 6, "output_tokens": 3}
    script |= {
        "plain": output(content="Yes.", usage=cached),
        "reasons": output(content=[hm, yes]),
        "sealed": output(content=[sealed, yes]),
        "inline": output(content="<think>Hm.</think>\nYes."),
        "cut": output(content=[hm], stop_reason="max_tokens"),
        "full": output(content="Ye", stop_reason="model_length"),
        "calls": output(tool_calls=[ToolCall("1", "f", {})], stop_reason="tool_calls"),
        "unknown": output(content="Yes.", stop_reason="unknown", usage=None, model="a b"),
        "filtered": output(content="", stop_reason="content_filter"),
        "half": output(content="Ye", stop_reason="content_filter"),
        # So inspect hands over what a server said instead of the model.
        "refused": output(content=SECRET_WORDS, stop_reason="content_filter", usage=None),
        "moderated": output(content=SECRET_WORDS, stop_reason="content_filter", error="no"),
        "too long": output(content=SECRET_WORDS, stop_reason="model_length", usage=None),
        "nothing": ModelOutput(model="talker-1", choices=[]),
    }
    answers = dict(zip(script, ask(inspected(attempts=2), *script), strict=True))
    assert {
        name: (a.thoughts, a.response, a.finish_reason, a.error) for name, a in answers.items()
    } == {
        "plain": (None, "Yes.", "stop", None),
        "reasons": ("Hm.", "Yes.", "stop", None),
        "sealed": ("In short.", "Yes.", "stop", None),
        "inline": ("Hm.", "Yes.", "stop", None),
        "cut": ("Hm.", "", "length", None),
        "full": (None, "Ye", "length", None),
        "calls": (None, "", "tool_calls", None),
        "unknown": (None, "Yes.", None, None),
        "filtered": (None, None, "content_filter", "content_filter"),
        "half": (None, "Ye", "content_filter", None),
        "refused": (None, None, None, "content_filter"),
        "moderated": (None, None, None, "content_filter"),
        "too long": (None, None, None, "context_too_long"),
        "nothing": (None, None, None, "empty_answer"),
    }
    assert SECRET_WORDS not in str(answers)
    plain, unknown = answers["plain"], answers["unknown"]
    assert (plain.input_tokens, plain.output_tokens, plain.answered_by) == (7, 3, "talker-1")
    assert (unknown.input_tokens, unknown.output_tokens, unknown.answered_by) == (None, None, None)
    assert plain.latency_s is not None


def test_what_is_asked_and_how(talker: Talks) -> None:
    _, asked = talker
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}
    odd = {"id": "c2", "type": "function", "function": {"name": "g", "arguments": "oops"}}
    history = [
        message("system", "old"),
        message("user", "hello", name="ann"),
        message("assistant", "wait", thoughts="logged", tool_calls=json.dumps([call, odd])),
        message("tool", "42", tool_call_id="c1"),
        message("tool", "43"),
        message("user", "bye"),
    ]
    how = Sampling(temperature=0.5, top_p=0.9, max_new_tokens=9, seed=3, samples=2, stop=("END",))
    for alternate in (False, True):
        checkpoint = inspected(
            system="be kind",
            extra={"top_k": 5, "top_p": None, "extra_body": {"z": 1}},
            args={"alternate": alternate},
        )
        answerer = checkpoint.open(how, PSEUDONYMS)
        [answers] = answers_of(answerer, [Prompt("p", history, None, "k", range(2))])
        assert [a.error for a in answers] == [None, None]
    sent, tools, choice, config = asked[0]
    assert [(m.role, m.text) for m in sent] == [
        ("system", "be kind"),
        ("user", "hello"),
        ("assistant", "wait"),
        ("tool", "42"),
        ("user", "43"),
        ("user", "bye"),
    ]
    assert [(c.id, c.function, c.arguments) for c in sent[2].tool_calls] == [
        ("c1", "f", {"x": 1}),
        ("c2", "g", {"arguments": "oops"}),
    ]
    assert (sent[3].tool_call_id, sent[3].function) == ("c1", "f")
    assert (tools, choice) == ([], "none")
    seeds = {config.seed for _, _, _, config in asked}
    assert len(seeds) == 2
    assert config.model_dump(exclude_none=True) == {
        "temperature": 0.5,
        "max_tokens": 9,
        "stop_seqs": ["END"],
        "seed": config.seed,
        "cache_prompt": False,
        "top_k": 5,
        "extra_body": {"z": 1},
        "max_retries": 0,
        "max_connections": how.concurrency,
    }
    # A provider that wants turns to alternate and tools to be declared gets both.
    sent, tools, *_ = asked[-1]
    assert [(m.role, m.text) for m in sent][-2:] == [("tool", "42"), ("user", "43\nbye")]
    assert [tool.name for tool in tools] == ["f", "g"]


def test_an_error_of_unknown_kind_is_tried_again_and_told_by_its_name(talker: Talks) -> None:
    script, asked = talker
    script |= {"q": [KeyError(SECRET_WORDS), "yes"], "r": KeyError(SECRET_WORDS)}
    assert [a.error for a in ask(inspected(attempts=2), "q")] == [None]
    answers = ask(inspected(attempts=2), "r", "fine")
    assert [a.error for a in answers] == ["malformed_answer", None]
    asked.clear()
    with pytest.raises(
        CheckpointError, match=r"sft \(talker/one\): .*fails \(KeyError\)"
    ) as caught:
        ask(inspected(attempts=2), "r")
    assert SECRET_WORDS not in str(caught.value)
    assert len(asked) == 2


def test_the_error_of_a_client_library_is_told_by_its_status_or_name(talker: Talks) -> None:
    class Refusal(Exception):
        """As botocore's."""

        response = {"ResponseMetadata": {"HTTPStatusCode": 413, "HTTPHeaders": {}}}

    class CodeError(Exception):
        """As Google's."""

        code = 503

    class ReadTimeoutError(Exception):
        pass

    class ServerDisconnectedError(ConnectionError):
        pass

    script, _ = talker
    script |= {
        "413": Refusal(SECRET_WORDS),
        "503": CodeError(SECRET_WORDS),
        "slow": ReadTimeoutError(),
        "broken": ServerDisconnectedError(),
        "fine": 1.0,  # when the others are done: that somebody is answered shows that it was the prompts
    }
    answers = ask(inspected(attempts=2, retry_budget_s=0.1, patience_s=0.1), *script)
    assert [a.error for a in answers] == [
        "context_too_long:413",
        "server_error:503",
        "timeout",
        "connection",
        None,
    ]


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
    server.plan = {key: [Fault.status(status, Location="http://127.0.0.1:9/")] for key in "qr"}
    with pytest.raises(CheckpointError, match=mend) as caught:
        ask(lab(server), "q", "r")
    assert f"HTTP {status}" in str(caught.value)
    assert server.url in str(caught.value)
    assert SECRET_WORDS not in str(caught.value)


def test_a_server_that_is_not_there_or_turns_all_away(server: Server) -> None:
    with pytest.raises(CheckpointError, match=r"cannot be reached; .*`base_url`"):
        ask(lab(None, base_url=closed_port()), "q", "r")
    server.plan = {"q": [Fault.status(429, Retry_After="3600")]}
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
from logminer.checkpoints import Inspect, Prompt, Sampling
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
