"""Write docs/reference/."""

from __future__ import annotations

from docs.making.pages import FOLDER, pages

for name, text in pages().items():
    (FOLDER / name).write_text(text, "utf-8")
