"""Invented secrets of every kind. Vendors' tokens are put together here, so that no scanner takes them for real ones."""

from __future__ import annotations

import random
import string
from typing import NamedTuple

__all__ = ["Secret", "secrets", "tokens"]

_ANY = string.ascii_letters + string.digits
_HEX = "0123456789abcdef"
_CAPITALS = string.ascii_uppercase + string.digits
# vendor: what it begins with, how many characters follow, of which
_TOKENS: dict[str, tuple[str, int, str]] = {
    "openai": ("sk-" + "proj-", 64, _ANY),
    "anthropic": ("sk-" + "ant-api03-", 93, _ANY + "_-"),
    "github": ("gh" + "p_", 36, _ANY),
    "github fine": ("github" + "_pat_", 82, _ANY),
    "gitlab": ("gl" + "pat-", 20, _ANY),
    "aws": ("AK" + "IA", 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
    "google": ("AI" + "za", 35, _ANY),
    "google client": ("GO" + "CSPX-", 28, _ANY),
    "stripe": ("sk_" + "live_", 24, _ANY),
    "slack": ("xo" + "xb-1234567890-", 24, _ANY),
    "twilio": ("S" + "K", 32, _HEX),
    "mailgun": ("ke" + "y-", 32, _HEX),
    "npm": ("np" + "m_", 36, _ANY),
    "pypi": ("py" + "pi-AgEIcHlwaS5vcmc", 80, _ANY),
    "hugging face": ("h" + "f_", 34, string.ascii_letters),
    "digitalocean": ("do" + "p_v1_", 64, _HEX),
    "shopify": ("shp" + "at_", 32, _HEX),
    "square": ("sq0" + "atp-", 22, _ANY),
    "databricks": ("da" + "pi", 32, _HEX),
    "notion": ("nt" + "n_", 46, _ANY),
    "linear": ("lin" + "_api_", 40, _ANY),
    "figma": ("fi" + "gd_", 40, _ANY),
    "netlify": ("nf" + "p_", 36, _ANY),
    "new relic": ("NR" + "AK-", 27, _CAPITALS),
    "docker": ("dckr" + "_pat_", 27, _ANY),
    "atlassian": ("ATA" + "TT3", 186, _ANY),
    "facebook": ("EA" + "AC", 150, _ANY),
    "grafana": ("gl" + "sa_", 41, _ANY),
    "vault": ("hv" + "s.", 95, _ANY),
    "age": ("AGE-" + "SECRET-KEY-1", 58, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"),
    "planetscale": ("pscale" + "_tkn_", 43, _ANY),
    "supabase": ("sb" + "p_", 40, _HEX),
    "groq": ("gs" + "k_", 52, _ANY),
    "xai": ("xa" + "i-", 80, _ANY),
    "replicate": ("r" + "8_", 37, _ANY),
    "perplexity": ("ppl" + "x-", 48, _ANY),
    "fireworks": ("f" + "w_", 24, _ANY),
}


class Secret(NamedTuple):
    """A text that holds a secret, and what of it must go."""

    kind: str
    text: str
    value: str


def tokens(seed: int = 0) -> list[Secret]:
    """One token of each vendor, alone."""
    dice = random.Random(seed)
    values = {
        kind: head + "".join(dice.choices(letters, k=count))
        for kind, (head, count, letters) in _TOKENS.items()
    }
    values["sendgrid"] = "S" + "G." + _drawn(dice, 22) + "." + _drawn(dice, 43)
    values["telegram"] = _drawn(dice, 10, "123456789") + ":AA" + _drawn(dice, 33)
    values["discord"] = "MT" + _drawn(dice, 22) + "." + _drawn(dice, 6) + "." + _drawn(dice, 38)
    values["jwt"] = "ey" + "JhbGciOiJIUzI1NiJ9.ey" + "J" + _drawn(dice, 40) + "." + _drawn(dice, 43)
    return [Secret(kind, value, value) for kind, value in values.items()]


def _drawn(dice: random.Random, count: int, letters: str = _ANY) -> str:
    return "".join(dice.choices(letters, k=count))


# kind, text; %s is the secret, %d one of figures
_TEXTS: tuple[tuple[str, str, str], ...] = (
    ("password", "my password is %s and it fails", "word"),
    ("password", "Mein Passwort lautet %s", "word"),
    ("password", "La contraseña de Netflix es %s", "word"),
    ("password", "mon mot de passe : %s", "word"),
    ("password", "пароль: %s", "word"),
    ("password", "密码是 %s", "word"),
    ("wifi", "The wifi password for guests is %s", "word"),
    ("wifi", "WIFI:T:WPA;S:Home;P:%s;;", "word"),
    ("pin", "My PIN is %s", "pin"),
    ("code", "Your verification code is %s. Do not share it.", "code"),
    ("code", "%s is your sign-in code", "code"),
    ("code", "Ihr Bestätigungscode lautet %s", "code"),
    ("code", "验证码：%s", "code"),
    ("backup", "backup codes: %s, keep them", "backup"),
    ("totp", "otpauth://totp/Shop:me?secret=%s&issuer=Shop", "base32"),
    ("header", "Authorization: Bearer %s", "key"),
    ("header", "requests.get(url, headers={'Authorization': 'Bearer %s'})", "key"),
    ("header", "Cookie: sessionid=%s; theme=dark", "key"),
    ("header", "X-Api-Key: %s", "key"),
    ("connection", "postgres://app:%s@db.acme.test:5432/prod", "word"),
    ("connection", "mongodb+srv://svc:%s@cluster0.acme.test/app?retryWrites=true", "word"),
    ("connection", "redis://:%s@cache:6379/0", "word"),
    ("connection", "jdbc:postgresql://h/d?user=app&password=%s", "word"),
    ("connection", "Server=h;Database=d;User Id=sa;Password=%s;", "word"),
    ("connection", "SharedAccessKeyName=Root;SharedAccessKey=%s=", "key"),
    ("link", "https://acme.test/f?sv=2022-11-02&sr=b&sig=%s", "key"),
    ("link", "https://b.acme.test/r.pdf?X-Amz-Expires=60&X-Amz-Signature=%s", "hex"),
    ("link", "https://app.acme.test/reset?token=%s", "key"),
    ("link", "https://app.acme.test/reset-password/%s", "key"),
    ("link", "https://app.acme.test/invite/%s", "key"),
    ("setting", 'API_KEY = "%s"', "hex"),
    ("setting", '{"client_secret": "%s"}', "key"),
    ("setting", "export DB_PASS=%s", "word"),
    ("setting", "spring.datasource.password=%s", "word"),
    ("command", "mysqldump -u root -p%s prod", "word"),
    ("command", "curl -u anna:%s https://acme.test", "word"),
    ("command", "machine acme.test login anna password %s", "word"),
    ("command", "db.acme.test:5432:prod:app:%s", "word"),
    ("command", 'auth=("anna", "%s")', "word"),
    ("table", "name,url,user,password\nacme,https://acme.test,anna,%s", "word"),
    ("hash", "anna:$apr1$k29dkq01$%s", "key"),
    ("words", "seed phrase: %s", "words"),
    ("wallet", "wallet private key: 0x%s", "hex"),
    ("licence", "license key: %s", "licence"),
)
_WORDS = "ladder ocean velvet humble crater tunnel kitten solar fabric lemon orbit pulse banana copper drama engine"


def secrets(seed: int = 0) -> list[Secret]:
    """One text of every kind, tokens and private keys included."""
    dice = random.Random(seed)

    def value(form: str) -> str:
        digits = _drawn(dice, 2, "3456789")
        forms = {
            "word": lambda: dice.choice(("Granite", "Moss#Fern", "Otter-Lake")) + digits + "x",
            "pin": lambda: _drawn(dice, 4, "3456789"),
            "code": lambda: _drawn(dice, 6, "3456789"),
            "backup": lambda: "k" + _drawn(dice, 1, "39") + _drawn(dice, 2) + "-" + digits + "mn",
            "base32": lambda: "JBSW" + _drawn(dice, 12, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
            "key": lambda: "q8f" + _drawn(dice, 14) + "K29dkQ0",
            "hex": lambda: "9d8f7a6b" + _drawn(dice, 56, _HEX),
            "words": lambda: " ".join(dice.sample(_WORDS.split(), 12)),
            "licence": lambda: "7QK2M-9DKX0-LMZ81-" + _drawn(dice, 5, _CAPITALS),
        }
        return forms[form]()

    found = tokens(seed)
    for kind, text, form in _TEXTS:
        secret = value(form)
        found.append(Secret(kind, text.replace("%s", secret), secret))
    for name in ("RSA PRIVATE", "OPENSSH PRIVATE", "EC PRIVATE"):
        body = "\n".join(_drawn(dice, 64, _ANY + "+/") for _ in range(4))
        block = f"-----BEGIN {name} KEY-----\n{body}\n-----END {name} KEY-----"
        found.append(Secret("block", block, body.splitlines()[1]))
    return found
