"""What moderation said of a conversation, as attributes: in the columns of WildChat and LMSYS-Chat-1M.

Both columns hold a record for each message. An attribute is true where it is so of any message, and null where nothing
is told.

Source: the dataset cards of WildChat-1M, WildChat-4.8M and LMSYS-Chat-1M; WildChat calls a text toxic from a Detoxify
score of more than 0.1 on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from logminer.messages.calls import first_of, parsed
from logminer.sources.kept import Attribute

__all__ = ["DETOXIFY", "MODERATION"]

# As OpenAI spells them; WildChat has each also with `_` for `-` and `/`.
CATEGORIES = (
    *("harassment", "harassment/threatening", "hate", "hate/threatening"),
    *("self-harm", "self-harm/instructions", "self-harm/intent", "sexual", "sexual/minors"),
    *("violence", "violence/graphic", "illicit", "illicit/violent"),
)
SCORES = (
    *("identity_attack", "insult", "obscene", "severe_toxicity", "sexual_explicit", "threat"),
    "toxicity",
)
TOXIC_ABOVE = 0.1


@dataclass(frozen=True)
class _InAny:
    """Whether it is so of any record of a cell; records of which it is not told do not count."""

    names: tuple[str, ...]  # of the field; the first that is there
    inside: str | None = None  # the field that holds it
    above: float | None = None  # from which number on it is so

    def __call__(self, cell: Any) -> bool | None:
        told = parsed(cell)
        records = [one for one in (told if isinstance(told, list) else ()) if isinstance(one, dict)]
        values = [value for one in records if (value := self._of(one)) is not None]
        return any(values) if values else None

    def _of(self, record: Mapping[str, Any]) -> bool | None:
        fields = record if self.inside is None else record.get(self.inside)
        value = first_of(fields, *self.names) if isinstance(fields, dict) else None
        if self.above is None:
            return value if isinstance(value, bool) else None
        return value > self.above if isinstance(value, int | float) else None


def _spellings(category: str) -> tuple[str, str]:
    return category, category.replace("-", "_").replace("/", "_")


MODERATION = {
    "moderation_flagged": Attribute("openai_moderation", _InAny(("flagged",))),
    **{
        f"moderation.{name}": Attribute("openai_moderation", _InAny(_spellings(name), "categories"))
        for name in CATEGORIES
    },
}
DETOXIFY = {
    f"detoxify.{name}": Attribute("detoxify_moderation", _InAny((name,), above=TOXIC_ABOVE))
    for name in SCORES
}
