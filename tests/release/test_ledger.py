"""The ledger of releases."""

from __future__ import annotations

import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from logminer.errors import LogminerError, ReleaseRefused, StoreError
from logminer.ids import KEY_FILE_VARIABLE
from logminer.release.cells import Cell
from logminer.release.ledger import DIGEST_BYTES, KeptRelease, Ledger, ledger_file

BEGIN = """
import sys
from pathlib import Path
from logminer.errors import ReleaseRefused
from logminer.release.ledger import Ledger
for number in range(5):
    try:
        Ledger(Path(sys.argv[1]), "p").begin(f"{sys.argv[2]}-{number}", "study", "noisy", 0.1, 1e-7, 1.0, 1e-5)
        print("begun", flush=True)
    except ReleaseRefused:
        print("refused", flush=True)
"""


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledgers" / "a.sqlite", "p")


def kept(release_id: str, count: int | None = 55) -> KeptRelease:
    told = {Cell("rates", (("suite", "logs"), ("value", "é"))): count, Cell("all", ()): None}
    people = frozenset(bytes([n]) * DIGEST_BYTES for n in range(3))
    return KeptRelease(release_id, datetime.now(UTC), 50, 5, told, people)


def test_what_is_begun_counts_to_the_last_decimal_and_is_never_given_back(ledger: Ledger) -> None:
    for number in range(10):  # as floats they are .9999…
        ledger.begin(f"r{number}", "study", "noisy", 0.1, 1e-7, 1.0, 1e-5)
    with pytest.raises(ReleaseRefused, match=r"privacy\.epsilon.*project_epsilon \(1\)"):
        ledger.begin("r10", "study", "noisy", 1e-9, 1e-7, 1.0, 1e-5)
    with pytest.raises(ReleaseRefused, match=r"privacy\.delta"):
        ledger.begin("r10", "study", "noisy", 0.1, 1e-6, 2.0, 1.5e-6)
    ledger.begin("r10", "study", "rounded")  # takes nothing
    ledger.done("r0")
    entries = ledger.entries()
    assert [entry.state for entry in entries] == ["done"] + ["begun"] * 10
    assert [entry.release_id for entry in entries] == [f"r{number}" for number in range(11)]
    assert entries[-1].epsilon is None


def test_many_at_once_take_no_more_than_there_is(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", BEGIN, str(path), str(n)], stdout=subprocess.PIPE, text=True
        )
        for n in range(4)
    ]

    def begin(number: int) -> bool:
        try:
            Ledger(path, "p").begin(f"t{number}", "study", "noisy", 0.1, 1e-7, 1.0, 1e-5)
        except ReleaseRefused:
            return False
        return True

    with ThreadPoolExecutor(16) as threads:
        begun = sum(threads.map(begin, range(16)))
    said = [program.communicate()[0].split() for program in programs]
    begun += sum(words.count("begun") for words in said)
    assert begun == 10
    assert all(len(words) == 5 for words in said)
    assert len(Ledger(path, "p").entries()) == 10
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_what_was_told_comes_back_and_two_that_did_not_see_each_other_are_refused(
    ledger: Ledger, tmp_path: Path
) -> None:
    other = Ledger(tmp_path / "ledgers" / "a.sqlite", "p")
    assert ledger.kept() == other.kept() == []
    for one, id in ((ledger, "a"), (other, "b")):
        one.begin(id, "board", "rounded")
    ledger.done("a", kept("a"))
    with pytest.raises(ReleaseRefused, match="run this one again"):
        other.done("b", kept("b"))
    assert [entry.state for entry in other.entries()] == ["done", "begun"]
    (back,) = other.kept()
    assert back._replace(made_at=None) == kept("a")._replace(made_at=None)  # type: ignore[arg-type]
    other.done("b", kept("b", 60))
    assert [release.release_id for release in ledger.kept()] == ["a", "b"]


@pytest.mark.parametrize(
    "damage", [b"", b"SQLite format 3\0 and nothing else", b"no database at all" * 100]
)
def test_a_damaged_one_is_an_error_and_stays(damage: bytes, tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.touch(0o600)
    path.write_bytes(damage)
    with pytest.raises(StoreError, match=r"put back a copy"):
        Ledger(path, "p")
    assert path.read_bytes() == damage


def test_it_is_one_wherever_the_key_comes_from_and_its_owners_only(
    tmp_path: Path, ledgers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_FILE_VARIABLE, str(tmp_path / "keys" / "key"))
    Ledger.open("p", "abc").begin("a", "study", "rounded")
    path = ledger_file("abc")
    assert path == ledgers / "abc.sqlite"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert len(Ledger.open("p", "abc").entries()) == 1
    assert not Ledger.open("p", "b").entries()
    path.chmod(0o644)
    with pytest.raises(LogminerError, match="chmod 600"):
        Ledger.open("p", "abc")
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="link"):
        Ledger.open("p", "abc")
