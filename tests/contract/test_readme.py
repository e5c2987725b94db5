"""What the README shows works: its pipeline file parses, its verbs exist, its Python runs."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from logminer.api import load_pipeline
from logminer.cli.main import VERBS, main
from logminer.privacy.policy.profiles import PROFILES
from logminer.scorers.autorater.impartial import impartial_raters
from logminer.scorers.kinds import check_scorers
from logminer.taxonomy.tree import load_taxonomy, shipped_taxonomies
from tests.conftest import Demo
from tests.kit.places import ROOT

README = (ROOT / "README.md").read_text("utf-8")
PRIVACY = (ROOT / "docs/privacy.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_python_blocks_run(demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(demo.study, tmp_path / "studies" / "quarterly")
    monkeypatch.chdir(tmp_path)
    (block,) = blocks("python")
    for line in block.splitlines():
        assert line.split("#")[0].strip() != "..."
    exec(compile(block, "README.md", "exec"), {})


def test_pipeline_block_is_accepted(tmp_path: Path) -> None:
    block, autoraters = blocks("yaml")
    (tmp_path / "p.yaml").write_text(block)
    pipeline = load_pipeline(tmp_path / "p.yaml").file
    assert [c.kind for c in pipeline.checkpoints] == ["endpoint", "local", "recorded"]
    assert pipeline.compare.pairs == (("sft", "prod"),)
    assert pipeline.compare.margins["prv"].ratio == 1.5
    (tmp_path / "rated.yaml").write_text(f"study: s\nsource: {{path: d.parquet}}\n{autoraters}")
    rated = load_pipeline(tmp_path / "rated.yaml").file
    check_scorers(rated.judge.scorers, load_taxonomy(rated.judge.taxonomy, tmp_path))
    assert [found.scorer.votes for found in impartial_raters(rated.judge.scorers, ())] == [3]


@pytest.mark.parametrize("file", sorted((ROOT / "pipelines").glob("*.yaml")), ids=lambda p: p.name)
def test_shipped_pipelines_are_accepted(file: Path) -> None:
    load_pipeline(file)


def test_every_verb_is_in_the_readme_and_every_call_in_it_exists() -> None:
    shell = "\n".join(blocks("sh"))
    called = set(re.findall(r"^logminer ([\w-]+)", shell, re.MULTILINE))
    assert called <= set(VERBS)
    for verb in VERBS:
        assert verb in README
        assert CliRunner().invoke(main, [verb, "--help"]).exit_code == 0


def test_shipped_taxonomies_are_told_with_their_size() -> None:
    told = dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", README, re.MULTILINE))
    sizes = {name: len(load_taxonomy(name, ROOT).nodes()) for name in shipped_taxonomies()}
    assert {name: int(told[name]) for name in sizes} == sizes


def test_profiles_are_told_type_by_type() -> None:
    for entity_type in {*PROFILES["strict"], *PROFILES["balanced"]} - {None}:
        cells = [
            PROFILES[name][entity_type].why if entity_type in PROFILES[name] else "as all others"
            for name in ("balanced", "strict")
        ]
        assert f"| `{entity_type}` | {' | '.join(cells)} |" in PRIVACY


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`?make (\w+)", README)) <= targets


def test_readme_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if not target.startswith("http"):
            assert (ROOT / target).exists(), target


def test_ci_calls_the_tests_of_the_readme() -> None:
    assert "make test" in (ROOT / ".ci" / "run").read_text()
