"""The study is what the dump says: what was erased, corrected or taken away is in it no more."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from logminer.api import load_pipeline
from logminer.audit.auditor import audit
from logminer.audit.findings import Canary
from logminer.errors import StoreError
from logminer.run.summary import Summary
from logminer.store.layout import StudyFolder
from logminer.store.session import Session, open_session
from tests.kit.planting import files_with, killed

PIPELINE = """
study: study
project: changed
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


# ---- pruning


def held(file: Path, *words: str) -> int:
    """In how many places of the study's files, decoded or raw, the words are found."""
    planted = [Canary(i, "plumbing", word) for i, word in enumerate(words)]
    found = audit(file.parent / "study", Session, canaries=planted)
    assert not found.undecoded
    assert not found.parts.altered
    return len(found.hits)


def test_after_pruning_nothing_holds_what_erased_users_said(file: Path) -> None:
    dump = file.parent / "dump"
    write(dump / "a.parquet", "the quondam oracle", [f"9000{i}" for i in range(30)])
    write(dump / "b.parquet", "the new", [str(i) for i in range(10)])
    run(file)
    file.write_text(PIPELINE.replace("[rules]", "[rules, string_match]"))
    run(file)
    (dump / "a.parquet").unlink()
    words = ("quondam oracle", "900017")
    assert run(file).conversations == 10
    assert held(file, *words) > 4

    told = load_pipeline(file).prune()
    assert told.files == sum(one.files for one in told.found) > 6
    assert {one.why for one in told.found} == {
        "of options that the pipeline had before",
        "of the dump as it was before",
        "vectors of the study as it was published before",
    }
    assert not told.removed
    assert held(file, *words) > 4
    assert not told.outdated

    published = answers(file)
    done = load_pipeline(file).prune(remove=True)
    assert (done.files, done.bytes, done.kept) == (told.files, told.bytes, told.kept)
    assert held(file, *words) == 0
    assert answers(file) == published
    assert load_pipeline(file).prune().found == ()
    again = run(file)
    assert all(stage.reused == stage.parts for stage in again.stages)
    assert again.earlier_parts == 0


def test_a_database_of_the_dump_as_it_was_is_pruned_too(file: Path) -> None:
    dump = file.parent / "dump"
    write(dump / "a.parquet", "the quondam oracle", [f"9000{i}" for i in range(30)])
    write(dump / "b.parquet", "the new", [str(i) for i in range(10)])
    run(file)
    (dump / "a.parquet").unlink()
    database = StudyFolder(file.parent / "study").database
    (database.parent / f".{database.name}.next").write_bytes(database.read_bytes())
    killed(database.parent, b"of one who was killed")
    assert load_pipeline(file).prune().outdated
    assert load_pipeline(file).prune(remove=True).outdated
    assert not database.exists()
    assert held(file, "quondam oracle", "900017") == 0
    assert files_with(["killed"], database.parent) == []
    killed(database.parent, b"of one who was killed")
    assert run(file).conversations == 10
    assert files_with(["killed"], database.parent) == []


def test_answers_that_a_larger_sample_will_take_over_are_not_pruned(file: Path) -> None:
    write(file.parent / "dump" / "a.parquet", "a", [str(i) for i in range(40)])
    text = PIPELINE + "checkpoints: [{name: m, kind: scripted, latency_s: 0}]\n"
    file.write_text(text + "replay: {sample: 10}\n")
    run(file)
    file.write_text(text + "replay: {sample: 20}\n")
    study = file.parent / "study"

    def replayed() -> int:
        return len(list(study.glob("parts/replay.m-*/*.parquet")))

    assert replayed() == 1
    load_pipeline(file).prune(remove=True)
    assert replayed() == 1
    run(file)
    assert replayed() == 2
    load_pipeline(file).prune(remove=True)
    assert replayed() == 1
