"""`conversations`: one dialogue a row, as `messages`."""

from __future__ import annotations

from logminer.sources.base import Format
from logminer.sources.columns import DIALOGUE, TIME

__all__ = ["CONVERSATIONS", "FIELDS"]

FIELDS = {  # of our own names
    "conversation_id": "conversation_id",
    "user_id": "user_id",
    "prompt_id": "prompt_id",
    "model": "model",
    "created_at": "created_at",
    "language": "language",
}

CONVERSATIONS = Format(
    name="conversations",
    messages="messages",
    key="conversation_id",
    required=("messages",),
    fields=FIELDS,
    kinds={"messages": DIALOGUE, "created_at": TIME},
)
