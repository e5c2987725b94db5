"""The notebooks run, cell by cell, on a study that went the whole way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Demo
from tests.kit.places import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda p: p.name)
def test_notebook_runs_and_is_committed_without_output(file: Path, demo: Demo) -> None:
    cells = [c for c in json.loads(file.read_text("utf-8"))["cells"] if c["cell_type"] == "code"]
    assert all(c["outputs"] == [] for c in cells)
    names: dict[str, object] = {}
    for cell in cells:
        source = "".join(cell["source"]).replace('"../demo/study"', repr(str(demo.study)))
        exec(compile(source, file.name, "exec"), names)
    assert not names["verdicts"].empty  # type: ignore[attr-defined]
