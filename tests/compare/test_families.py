"""Whether what happened to one family happened to another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from logminer.compare.families import Interaction, interactions
from logminer.compare.options import CompareOptions, Margin
from logminer.compare.telling import told_families
from logminer.schemas.board import FAMILIES
from logminer.store.publication import publish
from tests.kit.world import World

TWO = {"small": ("a", "b"), "large": ("c", "d")}


def asked(
    world: World, *families: dict[str, tuple[str, str]], **options: Any
) -> list[list[Interaction]]:
    """Of each set of families, in one publication."""
    with publish(world.folder, []) as publication:
        world.publish(publication)
        return [interactions(publication, CompareOptions(**options), each) for each in families]


def add(world: World, labels: str, n: int, **more: Any) -> None:
    """`n` prompts with y or n of arms a, b, c, d."""
    a, b, *others = (({"y": "yes", "n": "no", "f": "failed"}[label],) for label in labels)
    named = dict(zip("cdef", others, strict=False))
    for _ in range(n):
        world.add(a, b, **named, **more)


def apart(tmp_path: Path) -> World:
    """The small lose 20 of 100, the large 50."""
    world = World(tmp_path)
    for labels, n in (("ynyn", 15), ("ynyy", 5), ("yyyn", 35), ("yyyy", 20), ("nnnn", 25)):
        add(world, labels, n)
    return world


def test_an_interaction_is_the_difference_of_differences(tmp_path: Path) -> None:
    world = apart(tmp_path)
    add(world, "ynyf", 3)
    (row,), (swapped,) = asked(world, TWO, {"large": TWO["large"], "small": TWO["small"]})
    assert set(Interaction._fields) == set(FAMILIES.schema.names) - {"suite"}
    assert (row.family, row.other, row.n_prompts, row.n_left_out) == ("small", "large", 100, 3)
    assert (row.difference, row.other_difference) == pytest.approx((-0.2, -0.5))
    # 35 of 100 by −1 and 5 by +1: the paired standard error is that of these.
    se = ((0.40 - 0.3**2) / 99) ** 0.5
    assert row.interaction == pytest.approx(-0.3)
    assert (row.low, row.high) == pytest.approx((-0.3 - 1.98 * se, -0.3 + 1.98 * se), abs=0.02)
    assert (row.verdict, row.agrees, row.margin) == ("different", None, None)
    assert (swapped.interaction, swapped.low, swapped.high) == pytest.approx(
        (-row.interaction, -row.high, -row.low)
    )
    assert swapped.p == pytest.approx(row.p)
    assert "small and large differ" in told_families([row])


def test_agreement_is_claimed_by_a_test_alone(tmp_path: Path) -> None:
    margins = {"bad": Margin(absolute=0.1)}

    def large(folder: str, lost: int = 2, **more: Any) -> World:
        world = World(tmp_path / folder, **more)
        for labels, n in (("ynyn", 100), ("ynyy", lost), ("yyyn", lost), ("nnnn", 200)):
            add(world, labels, n)
        return world

    ((row,),) = asked(large("alike"), TWO, margins=margins)
    assert row.difference == pytest.approx(row.other_difference)
    assert (row.verdict, row.agrees) == ("equivalent", True)
    assert "small and large agree within 10 points" in told_families([row])
    ((row,),) = asked(large("noisy", 60), TWO, margins={"bad": Margin(absolute=0.04)})
    assert row.interaction == 0
    assert (row.verdict, row.agrees) == ("undetermined", False)
    assert "undetermined" in told_families([row])
    ((row,),) = asked(large("blind", carded=False), TWO, margins=margins)
    assert (row.agrees, row.flags) == (False, ["no_card"])
    lossy = large("lossy")
    add(lossy, "ynyf", 40)
    ((row,),) = asked(lossy, TWO, margins=margins)
    assert row.agrees is False
    assert "missing_differs" in row.flags


def test_every_two_of_three_families_and_those_that_share_a_base(tmp_path: Path) -> None:
    world = World(tmp_path)
    for labels, n in (("ynyn", 20), ("yyyn", 10), ("nnnn", 20)):
        add(world, labels, n)
    rows, lone = asked(
        world, {"one": ("a", "b"), "two": ("a", "d"), "three": ("c", "d")}, {"one": ("a", "b")}
    )
    assert [(row.family, row.other) for row in rows] == [
        ("one", "two"),
        ("one", "three"),
        ("two", "three"),
    ]
    assert [row.interaction for row in rows] == pytest.approx([-0.2, -0.2, 0.0])
    assert lone == []
    assert told_families(lone) == ""
