"""Forgetting people: nothing of them is left, everything else stays, and no run brings them back."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from logminer.api import load_pipeline
from logminer.cli.main import main
from logminer.errors import StoreError
from logminer.ids import Pseudonyms, load_key
from logminer.labels.keeping import add_labels
from logminer.labels.matching import HumanLabel
from logminer.pipeline.reporter import Quiet
from logminer.run.forgetting import Forgetting
from logminer.run.summary import Summary
from logminer.schemas import PUBLISHED
from logminer.store.forgotten import Forgotten
from logminer.store.layout import StudyFolder
from logminer.store.lock import lock_study
from logminer.store.parts import PartFile
from logminer.store.session import open_session
from tests.conftest import KEY
from tests.kit.auditing import search
from tests.kit.folders import Folders
from tests.kit.planting import files_with, killed

PIPELINE = """
study: study
project: leaving
source: {path: dump, keep: [mood]}
anonymise: {unsupported_language: patterns_only}
checkpoints: [{name: old, kind: recorded, path: answers.jsonl}, {name: echo, kind: scripted, replies: ["Svar: {prompt}"]}]
judge:
  taxonomy: refusal
  scorers:
    - rules
    - {kind: autorater, categories: [refusal], judge: {name: j, kind: scripted, family: j, replies: ['{"label": "no"}']}}
cluster: {min_cluster_size: 5, refits: 0MAP}
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
            ],
        }
        for i in range(44)
        if leaving or f"u{i % 11}" not in LEAVING
    ]


def said(i: int) -> str:
    user = f"u{i % 11}"
    return f" {WORDS[LEAVING.index(user)]}" if user in LEAVING else ""


def set_up(folder: Path, said: list[dict[str, Any]], cluster_map: Path | None = None) -> Path:
    (folder / "dump").mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(said), folder / "dump" / "a.parquet", row_group_size=24)
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


def asked(study: Path) -> int:
    """Questions on which votes are kept."""
    with contextlib.closing(sqlite3.connect(study / "votes.sqlite")) as file:
        return int(file.execute("SELECT count(DISTINCT question) FROM votes").fetchone()[0])


def label(study: Path) -> None:
    """Have people say something of the first answer of each user's."""
    with open_session(study) as session:
        found = session.rows(
            "SELECT min(response_id), any_value(l.fingerprint) FROM responses JOIN prompts USING (prompt_id),"
            " loaded_parts AS l WHERE checkpoint = 'echo' AND l.stage = 'replay.echo' GROUP BY user_id"
        )
    labels = [HumanLabel(id, "refusal", "response", "no", None, 1.0, "echo", f) for id, f in found]
    with lock_study(study):
        add_labels(study, labels)


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
    label(study)
    (study / "analyst").mkdir()
    (study / "analyst" / "0.json").write_text("{}")
    killed(study, gone[0].encode())
    assert not search(study, *WORDS).clean
    assert len(pq.read_table(study / "human_labels.parquet")) == 11

    def files() -> dict[str, bytes]:
        return {
            str(p): p.read_bytes() for p in study.rglob("*") if p.is_file() and p.name != ".lock"
        }

    before = files()
    told = pipeline.forget(*LEAVING, "nobody", remove=False)
    assert files() == before
    (one,) = told.studies
    assert (told.users, told.found, told.unknown, told.removed) == (3, 2, (3,), False)
    assert not pipeline.forget(remove=False).noted
    assert one.rows["conversations"] == len(gone) - 2
    assert one.rows["responses"] == 3 * one.rows["prompts"]

    done = pipeline.forget(*LEAVING)
    (one,) = done.studies
    assert (one.rows, one.published) == (told.studies[0].rows, True)
    found = search(study, *WORDS, "kokar")
    assert {hit.canary_index for hit in found.hits} == {2}
    assert (found.parts.altered, found.undecoded) == ((), ())
    assert files_with(gone, study) == []
    assert len(pq.read_table(study / "human_labels.parquet")) == 9
    assert not (study / "analyst").exists()
    again = pipeline.run()
    assert computed(again) == 0
    assert again.rejected == {"forgotten": len(gone) - 2}
    # A study of a dump without them has the same tables.
    fresh = set_up(tmp_path / "fresh", rows(leaving=False), study)
    (tmp_path / "fresh" / "study").mkdir()
    shutil.copy(study / "human_labels.parquet", tmp_path / "fresh" / "study")
    load_pipeline(fresh).run()
    mine, other = tables(study), tables(tmp_path / "fresh" / "study")
    assert [name for name in mine if mine[name] != other[name]] == []
    assert asked(study) == asked(tmp_path / "fresh" / "study")
    # What is computed anew of the dump, which still has them, is what was written without them: all made of it stays.
    for part in study.glob("parts/anonymise-*/*.parquet"):
        part.unlink()
    assert computed(load_pipeline(folder / "p.yaml").run()) == len(rows())
    assert files_with(gone, study) == []


def test_what_was_cut_off_is_ended_by_the_next_call_and_what_is_too_old_goes_too(
    ran: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "x"
    shutil.copytree(ran, folder)
    pipeline, study = load_pipeline(folder / "p.yaml"), folder / "study"
    kept = {p: p.read_bytes() for p in study.glob("parts/*/*.parquet")}
    with open_session(study) as session:
        session.rows("SELECT count(*) FROM embeddings")
        with pytest.raises(StoreError, match="close it and call again"):
            pipeline.forget("u3")
    assert {p: p.read_bytes() for p in study.glob("parts/*/*.parquet")} == kept
    pipeline.forget("u3")
    # As a call leaves it that was killed: what is made of answers was written already, the answers were not.
    for stage in ("anonymise", "prompts", "replay.old", "replay.echo"):
        for path in study.glob(f"parts/{stage}-*/*.parquet"):
            path.write_bytes(kept[path])
    (study / "forgetting").touch()
    with pytest.raises(StoreError, match="logminer forget"):
        pipeline.run()
    call = ["forget", str(folder / "p.yaml"), "--older-than"]
    done = CliRunner().invoke(main, [*call, "2026-03-01", "--json"])
    assert done.exit_code == 0, done.output
    (one,) = json.loads(done.stdout)["studies"]
    stay = [row for row in rows() if row["user_id"] != "u3"]
    old = [row for row in stay if row["created_at"] and row["created_at"].month < 3]
    undated = [row for row in stay if not row["created_at"]]
    assert (one["rows"]["conversations"], one["undated"]) == (len(old), len(undated))
    assert one["published"]
    here = [row["conversation_id"] for row in rows() if row in old or row not in stay]
    own = Pseudonyms(load_key(), "leaving")
    assert files_with([own.user("u3"), *map(own.conversation, here)], study) == []
    # Nor does a file bring them that comes later.
    late = {**rows()[1], "conversation_id": "late", "created_at": datetime(2025, 12, 1, tzinfo=UTC)}
    pq.write_table(pa.Table.from_pylist([late]), folder / "dump" / "b.parquet")
    assert pipeline.run().rejected == {"forgotten": len(here) + 1}
    nothing = CliRunner().invoke(main, ["forget", str(folder / "p.yaml"), "--user", "nobody"])
    assert (nothing.exit_code, "0 of 1 users" in nothing.output) == (0, True), nothing.output
    assert CliRunner().invoke(main, [*call, "soon"]).exit_code == 2


def test_parts_without_those_that_say_whose_they_are(tmp_path: Path) -> None:
    """A study of a suite that nobody declares any more, of which parts were pruned, damaged and cut off."""
    own = Pseudonyms(load_key(), "leaving")
    names = [own.conversation(name) for name in "abc"]
    folder = StudyFolder(tmp_path / "study")
    made = Folders(folder.root, "0" * 12)
    for part in ("whole", "asked", "said", "made", "damaged"):
        made.write(part, names)
    where = {one.folder.label: one.folder for one in made.all}
    lot = where["replay.a"].path / ".chunks" / "cut.000000.parquet"
    made.write("cut.000000", names[:1])
    lot.parent.mkdir()
    where["replay.a"].file("cut.000000").rename(lot)
    for label, one in where.items():
        one.file("cut.000000").unlink(missing_ok=True)
        if label == "anonymise":
            one.file("asked").unlink()
        if label in ("anonymise", "prompts"):
            one.file("said").unlink()
        if not label.startswith("embed"):
            one.file("made").unlink()
    where["prompts"].file("damaged").write_bytes(b"PAR1" + names[0].encode())
    people = Forgotten(frozenset([own.forgotten(names[0])]))
    with lock_study(folder.root):
        told = Forgetting(folder, None, people, [own]).erase(Quiet())
    assert (told.rows["conversations"], told.published) == (2, False)
    assert files_with([names[0]], folder.root) == []
    assert not lot.exists()
    kept = {one: sorted(path.name for path in where[one].path.glob("[!.]*")) for one in where}
    assert kept["prompts"] == ["asked.parquet", "whole.parquet"]
    assert kept["replay.a"] == ["asked.parquet", "damaged.parquet", "said.parquet", "whole.parquet"]
    assert kept["embed.a"] == ["asked.parquet", "damaged.parquet", "said.parquet", "whole.parquet"]
    for label in ("prompts", "replay.a", "embed.b"):
        assert PartFile(where[label].file("whole")).verified()[1].rows_out == 2
