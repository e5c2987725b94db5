"""`logminer evaluate-pii`: its page, its JSON, its wrong uses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from logminer.cli.main import main
from logminer.privacy.evaluate import Score, evaluate, read_documents
from tests.kit.gold import ROWS


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    path = tmp_path / "labelled.parquet"
    pq.write_table(pa.Table.from_pylist(ROWS), path)
    return path


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["evaluate-pii", *map(str, arguments)])


def test_command_line(labelled: Path) -> None:
    ran = call(labelled, "--as-shipped", "--json")
    assert ran.exit_code == 0, ran.output
    got = json.loads(ran.stdout)
    assert set(got["overall"]) >= {"precision", "recall", "f2", "char_precision", "char_share_redacted", "n", "recall_low"}  # fmt: skip
    assert got["overall"]["recall"] == 1.0
    assert got["by_entity"]["EMAIL"]["n"] == 1
    assert set(got["by_entity"]["PERSON"]) == {"n", "recall", "recall_low", "precision"}
    assert got["documents_fully_masked"] == 1.0
    assert got["skipped"] == {"misplaced_labels": 1, "unsupported_language:de": 1}
    assert set(got["by_dataset"]) == {"letters", "letters_2"}
    assert 0 < got["as_shipped"]["overall"]["recall"] <= 1
    table = call(labelled, "--profile", "balanced", "--dataset", "letters", "--limit", 1)
    assert table.exit_code == 0, table.output
    assert "profile balanced" in table.output
    assert "PERSON" in table.output
    assert "Kowalska" not in table.output + ran.output


def test_patterns_alone_where_there_is_no_model(labelled: Path) -> None:
    result = evaluate(read_documents(str(labelled)), patterns_only=True)
    assert isinstance(result.ours, Score)
    assert result.ours.by_entity["PER"].n == 1
    assert result.skipped == {"misplaced_labels": 1}
    assert result.as_shipped is None


def test_documents_that_a_run_would_reject_by_their_script_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "mixed.jsonl"
    texts = ["Please greet Anna Kowalska.", "Please greet 王芳明 from all of us."]
    rows = [{"text": text, "spans": [], "language": "en"} for text in texts]
    file.write_text("\n".join(map(json.dumps, rows)))
    assert evaluate(read_documents(str(file))).skipped["masked_script"] == 1
    ran = call(file)
    assert (
        "in 1 documents; a run rejects them unless anonymise.unsupported_script is mask"
        in ran.output
    )


def test_wrong_use_is_said(tmp_path: Path) -> None:
    missing = call(tmp_path / "none.parquet")
    assert missing.exit_code == 1
    assert "no such file" in missing.stderr
    assert call(tmp_path, "--model", "english").exit_code == 2
    assert call(tmp_path, "--profile", "lenient").exit_code == 2


def test_presidio_as_shipped_asks_no_network_and_says_nothing_of_it(tmp_path: Path) -> None:
    file = tmp_path / "labelled.jsonl"
    text = "Write to john.smith@example.co.uk."
    spans = [{"start": 9, "end": 33, "entity_type": "EMAIL_ADDRESS"}]
    file.write_text(json.dumps({"text": text, "spans": spans}))
    cache = tmp_path / "cache"
    ran = subprocess.run(
        [sys.executable, "-m", "logminer.cli", "evaluate-pii", file, "--as-shipped", "--json"],
        env=os.environ | {"TLDEXTRACT_CACHE": str(cache)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert json.loads(ran.stdout)["as_shipped"]["overall"]["recall"] == 1.0
    assert not cache.exists()
