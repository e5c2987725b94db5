"""In place of a secret stands an example of the same kind."""

from __future__ import annotations

import ast
import json
import re

import pytest

from logminer.ids import Pseudonyms
from logminer.privacy.patterns import find_all
from logminer.privacy.redact import redact
from logminer.privacy.secrets.secrets import find_secrets
from logminer.privacy.surrogates.surrogates import Surrogates
from tests.kit.secrets import Secret, secrets, tokens

PSEUDONYMS = Pseudonyms(b"k" * 32, "secrets")
make = Surrogates(PSEUDONYMS, "c")


def replaced(text: str) -> str:
    spans = []
    for span in find_secrets(text):
        if spans and span.start < spans[-1].end:
            spans[-1] = spans[-1]._replace(end=max(span.end, spans[-1].end))
        else:
            spans.append(span)
    return redact(text, spans, make).text


@pytest.mark.parametrize("seed", range(4))
def test_nothing_of_a_secret_is_left_and_nothing_is_found_again(seed: int) -> None:
    for secret in secrets(seed):
        made = replaced(secret.text)
        assert secret.value not in made, secret.kind
        found = [made[s.start : s.end] for s in find_secrets(made)]
        assert not [v for v in found if any(map(str.isalpha, v))], secret.kind


@pytest.mark.parametrize("secret", tokens(5), ids=lambda s: s.kind)
def test_a_token_keeps_its_prefix_and_length_and_says_what_it_is(secret: Secret) -> None:
    made = make("SECRET", secret.value)
    assert len(made) == len(secret.value)
    assert "example" in made.casefold()
    assert not find_all(made)
    same = sum(a == b and a.isalnum() for a, b in zip(made, secret.value, strict=True))
    assert same < len(made) / 2 or len(secret.value) < 30
    assert made == make("SECRET", secret.value)
    assert made != Surrogates(PSEUDONYMS, "d")("SECRET", secret.value)


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("sk-" + "proj-" + "q8f2K9dk" * 8, r"sk-proj-\w*EXAMPLE\w*"),
        ("postgres://app:Granite77@db.acme.test:5432", r"postgres://app:REDACTED@host:5432"),
        ("mysql://okonkwo:Pa/ss9w@localhost", r"mysql://(?!okonkwo)[\w.-]+:REDACTED@localhost"),
        ("redis://:Granite77@cache", r"redis://:REDACTED@host"),
        ("https://acme.test/reset?token=8fk29dkq01", r"https://example\.org/\w+"),
        ("ey" + "JhbGciOi.ey" + "Jzd2Iiwi.q8f2K9dk", r"eyJ\w+\.eyJ\w+\.\w+"),
        ("4821", r"(?!4821)\d{4}"),
        ("482 913", r"(?!482 913)\d{3} \d{3}"),
        ("Moss#Fern77", r"EXAMPLE\w+"),
        ("ladder ocean velvet humble", r"example( [a-z]+){3}"),
    ],
)  # fmt: skip
def test_surrogates_are_of_the_same_kind(value: str, form: str) -> None:
    assert re.fullmatch(form, make("SECRET", value)), make("SECRET", value)


def test_a_block_keeps_its_lines() -> None:
    for secret in secrets(2):
        if secret.kind != "block":
            continue
        before, after = secret.text.splitlines(), make("SECRET", secret.text).splitlines()
        assert (after[0], after[-1]) == (before[0], before[-1])
        assert [len(line) for line in after] == [len(line) for line in before]
        assert not set(after[1:-1]) & set(before)
        escaped = json.dumps(secret.text)[1:-1]
        assert json.loads(f'"{make("SECRET", escaped)}"').count("\n") == secret.text.count("\n")


@pytest.mark.parametrize(
    "value", ["a\"b\\c'9X#$`{}<&", 'Granite\\n77\\"x', "%68%75nter2%2Fx%22", "Tür&quot;99!x"]
)
def test_whatever_stands_in_a_string_still_parses(value: str) -> None:
    made = make("SECRET", value)
    read = json.loads(f'{{"k": "{made}"}}')["k"]
    assert value not in read
    assert ast.literal_eval(f"'{made}'") == read
    assert not set("<\n") & set(made)
