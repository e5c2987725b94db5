"""What lies below a marked folder is encrypted, each file under its own name, and a wrong key is told at once."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from logminer.errors import SecretError, StoreError
from logminer.files.atomic import write_parquet, write_private, write_text
from logminer.files.sealing import ENCRYPTION_MARK, Mark, load_file_key, read_bytes
from logminer.store.parts import open_part

TEXT, VARIABLE = "zorbadoodle " * 9, "DISK_KEY"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, "a7" * 32)
    (tmp_path / ENCRYPTION_MARK).write_text(Mark.of(load_file_key(VARIABLE)).text)
    return tmp_path


def test_what_is_written_is_read_and_is_in_no_byte(folder: Path) -> None:
    table = pa.table({"said": [TEXT] * 3}, pa.schema([("said", pa.string())], {"of": TEXT}))
    write_text(TEXT, folder / "below" / "a.json")
    write_parquet(table, folder / "a.parquet")
    write_text("for people", folder / "plain.yaml", plain=True)
    assert read_bytes(folder / "below" / "a.json").decode() == TEXT
    with open_part(folder / "a.parquet") as file:
        assert file.read().equals(table, check_metadata=True)
    assert (folder / "plain.yaml").read_text() == "for people"
    for path in (folder / "below" / "a.json", folder / "a.parquet"):
        assert b"zorba" not in path.read_bytes()
    with pytest.raises(StoreError, match="outside the study"):
        write_private(b"sheet", folder / "sheet.csv")


def test_a_file_does_not_pass_for_another(folder: Path) -> None:
    write_text(TEXT, folder / "a.json")
    write_parquet(pa.table({"said": [TEXT]}), folder / "a.parquet")
    (folder / "a.json").rename(folder / "b.json")
    (folder / "a.parquet").rename(folder / "b.parquet")
    with pytest.raises(ValueError, match="not what was encrypted"):
        read_bytes(folder / "b.json")
    with pytest.raises(OSError, match="decrypt"):
        open_part(folder / "b.parquet")


def test_a_key_that_is_not_at_hand_is_told_by_the_name_of_its_variable(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_text(TEXT, folder / "a.json")
    for value, told in (("", "DISK_KEY.*not set"), ("a7", "32 bytes"), ("b8" * 32, "another key")):
        monkeypatch.setenv(VARIABLE, value)
        with pytest.raises(SecretError, match=told) as found:
            read_bytes(folder / "a.json")
        assert "b8b8" not in str(found.value)
        with pytest.raises(SecretError):
            write_text(TEXT, folder / "b.json")
    (folder / ENCRYPTION_MARK).unlink()
    with pytest.raises(SecretError, match="nothing says with which key"):
        read_bytes(folder / "a.json")
    assert not (folder / "b.json").exists()
    assert "b8b8" not in repr(load_file_key(VARIABLE))
