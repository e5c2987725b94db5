"""Run the notebooks and keep what they show: `make notebooks`, on the demo's study. No kernel, no port: what a cell shows is asked of it."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

__all__ = ["NOTEBOOKS", "ran", "run", "sources"]

HERE = Path(__file__).parent
NOTEBOOKS = sorted(HERE.glob("*.ipynb"))
STUDY = "../demo/study"

Notebook = dict[str, Any]


def sources(notebook: Notebook) -> list[str]:
    """The code of each of its cells."""
    return ["".join(cell["source"]) for cell in _code(notebook)]


def ran(notebook: Notebook) -> str:
    """A hash of its code, to keep beside its outputs: they are of no other."""
    return hashlib.sha256(json.dumps(sources(notebook)).encode()).hexdigest()[:16]


def run(notebook: Notebook, study: str | None = None) -> dict[str, Any]:
    """Run its cells one after the other and put into each what its last line shows.

    Args:
        notebook: as JSON has it; changed.
        study: in place of the one that its cells name.

    Returns:
        The names that the cells have defined.
    """
    names: dict[str, Any] = {}
    for count, cell in enumerate(_code(notebook), 1):
        source = "".join(cell["source"])
        tree = ast.parse(source.replace(STUDY, study) if study else source)
        shown = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, cell["id"], "exec"), names)
        cell["execution_count"], cell["outputs"] = count, []
        if isinstance(shown, ast.Expr):
            value = eval(compile(ast.Expression(shown.value), cell["id"], "eval"), names)
            cell["outputs"].append(
                {
                    "output_type": "execute_result",
                    "execution_count": count,
                    "metadata": {},
                    "data": _shown(value),
                }
            )
    return names


def main() -> None:
    """Run each in its folder and write it back."""
    import pandas as pd

    for path in NOTEBOOKS:
        pd.reset_option("display")  # as if each had a process of its own
        notebook = json.loads(path.read_text("utf-8"))
        with contextlib.chdir(HERE):
            run(notebook)
        notebook["metadata"]["logminer"] = {"ran": ran(notebook)}
        path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", "utf-8")
        sys.stdout.write(f"{path.name}: {path.stat().st_size:,} bytes\n")


def _code(notebook: Notebook) -> list[Notebook]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def _shown(value: Any) -> dict[str, Any]:
    """In the one form that says most and needs nobody else's server."""
    if hasattr(value, "to_dict") and hasattr(
        value, "_repr_mimebundle_"
    ):  # Altair's: data, not a page
        spec = value.to_dict()
        version = spec["$schema"].rpartition("/v")[2].partition(".")[0]
        return {f"application/vnd.vegalite.v{version}+json": spec}
    for form, method in (("image/svg+xml", "_repr_svg_"), ("text/html", "_repr_html_")):
        if hasattr(value, method) and (said := getattr(value, method)()) is not None:
            return {form: said.splitlines(keepends=True)}
    return {"text/plain": repr(value).splitlines(keepends=True)}


if __name__ == "__main__":
    main()
