"""`logminer taxonomy`: a sound file passes, a wrong one says where, a slip is noted, and a rubric can be read whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from logminer.cli.main import main
from logminer.stages.judge import Judge
from logminer.taxonomy.tree import load_taxonomy, rubrics, shipped_taxonomies


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["taxonomy", *map(str, arguments)])


def call_json(*arguments: object) -> Any:
    result = call(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def category(**changes: object) -> dict[str, object]:
    """One at which there is nothing to note."""
    name = str(changes.get("id", "shouting"))
    return {
        "id": name,
        "title": f"All about {name}",
        "counts": f"The answer shows {name}: most of its words are written in capitals, from its beginning to its end.",
        "not_counts": "Abbreviations, headings, and words that are always written so.",
        "channel": "response",
        "direction": "worse",
        "severity": "medium",
        "examples": [f"{name.upper()} NUMBER {n}!" for n in range(3)],
        "hard_negatives": [f"{name} number {n} of NATO" for n in range(3)],
        "source": "made up",
    } | changes


def write(folder: Path, *categories: dict[str, object]) -> Path:
    taxonomy = {"name": "own", "version": "1", "title": "Own", "source": "made up"}
    file = folder / "own.yaml"
    file.write_text(yaml.safe_dump(taxonomy | {"categories": list(categories)}))
    return file


def notes(folder: Path, *categories: dict[str, object]) -> list[tuple[str, str]]:
    found = call_json("check", write(folder, *categories))["notes"]
    assert all(note["note"] for note in found)
    return [(note["path"], note["kind"]) for note in found]


@pytest.mark.parametrize("name", shipped_taxonomies())
def test_there_is_nothing_to_note_at_the_shipped_ones(name: str) -> None:
    found = call_json("check", name)
    assert found["notes"] == []
    assert found["taxonomy"] == name
    assert found["categories"] == len(load_taxonomy(name, Path()).nodes())
    assert found["content_hash"] == load_taxonomy(name, Path()).content_hash


def test_a_sound_file_passes(tmp_path: Path) -> None:
    result = call("check", write(tmp_path, category(children=[category(id="yelling")])))
    assert result.exit_code == 0
    assert "is sound: own 1, 2 categories, 1 of them at the top" in result.output
    assert "note" not in result.output


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"sevrity": "low"}, "categories.1.sevrity: unknown key; did you mean 'severity'?"),
        ({"channel": "both sides"}, "categories.1.channel: "),
        ({"scale": {"levels": ["no", "yes"], "yes_from": 2}}, "categories.1.scale"),
        ({"id": "shouting"}, "two categories have the id 'shouting' (categories.0 and"),
    ],
)
def test_what_is_wrong_is_an_error_with_its_path(
    tmp_path: Path, bad: dict[str, object], message: str
) -> None:
    file = write(tmp_path, category(), category(id="yelling") | bad)
    result = call("check", file)
    assert result.exit_code == 1
    assert f"error: {file}: " in result.output
    assert message in result.output


def test_a_name_that_is_not_shipped_lists_those_that_are() -> None:
    result = call("check", "safty")
    assert result.exit_code == 1
    for name in shipped_taxonomies():
        assert name in result.output


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"examples": []}, "few_examples"),
        ({"hard_negatives": ["No."]}, "few_hard_negatives"),
        ({"counts": "Capitals.", "not_counts": "NATO."}, "short_definition"),
        ({"channel": "pair"}, "one_sided_pair"),
        ({"scale": {"levels": ["none", "some", "Some "], "yes_from": 1}}, "level_twice"),
        ({"examples": ["HO!", "ho! ", "HEY!"]}, "text_twice"),
        ({"examples": ["HO!", "HEY!", "Yelling number 1 of nato"]}, "example_is_hard_negative"),
        ({"title": "all about  SHOUTING"}, "title_twice"),
        ({key: category()[key] for key in ("counts", "not_counts")}, "definition_twice"),
        ({"crosswalk": {"other": "A1"}}, "code_twice"),
    ],
)
def test_slips_are_noted_where_they_are(
    tmp_path: Path, changes: dict[str, object], kind: str
) -> None:
    first = category(crosswalk={"other": "A1, A2"})
    assert notes(tmp_path, first, category(id="yelling") | changes) == [("categories.1", kind)]


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"severity": "low"}, "less_severe"),
        ({"direction": "neutral"}, "other_direction"),
        ({"channel": "both"}, "other_channel"),
    ],
)
def test_a_child_that_speaks_against_its_parent_is_noted(
    tmp_path: Path, changes: dict[str, object], kind: str
) -> None:
    child = category(id="yelling") | changes
    assert notes(tmp_path, category(children=[child])) == [("categories.0.children.0", kind)]


def test_what_a_tree_may_do_is_not_noted(tmp_path: Path) -> None:
    kinds = [
        category(id="yelling", severity="high", crosswalk={"other": "A1"}),
        category(id="roaring", crosswalk={"other": "A1"}),  # its parent's code, in two parts
    ]
    parent = category(direction="neutral", channel="both", crosswalk={"other": "A1"})
    assert notes(tmp_path, parent | {"children": kinds}) == []


def test_notes_leave_the_exit_code_alone_and_quote_nothing(tmp_path: Path) -> None:
    result = call("check", write(tmp_path, category(examples=["HO!", "HO!", "HO!"])))
    assert result.exit_code == 0
    assert "note categories.0 (shouting): examples.1 stands in 'shouting' already" in result.output
    assert "HO!" not in result.output


def test_show_draws_the_tree() -> None:
    lines = call("show", "safety").output.splitlines()
    rows = {line.split()[0]: line for line in lines[3:]}
    assert set(rows) == {n.category.id for n in load_taxonomy("safety", Path()).nodes()}
    assert rows["spc"].startswith("spc ")
    assert rows["spc_ele"].startswith("  spc_ele")
    assert rows["vcr"].split()[-3:] == ["response", "worse", "critical"]
    assert "degrees 0 to 5, yes from 3" in call("show", "odcv").output
    assert "needs the prompt" in call("show", "refusal").output


def test_show_gives_a_category_whole() -> None:
    for name in shipped_taxonomies():
        taxonomy = load_taxonomy(name, Path())
        for node in taxonomy.nodes():
            each, said = node.category, call("show", name, "--category", node.category.id).output
            told = [each.title, each.counts, each.not_counts, each.source, *each.examples]
            told += [*each.hard_negatives, *each.crosswalk.values(), *each.crosswalk]
            told += [child.id for child in each.children] + list(
                each.scale.levels if each.scale else ()
            )
            told.append(rubrics(taxonomy)[each.id])
            for text in told:
                assert text.strip() in said, (each.id, text)


def test_degrees_say_which_of_them_count() -> None:
    said = call("show", "odcv", "--category", "misalignment_severity").output
    assert [line.split()[:2] for line in said.splitlines() if line[2:3].isdigit()][:6] == [
        [str(degree), "yes" if degree >= 3 else "no"] for degree in range(6)
    ]


def test_show_as_json_holds_the_whole_file(tmp_path: Path) -> None:
    file = write(tmp_path, category(children=[category(id="yelling")]))
    found = call_json("show", file)
    assert (found["taxonomy"], found["version"], found["licence"]) == ("own", "1", None)
    parent, child = found["categories"]
    assert (parent["children"], parent["parent"]) == (["yelling"], None)
    assert (child["children"], child["parent"], child["path"]) == (
        [],
        "shouting",
        "categories.0.children.0",
    )
    assert call_json("show", file, "--category", "yelling") == child
    assert child["rubric_hash"] == rubrics(load_taxonomy(str(file), Path()))["yelling"]


def test_the_rubric_shown_is_the_one_beside_each_judgement() -> None:
    from tests.kit.judging import judge, run

    stage: Judge = judge()
    told = {
        each["id"]: each["rubric_hash"]
        for each in call_json("show", stage.taxonomy.name)["categories"]
    }
    for row in run(stage).to_pylist():
        assert row["rubric_hash"] == told[row["category_id"]]


def test_a_category_that_is_not_there_is_wrong_usage() -> None:
    result = call("show", "safety", "--category", "prvy")
    assert result.exit_code == 2
    assert "taxonomy 'safety' has no category 'prvy'; did you mean 'prv'?" in result.output
    assert "it has refusal, full_refusal" in call("show", "refusal", "--category", "x").output


def test_one_that_a_model_proposed_says_so(tmp_path: Path) -> None:
    by = {
        "analyst": "reader",
        "identity": "0" * 12,
        "prompt_version": 1,
        "prompt_hash": "0" * 12,
        "base": "sft",
        "candidate": "prod",
        "seed": 3,
        "pairs": 60,
        "people": 50,
        "sample": "abcdefabcdef",
    }
    file = write(tmp_path, category(id="found_shouting"))
    file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()) | {"found": by}))
    assert "found by reader in 60 blinded pairs of sft and prod" in call("show", file).output
    assert call_json("show", file)["found"] == by | {"model": None}
    own = write(tmp_path, category(id="found_shouting"))
    result = call("check", own)
    assert result.exit_code == 1
    assert "'found_shouting' is an id kept for what `logminer hypothesise` finds" in result.output
