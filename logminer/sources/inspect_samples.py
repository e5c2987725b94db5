"""A sample of an Inspect log as a row: its dialogue, how its answer ended, and what scorers say of it.

Source: `EvalSample`, `EvalSampleSummary`, `Score` and `ModelEvent` of inspect_ai 0.3.285 (log/_log.py, scorer/_metric.py,
event/_model.py), its log/_condense.py for attachments, and inspect_scout's `as_scorer` for scanners as scorers.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from logminer.messages.text import text_of
from logminer.sources.inspect_messages import (
    CODE,
    ENDS,
    end_of,
    limit_of,
    mark_end,
    mark_reason,
    read_message,
)

__all__ = [
    "FIXED",
    "IN_SUMMARY",
    "Header",
    "LoggedSample",
    "dialogue",
    "named_columns",
    "read_header",
    "row",
    "small_row",
]

Record = dict[str, Any]

FIXED = (
    "conversation_id",
    "prompt_id",
    "sample_id",
    "epoch",
    "task",
    "model",
    "created_at",
    "messages",
    "finish_reason",
    "error",
    "limit",
    "eval_id",
    "log_status",
)
# Of these a summary tells nothing.
IN_SUMMARY = frozenset(FIXED) - {"messages", "finish_reason", "error"}

UNNAMED_SCORER = "88F74D2C"  # stands for the log's first scorer, in logs with one score a sample
SUMMARY_CHARACTERS = 1024  # of a text of metadata; the rest is not kept
REMOVED = "Key removed from summary (> 1k)"
FAILED = "recorded_error"


class Header(NamedTuple):
    """What a log says of all its samples."""

    eval_id: str
    task: str
    model: str | None  # of the role `target` where there is one
    created_at: str | None
    status: str  # started, success, cancelled, error
    scorer: str | None  # the first
    target_in_events: bool  # whether the samples' own messages are an auditor's
    has_target: bool  # whether some model is bound to the role `target`


class LoggedSample(NamedTuple):
    """A sample, whatever its layout.

    Attributes:
        told: its fields but the dialogue and what is large.
        messages: the dialogue.
        attachment: what a reference stands for; None where nothing is known of it.
        called: calls of models, the last first; asked for only where the dialogue is to be found in them.
        pool: messages that `called` refers to by number.
    """

    told: Mapping[str, Any]
    messages: Sequence[Any]
    attachment: Callable[[str], str | None]
    called: Callable[[], Iterable[Mapping[str, Any]]]
    pool: Callable[[int, int], Sequence[Any]]


def read_header(told: Mapping[str, Any]) -> Header:
    """Of `header.json`, `_journal/start.json` or the fields of a `.json` log before its samples."""
    spec = _record(told.get("eval"))
    results = _record(told.get("results"))
    scores = results.get("scores")
    first = _record(scores[0]).get("name") if isinstance(scores, list) and scores else None
    ran = [text_of(spec.get(key)) or "" for key in ("run_id", "task_id", "created")]
    return Header(
        eval_id=text_of(spec.get("eval_id")) or "/".join(ran),
        task=text_of(spec.get("task")) or "task",
        model=_model(spec),
        created_at=text_of(spec.get("created")),
        status=text_of(told.get("status")) or "started",
        scorer=text_of(first),
        target_in_events=_is_auditors(_record(spec.get("packages"))),
        has_target=bool(_record(spec.get("model_roles")).get("target")),
    )


def row(header: Header, sample: LoggedSample) -> Record:
    """Every column that the sample has: those of FIXED, `metadata.KEY`, and its scorers'.

    `messages` is None where the dialogue cannot be found.
    """
    told = sample.told
    failed = told.get("error") is not None or told.get("invalidation") is not None
    end = end_of(failed, limit_of(told.get("limit")))
    return {
        **small_row(header, told),
        "messages": dialogue(header, sample, end),
        "finish_reason": None if failed else end or _stop_reason(told),
        "error": FAILED if end == "error" else None,
    }


def small_row(header: Header, told: Mapping[str, Any]) -> Record:
    """The columns that a summary has too: all but those of FIXED that are not IN_SUMMARY."""
    sample_id, epoch = told.get("id"), told.get("epoch")
    uuid = text_of(told.get("uuid"))
    return {
        "conversation_id": uuid or f"{header.eval_id}/{text_of(sample_id)}/{text_of(epoch)}",
        "prompt_id": f"{header.task}/{text_of(sample_id)}",
        "sample_id": sample_id,
        "epoch": epoch,
        "task": header.task,
        "model": header.model,
        "created_at": text_of(told.get("started_at")) or header.created_at,
        "limit": limit_of(told.get("limit")),
        "eval_id": header.eval_id,
        "log_status": header.status,
        **_metadata(told.get("metadata")),
        **_scores(header, told),
    }


def named_columns(rows: Iterable[Record]) -> tuple[str, ...]:
    """The columns of a log: FIXED, then in order of their names those that any row has."""
    found = {name for one in rows for name in one}
    return (*FIXED, *sorted(found.difference(FIXED)))


# ---- the log


def _model(spec: Mapping[str, Any]) -> str | None:
    """The model under test: of the role `target` where one is bound to it."""
    bound = _record(spec.get("model_roles")).get("target")
    bound = bound[0] if isinstance(bound, list) and len(bound) == 1 else bound
    model = text_of(_record(bound).get("model")) or text_of(spec.get("model"))
    return None if model in (None, "none", "none/none") else model


def _is_auditors(packages: Mapping[str, Any]) -> bool:
    """Whether the log is Petri's before its version 3, whose samples keep the auditor's messages."""
    if "petri" in packages:
        return True
    version = text_of(packages.get("inspect_petri")) or text_of(packages.get("inspect-petri"))
    major = (version or "3").split(".")[0]
    return major.isdigit() and int(major) in (1, 2)


# ---- the dialogue


def dialogue(header: Header, sample: LoggedSample, end: str | None) -> list[Record] | None:
    """The messages in the form that `read_messages` takes, with the end of the answer on those after the last user's.

    None where the model under test was never called and its dialogue stands nowhere else.
    """
    told = sample.told
    found, output = list(sample.messages), _record(told.get("output"))
    if header.target_in_events:
        call = next((c for c in sample.called() if c.get("role") == "target"), None)
        if call is None:
            return None
        found, output = _given(call, sample.pool), _record(call.get("output"))
    elif not found:
        given = told.get("input")
        found = given if isinstance(given, list) else [{"role": "user", "content": given}]
    answer, reason = _answer(output)
    if answer is not None and (header.target_in_events or not sample.messages):
        found = [*found, answer]
    messages = [read_message(one, sample.attachment) for one in found]
    mark_end(messages, end)
    if reason and not end:
        mark_reason(messages, answer, reason)
    return messages


def _given(call: Mapping[str, Any], pool: Callable[[int, int], Sequence[Any]]) -> list[Any]:
    """What a model was given."""
    refs = call.get("input_refs")
    if isinstance(refs, list) and refs:
        return [message for start, stop in refs for message in pool(start, stop)]
    given = call.get("input")
    return list(given) if isinstance(given, list) else []


def _answer(output: Mapping[str, Any]) -> tuple[Record | None, str | None]:
    """The last answer as a message, and why it ended."""
    choices = output.get("choices")
    choice = _record(choices[0]) if isinstance(choices, list) and choices else {}
    message = choice.get("message")
    reason = ENDS.get(str(choice.get("stop_reason")))
    return (message if isinstance(message, dict) else None), reason


# ---- how it ended


def _stop_reason(told: Mapping[str, Any]) -> str | None:
    return _answer(_record(told.get("output")))[1]


# ---- what stands beside


def _metadata(told: Any) -> Record:
    """`metadata.KEY` of each value that is no list and no record; texts as summaries have them, so that both say the same."""
    found: Record = {}
    for key, value in _record(told).items():
        if isinstance(value, str):
            if value != REMOVED:
                cut = value[: 8 * SUMMARY_CHARACTERS]
                text = textwrap.shorten(cut, SUMMARY_CHARACTERS, placeholder="...")
                found[f"metadata.{key}"] = text
        elif isinstance(value, bool | int | float):
            found[f"metadata.{key}"] = _number(value)
    return found


def _scores(header: Header, told: Mapping[str, Any]) -> Record:
    """`SCORER`, or `SCORER.KEY` where its value is a record, and `SCORER.reason` where one is told."""
    scores = told.get("scores")
    if scores is None and "score" in told:
        scores = {UNNAMED_SCORER: told["score"]}
    found: Record = {}
    for name, score in _record(scores).items():
        named = (header.scorer or "score") if name == UNNAMED_SCORER else name
        column = f"scores.{named}" if named in FIXED else named
        score = _record(score)
        value = score.get("value")
        if reason := _reason(score, value):
            found[f"{column}.reason"] = reason
        if isinstance(value, dict):
            found.update({f"{column}.{key}": _number(one) for key, one in value.items()})
        else:
            found[column] = _number(value)
    return found


def _number(value: Any) -> Any:
    """A value of a score; NaN, which stands for none, as None."""
    return None if isinstance(value, float) and math.isnan(value) else value


def _reason(score: Mapping[str, Any], value: Any) -> str | None:
    """Why a score is what it is; `grader_failed` where a judge refused to give one. What is no code may be anybody's words."""
    metadata = _record(score.get("metadata"))
    reason = text_of(score.get("reason")) or text_of(metadata.get("unscored_reason"))
    if reason:
        return reason if CODE.fullmatch(reason) else "other"
    refused = metadata.get("refusal") is True and _number(value) is None
    return "grader_failed" if refused else None


def _record(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
