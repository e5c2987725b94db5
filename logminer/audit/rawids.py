"""Whether known ids of a dump lie in a study, hashed without the key.

The ids of a study are keyed hashes. If one of them were a plain one, whoever has a list of plausible ids could find
them again; so a list of ids that are known is hashed in every usual way and looked for, cut to any length.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from logminer.ids import Pseudonyms

__all__ = ["ALGORITHMS", "HashedId", "HashedIds"]

LEAST_HEX = 12  # characters of a hash; among a million ids, fewer would match by chance
PREFIX_BYTES = 6

_UNKEYED = Pseudonyms(b"", "")  # our own way with nothing in the key's place

# Name → hash of a raw id; ours with an empty key among them.
ALGORITHMS: dict[str, Callable[[str], bytes]] = {
    **{
        name: lambda value, name=name: hashlib.new(name, _raw(value)).digest()  # type: ignore[misc]
        for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256")
    },
    "blake2b": lambda value: hashlib.blake2b(_raw(value)).digest(),
    "blake2b-32": lambda value: hashlib.blake2b(_raw(value), digest_size=32).digest(),
    "blake2b-16": lambda value: hashlib.blake2b(_raw(value), digest_size=16).digest(),
    "blake2b-8": lambda value: hashlib.blake2b(_raw(value), digest_size=8).digest(),
    "blake2s": lambda value: hashlib.blake2s(_raw(value)).digest(),
    "unkeyed-conversation": lambda value: _UNKEYED.digest("conversation", value),
    "unkeyed-user": lambda value: _UNKEYED.digest("user", value),
    "unkeyed-prompt": lambda value: _UNKEYED.digest("source-prompt", value),
}

# What may be a hash: hexadecimal (a UUID's hyphens left out), or base64 of at least 12 bytes.
_HEX = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{12,128}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})(?![0-9A-Za-z])"
)
_BASE64 = re.compile(r"(?<![0-9A-Za-z+/_-])[0-9A-Za-z+/_-]{16,88}={0,2}(?![0-9A-Za-z+/=_-])")


class HashedId(NamedTuple):
    """A hash of a known id in a text; `text` and `known` are positions in what was given."""

    text: int
    known: int
    algorithm: str


class HashedIds:
    """Seeks hashes of `ids`, whole or cut to at least 12 hexadecimal characters, in hexadecimal or base64."""

    def __init__(self, ids: Sequence[str]) -> None:
        self._ids = list(ids)
        self._names = list(ALGORITHMS)
        prefixes = np.array(
            [
                int.from_bytes(hashed(value)[:PREFIX_BYTES], "big")
                for hashed in ALGORITHMS.values()
                for value in ids
            ],
            np.uint64,
        )
        self._order = np.argsort(prefixes, kind="stable")
        self._prefixes = prefixes[self._order]

    def in_texts(self, texts: Sequence[str]) -> list[HashedId]:
        """Every hash in every text."""
        if not self._ids:
            return []
        tokens = [
            (at, token, prefix) for at, text in enumerate(texts) for token, prefix in _tokens(text)
        ]
        asked = np.array([prefix for _, _, prefix in tokens], np.uint64)
        low = np.searchsorted(self._prefixes, asked, "left")
        high = np.searchsorted(self._prefixes, asked, "right")
        found: dict[HashedId, None] = {}
        for i in np.flatnonzero(high > low).tolist():
            at, token, _ = tokens[i]
            for place in self._order[low[i] : high[i]].tolist():
                name, known = self._names[place // len(self._ids)], place % len(self._ids)
                if self._ids[known] and _is_cut_from(token, ALGORITHMS[name](self._ids[known])):
                    found[HashedId(at, known, name)] = None
        return list(found)


def _raw(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    for match in _HEX.finditer(text):
        token = match.group().replace("-", "").lower()
        yield token, int(token[:LEAST_HEX], 16)
    for match in _BASE64.finditer(text):
        token = match.group().rstrip("=").replace("-", "+").replace("_", "/")
        try:
            head = base64.b64decode(token[:8])
        except (binascii.Error, ValueError):
            continue
        yield token, int.from_bytes(head, "big")


def _is_cut_from(token: str, digest: bytes) -> bool:
    return digest.hex().startswith(token) or base64.b64encode(digest).decode().startswith(token)
