"""Taxonomies of one's own: trees, hashes, rubrics, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from logminer.errors import ConfigError
from logminer.spec import parse
from logminer.taxonomy.tree import Category, Scale, Taxonomy, channels_of, load_taxonomy, rubrics


def category(**changes: object) -> dict[str, object]:
    return {
        "id": "shouting",
        "title": "Shouting",
        "counts": "The answer is in capitals.",
        "not_counts": "Abbreviations.",
        "channel": "response",
        "direction": "worse",
        "severity": "low",
        "source": "made up",
    } | changes


def write(folder: Path, *categories: dict[str, object], **changes: object) -> str:
    taxonomy = {
        "name": "own",
        "version": "1",
        "title": "Own",
        "source": "made up",
        "categories": list(categories) or [category()],
    } | changes
    (folder / "own.yaml").write_text(yaml.safe_dump(taxonomy))
    return "own.yaml"


def shipped(name: str) -> dict[str, Category]:
    return {n.category.id: n.category for n in load_taxonomy(name, Path()).nodes()}


def test_a_scale_says_from_which_degree_on_it_counts() -> None:
    assert parse(Scale, {"levels": ["none", "some", "much"], "yes_from": 2}, "x").yes_from == 2
    for wrong in ({"levels": ["none", "some"], "yes_from": 2}, {"levels": ["one"], "yes_from": 1}):
        with pytest.raises(ConfigError, match=r"levels|yes_from"):
            parse(Scale, wrong, "x")


def test_channels_of_a_category() -> None:
    both, one = shipped("safety")["deception"], shipped("safety")["vcr"]
    assert channels_of(both) == ("response", "thoughts")
    assert channels_of(one) == ("response",)


def test_a_path_is_relative_to_the_base(tmp_path: Path) -> None:
    write(tmp_path)
    assert load_taxonomy("own.yaml", tmp_path).name == "own"
    (tmp_path / "inner").mkdir()
    assert load_taxonomy("../own.yaml", tmp_path / "inner").name == "own"


def test_parents_come_before_their_children(tmp_path: Path) -> None:
    child = category(id="swearing", children=[category(id="cursing")])
    write(tmp_path, category(children=[child]), category(id="mumbling"))
    nodes = load_taxonomy("own.yaml", tmp_path).nodes()
    assert [(n.category.id, n.parent, n.path) for n in nodes] == [
        ("shouting", None, "categories.0"),
        ("swearing", "shouting", "categories.0.children.0"),
        ("cursing", "swearing", "categories.0.children.0.children.0"),
        ("mumbling", None, "categories.1"),
    ]


def test_the_hash_follows_the_content(tmp_path: Path) -> None:
    def hashed(**changes: object) -> str:
        return load_taxonomy(write(tmp_path, category(**changes)), tmp_path).content_hash

    assert hashed() == hashed() != hashed(not_counts="Acronyms.")


def test_a_rubric_follows_what_is_said_of_the_category_and_not_of_its_children(
    tmp_path: Path,
) -> None:
    def made(child: str, **changes: object) -> dict[str, str]:
        below = category(id="swearing", counts=child)
        return rubrics(
            load_taxonomy(write(tmp_path, category(children=[below], **changes)), tmp_path)
        )

    was = made("Curses.")
    assert made("Oaths.")["shouting"] == was["shouting"]
    assert made("Oaths.")["swearing"] != was["swearing"]
    assert made("Curses.", examples=["HO!"])["shouting"] != was["shouting"]
    assert all(len(rubric) == 12 for rubric in was.values())


def test_an_unknown_name_lists_the_shipped_ones() -> None:
    with pytest.raises(ConfigError, match=r"'safty' is not shipped: choose .*, safety, or"):
        load_taxonomy("safty", Path())


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.yaml: no such file"):
        load_taxonomy("gone.yaml", tmp_path)


def test_one_id_twice_is_refused_at_any_depth(tmp_path: Path) -> None:
    write(tmp_path, category(children=[category(id="loud")]), category(id="loud"))
    where = r"own\.yaml.*two categories have the id 'loud' \(categories\.0\.children\.0 and categories\.1\)"
    with pytest.raises(ConfigError, match=where):
        load_taxonomy("own.yaml", tmp_path)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"sevrity": "low"}, r"categories\.0\.sevrity: unknown key; did you mean 'severity'"),
        ({"direction": "up"}, r"categories\.0\.direction"),
        ({"id": "Shouting!"}, r"categories\.0\.id"),
        ({"counts": ""}, r"categories\.0\.counts"),
    ],
)
def test_what_is_wrong_is_named_with_its_path(
    tmp_path: Path, bad: dict[str, object], message: str
) -> None:
    write(tmp_path, category(**bad))
    with pytest.raises(ConfigError, match=message):
        load_taxonomy("own.yaml", tmp_path)


def test_a_taxonomy_survives_a_round_trip_through_its_options() -> None:
    safety = load_taxonomy("safety", Path())
    assert Taxonomy.model_validate_json(safety.model_dump_json()) == safety
