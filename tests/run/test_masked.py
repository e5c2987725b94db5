"""How many conversations hold what no model reads, and what became of them: rows in are rows out and rows rejected."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from click.testing import CliRunner

from logminer.cli.main import main
from logminer.store.session import open_session

ASKED = "Please write a short and friendly letter to my neighbour"


@pytest.mark.parametrize(
    ("said", "counts"),
    [("reject", (2, {"unsupported_script": 2}, 0)), ("mask", (4, {}, 2))],
)
def test_a_run_counts_what_no_model_reads(
    said: str, counts: tuple[int, dict[str, int], int], tmp_path: Path
) -> None:
    names = ("Алла Кривцова", "my friend", "김민수", "the mayor")
    rows = [
        {
            "conversation_id": f"c{i}",
            "user_id": f"u{i}",
            "language": "en",
            "messages": [
                {"role": "user", "content": f"{ASKED} and to {name}."},
                {"role": "assistant", "content": "Here it is."},
            ],
        }
        for i, name in enumerate(names)
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "dump.parquet")
    options = {
        "study": "study",
        "workers": 0,
        "source": {"path": "dump.parquet"},
        "anonymise": {"unsupported_script": said},
    }
    (tmp_path / "p.yaml").write_text(yaml.safe_dump(options))
    ran = CliRunner().invoke(main, ["run", str(tmp_path / "p.yaml"), "--json"])
    assert ran.exit_code == 0, ran.output
    found = json.loads(ran.stdout)
    assert (found["conversations"], found["rejected"], found["masked"]) == counts
    with open_session(tmp_path / "study") as session:
        (n,) = session.rows(
            "SELECT coalesce(sum(n_redactions), 0) FROM redaction_counts WHERE entity_type = 'UNANALYSED'"
        )[0]
    assert n == counts[2]
