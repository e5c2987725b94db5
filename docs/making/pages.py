"""The pages of docs/reference/, by name: a test holds the files to them."""

from __future__ import annotations

from pathlib import Path

from docs.making.commands import commands_page
from docs.making.keys import pipeline_page
from docs.making.sizing import sizing_page
from docs.making.tables import schema_page

__all__ = ["FOLDER", "pages"]

FOLDER = Path(__file__).parents[1] / "reference"
MADE = "<!-- Made by `make docs` from the code; not edited by hand. -->\n\n"


def pages() -> dict[str, str]:
    """File name → text."""
    made = {
        "pipeline.md": pipeline_page(),
        "cli.md": commands_page(),
        "schema.md": schema_page(),
        "sizing.md": sizing_page(),
    }
    return {name: MADE + text.rstrip() + "\n" for name, text in made.items()}
