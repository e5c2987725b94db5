"""What a dump holds, counted in memory before anything is anonymised: who asks how much, in which language.

For drawing a sample and for planning. It reads raw text and keeps none of it: only pseudonyms and counts come out.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from logminer.ids import Pseudonyms, person
from logminer.privacy.languages.language import tell_language
from logminer.privacy.options import AnonymiseOptions
from logminer.sampling.draw import Draw, Unit, draw, position, stratum_of
from logminer.sources.spec import SourceSpec

__all__ = ["Chosen", "Counted", "PromptSize", "Totals", "count", "draw_sample", "take_totals"]


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
    turns: list[int]  # `turn_index` of the chosen ones
    prompts: list[PromptSize]  # one for each chosen turn
    part: str  # of the dump's slice that holds it
    place: int  # its row there
    month: str | None = None  # in which it was held, such as 2026-04

    @property
    def person(self) -> str:
        """Who asked; see `ids.person`."""
        return person(self.user_id, self.conversation_id)


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
        for place, row in enumerate(piece.read().to_pylist(maps_as_pydicts="lossy")):
            if row["problem"] or not row["messages"]:
                continue
            texts = (message.get("content") or "" for message in row["messages"])
            language = tell_language(row["language"], texts, anonymise.languages[0])
            if language not in taken:
                taken[language] = anonymise.takes(language)
            if taken[language]:
                chosen = _chosen(row["messages"], turns)
                yield Counted(
                    pseudonyms.conversation(row["conversation_id"]),
                    pseudonyms.user(row["user_id"]) if row["user_id"] else None,
                    language,
                    row["attributes"] or {},
                    list(chosen),
                    _sizes(row["messages"], set(chosen.values())),
                    piece.part,
                    place,
                    f"{row['created_at']:%Y-%m}" if row["created_at"] else None,
                )


class Chosen(NamedTuple):
    """A prompt that was chosen by chance: where it lies in the dump, and how long it is."""

    part: str
    place: int  # row of the part
    conversation_id: str
    turn: int
    size: PromptSize


class Totals(NamedTuple):
    """What would be asked. `user_prompts` holds the prompts of each user (of each conversation where he is unknown)."""

    conversations: int
    prompts: int
    size: PromptSize  # summed over the prompts
    user_prompts: list[int]
    strata: int  # on which a comparison is made, all prompts among them
    chosen: list[Chosen]  # some of the prompts, in an order of chance


def take_totals(
    counted: Iterator[Counted],
    draw: Draw | None,
    choose: int,
    pseudonyms: Pseudonyms,
    strata: Sequence[str] = (),
) -> Totals:
    """Sums over the prompts that `draw` takes, and `choose` of them, each with the same chance.

    The same prompts give the same choice; what is remembered of the others is one number for each user. `strata` are
    the attributes (or `language`) whose values are compared by themselves.
    """
    conversations, size, users = 0, PromptSize(0, 0, 0), Counter[str]()
    values: dict[str, set[str | None]] = {name: set() for name in ("turn", *strata)}
    heap: list[tuple[int, Chosen]] = []  # what was drawn last on top
    for one in counted:
        conversations += 1
        if draw and not draw.takes(one._asdict(), pseudonyms):
            continue
        users[one.person] += len(one.prompts)
        values["turn"] |= {"later" if turn else "first" for turn in one.turns}
        own = {"language": one.language, "month": one.month} | dict(one.attributes)
        for name in strata:
            values[name].add(own.get(name))
        for turn, prompt in zip(one.turns, one.prompts, strict=True):
            size = PromptSize(*(a + b for a, b in zip(size, prompt, strict=True)))
            digest = pseudonyms.digest("pilot", one.conversation_id, str(turn))
            key = -int.from_bytes(digest[:8], "big")
            found = Chosen(one.part, one.place, one.conversation_id, turn, prompt)
            if len(heap) < choose:
                heapq.heappush(heap, (key, found))
            elif heap and key > heap[0][0]:
                heapq.heapreplace(heap, (key, found))
    chosen = [found for _, found in sorted(heap, reverse=True)]
    # Where all prompts have one value it is the stratum of all prompts.
    parted = sum(len(found - {None}) for found in values.values() if len(found) > 1)
    return Totals(conversations, users.total(), size, list(users.values()), 1 + parted, chosen)


def _chosen(messages: list[dict[str, Any]], turns: str) -> dict[int, int]:
    """`turn_index` → place of its message."""
    asked = list(enumerate(i for i, message in enumerate(messages) if message["role"] == "user"))
    return dict({"last": asked[-1:], "first": asked[:1]}.get(turns, asked))


def _sizes(messages: list[dict[str, Any]], wanted: set[int]) -> list[PromptSize]:
    sizes = []
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
            position(pseudonyms, seed, one.person),
            stratum_of(one._asdict(), stratify),
            len(one.prompts),
        )
        for one in counted
    )
    return draw(units, prompts, seed, stratify)
