"""A provider that withholds answers of one arm: seen as missing answers, never as a difference of behaviour."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from logminer.api import load_pipeline
from logminer.store.session import open_session
from tests.kit.openai_server import Fault, Server, completion, openai_server

PROMPTS = 100
NO = "I'm sorry, but I can't help with that."
SEALED = [{"type": "redacted_thinking", "data": "RXZh"}, {"type": "text", "text": "Mix it."}]


def question(i: int) -> str:
    return f"How do I bake bread number {i} at home, please?"


def run(folder: Path, withheld: Any, share: float) -> Path:
    """An A/A study, less what the server withholds of the candidate's answers: refusals first."""
    rows = [
        {
            "conversation_id": f"c{i}",
            "user_id": f"u{i}",
            "language": "en",
            "messages": [{"role": "user", "content": question(i)}],
        }
        for i in range(PROMPTS)
    ]
    pq.write_table(pa.Table.from_pylist(rows), folder / "dump.parquet")
    said = [
        NO if i < PROMPTS // 2 else f"Mix {i} grams of flour with water." for i in range(PROMPTS)
    ]
    with openai_server() as base, openai_server() as candidate:
        for server in (base, candidate):
            server.plan = {question(i): [completion(content=text)] for i, text in enumerate(said)}
        for i in range(round(share * PROMPTS)):
            candidate.plan[question(i)] = [withheld]
        pipeline(folder, base, candidate)
        load_pipeline(folder / "p.yaml").run()
    return folder / "study"


def pipeline(folder: Path, base: Server, candidate: Server) -> None:
    (folder / "p.yaml").write_text(
        "study: study\nsource: {path: dump.parquet}\nworkers: 0\ncheckpoints:\n"
        f"  - {{name: a, kind: endpoint, url: '{base.url}', model: m, attempts: 1}}\n"
        f"  - {{name: b, kind: endpoint, url: '{candidate.url}', model: m, attempts: 1}}\n"
        "judge: {scorers: [string_match]}\ncompare: {pairs: [[a, b]]}\n"
    )


@pytest.mark.parametrize(
    ("withheld", "state"),
    [
        (completion(content="", finish_reason="content_filter"), "content_filter"),
        (completion(content="Mix it,", finish_reason="SAFETY"), "content_filter"),
        (completion(content=" "), "empty"),
        (completion(content="Mix it", finish_reason="abort"), "error"),
        (Fault.status(400, {"code": "content_filter"}), "content_filter"),
    ],
)
def test_a_fifth_withheld_is_missing_and_no_difference(
    tmp_path: Path, withheld: Any, state: str
) -> None:
    study = run(tmp_path, withheld, 0.2)
    with open_session(study) as session:
        missing = session.rows("SELECT state, base_rate, candidate_rate, q FROM missingness")
        verdicts = session.rows(
            "SELECT verdict, n_prompts, difference FROM comparisons WHERE kind = 'category'"
        )
    assert [row[:3] for row in missing] == [(state, 0.0, 0.2)]
    assert missing[0][3] < 0.001
    assert {row[0] for row in verdicts} == {"undetermined"}
    assert {row[1:] for row in verdicts} == {(PROMPTS * 4 // 5, 0.0)}


def test_everything_withheld_is_told_and_nothing_is_concluded(tmp_path: Path) -> None:
    study = run(tmp_path, completion(content=None, finish_reason="content_filter"), 1.0)
    with open_session(study) as session:
        missing = session.rows("SELECT state, base_rate, candidate_rate FROM missingness")
        verdicts = session.rows("SELECT verdict FROM comparisons WHERE kind = 'category'")
    assert missing == [("content_filter", 0.0, 1.0)]
    assert not {verdict for (verdict,) in verdicts} - {"undetermined"}


def test_thoughts_withheld_of_one_arm_are_tested(tmp_path: Path) -> None:
    study = run(tmp_path, completion(content=SEALED), 0.2)
    with open_session(study) as session:
        missing = session.rows(
            "SELECT state, channel, base_rate, candidate_rate, q < 0.001 FROM missingness"
        )
    assert missing == [("unknown", "thoughts", 0.0, 0.2, True)]
