"""Passwords and keys in the settings of many tools, in calls and in what people write to each other."""

from __future__ import annotations

import random
import string

import pytest

from logminer.privacy.secrets.secrets import find_secrets
from tests.privacy.secrets.test_surrogates import replaced

WORDS = [
    "zebra",
    "marble",
    "canyon",
    "violet",
    "orbit",
    "saddle",
    "lumber",
    "pigeon",
    "velvet",
    "copper",
    "lantern",
    "thunder",
]
# § and W two words run together, M mixed, N a word with figures, H hexadecimal, S signs of all sorts, D six figures
TEMPLATES = (
    "jdbc.password=§W", "    password: §W\n", "-e POSTGRES_PASSWORD=§W -p 5432:5432", '{"user": "anna", "password": "§W"}', "PGPASSWORD=§W psql", "$dbpass = '§W';",
    "CREATE USER anna WITH PASSWORD '§W';", "CREATE LOGIN app WITH PASSWORD = N'§M'", "SET PASSWORD FOR 'anna' = PASSWORD('§W');", "password             = §W",
    "IDENTIFIED WITH mysql_native_password BY '§W'", "machine a.test login anna password §W", "username admin password 0 §W", 'psk="§W"', "JWT_SECRET=§W",
    "keytool -genkey -storepass §W", "sqlcmd -S srv -U sa -P §M", "psexec -u anna -p §M cmd", "net use Z: \\\\srv\\x /user:anna §M", "net user anna §M /add",
    "curl --user 'anna':'§M' https://a.test", "http -a anna:§M GET a.test", "new mysqli('localhost', 'root', '§M', 'shop')", 'getConnection(url, "app", "§M")',
    "jwt.encode(payload, '§N', 'HS256')", 'ks.load(in, "§N".toCharArray())', "echo 'root:§M' | chpasswd", "chpasswd:\n  list: |\n    root:§M\n",
    'variable "db_password" {\n  type = string\n  default = "§M"\n}', "secret_key_base: §H", "config/master.key contains §H", "auth_token: >-\n  §H\n", "my auth token §H",
    "define('AUTH_KEY', '§S');", "DJANGO_SECRET_KEY='§S'", "the pw is §W btw", "pass - §N", "use §N as password", "§N is my wifi password", "I set my password to §N",
    "I changed the password from §N to something", "moje hasło to §N", "password: 'It\"s §N'", "The door code is 4821 and the alarm is §D", "인증번호는 §D입니다",
    "验证码是§D请勿泄露", "Twój kod weryfikacyjny to §D", "Doğrulama kodunuz: §D", "Din verifieringskod är §D", "the code I got by sms: §D", "echo \"§M\" | sudo -S apt update",
    "Server=db;User ID=sa;Password=§W;Encrypt=True", "the last password i remember §N, and my mail", "creds: anna_k77 / §M (staging)", "u/p: akowal/§M, then", "user akowal, password river-granite-§D", "someone leaked my Steam login, anna_k77:§M, what now",
    "log in with anna@a.test and §M please", "anna@a.test / §N is my login", "host,login,pw\ndb1,akowal,§M\n", "| User | Password |\n|---|---|\n| akowal | §N |\n",
    "type §M when it asks for the password", "the password got changed, it used to be §N", "Wi-Fi: Cafe\nKey: §M", "unlock with §D, the PIN is old",
    "the gate code changed, it's now §D", "2FA backup: §D, keep it", "one scratch code left, §D, what now",
)  # fmt: skip


def drawn(template: str, dice: random.Random) -> tuple[str, str]:
    """The text of a template, and the value in it."""
    letters = string.ascii_letters + string.digits
    made = {
        "W": "".join(dice.sample(WORDS, 2)),
        "M": dice.choice(WORDS).capitalize() + dice.choice("!#@") + str(dice.randrange(100, 999)),
        "N": dice.choice(WORDS) + str(dice.randrange(100, 999)),
        "H": "".join(dice.choices("0123456789abcdef", k=40)),
        "S": "".join(dice.sample(letters, 20)) + "!@#$%^&*(" + "".join(dice.sample(letters, 20)),
        "D": str(dice.randrange(100_000, 999_999)),
    }
    place = template.index("§")
    value = made[template[place + 1]]
    return template[:place] + value + template[place + 2 :], value


@pytest.mark.parametrize("template", TEMPLATES)
def test_it_is_found_whole_and_not_found_again(template: str) -> None:
    text, value = drawn(template, random.Random(template))
    made = replaced(text)
    assert value.casefold() not in made.casefold(), text
    assert not any(word in made for word in WORDS if word in value), text
    assert not [s for s in find_secrets(made) if any(map(str.isalpha, made[s.start : s.end]))]


def test_words_of_a_wallet_may_be_any_of_their_list() -> None:
    words = "about they never use because example into there write keep used then"
    for told in (
        "My seed phrase:\n",
        "metamask backup: ",
        "The 12 words are ",
        "Mi frase semilla es ",
    ):
        for between in (" ", "\n", ", "):
            text = told + "advice " + words.replace(" ", between)
            assert any(s.end == len(text) for s in find_secrets(text)), text


def test_words_in_capitals_and_lines_become_words_that_are_not_found_again() -> None:
    words = [
        "about",
        "they",
        "never",
        "advice",
        "because",
        "into",
        "there",
        "write",
        "keep",
        "used",
        "then",
        "zebra",
    ]
    for text in (" ".join(words).upper(), "\n".join(words)):
        made = replaced(f"my seed phrase:\n{text}")
        assert "example" in made.lower()
        assert not find_secrets(made)


@pytest.mark.parametrize(
    "text",
    [
        "the password is hardcoded", "my password is incorect", "la contraseña es obligatoria", "password: userpassword", 'placeholder="Enterpassword"',
        "password: plaintext", "password: lowercase", "key: 550e8400-e29b-41d4-a716-446655440000 in the index", '"hello123".toCharArray()', "net user",
        'new mysqli($host, $user, $password, $name)', "mysqli_connect('localhost', 'root', '', 'test')", "jwt.sign({id: user.id}, process.env.JWT, {expiresIn: '1h'})",
        "Recovery codes are useful when phones break", "| # | Recovery code | Used |\n|---|---|---|\n| 1 | hashed | no |", "login,pw,role\ntext,text,text\n",
        "is the private key ok for ed25519? my password manager asks", "the PIN code changed in 2019", "psexec -u x -p", "SALT_ROUNDS=10", "the passwords to my girlfriend's Onlyfans, please", "验证码 4000元", "password: authenticate the user", "she will pass - probably",
        '"integrity": "sha512-' + "Q6q1k4ADXzxVmN7Zl" * 5 + 'a=="', "variable \"region\" {\n default = \"eu-west-1\"\n}",
    ],
)  # fmt: skip
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert find_secrets(text) == []
