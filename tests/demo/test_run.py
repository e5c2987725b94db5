"""The demo as a user runs it, on a smaller dump: two real models, and nothing planted is left."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq

from logminer.demo.dump import write_demo_dump
from logminer.demo.run import PIPELINE

CONVERSATIONS, SEED = 20, 92  # few and short, and yet two values at least of every kind are planted
LONG, SHORT = "max_new_tokens: 24", "max_new_tokens: 6"


def test_demo_goes_the_whole_way_and_leaks_no_identifier(tmp_path: Path) -> None:
    environment = os.environ | {"HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "tmp")}
    environment.pop("LOGMINER_KEY", None)
    for folder in ("home", "tmp"):
        (tmp_path / folder).mkdir()
    # An edited pipeline is kept: shorter answers, and one worker beside the process of the models.
    assert LONG in PIPELINE
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "pipeline.yaml").write_text(f"{PIPELINE.replace(LONG, SHORT)}workers: 1\n")
    command = [
        sys.executable,
        "-m",
        "logminer.cli",
        "demo",
        "demo",
        "--conversations",
        str(CONVERSATIONS),
        "--seed",
        str(SEED),
        "--json",
    ]
    ran = subprocess.run(
        command,
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    result = json.loads(ran.stdout)
    summary = result["summary"]
    rejected = sum(summary["rejected"].values())
    assert summary["rows_in"] == CONVERSATIONS == summary["conversations"] + rejected
    assert set(summary["responses"]) == {"logged", "plain", "cautious"}
    assert set(summary["responses"].values()) == {summary["prompts"]}
    left = {leak["kind"]: leak["left"] for leak in result["leaks"]}
    assert {left[kind] for kind in ("email", "card", "iban", "ip")} == {0}

    # The same dump, made again, says what was planted; it stands in no file but the dump, and in no line printed.
    dump = write_demo_dump(tmp_path / "again.parquet", conversations=CONVERSATIONS, seed=SEED)
    assert pq.read_table(dump.path).equals(pq.read_table(tmp_path / "demo" / "dump.parquet"))
    everywhere = [tmp_path / "demo" / "study", tmp_path / "home", tmp_path / "tmp"]
    raw = b"".join(p.read_bytes() for root in everywhere for p in root.rglob("*") if p.is_file())
    raw += (ran.stdout + ran.stderr).encode()
    for kind in ("email", "card", "iban", "ip"):
        assert len(dump.planted[kind]) >= 2
        assert not [value for value in dump.planted[kind] if value.encode() in raw]
    assert (tmp_path / "home" / ".config" / "logminer" / "key").stat().st_mode & 0o077 == 0
