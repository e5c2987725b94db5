"""Other programs open the database to write: what they leave is in no publication, and none goes on behind their back."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pytest

from logminer.errors import StoreError, StudyHeld
from logminer.store.attaching import state, sweep_beside
from logminer.store.layout import DATABASE
from logminer.store.publication import publish, revise
from logminer.store.session import Session, open_session
from tests.kit.folders import Folders, counts, put
from tests.kit.programs import Analyst

BESIDE = ("parts", "vectors", "vectors.duckdb")
WHAT_IF = "DELETE FROM responses WHERE checkpoint = 'a'"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folders = Folders(tmp_path)
    folders.write("a-0", ["x", "y"])
    put(tmp_path, folders)
    return tmp_path


def publish_more(study: Path) -> None:
    folders = Folders(study)
    folders.write("b-0", ["z"])
    put(study, folders)


def read_by_anyone(study: Path) -> int:
    """By DuckDB as an analyst uses it, which reads what lies beside the file too."""
    with duckdb.connect(str(study / DATABASE), read_only=True) as connection:
        ((n,),) = connection.execute("SELECT count(*) FROM responses").fetchall()
    return int(n)


def beside(study: Path) -> list[str]:
    return sorted(path.name for path in study.iterdir() if path.name not in BESIDE)


class TestKilled:
    @pytest.fixture(autouse=True)
    def _killed(self, study: Path) -> None:
        with Analyst(study / DATABASE, WHAT_IF, "CREATE TABLE notes (x INT)"):
            pass
        assert (study / f"{DATABASE}.wal").exists()

    def test_readers_see_what_was_published(self, study: Path) -> None:
        assert counts(study)["responses"] == 4
        assert beside(study) == [DATABASE, f"{DATABASE}.wal"]

    def test_a_link_is_read_as_what_it_leads_to(self, study: Path, tmp_path: Path) -> None:
        (tmp_path / "link.duckdb").symlink_to(study / DATABASE)
        with open_session(tmp_path / "link.duckdb") as session:
            assert session.rows("SELECT count(*) FROM responses") == [(4,)]

    def test_a_copy_is_read_with_what_was_done_to_it(self, study: Path) -> None:
        for name in (DATABASE, f"{DATABASE}.wal"):
            (study / name).rename(study / name.replace("study", "copy"))
        with open_session(study / "copy.duckdb") as session:
            assert session.rows("SELECT count(*) FROM responses") == [(2,)]

    def test_an_audit_sees_all(self, study: Path) -> None:
        with Session(study / DATABASE) as session:
            assert session.rows("FROM notes") == []

    def test_the_next_publication_is_what_it_published(self, study: Path) -> None:
        publish_more(study)
        assert counts(study)["responses"] == read_by_anyone(study) == 6
        assert beside(study) == [DATABASE]

    def test_what_is_revised_is_what_was_published(self, study: Path) -> None:
        with revise(study) as publication:
            assert publication.rows("SELECT count(*) FROM responses") == [(4,)]
        assert read_by_anyone(study) == 4
        assert beside(study) == [DATABASE]

    def test_a_publication_that_fails_leaves_all_as_it_was(self, study: Path) -> None:
        with pytest.raises(ZeroDivisionError), publish(study, Folders(study).all):
            _ = 1 / 0
        assert beside(study) == [DATABASE, f"{DATABASE}.wal"]
        assert counts(study)["responses"] == 4

    def test_what_it_spilled_is_taken_away(self, study: Path) -> None:
        (study / f"{DATABASE}.tmp").mkdir()
        (study / f"{DATABASE}.tmp" / "duckdb_temp_storage-0.tmp").write_text("text")
        (study / f"{DATABASE}.wal.checkpoint").write_text("text")
        publish_more(study)
        assert beside(study) == [DATABASE]


class TestLeft:
    """The analyst closed in good order: the file itself was changed."""

    @pytest.fixture(autouse=True)
    def _left(self, study: Path) -> None:
        analyst = Analyst(study / DATABASE, WHAT_IF)
        analyst.leave()
        assert beside(study) == [DATABASE]
        assert read_by_anyone(study) == 2

    def test_the_next_publication_is_what_it_published(self, study: Path) -> None:
        put(study, Folders(study))
        assert counts(study)["responses"] == 4

    def test_nothing_is_concluded_from_it(self, study: Path) -> None:
        with (
            pytest.raises(StoreError, match=r"changed it since .* run the pipeline again"),
            revise(study),
        ):
            pass
        put(study, Folders(study))
        with revise(study) as publication:
            assert publication.rows("SELECT count(*) FROM responses") == [(4,)]


class TestLiving:
    def test_nobody_reads_or_publishes_meanwhile(self, study: Path) -> None:
        with Analyst(study / DATABASE, WHAT_IF) as analyst:
            said = rf"another program \(process {analyst.pid}\) has it open for writing; close it there"
            with pytest.raises(StudyHeld, match=said):
                open_session(study)
            with pytest.raises(StudyHeld, match=said):
                publish_more(study)
            with pytest.raises(StudyHeld, match=said), revise(study):
                pass
            assert analyst.say("SELECT count(*) FROM responses") == "[(2,)]"
        put(study, Folders(study))
        assert counts(study)["responses"] == read_by_anyone(study) == 6

    def test_one_that_comes_during_a_publication(self, study: Path) -> None:
        folders = Folders(study)
        folders.write("b-0", ["z"])
        with pytest.raises(StudyHeld), publish(study, folders.all):
            analyst = Analyst(study / DATABASE, WHAT_IF)
        assert analyst.say("SELECT count(*) FROM responses") == "[(2,)]"
        analyst.kill()
        assert counts(study)["responses"] == 4
        put(study, folders)
        assert counts(study)["responses"] == read_by_anyone(study) == 6

    def test_one_that_goes_on_in_a_file_that_was_replaced(self, study: Path) -> None:
        """As after a version that did not look: its log comes to lie beside a database that it has not seen."""
        with Analyst(study / DATABASE, WHAT_IF) as analyst:
            (study / DATABASE).rename(study / "old")
            (study / f"{DATABASE}.wal").rename(study / "wal")
            publish_more(study)
            (study / "wal").rename(study / f"{DATABASE}.wal")
            analyst.say("INSERT INTO responses BY NAME (SELECT * FROM responses LIMIT 1)")
            assert counts(study)["responses"] == 6
            put(study, Folders(study))
            assert counts(study)["responses"] == read_by_anyone(study) == 6

    def test_whoever_only_reads_holds_up_nobody(self, study: Path) -> None:
        with Analyst(study / DATABASE, read_only=True) as analyst:
            publish_more(study)
            assert analyst.say("SELECT count(*) FROM responses") == "[(4,)]"
        assert counts(study)["responses"] == 6

    def test_in_the_same_process(self, study: Path) -> None:
        with duckdb.connect(str(study / DATABASE)) as connection:
            connection.execute(WHAT_IF)
            with pytest.raises(StudyHeld, match="this program has it open for writing"):
                open_session(study)
            with pytest.raises(StudyHeld, match="this program"):
                publish_more(study)


class TestState:
    def test_each_publication_is_known_and_nothing_is_built_anew(self, study: Path) -> None:
        for _ in range(3):
            with publish(study, Folders(study).all) as publication:
                assert publication.is_as_published()
            with revise(study) as publication:
                assert publication.is_as_published()
        with duckdb.connect(str(study / DATABASE)) as connection:  # opened to write, and only read
            connection.execute("FROM responses").fetchall()
        with revise(study) as publication:
            assert publication.is_as_published()

    def test_of_what_is_no_database(self, tmp_path: Path) -> None:
        (tmp_path / "short").write_bytes(b"DUCK")
        assert state(tmp_path / "short") is None
        assert state(tmp_path / "missing") is None


def test_names_left_by_readers_that_were_killed_go(study: Path) -> None:
    link = study / f".{DATABASE}.0.seen"
    os.link(study / DATABASE, link)
    put(study, Folders(study))
    assert link.exists()  # perhaps somebody is just opening it
    sweep_beside(study / DATABASE, older_s=0)
    assert beside(study) == [DATABASE]
