"""The same scorers as scanners of inspect_scout: `logminer/refusal_probe`, `logminer/unsafe_probe`, `logminer/rules`.

Judged is what the assistant says after the last user message of a transcript. The value is true or false, and null where it
cannot be judged; `metadata.reason` says why.
"""

from __future__ import annotations

from typing import Any

from inspect_ai.model import ChatMessageAssistant, ChatMessageUser
from inspect_scout import Reference, Result, Scanner, Transcript, scanner

from logminer.checkpoints.base import Answer, answer_of
from logminer.checkpoints.inspect.messages import as_message
from logminer.exports.inspect.judging import AnswerJudge
from logminer.messages.message import Spoken, read_answer
from logminer.scorers.refusal_probe import RefusalProbe
from logminer.scorers.rules import Rules
from logminer.scorers.unsafe_probe import UnsafeProbe
from logminer.taxonomy.tree import Channel

__all__ = ["refusal_probe", "rules", "unsafe_probe"]


@scanner(messages="all", version=1)  # type: ignore[untyped-decorator]
def refusal_probe(
    category: str = "refusal", threshold: float = 0.5, band: float = 0.0
) -> Scanner[Transcript]:
    """Refusals by a trained probe; arguments as of the scorer."""
    return _scanning(AnswerJudge(RefusalProbe(threshold=threshold, band=band), category))


@scanner(messages="all", version=1)  # type: ignore[untyped-decorator]
def unsafe_probe(threshold: float = 0.5) -> Scanner[Transcript]:
    """Unsafe compliance by a trained probe; arguments as of the scorer."""
    return _scanning(AnswerJudge(UnsafeProbe(threshold=threshold), "unsafe", embeds=True))


@scanner(messages="all", version=1)  # type: ignore[untyped-decorator]
def rules(category: str = "refusal", channel: Channel = "response") -> Scanner[Transcript]:
    """Set phrases; arguments as of the scorer."""
    return _scanning(AnswerJudge(Rules(), category, channel))


def _scanning(judge: AnswerJudge) -> Scanner[Transcript]:
    async def scan(transcript: Transcript) -> Result:
        said = _said(transcript.messages)
        found = judge.verdict(_answer(said))
        return Result(
            value=found.value,
            answer=found.label,
            explanation=found.evidence,
            metadata={"score": found.score, "reason": found.reason},
            references=[Reference(type="message", id=one.id) for one in said if one.id],
        )

    return scan


def _said(messages: list[Any]) -> list[Any]:
    """The assistant's messages after the last of the user."""
    last = max(
        (i for i, one in enumerate(messages) if isinstance(one, ChatMessageUser)), default=-1
    )
    return [one for one in messages[last + 1 :] if isinstance(one, ChatMessageAssistant)]


def _answer(said: list[Any]) -> Answer:
    """All of them as one."""
    read = [read_answer(as_message(message)) for message in said]
    told = [one for one in read if one is not None]
    if said and not told:
        return answer_of(None)
    return answer_of(
        Spoken(
            _joined(one.content for one in told),
            _joined(one.thoughts for one in told),
            any(one.withheld for one in told),
            [call for one in told for call in one.tool_calls or ()],
        )
    )


def _joined(texts: Any) -> str | None:
    return "\n\n".join(text for text in texts if text) or None
