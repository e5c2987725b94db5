"""Whether what a policy releases was attacked, and held: what `logminer attack` left with a study."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, NamedTuple

from logminer.errors import StoreError
from logminer.files.sealing import read_bytes
from logminer.store.layout import StudyFolder

__all__ = ["FEWEST", "Attacked", "attacked", "read_attacks"]

FEWEST = 20  # targets of which an attack says anything at all


class Attacked(NamedTuple):
    """The last attack on a policy.

    Attributes:
        passed: it found out nothing.
        at: when that was.
        targets: for each number of the attacker's accounts.
    """

    passed: bool
    at: datetime
    targets: int


def attacked(folder: StudyFolder, policy: str) -> Attacked | None:
    """The last attack on a policy, by `pipeline.policy.policy_digest`; None: there was none, or one on too few targets.

    Raises:
        StoreError: see `read_attacks`.
    """
    record = read_attacks(folder).get(policy)
    if record is None:
        return None
    try:
        targets = int(record["targets"])
        found = Attacked(record["passed"] is True, datetime.fromisoformat(record["at"]), targets)
    except (KeyError, TypeError, ValueError):
        raise _damaged(folder) from None
    return found if found.targets >= FEWEST else None


def read_attacks(folder: StudyFolder) -> dict[str, Any]:
    """Policy → what was found out in the last attack on it; empty: there was none.

    Raises:
        StoreError: the file is none of ours.
    """
    try:
        found = json.loads(read_bytes(folder.attacks))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        raise _damaged(folder) from None
    if not isinstance(found, dict):
        raise _damaged(folder)
    return found


def _damaged(folder: StudyFolder) -> StoreError:
    return StoreError(
        f"{folder.attacks}: no record of attacks: delete it and run `logminer attack` again"
    )
