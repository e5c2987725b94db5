"""Drawn prompts of people who are made up, without any text: what a release counts, as an attacker would have it."""

from __future__ import annotations

from typing import Any

import numpy as np

from logminer.release.drawing import SUITE, USER
from logminer.release.drawn import NOWHERE, Drawn, JudgedAs
from logminer.release.ledger import DIGEST_BYTES

__all__ = ["ARMS", "BASE", "CANDIDATE", "CROWD", "behaviour", "invented"]

CROWD = 20  # other people, for each that has to be behind a count
BASE, CANDIDATE = "base", "candidate"
ARMS = (BASE, CANDIDATE)


def behaviour(number: int) -> JudgedAs:
    """One of many that are judged."""
    return JudgedAs(f"b{number}", "response", "judge")


def invented(n: int, contribution: int, **known: Any) -> Drawn:
    """So many prompts, of which what is `known` is all."""
    users = tuple(i.to_bytes(USER - SUITE) for i in range(n // contribution))
    said: dict[str, Any] = {
        "strata": {},
        "labels": {},
        "states": dict.fromkeys(ARMS, np.full(n, "answered", object)),
        "clusters": dict.fromkeys(ARMS, np.full(n, NOWHERE)),
        "parents": {},
    }
    return Drawn(
        suite="logs",
        people=np.repeat(np.arange(len(users)), contribution),
        digests=tuple(bytes(SUITE) + user + bytes(DIGEST_BYTES - USER) for user in users),
        users=users,
        known=True,
        left_out=0,
        arms=ARMS,
        pairs=(ARMS,),
        **said | known,
    )
