"""The demo as a user runs it, on a smaller dump: real models, and nothing planted is left."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from logminer.cli.main import main
from logminer.demo.dump import write_demo_dump
from logminer.demo.run import PIPELINE

CONVERSATIONS, SEED = 20, 11  # few and short, and yet two values at least of every kind are planted
# An edited pipeline is kept: fewer and shorter answers, and all in this process, whose models are loaded.
EDITED = PIPELINE.replace("max_new_tokens: 12", "max_new_tokens: 5, sample: 8").replace(
    "workers: 1", "workers: 0"
)


def test_demo_goes_the_whole_way_and_leaks_no_identifier(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, folder in (("HOME", "home"), ("TMPDIR", "tmp")):
        (tmp_path / folder).mkdir()
        monkeypatch.setenv(name, str(tmp_path / folder))
    monkeypatch.delenv("LOGMINER_KEY")
    monkeypatch.chdir(tmp_path)
    assert EDITED != PIPELINE
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "pipeline.yaml").write_text(EDITED)
    command = ["demo", "demo", "--conversations", str(CONVERSATIONS), "--seed", str(SEED)]
    told = CliRunner().invoke(main, command)
    assert told.exit_code == 0, told.output
    end = told.output[told.output.index("Planted personal data") :]
    assert "plain → four_bit: Refusal (any) not shown to be equivalent within ±15 points: " in end
    study = tmp_path / "demo" / "study"
    assert f"logminer show {study} --changed refusal --pair plain cautious\n" in end
    assert end.endswith("demo/report.html is the report: open it in a browser\n")
    report = tmp_path / "demo" / "report.html"
    assert report.stat().st_mode & 0o077 == 0
    again = CliRunner().invoke(main, [*command, "--json"])  # what is there is taken
    result = json.loads(again.stdout)
    summary = result["summary"]
    rejected = sum(summary["rejected"].values())
    assert summary["rows_in"] == CONVERSATIONS == summary["conversations"] + rejected
    assert summary["responses"].pop("logged") == summary["prompts"]
    assert set(summary["responses"]) == {"plain", "cautious", "four_bit"}
    assert set(summary["responses"].values()) == set(summary["sampled"].values()) != {0}
    left = {leak["kind"]: leak["left"] for leak in result["leaks"]}
    assert {left[kind] for kind in ("email", "card", "iban", "ip")} == {0}

    # The same dump, made again, says what was planted; it stands in no file but the dump, and in no line printed.
    dump = write_demo_dump(tmp_path / "again.parquet", conversations=CONVERSATIONS, seed=SEED)
    assert pq.read_table(dump.path).equals(pq.read_table(tmp_path / "demo" / "dump.parquet"))
    folders = [study, tmp_path / "home", tmp_path / "tmp"]
    files = [report, *(p for folder in folders for p in folder.rglob("*") if p.is_file())]
    raw = b"".join(file.read_bytes() for file in files)
    raw += "".join((told.output, again.output, *capfd.readouterr())).encode()
    for kind in ("email", "card", "iban", "ip"):
        assert len(dump.planted[kind]) >= 2
        assert not [value for value in dump.planted[kind] if value.encode() in raw]
    assert (tmp_path / "home" / ".config" / "logminer" / "key").stat().st_mode & 0o077 == 0
