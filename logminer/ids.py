"""Keyed pseudonyms: the only way from a dump's identifiers to ours.

Every id is an HMAC-SHA-256 under a key that never lies in a study, separated by project and by purpose, so the
same person has the same pseudonym in two studies only where key and project agree. Without the key, hashing all
plausible ids matches nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path

from logminer.errors import SecretError

__all__ = [
    "CONFIGURATION_VARIABLE",
    "KEY_FILE_VARIABLE",
    "KEY_VARIABLE",
    "Pseudonyms",
    "configuration",
    "key_file",
    "key_place",
    "load_key",
    "person",
    "planned_pseudonyms",
    "rank",
    "response_id",
    "seal",
]

KEY_VARIABLE = "LOGMINER_KEY"
KEY_FILE_VARIABLE = "LOGMINER_KEY_FILE"
CONFIGURATION_VARIABLE = "XDG_CONFIG_HOME"
ID_BYTES = 16
MOST_KEY_BYTES = 4096  # of a file
RAW_PROMPT = "raw-prompt"


def configuration() -> Path:
    """What a user keeps for all studies."""
    return Path(os.environ.get(CONFIGURATION_VARIABLE) or Path.home() / ".config") / "logminer"


def key_file() -> Path:
    """Where the key lies when no variable holds it: `$LOGMINER_KEY_FILE`, else the user's configuration folder."""
    if named := os.environ.get(KEY_FILE_VARIABLE):
        return Path(named)
    return configuration() / "key"


def key_place() -> str:
    """Where the key comes from, for people."""
    if os.environ.get(KEY_VARIABLE):
        return f"environment variable {KEY_VARIABLE}"
    return str(key_file())


def load_key(*, create: bool = False) -> bytes:
    """The pseudonym key, at least 32 bytes.

    Args:
        create: make a new 0600 key file when neither the variable nor the file exists.

    Raises:
        SecretError: malformed, too short, readable by others, or absent and not to be created.
    """
    if text := os.environ.get(KEY_VARIABLE):
        return _parse(text, f"environment variable {KEY_VARIABLE}")
    path = key_file()
    if create and not path.exists():
        _create(path)
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            raw = file.read(MOST_KEY_BYTES + 1)
        text = raw.decode("ascii") if len(raw) <= MOST_KEY_BYTES else ""  # no key is so long
    except FileNotFoundError:
        raise SecretError(
            f"no pseudonym key: set {KEY_VARIABLE} (≥ 32 bytes, hex) or create {path} (mode 0600)"
        ) from None
    except (OSError, UnicodeDecodeError):
        raise SecretError(
            f"key file {path} cannot be read: make it a hex text file of mode 0600 that you own"
        ) from None
    if stat.S_IMODE(mode) & 0o077:
        raise SecretError(f"key file {path} is readable by others: chmod 600 {path}")
    return _parse(text, f"key file {path}")


def seal(message: bytes) -> str:
    """64 hex characters that only who holds the key can make: what bears them was written by a run.

    Raises:
        SecretError: see `load_key`.
    """
    key = hmac.digest(load_key(), b"parts", "sha256")
    return hmac.digest(key, message, "sha256").hex()


def _create(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:  # another process was first; its key is as good
        return
    except OSError as error:
        raise SecretError(
            f"key file {path} cannot be created ({error.strerror}): set {KEY_VARIABLE} instead"
        ) from None
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(32) + "\n")


def _parse(text: str, where: str) -> bytes:
    text = text.strip()
    if not re.fullmatch(r"([0-9a-fA-F]{2}){32,}", text):
        raise SecretError(
            f"{where} must hold at least 32 bytes as hex: python -c 'import secrets; print(secrets.token_hex(32))'"
        )
    return bytes.fromhex(text)


class Pseudonyms:
    """Keyed hashes of one project. Cheap to build, safe to share between threads; never pickled into a part."""

    def __init__(self, key: bytes, project: str) -> None:
        self._key = hmac.digest(key, b"project\0" + project.encode(), "sha256")

    def digest(self, purpose: str, *values: str) -> bytes:
        """32 keyed bytes of `values`; two purposes never share a hash, and values cannot run into each other."""
        return hmac.digest(self._key, _framed(purpose, *values), "sha256")

    def id(self, purpose: str, *values: str) -> str:
        """32 hex characters (128 bits) of the keyed hash."""
        return self.digest(purpose, *values)[:ID_BYTES].hex()

    def conversation(self, raw_id: str) -> str:
        """Pseudonym of a conversation."""
        return self.id("conversation", raw_id)

    def user(self, raw_id: str) -> str:
        """Pseudonym of a user."""
        return self.id("user", raw_id)

    def forgotten(self, pseudonym: str) -> str:
        """What is kept of a user or conversation that was forgotten: nothing else bears it, and it tells no pseudonym."""
        return self.id("forgotten", pseudonym)

    def prompt(self, conversation_id: str, turn_index: int) -> str:
        """Id of a prompt, from the conversation's pseudonym and the turn, never from content."""
        return self.id("prompt", conversation_id, str(turn_index))

    def split(self, unit: str) -> str:
        """A coin: 'discovery' or 'inference' for a pseudonymous user (or conversation), with probability ½ each.

        Which half a user is on is more than that; see `sampling.halving`.
        """
        return "discovery" if self.digest("split", unit)[0] & 1 else "inference"

    def source_key(self, raw_prompt_id: str) -> str:
        """Key under which recorded answers are matched by the dump's prompt id."""
        return self.id("source-prompt", raw_prompt_id)

    def content_key(self, messages: list[tuple[str, str]]) -> str:
        """Key under which recorded answers are matched by the raw prompt: its (role, content) pairs in order."""
        return self.id(
            RAW_PROMPT, *(part for role, content in messages for part in (role, content.strip()))
        )

    def content_keys(self, messages: Iterable[tuple[str, str]]) -> list[str]:
        """The `content_key` of each beginning that ends in a user's message; every message is hashed once."""
        running, keys = hmac.new(self._key, _framed(RAW_PROMPT), "sha256"), []
        for role, content in messages:
            running.update(_framed(role, content.strip()))
            if role == "user":
                keys.append(running.copy().digest()[:ID_BYTES].hex())
        return keys

    @property
    def key_id(self) -> str:
        """Names key and project without revealing either; part of the fingerprint of `anonymise`."""
        return self.id("key-id")[:12]


def _framed(*values: str) -> bytes:
    """Values one after the other, each with its length, so that none runs into the next."""
    return b"".join(
        len(raw).to_bytes(8, "big") + raw
        for raw in (value.encode("utf-8", "surrogatepass") for value in values)
    )


def planned_pseudonyms(project: str, key_id: str) -> Pseudonyms:
    """The pseudonyms that a stage was planned with.

    Raises:
        SecretError: no key, or another one than the run began with: its ids would match nothing.
    """
    pseudonyms = Pseudonyms(load_key(), project)
    if pseudonyms.key_id != key_id:
        raise SecretError(
            "the pseudonym key is not the one this run was planned with: set it back, or run again"
        )
    return pseudonyms


def person(user_id: str | None, conversation_id: str) -> str:
    """Who is behind a prompt: the pseudonymous user, or the conversation where the user is unknown."""
    return user_id or conversation_id


def response_id(prompt_id: str, checkpoint: str, sample_index: int) -> str:
    """Id of a response: a plain hash, since its parts are pseudonyms already."""
    return hashlib.sha256(f"{prompt_id}\0{checkpoint}\0{sample_index}".encode()).hexdigest()[
        : 2 * ID_BYTES
    ]


def rank(seed: int, unit: str) -> bytes:
    """Where a pseudonym stands in the order of seed `seed`: it goes by no content, and not by the order of the dump."""
    return hashlib.sha256(f"label\0{seed}\0{unit}".encode()).digest()
