"""`prompts`: a prompt a row, and nobody's answer: sets of questions that are put to checkpoints.

A prompt is text or a list of messages; the column `context`, where there is one, stands before it as HarmBench puts it. Each
distinct prompt is read once, so a table of several models' answers to them is one of prompts too. `auto` takes a file for one
where nothing else fits and the set is known (`promptsets`).

Source of the way in which context is put: HarmBench's baselines (Mazeika et al., 2024, arXiv:2402.04249).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import pyarrow as pa

from logminer.messages.text import text_of
from logminer.sources.base import Format, RawConversation, columns_of
from logminer.sources.columns import SAID, TEXT
from logminer.sources.promptsets import prompt_sets_of
from logminer.sources.speeches import spoken, with_system

__all__ = ["PROMPTS"]


class _Prompts(Format):
    def fits(self, names: Collection[str], given: Mapping[str, str]) -> bool:
        """A column of prompts is no sign by itself: most dumps have one, and answers beside it."""
        known = any(one.format == self.name for one in prompt_sets_of(names))
        return known and "completion" not in names and super().fits(names, given)

    def rows(self, table: pa.Table) -> Iterator[RawConversation]:
        column = columns_of(table)
        nothing = [None] * table.num_rows
        contexts, systems = (column.get(name, nothing) for name in ("context", "system"))
        for told in self.told(column, table.num_rows):
            cell, context = told.messages, text_of(contexts[told.place])
            if isinstance(cell, str) and cell.strip() and context and context.strip():
                cell = f"{context}\n\n---\n\n{cell}"
            asked = spoken(cell, "user")
            yield told._replace(messages=asked and with_system(asked, systems[told.place]))


PROMPTS = _Prompts(
    name="prompts",
    messages="prompt",
    key="id",
    required=("prompt",),
    fields={
        "conversation_id": "id",
        "prompt_id": "id",
        "user_id": "user_id",
        "language": "language",
    },
    others=("context", "system"),
    # The first are the names of the sets that are known.
    aliases={
        "prompt": ("prompt_text", "forbidden_prompt", "Goal", "Behavior", "prompt_messages"),
        "id": ("prompt_id", "id_v2", "release_prompt_id", "BehaviorID"),
        "language": ("locale",),
        "context": ("ContextString",),
        "system": ("system_prompt",),
        "user_id": ("user",),
    },
    kinds={"prompt": SAID, "context": TEXT},
    row="answer",
    has_answers=False,
    answered=True,  # what is asked is told from the row as a whole: it may have context, and no id
)
