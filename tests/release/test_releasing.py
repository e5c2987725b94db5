"""`logminer release`, from a study to a file that is read without us."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from logminer.cli.main import main
from logminer.errors import StoreError
from logminer.release.ledger import Ledger
from logminer.schemas.release import RELEASE_TABLES
from logminer.store.layout import StudyFolder
from logminer.store.rekeying import rekey
from logminer.store.session import open_session
from tests.board.conftest import Pipelines, pipelines
from tests.kit.planting import files_with
from tests.kit.releasable import LEAST, releasable

__all__ = ["pipelines"]

COUNTS = {  # columns that people are behind
    "verdicts": "n both base_only candidate_only neither base_yes candidate_yes",
    "rates": "n yes",
    "cluster_shares": "n inside",
    "cluster_shifts": "n base_inside candidate_inside",
    "missingness": "responses",
}


def released(*arguments: str | Path, attack: bool = False) -> Result:
    """What the terminal says."""
    more = () if attack else ("--no-attack",)
    return CliRunner().invoke(main, ["release", *map(str, arguments), *more])


def test_a_release_is_read_by_someone_who_has_only_the_file(tmp_path: Path) -> None:
    """Every table is there and says what it holds; counts are of enough people, and every figure can be made again of them."""
    study = releasable(tmp_path / "study")
    out, tables = tmp_path / "away" / "release.duckdb", tmp_path / "tables"
    result = released(study, "--to", out, "--parquet", tables, "--json")
    assert result.exit_code == 0, result.output
    shutil.rmtree(study)
    assert (stat.S_IMODE(out.stat().st_mode), list(out.parent.iterdir())) == (0o600, [out])
    with duckdb.connect(str(out), read_only=True) as release:

        def rows(query: str) -> list[tuple[Any, ...]]:
            return release.execute(query).fetchall()

        names = {name for (name,) in rows("SELECT table_name FROM duckdb_tables()")}
        assert names == {t.name for t in RELEASE_TABLES} == {t.stem for t in tables.iterdir()}
        assert not rows("FROM duckdb_columns() WHERE NOT internal AND comment IS NULL")
        told = rows("SELECT mode, min_users, attack, suppressed, n_people FROM release")
        suppressed = json.loads(result.output)["suppressed"]
        assert told == [("rounded", LEAST, "not run", suppressed, 300)]
        counts = [
            n
            for table, columns in COUNTS.items()
            for column in columns.split()
            for (n,) in rows(f'SELECT "{column}" FROM {table}')
        ]
        assert counts.count(None) == suppressed > 0
        assert {n % 5 for n in counts if n is not None} == {0}
        assert min(n for n in counts if n is not None) >= LEAST
        assert not rows("FROM rates WHERE rate_per_100k <> 1e5 * yes / n")
        assert rows(
            "SELECT n, base_only, candidate_only, interval, difference, p, q, verdict FROM verdicts"
            " WHERE stratum = 'all'"
        ) == [(300, 75, 40, "paired", -35 / 300, "< .01", "< .01", "better")]
        strata = [name for (name,) in rows("SELECT stratum FROM verdicts ORDER BY 1")]
        assert "all" in strata
        assert "safe=canary" not in strata
        assert rows("SELECT DISTINCT name FROM clusters WHERE name IS NOT NULL") == [
            ("shared phrase",)
        ]
        assert rows("SELECT kind, mode, state FROM ledger") == [("study", "rounded", "done")]
    raw = b"".join(path.read_bytes() for path in (out, *tables.iterdir()))
    assert not [word for word in (b"canary", b"lone phrase", b"unheard") if word in raw]


def test_nothing_is_written_that_was_not_attacked_or_is_of_too_few(tmp_path: Path) -> None:
    """Each with exit code 3; a file that is no release is left alone."""
    study, out = releasable(tmp_path / "study", 40), tmp_path / "release.duckdb"
    unattacked = released(study, "--to", out, attack=True)
    assert (unattacked.exit_code, "nobody has attacked" in unattacked.output) == (3, True)
    unknown = released(releasable(tmp_path / "unknown", 40, known=False), "--to", out)
    assert (unknown.exit_code, "unknown users do not count" in unknown.output) == (3, True)
    assert not out.exists()
    out.write_text("mine")
    assert released(study, "--to", out).exit_code == 1
    assert out.read_text() == "mine"


def test_two_releases_differ_by_nobody_or_by_enough(tmp_path: Path) -> None:
    """The same people again, then some fewer, then many fewer."""
    out = tmp_path / "release.duckdb"
    of = {n: releasable(tmp_path / f"of{n}", n, rare=0) for n in (100, 100 - LEAST + 1, 80)}
    for study in (of[100], of[100]):
        result = released(study, "--to", out)
        assert result.exit_code == 0, result.output
    held = out.read_bytes()
    refused = released(of[100 - LEAST + 1], "--to", out)
    assert refused.exit_code == 3, refused.output
    assert out.read_bytes() == held
    allowed = released(of[80], "--to", out)
    assert allowed.exit_code == 0, allowed.output
    with duckdb.connect(str(out), read_only=True) as release:
        assert release.execute("SELECT count(*) FROM ledger").fetchall() == [(3,)]
    with open_session(of[100]) as session:
        kinds = session.rows("SELECT status FROM runs WHERE kind = 'release'")
    assert kinds == [("done",)] * 2


def test_nothing_lies_about_that_the_ledger_does_not_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it cannot be kept, file and tables are as they were; a folder that holds anything else is left alone."""
    study, out, tables = releasable(tmp_path / "study", 40, rare=0), tmp_path / "r", tmp_path / "t"

    def lying() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in (out, *tables.iterdir())}

    def full(*_: object) -> None:
        assert lying() == before
        raise StoreError("the disk of the ledger is full")

    assert released(study, "--to", out, "--parquet", tables).exit_code == 0
    before = lying()
    monkeypatch.setattr(Ledger, "done", full)
    result = released(study, "--to", out, "--parquet", tables)
    assert (result.exit_code, "of the ledger" in result.output) == (1, True)
    assert lying() == before
    assert {path.name for path in tmp_path.iterdir()} == {"mine", "study", "r", "t"}
    (tables / "notes").touch()
    result = released(study, "--to", out, "--parquet", tables)
    assert (result.exit_code, "no folder of a release" in result.output) == (1, True)


def test_a_board_is_released_suite_by_suite(pipelines: Pipelines, tmp_path: Path) -> None:
    """The pipeline's own study and that of a suite, by the pipeline's policy; of a suite of too few nothing."""
    out = tmp_path / "release.duckdb"
    pipelines.pipeline("one", "few", more=f"release: {{min_users: {2 * LEAST}}}")
    releasable(pipelines.study, 60)
    for name, people in (("one", 60), ("few", 12)):
        releasable(pipelines.study / "suites" / name, people)
    result = released(pipelines.path, "--to", out, "--json")
    assert result.exit_code == 0, result.output
    assert [*json.loads(result.output)["left_out"]] == ["few"]
    with duckdb.connect(str(out), read_only=True) as release:
        assert release.execute("SELECT kind, min_users FROM release").fetchall() == [("board", 20)]
        suites = release.execute("SELECT DISTINCT suite FROM rates ORDER BY 1").fetchall()
    assert suites == [("logs",), ("one",)]


def test_what_an_encrypted_study_releases_is_plain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever gets it has no key; nothing plain stays in the study."""
    study, out = releasable(tmp_path / "study", 60), tmp_path / "release.duckdb"
    expected = released(study, "--to", out)
    with duckdb.connect(str(out), read_only=True) as release:
        plainly = release.execute("FROM rates ORDER BY ALL").fetchall()
    assert expected.exit_code == 0
    assert plainly
    monkeypatch.setenv("DISK_KEY", "a7" * 32)
    rekey(StudyFolder(study), "DISK_KEY")
    assert released(study, "--to", out, "--parquet", tmp_path / "tables").exit_code == 0
    with duckdb.connect(str(out), read_only=True) as release:
        assert release.execute("FROM rates ORDER BY ALL").fetchall() == plainly
    assert pq.read_table(tmp_path / "tables" / "rates.parquet").num_rows == len(plainly)
    assert not files_with(["shared phrase"], study)
    monkeypatch.delenv("DISK_KEY")
    assert "DISK_KEY" in released(study, "--to", out).output


def test_a_private_release_is_noisy_and_spends(tmp_path: Path) -> None:
    """The second would take more than there is."""
    privacy = {"epsilon": 8.0, "delta": 1e-6, "contribution": 1}
    privacy |= {"project_epsilon": None, "project_delta": None}
    study = releasable(tmp_path / "study", 60, project="study-0123456789ab", privacy=privacy)
    out = tmp_path / "release.duckdb"
    first = released(study, "--to", out)
    assert first.exit_code == 0, first.output
    assert "nobody named the project" in first.output
    with duckdb.connect(str(out), read_only=True) as release:
        told = release.execute("SELECT mode, epsilon, suppressed FROM release").fetchall()
        assert told == [("noisy", 8.0, None)]
        assert release.execute("SELECT count(*) FROM clusters").fetchall() == [(0,)]
    assert released(study, "--to", out).exit_code == 3
