"""A checkpoint that refused every prompt of a run: no result of a study, but a run to be mended.

While it is asked, a refusal is the prompt's fault as long as the server answers something else (see `asking.asker`). That
it refused all of them alike is known at the end only, and does not hang on their number or order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from logminer.errors import CheckpointError
from logminer.files.objects import AnyPath
from logminer.pipeline.journey import Journey
from logminer.run.retry import forget
from logminer.store.parts import PartFile

__all__ = ["stop_where_refused"]

REFUSED = "refused_by_server"


class Refused(NamedTuple):
    """The one way in which every prompt was refused, and how many there were."""

    code: str
    n: int


def stop_where_refused(journey: Journey, parts: Sequence[str]) -> None:
    """Go on where every checkpoint answered somebody, or failed in more than one way.

    What a filter took offence at, or was too long, are outcomes of a study, also where it is every prompt.

    Args:
        journey: whose checkpoints have been asked.
        parts: of the dump as it is.

    Raises:
        CheckpointError: one refused every prompt in the same way; its failed answers are forgotten.
    """
    for arm in journey.arms:
        files = [arm.asked.folder.file(part) for part in parts] if arm.asked.kin else []
        if (refused := _refused_alike(files)) is None:
            continue
        for file in files:
            forget(arm, file)
        raise CheckpointError(
            f"checkpoint {arm.name}: each of its {refused.n:,} prompts was refused ({refused.code}), and nothing of it is kept, though"
            " its server answers one harmless word: where it knows no system role set `system_role: fold`, where turns must"
            " alternate `merge_turns: true`; else see what its moderation allows"
        )


def _refused_alike(files: Sequence[AnyPath]) -> Refused | None:
    """None where any prompt fared otherwise: mostly the first file tells."""
    errors: Counter[str | None] = Counter()
    for file in files:
        errors.update(PartFile(file).read(["error"])["error"].to_pylist())
        if len(errors) > 1 or any((code or "").split(":")[0] != REFUSED for code in errors):
            return None
    return next((Refused(code, n) for code, n in errors.items() if code), None)
