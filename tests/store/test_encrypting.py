"""A published study whose database and vectors are encrypted is published, read and revised as any other."""

from __future__ import annotations

import base64
import hmac
import json
import shutil
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from logminer.errors import ConfigError, SecretError, StoreError
from logminer.files.sealing import Mark, load_file_key
from logminer.schemas import EMBEDDINGS, PROMPTS
from logminer.store.encrypting import mark, settle, unlock
from logminer.store.layout import StudyFolder
from logminer.store.parts import Footer, PartFile, PartFolder, write
from logminer.store.publication import publish, revise
from logminer.store.rekeying import rekey
from logminer.store.segments import read_segment
from logminer.store.session import open_session
from logminer.store.vectors import FAN, SegmentFolder, VectorPart, merged
from tests.kit.folders import Folders, put
from tests.kit.planting import files_with, killed
from tests.kit.s3 import bucket

VARIABLE, NEW = "DISK_KEY", "NEW_KEY"
EVERY = ("conversations", "prompts", "responses", "embeddings")


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "a7" * 32)
    monkeypatch.setenv(NEW, "b8" * 32)


def folders(study: Path) -> Folders:
    return Folders(study, "f0" * 6)


def begun(study: Path) -> Path:
    """A study without a part that is encrypted."""
    study.mkdir()
    mark(study, Mark.of(load_file_key(VARIABLE)))
    return study


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same study, plain and encrypted; to look at."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOGMINER_KEY", "5f" * 32)
        patch.setenv(VARIABLE, "a7" * 32)
        for study in (folder / "plain", begun(folder / "study")):
            folders(study).write("a", ["zorbax", "zorbay"])
            put(study, folders(study))
    return folder


@pytest.fixture
def study(made: Path, tmp_path: Path) -> Path:
    """A copy of the encrypted one."""
    return Path(shutil.copytree(made / "study", tmp_path / "study"))


def rows(study: Path) -> list[object]:
    with open_session(study) as session:
        return [session.columns(f"SELECT * FROM {name} ORDER BY ALL").to_pylist() for name in EVERY]


def test_it_holds_what_a_plain_one_holds_and_shows_it_to_nobody(study: Path, made: Path) -> None:
    assert rows(study) == rows(made / "plain")
    assert files_with(["zorba"], made / "plain")
    assert not files_with(["zorba", "a7a7", load_file_key(VARIABLE).duckdb], study)
    with open_session(study, others={"plain": made / "plain"}) as session:
        assert session.rows("SELECT count(*) FROM embeddings JOIN plain.embeddings USING (response_id, channel)") == [(4,)]  # fmt: skip
        told = session.rows("FROM duckdb_databases()") + session.rows("FROM duckdb_settings()")
        assert load_file_key(VARIABLE).duckdb not in repr(told)


def test_what_others_do_to_it_is_found_out(study: Path) -> None:
    with revise(study) as publication:
        assert publication.is_as_published()
    with duckdb.connect() as connection:
        key = unlock(connection, study / "study.duckdb").removeprefix(", ")
        connection.execute(f"ATTACH '{study / 'study.duckdb'}' AS s ({key})")
        connection.execute("DELETE FROM s.responses")
    with pytest.raises(StoreError, match="has changed it"), revise(study):
        pass


def test_small_segments_become_one(tmp_path: Path) -> None:
    folder = SegmentFolder(StudyFolder(begun(tmp_path / "study")).vectors)
    held = []
    for n in range(FAN):
        rows = [{"response_id": f"zorba{n}", "channel": "response", "vector": [float(n)]}]
        with folder.writer() as writer:
            segment = writer.add(pa.Table.from_pylist(rows, EMBEDDINGS.schema))
        held.append(VectorPart("embed", "f", f"p{n}", segment, 1, None))
    after = merged(folder, held)
    (segment,) = {one.segment for one in after}
    found = read_segment(folder.file(segment))
    assert found["vector"].to_pylist() == [[float(n)] for n in range(FAN)]
    assert folder.whole(after) == {segment}
    path = folder.file(segment)
    path.write_bytes(path.read_bytes()[:-40])
    assert not folder.whole(after)


def test_whoever_has_the_key_needs_nothing_of_ours(study: Path) -> None:
    said = json.loads((study / ".encryption").read_text())
    secret = bytes.fromhex("a7" * 32)
    own = base64.b64encode(hmac.digest(secret, b"logminer duckdb", "sha256")).decode()
    with duckdb.connect() as connection:
        unlock(connection, study / "study.duckdb")  # loads the extension, and knows the key
        connection.execute(f"PRAGMA add_parquet_key('{said['check']}', '{own}')")
        for name in ("study", "vectors"):
            connection.execute(
                f"ATTACH '{study / name}.duckdb' AS {name} (READ_ONLY, ENCRYPTION_KEY '{own}')"
            )
        found = connection.execute("SELECT count(*) FROM vectors.embeddings JOIN study.responses USING (response_id)")  # fmt: skip
        assert found.fetchall() == [(4,)]


def test_without_its_key_or_what_it_takes_nobody_opens_it(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hiding" / "duckdb_extension_httpfs").mkdir(parents=True)
    (tmp_path / "hiding" / "duckdb_extension_httpfs" / "__init__.py").touch()
    with monkeypatch.context() as hidden:
        hidden.syspath_prepend(tmp_path / "hiding")
        with pytest.raises(ConfigError, match="pip install 'logminer\\[encryption\\]'"):
            open_session(study)
    (study / "study.duckdb").rename(tmp_path / "taken.duckdb")
    with pytest.raises(SecretError, match=r"put \.encryption of its study beside it"):
        open_session(tmp_path / "taken.duckdb")
    monkeypatch.setenv(VARIABLE, "c9" * 32)
    with pytest.raises(SecretError, match=VARIABLE):
        put(study, folders(study))


def test_rekeying_goes_on_where_it_was_cut_off(made: Path, tmp_path: Path) -> None:
    folder = StudyFolder(Path(shutil.copytree(made / "plain", tmp_path / "study")))
    before, parts = rows(folder.root), folders(folder.root)
    part = parts.responses[1].folder.file("a")
    whole = part.read_bytes()
    part.write_bytes(b"PAR1 damaged PAR1")
    with pytest.raises(StoreError, match="damaged"):
        rekey(folder, VARIABLE)
    for act in (lambda: open_session(folder.root), lambda: put(folder.root, parts)):
        with pytest.raises(StoreError, match="was not finished"):
            act()
    with pytest.raises(SecretError, match="begun with another key"):
        rekey(folder, NEW)
    part.write_bytes(whole)
    (folder.root / "notes.txt").write_text("zorba, by hand")
    (folder.root / f".{folder.database.name}.next").write_text("zorba")
    killed(folder.root, b"zorba")
    assert rekey(folder, VARIABLE).left == ("notes.txt",)
    assert files_with(["zorba"], folder.root) == [str(folder.root / "notes.txt")]
    for variable in (NEW, None):
        assert rows(folder.root) == before
        assert rekey(folder, variable).files > 8
        assert rekey(folder, variable).files == 0
    assert rows(folder.root) == before
    assert not folder.encryption.exists()
    with publish(folder.root, parts.all) as publication:
        assert publication.is_as_published()
    with pytest.raises(ConfigError, match="is not encrypted"):
        rekey(folder, VARIABLE, NEW)


def test_parts_in_an_object_store_are_encrypted_before_they_leave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with bucket(monkeypatch) as store:
        place = store.root / "kept"
        folder = StudyFolder(tmp_path / "study", place)
        parts = [PartFolder(place, "prompts", name * 6).file("a") for name in ("f0", "f1")]
        empty = PROMPTS.schema.empty_table()
        write(parts[0], empty, PROMPTS, rows_in=0, rejected=0)
        folder.root.mkdir()
        rekey(folder, VARIABLE)
        write(parts[1], empty, PROMPTS, rows_in=0, rejected=0)
        assert {part.read_bytes()[-4:] for part in parts} == {b"PARE"}
        assert [PartFile(part).read().num_rows for part in parts] == [0, 0]
        assert all(isinstance(PartFile(part).examined(), Footer) for part in parts)
        settle(folder, VARIABLE)
        rekey(folder, None)
        assert {part.read_bytes()[-4:] for part in parts} == {b"PAR1"}
        assert sorted(one.name for one in place.iterdir()) == [".study", *(p.parent.name for p in parts)]  # fmt: skip
