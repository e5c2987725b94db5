"""The house rules that a reader relies on."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import logminer

ROOT = Path(logminer.__file__).parent
MODULES = sorted(p for p in ROOT.rglob("*.py") if p.name != "__main__.py")


def test_public_names() -> None:
    assert logminer.__all__ == [
        "LogminerError",
        "Pipeline",
        "Study",
        "__version__",
        "export_study",
        "load_pipeline",
        "open_study",
        "peek",
        "write_release",
        "write_report",
    ]
    assert all(hasattr(logminer, name) for name in logminer.__all__)


@pytest.mark.parametrize("file", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_module_says_what_it_is_and_what_it_offers(file: Path) -> None:
    tree = ast.parse(file.read_text("utf-8"))
    assert ast.get_docstring(tree)
    names = {
        t.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for t in node.targets
        if isinstance(t, ast.Name)
    }
    defines = [n for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    assert "__all__" in names or not defines
    if not file.is_relative_to(ROOT / "cli"):
        calls = {
            n.func.id
            for n in ast.walk(tree)
            if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
        }
        assert "print" not in calls
