"""Checkpoints in this process: GGUF files and folders of transformers."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from logminer.checkpoints.base import Prompt, Sampling
from logminer.checkpoints.endpoint import Endpoint
from logminer.checkpoints.local import Local
from logminer.demo.model import write_demo_models
from logminer.errors import ModelError
from logminer.models.packaged import find_packaged
from tests.kit.asking import PSEUDONYMS, answers_of, ask, message, prompt

SMOL = "SmolLM2-135M-Instruct"


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
        write_demo_models(tmp_path, bits=(4,))
        file = tmp_path / "model-4bit.gguf"
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
