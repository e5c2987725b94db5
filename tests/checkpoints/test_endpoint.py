"""Checkpoints behind an OpenAI-compatible endpoint, against a real server."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from logminer.checkpoints.base import ERRORS, Prompt, Sampling, request_seed
from logminer.checkpoints.endpoint import Endpoint
from logminer.errors import CheckpointError, CheckpointLost, ConfigError, SecretError
from logminer.spec import parse
from tests.kit.asking import PSEUDONYMS, answers_of, ask, closed_port, message, prompt
from tests.kit.openai_server import KEY, SECRET_WORDS, Fault, Server, completion, openai_server


@pytest.fixture
def server() -> Iterator[Server]:
    with openai_server() as running:
        yield running


def endpoint(server: Server | None, **options: Any) -> Endpoint:
    url = server.url if server else options.pop("url")
    return Endpoint(**{"name": "sft", "url": url, "model": "m", "pause_s": 0.01, **options})


def test_answers_come_in_the_order_of_the_prompts_with_concurrency(server: Server) -> None:
    texts = [f"q{i}" for i in range(60)]
    answers = ask(endpoint(server), *texts, concurrency=8)
    assert [a.response for a in answers] == [f"re: {t}" for t in texts]
    assert {a.error for a in answers} == {None}
    assert (answers[0].input_tokens, answers[0].output_tokens) == (7, 3)
    assert answers[0].finish_reason == "stop"
    assert answers[0].latency_s is not None
    assert 1 < server.most_in_flight <= 8


PASSING = {
    "429": [Fault.status(429, Retry_After="0.3"), None],
    "500": [Fault.status(500), Fault.status(503), None],
    "closed": [Fault.CLOSED, None],
    "truncated": [Fault.TRUNCATED, None],
    "hang": [Fault.HANG, None],
    "malformed": [Fault.body("<html>busy</html>"), Fault.body('{"choices": 1}'), None],
}


def test_passing_faults_are_tried_again(server: Server) -> None:
    server.plan = {text: list(steps) for text, steps in PASSING.items()}
    answers = ask(endpoint(server), *PASSING, timeout_s=0.4)
    assert [a.response for a in answers] == [f"re: {t}" for t in PASSING]


def test_retry_after_is_honoured(server: Server) -> None:
    server.plan = {"q": [Fault.status(429, Retry_After="0.5"), None]}
    assert ask(endpoint(server), "q")[0].error is None
    assert server.times[1] - server.times[0] >= 0.5


def test_six_attempts_within_the_budget(server: Server) -> None:
    server.plan = {"q": [Fault.status(500)]}
    assert ask(endpoint(server), "q")[0].error == "server_error:500"
    assert server.texts() == ["q"] * 6
    server.everybody = Fault.status(429)
    server.plan = {"q": [Fault.status(429, Retry_After="3600")]}
    begun = time.monotonic()
    with pytest.raises(CheckpointLost, match=r"turns every request away \(HTTP 429\).*3600 s"):
        ask(endpoint(server), "q")
    assert time.monotonic() - begun < 5


LASTING: dict[str, tuple[Any, str]] = {
    "429": (Fault.status(429), "rate_limited:429"),
    "503": (Fault.status(503), "server_error:503"),
    "504": (Fault.status(504), "timeout:504"),
    "hang": (Fault.HANG, "timeout"),
    "truncated": (Fault.TRUNCATED, "connection"),
    "html": (Fault.body("<html>"), "malformed_answer"),
    "number": (Fault.body("7"), "malformed_answer"),
    "no message": (Fault.body('{"choices": [{}]}'), "malformed_answer"),
    "deep": (Fault.body("[" * 100_000), "malformed_answer"),
    "empty": (Fault.body('{"choices": []}'), "empty_answer"),
    "filtered": (completion(content=None, finish_reason="content_filter"), "content_filter"),
    "azure": (Fault.status(400, {"code": "content_filter"}), "content_filter:400"),
    "long": (Fault.status(400, {"code": "context_length_exceeded"}), "context_too_long:400"),
    "llama": (Fault.status(400, {"type": "exceed_context_size_error", "message": "exceeds the available context size"}), "context_too_long:400"),
    "large": (Fault.status(413), "context_too_long:413"),
    "bad": (Fault.status(400), "refused_by_server:400"),
    "moderated": (Fault.status(403), "refused_by_server:403"),
    "gone": (Fault.status(404), "refused_by_server:404"),
}  # fmt: skip


def test_a_lasting_fault_is_a_row_with_a_code_and_no_words_of_the_server(server: Server) -> None:
    server.plan = {text: [step] for text, (step, _) in LASTING.items()}
    checkpoint = endpoint(server, attempts=2, retry_budget_s=0.1, patience_s=0.1)
    answerer = checkpoint.open(Sampling(timeout_s=0.4), PSEUDONYMS)
    list(
        answerer.answer([prompt("fine")])
    )  # it has answered once: 403 and 404 now concern one prompt
    texts = [*LASTING, "fine"]
    answers = [row[0] for row in answers_of(answerer, [prompt(text) for text in texts])]
    assert [a.error for a in answers] == [code for _, code in LASTING.values()] + [None]
    assert all(a.response is None and a.thoughts is None for a in answers if a.error)
    assert SECRET_WORDS not in str(answers)
    assert {a.error.split(":")[0] for a in answers if a.error} <= set(ERRORS)


@pytest.mark.parametrize(
    ("status", "mend"),
    [(401, "api_key_env"), (403, "api_key_env"), (404, "check `model`"), (307, "final address")],
)
def test_what_fails_for_every_prompt_stops_the_run(server: Server, status: int, mend: str) -> None:
    server.everybody = Fault.status(status, Location="http://127.0.0.1:9/")
    with pytest.raises(CheckpointError) as caught:
        ask(endpoint(server), "q", "r")
    said = str(caught.value)
    assert "sft" in said
    assert server.url in said
    assert str(status) in said
    assert mend in said
    assert "\n" not in said
    assert SECRET_WORDS not in said


def test_a_server_that_is_not_there() -> None:
    dead = endpoint(None, url=closed_port())
    with pytest.raises(CheckpointError, match="cannot be reached"):
        dead.check()
    with pytest.raises(CheckpointError, match="cannot be reached"):
        ask(dead, "q", "r")


def test_a_server_that_is_gone_is_given_up() -> None:
    with openai_server() as server:
        last = json.dumps(completion(content="yes"))
        server.plan = {"q": [(200, last, {"Connection": "close"})]}
        checkpoint = endpoint(server, attempts=2, patience_s=0.2)
        answerer = checkpoint.open(Sampling(concurrency=2), PSEUDONYMS)
        assert answers_of(answerer, [prompt("q")])[0][0].error is None
    for many in (1, 40):
        with pytest.raises(CheckpointLost, match=r"stopped answering; .* run again to resume"):
            answers_of(answerer, [prompt(f"q{i}") for i in range(many)])


def test_check(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SFT_KEY", raising=False)
    keyed = endpoint(server, api_key_env="SFT_KEY")
    with pytest.raises(SecretError, match="SFT_KEY"):
        keyed.check()
    monkeypatch.setenv("SFT_KEY", KEY)
    for status in (200, 404, 405):
        server.models = (status, "{}", {})
        keyed.check()
    server.models = Fault.status(401)
    with pytest.raises(CheckpointError, match=r"HTTP 401.*SFT_KEY") as caught:
        keyed.check()
    assert KEY not in str(caught.value)


def test_only_what_is_declared_is_sent(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SFT_KEY", KEY)
    for name in ("API_KEY", "ORG_ID", "PROJECT_ID", "BASE_URL", "ADMIN_KEY"):
        monkeypatch.setenv(f"OPENAI_{name}", "http://127.0.0.1:9/leak")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Ambient: leak")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    checkpoint = endpoint(server, api_key_env="SFT_KEY", extra={"top_k": 5, "max_tokens": None})
    checkpoint.check()
    history = [
        message("system", "be kind"),
        message("user", "hello", name="ann"),
        message("assistant", "hi", thoughts="a logged thought"),
        message("user", "bye"),
    ]
    answerer = checkpoint.open(Sampling(temperature=0.5, seed=3, samples=2), PSEUDONYMS)
    [answers] = answers_of(answerer, [Prompt("p", history, None, "k", range(2))])
    assert [a.response for a in answers] == ["re: bye"] * 2
    assert len(server.bodies) == 2
    first, second = sorted(server.bodies, key=lambda body: body["seed"])
    assert first["seed"] != second["seed"]
    assert {k: v for k, v in first.items() if k != "seed"} == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "be kind"},
            {"role": "user", "content": "hello", "name": "ann"},
            {"role": "assistant", "content": "hi"},
            {"role": "user", "content": "bye"},
        ],
        "temperature": 0.5,
        "top_p": 1.0,
        "top_k": 5,
    }
    assert "leak" not in str(server.headers)
    assert {h["authorization"] for h in server.headers} == {f"Bearer {KEY}"}


def test_thoughts_are_told_apart(server: Server) -> None:
    server.plan = {
        "field": [completion(content="Yes.", reasoning_content="Hm.")],
        "other": [completion(content="Yes.", reasoning="Hm.")],
        "inline": [completion(content="<think>Hm.</think>\nYes.")],
        "parts": [completion(content=[{"type": "text", "text": "Ye"}, {"type": "text", "text": "s."}])],
        "cut": [completion(content=None, reasoning_content="Hm, hm", finish_reason="length")],
        "refusal": [completion(content=None, refusal="I cannot.")],
        "odd": [completion(content="\ud800", finish_reason="abort")],
    }  # fmt: skip
    answers = ask(endpoint(server), *server.plan)
    assert [(a.thoughts, a.response) for a in answers] == [
        ("Hm.", "Yes."),
        ("Hm.", "Yes."),
        ("Hm.", "Yes."),
        (None, "Yes."),
        ("Hm, hm", None),
        (None, "I cannot."),
        (None, "\N{REPLACEMENT CHARACTER}"),
    ]
    assert [a.finish_reason for a in answers][-3:] == ["length", "stop", None]
    assert [a.state for a in answers][-3:] == ["length", "answered", "error"]
    assert answers[-1].error == "finish_reason:abort"


def test_what_keeps_a_connection_alive_is_no_part_of_the_answer(server: Server) -> None:
    whole = json.dumps(completion(content="Yes."))
    for before in ("\n\n\n", ": PROCESSING\n\n: PROCESSING\n\n", "\ufeff"):
        server.plan = {"q": [Fault.body(before + whole)]}
        assert ask(endpoint(server), "q")[0].response == "Yes."


def test_url_must_be_plain() -> None:
    for url in ("http://u:secret@h/v1", "http://h/v1?key=secret", "h:8000", "file:///etc"):
        data = {"kind": "endpoint", "name": "a", "url": url, "model": "m"}
        with pytest.raises(ConfigError, match="url: ") as caught:
            parse(Endpoint, data, "file.yaml")
        assert "secret" not in str(caught.value)
    data = {"name": "a", "url": "http://h", "model": "m", "extra": {"messages": []}}
    with pytest.raises(ConfigError, match="cannot set messages"):
        parse(Endpoint, data, "file.yaml")


def test_place_and_speed_are_not_fingerprinted() -> None:
    one = Endpoint(name="a", url="http://one/v1", model="m", api_key_env="K", attempts=9)
    assert one.options() == Endpoint(name="a", url="http://two/v1", model="m").options()
    assert one.options() != Endpoint(name="a", url="http://one/v1", model="other").options()
    assert "K" not in one.options().values()


def test_seeds_differ_between_prompts_and_samples() -> None:
    seeds = {request_seed(Sampling(), f"p{p}", s) for p in range(20) for s in range(3)}
    assert len(seeds) == 60
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert request_seed(Sampling(seed=1), "p", 0) == request_seed(Sampling(seed=1), "p", 0)
    assert request_seed(Sampling(seed=1), "p", 0) != request_seed(Sampling(seed=2), "p", 0)
