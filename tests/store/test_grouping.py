"""`prompts.prompt_group`: found in all parts together, and the same however they came."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from logminer.api import load_pipeline
from logminer.store.session import open_session

PIPELINE = """
study: {study}
project: p
source: {{path: dump}}
judge: {{taxonomy: refusal, scorers: [rules]}}
prompts: {{turns: all}}
workers: 0
"""
TOPICS = [
    "apples",
    "boats",
    "clouds",
    "doors",
    "engines",
    "forests",
    "gardens",
    "hammers",
    "islands",
    "jackets",
    "kettles",
    "lamps",
    "mirrors",
]
NAMES = ["Michael Johnson", "Sarah Miller", "David Brown", "Emily Clark"]


def write(file: Path, numbers: range) -> None:
    file.parent.mkdir(exist_ok=True)
    rows = []
    for i in numbers:
        ask = f"Please write a short letter of thanks to my friend {NAMES[i % 4]} for me."
        if i % 2:
            ask = " ".join(random.Random(i).sample(TOPICS, 8))
        said = [{"role": "system", "content": "You help everybody with everything. " * 9}]
        for text in (ask, "Thank you, and now say it once more in other words."):
            said += [{"role": "user", "content": text}, {"role": "assistant", "content": f"So {i}"}]
        rows.append({"conversation_id": f"c{i}", "user_id": f"u{i}", "messages": said})
    pq.write_table(pa.Table.from_pylist(rows), file)


def groups(folder: Path, study: str) -> dict[str, str]:
    (folder / f"{study}.yaml").write_text(PIPELINE.format(study=study))
    load_pipeline(folder / f"{study}.yaml").run()
    with open_session(folder / study) as session:
        return dict(session.rows("SELECT prompt_id, prompt_group FROM prompts"))


def test_a_template_of_many_people_is_one_group_in_whatever_order_they_came(tmp_path: Path) -> None:
    write(tmp_path / "dump" / "b.parquet", range(10, 20))
    groups(tmp_path, "grown")
    write(tmp_path / "dump" / "a.parquet", range(10))
    grown = groups(tmp_path, "grown")
    assert groups(tmp_path, "fresh") == grown
    sizes = sorted(list(grown.values()).count(group) for group in set(grown.values()))
    assert sizes == [1] * 20 + [10, 10]  # by turn; a letter to each of 4 people is one request
    assert all(group == min(p for p in grown if grown[p] == group) for group in grown.values())
