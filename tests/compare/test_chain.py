"""What each stage of a chain brought, on the prompts that all stages answered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from logminer.compare.chain import Brought, attribute
from logminer.compare.options import CompareOptions, Margin
from logminer.compare.telling import pretraining_of, told
from logminer.schemas.board import ATTRIBUTION
from logminer.store.publication import publish
from tests.kit.world import World

CHAIN = ("a", "b", "c")
ALWAYS, FIRST, SECOND, NEVER = ("yes",) * 3, ("yes", "no", "no"), ("yes", "yes", "no"), ("no",) * 3


def add(world: World, labels: tuple[str, ...], n: int, **more: Any) -> None:
    """`n` prompts that the stages answer so, one sample each."""
    a, b, *rest = ((label,) for label in labels)
    named = dict(zip("cdefg", rest, strict=False))
    for _ in range(n):
        world.add(a, b, **named, **more)


def attributed(
    world: World, *chains: tuple[str, ...], among: tuple[str, ...] = ("all",), **options: Any
) -> list[list[Brought]]:
    """Of each chain, in one publication."""
    with publish(world.folder, []) as publication:
        world.publish(publication)
        return [
            attribute(publication, CompareOptions(chain=chain, **options), among)
            for chain in chains
        ]


def chain_of(tmp_path: Path, **world: Any) -> World:
    """Of 200 prompts 80 show it in a, 20 less in b, and 40 less again in c."""
    made = World(tmp_path, **world)
    for labels, n in ((ALWAYS, 20), (FIRST, 20), (SECOND, 40), (NEVER, 120)):
        add(made, labels, n)
    return made


def test_steps_are_those_of_pairs_and_shares_those_of_the_whole(tmp_path: Path) -> None:
    world = chain_of(tmp_path)
    (first, second, last), back, (_, all_of_it) = attributed(
        world, CHAIN, ("c", "b", "a"), ("a", "c")
    )
    assert set(Brought._fields) == set(ATTRIBUTION.schema.names) - {"suite"}
    assert [row.stage for row in (first, second, last)] == list(CHAIN)
    assert [row.rate for row in (first, second, last)] == pytest.approx([0.4, 0.3, 0.1])
    assert first.rate_low < 0.4 < first.rate_high
    assert (first.step, first.share, last.equivalent_to_last) == (None, None, None)
    compared = world.all(pair=("a", "b"))
    assert (second.step, second.low, second.high, second.p) == pytest.approx(
        tuple(compared[name] for name in ("difference", "low", "high", "p"))
    )
    assert first.change == pytest.approx(-0.3)
    assert (second.share, last.share) == pytest.approx((1 / 3, 2 / 3))
    assert 0 < (second.share_low or 0) < 1 / 3 < (second.share_high or 0) < 0.55
    assert {row.n_left_out for row in (first, second, last)} == {0}
    # Backwards every step is negated, and every share stays.
    for row, other in ((second, back[2]), (last, back[1])):
        assert other.step == pytest.approx(-(row.step or 0))
        assert (other.share, other.share_low, other.share_high) == pytest.approx(
            (row.share, row.share_low, row.share_high), abs=1e-5
        )
    # The only step of two stages brought all of it.
    assert (all_of_it.share, all_of_it.share_low, all_of_it.share_high) == (1, 1, 1)
    # A chain says what it cannot say.
    rows = [first, second, last]
    assert "c brought 67 %" in told(rows)
    assert "no pretraining checkpoint" in told(rows)
    assert "no pretraining checkpoint" not in told(rows, "a")


def test_a_prompt_that_one_stage_lacks_is_left_out_of_all(tmp_path: Path) -> None:
    world = chain_of(tmp_path)
    add(world, ("yes", "yes", "failed"), 3)
    add(world, ("yes", "unsure", "no"), 4)
    for _ in range(2):
        world.add(("yes",), ("yes",))
    (rows,) = attributed(world, CHAIN)
    assert [(row.n_prompts, row.n_left_out) for row in rows] == [(200, 9)] * 3
    assert rows[0].rate == pytest.approx(0.4)
    assert "9 left out" in told(rows)


def test_samples_are_averaged_and_users_are_the_units(tmp_path: Path) -> None:
    world = World(tmp_path)
    for user in range(12):
        for _ in range(5):
            world.add(("yes", "yes"), ("yes", "no"), c=("no", "no"), user=f"u{user}")
            world.add(("no", "no"), ("no", "no"), c=("no", "no"), user=f"u{user}")
    for _ in range(40):
        world.add(("yes", "yes"), ("yes", "yes"), c=("yes", "yes"), user="u0")
    ((first, second, last),) = attributed(world, CHAIN, weight="unit")
    assert first.rate == pytest.approx((11 * 0.5 + (5 + 40) / 50) / 12)
    assert last.rate == pytest.approx(40 / 50 / 12)
    assert second.rate == pytest.approx((11 * 0.25 + (2.5 + 40) / 50) / 12)
    assert first.n_effective == pytest.approx(12)


def test_nothing_is_attributed_where_nothing_changed_or_units_are_few(tmp_path: Path) -> None:
    world = World(tmp_path / "still")
    for labels in (ALWAYS, FIRST, ("no", "no", "yes"), SECOND, ("no", "yes", "yes"), NEVER):
        add(world, labels, 20)
    (rows,) = attributed(world, CHAIN)
    assert [row.share for row in rows] == [None] * 3
    assert rows[1].step is not None
    assert "nothing to attribute" in told(rows)
    world = World(tmp_path / "few")
    for number in range(100):
        add(world, FIRST if number % 2 else SECOND, 1, user=f"u{number % 4}")
    (rows,) = attributed(world, CHAIN, margins={"bad": Margin(absolute=0.9)})
    assert {(row.p, row.share, row.equivalent_to_last) for row in rows[1:]} == {
        (None, None, False),
        (None, None, None),
    }
    assert rows[0].flags[0] == "few_units"
    assert "too few independent units" in told(rows)


class TestEquivalenceToTheLast:
    def world(self, tmp_path: Path, **more: Any) -> World:
        """The last step moves nothing but four prompts there and four back."""
        world = World(tmp_path, **more)
        for labels, n in (
            (("yes", "no", "no"), 50),
            (("no", "yes", "no"), 4),
            (("no", "no", "yes"), 4),
            (NEVER, 530),
        ):
            add(world, labels, n)
        return world

    def test_is_that_of_the_pair(self, tmp_path: Path) -> None:
        margins = {"bad": Margin(absolute=0.02)}
        world = self.world(tmp_path)
        ((first, second, last),) = attributed(world, CHAIN, margins=margins)
        assert [row.equivalent_to_last for row in (first, second, last)] == [False, True, None]
        assert second.p_equivalence_to_last == pytest.approx(
            world.all(pair=("b", "c"), margins=margins)["p_equivalence"]
        )
        assert "In bad b is equivalent to c within 2 points." in told([first, second, last])

    def test_only_with_a_margin_and_a_card(self, tmp_path: Path) -> None:
        (rows,) = attributed(self.world(tmp_path / "none"), CHAIN)
        assert {row.equivalent_to_last for row in rows} == {None}
        assert "Without a margin" in told(rows)
        blind = self.world(tmp_path / "blind", carded=False)
        (rows,) = attributed(blind, CHAIN, margins={"bad": Margin(absolute=0.02)})
        assert [row.equivalent_to_last for row in rows] == [False, False, None]
        assert "no_card" in rows[1].flags

    def test_not_where_missing_answers_could_break_it(self, tmp_path: Path) -> None:
        world = self.world(tmp_path)
        add(world, ("no", "no", "failed"), 15)
        add(world, ("no", "failed", "no"), 15)
        ((_, second, _),) = attributed(world, CHAIN, margins={"bad": Margin(absolute=0.02)})
        assert (second.q_equivalence_to_last or 1) < 0.05
        assert second.equivalent_to_last is False
        assert "missing_differs" in second.flags


def test_strata_channels_and_what_is_not_judged_in_all(tmp_path: Path) -> None:
    world = chain_of(tmp_path)
    add(world, FIRST, 30, safe="false")
    add(world, ("yes", "no", "no"), 10, category="other")
    rows, none, unknown = attributed(
        world,
        CHAIN,
        (),
        ("a", "b", "nobody"),
        strata=("safe",),
        among=("all", "safe=false", "safe=maybe"),
    )
    counted = {(row.category_id, row.stratum): row.n_prompts for row in rows}
    assert counted == {("bad", "all"): 230, ("bad", "safe=false"): 30, ("other", "all"): 10}
    assert none == unknown == []


def test_pretraining_is_named_or_goes_by_its_name() -> None:
    assert pretraining_of(CompareOptions(chain=("pretrain-7b", "sft"))) == "pretrain-7b"
    assert pretraining_of(CompareOptions(chain=("base", "sft"), pretraining="base")) == "base"
    assert pretraining_of(CompareOptions(chain=CHAIN)) is None
    assert told([]) == ""


def test_what_nothing_is_said_of_is_named_together(tmp_path: Path) -> None:
    world = chain_of(tmp_path)
    for category in ("never", "no_more"):
        add(world, NEVER, 20, category=category)
    for category in ("still", "too"):
        add(world, ALWAYS, 20, category=category)
    (rows,) = attributed(world, CHAIN)
    text = told(rows)
    assert "No stage is flagged for never and no_more." in text
    assert text.count("nothing to attribute") == 1
    assert "Each of 5 behaviours is looked at alone" in text
    assert "Without a margin no stage is called equivalent to the last." in text
