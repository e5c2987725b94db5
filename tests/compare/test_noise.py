"""What chance does by itself."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.kit.world import World


class TestNoiseFloor:
    def test_a_second_sample_shows_what_chance_does(self, tmp_path: Path) -> None:
        world, rng = World(tmp_path), random.Random(2)
        for _ in range(300):
            labels = [rng.choice(["yes", "no"]) for _ in range(3)]
            world.add((labels[0], labels[1]), (labels[2],))
        assert world.all()["noise_difference"] is None
        row = world.all(noise_floor=True)
        assert row["noise_low"] < 0 < row["noise_high"]
        assert abs(row["noise_difference"]) < 0.1

    def test_a_base_replayed_again_is_its_own_noise(self, tmp_path: Path) -> None:
        world = World(tmp_path)
        for i in range(200):
            world.add(("no",), ("yes",), **{"a.again": ("yes" if i % 10 == 0 else "no",)})
        row = world.all(noise_floor=True)
        assert row["difference"] == 1
        assert row["noise_difference"] == pytest.approx(0.1)

    def test_without_a_second_draw_there_is_none(self, tmp_path: Path) -> None:
        assert World(tmp_path).counts(1, 2, 3, 4).all(noise_floor=True)["noise_difference"] is None
