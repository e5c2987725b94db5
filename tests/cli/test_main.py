"""Every verb, as a user calls it."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from logminer.cli.main import VERBS, main
from logminer.schemas import PUBLISHED
from tests.conftest import Demo
from tests.kit.dumps import conversations, write


def call(*arguments: object, color: bool = False) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments], color=color)


def call_json(*arguments: object) -> object:
    result = call(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize("verb", VERBS)
def test_help_teaches(verb: str) -> None:
    result = call(verb, "--help")
    assert result.exit_code == 0
    assert "--json" in result.output
    assert len(result.output.splitlines()) > 5


def helps(command: click.Command, *path: str) -> Iterator[tuple[str, str]]:
    """What a command and all below it say of themselves."""
    yield " ".join(path), call(*path, "--help").output
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            if below := command.get_command(context, name):
                yield from helps(below, *path, name)


def test_help_fits_eighty_columns() -> None:
    for name, said in helps(main):
        wide = [line for line in said.splitlines() if len(line) > 80]
        assert all('"' in line for line in wide), (name, wide)  # what is quoted stays whole
        assert "..." not in said.partition("Commands:")[2], name


def test_a_command_that_is_folded_is_the_same_command() -> None:
    said = dict(helps(main))
    (told,) = re.findall(r"logminer suite list [^\n]* \\\n.*", said["suite list"])
    assert shlex.split(told.replace("\\\n", "")) == shlex.split(
        "logminer suite list pipeline.yaml --json | jq '.[] | select(.declared and (.there | not)) | .suite'"
    )


def test_help_is_quick_and_loads_nothing_heavy() -> None:
    script = (
        "import resource, sys\n"
        "from logminer.cli.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "used = resource.getrusage(resource.RUSAGE_SELF)\n"
        "heavy = [m for m in ('torch', 'spacy', 'pyarrow', 'duckdb', 'numpy') if m in sys.modules]\n"
        "print(heavy, used.ru_utime + used.ru_stime < 1.0)\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[] True"


def test_check_says_what_would_run(demo: Demo) -> None:
    found = call_json("check", demo.pipeline)
    assert isinstance(found, dict)
    assert found["rows"] == 60
    assert found["arms"] == ["logged", "sft", "prod"]
    assert found["pairs"] == [["sft", "prod"]]
    assert "60 rows" in call("check", demo.pipeline).output


def test_check_and_run_say_what_becomes_null(demo: Demo, tmp_path: Path) -> None:
    times = ["2026-01-02"] * 3 + ["yesterday", "9999-12-31", None]
    columns = conversations(6) | {"created_at": times, "[hashed_ip]": ["1"] * 6}
    write(
        tmp_path / "d.parquet",
        columns | {"language": ["en-GB"] * 3 + ["secret words"] * 2 + [None]},
    )
    (tmp_path / "p.yaml").write_text(
        "study: study\nsource: {path: d.parquet}\njudge: {scorers: [rules]}\nworkers: 0\n"
    )
    found = call_json("check", tmp_path / "p.yaml")
    assert isinstance(found, dict)
    assert found["columns"]["created_at"] == "created_at"
    times_found = {"column": "created_at", "null": 1 / 6, "unreadable": 2 / 6, "n_unreadable": 2}
    assert found["fields"]["created_at"] == times_found
    assert found["languages"] == {"en": 3 / 6, "other": 2 / 6, "null": 1 / 6}
    assert (found["users"], found["users_effective"]) == (None, None)
    assert found["unused"] == [
        {
            "column": "[hashed_ip]",
            "field": "user_id",
            "has_field": False,
            "mend": 'source.columns: {user_id: "[hashed_ip]"}',
        }
    ]
    told = "created_at: 2 times that are none, or out of range, become null"
    for verb in ("check", "run"):
        output = call(verb, tmp_path / "p.yaml").output
        assert told in output
        assert 'source.columns: {user_id: "[hashed_ip]"}' in output
        assert "secret words" not in output


def test_run_and_status(demo: Demo, tmp_path: Path) -> None:
    shutil.copytree(demo.folder, tmp_path / "copy")
    file = tmp_path / "copy" / "pipeline.yaml"
    result = call("run", file, "--workers", "0")
    assert result.exit_code == 0, result.output
    rejected = sum(demo.summary.rejected.values())
    assert f"60 rows in = {60 - rejected} conversations + {rejected} rejected" in result.output
    assert "peak memory" in result.output
    assert "sft → prod" in result.output
    assert "nobody asked for it: " in result.output
    stages = call_json("status", file)
    assert isinstance(stages, list)
    assert [s["to_do"] for s in stages] == [0] * len(stages)
    summary = call_json("run", file, "--workers", "0")
    assert isinstance(summary, dict)
    assert summary["rows_in"] == summary["conversations"] + sum(summary["rejected"].values())
    file.write_text(file.read_text() + "gates: {max_rejected: 0.0}\n")
    assert call("run", file, "--workers", "0").exit_code == 3


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({}, None),
        ({"language": "fi"}, "from category_rates"),  # every row is rejected
        ({"checkpoints": "only"}, "logminer compare"),
    ],
)
def test_look_next_names_what_is_there(
    changes: dict[str, str], missing: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a report is written here
    columns = conversations(12)
    if "language" in changes:
        columns["language"] = [changes["language"]] * 12
    folder = tmp_path / "a folder"
    write(folder / "d.parquet", columns)
    arms = [
        "{name: one, kind: scripted, replies: [Sure.]}",
        "{name: two, kind: scripted, replies: [Sorry.]}",
    ][: 0 if "checkpoints" in changes else 2]
    (folder / "p.yaml").write_text(
        f"study: study\nsource: {{path: d.parquet}}\ncheckpoints: [{', '.join(arms)}]\n"
        "judge: {scorers: [rules]}\nworkers: 0\n"
    )
    ran = call("run", folder / "p.yaml")
    assert ran.exit_code == 0, ran.output
    _, _, after = ran.stdout.partition("Look next")
    commands = re.findall("logminer .*", after)
    assert any("logminer show" in command for command in commands)
    assert missing is None or missing not in after
    assert len(commands) == (4 if missing is None else 2)
    for command in commands:
        result = call(*shlex.split(command)[1:])
        assert result.exit_code == 0, result.output
        assert "no comparison" not in result.output
        assert "nothing found" not in result.output
        assert "\n0 rows" not in result.output


def test_compare(demo: Demo) -> None:
    rows = call_json("compare", demo.study, "--kind", "both", "--stratum", "*")
    assert isinstance(rows, list)
    assert {row["kind"] for row in rows} == {"category", "cluster"}
    text = call("compare", demo.study).output
    assert text.index("different") < text.index("undetermined")
    assert call("compare", demo.study, "--fail-on", "different").exit_code == 3
    worse = any(
        row["verdict"] == "worse" and row["kind"] == "category" and row["stratum"] == "all"
        for row in rows
    )
    assert call("compare", demo.study, "--fail-on", "worse").exit_code == (3 if worse else 0)


def test_show(demo: Demo) -> None:
    overview = call_json("show", demo.study)
    assert isinstance(overview, dict)
    assert {c["checkpoint"] for c in overview["checkpoints"]} == {"logged", "sft", "prod"}
    examples = call_json(
        "show", demo.study, "--category", "refusal", "--checkpoint", "sft", "-n", 2
    )
    assert isinstance(examples, list)
    assert len(examples) == 2
    assert all(e["checkpoint"] == "sft" for e in examples)
    assert (
        "sorry" in call("show", demo.study, "--category", "refusal", "--checkpoint", "sft").output
    )
    assert "conversations of" in call("show", demo.study).output


def test_columns_of_one_name_are_told_apart(demo: Demo) -> None:
    query = "select 1 as n, 2 as n, 3 as n"
    assert call_json("sql", demo.study, query) == [{"n": 1, "n_1": 2, "n_2": 3}]
    assert call("sql", demo.study, query, "--csv").output.startswith("n,n_1,n_2\n1,2,3")
    assert "n_2" in call("sql", demo.study, query).output


def test_sql(demo: Demo) -> None:
    query = "SELECT checkpoint, count(*) AS n FROM responses GROUP BY ALL ORDER BY ALL"
    rows = call_json("sql", demo.study, query)
    assert isinstance(rows, list)
    assert [row["checkpoint"] for row in rows] == ["logged", "prod", "sft"]
    assert call("sql", demo.study, query, "--csv").output.startswith("checkpoint,n\nlogged,")
    assert "3 rows" in call("sql", demo.study, query).output
    assert "verdict" in call("sql", demo.study, "from category_shifts").output
    bad = call("sql", demo.study, "from nothing")
    assert bad.exit_code == 1
    assert bad.stderr.startswith("error: ")


def test_schema_explains_every_column() -> None:
    found = call_json("schema")
    assert isinstance(found, dict)
    assert len(found["tables"]) == len(PUBLISHED)
    assert all(column["doc"] for table in found["tables"] for column in table["columns"])
    assert all(view["doc"] for view in found["views"])
    assert all(column["doc"] for view in found["views"] for column in view["columns"])
    assert "candidate minus base" in call("schema", "comparisons").output
    assert call("schema", "nothing").exit_code == 2


@pytest.mark.parametrize("width", [60, 80, 100, 200, None])
@pytest.mark.parametrize("name", ["responses", "comparisons", "category_rates", "conversations"])
def test_schema_never_shrinks_a_name(
    name: str, width: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if width is not None:
        monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal
        monkeypatch.setenv("COLUMNS", str(width))
    found = call_json("schema", name)
    assert isinstance(found, dict)
    (relation,) = [*found["tables"], *found["views"]]
    printed = click.unstyle(call("schema", name, color=True).output).split()
    for column in relation["columns"]:
        assert column["name"] in printed
        assert set(column["doc"].split()) <= set(printed)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("run", "missing.yaml"), 1, "error: missing.yaml: no such file"),
        (("compare", "nowhere"), 1, "no such study database; run the pipeline first"),
        (("frobnicate",), 2, "No such command"),
        (("run",), 2, "Missing argument"),
    ],
)
def test_errors_are_one_line_and_have_exit_codes(
    arguments: tuple[str, ...], code: int, message: str
) -> None:
    result = call(*arguments)
    assert result.exit_code == code
    assert message in result.stderr


@pytest.mark.parametrize("content", [b"", b"not parquet at all", None])
def test_dump_that_is_none(content: bytes | None, demo: Demo, tmp_path: Path) -> None:
    whole = (demo.folder / "dump.parquet").read_bytes()
    (tmp_path / "dump.parquet").write_bytes(
        whole[: len(whole) // 2] if content is None else content
    )
    shutil.copy(demo.pipeline, tmp_path)
    result = call("run", tmp_path / "pipeline.yaml")
    assert result.exit_code == 1
    assert "dump.parquet" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_bug_says_where_but_quotes_nothing(demo: Demo) -> None:
    environment = os.environ | {"COLUMNS": "not a number"}
    script = (
        "import sys\n"
        "import logminer.store.session\n"
        "def broken(*a): raise ValueError('the text of a conversation')\n"
        "logminer.store.session.open_session = broken\n"
        f"from logminer.cli.main import main\nmain(['compare', {str(demo.study)!r}])\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=False
    )
    assert ran.returncode == 1
    assert "ValueError at <string>:3" in ran.stderr
    assert "the text" not in ran.stderr
