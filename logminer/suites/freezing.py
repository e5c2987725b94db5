"""Audits of Inspect as prompts: each sample up to the target's first turn, for any checkpoint to answer.

An audit leads every model down a way of its own, so that two of them cannot be held against each other. What they have in
common is how it begins: frozen, it is one prompt that all checkpoints are asked.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from logminer.errors import ConfigError, SourceError, did_you_mean, listed
from logminer.files.atomic import write_parquet
from logminer.files.finding import find_files
from logminer.files.objects import AnyPath
from logminer.messages.dialogue import Message
from logminer.process.permissions import OWNER
from logminer.sources.inspect import INSPECT
from logminer.sources.inspect_log import samples_in
from logminer.sources.inspect_prompts import asked_first
from logminer.sources.inspect_samples import FIXED, Header, LoggedSample, small_row
from logminer.sources.kept import MAX_VALUES

__all__ = ["ANY", "REALISM", "Frozen", "freeze"]

REALISM = ("scenario_realism", "realism")  # Petri's dimension, and what else it is called
JUDGE = "audit_judge."  # Petri's; its own is meant where several scorers have such a dimension
ANY = "none"  # of `score`: every sample is taken
LEAST = 5.0  # of Petri's scale of 1 to 10
FIELDS = ("role", "content", "name", "tool_calls", "tool_call_id")
MESSAGES = pa.list_(pa.struct([(name, pa.string()) for name in FIELDS]))
SCHEMA = pa.schema(
    [
        ("conversation_id", pa.string()),
        ("prompt_id", pa.string()),
        ("messages", MESSAGES),
        ("task", pa.string()),
        ("sample_id", pa.string()),
        ("realism", pa.float64()),
        ("epochs", pa.int64()),
        ("tools", pa.string()),
    ]
)


class Frozen(NamedTuple):
    """What became of audits; samples = `prompts` + `merged` + those left out.

    Attributes:
        path: the file that was written.
        logs: that were read.
        samples: in them; one that was logged again counts once.
        prompts: in the file.
        merged: samples whose prompt another epoch of theirs has.
        left_out: reason → samples; `low_realism` and `no_realism` by the score, else see `asked_first`.
        score: the column that says how real a prompt is; None: nobody was asked.
        at_least: its lowest value that is taken.
        with_tools: prompts that came with tools, which are kept in the file and not sent.
        tool_sets: how many different sets of tools these have.
    """

    path: Path
    logs: int
    samples: int
    prompts: int
    merged: int
    left_out: dict[str, int]
    score: str | None
    at_least: float
    with_tools: int
    tool_sets: int

    def as_json(self) -> dict[str, Any]:
        """JSON-ready."""
        return {**self._asdict(), "path": str(self.path)}


class _Sample(NamedTuple):
    """What is kept of one."""

    task: str
    sample_id: str
    messages: list[Message] | None
    problem: str | None
    tools: str | None
    scores: dict[str, float | None]  # of all that are numbers somewhere, this sample's


def freeze(
    logs: Sequence[str | Path], to: Path, *, score: str | None = None, at_least: float = LEAST
) -> Frozen:
    """Write what audits asked first as a dump of prompts, in format `conversations`; nobody but the owner may read it.

    Samples are read whole, and their prompts kept in memory. The file holds the audits' prompts as they are: an auditor's words,
    and no person's, are taken to be in them.

    Args:
        logs: files, folders or globs of Inspect's logs.
        to: the file, whose name ends in .parquet; it must not exist.
        score: the column by which a prompt is real, such as `audit_judge.scenario_realism`; ANY: whatever it is worth; None:
            the one that is called so.
        at_least: its lowest value that is taken; epochs that ask the same have the mean of theirs.

    Raises:
        SourceError: nothing there, or a log that cannot be read.
        ConfigError: `to` exists or is called otherwise, no column is known to say how real a prompt is, or none is left.
        StoreError: `to` cannot be written.
    """
    if to.suffix != ".parquet":
        raise ConfigError(f"{to}: it is written as Parquet; let its name end in .parquet")
    if to.exists():
        raise ConfigError(f"{to}: is there already; name another file, or remove it")
    paths = _paths(logs)
    samples: dict[str, _Sample] = {}
    for path in paths:
        for key, sample in samples_in(path, _look):
            samples[key] = sample  # of one that was logged again the last holds
    column = None if score == ANY else _column(score, samples.values())
    left_out = Counter[str]()
    rows, merged = [], 0
    for found in _together(samples.values(), left_out):
        values = [v for one in found if column and (v := one.scores.get(column)) is not None]
        realism = sum(values) / len(values) if values else None
        if column and (realism is None or realism < at_least):
            left_out["no_realism" if realism is None else "low_realism"] += len(found)
            continue
        merged += len(found) - 1
        rows.append(_row(found[0], len(found), realism))
    if not rows:
        told = ", ".join(f"{reason} {n:,}" for reason, n in left_out.most_common()) or "no samples"
        raise ConfigError(
            f"{paths[0]}: no prompt is left of {len(samples):,} samples ({told}); nothing was written"
        )
    _number(rows)
    _round(rows)
    with OWNER.hold():
        write_parquet(pa.Table.from_pylist(rows, SCHEMA), to, plain=True)
    tools = [row["tools"] for row in rows if row["tools"]]
    left = dict(left_out.most_common())
    counts = len(paths), len(samples), len(rows), merged
    return Frozen(to, *counts, left, column, at_least, len(tools), len({*tools}))


def _paths(logs: Sequence[str | Path]) -> list[AnyPath]:
    found = dict.fromkeys(file.path for log in logs for file in find_files(str(log), INSPECT.files))
    for path in found:
        if not INSPECT.recognises(path):
            raise SourceError(
                f"{path}: no log of Inspect; name .eval files, or .json ones that Inspect wrote"
            )
    return list(found)


def _look(header: Header, sample: LoggedSample) -> tuple[str, _Sample]:
    """A sample, and what it is known again by."""
    small, asked = small_row(header, sample.told), asked_first(header, sample)
    scores = {name: _number_of(value) for name, value in small.items() if name not in FIXED}
    tools = json.dumps(asked.tools, ensure_ascii=False) if asked.tools else None
    told = _Sample(
        header.task, str(small["sample_id"]), asked.messages, asked.problem, tools, scores
    )
    return small["conversation_id"], told


def _number_of(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _column(score: str | None, samples: Iterable[_Sample]) -> str:
    """The column that says how real a prompt is."""
    known = sorted({name for one in samples for name, v in one.scores.items() if v is not None})
    if score is not None:
        if score not in known:
            hint = did_you_mean(
                score, known, f"there are {listed(known)}" if known else "there are none"
            )
            raise ConfigError(f"--score: no sample has a number in '{score}'; {hint}")
        return score
    for name in REALISM:
        found = [one for one in known if one.rpartition(".")[2] == name]
        found = [one for one in found if one.startswith(JUDGE)] or found
        if len(found) == 1:
            return found[0]
        if found:
            raise ConfigError(f"--score: {', '.join(found)} all say how real a prompt is; name one")
    there = f" (there are {listed(known)})" if known else ""
    raise ConfigError(
        f"no sample has a score of its realism{there}: name the column that is one with --score, or take all with --score {ANY}"
    )


def _together(samples: Iterable[_Sample], left_out: Counter[str]) -> Iterator[list[_Sample]]:
    """The samples of a task that ask the same under one id, in the order of the first."""
    found: dict[tuple[str, ...], list[_Sample]] = {}
    for one in samples:
        if one.messages is None:
            left_out[one.problem or "failed"] += 1
            continue
        asked = json.dumps(one.messages, sort_keys=True)
        found.setdefault((one.task, one.sample_id, asked, one.tools or ""), []).append(one)
    yield from found.values()


def _row(sample: _Sample, epochs: int, realism: float | None) -> dict[str, Any]:
    messages = [{name: m.get(name) for name in FIELDS} for m in sample.messages or ()]
    return {
        "messages": messages,
        "task": sample.task,
        "sample_id": sample.sample_id,
        "realism": realism,
        "epochs": epochs,
        "tools": sample.tools,
    }


def _number(rows: Sequence[dict[str, Any]]) -> None:
    """Give each its id, in place: task and sample; behind these a number where a sample asked several things."""
    seen = Counter[str]()
    for row in rows:
        name = f"{row['task']}/{row['sample_id']}"
        seen[name] += 1
        row["prompt_id"] = name if seen[name] == 1 else f"{name}/{seen[name]}"
        row["conversation_id"] = row["prompt_id"]


def _round(rows: Sequence[dict[str, Any]]) -> None:
    """Round the scores, in place, until they are few enough to be kept with the prompts of a study."""
    for digits in count(1, -1):
        found = [one["realism"] and round(one["realism"], digits) for one in rows]
        if len({*found}) <= MAX_VALUES:
            break
    for row, realism in zip(rows, found, strict=True):
        row["realism"] = realism
