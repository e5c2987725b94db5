"""A run of an encrypted study, cut off and taken up again: at no time is anything of it in a byte on the disk."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from logminer.api import load_pipeline, open_study
from logminer.cli.main import main
from logminer.errors import ConfigError, SecretError
from logminer.ids import Pseudonyms, load_key
from logminer.pipeline.reporter import Quiet
from logminer.schemas import INSIDE
from logminer.stages.base import Done
from logminer.store.session import open_session
from tests.conftest import PIPELINE, Demo
from tests.kit.planting import files_with

ENCRYPTED = "encryption: {key_env: DISK_KEY}\n"
NAMER = "cluster: {min_cluster_size: 5, namer: {kind: scripted, name: titles, replies: [knitting grumbles]}}"
ANEW = {"runs", "clusters", "loaded_parts"}  # say when, who names, and of which run
TEXTS = """
SELECT DISTINCT left(said, 24) FROM (
  SELECT response AS said FROM responses UNION ALL SELECT thoughts FROM responses
  UNION ALL SELECT unnest(messages).content FROM prompts UNION ALL SELECT user_id FROM prompts
) WHERE length(said) > 8
"""


class _CutOff(Quiet):
    """Ends the run when some parts are there."""

    def __init__(self) -> None:
        self._parts = 0

    def done(self, done: Done, rows: int) -> None:
        self._parts += 1
        if self._parts == 6:
            raise KeyboardInterrupt


def tables(study: Path) -> dict[str, pa.Table]:
    names = ["embeddings", *(table.name for table in INSIDE if table.name not in ANEW)]
    with open_session(study) as session:
        return {name: session.columns(f"SELECT * FROM {name} ORDER BY ALL") for name in names}


def test_nothing_of_it_is_in_a_byte(
    demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISK_KEY", "a7" * 32)
    said = PIPELINE.replace("dump.parquet", str(demo.folder / "dump.parquet"))
    said = said.replace("cluster: {min_cluster_size: 5}", NAMER)
    file, study = tmp_path / "pipeline.yaml", tmp_path / "study"
    file.write_text(said + ENCRYPTED)
    with open_session(demo.study) as session:
        canaries = [text for (text,) in session.rows(TEXTS)]
    canaries += ["knitting", "a7a7a7"]
    with pytest.raises(KeyboardInterrupt):
        load_pipeline(file).run(_CutOff())
    assert not files_with(canaries, study)
    before = {path: path.stat().st_mtime_ns for path in study.glob("parts/*/[!.]*.parquet")}
    load_pipeline(file).run()
    assert len(before) >= 5
    assert all(path.stat().st_mtime_ns == then for path, then in before.items())
    assert (study / "titles.json").exists()
    assert not files_with(canaries, study)
    assert tables(study) == tables(demo.study)

    told = CliRunner().invoke(main, ["report", str(study), "--out", str(tmp_path / "report.html")])
    assert "not encrypted" in told.output
    audited = CliRunner().invoke(main, ["audit", str(study), "--json"])
    assert '"undecoded": []' in audited.output
    sheet = ["label", str(study), "--category", "refusal", "--n", "4", "--out"]
    for out, refused in (("sheet.csv", False), ("study/sheet.csv", True)):
        told = CliRunner().invoke(main, [*sheet, str(tmp_path / out)])
        assert ("outside the study" in told.stderr) == refused

    file.write_text(said)
    with pytest.raises(ConfigError, match="logminer rekey"):
        load_pipeline(file).run()
    file.write_text(said + ENCRYPTED)
    monkeypatch.setenv("DISK_KEY", "b8" * 32)
    for verb in ("run", "status", "prune", "rekey"):
        refused = CliRunner().invoke(main, [verb, str(file)])
        assert (refused.exit_code, "DISK_KEY" in refused.stderr) == (1, True), verb
    for verb, *more in (["show"], ["compare"], ["audit"], ["report"], ["sql", "FROM runs"]):
        refused = CliRunner().invoke(main, [verb, str(study), *more])
        assert "DISK_KEY" in refused.stderr, verb
    with pytest.raises(SecretError):
        open_study(study)

    monkeypatch.setenv("DISK_KEY", "a7" * 32)
    users = pq.read_table(demo.folder / "dump.parquet", columns=["user_id"])["user_id"]
    (gone, n), *_ = Counter(filter(None, users.to_pylist())).most_common(1)
    (held,) = load_pipeline(file).forget(gone).studies
    assert held.rows["conversations"] == n
    assert not files_with(canaries, study)
    again = load_pipeline(file).run()
    assert again.rejected["forgotten"] == n
    with open_session(study) as session:
        own = Pseudonyms(load_key(), "tests").user(gone)
        assert session.rows("SELECT count(*) FROM prompts WHERE user_id = $1", [own]) == [(0,)]
    assert not files_with(canaries, study)
