"""What attacks found out, kept with the study whose policy was attacked; `release.attacked` reads it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from logminer.files.atomic import write_bytes
from logminer.process.permissions import OWNER
from logminer.release.attacked import read_attacks
from logminer.store.layout import StudyFolder

__all__ = ["keep_attack"]


def keep_attack(folder: StudyFolder, policy: str, found: Mapping[str, Any]) -> None:
    """Write down the last attack on a policy; those on other policies stay.

    Args:
        folder: of the study.
        policy: by `policy_digest`.
        found: JSON-ready; `passed`, `at` and `targets` are what a release asks for.

    Raises:
        StoreError: the file is none of ours, or cannot be written.
    """
    kept = read_attacks(folder) | {policy: dict(found)}
    with OWNER.hold():
        write_bytes(json.dumps(kept, indent=1, sort_keys=True).encode(), folder.attacks)
