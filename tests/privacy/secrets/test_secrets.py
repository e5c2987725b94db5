"""What lets its holder in is found wherever it stands; what only looks like it stays."""

from __future__ import annotations

import json

import pytest

from logminer.privacy.patterns import find_all
from logminer.privacy.secrets.secrets import find_secrets
from tests.kit.secrets import Secret, secrets, tokens

SETTINGS = ("{}", "here it is: {}, please", "export X={}", '{{"k": "{}"}}', "x = '{}'", "(see {}).", "`{}`", "- {}\n- next", "> {}", "\U0001f389 {} \u05e9\u05dc\u05d5\u05dd")  # fmt: skip


def left(text: str, value: str) -> str:
    """What of `value` no span covers."""
    start = text.index(value)
    covered = {i for s in find_secrets(text) for i in range(s.start, s.end)}
    return "".join(c for i, c in enumerate(value, start) if i not in covered and c.isalnum())


@pytest.mark.parametrize("secret", tokens(seed=3), ids=lambda s: s.kind)
def test_tokens_are_found_wherever_they_stand(secret: Secret) -> None:
    for setting in SETTINGS:
        assert not left(setting.format(secret.value), secret.value), setting


@pytest.mark.parametrize("seed", range(3))
def test_announced_secrets_are_found_whole(seed: int) -> None:
    for secret in secrets(seed):
        for text in (secret.text, f"So:\n{secret.text}\nWhat now?"):
            assert not left(text, secret.value), secret.kind


@pytest.mark.parametrize("secret", secrets(7), ids=lambda s: s.kind)
def test_secrets_are_proven_identifiers(secret: Secret) -> None:
    assert any(s.entity_type == "SECRET" and s.score == 1.0 for s in find_all(secret.text))


def test_a_key_block_is_found_escaped_and_cut_off() -> None:
    (block,) = {s.text for s in secrets(1) if "RSA" in s.text}
    escaped = json.dumps({"private_key": block})
    (span,) = [s for s in find_secrets(escaped) if "BEGIN" in escaped[s.start : s.end]]
    assert escaped[span.start : span.end] == json.dumps(block)[1:-1]
    cut = block[: block.index("-----END")]
    (span,) = find_secrets(f"{cut}\nIs that enough?")
    assert cut.strip().startswith(cut[span.start : span.end])
    assert span.end >= len(cut.strip())


@pytest.mark.parametrize(
    "text",
    [
        "password: string", "password: required", "password: changeme", '"password": "password"', "The password is incorrect.", "my password is not working",
        "password = input('Password: ')", "const token = process.env.TOKEN;", "api_key = os.environ['API_KEY']", "API_KEY=${API_KEY}", "API_KEY=YOUR_API_KEY",
        "Authorization: Bearer <token>", "Authorization: Bearer YOUR_TOKEN", "sk-...", "sk-xxxxxxxxxxxxxxxxxxxxxxxx", "AKIA" + "IOSFODNN7EXAMPLE",
        "postgres://user:password@localhost/db", "https://${TOKEN}:x-oauth-basic@host/repo", "token = tokenizer.next()", "if password == hashed_password:",
        "password VARCHAR(255) NOT NULL", "session = requests.Session()", "The error code is 4041", "zip code 94110", "postal code: 10115", "Arduino pin 13",
        "the tokens: 4096", "key = 'user_profile_2023'", "id: 550e8400-e29b-41d4-a716-446655440000", "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "https://github.com/org/repo/blob/main/auth/token/handler.go",
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=120", "np.random.seed(12345)", "secret = 'Keep it simple'", "pass rate is 98.5%", "PIN diode 1N4007",
        "The secret is consistency.", "What does password hashing with Argon2 do?", "| user | password |\n|---|---|\n| string | required |",
        "print(f'Your password is {password}')", "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
    ],
)  # fmt: skip
def test_names_examples_and_code_stay(text: str) -> None:
    assert find_secrets(text) == []


@pytest.mark.parametrize(
    "text", ["password: ", "pw=", "curl -u ", "mysql -p ", "-----BEGIN PRIVATE KEY-----\n", "sk-", "?token=", "seed phrase: ladder ocean ", "a,password\n", "http://a:b"]
)  # fmt: skip
def test_texts_made_to_slow_it_down_hold_nothing(text: str) -> None:
    assert all(s.end <= 60_000 for s in find_secrets(text * (60_000 // len(text))))
