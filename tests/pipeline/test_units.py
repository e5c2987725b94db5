"""What answers hang together in, where nobody said so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from logminer.api import load_pipeline
from logminer.pipeline.journey import Journey
from tests.kit.dumps import conversations, write
from tests.kit.odcv import Run, write_runs

MESSAGES = [{"role": "user", "content": "ship"}, {"role": "assistant", "content": "ok"}]


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    return write_runs(tmp_path / "runs", [Run("a", "mandated", "Fleet", MESSAGES, {"grok": 1})])


def journey(folder: Path, source: dict[str, Any], **more: Any) -> Journey:
    said = {"study": "study", "source": source, "judge": {"scorers": ["rules"]}, **more}
    (folder / "p.yaml").write_text(yaml.safe_dump(said))
    return load_pipeline(folder / "p.yaml").journey()


def test_a_format_without_users_says_what_runs_hang_together_in(tmp_path: Path, logs: Path) -> None:
    found = journey(tmp_path, {"path": str(logs), "keep": ["variation"]})
    assert found.file.compare.cluster_by == "scenario"
    assert found.file.source.keep == ("variation", "scenario")
    assert [note for note in found.notes if note.startswith("compare.cluster_by is scenario")]


def test_what_the_pipeline_says_holds(tmp_path: Path, logs: Path) -> None:
    source = {"path": str(logs), "keep": ["variation"]}
    found = journey(tmp_path, source, compare={"cluster_by": "variation"})
    assert (found.file.compare.cluster_by, found.file.source.keep) == ("variation", ("variation",))
    assert (
        journey(tmp_path, source, compare={"cluster_by": "user"}).file.compare.cluster_by == "user"
    )


def test_people_are_the_units_elsewhere(tmp_path: Path) -> None:
    dump = write(tmp_path / "d.parquet", conversations(2))
    found = journey(tmp_path, {"path": str(dump)})
    assert (found.file.compare.cluster_by, found.file.source.keep) == ("user", ())
