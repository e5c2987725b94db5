"""What is said of a server is stored and shown: no secret in it, and no address that cannot be one."""

from __future__ import annotations

from typing import Any

import pytest

from logminer.checkpoints.asking.stored import host_of
from logminer.checkpoints.endpoint import Endpoint
from logminer.errors import ConfigError, SecretError
from logminer.spec import parse, secret

HUSH = "hush-hush-hush"


def endpoint(**options: Any) -> Endpoint:
    said = {"kind": "endpoint", "name": "a", "url": "http://localhost/v1", "model": "m", **options}
    return parse(Endpoint, said, "p.yaml")


@pytest.mark.parametrize(
    "url",
    [
        "http://h:99999/v1",
        "http://h:0/v1",
        "http://h:port/v1",
        "http://h:-1/v1",
        "http://h/v1\r\nX: y",
        "http://h/v1\n",
        " http://h/v1",
        "http://h /v1",
        "http://h/v\t1",
        "http://h/v1\x00",
        "http://h/\u202ev1",
        "http://h\\@evil/v1",
        "http://[::1/v1",
        "http://[h]/v1",
        "http://[1::2::3]/v1",
        "http://a..b/v1",
        f"http://{'a' * 70}.org/v1",
        "http://:80/v1",
        "http://@h/v1",
        f"http://u:{HUSH}@h/v1",
        f"http://h/v1?key={HUSH}",
        f"http://h/v1#{HUSH}",
        "http://h/v1?",
        "ftp://h/v1",
        "//h/v1",
        "h:8000",
        "",
    ],
)
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(ConfigError, match=r"^p\.yaml: url: must ") as error:
        endpoint(url=url)
    assert "\n" not in str(error.value)
    assert HUSH not in str(error.value)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://[::1]:8000/v1", "[::1]:8000"),
        ("https://[fe80::1%25eth0]/v1", "[fe80::1%25eth0]:443"),
        ("HTTPS://Bücher.example/v1", "bücher.example:443"),
        ("http://127.0.0.1:65535", "127.0.0.1:65535"),
        ("http://my_server/a%20b/v1/", "my_server:80"),
    ],
)
def test_what_is_an_address(url: str, host: str) -> None:
    assert host_of(endpoint(url=url).url) == host


@pytest.mark.parametrize(
    "extra",
    [
        {"api_key": HUSH},
        {"apiKey": HUSH},
        {"APIKEY": HUSH},
        {"x-api-key": HUSH},
        {"X-API-Key": HUSH},
        {"Authorization": HUSH},
        {"token": HUSH},
        {"hf_token": HUSH},
        {"accessToken": HUSH},
        {"password": 12345},
        {"client_secret": HUSH},
        {"aws_secret_access_key": HUSH},
        {"private-key": HUSH},
        {"Cookie": HUSH},
        {"extra_headers": {"authorization": HUSH}},
        {"tools": [{"server": {"headers": [{"Proxy-Authorization": HUSH}]}}]},
        {"credentials": {"user": "u", "pass": HUSH}},
        {"headers": {"X-Mine": f"Bearer {HUSH}"}},
        {"whatever": "sk-abcdefghijklmnop0123"},
        {"list": ["sk-abcdefghijklmnop0123"]},
    ],
)
def test_secrets_are_refused_by_name(extra: dict[str, Any]) -> None:
    with pytest.raises(
        ConfigError, match=r"extra: .* looks like a credential.*api_key_env"
    ) as error:
        endpoint(extra=extra)
    assert HUSH not in str(error.value)
    assert "sk-" not in str(error.value)
    assert "12345" not in str(error.value)


@pytest.mark.parametrize(
    "extra",
    [
        {"max_tokens": 5, "max_completion_tokens": 9, "stop_token_ids": [1], "stop_token": "<end>"},
        {"tokenizer": "x", "token_healing": True, "add_special_tokens": False, "eos_token": "</s>"},
        {"prompt_cache_key": "x", "reasoning_tokens": 3, "min_tokens": None, "n_tokens": 1},
        {"skip_special_tokens": True, "bad_words_tokens": [2], "logit_bias": {"token": None}},
        {"authority": "x", "keyboard": "y", "key": "z", "author": "w", "secretary": "v"},
        {"schema": {"properties": {"password": {"type": "string"}, "token": {"$ref": "#/t"}}}},
        {"stop": ["Basic ", "Bearer", "the secret word"], "require_auth": True, "api_key": None},
    ],
)
def test_what_only_sounds_like_a_secret(extra: dict[str, Any]) -> None:
    assert endpoint(extra=extra).extra == extra


@pytest.mark.parametrize(
    "name", ["sk-abcdefghijklmnop0123", "hf_abcdefghijklmnop0123", "MY KEY", "A=b", "", "K\n"]
)
def test_a_key_in_the_place_of_its_variable_is_not_repeated(name: str) -> None:
    with pytest.raises(ConfigError, match="api_key_env: must be the name of") as error:
        endpoint(api_key_env=name)
    assert "abcdefghijklmnop" not in str(error.value)


@pytest.mark.parametrize(
    "value", [f"{HUSH}\n", f"{HUSH}\r\nX: y", f"{HUSH}é", f" {HUSH}", "schlüssel", "\x7f"]
)
def test_keys_that_no_header_takes(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_KEY", value)
    with pytest.raises(SecretError, match="environment variable LAB_KEY holds") as error:
        secret("LAB_KEY")
    assert value.strip() not in str(error.value)
    assert HUSH not in str(error.value)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://api.lab.example/v1", True),
        ("http://8.8.8.8/v1", True),
        ("http://[2606:4700::1]/v1", True),
        ("https://api.lab.example/v1", False),
        ("http://localhost:8000/v1", False),
        ("http://127.9.9.9/v1", False),
        ("http://[::1]/v1", False),
        ("http://10.1.2.3/v1", False),
        ("http://vllm:8000/v1", False),
        ("http://gpu7.local/v1", False),
    ],
)
def test_http_to_far_away_is_told_in_one_line(url: str, told: bool) -> None:
    notes = endpoint(url=url).notes
    assert len(notes) == told
    assert all("over http" in note and "use https" in note and "\n" not in note for note in notes)
