"""Forgetting people: nothing of them is left, everything else stays, and no run brings them back."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from logminer.api import load_pipeline
from logminer.ids import Pseudonyms, load_key
from logminer.run.summary import Summary
from logminer.schemas import PUBLISHED
from logminer.store.session import open_session
from tests.conftest import KEY
from tests.kit.auditing import search
from tests.kit.planting import files_with

PIPELINE = """
study: study
project: leaving
source: {path: dump, keep: [mood]}
anonymise: {unsupported_language: patterns_only}
prompts: {turns: all}
checkpoints: [{name: old, kind: recorded, path: answers.jsonl}, {name: echo, kind: scripted, replies: ["Svar: {prompt}"]}]
judge: {taxonomy: refusal, scorers: [rules]}
cluster: {min_cluster_size: 5MAP}
compare: {strata: [mood]}
workers: 0
"""
WORDS = ("kvistfågelsång", "lerkärlsglasyr")  # that the two who leave alone write
LEAVING = ("u3", "u8")  # one on each half


def rows(leaving: bool = True) -> list[dict[str, Any]]:
    return [
        {
            "conversation_id": f"c{i}",
            "user_id": f"u{i % 11}",
            "language": "sv",
            "mood": "glad" if i % 2 else "arg",
            "created_at": datetime(2026, 1 + i % 6, 3, 12, tzinfo=UTC) if i % 7 else None,
            "messages": [
                {"role": "user", "content": f"Hur kokar jag {i} ägg{said(i)}?"},
                {"role": "assistant", "content": f"Vänta {i} minuter{said(i)}."},
                {"role": "user", "content": f"Och sedan{said(i)}?"},
            ],
        }
        for i in range(60)
        if leaving or f"u{i % 11}" not in LEAVING
    ]


def said(i: int) -> str:
    user = f"u{i % 11}"
    return f" {WORDS[LEAVING.index(user)]}" if user in LEAVING else ""


def set_up(folder: Path, said: list[dict[str, Any]], cluster_map: Path | None = None) -> Path:
    (folder / "dump").mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(said), folder / "dump" / "a.parquet", row_group_size=30)
    answers = [
        {"prompt_id": row["conversation_id"], "response": f"Tyvärr, inte {row['conversation_id']}."}
        for row in said
    ]
    (folder / "answers.jsonl").write_text("".join(json.dumps(one) + "\n" for one in answers))
    named = f", map: {cluster_map}" if cluster_map else ""
    (folder / "p.yaml").write_text(PIPELINE.replace("MAP", named))
    return folder / "p.yaml"


def tables(study: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All that does not tell in which part of the dump a row was, or when."""
    left_out = {
        "runs",
        "loaded_parts",
        "rejections",
        "cluster_maps",
        "cluster_lineage",
        "checkpoints",
    }
    with open_session(study) as session:
        return {
            table.name: session.rows(f"SELECT {columns} FROM {table.name} ORDER BY ALL")
            for table in PUBLISHED
            if table.name not in left_out
            for columns in ("* EXCLUDE (row)" if table.name == "conversations" else "*",)
        }


def computed(summary: Summary) -> int:
    return sum(stage.rows for stage in summary.stages)


def pseudonyms(users: tuple[str, ...]) -> list[str]:
    own = Pseudonyms(load_key(), "leaving")
    talks = [row["conversation_id"] for row in rows() if row["user_id"] in users]
    return [*map(own.user, users), *map(own.conversation, talks)]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """To look at; tests change copies of it."""
    folder = tmp_path_factory.mktemp("forgetting")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOGMINER_KEY", KEY)
        load_pipeline(set_up(folder, rows())).run()
    return folder


def test_nothing_is_left_of_who_is_forgotten_and_no_run_brings_them_back(
    ran: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "x"
    shutil.copytree(ran, folder)
    pipeline, study = load_pipeline(folder / "p.yaml"), folder / "study"
    gone = pseudonyms(LEAVING)
    assert not search(study, *WORDS).clean
    assert files_with(gone, study)

    def files() -> dict[str, bytes]:
        return {
            str(p): p.read_bytes() for p in study.rglob("*") if p.is_file() and p.name != ".lock"
        }

    before = files()
    told = pipeline.forget(*LEAVING, "nobody", remove=False)
    assert files() == before
    (one,) = told.studies
    assert (told.users, told.found, told.removed) == (3, 2, False)
    assert one.rows["conversations"] == len(gone) - 2
    assert one.rows["responses"] == 3 * one.rows["prompts"]

    done = pipeline.forget(*LEAVING)
    (one,) = done.studies
    assert (one.rows, one.published) == (told.studies[0].rows, True)
    assert search(study, *WORDS).clean
    assert files_with(gone, study) == []
    assert not search(study, "kokar").clean
    again = pipeline.run()
    assert computed(again) == 0
    assert again.rejected == {"forgotten": len(gone) - 2}
    # A study that is made of the same dump comes to the same parts; one without them to the same tables.
    fresh = set_up(tmp_path / "fresh", rows(leaving=False), study)
    load_pipeline(fresh).run()
    mine, other = tables(study), tables(tmp_path / "fresh" / "study")
    assert [name for name in mine if mine[name] != other[name]] == []
    shutil.rmtree(study / "parts")
    load_pipeline(folder / "p.yaml").run()
    assert files_with(gone, study) == []
    assert tables(study) == mine
