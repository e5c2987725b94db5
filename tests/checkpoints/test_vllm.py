"""Checkpoints of kind `vllm`, against a program of that name that speaks as vLLM does."""

from __future__ import annotations

import gc
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from logminer.checkpoints.base import Sampling
from logminer.checkpoints.vllm import Vllm
from logminer.errors import (
    CheckpointAway,
    CheckpointError,
    CheckpointLost,
    ConfigError,
    ModelError,
)
from logminer.spec import parse
from tests.kit.asking import PSEUDONYMS, answers_of, ask, message, prompt
from tests.kit.fake_vllm import FakeVllm


@pytest.fixture
def fake(tmp_path: Path) -> FakeVllm:
    return FakeVllm(tmp_path / "bin")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "prod-7b"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"weights")
    return folder


def described(fake: FakeVllm, model: Path, **options: Any) -> Vllm:
    options = {"name": "prod", "path": str(model), "command": str(fake.program), **options}
    return Vllm.model_validate(options)


def gone(pids: list[int]) -> bool:
    """Whether none of them is left, after a while."""
    for _ in range(200):
        if not any(
            psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in pids
        ):
            return True
        time.sleep(0.05)
        gc.collect()  # of those who asked
    return False


def test_it_is_started_asked_and_ended(
    fake: FakeVllm, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGMINER_KEY", "5f" * 32)
    monkeypatch.setenv("VLLM_LOGGING_CONFIG_PATH", "/elsewhere")
    options = {
        "context_length": 4096,
        "reasoning_parser": "qwen3",
        "tool_call_parser": "hermes",
        "extra_args": ("--enforce-eager",),
        "environment": {"VLLM_USE_BREAKABLE_CUDAGRAPH": "0"},
        "devices": (1,),
    }
    fake.plan({"slow": 0.2})
    checkpoint = described(fake, model, **options)
    answerer = checkpoint.open(Sampling(max_new_tokens=32, concurrency=1), PSEUDONYMS)
    began = [message("system", "You are kind."), message("user", "Hi"), message("assistant", "Hi.")]
    dialogues = [[*began, message("user", "one")], [message("user", "two")], [*began, message("user", "three")]]  # fmt: skip
    prompts = [prompt(f"q{i}")._replace(messages=said) for i, said in enumerate(dialogues)]
    answers = [row[0] for row in answers_of(answerer, prompts)]
    assert [a.response for a in answers] == ["re: one", "re: two", "re: three"]
    assert {(a.thoughts, a.answered_by) for a in answers} == {("hm", "prod-7b vllm-0.33.0-tp1-0a1b2c3d")}  # fmt: skip

    # What prompts share at their beginning follows each other.
    texts = [body["messages"][-1]["content"] for body in fake.asked()]
    assert texts == ["one", "three", "two"]
    assert {(b["max_tokens"], b["model"]) for b in fake.asked()} == {(32, "prod-7b")}

    # As if by somebody else: a second answerer finds the server that runs.
    assert answers_of(checkpoint.open(Sampling(), PSEUDONYMS), [prompt("four")])
    (start,) = fake.starts()
    argv, environment = start["argv"], start["environment"]
    assert argv[:2] == ["serve", str(model)]
    told = dict(zip(argv[2::2], argv[3::2], strict=False))
    assert (told["--host"], told["--generation-config"]) == ("127.0.0.1", "vllm")
    assert {"--enforce-eager", "--enable-auto-tool-choice", "4096", "qwen3", "hermes"} < set(argv)
    key = environment["VLLM_API_KEY"]
    assert len(key) == 64
    assert key not in " ".join(argv)
    wanted = {"HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1", "VLLM_NO_USAGE_STATS": "1"}
    wanted |= {"VLLM_BATCH_INVARIANT": "1", "CUDA_VISIBLE_DEVICES": "1"}
    assert wanted.items() <= environment.items()
    assert not {"LOGMINER_KEY", "VLLM_LOGGING_CONFIG_PATH"} & environment.keys()

    del answerer
    assert gone(start["pids"])


def test_one_that_dies_is_started_anew(fake: FakeVllm, model: Path) -> None:
    fake.plan({"die": 3}, {"die": 4})
    texts = [f"q{i}" for i in range(8)]
    answers = ask(described(fake, model), *texts, concurrency=2)
    assert [a.response for a in answers] == [f"re: {text}" for text in texts]
    assert len(fake.starts()) == 3


def test_one_that_dies_before_it_has_answered_again_is_lost(fake: FakeVllm, model: Path) -> None:
    fake.plan({"die": 1}, {"die": 0})
    with pytest.raises(CheckpointLost, match=r"prod \(vllm on this machine\): stopped answering"):
        ask(described(fake, model), "q", "r", concurrency=1)
    assert len(fake.starts()) == 2
    fake.plan({"die": 0})
    with pytest.raises(CheckpointError, match="ended before it had answered anybody"):
        ask(described(fake, model), "q")
    assert len(fake.starts()) == 3


def test_what_keeps_it_from_coming_up_is_said(fake: FakeVllm, model: Path) -> None:
    checkpoint = described(fake, model, start_timeout_s=1)
    for plan in ({"slow": 600}, {"open": 1}):
        fake.plan(plan)
        told = r"has not come up within 1 s \(`start_timeout_s`\)"
        with pytest.raises(CheckpointAway, match=told):
            ask(checkpoint, "q")
    assert gone([pid for start in fake.starts() for pid in start["pids"]])
    said = (
        "(EngineCore pid=7) ERROR 11-28 [core.py:70] ValueError: Free memory on device cuda:0 is less than desired",
        "RuntimeError: Engine core initialization failed. See root cause above.",
    )
    checkpoint = described(fake, model)
    fake.plan({"fail": "\n".join(said)})
    with pytest.raises(CheckpointAway) as failed:
        ask(checkpoint, "q")
    assert "exit code 1, and says: ValueError: Free memory on device cuda:0" in str(failed.value)
    assert "`gpu_memory_utilization`" in str(failed.value)
    fake.program.write_text("#!/bin/sh\nkill -9 $$\n")
    with pytest.raises(CheckpointAway, match="was ended by signal 9"):
        ask(checkpoint, "q")


OPEN = """
import sys, time
from logminer.checkpoints.base import Sampling
from logminer.checkpoints.vllm import Vllm
from tests.kit.asking import PSEUDONYMS
opened = Vllm(name="a", path=sys.argv[1], command=sys.argv[2]).open(Sampling(), PSEUDONYMS)
print("up", flush=True)
time.sleep(600)
"""


def test_it_does_not_outlive_whoever_started_it(fake: FakeVllm, model: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OPEN, str(model), str(fake.program)], stdout=subprocess.PIPE
    )
    assert owner.stdout
    assert owner.stdout.readline() == b"up\n"
    owner.send_signal(signal.SIGKILL)
    owner.communicate()
    assert gone(fake.starts()[0]["pids"])


def test_the_fingerprint_names_what_answers_depend_on(fake: FakeVllm, model: Path) -> None:
    plain = described(fake, model)
    copy = model.with_name("copy")
    copy.mkdir()
    for file in model.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    place = {"path": str(copy), "command": "/opt/vllm", "gpu_memory_utilization": 0.4, "devices": (3,), "max_num_seqs": 8}  # fmt: skip
    assert plain.options() == described(fake, model, **place).options()
    for option in (
        {"batch_invariant": False},
        {"dtype": "float16"},
        {"tensor_parallel_size": 2},
        {"extra_args": ("--enforce-eager",)},
        {"environment": {"VLLM_USE_BREAKABLE_CUDAGRAPH": "0"}},
    ):
        assert plain.options() != described(fake, model, **option).options()
    few = described(fake, model, batch_invariant=False, max_num_seqs=8)
    assert few.options() != described(fake, model, batch_invariant=False).options()
    (copy / "model.safetensors").write_bytes(b"others!")
    assert plain.options() != described(fake, model, path=str(copy)).options()
    assert described(fake, model, tensor_parallel_size=4).resources == {"gpu": 4.0}


@pytest.mark.parametrize(
    "options",
    [
        {"extra_args": ["--api-key", "k"]},
        {"extra_args": ["--api_key=k"]},
        {"extra_args": ["--enable-log"]},
        {"extra_args": ["-tp", "2"]},
        {"environment": {"VLLM_API_KEY": "k"}},
        {"environment": {"HF_HUB_OFFLINE": "0"}},
        {"environment": {"HF_TOKEN": "k"}},
        {"extra": {"messages": []}},
        {"system": "Be kind.", "system_role": "drop"},
        {"quantization": "a b"},
    ],
)
def test_what_is_not_the_users_to_say_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        parse(Vllm, {"name": "a", "kind": "vllm", "path": "x", **options}, "file.yaml")


def test_what_is_missing_is_told_before_anything_is_started(
    fake: FakeVllm, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    described(fake, model).check()
    with pytest.raises(ModelError, match="pip install vllm"):
        described(fake, model, command="vllm-of-nobody").check()
    with pytest.raises(ModelError, match=r"neither a transformers folder .* nor a name"):
        described(fake, tmp_path / "none").check()
    # A name in the local cache: `refs/main` says which snapshot is meant.
    snapshot = tmp_path / "hub/models--lab--m-1/snapshots/0a1b"
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").write_text("{}")
    (tmp_path / "hub/models--lab--m-1/refs").mkdir()
    (tmp_path / "hub/models--lab--m-1/refs/main").write_text("0a1b")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    named = described(fake, model, path="lab/m-1").rooted(tmp_path)
    assert (named.weights(), named.model_name) == (snapshot, "m-1")
    beside = described(fake, model, path=model.name, command="bin/vllm").rooted(tmp_path)
    assert (beside.weights(), beside.program()) == (model, str(fake.program))
