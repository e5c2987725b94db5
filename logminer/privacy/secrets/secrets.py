"""Every secret in a text.

A text without one of a few words and beginnings costs next to nothing: each kind of search is made only where the
text holds what that kind cannot be without. All are linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from logminer.privacy.secrets.arguments import find_arguments, find_columns
from logminer.privacy.secrets.blocks import find_blocks, find_phrases, find_wallets
from logminer.privacy.secrets.codes import find_codes
from logminer.privacy.secrets.hints import has
from logminer.privacy.secrets.keys import find_keys
from logminer.privacy.secrets.links import find_headers, find_links, find_logins
from logminer.privacy.secrets.passwords import find_passwords
from logminer.privacy.secrets.tokens import find_tokens
from logminer.privacy.spans import Span

__all__ = ["SECRET", "find_secrets"]

SECRET = "SECRET"
_PHRASE_HINTS = (
    "phrase",
    "mnemonic",
    "seed",
    "bip39",
    "bip-39",
    "wallet",
    "wiederherst",
    "semilla",
    "récup",
    "recup",
    "metamask",
    "ledger",
    "trezor",
    "24 word",
    "12 word",
)
_HEADER_HINTS = ("authorization", "bearer", "cookie", "ssws")
_FIGURES = re.compile(r"\d\d\d|[a-z]\d|\d[a-z]")  # what a key or code is hardly without
_LONG = 20  # characters of the shortest token


def find_secrets(text: str) -> list[Span]:
    """Keys, passwords, tokens, codes and links that log in, as spans of type SECRET, sorted; they may overlap.

    Placeholders, examples and surrogates (whatever says EXAMPLE or REDACTED) are none.
    """
    return sorted({Span(start, end, SECRET) for start, end in _found(text) if start < end})


def _found(text: str) -> Iterator[tuple[int, int]]:
    lower = text.lower()
    if len(lower) != len(text):  # the one letter that grows: a Turkish capital I
        lower = text.replace("\u0130", "i").lower()
    if long := " ".join(word for word in text.split() if len(word) >= _LONG):
        yield from find_tokens(text, long)
        yield from find_wallets(text, long)
        if "@" in long and ("://" in long or "jdbc:" in long):
            yield from find_logins(text)
        if "/" in long or "=" in long:
            yield from find_links(text, long)
    if has(lower, ("private", "static key")):
        yield from find_blocks(text)
    if has(lower, _HEADER_HINTS):
        yield from find_headers(text)
    yield from find_passwords(text, lower)
    yield from find_arguments(text, lower)
    if "\n" in text and has(
        lower, ("pass", "pwd", "pw", "kennwort", "recovery code", "backup code")
    ):
        yield from find_columns(text, lower)
    if _FIGURES.search(lower) or "totp" in lower:
        yield from find_keys(text, lower)
        yield from find_codes(text, lower)
    if has(lower, _PHRASE_HINTS):
        yield from find_phrases(lower)
