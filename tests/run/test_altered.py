"""How many prompts anonymisation altered: in the table, in the summary, beside the verdicts."""

from __future__ import annotations

import json
from pathlib import Path

import yaml
from click.testing import CliRunner

from logminer.cli.main import main
from logminer.store.session import open_session
from tests.kit.recordings import ask, write

SAID = (
    "how do I fix a leaking tap",
    "write to ana.kostova@mail.example that the tap of 41 leaks",
    "list uses of vinegar",
    "tell lou@mail.example and ivo@mail.example about rain",
)


def test_a_run_says_how_many_prompts_were_altered(tmp_path: Path) -> None:
    rows = [
        {
            "prompt_id": str(i),
            "prompt_messages": ask(f"{SAID[i % 4]} ({'abcdefgh'[i // 4]})"),
            "user_id": f"u{i}",
            "language": "en",
            "model": arm,
            "response": f"well, {i}",
            "harm": "yes" if i % 2 and arm == "b" else "no",
        }
        for i in range(24)
        for arm in "ab"
    ]
    write(tmp_path / "answers.parquet", rows)
    arm = {"kind": "recorded", "path": "answers.parquet"}
    harm = {
        "kind": "recorded",
        "category": "unsafe",
        "column": "harm",
        "yes": ["yes"],
        "no": ["no"],
    }
    options = {
        "study": "study",
        "workers": 0,
        "source": {"path": "answers.parquet", "format": "paired"},
        "checkpoints": [{"name": name, "model": name} | arm for name in "ab"],
        "judge": {"scorers": [harm]},
        "compare": {"pairs": [["a", "b"]]},
    }
    (tmp_path / "p.yaml").write_text(yaml.safe_dump(options))
    ran = CliRunner().invoke(main, ["run", str(tmp_path / "p.yaml"), "--json"])
    assert ran.exit_code == 0, ran.output
    assert json.loads(ran.stdout)["altered"] == 12
    said = CliRunner().invoke(main, ["run", str(tmp_path / "p.yaml")])
    assert "12 of 24 prompts were altered by anonymisation (50.0 %)" in said.output
    with open_session(tmp_path / "study") as session:
        counts = session.rows("SELECT n_redacted, count(*) FROM prompts GROUP BY ALL ORDER BY ALL")
        rates = session.rows(
            "SELECT stratum, n_prompts, difference, role, verdict IS NULL FROM comparisons WHERE kind = 'category'"
            " ORDER BY ALL"
        )
    assert counts == [(0, 12), (1, 6), (2, 6)]
    assert rates == [
        ("all", 24, 0.5, "primary", False),
        ("altered=false", 12, 0.0, "secondary", True),
        ("altered=true", 12, 1.0, "secondary", True),
        ("turn=first", 24, 0.5, "primary", False),
    ]
    beside = CliRunner().invoke(
        main, ["compare", str(tmp_path / "study"), "--stratum", "altered=true"]
    )
    assert "altered=true" in beside.output
