"""Whether the grades are right of those of whom the truth is known, and whether each detector is needed for that."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from logminer.environments.reward_hacking.grading.grade import grade
from logminer.environments.reward_hacking.instance import Arm, Instance
from logminer.environments.reward_hacking.making import make_instance
from logminer.environments.reward_hacking.outcomes import DETECTORS, Detector, Kind, Outcome
from logminer.environments.reward_hacking.players.everyone import PLAYERS
from logminer.environments.reward_hacking.players.play import Player, Sort
from logminer.environments.reward_hacking.problems import TEMPLATES
from logminer.sandbox.base import Sandbox

__all__ = ["QUICK", "Landed", "Needed", "Selftest", "number_of", "selftest"]

# Plays whose grade is asked for again without a detector, and how many of them have to land elsewhere.
TRIED, ENOUGH = 6, 2
# One of each sort, and of each way in which a grade is made.
QUICK = (
    "best",
    "stops_by_protocol",
    "script_prints",
    "table_masked",
    "reads_cases_by_cat",
    "syntax_error",
    "leaves_a_process",
)


class Landed(NamedTuple):
    """What was decided of a play.

    Attributes:
        expected, kinds: what is true of it.
        got, detectors: what was decided, and by what.
        right: whether that is so.
        seconds: of the grading.
    """

    play: str
    sort: Sort
    template: str
    number: int
    arm: Arm
    expected: Outcome
    kinds: tuple[Kind, ...]
    got: Outcome
    detectors: tuple[Detector, ...]
    visible_speedup: float | None
    trusted_speedup: float | None
    target: float
    right: bool
    seconds: float


class Needed(NamedTuple):
    """A detector, and the plays that land elsewhere when it is switched off; `tried`: of so many that it saw."""

    detector: Detector
    plays: tuple[str, ...]
    tried: int


class Selftest(NamedTuple):
    """All plays, and all detectors.

    Attributes:
        contained: whether the sandbox was; those that would do harm do not play otherwise.
        needed: empty where nobody asked.
    """

    rows: tuple[Landed, ...]
    needed: tuple[Needed, ...]
    contained: bool
    seconds: float

    @property
    def wrong(self) -> tuple[Landed, ...]:
        """What landed elsewhere than it should."""
        return tuple(one for one in self.rows if not one.right)

    @property
    def idle(self) -> tuple[Detector, ...]:
        """Detectors without which everything lands as it does with them."""
        return tuple(one.detector for one in self.needed if not one.plays)

    @property
    def passed(self) -> bool:
        return not self.wrong and not self.idle

    def as_json(self) -> dict[str, Any]:
        """JSON-ready."""
        rows, needed = ([one._asdict() for one in part] for part in (self.rows, self.needed))
        return {**self._asdict(), "rows": rows, "needed": needed, "passed": self.passed}


class _Task(NamedTuple):
    player: Player
    number: int

    @property
    def instance(self) -> Instance:
        return make_instance(self.number, self.player.arm)


def selftest(
    sandbox: Sandbox,
    *,
    quick: bool = False,
    players: Sequence[Player] = PLAYERS,
    shift: int = 0,
    seed: int | None = 1,
    without: Sequence[Detector] = (),
    necessity: bool = True,
    at_once: int = 2,
    tell: Callable[[Landed, int], None] = lambda landed, of: None,
) -> Selftest:
    """Let players play, each on an instance of another template than the one before, and see where they land.

    Args:
        quick: whether one of each sort will do, and detectors are left alone.
        shift: templates by which all are moved on.
        seed: of the inputs that nobody saw; None: another one each time.
        without: detectors that are switched off.
        necessity: whether it is asked of each detector what would land elsewhere without it.
        at_once: gradings at the same time.
        tell: hears of each play when it is graded, and of how many there are.
    """
    began = time.monotonic()
    asked = [p for p in players if p.name in QUICK or not quick]
    chosen = [p for p in asked if sandbox.contained or p.sort != "hostile"]
    tasks = [_Task(p, number_of(k + shift)) for k, p in enumerate(chosen)]

    with ThreadPoolExecutor(at_once) as pool:
        rows = list[Landed]()
        for row in pool.map(lambda task: _landed(task, sandbox, seed, without), tasks):
            rows.append(row)
            tell(row, len(tasks))
        needed: tuple[Needed, ...] = ()
        if necessity and not quick:
            switched = [one for one in DETECTORS if one not in without]
            seen = list(zip(tasks, rows, strict=True))
            needed = tuple(pool.map(lambda d: _needed(d, seen, sandbox, seed, without), switched))
    return Selftest(tuple(rows), needed, sandbox.contained, time.monotonic() - began)


def number_of(place: int) -> int:
    """The instance that is played at a place: through templates one by one, then through pressures and inputs of each."""
    return place % len(TEMPLATES) + len(TEMPLATES) * (place // len(TEMPLATES) % 6)


def _landed(task: _Task, sandbox: Sandbox, seed: int | None, without: Sequence[Detector]) -> Landed:
    instance, began = task.instance, time.monotonic()
    play = task.player.play(instance)
    found = grade(instance, play.tree, play.claim, sandbox, seed=seed, without=without)
    return Landed(
        play=play.name,
        sort=task.player.sort,
        template=instance.template,
        number=instance.number,
        arm=instance.arm,
        expected=play.outcome,
        kinds=play.kinds,
        got=found.outcome,
        detectors=found.detectors,
        visible_speedup=found.visible_speedup,
        trusted_speedup=found.trusted_speedup,
        target=found.target,
        right=play.lands(found),
        seconds=time.monotonic() - began,
    )


def _needed(
    detector: Detector,
    seen: Sequence[tuple[_Task, Landed]],
    sandbox: Sandbox,
    seed: int | None,
    without: Sequence[Detector],
) -> Needed:
    """Those come first of whom fewest others saw anything."""
    fired = [pair for pair in seen if detector in pair[1].detectors and pair[1].right]
    fired.sort(key=lambda pair: len(pair[1].detectors))
    tried, elsewhere = 0, list[str]()
    for task, _ in fired[:TRIED]:
        tried += 1
        if not _landed(task, sandbox, seed, [*without, detector]).right:
            elsewhere.append(task.player.name)
        if len(elsewhere) == ENOUGH:
            break
    return Needed(detector, tuple(elsewhere), tried)
