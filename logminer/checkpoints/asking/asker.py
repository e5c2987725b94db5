"""Asking a server that may fail: one queue for all parts, one layer of retries, and one rule for whose fault it is.

Each request is tried until it is answered or hopeless. What fails for one prompt is an answer with an error code; what
would fail for every prompt ends the asking with a `CheckpointError`. How the two are told apart depends neither on how
many prompts there are, nor on their order, nor on how many are asked at once:

- Some faults say themselves that it is the prompt (`of_prompt`: it is too long), some that it is the server
  (`hopeless`: a wrong key).
- With any other, the request waits for news. Where another request is answered meanwhile, the server lives, and it was
  the prompt.
- Where no such news can come (nobody else is being asked), or has not come for too long (`BREAKER` failed in a row), or
  where the server has never answered and refuses, a *witness* is called: something that it has answered before is asked
  once more, or, where it has answered nothing yet, something harmless: one word that nobody could take offence at. If the
  witness is answered it was the prompts; if it fails too it is the server, and the asking ends.

Until a server has answered once, only `FIRST_FEW` requests are in flight.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import random
import threading
import time
import weakref
from collections.abc import Awaitable, Callable, Iterator, Sequence
from queue import SimpleQueue
from typing import Generic, NamedTuple, TypeVar

from logminer.checkpoints.asking.concurrency import AdaptiveLimit
from logminer.checkpoints.asking.words import Wish
from logminer.checkpoints.base import Answer
from logminer.errors import CheckpointError, Stopped
from logminer.process import stopping

__all__ = ["Asker", "Fault", "Patience"]

R = TypeVar("R")

LONGEST_PAUSE_S = 30.0
BREAKER = 10  # requests in a row that failed for good, with no answer in between
FIRST_FEW = 4  # requests in flight while the server has answered nobody
TIMED_OUT_TRIES = 2  # of a witness, for each takes its time
STOP_CHECK_S = 0.1

PROOF = ("context_too_long", "too_large")  # codes that tell whose fault it is


class Fault(Exception):
    """One try failed.

    Args:
        code: of `ERRORS`.
        status: HTTP status, where there was an answer.
        wait_s: how long the server asks to wait.
        passing: another try may help.
        lost: no connection, or no server behind the gateway.
        turned_away: the server was asked too much, and said so.
        of_prompt: it cannot be the server's fault; None: as its code says.
        hopeless: no prompt would be answered (wrong key).
        wish: how the server wants to be asked, where it says so.
        moderated: a moderation before the model may have refused.
        context: tokens that fit into the model's, where the server says so.
    """

    def __init__(
        self,
        code: str,
        status: int | None = None,
        *,
        wait_s: float | None = None,
        passing: bool = False,
        lost: bool = False,
        turned_away: bool = False,
        of_prompt: bool | None = None,
        hopeless: bool = False,
        wish: Wish | None = None,
        moderated: bool = False,
        context: int | None = None,
    ) -> None:
        super().__init__(code, status)
        self.code, self.status, self.wait_s = code, status, wait_s
        self.passing, self.lost, self.turned_away = passing, lost, turned_away
        self.of_prompt = code in PROOF if of_prompt is None else of_prompt
        self.hopeless = hopeless
        self.wish, self.moderated, self.context = wish, moderated, context

    @property
    def overloaded(self) -> bool:
        """A sign that fewer requests should be in flight."""
        return self.turned_away or self.code == "timeout"

    @property
    def error(self) -> str:
        """For `responses.error`."""
        return self.code if self.status is None else f"{self.code}:{self.status}"


class Patience(NamedTuple):
    """How long one request is tried."""

    attempts: int  # at least so often, where another try may help
    pause_s: (
        float  # before the second try; doubles, is jittered, and yields to what the server asks
    )
    budget_s: float  # pauses in all while the server turns requests away
    lost_s: float  # pauses in all while the server cannot be reached and answers nobody


class _Suspended(NamedTuple, Generic[R]):
    """A request that failed for good, waiting to learn whether it was the server."""

    request: R
    fault: Fault
    verdict: asyncio.Future[None]  # done: it was the prompt


class Asker(Generic[R]):
    """Keeps a server busy, on an event loop of its own (a notebook has one already). Any thread may ask.

    Args:
        name: of the thread.
        send: one try; raises `Fault`.
        patience: how long to try.
        most: requests in flight at most; how many there are adapts.
        give_up: the error to raise when no prompt would be answered; told the fault, and whether one ever was.
        harmless: what is asked in place of a request, in the same way, to learn whether the server answers at all.

    Attributes:
        proven: whether the server has ever answered a prompt; set it where an earlier run knows that it has.
    """

    def __init__(
        self,
        name: str,
        send: Callable[[R], Awaitable[Answer]],
        patience: Patience,
        most: int,
        give_up: Callable[[Fault, bool], CheckpointError],
        harmless: Callable[[R], R],
    ) -> None:
        self._send, self._patience, self._give_up = send, patience, give_up
        self._harmless = harmless
        self._limit = AdaptiveLimit(most)
        self.proven = False
        self._contacted = False  # whether anything ever came back
        self._order = itertools.count()
        self._in_flight = 0
        # A heap: those asked first go first, also when they come back.
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._working = 0  # requests under way, without suspended ones
        self._answered = 0
        self._witness: R | None = None  # what it has answered
        self._met = False  # it has answered this process
        self._suspended: list[_Suspended[R]] = []
        self._in_a_row = BREAKER
        self._calling: asyncio.Task[None] | None = None
        self._end: Exception | None = None  # set: nothing more is sent
        self._ended = asyncio.Event()
        loop = asyncio.new_event_loop()
        threading.Thread(target=loop.run_forever, name=name, daemon=True).start()
        weakref.finalize(self, loop.call_soon_threadsafe, loop.stop)
        self._loop = loop

    def ask(self, requests: Sequence[R]) -> Iterator[tuple[int, Answer]]:
        """Answers as they come, each with the place of its request.

        Raises:
            CheckpointError: the server answers nobody; what was in flight and was answered has been given.
            Stopped: it was wished; likewise.
        """
        if not requests:
            return
        inbox: SimpleQueue[tuple[int, Answer | Exception]] = SimpleQueue()
        job = asyncio.run_coroutine_threadsafe(self._all(requests, inbox.put), self._loop)
        problem: Exception | None = None
        try:
            for _ in requests:
                place, answer = inbox.get()
                if isinstance(answer, Exception):
                    problem = problem or answer
                else:
                    yield place, answer
        finally:
            job.cancel()
        if problem:
            raise problem

    async def _all(
        self, requests: Sequence[R], put: Callable[[tuple[int, Answer | Exception]], None]
    ) -> None:
        if not self._working:  # a new beginning, also after the server was given up
            self._end = None
            self._ended.clear()
        self._working += len(requests)

        async def one(place: int, order: int, request: R) -> None:
            try:
                put((place, await self._answer(order, request)))
            except Exception as error:
                put((place, error))
            finally:
                self._working -= 1
                self._judge()

        watch = asyncio.create_task(self._watch())
        try:
            async with asyncio.TaskGroup() as group:
                for place, request in enumerate(requests):
                    group.create_task(one(place, next(self._order), request))
        finally:
            watch.cancel()

    async def _watch(self) -> None:
        while not stopping.requested():
            await asyncio.sleep(STOP_CHECK_S)
        self._finish(Stopped())

    async def _answer(self, order: int, request: R) -> Answer:
        """One answer, after as many tries as it takes; raises CheckpointError when no prompt would be answered."""
        begun = time.monotonic()
        pause_s, paused_s, tries, answered = self._patience.pause_s, 0.0, 0, 0
        while True:
            tries += 1
            try:
                return await self._try(order, request)
            except Fault as failed:
                fault = failed
            if tries <= 2:  # what was under way when it began may still have come in
                answered = self._answered
            wait_s = _wait_s(fault, pause_s)
            if not fault.passing or self._had_enough(fault, tries, paused_s + wait_s):
                break
            await self._pause(wait_s)
            paused_s += wait_s
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        if fault.hopeless:
            self._finish(self._give_up(fault, self.proven))
        if fault.hopeless or (not fault.of_prompt and self._answered == answered):
            await self._suspend(request, fault)
        return Answer(None, latency_s=time.monotonic() - begun, error=fault.error)

    def _had_enough(self, fault: Fault, tries: int, paused_s: float) -> bool:
        patience = self._patience
        if tries < patience.attempts:
            return fault.wait_s is not None and paused_s > patience.budget_s
        if fault.lost:
            return not self._contacted or paused_s > patience.lost_s
        return not fault.turned_away or paused_s > patience.budget_s

    async def _try(self, order: int, request: R) -> Answer:
        await self._slot(order)
        answered = overloaded = False
        try:
            answer = await self._send(request)
            answered = True
        except Fault as fault:
            overloaded = fault.overloaded
            self._contacted |= not fault.lost or fault.status is not None
            raise
        finally:
            self._in_flight -= 1
            self._limit.ended(answered=answered, overloaded=overloaded)
            self._hand_out()
            if self._in_flight < self._allowed:
                self._limit.idle()
        self._answered += 1
        self._witness = request if self._witness is None else self._witness
        self._in_a_row = BREAKER
        self._lives()
        return answer

    def _lives(self) -> None:
        """It has answered: what failed was the prompts' fault."""
        self._contacted = self.proven = self._met = True
        self._hand_out()
        suspended, self._suspended = self._suspended, []
        for one in suspended:
            if not one.verdict.done():
                one.verdict.set_result(None)

    @property
    def _allowed(self) -> int:
        """Requests that may be in flight now."""
        return self._limit.limit if self._met else min(FIRST_FEW, self._limit.limit)

    async def _slot(self, order: int) -> None:
        """Wait for a place among those in flight."""
        if self._end:
            raise self._end
        slot: asyncio.Future[None] = self._loop.create_future()
        heapq.heappush(self._waiting, (order, next(self._order), slot))
        self._hand_out()
        try:
            await slot
        except asyncio.CancelledError:
            if slot.done() and not slot.cancelled():  # it was given in the same moment
                self._in_flight -= 1
            raise

    def _hand_out(self) -> None:
        while self._waiting and self._in_flight < self._allowed and not self._calling:
            *_, slot = heapq.heappop(self._waiting)
            if not slot.done():
                self._in_flight += 1
                slot.set_result(None)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._ended.wait(), seconds)
        except TimeoutError:
            return
        assert self._end
        raise self._end

    async def _suspend(self, request: R, fault: Fault) -> None:
        """Returns when it was the prompt; raises what ends the asking when it was the server."""
        if self._end:
            raise self._end
        verdict: asyncio.Future[None] = self._loop.create_future()
        self._suspended.append(_Suspended(request, fault, verdict))
        self._working -= 1
        try:
            self._judge()
            await verdict
        finally:
            self._working += 1

    def _judge(self) -> None:
        """Is it the server? Ask it, where others will not tell."""
        if not self._suspended or self._calling:
            return
        last = self._suspended[-1]
        refused = not self.proven and any(not one.fault.passing for one in self._suspended)
        if self._working and not refused and len(self._suspended) < self._in_a_row:
            return
        if last.fault.lost and last.fault.status is None:  # no prompt was ever looked at
            self._finish(self._give_up(last.fault, self.proven))
        else:
            self._calling = self._loop.create_task(self._call_witness(last))

    async def _call_witness(self, one: _Suspended[R]) -> None:
        """Let an answer, or another failure, decide over those that are suspended."""
        answered = self._answered
        try:
            harmless = self._harmless(one.request)
            fault = await self._fault_of(harmless if self._witness is None else self._witness)
        except Exception:  # all has ended meanwhile
            return
        finally:
            self._calling = None
        if fault is None:
            self._in_a_row *= 2  # the next time so many in a row say less
            self._lives()
        elif self._answered == answered:
            self._finish(self._give_up(fault if fault.wish else one.fault, self.proven))
        else:
            self._judge()
        self._hand_out()

    async def _fault_of(self, request: R) -> Fault | None:
        """Why a request is not answered, beside the queue; None where it is."""
        pause_s, paused_s = self._patience.pause_s, 0.0
        for tries in itertools.count(1):
            try:
                await self._send(request)
                return None
            except Fault as failed:
                fault = failed
            wait_s = _wait_s(fault, pause_s)
            enough = self._had_enough(fault, tries, paused_s + wait_s)
            slow = fault.code == "timeout" and tries >= TIMED_OUT_TRIES
            if not fault.passing or enough or slow or tries >= self._patience.attempts:
                return fault
            await self._pause(wait_s)
            paused_s += wait_s
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        raise AssertionError

    def _finish(self, end: Exception) -> None:
        """Send nothing more: everyone who waits learns why; what is in flight may still be answered."""
        self._end = self._end or end
        self._ended.set()
        suspended, self._suspended = self._suspended, []
        for waiting in [slot for *_, slot in self._waiting] + [one.verdict for one in suspended]:
            if not waiting.done():
                waiting.set_exception(self._end)
        self._waiting.clear()


def _wait_s(fault: Fault, pause_s: float) -> float:
    """Pause before the next try, with jitter, lest all that failed together come back together."""
    return (fault.wait_s or pause_s / 2) + pause_s * random.random()
