"""The study is what the dump says: what was erased, corrected or taken away is in it no more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from logminer.api import load_pipeline
from logminer.errors import StoreError
from logminer.run.summary import Summary
from logminer.schemas import PUBLISHED
from logminer.store.layout import StudyFolder
from logminer.store.session import open_session

PIPELINE = """
study: study
source: {path: dump}
judge: {taxonomy: refusal, scorers: [rules]}
cluster: {min_cluster_size: 5}
workers: 0
"""


def write(file: Path, version: str, ids: list[str]) -> None:
    """A file of the dump: whose answers are of a `version`."""
    file.parent.mkdir(exist_ok=True)
    rows = [
        {
            "conversation_id": name,
            "user_id": f"user of {name}",
            "messages": [
                {"role": "user", "content": f"What is to be said of the number {name}?"},
                {"role": "assistant", "content": f"This is what {version} has to say of it."},
            ],
        }
        for name in ids
    ]
    pq.write_table(pa.Table.from_pylist(rows), file)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "p.yaml").write_text(PIPELINE)
    return tmp_path / "p.yaml"


def run(file: Path) -> Summary:
    summary = load_pipeline(file).run()
    assert summary.rows_in == summary.conversations + sum(summary.rejected.values())
    return summary


def answers(file: Path) -> dict[str, int]:
    """Answer → how often it stands in the study."""
    with open_session(file.parent / "study") as session:
        return dict(session.rows("SELECT response, count(*) FROM responses GROUP BY ALL"))


def said(version: str) -> str:
    return f"This is what {version} has to say of it."


def tables(file: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row but those that tell of runs, and of the cluster map, which is kept once it is found."""
    kept = {"runs", "clusters", "cluster_maps", "loaded_parts"}
    with open_session(file.parent / "study") as session:
        return {
            table.name: session.rows(f"SELECT * FROM {table.name} ORDER BY ALL")
            for table in PUBLISHED
            if table.name not in kept
        }


def test_a_dump_that_was_rewritten_leaves_nothing_of_what_it_was(file: Path) -> None:
    dump = file.parent / "dump" / "a.parquet"
    write(dump, "the old", [str(i) for i in range(40)])
    assert run(file).earlier_parts == 0
    write(dump, "the new", [str(i) for i in range(10, 40)])  # ten erased, thirty corrected
    summary = run(file)
    assert (summary.rows_in, summary.conversations, summary.rejected) == (30, 30, {})
    assert answers(file) == {said("the new"): 30}
    assert summary.earlier_parts == 6  # anonymise, prompts, replay, embed, judge, place
    assert run(file).conversations == 30


def test_a_file_that_was_taken_away_is_taken_out(file: Path) -> None:
    dump = file.parent / "dump"
    write(dump / "a.parquet", "a", ["1", "2"])
    write(dump / "b.parquet", "b", ["3", "4", "5"])
    assert run(file).conversations == 5
    (dump / "b.parquet").unlink()
    assert run(file).conversations == 2
    StudyFolder(file.parent / "study").database.unlink()
    assert run(file).conversations == 2
    assert answers(file) == {said("a"): 2}
    write(dump / "b.parquet", "b", ["3", "4", "5"])  # and comes back
    assert run(file).conversations == 5


def test_a_study_of_a_changed_dump_equals_one_made_from_nothing(
    file: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    dump = file.parent / "dump"
    write(dump / "a.parquet", "a", ["1", "2", "3"])
    write(dump / "c.parquet", "c", ["4", "5"])
    run(file)
    write(dump / "b.parquet", "b", ["3", "6"])
    write(dump / "c.parquet", "new c", ["5", "7"])
    run(file)
    (dump / "a.parquet").rename(dump / "z.parquet")
    run(file)
    fresh = tmp_path_factory.mktemp("fresh") / "p.yaml"
    fresh.write_text(PIPELINE.replace("study: study", "study: study\nproject: study"))
    dump.rename(fresh.parent / "dump")
    run(fresh)
    assert tables(file) == tables(fresh)


def test_rows_that_do_not_add_up_are_not_published(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(file.parent / "dump" / "a.parquet", "a", ["1", "2", "3"])
    run(file)
    write(file.parent / "dump" / "b.parquet", "b", ["4"])
    monkeypatch.setattr("logminer.run.summary.Tallies.rows_in", 7)
    with pytest.raises(StoreError, match="7 rows came in, but 4 conversations and 0 rejections"):
        load_pipeline(file).run()
    assert answers(file) == {said("a"): 3}
    monkeypatch.undo()
    assert run(file).conversations == 4
