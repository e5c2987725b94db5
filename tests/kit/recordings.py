"""Files of recorded answers, and prompts that they answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from logminer.checkpoints.base import Answer, Answerer, Prompt
from logminer.checkpoints.recorded import Recorded
from logminer.ids import Pseudonyms, load_key

__all__ = ["answers_of", "ask", "keys", "prompt", "recorded", "sampled", "table", "write"]


MESSAGES = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))


def keys() -> Pseudonyms:
    return Pseudonyms(load_key(), "p")


def ask(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def prompt(source: str | None, text: str) -> Prompt:
    key = keys().source_key(source) if source is not None else None
    return Prompt(f"{source}/{text}", [], key, keys().content_key([("user", text)]))


def write(path: Path, rows: list[dict[str, object]], **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".jsonl":
        path.write_text("\n\n".join(json.dumps(row) for row in rows) + "\n")
    else:
        names = dict.fromkeys(name for row in rows for name in row)
        columns = {name: [row.get(name) for row in rows] for name in names}
        if "prompt_messages" in columns:
            columns["prompt_messages"] = pa.array(columns["prompt_messages"], MESSAGES)
        pq.write_table(pa.table(columns), path, **options)
    return path


def recorded(path: Path, **options: object) -> Recorded:
    return Recorded(name="arm", path=str(path), **options)


def answers_of(opened: Answerer, prompts: Sequence[Prompt]) -> list[list[Answer]]:
    found: list[list[Answer]] = [[] for _ in prompts]
    for place, sample, answer in opened.answer(prompts):
        assert sample == len(found[place])
        found[place].append(answer)
    return found


def table(models: tuple[str, ...] = ("a", "b"), n: int = 4) -> list[dict[str, object]]:
    return [
        {
            "prompt_id": f"p{i}",
            "prompt_messages": ask(f"text {i}"),
            "model": model,
            "response": f"{model} says {i}",
            "grade": i / 2,
            "safe": model == "a",
        }
        for i in range(n)
        for model in models
    ]


def sampled() -> list[dict[str, object]]:
    return [
        {
            "prompt_id": f"p{i}",
            "prompt_messages": ask(f"text {i}"),
            "model": "a",
            "response": f"{config} {sample} says {i}",
            "sample_idx": sample,
            "sampling_config": config,
            "when": "same",
        }
        for i in range(3)
        for config in ("greedy", "nucleus")
        for sample in range(2)
    ]
