"""What few people are behind stands nowhere on a page without texts, and cannot be had from what does."""

from __future__ import annotations

import datetime
import json
import shutil
from pathlib import Path
from typing import Any

from logminer.api import write_report
from logminer.report.people import People
from logminer.schemas import ASSIGNMENTS
from logminer.store.publication import revise
from tests.board.conftest import Pipelines, pipelines
from tests.conftest import Demo
from tests.kit.pages import Page, read_page
from tests.kit.world import World, filled
from tests.report.test_map import read_marks
from tests.report.test_report import CANARY, said_of, with_clusters

__all__ = ["pipelines"]

FEW = "fewer than 5 people"


def page_of(world: World, **options: Any) -> Page:
    out = world.folder.parent / "page.html"
    write_report(world.folder, out=out, **options)
    return read_page(out)


def test_many_prompts_of_unknown_users_are_nobody_s(tmp_path: Path) -> None:
    world = World(tmp_path / "study")
    for i in range(10):
        world.add(("no",), ("no",), user=f"u{i}")
    for _ in range(20):
        world.add(("no",), ("yes",), safe="canary-clinic")
    said_of(world)
    for row in world.tables["responses"][20:]:
        row["response"] = f"{CANARY} lives here"
    world.compared(strata=("safe",))
    with_clusters(world, CANARY)
    page = page_of(world)
    assert "canary-clinic" not in page.html
    assert CANARY not in page.html
    assert "20 prompts have no user and count as nobody’s" in page.text


def test_a_hidden_part_is_not_what_the_others_leave(tmp_path: Path) -> None:
    people = People(5, with_text=False, known=True)
    assert people.hidden({"a": 9, "b": 8}) == set()
    assert people.hidden({"a": 9, "b": 8, "c": 1}) == {"b", "c"}
    assert people.hidden({"a": 10, "b": 1, "c": 1, "d": 1}) == {"a", "b", "c", "d"}
    assert people.hidden({"a": 9, "b": 3, "c": 2}) == {"b", "c"}
    assert people.hidden({"a": 9, "b": 8, "c": 0}) == {"b", "c"}
    world = World(tmp_path / "study")
    for i in range(40):
        world.add(("yes",), ("no",), user=f"u{i}", safe="rare" if i == 7 else "true")
    world.compared(strata=("safe",))
    page = page_of(world)
    assert "safe=" not in page.html
    assert "Strata that fewer than 5 people are in" in page.text


def test_an_arm_of_one_person_is_no_number_of_the_map(demo: Demo, tmp_path: Path) -> None:
    study = Path(shutil.copytree(demo.study, tmp_path / "study"))
    with revise(study) as publication:
        kept = publication.columns(
            "SELECT a.* FROM assignments AS a JOIN responses AS r USING (response_id) JOIN prompts USING (prompt_id)"
            " WHERE checkpoint <> 'logged' OR user_id = (SELECT min(user_id) FROM prompts)"
        )
        publication.replace(ASSIGNMENTS, filled(ASSIGNMENTS, kept.to_pylist()))
    data = read_marks(study, with_text=False).data
    arm = data["arms"].index("logged")
    assert data["groups"][0]["n"][arm] is None
    assert {group["n"][arm] for group in data["groups"]} <= {None, 0}
    assert {yes[arm] for group in data["groups"] for yes in group["yes"]} <= {None, 0}
    assert "total" not in data


def test_a_verdict_and_a_card_of_few_are_not_told(tmp_path: Path) -> None:
    world = World(tmp_path / "study", carded=False)
    for i in range(90):
        human = ("yes" if i == 3 else "no", "no") if i < 60 else None
        world.add(("yes" if i == 3 else "no",), ("yes",), user=f"u{i % 9}", human=human)
    world.compared(margins={"bad": 0.05})
    page = page_of(world, min_people=10)
    assert "worse" not in page.text
    assert "Behaviours that fewer than 10 people were asked about: 1" in page.text
    told = {one.of for one in page_of(world).figures}
    assert "judge_cards.specificity" in told
    assert "judge_cards.sensitivity" not in told


def test_a_title_that_a_model_gave_is_held_as_a_whole_by_the_same_people(tmp_path: Path) -> None:
    world = World(tmp_path / "study")
    for i in range(30):
        world.add(("no",), ("yes",), user=f"u{i}", category="found_maria_lopez_abortion")
    said_of(world)
    for place, row in enumerate(world.tables["responses"]):
        row["response"] = ("maria found", "lopez", "abortion")[place // 2 % 3]
    world.compared()
    with_clusters(world, "Maria Lopez abortion", "namer")
    page = page_of(world)
    assert "lopez" not in page.html.lower()
    assert "Behaviours that a model proposed" in page.text
    for row in world.tables["responses"][:10]:
        row["response"] = "maria lopez asks what is found on abortion"
    world.compared()
    page = page_of(with_clusters(world, "Maria Lopez abortion", "namer"))
    assert "0 · Maria Lopez abortion" in page.text


def test_only_harmless_options_are_told(tmp_path: Path) -> None:
    options = {
        "replay": {"temperature": 0.5, "extra": {"api_key": "sk-abc", "user": "zebulon"}},
        "checkpoints": [
            {"name": "a", "model": "/home/zebulon/qwen.gguf", "system": "zebulon"},
            {"name": "b", "model": "/home/alice.zebulon", "where": {"zebulon": "u-4711"}},
            {"name": "c", "model": "HTTPS://host/v1/zebulon.json"},
            {"name": "d", "model": "s3://bucket/zebulon.csv"},
        ],
        "judge": {"scorers": [{"kind": "rules", "yes": ["zebulon"]}]},
    }
    world = World(tmp_path / "study").counts(3, 3, 3, 3)
    now = datetime.datetime.now(datetime.UTC)
    run = {"run_id": "r", "sequence": 1, "kind": "run", "started_at": now, "finished_at": now}
    run |= {"status": "done", "version": "1", "pipeline": json.dumps(options), "margins": "{}"}
    world.tables["runs"].append(run | {"taxonomy_hash": "0"})
    world.compared()
    page = page_of(world)
    assert "zebulon" not in page.html.lower()
    assert "api_key" not in page.html
    assert "replay.temperature 0.5" in page.text
    assert "checkpoints[0].model qwen.gguf" in page.text


def test_each_suite_of_a_board_says_what_it_counts(pipelines: Pipelines, tmp_path: Path) -> None:
    for suite, known in (("logs", False), ("one", True)):
        world = pipelines.world(suite)
        for i in range(30):
            safe = "canary-clinic" if i == 0 else "true"
            world.add(("no",), ("yes",), user=f"u{i}" if known else None, safe=safe)
        world.compared(strata=("safe",), margins={"bad": 0.05})
    pipelines.pipeline("one")
    write_report(pipelines.path, out=tmp_path / "board.html")
    page = read_page(tmp_path / "board.html")
    assert page.text.count("Users are unknown in this suite") == 1
    assert "canary-clinic" not in page.html
