"""`logminer sql` beyond one query: a prompt, other studies beside it, files."""

from __future__ import annotations

import stat
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from logminer.cli.main import main
from logminer.store.publication import publish
from logminer.store.session import open_session
from tests.conftest import Demo


def sql(study: Path, *arguments: object, asked: str | None = None) -> Result:
    return CliRunner().invoke(main, ["sql", str(study), *map(str, arguments)], input=asked)


class TestPrompt:
    def test_queries_one_after_the_other(self, demo: Demo) -> None:
        asked = "select 41 + 1 as x;\nselect 'a;\nb' as\n t\n\n.schema wilson\n\\q\nselect 5;\n"
        done = sql(demo.study, asked=asked)
        assert done.exit_code == 0, done.output
        assert done.stdout.split()[:4] == ["x", "42", "1", "rows"]
        assert "a; b" in done.stdout
        assert "wilson(k, n) (macro)" in done.stdout
        assert done.stdout.count("1 rows") == 2

    def test_an_error_does_not_end_it(self, demo: Demo) -> None:
        done = sql(
            demo.study, asked="selec 1;\n.schema nothing\nCREATE TABLE t (a INT);\nselect 7 as x"
        )
        assert [line.split(":")[0] for line in done.stderr.splitlines()] == ["error"] * 3
        assert "7" in done.stdout
        assert done.exit_code == 1

    def test_it_lists_what_there_is(self, demo: Demo) -> None:
        listed = sql(demo.study, asked=".tables\n").stdout
        for name in ("responses", "changed_prompts", "per_100k(rate)"):
            assert f"\n{name} " in listed
        assert sql(demo.study, ".tables").stdout == listed

    def test_one_document_takes_a_query(self, demo: Demo) -> None:
        assert sql(demo.study, "--json").exit_code == 2


class TestOtherStudies:
    def test_both_are_read(self, demo: Demo, tmp_path: Path) -> None:
        with publish(tmp_path, []):
            pass
        query = "SELECT (SELECT count(*) FROM responses) > 0 AS here, count(*) AS there FROM other.changed_prompts"
        done = sql(demo.study, query, "--attach", f"other={tmp_path}", "--csv")
        assert done.stdout == "here,there\nTrue,0\n"

    def test_they_are_locked_as_well(self, demo: Demo, tmp_path: Path) -> None:
        with publish(tmp_path, []):
            pass
        for query in ("DELETE FROM other.prompts", "FROM read_csv('/etc/passwd')", "DETACH other"):
            done = sql(demo.study, query, "--attach", f"other={tmp_path}")
            assert done.exit_code == 1
            assert "refused" in done.stderr

    @pytest.mark.parametrize(
        ("given", "code"),
        [("temp={}", 1), ('a"b={}', 1), ("nowhere={}/no", 1), ("{}", 2), ("same={study}", 1)],
    )
    def test_names_and_places_are_looked_at(
        self, given: str, code: int, demo: Demo, tmp_path: Path
    ) -> None:
        given = given.replace("{study}", str(demo.study)).replace("{}", str(tmp_path))
        assert sql(demo.study, "SELECT 1", "--attach", given).exit_code == code


class TestRows:
    def test_as_many_as_wanted_and_how_many_more(self, demo: Demo) -> None:
        done = sql(demo.study, "FROM range(300)", "--limit", 3)
        assert done.stdout.splitlines()[-1].startswith("3 rows of 300; ")
        assert sql(demo.study, "FROM range(300)", "--limit", 300).stdout.endswith("300 rows\n")

    def test_a_terminal_gets_the_first(self, demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
        assert sql(demo.study, "FROM range(300)").stdout.endswith("\n300 rows\n")
        monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal
        assert "\n200 rows of 300; " in sql(demo.study, "FROM range(300)").stdout
        assert "\n300 rows\n" in sql(demo.study, "FROM range(300)", "--all").stdout


class TestParquet:
    def test_a_new_file_of_its_owner(self, demo: Demo, tmp_path: Path) -> None:
        out = tmp_path / "out.parquet"
        query = "SELECT prompt_id, messages, attributes FROM prompts"
        assert sql(demo.study, query, "--parquet", out).exit_code == 0
        assert stat.S_IMODE(out.stat().st_mode) == 0o600
        with open_session(demo.study) as session:
            assert pq.read_table(out).num_rows == session.count("FROM prompts")
        assert b"not_released" in pq.read_schema(out).metadata
        again = sql(demo.study, query, "--parquet", out)
        assert again.exit_code == 1
        assert "is there already" in again.stderr

    @pytest.mark.parametrize("query", ["SELECT INTERVAL 1 DAY AS i", "SELECT 1 AS a, 2 AS a"])
    def test_what_it_cannot_hold(self, query: str, demo: Demo, tmp_path: Path) -> None:
        done = sql(demo.study, query, "--parquet", tmp_path / "out.parquet")
        assert done.exit_code == 1
        assert "AS" in done.stderr
        assert not [*tmp_path.iterdir()]


def test_a_study_from_before_a_view_has_it(tmp_path: Path) -> None:
    with publish(tmp_path, []) as publication:
        for name in ("changed_prompts", "rates_by_stratum", "paired_responses"):
            publication.rows(f"DROP VIEW {name}")
        publication.rows("DROP MACRO wilson")
    with open_session(tmp_path) as session:
        session.rows("FROM changed_prompts, rates_by_stratum")
        ((found,),) = session.rows("SELECT wilson(0, 10).high")
        assert session.is_current()
    assert found == pytest.approx(0.27753, abs=1e-5)
