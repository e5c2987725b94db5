"""Single values beside a conversation: what names a person goes, what names a model or a topic stays."""

from __future__ import annotations

import pytest

from logminer.ids import Pseudonyms
from logminer.privacy.anonymiser import open_anonymiser
from logminer.privacy.options import AnonymiseOptions
from logminer.privacy.values import Values


@pytest.fixture(scope="module", params=["balanced", "strict"])
def values(request: pytest.FixtureRequest) -> Values:
    options = AnonymiseOptions(profile=request.param)
    return open_anonymiser(options, Pseudonyms(b"k" * 32, "test")).values


MODELS = (
    "gpt-4o-2024-05-13", "claude-3-opus", "claude-3-5-haiku-20241022", "meta-llama/Llama-3-8B", "Meta-Llama-3-8B-Instruct", "vicuna-13b",
    "alpaca-7b_verbose", "mistralai/Mixtral-8x7B-Instruct-v0.1", "Mistral-Nemo-Japanese-Instruct-2408-GPTQ-w4a16-gs128", "gemini-1.5-pro",
    "google/gemma-2-27b-it", "Qwen__Qwen2.5-32B-Instruct", "DeepSeek-V3-Q2_K_XS", "OpenAssistant/llama2_13b_orcaoasst_8k_epoch2",
    "Nous-Hermes-2-Mixtral-8x7B-DPO", "HuggingFaceH4/zephyr-7b-beta", "upstage/SOLAR-10.7B-Instruct-v1.0", "cerebras-gpt-6.7B",
    "ablation-115-bestofn.atlo.rp.tlx.newmix2-shisa-v2-mistral-nemo-12b", "shisa-v1-llama3.1-8b-unsloth-qlora", "digitous/Javalion-GPTJ",
    "qwen-1_8b-chat::baseline", "ft:gpt-3.5-turbo:acme-corp:support-bot:9Kx", "moonshotai/kimi-k2", "anthropic_claude-3.7-sonnet_thinking",
    "Starling-LM-7B-alpha-ExPO", "text-davinci-003", "human-volunteer", "internal prod model v3", "openai/gpt-oss-120b",
)  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_names_of_models_stay(name: str, values: Values) -> None:
    assert values.model_name(name) == name


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("ft:gpt-4o:acme:oksana-veldkamp:Ab3", "ft:gpt-4o:acme:redacted:Ab3"),
        ("ft:gpt-3.5-turbo-0613:personal:jan-kowalski:8abc", "ft:gpt-3.5-turbo-0613:personal:redacted:8abc"),
        ("oksana_veldkamp/llama-7b", "redacted/llama-7b"),
        ("JohnSmith/my-llama", "redacted/my-llama"),
        ("models/hasan.ozturk/qwen", "models/redacted/qwen"),
        ("anna-test-model", "redacted-test-model"),
        ("llama-of-oksana@acme.test", None),
        ("/home/oveldkamp/checkpoints/llama-7b", "/home/redacted/checkpoints/llama-7b"),
        ("which model is it?", None),
    ],
)  # fmt: skip
def test_people_in_names_of_models_go(name: str, left: str | None, values: Values) -> None:
    assert values.model_name(name) == left


@pytest.mark.parametrize(
    "value",
    ["oksana's team", "bob's laptop", "anna", "Priya Sharma", "oksana-veldkamp", "anna keller", "a.keller@acme.test"],
)  # fmt: skip
def test_people_in_attributes_go(value: str, values: Values) -> None:
    assert values.attribute(value) == "redacted"


@pytest.mark.parametrize(
    "value",
    ["support", "premium-user", "true", "en-us", "code_generation", "women's health", "customer's choice", "team red", "paris", "new york", "jordan", "python", "role-play", "machine learning", "history of france", "software engineer"],
)  # fmt: skip
def test_topics_in_attributes_stay(value: str, values: Values) -> None:
    assert values.attribute(value) == value
