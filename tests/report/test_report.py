"""`logminer report`: the page says what the database says, and no more than it may."""

from __future__ import annotations

import json
import re
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from logminer.api import write_report
from logminer.cli.main import main
from logminer.errors import ConfigError, StoreError
from logminer.report.room import Room
from logminer.report.writing import MOST_BYTES, SPARE_BYTES
from logminer.schemas import ASSIGNMENTS, CHECKPOINTS, CLUSTERS, PHRASES
from logminer.store.publication import publish, revise
from logminer.store.session import open_session
from tests.board.conftest import Pipelines, pipelines
from tests.conftest import Demo
from tests.kit.pages import Page, false_figures, hashed, policy_of, read_page
from tests.kit.permissions import modes, umask
from tests.kit.world import World, filled

__all__ = ["pipelines"]

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> {{ 7*7 }} [b](javascript:x) \x1b[31m\u202e</style>"
CANARY = "Zebulon Quackenbush"


@pytest.fixture(scope="module")
def study(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy, for a report is recorded in the study."""
    return Path(shutil.copytree(demo.study, tmp_path_factory.mktemp("copied") / "study"))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of labels alone."""
    world = World(tmp_path_factory.mktemp("small") / "study")
    for i in range(20):
        world.add(("yes",), ("no",), user=f"u{i}")
    world.compared()
    return world.folder


@pytest.fixture(scope="module")
def plain(study: Path) -> Page:
    """The page without texts."""
    write_report(study, out=study.parent / "plain.html", min_people=3)
    return read_page(study.parent / "plain.html")


@pytest.fixture(scope="module")
def reading(study: Path) -> Page:
    """The page with texts."""
    write_report(study, out=study.parent / "reading.html", with_text=True)
    return read_page(study.parent / "reading.html")


class TestWhatItSays:
    def test_every_figure_is_the_database_s(self, study: Path, plain: Page, reading: Page) -> None:
        with open_session(study) as session:
            for page in (plain, reading):
                assert not false_figures(page, session)
        told = {one.of for one in plain.figures}
        assert {
            "comparisons.difference",
            "comparisons.minimum_detectable",
            "comparisons.count(*)",
            "cluster_shares.share",
            "redaction_counts.n_redactions",
            "judge_cards.sensitivity",
            "missingness.difference",
        } <= told

    def test_titles_stand_there_and_not_codes(self, plain: Page) -> None:
        assert "Refusal (any)" in plain.text
        assert "ncr" not in plain.text.split()

    def test_margins_gates_and_who_answered_are_told(self, plain: Page) -> None:
        for said in ("Not released", "none declared", "before judging", "Written 20", "scripted"):
            assert said in plain.text

    def test_a_verdict_stands_beside_the_difference_that_it_rests_on(self, tmp_path: Path) -> None:
        world = World(tmp_path / "study")
        for i in range(120):
            people = "yes" if i % 5 == 0 else "no"
            over = "yes" if i % 6 == 1 else people
            world.add((people,), (over,), user=f"u{i}", human=(people, people))
        world.compared(margins={"bad": 0.1})
        write_report(world.folder, out=tmp_path / "page.html")
        text = read_page(tmp_path / "page.html").text
        assert "Bad judge, corrected for its error = equivalent" in text
        picture, _, table = text.partition("Bad judge, corrected")
        assert re.search(r"◆ 0\.0 \([^)]+\) equivalent ○ \+13\.3 \(", picture)
        assert re.search(r"0\.0 \( [^)]+ \) as judged \+13\.3 \(", table)

    def test_a_checkpoint_alone_has_its_rates(self, tmp_path: Path) -> None:
        world = World(tmp_path / "study")
        for i in range(20):
            world.add(("yes" if i % 4 else "no",), None, user=f"u{i}")
        with publish(world.folder, []) as publication:
            world.publish(publication)
        write_report(world.folder, out=tmp_path / "page.html")
        page = read_page(tmp_path / "page.html")
        assert "No pair, so no answers to set against each other." in page.text
        assert "Bad judge a 75.0 % ( 5" in page.text
        with open_session(world.folder) as session:
            assert not false_figures(page, session)
        write_report(world.folder, out=tmp_path / "page.html", min_people=21)
        page = read_page(tmp_path / "page.html")
        assert not [one for one in page.figures if one.of.startswith("rates_by_stratum.")]

    def test_a_behaviour_without_a_usable_judgement_is_named(self, tmp_path: Path) -> None:
        world = World(tmp_path / "study")
        for i in range(20):
            world.add(("yes",), ("unparsable",), user=f"u{i}")
            world.add(("yes",), ("no",), user=f"u{i}", category="other")
        world.compared()
        write_report(world.folder, out=tmp_path / "page.html")
        text = read_page(tmp_path / "page.html").text
        assert "no prompt has a usable judgement in both arms: Bad." in text

    def test_answers_stand_side_by_side_with_their_evidence(
        self, study: Path, reading: Page
    ) -> None:
        assert "They may be testing me." in reading.text
        assert "<mark>" in reading.html
        with open_session(study) as session:
            said = [text for (text,) in session.rows("SELECT DISTINCT response FROM responses")]
        shown = [text for text in said if text and " ".join(text.split()) in reading.text]
        assert 0 < len(shown) < len(said)

    def test_what_finds_no_room_is_counted(self) -> None:
        room = Room(30)
        assert [room.take(size) for size in (20, 20, 1)] == [True, False, False]
        assert room.left_out == 2
        room = Room(30)
        assert [part.take(size) for part, size in zip(room.parts(3), (4, 20, 14), strict=True)] == [
            True,
            False,
            True,
        ]
        assert (room.left, room.left_out) == (12, 1)


class TestHowItIsMade:
    def test_it_runs_what_it_came_with_and_asks_for_nothing(self, plain: Page) -> None:
        policy = policy_of(plain)
        assert policy["default-src"] == ["'none'"]
        assert {hashed(text) for text in plain.scripts} <= {*policy["script-src"]}
        assert policy["style-src"] == [hashed("".join(plain.styles))]
        assert "'unsafe-inline'" not in plain.html
        addresses = [
            (tag, value)
            for tag, given in plain.tags
            for name, value in given.items()
            if name in ("href", "src", "action", "srcset", "data", "poster", "xlink:href")
        ]
        assert all(value and value.startswith(("#", "data:,")) for _, value in addresses)
        attributes = {name for _, given in plain.tags for name in given}
        assert not [name for name in attributes if name == "style" or name.startswith("on")]

    def test_it_is_marked_up_for_those_who_do_not_see_it(self, plain: Page) -> None:
        tags = [tag for tag, _ in plain.tags]
        assert dict(plain.tags)["html"] == {"lang": "en"}
        assert tags.count("h1") == tags.count("main") == 1
        levels = [int(tag[1]) for tag in tags if tag in ("h1", "h2", "h3", "h4", "h5")]
        assert all(after - before <= 1 for before, after in pairwise(levels))
        pictures = [given for tag, given in plain.tags if tag == "svg"]
        assert pictures
        assert all(given["role"] == "img" for given in pictures)
        ids = [given["id"] for _, given in plain.tags if given.get("id")]
        assert len(ids) == len({*ids})

    def test_it_is_its_owner_s_and_recorded(self, small: Path, tmp_path: Path) -> None:
        out = tmp_path / "here" / "mine.html"
        with umask(0):
            made = write_report(small, out=out)
        assert modes(out) == {0o600}
        assert [path.name for path in out.parent.iterdir()] == ["mine.html"]
        assert made.size == out.stat().st_size < MOST_BYTES
        with open_session(small) as session:
            rows = session.columns("FROM runs ORDER BY sequence").to_pylist()
        row = next(row for row in rows if row["run_id"] == made.run_id)
        assert (row["kind"], row["status"], row["pipeline"]) == ("report", "done", None)
        assert json.loads(row["summary"])["out"] == str(out)

    def test_it_stays_below_its_bytes_and_counts_what_it_leaves_out(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world = World(tmp_path / "study")
        for i in range(120):
            world.add(("yes",), ("no",), user=f"u{i}", safe=f"kind {i % 12}")
        world.compared(strata=("safe",))
        whole = write_report(world.folder, out=tmp_path / "page.html")
        assert not whole.cut
        most = SPARE_BYTES + whole.size - 40_000
        monkeypatch.setattr("logminer.report.writing.MOST_BYTES", most)
        for with_text in (False, True):
            made = write_report(world.folder, out=tmp_path / "page.html", with_text=with_text)
            assert made.size < most
            left_out = made.cut["rows of behaviours"]
            text = read_page(tmp_path / "page.html").text
            assert f"Strata that this page has no room for: {left_out}" in text

    def test_a_report_is_replaced_and_nothing_else(self, small: Path, tmp_path: Path) -> None:
        out = tmp_path / "page.html"
        out.write_text("<!doctype html>mine")
        with pytest.raises(StoreError, match="no report; remove it or name another"):
            write_report(small, out=out)
        assert out.read_text() == "<!doctype html>mine"
        out.unlink()
        write_report(small, out=out)
        before = out.read_bytes()
        write_report(small, out=out, min_people=10_000)
        assert out.read_bytes() != before
        with pytest.raises(StoreError, match="no such study"):
            write_report(tmp_path / "nowhere", out=out)
        with pytest.raises(ConfigError, match="at least 1"):
            write_report(small, out=out, min_people=0)

    def test_the_terminal_says_what_was_written(
        self, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        done = CliRunner().invoke(main, ["report", str(small), "--json"])
        assert done.exit_code == 0, done.output
        told = json.loads(done.stdout)
        assert told["out"] == "report.html"
        assert told["kind"] == "study"
        assert (tmp_path / "report.html").is_file()
        mixed = CliRunner().invoke(main, ["report", str(small), "--with-text"])
        assert mixed.exit_code == 1
        assert "is a report that is marked 'not released', and" in mixed.output
        done = CliRunner().invoke(main, ["report", str(small), "--with-text", "--out", "read.html"])
        assert "read.html: not released" in done.stdout


def said_of(world: World, **texts: str) -> World:
    """Puts texts into every prompt and response of a world."""
    for row in world.tables["prompts"]:
        row["messages"] = [{"role": "user", "content": texts.get("prompt", "hello there")}]
    for row in world.tables["responses"]:
        row["response"] = texts.get("response", "a plain answer")
        row["thoughts"] = None
    return world


def with_clusters(world: World, name: str, source: str = "keyphrases") -> World:
    """Everything in one cluster of that name, and a phrase of it that differs."""
    ids = [row["response_id"] for row in world.tables["responses"]]
    phrase: dict[str, Any] = {"base": "a", "candidate": "b", "phrase": name.lower()}
    phrase |= {"channel": "response", "position": "anywhere", "scope": "all", "n_prompts": 20}
    phrase |= {"n_base": 9, "n_candidate": 0, "people_base": 9, "people_candidate": 0}
    phrase |= {"difference": -0.4, "low": -0.6, "high": -0.2, "p": 0.001, "q": 0.01}
    cluster = {"cluster_id": 0, "map_id": "m", "name": name, "name_source": source}
    arms = sorted({row["checkpoint"] for row in world.tables["responses"]})
    models = [{"checkpoint": arm, "kind": "scripted", "options": "{}"} for arm in arms]
    with revise(world.folder) as publication:
        publication.replace(
            CHECKPOINTS, filled(CHECKPOINTS, [one | {"identity": "0"} for one in models])
        )
        inside = [{"response_id": id_, "cluster_id": 0} for id_ in ids]
        publication.replace(ASSIGNMENTS, filled(ASSIGNMENTS, inside))
        more = {"terms": [], "fit_size": 20, "fit_users": 20, "stability": 0.9, "radius": 0.5}
        publication.replace(CLUSTERS, filled(CLUSTERS, [cluster | more]))
        publication.replace(PHRASES, filled(PHRASES, [phrase | {"verdict": "different"}]))
    return world


class TestWhatItKeepsToItself:
    def test_no_text_and_no_id(self, study: Path, plain: Page) -> None:
        with open_session(study) as session:
            ids = session.rows(
                "SELECT unnest([r.response_id, prompt_id, conversation_id, user_id]) FROM responses AS r"
                " JOIN prompts USING (prompt_id)"
            )
            texts = session.rows(
                "SELECT unnest([response, thoughts, p.messages[-1].content]) FROM responses"
                " JOIN prompts AS p USING (prompt_id)"
            )
        assert len(ids) > 100
        assert not [id_ for (id_,) in ids if id_ and id_ in plain.html]
        assert not [text for (text,) in texts if text and len(text) > 20 and text in plain.text]

    def test_what_one_person_said_names_no_cluster_and_no_phrase(self, tmp_path: Path) -> None:
        world = World(tmp_path / "study")
        for i in range(20):
            world.add(("yes",), ("no",), user=f"u{i}")
        said_of(world)
        world.tables["responses"][0]["response"] = f"as {CANARY} said"
        world.compared()
        with_clusters(world, CANARY)
        write_report(world.folder, out=tmp_path / "page.html")
        page = read_page(tmp_path / "page.html")
        assert CANARY.lower() not in page.html.lower()
        assert "told to fewer than 5 people: 1" in page.text
        assert "cluster 0" in page.text
        write_report(world.folder, out=tmp_path / "page.html", with_text=True)
        assert f"0 · {CANARY}" in read_page(tmp_path / "page.html").text

    def test_what_enough_people_said_does(self, tmp_path: Path) -> None:
        world = World(tmp_path / "study")
        for i in range(20):
            world.add(("yes",), ("no",), user=f"u{i}")
        said_of(world)
        for row in world.tables["responses"][:20]:
            row["response"] = f"as {CANARY.upper()} said"
        world.compared()
        with_clusters(world, CANARY)
        write_report(world.folder, out=tmp_path / "page.html")
        page = read_page(tmp_path / "page.html")
        assert f"0 · {CANARY}" in page.text
        assert CANARY.lower() in page.text
        with_clusters(world, f"What {CANARY} hides", "namer")
        write_report(world.folder, out=tmp_path / "page.html")
        assert "hides" not in read_page(tmp_path / "page.html").text

    def test_few_people_are_no_number(self, tmp_path: Path) -> None:
        world = World(tmp_path / "study")
        for i in range(40):
            world.add(("yes",), ("no",), user=f"u{i % 4}", safe="rare" if i == 0 else "true")
        world.compared(strata=("safe",))
        write_report(world.folder, out=tmp_path / "page.html")
        page = read_page(tmp_path / "page.html")
        assert "fewer than 5 people" in page.text
        assert not [one for one in page.figures if one.of == "comparisons.base_rate"]
        assert "safe=rare" not in page.html
        assert "100.0 %" not in page.text
        write_report(world.folder, out=tmp_path / "page.html", min_people=4)
        page = read_page(tmp_path / "page.html")
        assert [one for one in page.figures if one.of == "comparisons.base_rate"]
        assert "safe=rare" not in page.html

    def test_of_unknown_users_prompts_are_counted_and_that_is_said(self, tmp_path: Path) -> None:
        world = World(tmp_path / "study")
        for i in range(40):
            world.add(("yes",), ("no",), group=f"p{i % 4:05d}")
        world.compared()
        write_report(world.folder, out=tmp_path / "page.html", min_people=4)
        page = read_page(tmp_path / "page.html")
        assert "Users are unknown in this study, so distinct prompts are counted" in page.text
        assert [one for one in page.figures if one.of == "comparisons.n_distinct_prompts"]
        write_report(world.folder, out=tmp_path / "page.html")
        assert "fewer than 5 distinct prompts" in read_page(tmp_path / "page.html").text

    @pytest.mark.parametrize("with_text", [False, True])
    def test_nothing_of_a_hostile_study_is_obeyed(self, tmp_path: Path, with_text: bool) -> None:
        world = World(tmp_path / "study")
        arms = {"a": f"a{EVIL}", "b": f"b{EVIL}"}
        for i in range(20):
            world.add(("yes",), ("no",), user=f"u{i}", safe=EVIL, category=f"bad {EVIL}")
        said_of(world, prompt=EVIL, response=f"{EVIL} said")
        for row in world.tables["responses"]:
            row["checkpoint"] = arms[row["checkpoint"]]
        world.compared((arms["a"], arms["b"]), strata=("safe",))
        with_clusters(world, EVIL)
        write_report(world.folder, out=tmp_path / "page.html", with_text=with_text)
        page = read_page(tmp_path / "page.html")
        assert len(page.scripts) == 1
        assert not [given for _, given in page.tags if given.get("onerror") or given.get("src")]
        assert "{{ 7*7 }}" in page.text
        assert "</style>" in page.text
        for obeyed in ("\x1b", "\u202e", "<script>alert", "<img"):
            assert obeyed not in page.html
        with open_session(world.folder) as session:
            assert not false_figures(page, session)


class TestABoard:
    def test_every_figure_is_the_board_s(self, pipelines: Pipelines, tmp_path: Path) -> None:
        pipelines.alike("logs", "one")
        pipelines.pipeline("one")
        out = tmp_path / "board.html"
        made = write_report(pipelines.path, out=out)
        assert made.kind == "board"
        page = read_page(out)
        board = pipelines.study / "board.duckdb"
        with open_session(board) as session:
            assert not false_figures(page, session)
            ((sentence,),) = session.rows("SELECT sentence FROM headlines")
        assert sentence in page.text
        assert {"board.difference", "headlines.passed", "suites.n_prompts"} <= {
            one.of for one in page.figures
        }
        with open_session(pipelines.study) as session:
            assert session.rows("SELECT status FROM runs WHERE kind = 'report'") == [("done",)]
        write_report(board, out=out, min_people=1000)
        few = read_page(out)
        assert not [one for one in few.figures if one.of.startswith("board.")]

    def test_it_is_recorded_in_its_suites_where_the_logs_were_not_run(
        self,
        pipelines: Pipelines,
        tmp_path: Path,
    ) -> None:
        pipelines.alike("one")
        pipelines.pipeline("one")
        write_report(pipelines.path, out=tmp_path / "board.html")
        with open_session(pipelines.study / "suites" / "one") as session:
            assert session.rows("SELECT kind FROM runs") == [("report",)]
