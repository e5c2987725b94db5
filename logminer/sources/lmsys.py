"""`lmsys`: LMSYS-Chat-1M, one dialogue a row. It names no users and no times: each conversation counts as one person."""

from __future__ import annotations

from logminer.sources.base import Format
from logminer.sources.columns import DIALOGUE
from logminer.sources.moderation import MODERATION

__all__ = ["LMSYS"]

LMSYS = Format(
    name="lmsys",
    messages="conversation",
    key="conversation_id",
    required=("conversation_id", "conversation"),
    fields={"conversation_id": "conversation_id", "model": "model", "language": "language"},
    kinds={"conversation": DIALOGUE},
    attributes=MODERATION,
)
