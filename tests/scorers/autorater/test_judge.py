"""An opened judge asks once, keeps what was said, and holds no text."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from logminer.checkpoints.base import Answer, Given, Prompt
from logminer.errors import CheckpointError, StoreError
from logminer.scorers.autorater.cache import VoteCache
from logminer.scorers.autorater.judge import OpenJudge, Question
from logminer.scorers.autorater.rubric import Texts
from logminer.scorers.autorater.votes import Vote
from logminer.scorers.base import NO, UNSURE, YES
from tests.kit.autoraters import PROSE, PSEUDONYMS, reply, rubric


class Answers:
    """Answers what the words of the text say, and records what it was asked; `gate` holds it up."""

    def __init__(self, *answers: Answer, gate: threading.Event | None = None) -> None:
        self.answers, self.gate = answers, gate
        self.asked: list[Prompt] = []

    def answer(self, prompts: Sequence[Prompt]) -> Iterator[Given]:
        for place, prompt in enumerate(prompts):
            for sample in prompt.samples:
                if self.gate:
                    self.gate.wait(10)
                self.asked.append(prompt)
                answer = self.answers[min(len(self.asked), len(self.answers)) - 1]
                if answer.error == "gone":
                    raise CheckpointError("gone")
                yield Given(place, sample, answer)


def question(text: str) -> Question:
    return Question.of(rubric(), Texts(text, None, "user: Hi."), PSEUDONYMS)


def opened(folder: Path, answers: Answers, n: int = 1, identity: str = "j") -> OpenJudge:
    return OpenJudge(answers, VoteCache(folder / "votes.sqlite", identity), n, shaped=False)


def test_what_was_said_is_asked_once_and_what_failed_again(tmp_path: Path) -> None:
    fine, fails = Answer(reply(evidence="said so")), Answer(None, error="timeout")
    answers = Answers(fine, fails)
    judge = opened(tmp_path, answers)
    texts = [question("He said so."), question("Other."), question("He said so.")]
    said = Vote(YES, None, (3, 10))
    assert judge.votes(texts) == [[said], [Vote(None, "timeout")], [said]]
    assert len(answers.asked) == 2
    answers.answers = (fine,)
    assert judge.votes(texts) == [[said], [Vote(YES)], [said]]
    assert len(answers.asked) == 3
    again = Answers()
    assert opened(tmp_path, again).votes(texts) == [[said], [Vote(YES)], [said]]
    assert not again.asked
    other = Answers(fine)
    assert opened(tmp_path, other, identity="k").votes(texts[:1]) == [[said]]
    assert len(other.asked) == 1


def test_an_answer_that_cannot_be_read_is_asked_for_once_more(tmp_path: Path) -> None:
    answers = Answers(Answer(PROSE), Answer(reply(label="no")), Answer(PROSE), Answer("{"))
    judge = opened(tmp_path, answers)
    assert judge.votes([question("One.")]) == [[Vote(NO)]]
    assert [m["role"] for m in answers.asked[1].messages] == ["user", "assistant", "user"]
    assert judge.votes([question("Two.")]) == [[Vote(None, "malformed")]]
    assert judge.votes([question("Two.")]) == [[Vote(None, "malformed")]]
    assert len(answers.asked) == 4


def test_what_was_said_before_the_judge_was_lost_is_kept(tmp_path: Path) -> None:
    lost = Answers(Answer(reply()), Answer(None, error="gone"))
    texts = [question(f"Text {n}.") for n in range(3)]
    with pytest.raises(CheckpointError):
        opened(tmp_path, lost).votes(texts)
    answers = Answers(Answer(reply()))
    assert opened(tmp_path, answers).votes(texts) == [[Vote(YES)]] * 3
    assert len(answers.asked) == 2


def test_the_same_question_at_the_same_moment_is_asked_once(tmp_path: Path) -> None:
    gate = threading.Event()
    answers = Answers(Answer(reply()), gate=gate)
    judge = opened(tmp_path, answers)
    found: list[list[list[Vote]]] = []
    threads = [
        threading.Thread(
            target=lambda: found.append(judge.votes([question("Same."), question("Same too.")]))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join(10)
    assert found == [[[Vote(YES)], [Vote(YES)]]] * 4
    assert len(answers.asked) == 2


def test_votes_that_are_wanted_beyond_those_kept_are_asked_for(tmp_path: Path) -> None:
    answers = Answers(Answer(reply()), Answer(reply(label="no")), Answer(reply(label="unsure")))
    assert opened(tmp_path, answers, 1).votes([question("One.")]) == [[Vote(YES)]]
    assert opened(tmp_path, answers, 3).votes([question("One.")]) == [
        [Vote(YES), Vote(NO), Vote(UNSURE)]
    ]
    assert [list(prompt.samples) for prompt in answers.asked] == [[0], [1, 2], [1, 2]]


def test_what_is_kept_holds_no_text_and_a_damaged_file_is_told(tmp_path: Path) -> None:
    answers = Answers(Answer(reply(evidence="zebra", reason="quagga")))
    opened(tmp_path, answers).votes([question("A zebra.")])
    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not re.search(rb"zebra|quagga|Hi\.", raw)
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "votes.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match="if it is damaged, delete it"):
        opened(broken, answers)
