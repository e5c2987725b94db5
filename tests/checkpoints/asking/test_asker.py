"""Each request is answered once, whatever a server does; and nobody is asked in vain for long."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from logminer.checkpoints.asking import faults
from logminer.checkpoints.asking.asker import BREAKER, FIRST_FEW, Asker, Fault, Patience
from logminer.checkpoints.base import Answer
from logminer.errors import CheckpointError, LogminerError, Stopped
from logminer.process import stopping

SHORT = Patience(attempts=6, pause_s=0.001, budget_s=1.0, lost_s=0.05)


@pytest.fixture(autouse=True)
def _no_wish() -> Iterator[None]:
    yield
    stopping.reset()


HARMLESS = -1


class World:
    """A server by the test's rules: `rule(request, try)` gives the fault of a try, or None."""

    def __init__(
        self, rule: Callable[[int, int], Fault | None], latency_s: float = 0.0, most: int = 8
    ) -> None:
        self.rule, self.latency_s = rule, latency_s
        self.tries: Counter[int] = Counter()
        self.order: list[int] = []
        self.in_flight = self.most_in_flight = 0
        self.given_up: list[tuple[str, bool]] = []
        self.asker: Asker[int] = Asker(
            "world", self.send, SHORT, most, self.give_up, lambda request: HARMLESS
        )

    async def send(self, request: int) -> Answer:
        self.tries[request] += 1
        self.order.append(request)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await asyncio.sleep(self.latency_s)
            if fault := self.rule(request, self.tries[request]):
                raise fault
            return Answer(str(request))
        finally:
            self.in_flight -= 1

    def give_up(self, fault: Fault, proven: bool) -> CheckpointError:
        self.given_up.append((fault.error, proven))
        return CheckpointError(f"given up: {fault.error}")

    def ask(self, requests: list[int]) -> dict[int, Answer]:
        found = list(self.asker.ask(requests))
        assert len({place for place, _ in found}) == len(found)
        return {requests[place]: answer for place, answer in found}


def drain(
    asking: Iterator[tuple[int, Answer]], each: Callable[[], None] = lambda: None
) -> tuple[list[tuple[int, Answer]], LogminerError | None]:
    """All that comes, and what ends it."""
    found = []
    try:
        for one in asking:
            found.append(one)
            each()
    except LogminerError as error:
        return found, error
    return found, None


def passing(code: str = "server_error", status: int = 500) -> Fault:
    return Fault(code, status, passing=True)


@pytest.mark.parametrize("seed", range(4))
def test_every_request_is_answered_once_through_random_faults(seed: int) -> None:
    chance = random.Random(seed)
    kinds: list[Callable[[], Fault]] = [
        passing,
        faults.timed_out,
        faults.dropped,
        faults.unreachable,
        faults.malformed,
        lambda: faults.status_fault(429, {"retry-after": "0.002"}, ""),
        lambda: faults.status_fault(503, {}, ""),
    ]
    world = World(lambda request, n: chance.choice(kinds)() if chance.random() < 0.2 else None)
    answers = world.ask(list(range(400)))
    assert {n: a.response for n, a in answers.items()} == {n: str(n) for n in range(400)}
    assert sum(world.tries.values()) < 1.35 * 400


def test_what_fails_for_one_prompt_is_its_answer() -> None:
    def rule(request: int, _: int) -> Fault | None:
        if request % 10 == 3:
            return passing()
        return faults.status_fault(400, {}, "maximum context_length") if request == 7 else None

    world = World(rule)
    answers = world.ask(list(range(50)))
    assert {n for n, a in answers.items() if a.error == "server_error:500"} == {3, 13, 23, 33, 43}
    assert answers[7].error == "context_too_long:400"
    assert world.tries[7] == 1
    assert {world.tries[n] for n in (3, 13, 23)} == {SHORT.attempts}
    assert all(answers[n].response == str(n) for n in range(50) if n % 10 != 3 and n != 7)


def test_the_last_prompts_of_a_living_server_may_fail() -> None:
    world = World(lambda request, _: passing() if request >= 5 else None, most=1)
    answers = world.ask(list(range(8)))
    assert [answers[n].error for n in (5, 6, 7)] == ["server_error:500"] * 3


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (faults.unreachable, "connection"),
        (passing, "server_error:500"),
        (faults.malformed, "malformed_answer"),
        (faults.timed_out, "timeout"),
        (lambda: faults.status_fault(429, {}, ""), "rate_limited:429"),
        (lambda: faults.status_fault(404, {}, ""), "refused_by_server:404"),
        (lambda: faults.status_fault(400, {}, "no such field"), "refused_by_server:400"),
        (lambda: faults.status_fault(401, {}, ""), "refused_by_server:401"),
    ],
)
def test_a_server_that_answers_nobody_is_given_up(fault: Callable[[], Fault], said: str) -> None:
    world = World(lambda *_: fault())
    with pytest.raises(CheckpointError, match=said):
        world.ask(list(range(200)))
    assert world.given_up[0] == (said, False)
    # It may be back: asking anew is a new beginning.
    world.rule = lambda *_: None
    assert len(world.ask(list(range(20)))) == 20


@pytest.mark.parametrize("left", [1, 3, 100])
def test_a_server_that_dies_leaves_no_failed_answer(left: int) -> None:
    world = World(lambda request, _: faults.unreachable() if request >= 100 else None)
    found, problem = drain(world.asker.ask(list(range(100 + left))))
    assert sorted((place, answer.error) for place, answer in found) == [
        (n, None) for n in range(100)
    ]
    assert str(problem) == "given up: connection"
    assert world.given_up == [("connection", True)]


def test_refusals_of_a_server_that_has_answered_before_are_rows() -> None:
    world = World(
        lambda request, _: faults.status_fault(403, {}, "flagged") if request >= 0 else None
    )
    world.asker.proven = True
    assert {a.error for a in world.ask(list(range(60))).values()} == {"refused_by_server:403"}
    assert world.tries[HARMLESS] <= 4


KINDS: list[Callable[[], Fault]] = [
    lambda: faults.status_fault(400, {}, "no such field"),
    lambda: faults.status_fault(403, {}, "your input was flagged"),
    lambda: faults.status_fault(404, {}, ""),
    lambda: faults.status_fault(422, {}, ""),
    lambda: faults.status_fault(429, {}, ""),
    lambda: faults.status_fault(503, {}, ""),
    lambda: faults.status_fault(400, {}, "content_filter"),
    passing,
    faults.timed_out,
    faults.malformed,
]


@pytest.mark.parametrize("kind", range(len(KINDS)))
@pytest.mark.parametrize("many", [1, 3, 60])
@pytest.mark.parametrize("most", [1, 128])
def test_whose_fault_depends_on_no_number(kind: int, many: int, most: int) -> None:
    """One bad prompt, first or last or alone, fails by itself; a server that is so to everybody is given up early."""
    fault = KINDS[kind]
    for bad in {0, many - 1}:
        world = World(lambda request, _, bad=bad: fault() if request == bad else None, most=most)
        answers = world.ask(list(range(many)))
        assert [n for n, a in answers.items() if a.error] == [bad]
        assert answers[bad].error == fault().error
    world = World(lambda *_: fault(), most=most)
    with pytest.raises(CheckpointError, match=fault().error):
        world.ask(list(range(many)))
    assert world.given_up == [(fault().error, False)]
    assert world.most_in_flight <= FIRST_FEW + 1
    if not fault().passing:
        assert sum(world.tries.values()) <= 2 * FIRST_FEW + 1


def test_one_that_is_turned_away_for_good_is_told_also_where_nobody_else_is_left() -> None:
    world = World(
        lambda request, _: faults.status_fault(429, {}, "") if request in (7, 8) else None
    )
    world.ask(list(range(7)))
    for left in ([7], [7, 8]):  # as in a later run
        answers = world.ask(left)
        assert {a.error for a in answers.values()} == {"rate_limited:429"}


def test_what_the_words_prove_needs_no_second_opinion() -> None:
    too_large = "Request too large for model: Limit 10000, Requested 12000"
    for status, words in ((429, too_large), (400, "prompt is too long"), (413, "")):
        world = World(lambda *_, said=(status, words): faults.status_fault(said[0], {}, said[1]))
        [answer] = world.ask([1]).values()
        assert answer.error
        assert world.tries == {1: 1}


def test_slow_answers_are_awaited_before_refusals_are_held_against_the_server() -> None:
    world = World(lambda request, _: faults.status_fault(400, {}, "odd") if request else None)
    world.latency_s = 0.0

    async def send(request: int) -> Answer:
        await asyncio.sleep(0.3 if request == 0 else 0.0)
        if request:
            raise faults.status_fault(400, {}, "odd")
        return Answer("0")

    asker: Asker[int] = Asker("slow", send, SHORT, 8, world.give_up, lambda request: 0)
    found = dict(asker.ask(list(range(2 * BREAKER))))
    assert found[0].response == "0"
    assert {a.error for n, a in found.items() if n} == {"refused_by_server:400"}


def test_those_asked_first_go_first_and_come_back_first() -> None:
    world = World(lambda request, n: passing() if request == 0 and n == 1 else None, 0.01, most=2)
    answers: dict[int, Answer] = {}
    second = threading.Thread(target=lambda: answers.update(world.ask(list(range(100, 120)))))
    first = threading.Thread(target=lambda: answers.update(world.ask(list(range(20)))))
    first.start()
    time.sleep(0.02)
    second.start()
    first.join()
    second.join()
    assert len(answers) == 40
    assert world.order.index(100) > world.order.index(17)
    assert world.order.index(0, 1) < 10
    assert world.most_in_flight == 2


def test_the_wish_to_stop_lets_what_is_in_flight_come_in() -> None:
    world = World(lambda *_: None, latency_s=0.2, most=4)
    found, problem = drain(world.asker.ask(list(range(100))), stopping.request)
    assert isinstance(problem, Stopped)
    assert 4 <= len(found) == len(world.order) < 20
