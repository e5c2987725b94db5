"""The notebooks run on a study that went the whole way, and what they are committed with is what their code shows."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from logminer.cli.demo import command
from logminer.demo.dump import write_demo_dump
from notebooks.execute import NOTEBOOKS, ran, run, sources
from tests.conftest import Demo

ELSEWHERE = re.compile(
    r"/(?:home|root|tmp|Users|work)/|https?://(?!www\.w3\.org/|vega\.github\.io/schema/)"
)


def _read(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text("utf-8"))


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """What the demo's dump holds that nobody may read."""
    asked = {option.name: option.default for option in command.params}
    file = tmp_path_factory.mktemp("dump") / "dump.parquet"
    dump = write_demo_dump(file, conversations=asked["conversations"], seed=asked["seed"])
    return {value.lower() for values in dump.planted.values() for value in values}


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebook_runs_and_shows_something(file: Path, demo: Demo) -> None:
    notebook = _read(file)
    names = run(notebook, str(demo.study))
    assert str(names["study"].path) == str(demo.study)
    assert all(c["outputs"] for c in notebook["cells"] if c["cell_type"] == "code")
    names["study"].close()


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda p: p.stem)
def test_what_is_kept_is_what_the_code_shows_and_nobodys(file: Path, planted: set[str]) -> None:
    notebook = _read(file)
    assert notebook["metadata"]["logminer"]["ran"] == ran(notebook), "make notebooks"
    kept = unquote(json.dumps([c.get("outputs") for c in notebook["cells"]], ensure_ascii=False))
    assert not ELSEWHERE.search(kept)
    assert not [value for value in planted if value in kept.lower()]
    assert file.stat().st_size < 200_000


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda p: p.stem)
def test_cells_are_plain_python_and_define_each_name_once(file: Path) -> None:
    """So marimo opens them as well: it runs cells in the order of their names."""
    defined: Counter[str] = Counter()
    for source in sources(_read(file)):
        tree = ast.parse(source)  # which takes no magic
        assert isinstance(tree.body[-1], ast.Expr)
        names = {
            n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        }
        imported = (n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom))
        names |= {alias.asname or alias.name for n in imported for alias in n.names}
        defined.update(names)
    assert not [name for name, times in defined.items() if times > 1]
