"""`paired`: one answer a row, many models a prompt; the source gives each distinct prompt once.

The answers belong to recorded checkpoints, which read the same file: so no model and no time come from here.
"""

from __future__ import annotations

from logminer.sources.base import Format
from logminer.sources.columns import DIALOGUE

__all__ = ["PAIRED"]

PAIRED = Format(
    name="paired",
    messages="prompt_messages",
    key="prompt_id",
    required=("prompt_id", "prompt_messages"),
    fields={
        "conversation_id": "prompt_id",
        "prompt_id": "prompt_id",
        "user_id": "user_id",
        "language": "language",
    },
    kinds={"prompt_messages": DIALOGUE},
    row="answer",
    has_answers=False,
)
