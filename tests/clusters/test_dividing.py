"""Rows without gaps between them are divided, as finely as other people's rows are divided alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import adjusted_rand_score

from logminer.clusters.finding import fit
from logminer.clusters.map import NOISE, ClusterMap
from logminer.clusters.options import ClusterOptions
from logminer.clusters.quality import STABLE, stability
from logminer.clusters.sample import draw_sample
from tests.kit.vectors import blended, block, find, planted, same, unit

TOPICS, WIDTH = 8, 64


@pytest.fixture(scope="module")
def halves() -> list[ClusterMap]:
    """Maps of the answers that two halves of the users got."""
    return [find(blended(1000, TOPICS, WIDTH, seed=half)[0]) for half in (0, 1)]


def test_two_halves_of_the_users_give_one_map(halves: list[ClusterMap]) -> None:
    rows, topic = blended(2000, TOPICS, WIDTH, seed=2)
    one, other = (found.place(rows) for found in halves)
    assert [found.size for found in halves] == [TOPICS, TOPICS]
    assert adjusted_rand_score(one.nearest, other.nearest) >= 0.7
    assert adjusted_rand_score(topic, one.nearest) >= 0.6
    assert (one.strength >= 0.5).mean() >= 0.85
    assert ((one.cluster != NOISE) == (one.strength >= 0.5)).all()


def test_strength_tells_which_rows_are_found_again(halves: list[ClusterMap]) -> None:
    rows, _ = blended(4000, TOPICS, WIDTH, seed=3)
    one, other = (found.place(rows) for found in halves)
    shared = np.zeros((TOPICS, TOPICS))
    np.add.at(shared, (one.nearest, other.nearest), 1)
    again = shared.argmax(axis=1)[one.nearest] == other.nearest
    sure, unsure = again[one.strength >= 0.9].mean(), again[one.strength < 0.5].mean()
    assert sure >= 0.9
    assert unsure <= sure - 0.2


def test_the_parts_of_a_division_are_stable(halves: list[ClusterMap]) -> None:
    options, found = ClusterOptions(), halves[0]
    sample = draw_sample([block(blended(1000, TOPICS, WIDTH)[0])], seed=0, limit=5000)
    assert (stability(options, sample, found, refits=3) >= STABLE).mean() >= 0.8
    turned = np.random.default_rng(1).normal(size=(WIDTH, WIDTH))
    elsewhere = found._replace(centres=unit(found.centres @ turned))  # parts that nobody would find
    assert stability(options, sample, elsewhere, refits=3).mean() < STABLE


def test_what_is_like_nothing_before_is_in_no_part(halves: list[ClusterMap]) -> None:
    strange = unit(np.random.default_rng(9).normal(size=(200, WIDTH)))
    assert (halves[0].place(strange).cluster == NOISE).mean() >= 0.8


def test_a_division_depends_on_neither_order_nor_cutting(halves: list[ClusterMap]) -> None:
    rows, _ = blended(1000, TOPICS, WIDTH)
    shuffled = np.random.default_rng(1).permutation(len(rows))
    blocks = [block(rows, some) for some in np.array_split(shuffled, 7)]
    assert same(fit(ClusterOptions(), blocks, upstream=["x"]), halves[0])


def test_a_division_is_saved_whole_and_read_back(halves: list[ClusterMap], tmp_path: Path) -> None:
    halves[0].save(tmp_path / "map.parquet")
    rows, _ = blended(500, TOPICS, WIDTH, seed=4)
    before, after = halves[0].place(rows), ClusterMap.load(tmp_path / "map.parquet").place(rows)
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    pieces = [halves[0].place(some).strength for some in np.array_split(rows, 9)]
    assert np.array_equal(np.concatenate(pieces), before.strength)


def test_a_map_from_before_there_were_divisions_is_still_read(tmp_path: Path) -> None:
    rows, _ = planted(800, 8, WIDTH, spread=0.6)
    found = find(rows)
    path = tmp_path / "map.parquet"
    found.save(path)
    table = pq.read_table(path)
    pq.write_table(table.drop_columns(["lead", "lead_fade"]), path)
    earlier = ClusterMap.load(path)
    assert same(earlier, found)
    assert np.array_equal(earlier.place(rows).strength, found.place(rows).strength)
