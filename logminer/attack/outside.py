"""What somebody could do who got hold of a study itself: of its pseudonyms without the key, and of its vectors."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from logminer.attack.scores import Figure, of_claims
from logminer.attack.world import IDS, ILLNESSES, Victim, answer, user_id
from logminer.ids import ID_BYTES, Pseudonyms
from logminer.schemas.reserved import LOGGED
from logminer.stages.embed import Embed, EmbedOptions
from logminer.store.session import open_session

__all__ = ["dictionary", "inversion"]

Hash = Callable[[str], str]
# An HMAC under a key that anybody may try, and what a pseudonym would be without any.
KEYS = (b"", b"\0" * 32, b"logminer", b"secret")
PLAIN = ("sha256", "sha1", "md5")
VECTORS = """
SELECT p.user_id, e.vector FROM embeddings AS e JOIN responses AS r USING (response_id) JOIN prompts AS p USING (prompt_id)
WHERE e.channel = 'response' AND list_contains($1, p.user_id)
"""


def dictionary(
    targets: Sequence[Victim], pseudonyms: Pseudonyms, project: str, *, keyed: bool
) -> Figure:
    """Which raw id each target's pseudonym is of: all ids that there may be are hashed in every usual way, and looked up.

    Args:
        targets: whose pseudonyms are in the study.
        pseudonyms: of the study.
        project: of it; the attacker knows it.
        keyed: the study's own pseudonyms; else plain hashes of the ids, as others have them.
    """
    seen = {
        pseudonyms.user(one.user_id) if keyed else _plain("sha256")(one.user_id): i
        for i, one in enumerate(targets)
    }
    claims: list[int | None] = [None] * len(targets)
    for hashed in _hashes(project) if keyed else [_plain(name) for name in PLAIN]:
        for number in range(IDS):
            if (place := seen.get(hashed(user_id(number)))) is not None:
                claims[place] = number
    secrets = [int(one.user_id.rpartition("-")[2], 16) for one in targets]
    policy = "default" if keyed else "weakened"
    return of_claims("dictionary", policy, None, claims, secrets, IDS)


def _hashes(project: str) -> list[Hash]:
    found = [_plain(name) for name in PLAIN]
    found += [_keyed(key) for key in KEYS]
    return [*found, Pseudonyms(b"", project).user]


def _plain(name: str) -> Hash:
    return lambda text: hashlib.new(name, text.encode()).hexdigest()[: 2 * ID_BYTES]


def _keyed(key: bytes) -> Hash:
    return lambda text: hmac.digest(key, text.encode(), "sha256").hex()[: 2 * ID_BYTES]


def inversion(
    study: Path, targets: Sequence[Victim], pseudonyms: Pseudonyms, options: EmbedOptions
) -> Figure:
    """The secret in a target's answer, by its vector alone: whichever answer that it may be comes to lie nearest.

    No policy releases vectors: this is why.
    """
    by_user = {pseudonyms.user(one.user_id): one for one in targets}
    with open_session(study) as session:
        rows = session.columns(VECTORS, [list(by_user)]).to_pylist()
    vectors = {row["user_id"]: np.array(row["vector"]) for row in rows}
    there = [(one, vectors[user]) for user, one in by_user.items() if user in vectors]
    model = Embed.of(options, LOGGED).encoder()
    texts = [answer(one.complaint, illness) for one, _ in there for illness in ILLNESSES]
    guessed = model.encode(texts).reshape(len(there), len(ILLNESSES), -1)
    claims = [
        int((mine @ vector).argmax()) for mine, (_, vector) in zip(guessed, there, strict=True)
    ]
    secrets = [one.secret for one, _ in there]
    return of_claims(
        "inversion",
        "vectors",
        None,
        claims,
        secrets,
        len(ILLNESSES),
        gated=False,
        note="no release holds vectors",
    )
