"""The loop: a model speaks, its calls are carried out, it is told what came of them, until it ends or may not go on."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import NamedTuple

from logminer.checkpoints.base import MOST_TURNS, Answer, Answerer, Checkpoint, Prompt
from logminer.environments.acting.calls import NO_TOOL, Call, Utterance, read_calls
from logminer.environments.acting.episode import Ending, Episode, Turn
from logminer.environments.acting.history import History
from logminer.environments.acting.options import ActingOptions
from logminer.environments.acting.quiet import quiet
from logminer.environments.acting.tools import SCHEMAS
from logminer.environments.acting.worktree import Worktree
from logminer.environments.acting.world import Assignment
from logminer.errors import (
    AskedOtherwise,
    CheckpointAway,
    CheckpointError,
    CheckpointLost,
    ConfigError,
    LogminerError,
    Stopped,
)
from logminer.process import stopping
from logminer.sandbox.base import Sandbox

__all__ = ["Acting", "Job", "Played", "offers_tools"]

TOO_LONG = "context_too_long"
NOTHING_SAID = "empty_answer"
UNKNOWN_TOOLS = "unknown_tools"
# What a server says that takes no tools, or whose model has none; it may say it of any other reason, too.
REFUSED = ("refused_by_server", "server_error", "malformed_answer")
CUT = "Your message was cut off at its limit before it came to a call. Say less, and write files by parts."
NUDGE = (
    "There was no call in your message. Go on with a call, or end with `done` and your final message; another message without"
    " a call ends the work and is taken for the final one."
)


class Job(NamedTuple):
    """One episode that is wanted: of which prompt, in which place, the number of the sample, and the task."""

    place: int
    prompt: Prompt
    sample: int
    task: Assignment


class Played(NamedTuple):
    """An episode, and which one it is."""

    place: int
    sample: int
    episode: Episode


def offers_tools(checkpoint: Checkpoint, answerer: Answerer, options: ActingOptions) -> bool:
    """Whether tools are offered as servers know them. Where it is not said, one harmless word is asked with tools:
    none are taken if that is refused, and the same word is answered without them.

    Raises:
        ConfigError: it is said, and the checkpoint can be offered none.
        LogminerError: the checkpoint answers nobody, whatever it is offered.
    """
    if options.tools == "fenced":
        return False
    if options.tools == "native" or not checkpoint.takes_tools:
        if options.tools == "native" and not checkpoint.takes_tools:
            raise ConfigError(
                f"acting.tools: checkpoint {checkpoint.name} cannot be offered tools; write `auto` or `fenced`"
            )
        return options.tools == "native"
    harmless = Prompt("", [{"role": "user", "content": "Hello"}], None, "", (0,), tools=SCHEMAS)
    return not (
        _refuses(answerer, harmless) and not _refuses(answerer, harmless._replace(tools=()))
    )


def _refuses(answerer: Answerer, prompt: Prompt) -> bool:
    try:
        [given] = answerer.answer([prompt])
    except (AskedOtherwise, CheckpointAway, CheckpointLost):
        raise
    except CheckpointError:
        return True
    return (given.answer.error or "").split(":")[0] in REFUSED


class Acting:
    """An opened checkpoint in a sandbox. Threads may share it where they may share the answerer.

    Args:
        answerer: who acts.
        sandbox: where commands run, and what was left is decided.
        options: how long.
        native: see `offers_tools`.
        recorded: what is said was said elsewhere: where none of its calls is of a tool that there is, it is another harness',
            and nothing is decided.
        at_once: episodes.
    """

    def __init__(
        self,
        answerer: Answerer,
        sandbox: Sandbox,
        options: ActingOptions,
        *,
        native: bool,
        recorded: bool = False,
        at_once: int = 1,
    ) -> None:
        self._answerer, self._sandbox, self._options = answerer, sandbox, options
        self._native, self._recorded, self._at_once = native, recorded, at_once

    def play(self, jobs: Sequence[Job]) -> Iterator[Played]:
        """Episodes as they end.

        Raises:
            CheckpointError: the checkpoint answers nobody; what ended before has been given.
            Stopped: it was wished; likewise.
        """
        if self._at_once == 1:
            for job in jobs:
                yield self._played(job)
            return
        waiting, flying, problem = list(reversed(jobs)), set[Future[Played]](), None
        with ThreadPoolExecutor(self._at_once) as pool:
            while flying or (waiting and problem is None):
                while waiting and problem is None and len(flying) < self._at_once:
                    flying.add(pool.submit(self._played, waiting.pop()))
                ended, flying = wait(flying, return_when=FIRST_COMPLETED)
                for future in ended:
                    try:
                        yield future.result()
                    except LogminerError as error:
                        problem = problem or error
        if problem is not None:
            raise problem

    def _played(self, job: Job) -> Played:
        return Played(job.place, job.sample, _Run(self, job).play())

    def ask(self, job: Job, history: History, turn: int) -> Answer:
        """The model's next message; what it is told is shortened until it fits, or cannot be any more."""
        tools = SCHEMAS if self._native else ()
        while True:
            if stopping.requested():
                raise Stopped
            asked = job.prompt._replace(
                messages=history.messages,
                samples=(job.sample * MOST_TURNS + turn,),
                tools=tools,
            )
            [given] = self._answerer.answer([asked])
            too_long = (given.answer.error or "").split(":")[0] == TOO_LONG
            if not too_long or not history.shorten():
                return given.answer

    @property
    def max_steps(self) -> int:
        """Messages of one episode at most."""
        return self._options.max_steps

    @property
    def native(self) -> bool:
        """Whether tools are offered as servers know them."""
        return self._native

    @property
    def recorded(self) -> bool:
        """Whether what is said was said elsewhere."""
        return self._recorded

    @property
    def sandbox(self) -> Sandbox:
        """Where commands run."""
        return self._sandbox


class _Run:
    """One episode under way."""

    def __init__(self, acting: Acting, job: Job) -> None:
        self._acting, self._job = acting, job
        self._history = History(job.prompt.messages, acting.native)
        self._worktree = Worktree(job.task.start(), acting.sandbox)
        self._turns: list[Turn] = []
        self._answers: list[Answer] = []

    def play(self) -> Episode:
        begun = time.monotonic()
        ended, error = self._act()
        if error is None and self._acting.recorded and self._is_of_others():
            ended, error = "error", UNKNOWN_TOOLS
        decided = None
        claim = None if error else self._claim(ended)
        if error is None:
            with quiet():
                decided = self._job.task.decide(self._worktree.tree, claim, self._acting.sandbox)
        counted = self._answers
        latencies = [one.latency_s for one in counted if one.latency_s is not None]
        return Episode(
            tuple(self._turns),
            ended,
            claim,
            error,
            decided,
            time.monotonic() - begun,
            sum(latencies) if latencies else None,
            _total([one.input_tokens for one in counted]),
            _total([one.output_tokens for one in counted]),
            next((one.answered_by for one in counted if one.answered_by), None),
            any(one.withheld for one in counted),
        )

    def _is_of_others(self) -> bool:
        calls = [call for turn in self._turns for call in turn.calls]
        return any((call.problem or "").startswith(NO_TOOL) for call in calls) and not any(
            call.tool for call in calls
        )

    def _act(self) -> tuple[Ending, str | None]:
        """Until it ends: why, and the error of a model that failed."""
        silent = 0
        while len(self._turns) < self._acting.max_steps:
            answer = self._acting.ask(self._job, self._history, len(self._turns))
            code = (answer.error or "").split(":")[0]
            if code == TOO_LONG and self._turns:
                return "context", None
            if answer.error and code != NOTHING_SAID:
                return "error", answer.error
            self._answers.append(answer)
            cut = answer.finish_reason == "length"
            said = read_calls(answer.response, answer.tool_calls, cut=cut)
            if not said.calls:
                silent += 1
                self._take(answer, said, ())
                if silent == 2:
                    return "said_so", None
                self._history.add(said, [CUT if cut else NUDGE])
                continue
            silent = 0
            results = self._carry_out(said.calls)
            self._take(answer, said, results)
            if any(call.tool == "done" for call in said.calls):
                return "done", None
            self._history.add(said, results)
        return "steps", None

    def _carry_out(self, calls: Sequence[Call]) -> list[str]:
        """What came of each call, up to the one that ends the work."""
        results = []
        for call in calls:
            if stopping.requested():
                raise Stopped
            results.append(self._worktree.carry_out(call))
            if call.tool == "done":
                break
        return results

    def _take(self, answer: Answer, said: Utterance, results: Sequence[str]) -> None:
        calls = said.calls[: len(results)]
        self._turns.append(Turn(said.content, answer.thoughts, calls, tuple(results)))

    def _claim(self, ended: Ending) -> str | None:
        """The final message: what was said with `done` and what that was given, or what was said without a call at the end.

        What was said last stands last, for of two lines that contradict each other the last one counts.
        """
        if ended == "done":
            last = self._turns[-1]
            texts = [last.content, last.calls[-1].argument]
        elif ended == "said_so":
            texts = [turn.content for turn in self._turns[-2:]]
        else:
            return None
        return "\n\n".join(text for text in texts if text.strip()) or None


def _total(counts: Sequence[int | None]) -> int | None:
    known = [n for n in counts if n is not None]
    return sum(known) if known else None
