"""`logminer audit`: what it prints, withholds, and ends with."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.kit.auditing import run, search


def test_names_that_give_something_away_are_withheld(tmp_path: Path) -> None:
    study = tmp_path / "study"
    (study / "Quillfeather").mkdir(parents=True)
    (study / "Quillfeather" / "anna@mail.example.log").write_text("Quillfeather was here")
    pq.write_table(pa.table({"Quillfeather": ["x quillfeather"], "y": ["z"]}), study / "a.parquet")
    (study / "b.json").write_text(json.dumps({"Quillfeather": {"k": "QUILLFEATHER"}}))
    (tmp_path / "c.txt").write_text("Quillfeather\r\n")
    for arguments in (("--json",), ()):
        result = run(study, "--canaries", tmp_path / "c.txt", *arguments)
        assert result.exit_code == 3
        assert "uillfeather" not in result.output.casefold()
        assert "anna" not in result.output
        assert "(name withheld)" in result.output


def test_kinds_are_kept_apart_and_decide_the_exit_code(tmp_path: Path) -> None:
    study = tmp_path / "study"
    study.mkdir()
    (study / "run.log").write_text("Quillfeather wrote to me, 4111 1111 1111 1111.\n")

    def code(text: str, *more: object) -> tuple[int, dict[str, Any]]:
        (tmp_path / "c.txt").write_text(text)
        result = run(study, "--canaries", tmp_path / "c.txt", "--json", *more)
        return result.exit_code, json.loads(result.stdout)

    assert code("Quillfeather")[1]["plumbing_hits"] == 1
    (study / "run.log").write_text("Quillfeather wrote to me.\n")
    exit_code, found = code("detector\tQuillfeather\ndetector\tnobody at all\nabsent one")
    assert exit_code == 0
    assert (found["plumbing_hits"], found["detector_hits"]) == (0, 1)
    assert found["leak_rate"]["estimate"] == 0.5
    assert 0.09 < found["leak_rate"]["low"] < found["leak_rate"]["high"] < 0.91  # Wilson, 1 of 2
    assert code("plumbing\tQuillfeather")[0] == 3
    (tmp_path / "d.txt").write_text("\nQuillfeather\n")
    exit_code, found = code("absent one", "--detector-canaries", tmp_path / "d.txt")
    assert exit_code == 0
    assert [(h["kind"], h["canary_index"]) for h in found["hits"]] == [("detector", 1)]
    # One that is an identifier by itself was to be found for certain.
    (study / "run.log").write_text("cGF5IDQxMTExMTExMTExMTExMTEx\n")
    assert code("detector\t4111111111111111")[0] == 3


def test_short_canaries_are_whole_words_and_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("Annabel has 123456 and 41-77, joanna 1234567\nanna!\n")
    found = search(tmp_path, "Anna", "Bob", "23456", "123456", "41-77", "9123456", "abel h")
    hits = sorted((h.canary_index, h.form, h.row, h.whole_word) for h in found.hits)
    assert hits == [
        (0, "case_folded", 1, True),
        (3, "as_is", 0, True),
        (4, "as_is", 0, True),
    ]
    assert found.whole_words == 6


def test_damaged_and_unknown_files_are_no_clean_bill(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1" + b"\x15" * 40 + b"PAR1")
    (tmp_path / "study.duckdb").write_bytes(b"\0" * 8 + b"DUCK" + b"\x07" * 400)
    (tmp_path / "b.bin").write_bytes(b"\xff\x00" * 300)
    (tmp_path / ".lock").write_bytes(b"")
    found = search(tmp_path)
    assert [u.artefact for u in found.undecoded] == ["study.duckdb", "a.parquet", "b.bin"]
    assert not found.clean
    assert run(tmp_path).exit_code == 3
    assert run(tmp_path / "nowhere").exit_code == 1
    assert run(tmp_path, "--canaries", tmp_path / "none.txt").exit_code == 2
    assert search(tmp_path / ".lock").clean


def test_the_votes_of_judges_are_read(tmp_path: Path) -> None:
    """A study with an autorater has a database of another kind; what is in its log is found too, and nothing is written."""
    file = tmp_path / "votes.sqlite"
    with contextlib.closing(sqlite3.connect(file)) as c:
        c.execute("CREATE TABLE votes (question BLOB, answered_by TEXT)")
        c.executemany("INSERT INTO votes VALUES (?, ?)", [(b"\xff\x00", None)] * 3000)
        c.execute("INSERT INTO votes VALUES (?, ?)", (b"\xfe", "model of zq@mail.example"))
        c.commit()
        c.execute("PRAGMA journal_mode = WAL")
        c.execute("INSERT INTO votes VALUES (?, ?)", (b"\xfd", "Zorbline_Quaxworth"))
        c.commit()
        before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
        found = search(tmp_path, "zq@mail.example", "Zorbline Quaxworth", "not there")
        assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before
    assert found.undecoded == ()
    at = {(h.artefact, h.canary_index, h.column, h.row) for h in found.hits if h.column}
    assert at == {("votes.sqlite:votes", 0, "answered_by", 3000)}
    assert 1 in {h.canary_index for h in found.hits if h.artefact == "votes.sqlite-wal"}
    assert [f.entity_type for f in found.certain_finds] == ["EMAIL_ADDRESS"]
