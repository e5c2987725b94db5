"""Secrets as vendors shape them, put together from a prefix and a drawn body so that no file holds one."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable

from tests.kit.hostile.shapes import fill, words

__all__ = ["TOKENS", "VENDORS"]

# vendor → shape (see shapes.py); `~` is taken out, so that no prefix stands in this file as it is written
_VENDORS = {
    "aws_id": "AK~IA" + "@" * 16,
    "aws_session_id": "AS~IA" + "@" * 16,
    "aws_secret": "$" * 18 + "/" + "$" * 21,
    "github": "gh~p_" + "$" * 36,
    "github_fine": "github~_pat_11" + "@" * 20 + "_" + "$" * 59,
    "gitlab": "gl~pat-" + "$" * 20,
    "slack_bot": "xo~xb-%###########-%###########-" + "$" * 24,
    "slack_hook": "https://hooks.sl~ack.com/services/T0"
    + "@" * 8
    + "/B0"
    + "@" * 8
    + "/"
    + "$" * 24,
    "stripe": "sk_~live_" + "$" * 24,
    "stripe_restricted": "rk_~live_" + "$" * 24,
    "openai": "sk-~proj-" + "$" * 20 + "T3Blbk~FJ" + "$" * 20,
    "anthropic": "sk-~ant-api03-" + "$" * 93 + "AA",
    "google": "AI~za" + "Sy" + "$" * 33,
    "google_oauth": "GOC~SPX-" + "$" * 28,
    "huggingface": "h~f_" + "$" * 34,
    "npm": "np~m_" + "$" * 36,
    "pypi": "py~pi-AgEIcHlwaS5vcmc" + "$" * 80,
    "sendgrid": "S~G." + "$" * 22 + "." + "$" * 43,
    "mailgun": "key~-" + "^" * 32,
    "twilio": "S~K" + "^" * 32,
    "telegram": "%#########:AA" + "$" * 33,
    "discord": "MTA" + "$" * 21 + ".G" + "$" * 5 + "." + "$" * 38,
    "shopify": "shp~at_" + "^" * 32,
    "square": "sq0~atp-" + "$" * 22,
    "digitalocean": "dop~_v1_" + "^" * 64,
    "databricks": "da~pi" + "^" * 32,
    "doppler": "dp.~pt." + "$" * 43,
    "linear": "lin_~api_" + "$" * 40,
    "notion": "nt~n_%##########" + "$" * 35,
    "postman": "PM~AK-" + "^" * 24 + "-" + "^" * 34,
    "newrelic": "NR~AK-" + "@" * 27,
    "grafana": "gl~sa_" + "$" * 32 + "_" + "^" * 8,
    "vault": "hv~s." + "$" * 90,
    "terraform": "$" * 14 + ".atl~asv1." + "$" * 67,
    "age": "AGE-SEC~RET-KEY-1" + "@" * 58,
    "figma": "fig~d_" + "$" * 40,
    "groq": "gs~k_" + "$" * 52,
    "replicate": "r8~_" + "$" * 37,
    "perplexity": "pp~lx-" + "^" * 48,
    "dropbox": "s~l.B" + "$" * 130,
    "heroku": "HR~KU-^^^^^^^^-^^^^-4^^^-a^^^-^^^^^^^^^^^^",
    "airtable": "pa~t" + "$" * 14 + "." + "^" * 64,
    "plaid": "access-prod~uction-^^^^^^^^-^^^^-4^^^-a^^^-^^^^^^^^^^^^",
    "fcm": "AAAA" + "$" * 7 + ":APA~91b" + "$" * 134,
}
VENDORS = tuple(_VENDORS)


def _vendor(shape: str) -> Callable[[random.Random], str]:
    plain = shape.replace("~", "")
    return lambda rng: fill(plain, rng)


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _jwt(rng: random.Random) -> str:
    claims = {"sub": str(rng.randrange(10**9)), "iat": 1700000000 + rng.randrange(10**7)}
    signature = base64.urlsafe_b64encode(rng.randbytes(32)).decode().rstrip("=")
    return ".".join((_part({"alg": "HS256", "typ": "JWT"}), _part(claims), signature))


def _pem(kind: str) -> Callable[[random.Random], str]:
    def made(rng: random.Random) -> str:
        body = base64.b64encode(rng.randbytes(240)).decode()
        lines = "\n".join(body[i : i + 64] for i in range(0, len(body), 64))
        return f"-----BEGIN {kind} KEY-----\n{lines}\n-----END {kind} KEY-----"

    return made


_WORDS = words(
    "tulip harbor falcon pepper winter saddle orbit maple copper lantern violet granite river piano"
)
_SEED_WORDS = words(
    "abandon ability lizard velvet orphan cactus harvest mimic zebra noodle unveil satoshi glimpse rookie tunnel wagon"
    " fiscal bamboo kidney ladder museum oxygen pudding quantum ribbon salmon"
)


def _password(rng: random.Random) -> str:
    word = rng.choice(_WORDS)
    return rng.choice(
        (
            f"{word.title()}{rng.randrange(10, 9999)}!",
            f"{word}_{rng.choice(_WORDS)}#{rng.randrange(10, 99)}",
            fill("$$$$$$", rng) + rng.choice("!@*?") + fill("$$$%", rng),
            f"{word[:3].title()}$$w0rd{rng.randrange(1960, 2024)}",
            f"{rng.choice(_WORDS)}-{rng.choice(_WORDS)}-{rng.choice(_WORDS)}-{rng.randrange(10, 99)}",
        )
    )


def _basic(rng: random.Random) -> str:
    return base64.b64encode(f"svc-{rng.choice(_WORDS)}:{_password(rng)}".encode()).decode()


def _totp(rng: random.Random) -> str:
    return base64.b32encode(rng.randbytes(20)).decode()


def _sas(rng: random.Random) -> str:
    return (
        base64.b64encode(rng.randbytes(32))
        .decode()
        .replace("+", "%2B")
        .replace("/", "%2F")
        .replace("=", "%3D")
    )


def _bcrypt(rng: random.Random) -> str:
    return "$2y$10$" + fill("$" * 53, rng)


# name → label, maker; `tok_<vendor>` for each vendor
TOKENS: dict[str, tuple[str, Callable[[random.Random], str]]] = {
    **{f"tok_{name}": ("SECRET_TOKEN", _vendor(shape)) for name, shape in _VENDORS.items()},
    "jwt": ("SECRET_JWT", _jwt),
    "pem_rsa": ("SECRET_PEM", _pem("RSA PRIVATE")),
    "pem_ssh": ("SECRET_PEM", _pem("OPENSSH PRIVATE")),
    "password": ("PASSWORD", _password),
    "basic": ("SECRET_HEADER", _basic),
    "bearer": ("SECRET_HEADER", lambda rng: fill("$" * 40, rng)),
    "totp": ("SECRET_TOTP", _totp),
    "sas": ("SECRET_URL", _sas),
    "resettoken": ("SECRET_URL", lambda rng: fill("$" * rng.choice((22, 32, 43)), rng)),
    "session": ("SECRET_COOKIE", lambda rng: fill("&" * 32, rng)),
    "connpw": ("SECRET_CONNECTION", lambda rng: fill("$$$$$$$$$$$$", rng)),
    "azkey": ("SECRET_CONNECTION", lambda rng: base64.b64encode(rng.randbytes(64)).decode()),
    "recovery": ("SECRET_RECOVERY", lambda rng: fill("&&&&&-&&&&&", rng)),
    "bcrypt": ("SECRET_HASH", _bcrypt),
    "seedphrase": ("SECRET_SEED", lambda rng: " ".join(rng.choice(_SEED_WORDS) for _ in range(12))),
    "wifi": ("PASSWORD", lambda rng: fill("$$$$-$$$$-$$$$", rng)),
}
