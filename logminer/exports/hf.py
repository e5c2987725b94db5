"""`hf`: a folder that Hugging Face's `datasets` loads: `messages` as trainers take them, with what was judged, and a card.

Source: huggingface.co/docs/datasets (repository structure, `configs` in the card's head); TRL's conversational format.
"""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from logminer.exports.base import Target, Written
from logminer.exports.chat import answered
from logminer.exports.marking import marked, marked_parquet
from logminer.exports.reading import ExportRow, Selected

__all__ = ["TARGET"]

WHAT = "A folder for Hugging Face's `datasets`: a configuration for each checkpoint, a row for each answer."
USE = """
    datasets.load_dataset(FOLDER, "prod", split="train")

`messages` is the prompt with the answer as its last message (none where nothing was said: `state` says why), thoughts are in
`reasoning_content`; `tool_calls` and `attributes` are JSON. `judgements` and `human_labels` are what scorers and people say of the
answer. The only split is called train because a split has to have a name.
"""
TEXT = pa.string()
MESSAGE = pa.struct(
    [
        (n, TEXT)
        for n in ("role", "content", "reasoning_content", "name", "tool_calls", "tool_call_id")
    ]
)
JUDGEMENT = pa.struct(
    [*((n, TEXT) for n in ("scorer", "category_id", "channel", "label")), ("score", pa.float64())]
)
HUMAN_LABEL = pa.struct(
    [
        *((n, TEXT) for n in ("category_id", "channel", "label", "second_label")),
        ("weight", pa.float64()),
    ]
)
SCHEMA = pa.schema(
    [
        *((n, TEXT) for n in ("response_id", "prompt_id", "conversation_id", "user_id")),
        ("messages", pa.list_(MESSAGE)),
        *((n, TEXT) for n in ("checkpoint", "model")),
        ("sample_index", pa.int32()),
        ("turn_index", pa.int32()),
        *((n, TEXT) for n in ("state", "finish_reason", "language", "half", "attributes")),
        ("judgements", pa.list_(JUDGEMENT)),
        ("human_labels", pa.list_(HUMAN_LABEL)),
    ]
)


def _write(selected: Selected, folder: Path) -> Written:
    files = Counter[str]()
    with contextlib.ExitStack() as open_files:
        writers = {
            checkpoint: open_files.enter_context(marked_parquet(folder / _file(checkpoint), SCHEMA))
            for checkpoint in selected.checkpoints
        }
        for rows in selected.responses():
            judged, labelled = selected.judged(rows), selected.labelled(rows)
            for checkpoint, writer in writers.items():
                made = [
                    _row(
                        row,
                        judged.get(row["response_id"], []),
                        labelled.get(row["response_id"], []),
                    )
                    for row in rows
                    if row["checkpoint"] == checkpoint
                ]
                if made:
                    writer.write_table(pa.Table.from_pylist(made, schema=writer.schema))
                files[_file(checkpoint)] += len(made)
    return Written(dict(files), {})


def _file(checkpoint: str) -> str:
    return f"data/{marked(checkpoint, '.parquet')}"


def _row(row: ExportRow, judged: list[ExportRow], labelled: list[ExportRow]) -> dict[str, Any]:
    return row | {
        "half": row["split"],
        "messages": [_message(message) for message in answered(row)],
        "attributes": json.dumps(row["attributes"], ensure_ascii=False),
        "judgements": judged,
        "human_labels": labelled,
    }


def _message(message: Mapping[str, Any]) -> dict[str, Any]:
    return dict(message) | {"reasoning_content": message["thoughts"]}


def _card(written: Written) -> str:
    """The head of the card: which files are of which configuration."""
    lines = ["---", "viewer: false", "tags: [not-released, anonymised]", "configs:"]
    for file in written.files:
        checkpoint = file.removeprefix("data/").removesuffix(marked("", ".parquet"))
        lines += [f'- config_name: "{checkpoint}"', f'  data_files: "{file}"']
    return "\n".join([*lines, "---", "", ""])


TARGET = Target(WHAT, USE, _write, _card)
