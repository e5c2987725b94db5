"""An opened analyst: asks what it was not asked before, once more where the reply cannot be read, and keeps what it may.

What it says is raw: nothing of it is written before the guard has let it pass, and of a reply nothing is kept but its notes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from logminer.checkpoints.base import Answer, Answerer, Prompt
from logminer.discovery.hypotheses.guarding import Guard
from logminer.discovery.hypotheses.notes import Note, ReadNotes, read_notes
from logminer.errors import StoreError
from logminer.files.atomic import write_text
from logminer.files.jsonread import read_json
from logminer.files.sealing import read_bytes
from logminer.ids import Pseudonyms
from logminer.messages.states import JUDGED
from logminer.scorers.autorater.rubric import ask_again

__all__ = ["AnalystReply", "AnalystTally", "OpenAnalyst"]


class AnalystTally(NamedTuple):
    """What became of the questions and of the notes, by reason; what was kept from before counts with the rest.

    `asked` were asked now, `kept` before. `failed` brought no answer, by code; `unread` none that can be read, by problem.
    `unfit` notes had not the form, `refused` ones said what may not be said.
    """

    asked: int
    kept: int
    failed: Counter[str]
    unread: Counter[str]
    unfit: int
    refused: Counter[str]

    def plus(self, other: AnalystTally) -> AnalystTally:
        """Both together."""
        return AnalystTally(*(one + two for one, two in zip(self, other, strict=True)))  # type: ignore[operator]


class AnalystReply(NamedTuple):
    """What is left of one reply: its notes and what they stand for, as in `ReadNotes`."""

    notes: list[Note]
    stands_for: list[tuple[int, ...]]
    unfit: int = 0
    problem: str | None = None
    refused: dict[str, int] = {}

    def as_read(self) -> ReadNotes:
        """For `notes.put_together`."""
        return ReadNotes(self.notes, self.stands_for)

    def as_json(self) -> dict[str, Any]:
        """To be kept."""
        return self._asdict() | {"notes": [note[:3] for note in self.notes]}


class OpenAnalyst:
    """An analyst of one study and one sample.

    Args:
        open: opens the checkpoint; called where there is something to ask.
        folder: where what it said is kept, a file for each question.
        pseudonyms: what is asked is named by a keyed hash.
        guard: of its notes.
        identity: what its notes depend on, the question apart: who is asked, how, and what the guard goes by.
        shaped: replies are held to a JSON schema.
    """

    def __init__(
        self,
        open: Callable[[], Answerer],
        folder: Path,
        pseudonyms: Pseudonyms,
        guard: Guard,
        identity: Sequence[str],
        *,
        shaped: bool,
    ) -> None:
        self._open = open
        self._answerer: Answerer | None = None
        self._folder, self._pseudonyms = folder, pseudonyms
        self._guard, self._identity, self._shaped = guard, tuple(identity), shaped

    def ask(
        self, messages: Sequence[str], *, most: int, shape: dict[str, Any]
    ) -> tuple[list[AnalystReply | None], AnalystTally]:
        """The reply to each message, None where no answer came, and what became of all.

        Args:
            messages: questions.
            most: notes that each asks for.
            shape: JSON schema of a reply.

        Raises:
            CheckpointError: the analyst answers nobody; what it said is kept.
            Stopped: it was wished; likewise.
            StoreError: what it said cannot be kept, or what was kept is damaged.
        """
        ids = [
            self._pseudonyms.id("analyst", *self._identity, str(most), text) for text in messages
        ]
        found = {id_: reply for id_ in ids if (reply := self._recall(id_))}
        due = {id_: text for id_, text in zip(ids, messages, strict=True) if id_ not in found}
        kept, failed = len(found), Counter[str]()
        asked = self._asked(due, most, shape if self._shaped else None) if due else ()
        for id_, answer, read in asked:
            if read is None:
                failed[answer.error or answer.state] += 1
            else:
                found[id_] = self._keep(id_, read)
        replies = [found.get(id_) for id_ in ids]
        told = [reply for reply in replies if reply]
        refused = sum((Counter(reply.refused) for reply in told), Counter[str]())
        unread = Counter(reply.problem for reply in told if reply.problem)
        unfit = sum(reply.unfit for reply in told)
        return replies, AnalystTally(len(due), kept, failed, unread, unfit, refused)

    def _asked(
        self, due: dict[str, str], most: int, shape: dict[str, Any] | None
    ) -> Iterator[tuple[str, Answer, ReadNotes | None]]:
        """Each with what it says, as it comes; what cannot be read is asked for once more, at the end."""

        def prompt(id_: str, messages: list[dict[str, str]]) -> Prompt:
            return Prompt(id_, messages, None, "", (0,), shape)

        first = [prompt(id_, [{"role": "user", "content": text}]) for id_, text in due.items()]
        again: list[Prompt] = []
        self._answerer = answerer = self._answerer or self._open()
        for place, _, answer in answerer.answer(first):
            asked, read = first[place], _read(answer, most)
            if read and read.problem:
                message = asked.messages[0]["content"]
                dialogue = ask_again(message, answer.response or "", read.complaint)
                again.append(prompt(asked.prompt_id, dialogue))
            else:
                yield asked.prompt_id, answer, read
        for place, _, answer in answerer.answer(again) if again else ():
            yield again[place].prompt_id, answer, _read(answer, most)

    def _keep(self, id_: str, read: ReadNotes) -> AnalystReply:
        reasons = self._guard.refused(read.notes)
        fine = [place for place, reason in enumerate(reasons) if reason is None]
        reply = AnalystReply(
            [read.notes[place] for place in fine],
            [read.stands_for[place] for place in fine],
            read.unfit,
            read.problem,
            dict(Counter(reason for reason in reasons if reason)),
        )
        write_text(json.dumps(reply.as_json(), ensure_ascii=False), self._file(id_))
        return reply

    def _recall(self, id_: str) -> AnalystReply | None:
        path = self._file(id_)
        if not path.is_file():
            return None
        try:
            row = read_json(read_bytes(path))
            notes = [
                Note(str(title), str(counts), str(not_counts))
                for title, counts, not_counts in row["notes"]
            ]
            stands_for = [tuple(map(int, places)) for places in row["stands_for"]]
            return AnalystReply(
                notes, stands_for, row["unfit"], row["problem"], dict(row["refused"])
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            raise StoreError(
                f"{path}: damaged; delete it, and the analyst is asked again"
            ) from None

    def _file(self, id_: str) -> Path:
        return self._folder / f"{id_}.json"


def _read(answer: Answer, most: int) -> ReadNotes | None:
    """What an answer says; None where none came."""
    if answer.state not in JUDGED:
        return None
    return read_notes(answer.response or "", most=most, cut_off=answer.finish_reason == "length")
