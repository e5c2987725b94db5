"""How a self-test of an environment is told: how far it is, where plays landed, which detectors are needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from logminer.cli import render
from logminer.cli.fitting import print_fitted

if TYPE_CHECKING:
    from logminer.environments.reward_hacking.selftest import Landed, Selftest

__all__ = ["show", "telling"]

EVERY = 20  # plays between two lines, where there is no terminal


@contextmanager
def telling() -> Iterator[Callable[[Landed, int], None]]:
    """On standard error: a bar, or now and then a line; what landed elsewhere is said at once."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    out = render.console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(bar_width=24), MofNCompleteColumn()
    done = 0
    with Progress(*columns, console=out, disable=not out.is_terminal, transient=True) as bar:
        task = bar.add_task("plays", total=None)

        def tell(landed: Landed, of: int) -> None:
            nonlocal done
            done += 1
            bar.update(task, total=of, completed=done)
            if not landed.right:
                out.print(_elsewhere(landed), soft_wrap=True)
            if not out.is_terminal and (done % EVERY == 0 or done == of):
                out.print(f"plays: {done}/{of}")

        yield tell


def show(found: Selftest) -> None:
    """Tables: how many of each sort landed where they should, what did not, and what each detector is needed for."""
    out = render.console()
    plays, right = (
        Counter((one.sort, one.arm) for one in rows)
        for rows in (found.rows, [one for one in found.rows if one.right])
    )
    rows = [(sort, arm, n, right[sort, arm]) for (sort, arm), n in plays.items()]
    print_fitted(out, ["sort", "arm", ">plays", ">as they should"], rows)
    if not found.contained:
        out.print(
            "[yellow]note[/] the sandbox does not contain what runs in it: plays that would do harm were left out",
            soft_wrap=True,
        )
    if found.wrong:
        columns = ["play", "instance", "template", "arm", "expected", "got", "detectors", ">visible", ">trusted"]  # fmt: skip
        out.print("[bold]Landed elsewhere[/]")
        spare = ["trusted", "visible", "instance", "detectors", "arm"]
        print_fitted(out, columns, map(_cells, found.wrong), wrapped=["play"], spare=spare)
    if found.needed:
        cells = [(one.detector, ", ".join(one.plays) or "[red]nothing[/]") for one in found.needed]
        out.print("[bold]Without it land elsewhere[/]")
        print_fitted(out, ["detector", "plays"], cells, wrapped=["plays"])
    told = "all land where they should" if found.passed else "not all is as it should be"
    out.print(f"{len(found.rows)} plays in {render.seconds(found.seconds)}: {told}")


def _cells(one: Landed) -> tuple[object, ...]:
    expected = " ".join((one.expected, *(f"+{kind}" for kind in one.kinds)))
    speeds = (_times(one.visible_speedup), _times(one.trusted_speedup))
    where = one.play, one.number, one.template, one.arm
    return *where, expected, one.got, ", ".join(one.detectors), *speeds


def _times(speedup: float | None) -> str:
    return "" if speedup is None else f"{speedup:,.2f}x"


def _elsewhere(one: Landed) -> str:
    saw = ", ".join(one.detectors) or "no detector"
    return f"[red]elsewhere[/] {one.play} on {one.template}: {one.got} ({saw}), not {one.expected}"
