"""The picture of the README, from a study: `logminer run docs/making/xstest.yaml`, then `python -m docs.making.picture STUDY`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from logminer.charts.forest import ForestRow, forest
from logminer.store.session import open_session

__all__ = ["drawn"]

FILE = Path(__file__).parents[1] / "pictures/xstest.svg"
TITLE = "XSTest: refusals, candidate minus base, in points"
PAIRS = {
    ("old_prompt", "new_prompt"): "Llama 2: original → later prompt",
    ("old_prompt", "gpt4"): "Llama 2 (original prompt) → GPT-4",
}
WHOSE = {"recorded": "people's labels", "refusal_probe": "the probe", "rules": "patterns"}
NAMES = {"refusal": "Refusal", "partial_refusal": "Partial refusal"}
ROWS = """
SELECT base, candidate, category_id, scorer, role, stratum, difference, low, high, verdict, margin, minimum_detectable
FROM comparisons
WHERE kind = 'category' AND channel = 'response' AND stratum LIKE 'prompt_is_safe=%'
  AND (category_id = 'refusal' OR category_id = 'partial_refusal' AND role = 'primary')
ORDER BY base, candidate DESC, stratum DESC, category_id <> 'refusal', role, category_id, scorer
"""


def drawn(study: Path) -> str:
    """The SVG, from the table `comparisons` of a study."""
    with open_session(study) as session:
        rows = session.columns(ROWS).to_pylist()
    return forest([_row(row) for row in rows], title=TITLE)


def _row(row: dict[str, Any]) -> ForestRow:
    prompts = "safe" if row["stratum"].endswith("true") else "harmful"
    return ForestRow(
        f"{NAMES[row['category_id']]}, {prompts}: {WHOSE[row['scorer']]}",
        PAIRS[row["base"], row["candidate"]],
        row["difference"],
        row["low"],
        row["high"],
        row["verdict"],
        margin=row["margin"],
        secondary=row["role"] == "secondary",
    )


if __name__ == "__main__":
    FILE.write_text(drawn(Path(sys.argv[1])) + "\n", "utf-8")
