"""A pipeline that cannot work gets one clear line before anything runs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from logminer.api import load_pipeline
from logminer.cli.main import main
from logminer.errors import CheckpointError, ConfigError, LogminerError, SecretError, SourceError
from tests.conftest import Demo
from tests.kit.dumps import conversations, write

BAD: list[tuple[dict[str, str], type[LogminerError], str]] = [
    ({"dump.parquet,": "missing.parquet,"}, SourceError, "missing.parquet"),
    (
        {"keep: [ask]": "keep: [nothing]", "[ask, language]": "[]"},
        SourceError,
        "no column 'nothing'",
    ),
    ({"source: {": "source: {format: xlsx, "}, ConfigError, "unknown format 'xlsx'"),
    ({"source: {": "source: {columns: {messages: talk}, "}, SourceError, "talk"),
    ({"keep: [ask]": "kepe: [ask]"}, ConfigError, "source.kepe: unknown key; did you mean 'keep'"),
    ({"taxonomy: safety": "taxonomy: sefety"}, ConfigError, "safety"),
    ({"name: sft": "name: logged"}, ConfigError, "reserved"),
    ({"name: sft": "name: prod"}, ConfigError, "used twice"),
    ({"strata: [ask,": "strata: [mood,"}, ConfigError, "strata.0: 'mood' is not kept"),
    (
        {"compare: {": "compare: {cluster_by: scenario, "},
        ConfigError,
        "add the dump's column to source.keep",
    ),
    (
        {"compare: {": "compare: {pairs: [[sft, other]], "},
        ConfigError,
        "no checkpoint is named 'other'",
    ),
    (
        {"kind: scripted, fail": "kind: endpoint, url: 'http://127.0.0.1:9/v1', model: m, fail"},
        ConfigError,
        "fail_every",
    ),
    (
        {
            "judge:": "  - {name: gone, kind: endpoint, url: 'http://127.0.0.1:9/v1', model: m}\njudge:"
        },
        CheckpointError,
        "gone",
    ),
    (
        {
            "judge:": "  - {name: x, kind: endpoint, url: 'http://127.0.0.1:9/v1', model: m, api_key_env: NOT_SET_KEY}\njudge:"
        },
        SecretError,
        "NOT_SET_KEY is not set",
    ),
]


@pytest.mark.parametrize(("change", "error", "message"), BAD)
def test_bad_pipelines_get_one_clear_line(
    change: dict[str, str], error: type[LogminerError], message: str, demo: Demo, tmp_path: Path
) -> None:
    text = demo.pipeline.read_text()
    for old, new in change.items():
        if old == "kind: scripted, fail":
            text = text.replace(
                "kind: scripted, thoughts",
                "kind: endpoint, url: 'http://127.0.0.1:9/v1', model: m, thoughts",
            )
            message = "unknown key"
        assert old in text or "fail" in old
        text = text.replace(old, new, 1)
    (tmp_path / "p.yaml").write_text(text)
    shutil.copy(demo.folder / "dump.parquet", tmp_path)
    with pytest.raises(error, match=message) as raised:
        load_pipeline(tmp_path / "p.yaml").check()
    assert "\n" not in str(raised.value)


SMALL = """
study: dump/study
source: {path: dump}
checkpoints:
  - {name: told, kind: recorded, path: answers}
judge: {scorers: [string_match]}
workers: 0
"""


def test_what_is_skipped_is_listed_and_noted_and_a_study_in_its_dump_is_no_dump(
    tmp_path: Path,
) -> None:
    write(tmp_path / "dump/a.parquet", conversations(3))
    write(tmp_path / "elsewhere/b.parquet", conversations(2, prefix="d"))
    (tmp_path / "dump/linked").symlink_to("../elsewhere")
    (tmp_path / "dump/more.csv").write_text("a,b\n")
    answers = {"prompt_id": [f"c{i}" for i in range(3)], "response": ["no"] * 3}
    write(tmp_path / "answers/1.parquet", answers)
    (tmp_path / "answers/2.parquet").symlink_to("1.parquet")
    (tmp_path / "p.yaml").write_text(SMALL)
    pipeline = load_pipeline(tmp_path / "p.yaml")
    assert pipeline.run().rows_in == pipeline.run().rows_in == 5

    checked = pipeline.check()
    assert {Path(one.path).name: one.reason for one in checked.skipped} == {
        "study": "the folder of a study",
        "more.csv": "a folder with parquet files gives these alone; name others by a glob",
        "2.parquet": "the same file as 1.parquet, which is read",
    }
    (note,) = [text for text in checked.warnings if "skipped" in text]
    assert "more.csv: looks like data" in note
    told = CliRunner().invoke(main, ["check", str(tmp_path / "p.yaml")], catch_exceptions=False)
    assert "skipped: 3 files or folders" in told.output
    assert "more.csv: a folder with parquet files" in told.output
    told = CliRunner().invoke(main, ["check", str(tmp_path / "p.yaml"), "--json"])
    assert json.loads(told.output)["skipped"] == [one._asdict() for one in checked.skipped]


def test_it_says_which_languages_are_left_out_and_what_would_bring_them_in(tmp_path: Path) -> None:
    said = ["en", "en", "Danish", "zh-Hans"]
    messages = [{"role": "user", "content": "hello there"}]
    rows = [
        {"conversation_id": str(i), "language": code, "messages": messages}
        for i, code in enumerate(said)
    ]
    (tmp_path / "dump.jsonl").write_text("\n".join(map(json.dumps, rows)))
    file = tmp_path / "pipeline.yaml"
    file.write_text("study: study\nsource: {path: dump.jsonl, format: conversations}\n")
    [note] = [w for w in load_pipeline(file).check().warnings if "anonymise.languages" in w]
    assert note.startswith("da, zh: not in anonymise.languages, so 50.0% of the rows are rejected")
    assert "python -m spacy download da_core_news_sm" in note
    file.write_text(file.read_text() + "anonymise: {unsupported_language: patterns_only}\n")
    assert not [w for w in load_pipeline(file).check().warnings if "anonymise.languages" in w]
