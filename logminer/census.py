"""What a dump holds, counted in memory before anything is anonymised: who asks how much, in which language.

For drawing a sample and for planning. It reads raw text and keeps none of it: only pseudonyms and counts come out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from logminer.draw import Draw, Unit, draw, position, stratum_of
from logminer.ids import Pseudonyms
from logminer.privacy.language import tell_language
from logminer.privacy.options import AnonymiseOptions
from logminer.sources import SourceSpec

__all__ = ["Counted", "PromptSize", "count", "draw_sample"]


class PromptSize(NamedTuple):
    """What of a prompt tells how many tokens it is: messages, and characters within and beyond ASCII."""

    messages: int
    ascii: int
    other: int


class Counted(NamedTuple):
    """A conversation that will be taken in; ids are pseudonyms."""

    conversation_id: str
    user_id: str | None
    language: str
    attributes: Mapping[str, str]
    prompts: list[PromptSize]  # one for each chosen turn


def count(
    source: SourceSpec, anonymise: AnonymiseOptions, turns: str, pseudonyms: Pseudonyms
) -> Iterator[Counted]:
    """Every conversation that can be read and is in a language that is taken in; in the order of the dump.

    Args:
        source: the dump.
        anonymise: which languages are taken in.
        turns: last, first or all.
        pseudonyms: for the ids.

    Raises:
        SourceError, ConfigError: as `SourceSpec.slices`.
    """
    taken: dict[str, bool] = {}
    for piece in source.slices():
        for row in piece.read().to_pylist(maps_as_pydicts="lossy"):
            if row["problem"] or not row["messages"]:
                continue
            texts = (message.get("content") or "" for message in row["messages"])
            language = tell_language(row["language"], texts, anonymise.languages[0])
            if language not in taken:
                taken[language] = anonymise.takes(language)
            if taken[language]:
                yield Counted(
                    pseudonyms.conversation(row["conversation_id"]),
                    pseudonyms.user(row["user_id"]) if row["user_id"] else None,
                    language,
                    row["attributes"] or {},
                    _sizes(row["messages"], turns),
                )


def _sizes(messages: list[dict[str, Any]], turns: str) -> list[PromptSize]:
    asked = [i for i, message in enumerate(messages) if message["role"] == "user"]
    chosen = {"last": asked[-1:], "first": asked[:1]}.get(turns, asked)
    sizes, wanted = [], set(chosen)
    plain = other = 0
    for i, message in enumerate(messages):
        for text in (message["content"], message["tool_calls"]):
            if text:
                beyond = 0 if text.isascii() else sum(char > "\x7f" for char in text)
                plain, other = plain + len(text) - beyond, other + beyond
        if i in wanted:
            sizes.append(PromptSize(i + 1, plain, other))
    return sizes


def draw_sample(
    counted: Iterator[Counted],
    prompts: int,
    seed: int,
    stratify: str | None,
    pseudonyms: Pseudonyms,
) -> Draw:
    """A sample of about `prompts` prompts; see `draw.draw`."""
    units = (
        Unit(
            position(pseudonyms, seed, one.user_id or one.conversation_id),
            stratum_of(one._asdict(), stratify),
            len(one.prompts),
        )
        for one in counted
    )
    return draw(units, prompts, seed, stratify)
