"""Texts, names and queries of somebody who means harm: nothing is obeyed, nothing ends the process, nothing is changed."""

from __future__ import annotations

import csv
import io
import json
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from logminer.api import open_study
from logminer.cli import render
from logminer.cli.main import main
from logminer.errors import QueryError
from logminer.files.formulas import guarded, unguarded
from tests.conftest import Demo

OBEYED = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\U000e0000-\U000e007f]"
)
EVIL = (
    "\x1b]0;T\x07 \x1b[2J \x1b[31mred\x1b[0m \x1b]8;;http://e\x1b\\link\x1b]8;;\x1b\\ \x1b]52;c;cHdu\x1b\\ \x9b31m \x7f"
    " \r over \u202egnp.exe\u202c \u2066\u2069 \u200e\u200f\u061c \u2028 \ufeff \U000e0041 [bold]m[/bold] [/x]"
    " [link=http://e]l[/link] :smile:"
)


def sql(demo: Demo, query: str, *options: str) -> Result:
    return CliRunner().invoke(main, ["sql", str(demo.study), query, *options])


def literal(text: str) -> str:
    """SQL for any text, whatever the shell or DuckDB's parser would make of it."""
    return f"decode(unhex('{text.encode().hex()}'))"


class TestWhatIsPrinted:
    QUERY = f'SELECT {literal(EVIL)} AS "{EVIL}", 1 AS "{EVIL}"'

    @pytest.mark.parametrize("option", [[], ["--json"], ["--csv"]])
    def test_nothing_that_a_terminal_obeys(self, demo: Demo, option: list[str]) -> None:
        done = sql(demo, self.QUERY, *option)
        assert done.exit_code == 0, done.output
        assert not OBEYED.search(done.stdout)
        assert ":smile:" in done.stdout
        assert "[bold]m[/bold] [/x]" in done.stdout

    @pytest.mark.parametrize("text", ["C:\\", "a\\\\", "\\[bold]", "[/]", "[@x]", "x" * 250 + "\\"])
    def test_slashes_and_brackets_are_what_they_were(self, demo: Demo, text: str) -> None:
        lines = sql(demo, f"SELECT {literal(text)} AS x, 1 AS y").stdout.splitlines()
        assert text in (line.split("  ")[0 if "y" in lines[0] else -1] for line in lines)

    def test_in_json_it_is_the_same_text(self, demo: Demo) -> None:
        (row,) = json.loads(sql(demo, self.QUERY, "--json").stdout)
        assert row == {EVIL: EVIL, f"{EVIL}_1": 1}

    def test_raw_hands_it_on(self, demo: Demo) -> None:
        raw = sql(demo, self.QUERY, "--csv", "--raw").stdout_bytes.decode()
        assert list(csv.reader(io.StringIO(raw, newline="")))[1] == [EVIL, "1"]

    def test_raw_is_for_csv(self, demo: Demo) -> None:
        for options in (["--raw"], ["--raw", "--json"]):
            assert sql(demo, "SELECT 1", *options).exit_code == 2

    def test_an_error_that_quotes_the_query(self, demo: Demo) -> None:
        done = sql(demo, f'FROM "{EVIL}"')
        assert done.exit_code == 1
        assert not OBEYED.search(done.stderr)
        assert done.stderr.count("\n") == 1

    def test_on_a_terminal_too(self, capsys: pytest.CaptureFixture[str]) -> None:
        out = render._Console(force_terminal=True, color_system="truecolor", emoji=False)
        out.print(render.table(None, ["name"], [[EVIL]]))
        out.print(EVIL, markup=False)
        out.print(f"[bold]{render.escape(EVIL)}[/]")
        out.print("[link=http://e]l[/link] [/x] a name that looks like a style")
        said = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)  # its own styles
        assert not OBEYED.search(said)
        assert "http://e" in said

    def test_progress_and_errors(self, capsys: pytest.CaptureFixture[str]) -> None:
        from logminer.cli.progress import Bars

        with Bars() as bars:
            bars.say(EVIL)
        assert not OBEYED.search(capsys.readouterr().err)

    def test_an_error_of_any_verb(self) -> None:
        done = CliRunner().invoke(main, ["show", "no\x1b[2J\u202e"])
        assert done.exit_code == 1
        assert not OBEYED.search(done.output)

    def test_wrong_usage_that_quotes_what_was_typed(self, demo: Demo) -> None:
        done = sql(demo, "SELECT 1", "--no\x1b[2J\u202e")
        assert done.exit_code == 2
        assert not OBEYED.search(done.output)

    def test_joiners_of_thai_persian_and_emoji_stay(self) -> None:
        text = "👩\u200d🔬 می\u200cخواهم"
        assert render.printable(text) == text
        assert json.loads(render.as_json([text])) == [text]


class TestCsv:
    @pytest.mark.parametrize(
        "text",
        [
            "=1+1",
            "+1",
            "-1+1",
            "@x",
            "\t=1",
            "\u00a0=1",
            "\u200b=1",
            "\u200d＝1",
            "＋1",
            "－1",
            "＠x",
        ],
    )
    def test_formulas_are_guarded_as_in_sheets(self, demo: Demo, text: str) -> None:
        query = f"SELECT {literal(text)} AS x, -5 AS n, -0.25 AS d"
        rows = list(csv.reader(io.StringIO(sql(demo, query, "--csv").stdout)))
        assert rows[1] == [f"'{text}", "-5", "-0.25"]
        raw = list(csv.reader(io.StringIO(sql(demo, query, "--csv", "--raw").stdout)))
        assert raw[1] == [text, "-5", "-0.25"]

    def test_a_name_of_a_column_too(self, demo: Demo) -> None:
        assert sql(demo, 'SELECT 1 AS "=x"', "--csv").stdout == "'=x\n1\n"

    @pytest.mark.parametrize(
        "text", ["=1", "'=1", "''=1", "'quoted'", "", " =1", "\ufeff=1", "plain"]
    )
    def test_what_was_guarded_comes_back(self, text: str) -> None:
        assert unguarded(guarded(text)) == text


class TestJson:
    def test_every_type_is_json(self, demo: Demo) -> None:
        def refused(name: str) -> object:
            raise AssertionError(name)

        done = sql(demo, "FROM test_all_types()", "--json")
        assert done.exit_code == 0, done.output
        rows = json.loads(done.stdout, parse_constant=refused)
        assert len(rows) == 3

    def test_values_are_what_they_were(self, demo: Demo) -> None:
        query = (
            "SELECT 'nan'::DOUBLE AS nan, '-inf'::FLOAT AS inf, DATE '2020-01-02' AS d, 'infinity'::TIMESTAMP AS t,"
            " TIMESTAMPTZ '2020-01-02 03:04:05+00' AS z, '\\xAA'::BLOB AS b, 1.50::DECIMAL(5, 2) AS m,"
            " sum(3) AS s, {'a': ['nan'::DOUBLE, 1], 'b': DATE '0044-03-15 (BC)'} AS n, MAP {'k': 1} AS p,"
            " INTERVAL 3 MONTH AS i, NULL AS x, TRUE AS y"
        )
        assert json.loads(sql(demo, query, "--json").stdout) == [
            {
                "nan": None,
                "inf": None,
                "d": "2020-01-02",
                "t": "infinity",
                "z": "2020-01-02 03:04:05+00",
                "b": "\\xAA",
                "m": 1.5,
                "s": 3,
                "n": {"a": [None, 1.0], "b": "0044-03-15 (BC)"},
                "p": {"k": 1},
                "i": "3 months",
                "x": None,
                "y": True,
            }
        ]

    @pytest.mark.parametrize(("option", "said"), [("--json", "[]\n"), ("--csv", "a\n")])
    def test_nothing(self, demo: Demo, option: str, said: str) -> None:
        assert sql(demo, "SELECT 1 AS a WHERE false", option).stdout == said


REFUSED = {
    "CALL enable_logging(storage_path='{}')": "CALL is refused",
    "FROM enable_logging(storage_path='{}')": "enable_logging(…) is refused",
    "SELECT * FROM main . \"Enable_Logging\" /* x */ (storage_path='{}')": "enable_logging",
    "FROM\u00a0enable_logging(storage_path='{}')": "enable_logging(…) is refused",
    "FROM \ufeffenable_logging()": "enable_logging(…) is refused",
    "FROM query('CALL enable_logging()')": "query(…) is refused",
    "FROM enable_profiling(save_location='{}')": "enable_profiling(…) is refused",
    "EXPLAIN ANALYZE FROM disable_logging()": "disable_logging(…) is refused",
    "WITH a AS (FROM truncate_duckdb_logs()) FROM a": "truncate_duckdb_logs(…) is refused",
    "SELECT (SELECT 1 FROM force_checkpoint())": "force_checkpoint(…) is refused",
    "FROM arrow_scan(1, 2, 3)": "arrow_scan(…) is refused",
    "FROM pandas_scan(1)": "pandas_scan(…) is refused",
    "FROM read_csv('/etc/passwd')": "read_csv(…) is refused",
    "FROM read_text('{}')": "read_text(…) is refused",
    "PRAGMA enable_profiling": "PRAGMA is refused",
    "SET threads = 1": "SET is refused",
    "COPY (SELECT 1) TO '{}'": "COPY is refused",
    "ATTACH '{}'": "ATTACH is refused",
    "INSTALL json": "LOAD is refused",
    "EXPORT DATABASE '{}'": "EXPORT is refused",
    "CREATE TABLE memory.t AS SELECT 1": "CREATE is refused",
    "CREATE MACRO m() AS TABLE FROM enable_logging()": "CREATE is refused",
    "PREPARE p AS SELECT 1": "PREPARE is refused",
    "CHECKPOINT": "CALL is refused",
    "SELECT 1; SELECT 2": "one query at a time",
    "SELECT 1; PIVOT (SELECT 1 AS a, 'x' AS b) ON b USING sum(a)": "one query at a time",
    "PIVOT (FROM enable_logging()) ON b USING sum(a)": "enable_logging(…) is refused",
    "": "the query is empty",
    "/* nothing */": "the query is empty",
    "SELECT '\0'": "NUL",
    "SELECT '\ud800'": "no UTF-8",
    f"SELECT {'(' * 50_000}1": "Parser Error",
    f"SELECT 1{' UNION ALL SELECT 1' * 10_000}": "longer than 100,000 characters",
}


class TestQueries:
    @pytest.mark.parametrize("query", REFUSED)
    def test_what_does_not_read_is_refused(self, query: str, demo: Demo, tmp_path: Path) -> None:
        asked = query.replace("{}", str(tmp_path / "written"))
        with open_study(demo.study) as study:
            with pytest.raises(QueryError, match=re.escape(REFUSED[query])) as error:
                study.sql(asked)
            assert "\n" not in str(error.value)
            assert study.sql("SELECT 1").fetchall() == [(1,)]
        assert not list(tmp_path.iterdir())

    def test_the_process_lives(self, demo: Demo, tmp_path: Path) -> None:
        query = f"CALL enable_logging(storage_path='{tmp_path / 'log'}')"
        done = subprocess.run(
            [sys.executable, "-m", "logminer.cli", "sql", str(demo.study), query],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert done.stderr.startswith("error: CALL is refused")

    @pytest.mark.parametrize(
        "query",
        [
            "FROM category_shifts LIMIT 1",
            "DESCRIBE SELECT 1",
            "SHOW TABLES",
            "SUMMARIZE SELECT 1 AS a",
            "EXPLAIN SELECT 1",
            "PIVOT (SELECT 1 AS a, 'x' AS b) ON b USING sum(a)",
            "WITH a AS (SELECT 1) FROM a; -- so it is",
            "SELECT 'enable_logging(' AS x, 1 AS \"query\"",
            "FROM duckdb_views() LIMIT 1",
            "SELECT unnest(range(3)), repeat('x', 3)",
        ],
    )
    @pytest.mark.parametrize("option", [[], ["--json"], ["--csv"]])
    def test_what_reads_is_answered(self, query: str, option: list[str], demo: Demo) -> None:
        done = sql(demo, query, *option)
        assert done.exit_code == 0, done.output

    def test_it_takes_no_longer_than_allowed(self, demo: Demo) -> None:
        endless = "SELECT count(*) FROM range(100000) a, range(10000000) b WHERE a.range * b.range % 7 = 3"
        done = sql(demo, endless, "--timeout", "0.5")
        assert done.exit_code == 1
        assert "took longer than 0.5 s" in done.stderr
        assert "--timeout" in done.stderr

    def test_nor_more_memory(self, demo: Demo) -> None:
        large = "SELECT count(*) FROM (SELECT DISTINCT i FROM range(30000000) t(i))"
        done = sql(demo, large, "--memory", "100MB")
        assert done.exit_code == 1
        assert "needs more memory than 100MB" in done.stderr
        assert "--memory" in done.stderr

    @pytest.mark.parametrize("option", [["--memory", "lots"], ["--timeout", "0"]])
    def test_limits_that_are_none(self, option: list[str], demo: Demo) -> None:
        assert sql(demo, "SELECT 1", *option).exit_code == 2

    def test_a_large_result_comes_as_it_is_read(self, demo: Demo) -> None:
        query = "SELECT i, 'a text of some length ' || i AS t FROM range(1200000) s(i)"
        less_than_the_rows = (384 << 20, 384 << 20)
        done = subprocess.run(
            [sys.executable, "-m", "logminer.cli", "sql", str(demo.study), query, "--csv"],
            stdout=subprocess.PIPE,
            check=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, less_than_the_rows),
        )
        assert done.stdout.count(b"\n") == 1_200_001

    def test_what_fails_late_is_told(self, demo: Demo) -> None:
        query = "SELECT CASE WHEN i = 5000 THEN error('late') ELSE i END AS x FROM range(9000) t(i)"
        done = sql(demo, query, "--csv")
        assert done.exit_code == 1
        assert "late" in done.stderr
