"""How a checkpoint acts in a world."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from logminer.checkpoints.base import MOST_TURNS
from logminer.spec import Spec, incidental

__all__ = ["ActingOptions"]


class ActingOptions(Spec):
    """How long, and by which tools.

    Attributes:
        max_steps: messages of the model; an episode that needs more is decided as it stands then.
        tools: `native`: calls as servers know them; `fenced`: blocks in the text, for models without tools; `auto`: native
            where the checkpoint can be offered tools and takes them.
        unsafe_sandbox: where the system gives no namespaces, run what agents write without them: it then sees the network and
            this machine's files.
        at_once: episodes of a checkpoint that waits for a server; others act one after the other.
    """

    max_steps: int = Field(30, ge=1, lt=MOST_TURNS)
    tools: Literal["auto", "native", "fenced"] = "auto"
    unsafe_sandbox: bool = incidental(False)
    at_once: int = incidental(16, ge=1)
