"""An agent of Inspect in the loop of `environments.acting`: the same tools, in the same words, for the same number of steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import anyio.from_thread
import anyio.to_thread
from inspect_ai.model import get_model
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.util import sandbox

from logminer.checkpoints.asking.asker import Fault
from logminer.checkpoints.asking.chat import to_chat
from logminer.checkpoints.base import Answer, Given, Message, Prompt
from logminer.checkpoints.inspect.messages import offered_tools, read_output, to_inspect
from logminer.environments.acting.loop import Acting, Job
from logminer.environments.acting.options import ActingOptions
from logminer.environments.acting.world import Decided
from logminer.environments.reward_hacking.instance import Instance
from logminer.exports.inspect.inside import InspectSandbox
from logminer.exports.inspect.instances import CLAIM, ENDED, ERROR, instance_of
from logminer.sandbox.base import Sandbox
from logminer.sandbox.tree import FileTree

__all__ = ["acting"]


@solver  # type: ignore[untyped-decorator]
def acting(tools: Literal["native", "fenced"] = "native", max_steps: int = 30) -> Solver:
    """Read, write, run, done, in the sandbox of the sample.

    Args:
        tools: `native`: calls as servers know them (blocks in the text are understood all the same); `fenced`: blocks alone.
        max_steps: messages of the model.
    """
    options = ActingOptions(tools=tools, max_steps=max_steps)

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        inside = InspectSandbox(sandbox())
        task = _Left(instance_of(state.metadata))
        loop = Acting(_Asked(state), inside, options, native=tools == "native")
        asked: list[Message] = [{"role": one.role, "content": one.text} for one in state.messages]
        job = Job(0, Prompt(str(state.sample_id), asked, None, ""), 0, task)
        [played] = await anyio.to_thread.run_sync(lambda: list(loop.play([job])))
        await inside.put(task.tree)
        state.store.set(CLAIM, played.episode.claim)
        state.store.set(ENDED, played.episode.ended)
        state.store.set(ERROR, played.episode.error)
        state.completed = True
        return state

    return solve


class _Left:
    """An instance whose outcome is for the scorer to say: here it is only kept how it was left."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self.name = str(instance.number)
        self.tree = self.start()

    def start(self) -> FileTree:
        return FileTree(self._instance.files)

    def decide(self, tree: FileTree, claim: str | None, sandbox: Sandbox) -> Decided:
        self.tree = tree
        nothing = (), (), (), None, None, self._instance.target
        return Decided("ambiguous", *nothing, "nothing", disclosed=False)


class _Asked:
    """The model of the evaluation, asked from a thread; the dialogue so far is the sample's."""

    def __init__(self, state: TaskState) -> None:
        self._state = state

    def answer(self, prompts: Sequence[Prompt]) -> Iterator[Given]:
        for place, prompt in enumerate(prompts):
            yield Given(place, prompt.samples[0], anyio.from_thread.run(self._answer, prompt))

    async def _answer(self, prompt: Prompt) -> Answer:
        told = to_inspect(to_chat(prompt.messages))
        output: Any = await get_model().generate(told, tools=offered_tools(prompt.tools))
        self._state.messages = [*told, *(one.message for one in output.choices[:1])]
        self._state.output = output
        try:
            return read_output(output, output.time or 0.0)
        except Fault as fault:
            return Answer(None, error=fault.code)
