"""How many of a dump's prompts recorded answers match, told before anything is computed.

Both sides are hashed under a key that is thrown away, as a run hashes them under its own. Where many prompts find no
answer, what is nearly alike says why: it is counted by kind, and no text is kept or told.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from logminer.checkpoints.kinds import AnyCheckpoint
from logminer.errors import SourceError
from logminer.ids import Pseudonyms
from logminer.messages.dialogue import Message
from logminer.pipeline.file import PipelineFile
from logminer.process.memory import no_core_file
from logminer.scorers.recorded import recorded_columns, require_said
from logminer.stages.prompts import chosen_turns

__all__ = ["FEW", "Matched", "match", "no_answers"]

FEW = 0.9  # share of the prompts below which something is likely to be wrong
ROWS = 10_000  # of the dump, and after them until one prompt is matched
RECORDED_ROWS = 200_000  # among which those that are nearly alike are looked for

# Why a prompt has no answer, the likeliest first.
KINDS = {
    "id_form": "have the id of an answer in another form (case, signs, leading zeros)",
    "text_form": "are the prompt of an answer but for case or white space",
    "system_message": "are the prompt of an answer but for its system message",
    "history": "end in the last message of an answer's prompt, after another history",
    "ambiguous_id": "have an id under which the file answers several prompts, none of which is this one",
    "earlier_turn": "are earlier turns, to which answers are matched word for word, never by an id",
    "unlike": "are like nothing in the file",
}


class Matched(NamedTuple):
    """What a recorded checkpoint answers of the prompts looked at; `unmatched` counts the others by kind.

    `shared` counts the matched whose answer is also that to a prompt in other words: the dump gives both one id.
    """

    checkpoint: str
    matched: int
    prompts: int
    rows: int  # of the dump, looked at
    whole: bool  # whether these are all
    unmatched: dict[str, int]  # empty where at least `FEW` were matched
    shared: int = 0

    @property
    def words(self) -> str:
        """For people."""
        where = "" if self.whole else f" (of the first {self.rows:,} rows)"
        return f"matched {self.matched:,} of {self.prompts:,} prompts{where}"

    @property
    def notes(self) -> Iterator[str]:
        """What its owner should know, for people."""
        if self.unmatched:
            yield f"checkpoint {self.checkpoint}: {self.words}; of the others {self.why}"
        if self.shared:
            yield (
                f"checkpoint {self.checkpoint}: {self.shared:,} prompts share an id with others in other words, and the answer"
                " to that id is taken for each; give the dump an id for each prompt, or the answers their prompts' words"
                " (`prompt_messages`)"
            )

    @property
    def why(self) -> str:
        """What the others are, by kind; '' where nothing is to be said."""
        told, others = sum(self.unmatched.values()), self.prompts - self.matched
        of = f"of the first {told:,} " if told < others else ""
        return of + ", ".join(f"{n:,} {KINDS[kind]}" for kind, n in self.unmatched.items())


def match(file: PipelineFile, checkpoints: Sequence[AnyCheckpoint]) -> list[Matched]:
    """Open recorded answers, and count the prompts of the dump's first rows that each of the checkpoints answers.

    Raises:
        SourceError: one answers none, though there are prompts; or as the checkpoint's `check`.
        ConfigError: as the checkpoint's `check`; or it is not said whose labels some are that a judge gave.
    """
    no_core_file()  # raw prompts are in memory from here on
    pseudonyms = Pseudonyms(os.urandom(32), "check")
    opened = [_Opened(checkpoint, pseudonyms) for checkpoint in checkpoints]
    labels = [] if file.acting else list(recorded_columns(file.judge.scorers))
    for one in opened:
        one.rows.require(labels)
        if one.rows.judged:
            require_said(file.judge.scorers, one.rows.judged)
    looked, whole = 0, True
    for piece in file.source.slices() if opened else ():
        if looked >= ROWS and all(one.matched for one in opened):
            whole = False
            break
        for row in piece.read().to_pylist(maps_as_pydicts="lossy"):
            looked += 1
            for asked in _asked(row, file.prompts.turns, pseudonyms):
                for one in opened:
                    one.look_up(asked)
    counted = [one.found(looked, whole=whole) for one in opened]
    for found in counted:
        if found.prompts and not found.matched:
            raise SourceError(no_answers(found))
    return counted


def no_answers(found: Matched) -> str:
    """What is said where a checkpoint answers nothing that was asked."""
    why = f"; of these {found.why}" if found.unmatched else ""
    return (
        f"checkpoint {found.checkpoint}: {found.words}{why}; its file must name the dump's prompts, by their id (`prompt_id`)"
        " or word for word (`prompt_messages`)"
    )


class _Asked(NamedTuple):
    """A raw prompt of the dump, and the keys by which answers to it are matched."""

    prompt_id: str | None
    messages: Sequence[Message]
    source_key: str | None
    content_key: str


def _asked(row: Mapping[str, Any], turns: str, pseudonyms: Pseudonyms) -> Iterator[_Asked]:
    """The prompts of a raw conversation, as the stages `anonymise` and `prompts` make them."""
    messages = row["messages"]
    if row["problem"] or not messages:
        return
    keys = pseudonyms.content_keys((m["role"], m["content"] or "") for m in messages)
    prompt_id = row["prompt_id"] or row["conversation_id"]
    for turn, end, is_last in chosen_turns(messages, turns):
        own = prompt_id if is_last else None
        source_key = pseudonyms.source_key(own) if own else None
        yield _Asked(own, messages[: end + 1], source_key, keys[turn])


class _Opened:
    """A recorded checkpoint while its matches are counted."""

    def __init__(self, checkpoint: AnyCheckpoint, pseudonyms: Pseudonyms) -> None:
        self._name = checkpoint.name
        self.rows = checkpoint.matching(pseudonyms)
        self.matched = self._prompts = 0
        self._without: list[dict[str, int]] = []  # of prompts without an answer, by kind
        self._answers: defaultdict[object, Counter[str]] = defaultdict(Counter)  # first row → words

    def look_up(self, asked: _Asked) -> None:
        self._prompts += 1
        if found := self.rows.find(asked.source_key, asked.content_key):
            self.matched += 1
            self._answers[found[0]][asked.content_key] += 1
        elif len(self._without) < ROWS:
            loosely = _loosely(asked.prompt_id, asked.messages)
            if asked.source_key is None:
                loosely["earlier_turn"] = 0
            elif self.rows.is_ambiguous(asked.source_key):
                loosely = {"ambiguous_id": 0}
            self._without.append(loosely)

    def found(self, rows: int, *, whole: bool) -> Matched:
        few = self.matched < FEW * self._prompts
        return Matched(
            self._name,
            self.matched,
            self._prompts,
            rows,
            whole,
            self._by_kind() if few else {},
            sum(asked.total() for asked in self._answers.values() if len(asked) > 1),
        )

    def _by_kind(self) -> dict[str, int]:
        there = {"ambiguous_id": {0}, "earlier_turn": {0}}
        for prompt_id, messages in islice(self.rows.asked(), RECORDED_ROWS):
            for kind, value in _loosely(prompt_id, messages).items():
                there.setdefault(kind, set()).add(value)
        counts: Counter[str] = Counter()
        for loosely in self._without:
            kinds = {kind for kind, value in loosely.items() if value in there.get(kind, ())}
            counts[next((kind for kind in KINDS if kind in kinds), "unlike")] += 1
        return {kind: counts[kind] for kind in KINDS if counts[kind]}


def _loosely(prompt_id: str | None, messages: Sequence[Message] | None) -> dict[str, int]:
    """Kind → hash of a prompt without what that kind takes no account of."""
    found: dict[str, int] = {}
    if prompt_id:
        found["id_form"] = hash(_bare(prompt_id))
    if messages:
        said = tuple((m["role"], _plain(m["content"] or "")) for m in messages)
        found["text_form"] = hash(said)
        found["system_message"] = hash(tuple(one for one in said if one[0] != "system"))
        found["history"] = hash(next(text for role, text in reversed(said) if role == "user"))
    return found


def _bare(name: str) -> str:
    """An id without case, signs, a decimal zero, and zeros before a number."""
    name = unicodedata.normalize("NFKC", name).strip().casefold().removesuffix(".0")
    return re.sub(r"(?<!\d)0+(?=\d)", "", re.sub(r"[\W_]+", "", name))


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
