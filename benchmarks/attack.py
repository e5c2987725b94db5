"""Whether the default policy of `release` gives invented people away, and whether the same attackers succeed without it.

600 targets for each number of the attacker's accounts, each number in a dump of 32,400 conversations of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.harness import Checked, report_limits
from logminer.attack.attacking import attack
from logminer.attack.scores import MOST, MOST_HIGH, SURE, WEAK, Figure
from logminer.attack.world import ACCOUNTS
from logminer.pipeline.reporter import Quiet

PIPELINE = "study: study\nsource: {path: dump.parquet}\n"  # all else as it is by default
NORMAL = 1.96


def main() -> None:
    """All limits are to be met; rows without one are shown."""
    figures: dict[str, Figure] = {}
    for accounts in ACCOUNTS:
        figures |= {_name(one): one for one in _attacked(accounts)}
    report_limits("attack", [row for one in figures.values() for row in _rows(one)])


def _attacked(accounts: int) -> Sequence[Figure]:
    with TemporaryDirectory() as folder:
        path = Path(folder, "pipeline.yaml")
        path.write_text(PIPELINE)
        found = attack(path, Quiet(), targets=SURE, accounts=[accounts], seed=accounts)
    for one in found.figures:
        if one.note:
            sys.stdout.write(f"{_name(one)}: {one.note}\n")
    return found.figures


def _name(one: Figure) -> str:
    accounts = "" if one.accounts is None else f"_{one.accounts}"
    return f"{one.attack}_{one.policy}{accounts}"


def _rows(one: Figure) -> Iterator[Checked]:
    name, se = _name(one), (one.high - one.low) / 2 / NORMAL

    def row(name: str, value: float, most: float) -> Checked:
        return Checked(
            name, value, "share", se, one.n, most, "at_most", value / most, value <= most
        )

    if one.policy == "weakened":
        ratio, met = one.excess / WEAK, one.excess >= WEAK
        yield Checked(name, one.excess, "share", se, one.n, WEAK, "at_least", ratio, met)
    elif one.gated:
        yield row(name, one.excess, MOST)
        yield row(f"{name}_high", one.high, MOST_HIGH)
    else:
        yield Checked(name, one.excess, "share", se, one.n, None, None, None, None)


if __name__ == "__main__":
    main()
