"""An opened judge: asks what nobody has asked it yet, once more where the answer cannot be read, and keeps each vote.

All parts and all checkpoints of a study that are rated in one process share it, so the same question is asked once even
if it comes up twice at the same moment.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import NamedTuple
from weakref import WeakValueDictionary

from logminer.checkpoints.base import Answer, Answerer, Prompt
from logminer.checkpoints.kinds import AnyGenerating
from logminer.ids import Pseudonyms
from logminer.messages.states import JUDGED
from logminer.scorers.autorater.cache import VoteCache
from logminer.scorers.autorater.reply import PROBLEMS, ReadReply, locate, read_reply
from logminer.scorers.autorater.rubric import Rubric, Texts, ask_again
from logminer.scorers.autorater.spec import Autorater
from logminer.scorers.autorater.votes import Vote

__all__ = ["OpenJudge", "Question", "open_judge"]


class Question(NamedTuple):
    """One rubric held to one text. The id is a keyed hash of all that the judge reads."""

    id: str
    rubric: Rubric
    texts: Texts

    @classmethod
    def of(cls, rubric: Rubric, texts: Texts, pseudonyms: Pseudonyms) -> Question:
        """The question with its id."""
        read = [text or "" for text in (texts.text, texts.response)]
        read += [texts.prompt or ""] if rubric.shows_prompt else []
        read += [texts.facts or ""] if rubric.tells_facts else []
        return cls(pseudonyms.id("question", rubric.id, *read), rubric, texts)


Key = tuple[str, int]  # id of a question, number of the vote


class OpenJudge:
    """One judge of one study. Threads may share it.

    Args:
        answerer: the opened checkpoint.
        cache: its votes so far.
        votes: how many each question wants.
        shaped: the answer is held to the form's JSON schema.
    """

    def __init__(self, answerer: Answerer, cache: VoteCache, votes: int, shaped: bool) -> None:
        self._answerer, self._cache = answerer, cache
        self._votes, self._shaped = votes, shaped
        self._lock = threading.Lock()
        self._asked: dict[Key, Future[Vote]] = {}  # whose answer some thread awaits

    def votes(self, questions: Sequence[Question]) -> list[list[Vote]]:
        """All votes on each question, those that were kept and those that are asked for now.

        Raises:
            CheckpointError: the judge answers nobody; what it has answered is kept.
            Stopped: it was wished; likewise.
            StoreError: votes cannot be kept.
        """
        keys = [(question.id, n) for question in questions for n in range(self._votes)]
        with self._lock:
            found = self._cache.find([question.id for question in questions])
            awaited = {key: self._asked[key] for key in keys if key in self._asked}
            mine = dict.fromkeys(key for key in keys if key not in found and key not in awaited)
            self._asked |= {key: Future() for key in mine}
        try:
            for key, vote in self._ask(questions, mine):
                if vote.said is not None or vote.error in PROBLEMS:
                    self._cache.keep(*key, vote)
                found[key] = vote
                self._end(key).set_result(vote)
        except BaseException as error:
            for key in mine:
                if key not in found:
                    self._end(key).set_exception(error)
            raise
        found |= {key: future.result() for key, future in awaited.items()}
        return [[found[question.id, n] for n in range(self._votes)] for question in questions]

    def _end(self, key: Key) -> Future[Vote]:
        with self._lock:
            return self._asked.pop(key)

    def _ask(
        self, questions: Sequence[Question], wanted: dict[Key, None]
    ) -> Iterator[tuple[Key, Vote]]:
        """The votes wanted, as they come; an answer that cannot be read is asked for once more, at the end."""
        if not wanted:
            return
        distinct = list({question.id: question for question in questions}.values())
        numbers = [[n for n in range(self._votes) if (q.id, n) in wanted] for q in distinct]
        again: list[tuple[Question, Prompt]] = []
        first = [
            self._prompt(
                question,
                [{"role": "user", "content": question.rubric.message(question.texts)}],
                own,
            )
            for question, own in zip(distinct, numbers, strict=True)
        ]
        for place, number, answer in self._answerer.answer(first):
            question = distinct[place]
            reading = _read(answer, question)
            if reading and reading.problem:
                message = first[place].messages[0]["content"]
                dialogue = ask_again(message, answer.response or "", reading.complaint)
                again.append((question, self._prompt(question, dialogue, [number])))
            else:
                yield (question.id, number), _vote(answer, reading, question)
        if not again:
            return
        for place, number, answer in self._answerer.answer([prompt for _, prompt in again]):
            question = again[place][0]
            yield (question.id, number), _vote(answer, _read(answer, question), question)

    def _prompt(
        self, question: Question, messages: list[dict[str, str]], samples: list[int]
    ) -> Prompt:
        shape = question.rubric.form.schema if self._shaped else None
        return Prompt(question.id, messages, None, "", samples, shape)


def _read(answer: Answer, question: Question) -> ReadReply | None:
    """What an answer says; None where none came."""
    if _failure(answer) is not None:
        return None
    cut_off = answer.finish_reason == "length"
    return read_reply(answer.response or "", question.rubric.form, cut_off=cut_off)


def _failure(answer: Answer) -> str | None:
    return None if answer.state in JUDGED else answer.error or answer.state


def _vote(answer: Answer, reading: ReadReply | None, question: Question) -> Vote:
    by = answer.answered_by
    if reading is None:
        return Vote(None, _failure(answer), None, by)
    return Vote(reading.said, reading.problem, locate(reading.evidence, question.texts.text), by)


_open: WeakValueDictionary[str, OpenJudge] = WeakValueDictionary()
_opening = threading.Lock()


def open_judge(
    scorer: Autorater, judge: AnyGenerating, pseudonyms: Pseudonyms, cache: Path
) -> OpenJudge:
    """The judge, as long as anybody in this process has it open the same one: a model is loaded once.

    Args:
        scorer: whose judge it is.
        judge: of its panel.
        pseudonyms: of the project.
        cache: file of the votes.

    Raises:
        LogminerError: as opening a checkpoint does; StoreError: the file cannot be used.
    """
    sampling, shaped = scorer.sampling(judge), scorer.is_shaped(judge)
    parts = [judge.model_dump_json(), sampling.model_dump_json(), shaped, scorer.votes, cache]
    key = "\0".join(map(str, [*parts, pseudonyms.key_id]))
    with _opening:
        opened = _open.get(key)
        if opened is None:
            votes = VoteCache(cache, scorer.judge_identity(judge))
            opened = OpenJudge(judge.open(sampling, pseudonyms), votes, scorer.votes, shaped)
            _open[key] = opened
        return opened
