"""Vectors lie beside the database, in files that are written once; whoever has opened a study keeps those that it had."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from logminer.errors import QueryError, StoreError
from logminer.schemas import EMBEDDINGS
from logminer.store.attaching import state
from logminer.store.layout import StudyFolder
from logminer.store.publication import publish, revise
from logminer.store.session import Session, open_session
from logminer.store.vectors import FAN, SegmentFolder, VectorPart, hold, merged
from tests.kit.folders import Folders, put

COUNT = "SELECT count(*), count(DISTINCT response_id) FROM embeddings"
Files = dict[str, tuple[int, int, int]]


@pytest.fixture
def study(tmp_path: Path) -> Path:
    study = tmp_path / "study"
    add(study, "a-0", ["x", "y"])
    return study


def add(study: Path, part: str, names: list[str]) -> None:
    folders = Folders(study)
    folders.write(part, names)
    put(study, folders)


def files(study: Path) -> Files:
    """What is published: inode, time of change and size of each file."""
    there = [path for path in study.rglob("*") if path.is_file() and "parts" not in path.parts]
    stats = {str(path.relative_to(study)): path.stat() for path in there}
    return {name: (s.st_ino, s.st_mtime_ns, s.st_size) for name, s in stats.items()}


def segments(study: Path) -> set[str]:
    return {name for name in files(study) if name.startswith("vectors/")}


def vectors(session: Session) -> list[tuple[int, int]]:
    return session.rows(COUNT)


def test_a_publication_writes_the_database_and_what_is_new(study: Path) -> None:
    before = files(study)
    add(study, "b-0", ["z"])
    after = files(study)
    changed = {name for name in after if before.get(name) != after[name]}
    (new,) = segments(study) - set(before)
    assert changed == {"study.duckdb", "vectors.duckdb", new}
    with open_session(study) as session:
        assert vectors(session) == session.rows(COUNT.replace("FROM ", "FROM vectors.")) == [(6, 6)]
        assert not session.rows("SELECT 1 FROM duckdb_tables() WHERE table_name = 'embeddings'")
    put(study, Folders(study))  # with nothing new
    assert segments(study) == {name for name in after if name.startswith("vectors/")}


def test_what_is_opened_keeps_its_vectors(study: Path) -> None:
    before = open_session(study)
    for part in Folders(study).all[0].folder.parts():
        for one in Folders(study).all:
            one.folder.file(part).unlink()
    for n in range(3):
        add(study, f"b-{n}", [f"z{n}"])
    assert vectors(before) == [(4, 4)]
    assert len(segments(study)) == 4
    before.close()
    del before
    put(study, Folders(study))
    assert len(segments(study)) == 3


def test_a_study_that_was_moved_has_them_and_duckdb_alone_reads_them(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    put(Path("study"), Folders(Path("study")))
    monkeypatch.chdir("/")
    joined = "SELECT count(*) FROM vectors.embeddings JOIN study.responses USING (response_id)"
    with duckdb.connect(":memory:") as connection:
        for name in ("study", "vectors"):
            connection.execute(f"ATTACH '{study / name}.duckdb' AS {name} (READ_ONLY)")
        assert connection.execute(joined).fetchall() == [(4,)]
    shutil.move(study, tmp_path / "moved")
    with open_session(tmp_path / "moved") as session:
        assert session.rows(joined) == [(4,)]
    (tmp_path / "moved" / "vectors").rename(tmp_path / "elsewhere")
    with open_session(tmp_path / "moved") as session:
        assert session.rows("SELECT count(*) FROM responses") == [(4,)]
        with pytest.raises(QueryError, match="moved/vectors: the files with the study's vectors"):
            session.sql("FROM embeddings")
    put(tmp_path / "moved", Folders(tmp_path / "moved"))
    with open_session(tmp_path / "moved") as session:
        assert vectors(session) == [(4, 4)]


def test_a_session_reads_its_vectors_and_no_other_file(study: Path, tmp_path: Path) -> None:
    other = tmp_path / "study" / "vectors" / "other.parquet"
    shutil.copy(study / segments(study).pop(), other)
    with open_session(study) as session:
        assert vectors(session) == [(4, 4)]
        for query in (
            f"FROM '{other}'",
            f"FROM read_parquet('{other.parent}/*.parquet')",
            f"COPY (SELECT 1) TO '{session.vector_files[0]}'",
            "SET allowed_paths = ['/']",
        ):
            with pytest.raises(QueryError):
                session.rows(query)


def test_attached_studies_have_theirs_too(study: Path, tmp_path: Path) -> None:
    add(tmp_path / "other", "a-0", ["x"])
    others = {"other": tmp_path / "other", "other_vectors": tmp_path / "other/copy.duckdb"}
    shutil.copy(tmp_path / "other/study.duckdb", others["other_vectors"])
    with open_session(study, others=others) as session:
        assert vectors(session) == [(4, 4)]
        for name in ("other.embeddings", "other.main.responses", "other_vectors.embeddings"):
            assert session.rows(f"SELECT count(*) FROM {name}") == [(2,)]
        views = "FROM duckdb_views() WHERE database_name = 'other' AND view_name = 'runs'"
        assert session.rows(f"SELECT comment > '' {views}") == [(True,)]
    others["OTHER"] = tmp_path / "another"
    with pytest.raises(QueryError, match="'OTHER' cannot be the name of an attached study"):
        open_session(study, others=others)


def test_of_a_dump_that_lost_a_file_what_remains_is_not_written_again(study: Path) -> None:
    add(study, "b-0", ["z"])
    before = files(study)
    with publish(study, Folders(study).all, parts=["b-0"], whole=True):
        pass
    after = files(study)
    with open_session(study) as session:
        assert vectors(session) == [(2, 2)]
        assert session.rows("SELECT conversation_id FROM conversations") == [("z",)]
    assert {name: after[name] for name in segments(study)} == {
        name: before[name] for name in before if name.startswith("vectors/")
    }


def test_a_study_of_before_is_read_and_published_anew(study: Path) -> None:
    with duckdb.connect(str(study / "study.duckdb")) as connection:
        connection.execute("DROP TABLE vector_parts")
        connection.execute(
            "CREATE TABLE embeddings AS SELECT 'r' AS response_id, 'response' AS channel, [1.0::FLOAT] AS vector"
        )
    with open_session(study) as session:
        assert vectors(session) == [(1, 1)]
    put(study, Folders(study))
    with open_session(study) as session:
        assert vectors(session) == [(4, 4)]


def test_a_file_that_is_damaged_is_told_and_made_anew(study: Path) -> None:
    (path,) = (study / "vectors").iterdir()
    path.write_bytes(path.read_bytes()[:-40])
    with open_session(study) as session:
        assert session.rows("SELECT count(*) FROM responses") == [(4,)]
        with pytest.raises(QueryError, match=f"{path.name}: a damaged file with vectors"):
            session.rows(COUNT)
    put(study, Folders(study))
    with open_session(study) as session:
        assert vectors(session) == [(4, 4)]


def test_one_of_the_same_size_is_told_when_it_is_read(study: Path) -> None:
    (path,) = (study / "vectors").iterdir()
    with pq.ParquetFile(path) as file:
        last = file.metadata.row_group(0).column(2)
    data = bytearray(path.read_bytes())
    data[last.data_page_offset + last.total_compressed_size - 6] ^= 0xFF
    path.write_bytes(data)
    with open_session(study) as session, pytest.raises(QueryError, match=f"{path.name}: a damaged"):
        session.rows("SELECT * FROM embeddings")
    parts = [VectorPart("embed", "f", f"p{n}", path.stem, 1, None) for n in range(FAN)]
    copies = [one._replace(segment=f"{one.segment}{n}") for n, one in enumerate(parts)]
    for one in copies:
        shutil.copy(path, path.with_stem(one.segment))
    with pytest.raises(StoreError, match="a damaged file with vectors of the study; run again"):
        merged(SegmentFolder(path.parent), copies)
    assert not path.with_stem(copies[0].segment).exists()


def test_a_study_of_before_a_column_came_can_be_revised(study: Path) -> None:
    with duckdb.connect(str(study / "study.duckdb")) as connection:
        connection.execute("ALTER TABLE part_digests DROP COLUMN stamp")
        connection.execute("CHECKPOINT")
    folded = state(study / "study.duckdb") or 0
    with duckdb.connect(str(study / "study.duckdb")) as connection:
        connection.execute(f"UPDATE published_state SET state = {folded + 1}")
    with revise(study) as publication:
        assert publication.rows("SELECT count(*), count(stamp) FROM part_digests") == [(6, 0)]


class TestSegments:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> SegmentFolder:
        return SegmentFolder(StudyFolder(tmp_path).vectors)

    def held(self, folder: SegmentFolder, numbers: range) -> list[VectorPart]:
        held = []
        for n in numbers:
            rows = [{"response_id": f"r{n}", "channel": "response", "vector": [float(n)]}]
            with folder.writer() as writer:
                segment = writer.add(pa.Table.from_pylist(rows, EMBEDDINGS.schema))
            held.append(VectorPart("embed", "f", f"p{n}", segment, 1, None))
        return held

    def test_many_small_ones_become_one(self, folder: SegmentFolder) -> None:
        few = self.held(folder, range(FAN - 1))
        assert merged(folder, few) == few
        held = [*few, *self.held(folder, range(FAN - 1, FAN))]
        after = merged(folder, held)
        assert [one.key for one in after] == [one.key for one in held]
        (segment,) = {one.segment for one in after}
        ids = duckdb.sql(f"SELECT count(DISTINCT response_id) FROM '{folder.file(segment)}'")
        assert ids.fetchall() == [(FAN,)]
        assert len(list(folder.path.iterdir())) == FAN + 1  # those that it replaces are still read
        folder.sweep([segment])
        assert [file.stem for file in folder.path.iterdir()] == [segment]

    def test_nothing_is_removed_while_somebody_reads(self, folder: SegmentFolder) -> None:
        class Reader:
            pass

        self.held(folder, range(2))
        reader = Reader()
        hold(folder, reader)
        folder.sweep([])
        assert len(list(folder.path.iterdir())) == 2
        del reader
        folder.sweep([])
        assert not list(folder.path.iterdir())
