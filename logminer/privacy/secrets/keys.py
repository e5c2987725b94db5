"""Keys, tokens and secrets that a word announces, in settings, code and sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator

from logminer.privacy.secrets.hints import has
from logminer.privacy.secrets.placeholders import is_code, is_placeholder, is_random

__all__ = ["find_keys"]

_KEY_HINTS = (
    ("key", "token", "secret", "cred", "sess", "signature", "auth", "salt", "dsn", "clave", "clé", "jeton", "sid"),
    ("schlüssel", "令牌", "密钥", "密鑰", "ключ", "токен", "キー", "トークン", "키", "토큰"),
)  # fmt: skip
_KEY = re.compile(
    r"(?:(?<![a-z])salts?|keys?|tokens?|secrets?|credentials?|sess(?:ion)?(?:[ _-]?id)?|signature|auth|bearer|sid|dsn|schlüssel|clave(?: secreta| privada)?|clé(?: secrète| privée)?|jeton|令牌|密钥|密鑰|ключ|токен|キー|トークン|키|토큰)"
    r"(?:[ _.-]?(?:id|key|data|value|string|hash|base64|hex|prod|production|live|test|dev|staging|here|v?\d|base|salt))?"
    r"[\"'`*\])]{0,3}(?: ?\([^()\n]{1,30}\)| (?:for|to|of|on|für|para|pour|de|from)\b[^\n.,:;=\"'`?!|]{1,40}?)?[\"'`*\])]{0,3}"
    r"(?:\s{0,3}(?:=>|:=|\?=|\|\||[:：=]|->|→|,)\s{0,20}(?:[>|][+-]?\s{1,20})?|\s{1,2}(?:is now|is|was|are|ist|es|est|to|be|é|è|jest|это|contains|holds)(?![a-zà-ÿ])\s{0,2}(?::\s{0,2})?|(?:是|为|は|は、|는|은)\s{0,2}[:：]?\s{0,2}|[ \t]{1,2})"
    r"[*_]{0,2}[\"'`“”‘«]{0,3}(?=[^\n\"\'\\]{12})"
)
# what a key is of: with one of these, fewer characters do
_NAMED = re.compile(
    r"(?:api|app|access|secret|private|signing|encrypt\w*|auth|account|master|service|consumer|client|subscription|licen[sc]e|webhook|admin|storage|deploy|session|server|my|wallet|activation|product|recovery)[ _.-]{0,2}(?:api[ _-]?|access[ _-]?)?key|tok|sec|cre|ses|sid"
)
_JWK = re.compile(
    r'"(?:d|p|q|dp|dq|qi|k)"\s{0,2}:\s{0,2}"(?P<value>[A-Za-z0-9_-]{16,1400})"'
)  # RFC 7517
# what names something and opens nothing
_PUBLIC = re.compile(
    r"public|kms|foreign|primary|partition|credentials?[ _-]?id|idempot|translation"
)
_KEYED = re.compile(r"[A-Za-z0-9_~+/.@:$!%^*-]{8,600}={0,2}")
# what frameworks draw: signs of all sorts, in quotes
_SIGNED = re.compile(r"[^\n\"'\\]{32,128}(?=[\"'])")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_GROUPED = re.compile(r"[A-Za-z2-7]{4}(?:[ -]?[A-Za-z2-7]{4}){3,15}(?![A-Za-z0-9])")
_SEED_WORD = re.compile(r"totp|2fa|authenticator|otp|two.factor|setup key|mfa")


def find_keys(text: str, lower: str) -> Iterator[tuple[int, int]]:
    """Values of keys, tokens and secrets that look drawn at random."""
    for key in _JWK.finditer(text) if '"kty"' in lower else ():
        yield key.span("value")
    for told in _KEY.finditer(lower) if has(lower, *_KEY_HINTS) else ():
        start = told.end()
        if grouped := _GROUPED.match(text, start):
            near = lower[max(0, told.start() - 60) : start]
            if _SEED_WORD.search(near) and not is_placeholder(grouped.group()):
                yield grouped.span()
                continue
        signed = _SIGNED.match(text, start) if text[start - 1] in "\"'" else None
        if signed and _is_signed(signed.group()):
            yield signed.span()
            continue
        keyed = _KEYED.match(text, start)
        if not keyed:
            continue
        value = keyed.group().rstrip(".,:;!*&")
        near = lower[max(0, told.start() - 24) : told.start() + 15]
        named = _NAMED.search(near)
        if not named and _UUID.fullmatch(value):  # names a row
            continue
        least = 12 if named else 20
        if is_placeholder(value) or _PUBLIC.search(near) or not is_random(value, least):
            continue
        if is_code(value) and ("(" in value or not is_random(value, 24)):
            continue
        if "://" in value or (value.count("/") > 3 and not is_random(value, 30)):
            continue
        yield start, start + len(value)


def _is_signed(value: str) -> bool:
    """Whether letters, figures and many signs stand as no one would write them."""
    if is_placeholder(value) or "://" in value:
        return False
    signs = {c for c in value if not c.isalnum() and not c.isspace()}
    spaces = value.count(" ")
    return len(signs) >= 6 and spaces < 6 and any(map(str.isdigit, value)) and len(set(value)) > 18
