"""What of a server may be stored and shown: options lie in the study, and are said to be readable. No secret may be in them."""

from __future__ import annotations

import contextlib
import ipaddress
import itertools
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from pydantic import JsonValue

__all__ = ["host_of", "plain_url", "refuse_credentials", "sent_in_clear", "variable_name"]

NOT_IN_URLS = re.compile(
    r"[\s\x00-\x20\x7f-\xa0\\<>\"{}|^`\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
ALWAYS = frozenset(
    [
        "accesskey",
        "accesstoken",
        "apikey",
        "auth",
        "authorization",
        "authtoken",
        "bearer",
        "cookie",
        "credential",
        "credentials",
        "passphrase",
        "passwd",
        "password",
        "privatekey",
        "pwd",
        "secretkey",
        "xapikey",
        "secret",
        "secrets",
    ]
)
KEYS = frozenset(
    [
        "access",
        "account",
        "api",
        "auth",
        "encryption",
        "private",
        "secret",
        "shared",
        "signing",
        "subscription",
    ]
)
# What stands before `token` where it is no piece of text.
TOKENS = frozenset(
    [
        "access",
        "api",
        "auth",
        "bearer",
        "csrf",
        "github",
        "gitlab",
        "hf",
        "hub",
        "id",
        "oauth",
        "personal",
        "refresh",
        "secret",
        "security",
        "session",
        "vault",
    ]
)
VALUE = re.compile(
    r"(?:Bearer|Basic)\s+\S+|(?:sk|pk|gsk|hf|xai|ghp|r8)[-_][\w-]{16,}|AIza[\w-]{30,}"
)
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
SCHEMA = frozenset(
    ["$ref", "allOf", "anyOf", "const", "default", "description", "enum", "oneOf", "title", "type"]
)


def plain_url(url: str) -> str:
    """`url`, where it is one that may be stored and shown, and can be asked.

    Raises:
        ValueError: it is no http(s) url, or holds credentials or a query.
    """
    if NOT_IN_URLS.search(url):
        raise ValueError(
            "must hold no spaces, line breaks or other signs that no url has; write %20 and the like"
        )
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError("must name a host; an address of IPv6 stands in [ ]") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an http(s) url, like http://localhost:8000/v1")
    if "@" in parts.netloc or "?" in url or "#" in url:
        raise ValueError("must hold no credentials and no query: name a variable, `api_key_env`")
    with contextlib.suppress(ValueError):
        if parts.port != 0:
            _check_host(parts.hostname, bracketed="[" in parts.netloc)
            return url
    raise ValueError(
        "must name a host, and a port from 1 to 65535 if any, like http://localhost:8000/v1"
    )


def _check_host(host: str, *, bracketed: bool) -> None:
    """Raises ValueError where no name or address is."""
    if bracketed:
        ipaddress.IPv6Address(host)
    else:
        host.encode("idna")


def variable_name(said: str) -> str:
    """`said`, where it may be the name of an environment variable.

    Raises:
        ValueError: it is none, or looks like a key itself, which is not repeated.
    """
    if not VARIABLE.fullmatch(said) or VALUE.fullmatch(said):
        raise ValueError(
            "must be the name of an environment variable, like LAB_KEY, not the key itself"
        )
    return said


def host_of(url: str) -> str:
    """`name:port` of an http(s) url."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


def sent_in_clear(url: str) -> bool:
    """Whether prompts to it can be read on their way: http, and not to this machine or a private network."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    if (
        parts.scheme != "http"
        or host == "localhost"
        or host.endswith((".localhost", ".local", ".internal"))
    ):
        return False
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." in host  # a name without a dot is one of the own network
    return not (address.is_private or address.is_loopback or address.is_link_local)


def refuse_credentials(options: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """`options`, where nothing in them looks like a secret, at any depth.

    Raises:
        ValueError: something does; it is told by its name, never its value.
    """
    for name, value in _named(options):
        if _is_secret(name) and not _is_harmless(value):
            raise ValueError(
                f"'{name}' looks like a credential: name a variable, `api_key_env`, or export what the provider reads"
            )
        if isinstance(value, str) and VALUE.fullmatch(value.strip()):
            raise ValueError(
                f"the value of '{name}' looks like a credential: name a variable, `api_key_env`"
            )
    return options


def _is_secret(name: str) -> bool:
    """By the words that it is made of: `x-api-key` and `HFToken` are, `max_tokens` and `stop_token` are none."""
    words = [word.lower() for word in WORDS.findall(name)]
    if ALWAYS.intersection(words) or (words[-1:] == ["token"] and len(words) == 1):
        return True
    return any(
        (b == "key" and a in KEYS) or (b == "token" and a in TOKENS)
        for a, b in itertools.pairwise(words)
    )


def _is_harmless(value: JsonValue) -> bool:
    """Null, which takes a field out, yes or no, or what describes a field of that name in a JSON schema."""
    return (
        value is None
        or isinstance(value, bool)
        or (isinstance(value, dict) and bool(SCHEMA & value.keys()))
    )


def _named(value: JsonValue, name: str = "") -> Iterator[tuple[str, JsonValue]]:
    """Every key and what it holds, at every depth; what lies in a list, under the list's."""
    inner = (
        value.items()
        if isinstance(value, dict)
        else [(name, one) for one in value]
        if isinstance(value, list)
        else ()
    )
    for key, one in inner:
        yield key, one
        yield from _named(one, key)
