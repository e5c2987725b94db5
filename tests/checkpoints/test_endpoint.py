"""Checkpoints against real servers and real (small) models."""

from __future__ import annotations

import json
import pickle
import shutil
import socket
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter

from logminer.checkpoints.asking.chat import read_completion, to_chat
from logminer.checkpoints.base import (
    ERRORS,
    Answer,
    Answerer,
    Checkpoint,
    Prompt,
    Sampling,
    request_seed,
)
from logminer.checkpoints.endpoint import (
    Endpoint,
)
from logminer.checkpoints.local import (
    Local,
)
from logminer.checkpoints.scripted import (
    Scripted,
)
from logminer.demo.model import write_demo_model
from logminer.errors import (
    CheckpointError,
    CheckpointLost,
    ConfigError,
    ModelError,
    SecretError,
)
from logminer.ids import Pseudonyms
from logminer.models.packaged import find_packaged
from logminer.spec import Spec, parse
from tests.kit.openai_server import KEY, SECRET_WORDS, Fault, Server, completion, openai_server

PSEUDONYMS = Pseudonyms(b"k" * 32, "test")
SMOL = "SmolLM2-135M-Instruct"


def message(role: str, content: str | None, **fields: Any) -> dict[str, Any]:
    empty = dict.fromkeys(("thoughts", "name", "tool_calls", "tool_call_id"))
    return {"role": role, "content": content, **empty, **fields}


def prompt(text: str, samples: int = 1) -> Prompt:
    return Prompt(f"id of {text}", [message("user", text)], None, "key", range(samples))


def answers_of(answerer: Answerer, prompts: Sequence[Prompt]) -> list[list[Answer]]:
    """For each prompt, in order, its samples; none is missing or given twice."""
    found = {(place, sample): answer for place, sample, answer in answerer.answer(prompts)}
    assert found.keys() == {(i, s) for i, p in enumerate(prompts) for s in p.samples}
    return [[found[i, s] for s in p.samples] for i, p in enumerate(prompts)]


def ask(checkpoint: Checkpoint, *texts: str, **sampling: Any) -> list[Answer]:
    """The first sample of each."""
    answerer = checkpoint.open(Sampling(**sampling), PSEUDONYMS)
    return [row[0] for row in answers_of(answerer, [prompt(text) for text in texts])]


# --- endpoint ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[Server]:
    with openai_server() as running:
        yield running


def endpoint(server: Server | None, **options: Any) -> Endpoint:
    url = server.url if server else options.pop("url")
    return Endpoint(**{"name": "sft", "url": url, "model": "m", "pause_s": 0.01, **options})


def closed_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/v1"


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
    assert len(server.bodies) == 6
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
    server.plan = {key: [Fault.status(status, Location="http://127.0.0.1:9/")] for key in "qr"}
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
        ("Hm, hm", ""),
        (None, "I cannot."),
        (None, "\ud800"),
    ]
    assert [a.finish_reason for a in answers][-3:] == ["length", "stop", None]


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


# --- chat format ------------------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["choices", "message", "content", "usage"]), inner)
    ),
    max_leaves=12,
)


@given(JSON)
def test_no_shape_of_answer_raises(body: Any) -> None:
    for shape in (body, {"choices": body}, {"choices": [body]}, {"choices": [{"message": body}]}):
        answer = read_completion(shape, 0.0)
        assert (answer.error is None) == (answer.response is not None)


def test_tool_messages() -> None:
    calls = [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
    history = [
        message("assistant", None, tool_calls=json.dumps(calls)),
        message("tool", "42", tool_call_id="c1"),
        message("tool", "43"),
        message("assistant", None, tool_calls="not [json"),
    ]
    assert to_chat(history) == [
        {"role": "assistant", "content": "", "tool_calls": calls},
        {"role": "tool", "content": "42", "tool_call_id": "c1"},
        {"role": "user", "content": "43"},
        {"role": "assistant", "content": ""},
    ]


def test_system_override_replaces_logged_system_messages() -> None:
    history = [message("system", "old"), message("user", "hi")]
    assert to_chat(history, "new") == [
        {"role": "system", "content": "new"},
        {"role": "user", "content": "hi"},
    ]


# --- scripted ---------------------------------------------------------------------------------------------------------


def test_scripted_is_a_function_of_the_prompt() -> None:
    script = Scripted(name="s", replies=("a", "b {prompt}", "c"), fail_every=4, thoughts="hm")
    prompts = [prompt(f"t{i}", 2) for i in range(200)]
    answerer = script.open(Sampling(samples=2), PSEUDONYMS)
    answers = answers_of(answerer, prompts)
    assert answers == [answers_of(answerer, [p])[0] for p in prompts]
    failed = [row for row in answers if row[0].error]
    assert {a.error for row in failed for a in row} == {"scripted"}
    assert 25 < len(failed) < 80
    for p, row in zip(prompts, answers, strict=True):
        if not row[0].error:
            assert {a.thoughts for a in row} == {"hm"}
            assert row[0].response != row[1].response
            assert {a.response for a in row} <= {"a", f"b {p.messages[-1]['content']}", "c"}
    assert ask(Scripted(name="s"), "x")[0].response == ask(Scripted(name="s"), "y")[0].response
    assert not script.own_process


# --- local ------------------------------------------------------------------------------------------------------------

SHORT: dict[str, Any] = {"max_new_tokens": 12}


def test_gguf_answers_and_greedy_repeats(capfd: pytest.CaptureFixture[str]) -> None:
    local = Local(name="smol", path=SMOL, threads=1, context_length=256)
    local.check()
    answerer = local.open(Sampling(**SHORT), PSEUDONYMS)
    prompts = [prompt("What is the moon?"), prompt("word " * 400), prompt("Name a colour.")]
    first = [row[0] for row in answers_of(answerer, prompts)]
    again = [row[0] for row in answers_of(answerer, prompts[::-1])][::-1]
    assert [a.response for a in first] == [a.response for a in again]
    assert [a.error for a in first] == [None, "context_too_long", None]
    moon = first[0]
    assert "moon" in (moon.response or "").lower()
    assert moon.finish_reason == "length"
    assert moon.output_tokens == 12
    assert moon.input_tokens
    assert moon.latency_s
    captured = capfd.readouterr()
    assert captured.out + captured.err == ""


def test_gguf_samples_differ_and_repeat() -> None:
    local = Local(name="smol", path=SMOL, threads=1, context_length=256, slots=2, system="Rhyme.")
    answerer = local.open(Sampling(**SHORT, samples=2, temperature=1.0), PSEUDONYMS)
    [row] = answers_of(answerer, [prompt("Tell me a story.", 2)])
    assert row[0].response != row[1].response
    [again] = answers_of(answerer, [prompt("Tell me a story.", 2)])
    assert [a.response for a in row] == [a.response for a in again]


@pytest.mark.parametrize("quantised", [False, True])
def test_a_server_and_this_process_answer_alike(quantised: bool, tmp_path: Path) -> None:
    import xllamacpp

    file = find_packaged(SMOL)
    assert file
    if quantised:
        file = tmp_path / "q4_0.gguf"
        write_demo_model(file)
    params = xllamacpp.CommonParams()
    params.model.path, params.port, params.verbosity = str(file), 0, -1
    params.n_parallel, params.n_ctx = 1, 512
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.cpuparams.poll = params.cpuparams_batch.poll = 0
    server = xllamacpp.Server(params)
    served = Endpoint(name="e", url=f"{server.listening_address}/v1", model="any")
    served.check()
    local = Local(name="l", path=str(file), threads=1, context_length=512)
    texts = ["What is the moon?", "Name a colour.", "How do I bake bread?"]
    one, other = (ask(checkpoint, *texts, **SHORT) for checkpoint in (served, local))
    assert [a.response for a in one] == [a.response for a in other]
    assert [a.input_tokens for a in one] == [a.input_tokens for a in other]
    assert (one[0].answered_by or "").startswith(str(file))
    assert (other[0].answered_by or "").startswith(f"{file.name} ")


def test_stop_texts_end_an_answer(folder: Path) -> None:
    for local in (
        Local(name="smol", path=SMOL, threads=1, context_length=256),
        Local(name="tiny", path=str(folder), device="cpu"),
    ):
        text = "w1" if local.name == "tiny" else "What is the moon?"
        [whole] = ask(local, text, max_new_tokens=24)
        words = (whole.response or "").split()
        [cut] = ask(local, text, max_new_tokens=24, stop=(words[3],))
        assert whole.response
        assert (cut.response or "").split() == words[: words.index(words[3])]
        assert cut.finish_reason == "stop"


def test_local_fingerprint_is_of_the_weights_not_of_the_place(tmp_path: Path) -> None:
    packaged = find_packaged(SMOL)
    assert packaged
    here, there = tmp_path / "a.gguf", tmp_path / "there" / "a.gguf"
    there.parent.mkdir()
    here.write_bytes(b"x" * 3_000_000)
    shutil.copy(here, there)
    options = Local(name="l", path=str(here)).options()
    assert options == Local(name="l", path=str(there), threads=3).options()
    assert options != Local(name="l", path=str(here), slots=2).options()
    assert options == Local(name="l", path=str(here), batch_size=2).options()
    assert options == Local(name="l", path="a.gguf").rooted(tmp_path).options()
    there.write_bytes(b"x" * 2_999_999 + b"y")
    assert options != Local(name="l", path=str(there)).options()
    assert Local(name="l", path=SMOL).rooted(tmp_path).path == SMOL
    assert Local(name="l", path=SMOL).model_name == SMOL


def test_local_that_cannot_be_loaded(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such file"):
        Local(name="l", path=str(tmp_path / "none.gguf")).check()
    with pytest.raises(ModelError, match=r"config\.json"):
        Local(name="l", path=str(tmp_path)).check()
    (tmp_path / "bad.gguf").write_bytes(b"not a model")
    with pytest.raises(ModelError, match="cannot be loaded"):
        Local(name="l", path=str(tmp_path / "bad.gguf")).open(Sampling(), PSEUDONYMS)


CHAT_TEMPLATE = (
    "{% for m in messages %}{% if m.role == 'tool' %}{{ raise_exception('no tools') }}{% endif %}"
    "{{ m.role }} : {{ m.content }} {% endfor %}{% if add_generation_prompt %}assistant :{% endif %}"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Llama with random weights and a word-level tokenizer, made here."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    words = ["<unk>", "<pad>", "<end>", "user", "assistant", "system", ":"]
    words += [f"w{i}" for i in range(57)]
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unk>", pad_token="<pad>", eos_token="<end>"
    )
    fast.chat_template = CHAT_TEMPLATE
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2}
    heads = {"num_attention_heads": 2, "num_key_value_heads": 2, "max_position_embeddings": 64}
    special = {"eos_token_id": 2, "pad_token_id": 1, "bos_token_id": None}
    config = LlamaConfig(vocab_size=len(words), initializer_range=0.5, **sizes, **heads, **special)
    path = tmp_path_factory.mktemp("model")
    LlamaForCausalLM(config).save_pretrained(path)
    fast.save_pretrained(path)
    return path


def test_transformers_folder(folder: Path) -> None:
    local = Local(name="tiny", path=str(folder), batch_size=3, device="cpu")
    local.check()
    texts = ["w1 w2", "w3", "w4 w5 w6 w7 w8 w9", "w1 " * 100, "w10"]
    answers = ask(local, *texts, **SHORT)
    assert [a.error for a in answers] == [None, None, None, "context_too_long", None]
    assert answers == [a._replace(latency_s=b.latency_s) for a, b in zip(ask(local, *texts, **SHORT), answers, strict=True)]  # fmt: skip
    for answer in answers:
        if answer.error is None:
            assert answer.response
            assert answer.finish_reason in ("stop", "length")
            assert (answer.finish_reason == "length") == (answer.output_tokens == 12)
    # Padding does not change what is said by more than rounding; with this model, not at all.
    alone = ask(local.model_copy(update={"batch_size": 1}), *texts, **SHORT)
    assert [a.response for a in alone] == [a.response for a in answers]
    assert alone[1].input_tokens == 5  # user : w3 assistant :
    assert local.options() != Local(name="tiny", path=str(folder), batch_size=4).options()
    assert local.options() == local.model_copy(update={"slots": 4, "device": None}).options()


def test_transformers_samples_and_refusing_template(folder: Path) -> None:
    local = Local(name="tiny", path=str(folder), device="cpu")
    answerer = local.open(Sampling(**SHORT, samples=2, temperature=1.5), PSEUDONYMS)
    history = [message("tool", "x", tool_call_id="1"), message("user", "w1")]
    prompts = [prompt("w1", 2), Prompt("t", history, None, "k", range(2))]
    answers = answers_of(answerer, prompts)
    assert [a.error for a in answers[1]] == ["refused_by_server"] * 2
    assert answers[0][0].response != answers[0][1].response
    again = answers_of(answerer, prompts)
    assert [a.response for a in answers[0]] == [a.response for a in again[0]]


def test_transformers_folder_without_chat_template(folder: Path, tmp_path: Path) -> None:
    base = tmp_path / "base"
    shutil.copytree(folder, base)
    for file in base.glob("chat_template*"):
        file.unlink()
    with pytest.raises(ModelError, match="no chat template"):
        Local(name="b", path=str(base)).open(Sampling(), PSEUDONYMS)
    (base / "model.safetensors").write_bytes(b"broken")
    with pytest.raises(ModelError, match="cannot be loaded"):
        Local(name="b", path=str(base)).open(Sampling(), PSEUDONYMS)


# --- all --------------------------------------------------------------------------------------------------------------


def test_checkpoints_pickle_and_are_told_apart_by_kind() -> None:
    import logminer.checkpoints.kinds as door

    union: TypeAdapter[Any] = TypeAdapter(tuple[door.AnyCheckpoint, ...])
    described = [
        {"name": "a", "kind": "endpoint", "url": "http://h/v1", "model": "m"},
        {"name": "b", "kind": "local", "path": "x.gguf"},
        {"name": "c", "kind": "recorded", "path": "answers.parquet"},
        {"name": "d", "kind": "scripted", "replies": ["x"]},
    ]
    read = union.validate_json(json.dumps(described))
    assert [type(c).__name__ for c in read] == ["Endpoint", "Local", "Recorded", "Scripted"]
    assert pickle.loads(pickle.dumps(read)) == read


def test_kind_must_be_named() -> None:
    import logminer.checkpoints.kinds as door

    class Pipeline(Spec):
        checkpoints: tuple[door.AnyCheckpoint, ...] = ()

    with pytest.raises(ConfigError, match=r"checkpoints\.0"):
        parse(Pipeline, {"checkpoints": [{"name": "a"}]}, "file.yaml")
    data = {"checkpoints": [{"name": "a", "kind": "scripted", "fail_evry": 3}]}
    with pytest.raises(ConfigError, match="fail_every"):
        parse(Pipeline, data, "file.yaml")


def test_names_are_checked() -> None:
    assert issubclass(Checkpoint, BaseModel)
    with pytest.raises(ConfigError, match="name"):
        parse(Scripted, {"name": "../a"}, "file.yaml")
