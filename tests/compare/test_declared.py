"""Margins declared before judging."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from logminer.compare.options import Margin
from tests.kit.world import World


class TestDeclaredBeforeJudging:
    def world(self, folder: Path, *runs: tuple[str, float | None, int]) -> World:
        world = World(folder).counts(100, 5, 5, 890)
        for number, (taxonomy, margin, judged) in enumerate(runs):
            next_judged = [judged for *_, judged in runs[number + 1 : number + 2]]
            margins = {"bad": Margin(absolute=margin).options()} if margin else {}
            world.tables["runs"].append(
                {
                    "run_id": str(number),
                    "started_at": datetime.datetime(2026, 1, 1 + number, tzinfo=datetime.UTC),
                    "status": "stopped" if next_judged == [0] else "done",
                    "version": "1",
                    "pipeline": "{}",
                    "taxonomy_hash": taxonomy,
                    "margins": json.dumps(margins),
                    "judged_parts": judged,
                }
            )
        return world

    @pytest.mark.parametrize(
        ("runs", "late"),
        [
            ([("t", 0.03, 0)], False),
            ([("t", 0.03, 0), ("t", 0.03, 9)], False),
            ([("t", None, 0), ("t", 0.03, 9)], True),
            ([("t", 0.02, 0), ("t", 0.03, 9)], True),
            ([("t", None, 0), ("t", 0.03, 0)], False),  # stopped before anything was judged
            (
                [("t", 0.02, 0), ("u", 0.03, 9)],
                True,
            ),  # another taxonomy undoes nothing that was seen
            ([("u", 0.03, 0), ("t", None, 9), ("t", 0.03, 18)], True),
            (
                [("t", 0.03, 0), ("t", None, 0), ("t", 0.03, 9)],
                True,
            ),  # withdrawn when it was judged
            ([("t", 0.03, 9)], True),  # the record of the run that judged is gone
        ],
    )
    def test_the_runs_tell(
        self, runs: list[tuple[str, float | None, int]], late: bool, tmp_path: Path
    ) -> None:
        row = self.world(tmp_path, *runs).all(margins={"bad": Margin(absolute=0.03)})
        assert ("declared after judging" in (row["note"] or "")) is late
        assert row["verdict"] == "equivalent"

    @pytest.mark.parametrize(
        ("numbers", "late"),
        [
            ((1, 2), False),
            ((2, 1), True),  # the clock was set back in between
            ((None, 1), False),  # the first is of an earlier version
            ((1, None), True),
        ],
    )
    def test_their_numbers_tell_and_not_the_clock(
        self, numbers: tuple[int | None, int | None], late: bool, tmp_path: Path
    ) -> None:
        world = self.world(tmp_path, ("t", 0.03, 0), ("t", None, 1))
        for row, number in zip(world.tables["runs"], numbers, strict=True):
            row["sequence"] = number
        row = world.all(margins={"bad": Margin(absolute=0.03)})
        assert ("declared after judging" in (row["note"] or "")) is late
