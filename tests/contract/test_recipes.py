"""CONTRIBUTING.md, followed to the letter: its recipes in a copy of the package, which then goes the whole way."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")

STEP = re.compile(
    r"^`((?:logminer|pipelines)/\S+)`\n\n```(\w+)\n(.*?)```$", re.MULTILINE | re.DOTALL
)

PIPELINE = """
study: study
source: {path: dump.parquet}
checkpoints:
  - {name: one, kind: parrot}
  - {name: two, kind: parrot, before: "I will not say anything of the kind, however often you may ask: "}
judge: {taxonomy: refusal, scorers: [{kind: curt, words: 9}]}
suites: {courtesy: {path: asked.parquet}}
workers: 0
"""
SESSIONS = 40


class Recipe(NamedTuple):
    """A section of the page: files that are new, and for each edited one its changes."""

    title: str
    new: dict[str, str]
    edited: dict[str, list[tuple[str, str]]]  # what stands there → what comes in its place

    @property
    def lines(self) -> int:
        """How many lines are added to files that are there."""
        return sum(
            len(after.splitlines()) - len(before.splitlines())
            for changes in self.edited.values()
            for before, after in changes
        )

    def follow(self, folder: Path) -> None:
        for name, text in self.new.items():
            assert not (folder / name).exists()
            (folder / name).write_text(text, "utf-8")
        for name, changes in self.edited.items():
            text = (folder / name).read_text("utf-8")
            for before, after in changes:
                assert text.count(before) == 1, (
                    f"{name}: the page shows what does not stand there once"
                )
                text = text.replace(before, after)
            (folder / name).write_text(text, "utf-8")


def recipes() -> Iterator[Recipe]:
    _, *sections = re.split(r"^### ", PAGE.partition("## Recipes")[2], flags=re.MULTILINE)
    for section in sections:
        new, edited = dict[str, str](), dict[str, list[tuple[str, str]]]()
        for name, language, block in STEP.findall(section):
            if language == "diff":
                edited[name] = [(_side(h, "-"), _side(h, "+")) for h in block.split("\n\n")]
            else:
                new[name] = block
        yield Recipe(section.partition("\n")[0], new, edited)


def _side(hunk: str, sign: str) -> str:
    return "".join(f"{line[1:]}\n" for line in hunk.splitlines() if line[0] in (" ", sign))


RECIPES = {recipe.title.partition(":")[0]: recipe for recipe in recipes()}


def run(folder: Path, *arguments: str) -> str:
    """What the copy in `folder` prints."""
    ran = subprocess.run(
        [sys.executable, "-m", "logminer.cli", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.parametrize(
    "title", ["A scorer", "A kind of checkpoint", "A format of dumps", "A verb", "A view"]
)
def test_a_recipe_is_one_file_and_one_line(title: str) -> None:
    recipe = RECIPES[title]
    assert (len(recipe.new), len(recipe.edited), recipe.lines) == (1, 1, 1)


def test_a_stage_is_its_file_its_table_and_its_step() -> None:
    recipe = RECIPES["A stage"]
    assert {Path(name).parent.name for name in recipe.new} == {"stages", "schemas"}
    assert set(recipe.edited) == {"logminer/schemas/published.py", "logminer/pipeline/journey.py"}


def test_a_suite_is_one_file() -> None:
    recipe = RECIPES["A suite"]
    assert (len(recipe.new), len(recipe.edited)) == (1, 0)


def test_the_recipes_hold(tmp_path: Path) -> None:
    shutil.copytree(
        ROOT / "logminer", tmp_path / "logminer", ignore=shutil.ignore_patterns("__pycache__")
    )
    for data in ("taxonomies", "pipelines"):
        shutil.copytree(ROOT / data, tmp_path / data)
    for recipe in RECIPES.values():
        recipe.follow(tmp_path)
    said = [
        (f"s{i}", speaker, text)
        for i in range(SESSIONS)
        for speaker, text in (
            ("user", f"What is {i} times {i}?"),
            ("assistant", f"It is {i * i}."),
            (
                "user",
                "Thank you." if i % 2 else "Thank you, and please tell me how you found it out.",
            ),
        )
    ]
    columns = dict(zip(("session", "speaker", "text"), zip(*said, strict=True), strict=True))
    pq.write_table(
        pa.table({name: list(cells) for name, cells in columns.items()}), tmp_path / "dump.parquet"
    )
    (tmp_path / "pipeline.yaml").write_text(PIPELINE)
    questions = {
        "prompt_id": [f"q{i}" for i in range(8)],
        "prompt_messages": [[{"role": "user", "content": f"Is it {i}?"}] for i in range(8)],
        "kind": [i % 2 == 0 for i in range(8)],
    }
    pq.write_table(pa.table(questions), tmp_path / "asked.parquet")

    told = run(tmp_path, "suite", "run", "logs", "courtesy", "pipeline.yaml", "--json")
    ran, suite = json.loads(told)["suites"]
    assert (suite["suite"], suite["prompts"]) == ("courtesy", 8)
    kindly = (
        "SELECT n_prompts, base_rate, candidate_rate FROM comparisons"
        " WHERE category_id = 'refusal' AND stratum = 'kind=true'"
    )
    found = json.loads(run(tmp_path, "sql", "study/suites/courtesy", kindly, "--json"))
    assert found == [{"n_prompts": 4, "base_rate": 1.0, "candidate_rate": 0.0}]
    assert (ran["rows_in"], ran["conversations"]) == (SESSIONS, SESSIONS)  # the format
    labels = json.loads(
        run(
            tmp_path,
            "sql",
            "study",
            "SELECT checkpoint, label, count(*) AS n FROM labelled_responses"
            " WHERE scorer = 'curt' AND checkpoint <> 'logged' GROUP BY ALL ORDER BY ALL",
            "--json",
        )
    )
    assert labels == [  # the scorer, of what the kind of checkpoint said
        {"checkpoint": "one", "label": "no", "n": SESSIONS // 2},
        {"checkpoint": "one", "label": "yes", "n": SESSIONS // 2},
        {"checkpoint": "two", "label": "no", "n": SESSIONS},
    ]
    lengths = "SELECT checkpoint, avg(characters) AS characters FROM lengths JOIN responses USING (response_id) GROUP BY ALL ORDER BY ALL"
    view = "SELECT checkpoint, characters FROM answer_lengths ORDER BY ALL"
    assert run(tmp_path, "sql", "study", lengths) == run(tmp_path, "sql", "study", view)
    said = "SELECT comment FROM duckdb_columns() WHERE table_name = 'answer_lengths' AND comment IS NOT NULL"
    assert "mean length in characters; null: none came" in run(tmp_path, "sql", "study", said)
    assert "--json" in run(tmp_path, "languages", "--help")
    spoken = json.loads(run(tmp_path, "languages", "study", "--json"))
    assert spoken == [{"language": "en", "conversations": SESSIONS}]


# --- the page beside what it tells of


def floors() -> list[set[str]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    (contract,) = (
        c for c in settings["tool"]["importlinter"]["contracts"] if c["type"] == "layers"
    )
    return [set(layer.split(" | ")) for layer in contract["layers"]]


def test_the_rooms_are_those_of_the_import_contract() -> None:
    table = re.findall(r"^\| \d+ \| ([^|]*) \|", PAGE, re.MULTILINE)
    assert [set(re.findall(r"\w+", rooms)) for rooms in table] == floors()


def test_what_the_page_names_is_there() -> None:
    named = set(re.findall(r"`((?:logminer|tests|benchmarks|stages|sources|\.ci)/[\w./]*)`", PAGE))
    new = {name for recipe in RECIPES.values() for name in recipe.new}
    for name in named - new:
        assert (ROOT / name).exists() or (ROOT / "logminer" / name).exists(), name
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"^make (\w+)", PAGE, re.MULTILINE)) <= targets
