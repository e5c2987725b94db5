"""How many requests at once: what a server bears, and no more."""

from __future__ import annotations

import random

import pytest

from logminer.checkpoints.asking.concurrency import AdaptiveLimit


class Simulated:
    """A server of `slots` slots, in simulated time; what it cannot serve within `queue` it turns away."""

    def __init__(self, slots: int, *, queue: int = 10**6, random_429: float = 0.0) -> None:
        self.now = 0.0
        self.slots, self.queue, self.random_429 = slots, queue, random_429
        self.chance = random.Random(1)

    def run(
        self, limit: AdaptiveLimit, seconds: float, latency_s: float = 1.0
    ) -> tuple[float, float]:
        """(answers a second, share turned away) over `seconds`."""
        free_at = [self.now] * self.slots
        ends: list[tuple[float, bool]] = []
        stop, answered, turned_away = self.now + seconds, 0, 0
        while self.now < stop:
            while len(ends) < limit.limit:
                taken = sum(good for _, good in ends)
                if taken >= self.slots + self.queue or self.chance.random() < self.random_429:
                    ends.append((self.now + 0.05, False))
                    continue
                slot = min(range(self.slots), key=free_at.__getitem__)
                begin = max(self.now, free_at[slot])
                free_at[slot] = begin + latency_s * self.chance.uniform(0.5, 1.5)
                ends.append((free_at[slot], True))
            ends.sort()
            self.now, good = ends.pop(0)
            answered, turned_away = answered + good, turned_away + (not good)
            limit.ended(answered=good, overloaded=not good)
        return answered / seconds, turned_away / (answered + turned_away)


def limited(world: Simulated, most: int) -> AdaptiveLimit:
    return AdaptiveLimit(most, clock=lambda: world.now)


@pytest.mark.parametrize("slots", [4, 20, 64])
def test_it_finds_what_the_server_bears(slots: int) -> None:
    world = Simulated(slots)
    limit = limited(world, 256)
    world.run(limit, 120)
    rate, _ = world.run(limit, 60)
    assert rate > 0.93 * slots
    assert limit.limit <= max(20, 3 * slots)


def test_the_most_allowed_is_kept() -> None:
    world = Simulated(64)
    limit = limited(world, 5)
    world.run(limit, 60)
    assert limit.limit == 5


def test_it_yields_to_a_server_that_turns_away() -> None:
    world = Simulated(16, queue=0)
    limit = limited(world, 256)
    world.run(limit, 120)
    rate, share = world.run(limit, 60)
    assert rate > 0.8 * 16
    assert share < 0.25


def test_chance_faults_do_not_starve_it() -> None:
    world = Simulated(64, random_429=0.1)
    limit = limited(world, 256)
    world.run(limit, 200)
    assert world.run(limit, 60)[0] > 10


def test_idle_rounds_say_nothing() -> None:
    limit = AdaptiveLimit(100)
    for _ in range(1000):
        limit.idle()
        limit.ended(answered=True, overloaded=False)
    assert limit.limit == 8
