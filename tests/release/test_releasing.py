"""`logminer release`, from a study to a file that is read without us."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from logminer.cli.main import main
from logminer.schemas.release import RELEASE_TABLES
from logminer.store.layout import StudyFolder
from tests.conftest import Demo
from tests.kit.copies import copy

LEAST = 10
COUNTS = {  # columns that people are behind
    "verdicts": "n both base_only candidate_only neither base_yes candidate_yes",
    "rates": "n yes",
    "cluster_shares": "n inside",
    "cluster_shifts": "n base_inside candidate_inside",
    "missingness": "responses",
}


@pytest.fixture
def pipeline(demo: Demo, tmp_path: Path) -> Path:
    """A pipeline whose policy asks for few people: it has 40."""
    path = copy(demo, tmp_path)
    path.write_text(path.read_text() + f"release: {{min_users: {LEAST}}}\n")
    return path


def released(*arguments: str | Path, attack: bool = False) -> Result:
    """What the terminal says."""
    more = () if attack else ("--no-attack",)
    return CliRunner().invoke(main, ["release", *map(str, arguments), *more])


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    """As somebody reads it who has only the file."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchall()


def forget(pipeline: Path, people: int) -> None:
    """Make the study one without some people."""
    study = StudyFolder(pipeline.parent / "study")
    with duckdb.connect(str(study.database)) as connection:
        connection.execute(
            "DELETE FROM prompts WHERE user_id IN (SELECT DISTINCT user_id FROM prompts ORDER BY ALL LIMIT ?)",
            [people],
        )


def test_a_release_is_read_by_someone_who_has_only_the_file(pipeline: Path, tmp_path: Path) -> None:
    """Every table is there and says what it holds; counts are of enough people, and every figure can be made again of them."""
    out, tables = tmp_path / "away" / "release.duckdb", tmp_path / "tables"
    result = released(pipeline, "--to", out, "--parquet", tables, "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.output)
    shutil.rmtree(pipeline.parent)
    assert (stat.S_IMODE(out.stat().st_mode), list(out.parent.iterdir())) == (0o600, [out])
    names = {name for (name,) in rows(out, "SELECT table_name FROM duckdb_tables()")}
    assert names == {table.name for table in RELEASE_TABLES} == {t.stem for t in tables.iterdir()}
    assert not rows(out, "SELECT column_name FROM duckdb_columns() WHERE NOT internal AND comment IS NULL")
    ((mode, least, attack, suppressed),) = rows(
        out, "SELECT mode, min_users, attack, suppressed FROM release"
    )
    assert (mode, least, attack) == ("rounded", LEAST, "not run")
    counts = [
        n
        for table, columns in COUNTS.items()
        for column in columns.split()
        for (n,) in rows(out, f'SELECT "{column}" FROM {table}')
    ]
    assert counts.count(None) == suppressed == told["suppressed"] > 0
    assert {n % 5 for n in counts if isinstance(n, int)} == {0}
    assert min(n for n in counts if isinstance(n, int)) >= LEAST
    assert rows(out, "SELECT count(*) > 0 FROM verdicts WHERE difference IS NOT NULL") == [(True,)]
    assert not rows(out, "FROM rates WHERE rate_per_100k <> 1e5 * yes / n")
    assert not rows(out, "FROM verdicts WHERE interval = 'paired' AND abs(difference - (candidate_only - base_only) / n) > 0.1")
    assert not rows(out, "FROM verdicts WHERE stratum <> 'all' AND n IS NULL")
    assert not rows(out, "FROM verdicts WHERE p NOT IN ('< .001', '< .01', '< .05', 'n.s.')")
    assert rows(out, "SELECT kind, mode, state FROM ledger") == [("study", "rounded", "done")]


def test_nothing_is_written_that_was_not_attacked_or_is_of_too_few(
    pipeline: Path, tmp_path: Path
) -> None:
    """Each with exit code 3; a file that is no release is left alone."""
    out = tmp_path / "release.duckdb"
    unattacked = released(pipeline, "--to", out, attack=True)
    assert (unattacked.exit_code, "nobody has attacked" in unattacked.output) == (3, True)
    few = released(pipeline.parent / "study", "--to", out)  # by the default policy: nobody ran it with another
    assert (few.exit_code, "fewer than 50 people" in few.output) == (3, True)
    assert not out.exists()
    out.write_text("mine")
    assert released(pipeline, "--to", out).exit_code == 1
    assert out.read_text() == "mine"


def test_two_releases_differ_by_nobody_or_by_enough(pipeline: Path, tmp_path: Path) -> None:
    """The same people again, then some fewer, then many fewer."""
    out = tmp_path / "release.duckdb"
    first = released(pipeline, "--to", out)
    assert first.exit_code == 0, first.output
    again = released(pipeline, "--to", out)
    assert again.exit_code == 0, again.output
    held = out.read_bytes()
    forget(pipeline, LEAST - 1)
    refused = released(pipeline, "--to", out)
    assert refused.exit_code == 3, refused.output
    assert out.read_bytes() == held
    forget(pipeline, LEAST)
    allowed = released(pipeline, "--to", out)
    assert allowed.exit_code == 0, allowed.output
    assert rows(out, "SELECT count(*) FROM ledger") == [(3,)]
    study = pipeline.parent / "study"
    kinds = rows(study / "study.duckdb", "SELECT status FROM runs WHERE kind = 'release'")
    assert sorted(kinds) == [("done",)] * 3 + [("failed",)]


def test_a_board_is_released_suite_by_suite(pipeline: Path, tmp_path: Path) -> None:
    """The pipeline's own study and that of a suite; of a suite of too few nothing."""
    study, out = StudyFolder(pipeline.parent / "study"), tmp_path / "release.duckdb"
    for name in ("again", "small"):
        (study.suites / name / "runs").mkdir(parents=True)
        shutil.copy(study.database, study.suites / name / "study.duckdb")
    with duckdb.connect(str(study.suites / "small" / "study.duckdb")) as connection:
        connection.execute("UPDATE prompts SET user_id = NULL")
    result = released(pipeline, "--to", out, "--json")
    assert result.exit_code == 0, result.output
    assert [*json.loads(result.output)["left_out"]] == ["small"]
    assert rows(out, "SELECT DISTINCT suite FROM rates ORDER BY 1") == [("again",), ("logs",)]
    assert rows(out, "SELECT kind FROM release") == [("board",)]


def test_a_private_release_is_noisy_and_spends(pipeline: Path, tmp_path: Path) -> None:
    """The second would take more than there is."""
    pipeline.write_text(pipeline.read_text() + "privacy: {epsilon: 8.0}\n")
    out = tmp_path / "release.duckdb"
    first = released(pipeline, "--to", out)
    assert first.exit_code == 0, first.output
    assert rows(out, "SELECT mode, epsilon, suppressed FROM release") == [("noisy", 8.0, None)]
    assert released(pipeline, "--to", out).exit_code == 3
