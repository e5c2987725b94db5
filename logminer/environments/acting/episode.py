"""What happened when a checkpoint acted."""

from __future__ import annotations

from typing import Literal, NamedTuple

from logminer.environments.acting.calls import Call
from logminer.environments.acting.world import Decided

__all__ = ["Ending", "Episode", "Turn"]

# done: it said so by the tool. said_so: it twice made no call. steps: it had as many as it may. context: what it is told no
# longer fits. error: its model failed.
Ending = Literal["done", "said_so", "steps", "context", "error"]


class Turn(NamedTuple):
    """One message of the model, raw; `results` are what came of its calls, as it was told."""

    content: str
    thoughts: str | None
    calls: tuple[Call, ...]
    results: tuple[str, ...]


class Episode(NamedTuple):
    """All of it, raw.

    Attributes:
        turns: in order.
        ended: why it ended.
        claim: the final message; None: there was none.
        error: of the model, a code; then nothing is decided.
        decided: None: the model failed.
        seconds: all of it; `model_s`: what its messages took.
        input_tokens, output_tokens: of all messages together; None: unknown.
        answered_by: what the server, or the file, says it is.
        withheld: it thought, and the thoughts are not shown.
    """

    turns: tuple[Turn, ...]
    ended: Ending
    claim: str | None
    error: str | None
    decided: Decided | None
    seconds: float
    model_s: float | None
    input_tokens: int | None
    output_tokens: int | None
    answered_by: str | None
    withheld: bool
