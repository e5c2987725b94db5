"""Every kind of answer that docs/answers.md names, by every way in which an answer comes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from logminer.api import load_pipeline
from logminer.messages.states import STATES, THOUGHTS_STATES
from logminer.store.session import open_session
from tests.kit.batches import refused
from tests.kit.openai_server import completion, openai_server
from tests.run.test_batch import export, take_in

DOCUMENT = Path(__file__).parents[2] / "docs" / "answers.md"


def documented() -> list[dict[str, Any]]:
    """The rows of the table: what is answered, and what becomes of it."""
    lines = DOCUMENT.read_text("utf-8").split("## Every kind of answer")[1].splitlines()
    table = [line for line in lines if line.startswith("|")]
    names = [name.strip() for name in table[0].strip("|").split("|")]
    rows = []
    for line in table[2:]:
        cells = [c.replace("\\|", "|").strip() for c in re.split(r"(?<!\\)\|", line)[1:-1]]
        row: dict[str, Any] = dict(zip(names, cells, strict=True))
        for name in ("message", "finish_reason", "thoughts", "response", "error"):
            text = row[name].removeprefix("`").removesuffix("`")
            row[name] = (text if name == "message" else text.replace("\\n", "\n")) or None
        rows.append(row | {"message": json.loads(row["message"])})
    return rows


ROWS = documented()
QUESTIONS = [f"How do I bake bread at home, please, number {i}?" for i in range(len(ROWS))]


def body(row: dict[str, Any]) -> dict[str, Any]:
    return completion(role="assistant", **row["message"], finish_reason=row["finish_reason"])


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("answers")
    dump, recorded = [], []
    for i, row in enumerate(ROWS):
        said = {"role": "assistant", "finish_reason": row["finish_reason"], **row["message"]}
        asked = {"role": "user", "content": QUESTIONS[i]}
        named = {"conversation_id": f"c{i}", "user_id": f"u{i}", "language": "en"}
        dump.append(named | {"messages": json.dumps([asked, said])})
        recorded.append({"prompt_id": f"c{i}", "response": row["message"]} | named)
        recorded[-1]["finish_reason"] = row["finish_reason"]
    pq.write_table(pa.Table.from_pylist(dump), folder / "dump.parquet")
    (folder / "answers.jsonl").write_text("".join(json.dumps(row) + "\n" for row in recorded))
    (folder / "bodies.jsonl").write_text(
        "".join(
            json.dumps({"prompt_id": f"c{i}", "response": body(row)}) + "\n"
            for i, row in enumerate(ROWS)
        )
    )
    with openai_server() as server:
        server.plan = {asked: [body(row)] for asked, row in zip(QUESTIONS, ROWS, strict=True)}
        file = folder / "p.yaml"
        server_of = f"kind: endpoint, url: '{server.url}', model: m, attempts: 1"
        file.write_text(
            "study: study\nsource: {path: dump.parquet}\nworkers: 0\n"
            "checkpoints:\n"
            f"  - {{name: served, {server_of}}}\n"
            f"  - {{name: batched, {server_of}}}\n"
            "  - {name: recorded, kind: recorded, path: answers.jsonl}\n"
            "  - {name: whole, kind: recorded, path: bodies.jsonl}\n"
            "judge: {scorers: [string_match]}\n"
        )
        answers = dict(zip(QUESTIONS, ROWS, strict=True))
        lines = [
            refused(request, 200, body(answers[request["body"]["messages"][-1]["content"]]))
            for request in export(file, checkpoint="batched")
        ]
        found = take_in(file, lines, checkpoint="batched")
        assert found["again"] == found["malformed"] == found["unknown"] == 0
        asked = len(server.bodies)
        load_pipeline(file).run()
        assert len(server.bodies) - asked == len(
            ROWS
        )  # the batch's answers are not asked for again
    return folder / "study"


def test_the_table_names_every_state() -> None:
    assert len(ROWS) >= 40
    served = {row["state"] for row in ROWS}
    assert served == set(STATES) - {"refused_by_server"}
    assert {row["thoughts_state"] for row in ROWS} == set(THOUGHTS_STATES)


@pytest.mark.parametrize("checkpoint", ["served", "batched", "recorded", "whole", "logged"])
def test_an_answer_is_the_same_however_it_comes(study: Path, checkpoint: str) -> None:
    names = ("state", "thoughts_state", "thoughts", "response", "error")
    with open_session(study) as session:
        rows = session.rows(
            f"SELECT p.messages[-1].content, {', '.join(f'r.{name}' for name in names)}"
            " FROM responses AS r JOIN prompts AS p USING (prompt_id) WHERE checkpoint = ?",
            [checkpoint],
        )
    found = {asked: dict(zip(names, row, strict=True)) for asked, *row in rows}
    expected = {
        asked: {name: row[name] for name in names}
        for asked, row in zip(QUESTIONS, ROWS, strict=True)
    }
    assert found == expected


def test_what_is_neither_answered_nor_cut_off_is_not_judged(study: Path) -> None:
    with open_session(study) as session:
        judged = session.rows(
            "SELECT DISTINCT r.state FROM judgements JOIN responses AS r USING (response_id) ORDER BY 1"
        )
        refused = session.rows(
            "SELECT DISTINCT r.response FROM judgements AS j JOIN responses AS r USING (response_id)"
            " WHERE j.category_id = 'refusal' AND j.label = 'yes'"
        )
    assert judged == [("answered",), ("length",)]
    assert refused == [("I cannot help with that.",)]
