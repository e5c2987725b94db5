"""`inspect-scores`: what scorers and people say, as files of Inspect's `precomputed_scores`.

Source: `inspect_ai.scorer.precomputed_scores` (0.3.285): JSON lines with `id`, `epoch`, `value`, `answer` and `metadata`,
each pair of id and epoch once; a value that is not a number is unscored, and `metadata.unscored_reason` says why.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from logminer.exports.base import Target, Written
from logminer.exports.chat import inspect_chat
from logminer.exports.marking import append_lines, json_line, marked
from logminer.exports.reading import ExportRow, Selected
from logminer.exports.unscored import LABEL_REASONS, unscored_reason

__all__ = ["TARGET"]

WHAT = "Scores for Inspect's `precomputed_scores`: a file for each checkpoint, scorer, category and channel."
USE = """
- `dataset.not-released.jsonl` has the prompts: `json_dataset` reads it as it stands.
- `CHECKPOINT/SCORER/CATEGORY.CHANNEL.not-released.jsonl` has a record for each answer: `id` is the prompt's, `epoch` the number of
  the answer from 1 on, `value` 1 (yes) or 0 (no); NaN is unscored (`metadata.unscored_reason` says why) and stays out of
  metrics. `SCORER` is `human_labels` for what people say; there, what nobody labelled has no record.

The ids are the study's pseudonyms: scores fit logs of tasks that were made of this dataset, and not the log that the
study was made of.

    inspect score LOG.eval --scorer inspect_ai/precomputed_scores -S scores=prod/rules/refusal.response.not-released.jsonl
"""
VALUES = {"yes": 1, "no": 0}
Kind = tuple[str, str, str]


def _write(selected: Selected, folder: Path) -> Written:
    files = Counter[str]()
    dataset = marked("dataset", ".jsonl")
    for rows in selected.prompts():
        append_lines([json_line(_sample(row)) for row in rows], folder / dataset)
        files[dataset] += len(rows)
    kinds = selected.kinds()
    for rows in selected.responses():
        lines = defaultdict[str, list[str]](list)
        said = selected.said(rows)
        for row in rows:
            for kind, judgement in _judgements(kinds, said.get(row["response_id"], [])).items():
                lines[_file(row, kind)].append(json_line(_record(row, kind, judgement)))
        for name, records in lines.items():
            append_lines(records, folder / name)
            files[name] += len(records)
    return Written(dict(sorted(files.items())), {})


def _sample(row: ExportRow) -> dict[str, Any]:
    metadata = {"language": row["language"], "attributes": row["attributes"], "not_released": True}
    return {"id": row["prompt_id"], "input": inspect_chat(row["messages"]), "metadata": metadata}


def _judgements(kinds: list[Kind], said: list[ExportRow]) -> dict[Kind, ExportRow | None]:
    """Of each kind what is said; None: nothing, and a scorer should have."""
    found: dict[Kind, ExportRow | None] = dict.fromkeys(kinds)
    for one in said:
        found[one["scorer"], one["category_id"], one["channel"]] = one
    return found


def _file(row: ExportRow, kind: Kind) -> str:
    scorer, category, channel = kind
    return f"{row['checkpoint']}/{scorer}/{marked(f'{category}.{channel}', '.jsonl')}"


def _record(row: ExportRow, kind: Kind, judgement: ExportRow | None) -> dict[str, Any]:
    metadata: dict[str, Any] = {"not_released": True}
    label = None
    if judgement is None:
        metadata["unscored_reason"] = unscored_reason(row["state"], kind[2], row["thoughts_state"])
    else:
        label = judgement["label"]
        if label not in VALUES:
            metadata["unscored_reason"] = LABEL_REASONS[label]
        metadata |= {key: value for key in MORE if (value := judgement.get(key)) is not None}
    return {
        "id": row["prompt_id"],
        "epoch": row["sample_index"] + 1,
        "value": VALUES.get(label or "", math.nan),
        "answer": label,
        "metadata": metadata,
    }


MORE = ("score", "judge_error", "second_label", "weight")

TARGET = Target(WHAT, USE, _write)
