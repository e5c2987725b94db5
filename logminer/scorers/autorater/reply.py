"""Reading what a judge model answered: strictly, for a judgement that is guessed at is worse than none.

An answer is read where it is one JSON object of the asked form, with nothing around it but a code fence and, before it,
a block of thoughts. Anything else is a problem with a code, and never a `no`.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from logminer.messages.thoughts import split_thoughts
from logminer.scorers.autorater.rubric import Form

__all__ = ["PROBLEMS", "ReadReply", "locate", "read_reply"]

# Closed list of what can be wrong with an answer: it holds no JSON (a refusal to judge, mostly), it is not of the
# form, or it ended before it was whole.
PROBLEMS = ("prose", "malformed", "cut_off")

FENCE = re.compile(r"```[a-zA-Z]*\s*\n(.*?)\n?\s*```", re.DOTALL)


class ReadReply(NamedTuple):
    """Either what was said, or the problem; `complaint` says to the judge what is wrong, without its words."""

    said: int | None  # code of `Form.allowed`
    evidence: str = ""
    problem: str | None = None  # of PROBLEMS
    complaint: str = ""


class _Unfit(Exception):
    """Carries a complaint out of the reading of one answer; it never leaves this file."""


def read_reply(text: str, form: Form, *, cut_off: bool = False) -> ReadReply:
    """What an answer says.

    Args:
        text: the answer.
        form: what was asked for.
        cut_off: it ended because it grew too long.
    """
    said = split_thoughts(text).response.strip()
    if fenced := FENCE.fullmatch(said):
        said = fenced[1].strip()
    try:
        return _read(said, form)
    except _Unfit as unfit:
        complaint = str(unfit)
    if cut_off:
        return ReadReply(None, "", "cut_off", "it was cut off; be brief")
    problem = "malformed" if "{" in said else "prose"
    return ReadReply(None, "", problem, complaint)


def _read(text: str, form: Form) -> ReadReply:
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise _Unfit("it is not one JSON object with nothing around it") from None
    if not isinstance(found, dict):
        raise _Unfit("it is not a JSON object")
    keys = ("evidence", "reason", form.key)
    if found.keys() != set(keys):
        raise _Unfit(f"it must have the keys {', '.join(keys)}, and no others")
    evidence = "" if found["evidence"] is None else found["evidence"]
    if not isinstance(evidence, str) or not isinstance(found["reason"], str):
        raise _Unfit("evidence and reason must be strings")
    said = found[form.key]
    # In Python True is 1 and 1.0 is 1; here neither is a degree.
    if type(said) is not (int if form.degrees else str) or said not in form.allowed:
        allowed = ", ".join(json.dumps(value) for value in form.allowed)
        raise _Unfit(f"{form.key} must be one of {allowed}")
    return ReadReply(form.allowed[said], evidence)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Unfit("it has a key twice")
    return found


def _no_constant(name: str) -> Any:
    raise _Unfit(f"{name} is not JSON")


def locate(evidence: str, text: str) -> tuple[int, int] | None:
    """Where `evidence` stands in `text`, from its first character to behind its last.

    Spaces and line breaks may differ. None where it does not stand there, or is empty.
    """
    words = evidence.split()
    if not words:
        return None
    start = text.find(evidence)
    if start >= 0:
        return start, start + len(evidence)
    found = re.search(r"\s+".join(map(re.escape, words)), text)
    return found.span() if found else None
