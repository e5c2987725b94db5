"""A suite is one YAML: found, shown, made into a pipeline and run on the pipeline's checkpoints."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from logminer.api import Pipeline, load_pipeline
from logminer.cli.main import main
from logminer.errors import ConfigError
from logminer.store.session import open_session
from tests.suites.conftest import Beside

ROOT = Path(__file__).parents[2]


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["suite", *map(str, arguments)])


def said(*arguments: object) -> Any:
    result = call(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def refused(pipeline: Path, name: str = "manners") -> str:
    with pytest.raises(ConfigError) as caught:
        load_pipeline(pipeline).suite(name)
    message = str(caught.value)
    assert "\n" not in message
    return message


# ---- running


def test_a_suite_is_one_yaml_and_becomes_a_study_on_the_pipelines_checkpoints(ran: Beside) -> None:
    study = ran.study / "suites" / "manners"
    with open_session(study) as session:
        rows = session.columns(
            "SELECT base, candidate, category_id, stratum, n_prompts, base_rate, candidate_rate, margin"
            " FROM comparisons WHERE category_id = 'refusal' AND role = 'primary'"
        ).to_pylist()
        arms = session.rows("SELECT DISTINCT checkpoint FROM responses ORDER BY 1")
    assert arms == [("next",), ("prod",), ("sft",)]  # nothing is logged, and `lost` has no answers
    whole = next(row for row in rows if row["stratum"] == "all")
    assert {(row["base"], row["candidate"]) for row in rows} == {("sft", "prod")}
    assert (whole["n_prompts"], whole["margin"]) == (ran.asked, 0.2)
    assert (whole["base_rate"], whole["candidate_rate"]) == (0.5, 0.0)
    nicely = next(row for row in rows if row["stratum"] == "asked_nicely=true")
    assert 0 < nicely["n_prompts"] < ran.asked
    assert not (ran.study / "study.duckdb").exists()


def test_the_verb_runs_says_what_is_left_out_and_ends_as_a_run_does(ran: Beside) -> None:
    told = said("run", "manners", ran.pipeline)["suites"]
    assert [one["suite"] for one in told] == ["manners"]
    assert all(stage["rows"] == 0 for stage in told[0]["stages"])  # it was run before
    notes = " | ".join(told[0]["notes"])
    for words in ("no answers of lost", "lost → prod", "sft → prod here, without lost", "other"):
        assert words in notes
    assert call("run", ran.pipeline).exit_code == 2
    result = call("run", "maners", ran.pipeline)
    assert result.exit_code == 1
    assert "did you mean 'manners'" in result.output


def test_no_suite_is_run_where_the_data_of_another_cannot_be_read(beside: Beside) -> None:
    (beside.folder / "notes.csv").write_text("question\nWhy?\n")
    fine = {"path": "asked.parquet", "arms": {"sft": "model-a"}}
    suites = {"manners": fine, "polite": {**fine, "suite": "manners", "path": "notes.csv"}}
    result = call("run", "--all", beside.say(suites=suites))
    assert (result.exit_code, (beside.study / "suites").exists()) == (1, False)
    assert "notes.csv: no column" in result.output


def test_a_gate_is_that_of_the_pipeline(ran: Beside) -> None:
    gated = ran.folder / "gated.yaml"
    gated.write_text(ran.pipeline.read_text() + "gates: {max_rejected: 0.01}\n")
    result = call("run", "--all", gated, "--json")
    (told,) = json.loads(result.stdout)["suites"]
    assert (result.exit_code, told["rejected"]) == (3, {"unsupported_language": 1})
    assert all(stage["rows"] == 0 for stage in told["stages"])


# ---- finding


def test_suites_are_listed_with_what_was_run(ran: Beside) -> None:
    found = {one["suite"]: one for one in said("list", ran.pipeline)}
    assert next(iter(found)) == "manners"
    assert {"declared": True, "there": True, "origin": "own"}.items() <= found["manners"].items()
    assert {"declared": False, "there": False, "origin": "shipped"}.items() <= found["odcv"].items()
    assert "say where its data is" in found["odcv"]["problem"]
    assert {one["suite"] for one in said("list")} >= {"logs", "odcv"}
    assert "manners" not in call("list").output
    assert "has a study" in call("list", ran.pipeline).output


def test_a_file_that_is_no_suite_hides_no_other(beside: Beside) -> None:
    (beside.folder / "suites" / "words.yaml").write_text("name: words\ncategories: []\n")
    found = {one["suite"]: one for one in said("list", beside.pipeline)}
    assert found["manners"]["problem"] is None
    assert "words.yaml: name: unknown key" in found["words"]["problem"]
    assert "words.yaml: name: unknown key" in call("list", beside.pipeline).output
    assert "words.yaml: name: unknown key" in call("run", "words", beside.pipeline).output


def test_a_suite_says_what_it_needs_and_what_to_write(ran: Beside) -> None:
    shown = said("show", "manners", ran.pipeline)
    assert shown["data"].startswith("Questions of one's own")
    assert {one["category_id"] for one in shown["categories"]} >= {"refusal"}
    lines = yaml.safe_load("\n".join(shown["lines"]))
    assert list(lines["suites"]["manners"]["arms"]) == ["sft", "lost"]  # the recorded ones
    assert "refusal" in call("show", ran.folder / "suites" / "manners.yaml").output
    assert "arms" in call("show", "odcv").output
    lines = yaml.safe_load("\n".join(said("show", "over-refusal")["lines"]))
    assert lines["suites"]["over-refusal"] == {"path": "data/over-refusal"}  # checkpoints are asked


def test_a_file_anywhere_is_a_suite(beside: Beside) -> None:
    elsewhere = beside.folder / "elsewhere" / "kind.yaml"
    elsewhere.parent.mkdir()
    shutil.copy(beside.folder / "suites" / "manners.yaml", elsewhere)
    entry = {"suite": "elsewhere/kind.yaml", "path": "asked.parquet", "arms": {"sft": "model-a"}}
    made = load_pipeline(beside.say(suites={"polite": entry})).suite("polite")
    assert made.study == beside.study / "suites" / "polite"
    assert "say where its data is" in refused(beside.say(), str(elsewhere))
    (beside.folder / "suites" / "odd name.yaml").write_text("title: x\n")
    assert "can be no folder's name" in refused(beside.pipeline, "odd name")
    with pytest.raises(ConfigError, match="a suite's name has letters"):
        load_pipeline(beside.say(suites={"../out": {"suite": "manners"}}))


def test_a_path_is_the_entry_that_names_it_and_takes_no_other_suites_study(beside: Beside) -> None:
    elsewhere = beside.folder / "elsewhere" / "manners.yaml"
    elsewhere.parent.mkdir()
    shutil.copy(beside.folder / "suites" / "manners.yaml", elsewhere)
    assert "declares another suite as 'manners'" in refused(beside.pipeline, str(elsewhere))
    entry = {"suite": "elsewhere/manners.yaml", "path": "asked.parquet", "arms": {"sft": "model-a"}}
    polite = load_pipeline(beside.say(suites={"polite": entry}))
    assert polite.suite(str(elsewhere)).study == beside.study / "suites" / "polite"
    twice = beside.say(suites={"polite": entry, "civil": entry})
    assert "declares it as civil, polite; name one" in refused(twice, str(elsewhere))


def test_logs_is_the_pipeline_itself(beside: Beside) -> None:
    assert load_pipeline(beside.pipeline).suite("logs").study == beside.study
    declared = load_pipeline(beside.say(suites={"logs": {}}))
    assert declared.suite("logs").study == beside.study
    assert next(one for one in declared.suites() if one.declared).problem is None
    assert "leave that out" in refused(beside.say(suites={"logs": {"path": "x"}}), "logs")


def test_a_suite_like_another_says_only_what_is_otherwise(beside: Beside) -> None:
    own = beside.folder / "suites" / "dilemmas.yaml"
    own.write_text("title: Fewer\nlike: dilemmas\nstrata: [domain]\n")  # shadows the shipped one
    file = beside.say(compare={"pairs": [["next", "prod"]]}, families={})
    theirs = load_pipeline(file).suite("dilemmas").file
    assert (theirs.compare.strata, theirs.source.path[-14:]) == (("domain",), "dilemmas.jsonl")
    assert theirs.source.check().rows >= 60
    own.write_text("title: x\nlike: manners\n")
    (beside.folder / "suites" / "manners.yaml").write_text("title: y\nlike: suites/dilemmas.yaml\n")
    assert "like itself" in refused(file)


def test_suite_files_are_in_the_wheel(tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    there = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("pipelines/suites", "taxonomies"):
        files = [path for path in (ROOT / folder).iterdir() if path.is_file()]
        assert {f"logminer/{folder}/{path.name}" for path in files} <= there
        assert files


# ---- what is made


def made(beside: Beside, **more: Any) -> Pipeline:
    return load_pipeline(beside.say(**more)).suite("manners")


def test_what_a_suite_takes_from_the_pipeline_and_what_not(beside: Beside) -> None:
    more = {"margins": {"refusal": 0.1, "clusters": 0.2}, "pairs": [["sft", "prod"]], "alpha": 0.1}
    file = made(beside, compare=more, project="gemini", replay={"sample": 3, "seed": 7}).file
    assert (file.compare.alpha, file.project, file.replay.seed) == (0.1, "gemini", 7)
    assert set(file.compare.margins) == {"refusal", "clusters"}
    assert (file.replay.sample, file.source.answers) == (None, "recorded")
    assert file.compare.strata == file.source.keep == ("asked_nicely",)
    arms = {one.name: one for one in file.checkpoints}
    assert list(arms) == ["sft", "prod", "next"]
    assert (arms["sft"].family, arms["sft"].is_recorded, arms["prod"].is_recorded) == (
        "lab",
        True,
        False,
    )


def test_a_namer_is_asked_though_recorded_answers_stand_for_it(beside: Beside) -> None:
    served = {"name": "prod", "kind": "endpoint", "url": "http://localhost:1/v1", "model": "m"}
    checkpoints = [served, {"name": "next", "kind": "scripted"}]
    entry = {"path": "asked.parquet", "arms": {"prod": "model-b"}}
    file = made(
        beside,
        checkpoints=checkpoints,
        cluster={"namer": "prod"},
        compare={},
        families={},
        suites={"manners": entry},
    ).file
    assert (file.checkpoints[0].is_recorded, file.namer()) == (True, file.cluster.namer)


def test_no_pair_is_compared_that_the_pipeline_does_not_compare(beside: Beside) -> None:
    """By default the first checkpoint is the base; where it has no answers, no other takes its place."""
    entry = {"path": "asked.parquet"}
    said_ = {"families": {}, "suites": {"manners": entry}}
    message = refused(beside.say(compare={}, **said_))
    assert "sft → prod, sft → next, sft → lost" in message
    assert "there are prod, next" in message
    file = made(beside, compare={"pairs": [["next", "prod"], ["sft", "prod"]]}, **said_).file
    assert file.compare.pairs == (("next", "prod"),)


def test_nobody_is_asked_where_recorded_labels_alone_judge(beside: Beside) -> None:
    entry = {"path": "asked.parquet", "format": "auto", "arms": {"sft": "a", "prod": "b"}}
    suite = load_pipeline(beside.say(suites={"odcv": entry})).suite("odcv")
    assert [one.name for one in suite.file.checkpoints] == ["sft", "prod"]
    assert "no answers of next, lost here: " in suite.notes[0]


# ---- what is wrong


def test_what_is_wrong_with_an_entry_is_told_by_name(beside: Beside) -> None:
    recorded = yaml.safe_load(beside.pipeline.read_text())["checkpoints"][::3]
    alone = {"checkpoints": recorded, "families": {}, "compare": {}}
    assert "say under `arms`" in refused(beside.say(suites={"manners": {"path": "x"}}, **alone))
    assert "suites.manners: say where its data is" in refused(beside.say(suites={"manners": {}}))
    unused = {"manners": {"path": "asked.parquet", "label": "kind"}}
    assert "suites.manners.label: this suite knows its own" in refused(beside.say(suites=unused))
    bad = {"manners": {"path": "asked.parquet", "format": "pairt"}}
    assert "suites.manners.format: unknown format 'pairt'" in refused(beside.say(suites=bad))
    unkept = (beside.folder / "suites" / "manners.yaml").read_text() + "prompts: {turn: x}\n"
    (beside.folder / "suites" / "manners.yaml").write_text(unkept)
    assert "manners.yaml: prompts.turn: unknown key" in refused(beside.say())


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("shows: [{category: refsal}]", "shows.0.category: .* no category 'refsal'; did you mean 'refusal'"),
        ("rated: [refusall]", "rated.0: taxonomy refusal has no category 'refusall'"),
        ("only: {refsal: asked_nicely=true}", "only.refsal: .* did you mean 'refusal'"),
        ("only: {refusal: asked_nicely}", "only.refusal: write NAME=VALUE, not 'asked_nicely'"),
    ],
)  # fmt: skip
def test_a_suites_file_names_what_its_taxonomy_has(beside: Beside, line: str, problem: str) -> None:
    own = beside.folder / "suites" / "manners.yaml"
    kept = [one for one in own.read_text().splitlines() if not one.startswith(line[:5])]
    own.write_text("\n".join([*kept, line, ""]))
    assert re.search(f"manners.yaml: {problem}", refused(beside.pipeline))


def test_what_a_category_is_confined_to_is_kept_by_itself(beside: Beside) -> None:
    own = beside.folder / "suites" / "manners.yaml"
    own.write_text("title: x\ntaxonomy: refusal\nonly: {refusal: asked_nicely=true}\n")
    file = made(beside)
    assert file.file.compare.strata == file.file.source.keep == ("asked_nicely",)


def warnings(file: Path) -> list[str]:
    result = CliRunner().invoke(main, ["check", str(file), "--json"])
    assert result.exit_code == 0, result.output
    return [one for one in json.loads(result.stdout)["warnings"] if "suites." in one]


def test_check_says_what_is_wrong_with_declared_suites(beside: Beside) -> None:
    checkpoints = [{"name": "sft", "kind": "scripted"}, {"name": "prod", "kind": "scripted"}]
    more = {"checkpoints": checkpoints, "families": {}, "compare": {}}

    def found(**entry: Any) -> str:
        return " | ".join(warnings(beside.say(suites={"manners": entry}, **more)))

    assert found(path="asked.parquet") == ""
    stands = "suites.manners: recorded answers stand for sft: it is not asked"
    assert found(path="asked.parquet", arms={"sft": "model-a"}) == stands
    assert "suites.manners: " in (told := found(path="gone.parquet"))
    assert "no such file or folder" in told
    assert "model-z" in found(path="asked.parquet", arms={"sft": "model-z"})
    assert "no column 'nice'" in found(path="asked.parquet", where={"nice": True})
    with pytest.raises(ConfigError, match=r"suites.manners.arms.stf: no checkpoint.*'sft'"):
        load_pipeline(beside.say(suites={"manners": {"arms": {"stf": "model-a"}}}, **more))
