"""What an agent did once, in a table with a run a row: said again turn by turn, whatever it is told in between."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from logminer.checkpoints.base import (
    MOST_TURNS,
    Answer,
    Answerer,
    Checkpoint,
    Given,
    Matching,
    Prompt,
    Sampling,
    answer_of,
)
from logminer.checkpoints.recorded import Recorded
from logminer.checkpoints.recordings.rows import NO_ANSWER, RecordedRows, RowAt
from logminer.errors import SourceError
from logminer.files.finding import Skipped
from logminer.ids import Pseudonyms
from logminer.messages.calls import parsed
from logminer.messages.message import read_answer
from logminer.messages.states import Finish

__all__ = ["Transcripts"]

ENDED = Answer(None, finish_reason="stop", error="empty_answer")  # it says nothing more


class Transcripts(Checkpoint):
    """Runs that an environment carries out again: `prompt_id` (or `prompt`, `prompt_messages`) and `messages`, of which
    those of the assistant are taken, with `tool_calls` or fenced blocks.

    Attributes:
        path: a file, glob or folder.
        model, where: as of a `recorded` checkpoint; they pick rows by equality.
    """

    kind: Literal["transcripts"] = "transcripts"
    path: str
    model: str | None = None
    where: dict[str, str | int | float | bool] = {}

    @property
    def own_process(self) -> bool:
        return False

    @property
    def is_recorded(self) -> bool:
        return True

    @property
    def acts_only(self) -> bool:
        return True

    def rooted(self, base: Path) -> Transcripts:
        """The same with `path` taken from `base` where it is relative."""
        return self.model_copy(update={"path": self._table.rooted(base).path})

    def sampling(self, said: Sampling) -> Sampling:
        """A run is there once."""
        return said.model_copy(update={"samples": 1})

    def options(self) -> dict[str, Any]:
        """As of recorded answers: the files count by what is in them."""
        return super().options() | {"path": self._table.options()["path"]}

    def skipped(self) -> tuple[Skipped, ...]:
        return self._table.skipped()

    def check(self) -> None:
        """Read the columns that runs are matched by.

        Raises:
            SourceError: nothing there, a column is missing, or several runs differ that are of one prompt.
        """
        self.matching(Pseudonyms(os.urandom(32), "check"))

    def matching(self, pseudonyms: Pseudonyms) -> Matching:
        return self._rows(pseudonyms)

    def open(self, sampling: Sampling, pseudonyms: Pseudonyms) -> Answerer:
        """Index the rows; as `check`, raises SourceError."""
        return _Transcribed(self.name, self._rows(pseudonyms))

    @property
    def _table(self) -> Recorded:
        """The rows, as if what they say were one answer."""
        return Recorded(
            name=self.name,
            path=self.path,
            model=self.model,
            where=self.where,
            columns={"response": "messages"},
        )

    def _rows(self, pseudonyms: Pseudonyms) -> RecordedRows:
        return self._table.matching(pseudonyms)


class _Transcribed:
    def __init__(self, name: str, rows: RecordedRows) -> None:
        self._name, self._rows = name, rows
        self._last: tuple[RowAt, list[Mapping[str, Any]]] | None = None  # turns of one run

    def answer(self, prompts: Sequence[Prompt]) -> Iterator[Given]:
        for place, prompt in enumerate(prompts):
            found = self._rows.find(prompt.source_key, prompt.content_key) if prompt.samples else ()
            for number in prompt.samples:
                yield Given(place, number, self._turn(found, *divmod(number, MOST_TURNS)))

    def _turn(self, found: Sequence[RowAt], sample: int, turn: int) -> Answer:
        if sample >= len(found):
            return Answer(None, error=NO_ANSWER)
        if self._last is None or self._last[0] != found[sample]:
            self._last = (found[sample], self._turns(found[sample]))
        turns = self._last[1]
        return answer_of(read_answer(turns[turn]), Finish("stop")) if turn < len(turns) else ENDED

    def _turns(self, place: RowAt) -> list[Mapping[str, Any]]:
        messages = parsed(self._rows.read([place], ["response"])[place]["response"])
        if not isinstance(messages, list) or not all(isinstance(one, dict) for one in messages):
            raise SourceError(
                f"checkpoint {self._name}: {self._rows.named(place)}: messages: a list of messages is wanted there, each"
                " {role, content, tool_calls}"
            )
        return [one for one in messages if one.get("role", "assistant") == "assistant"]
