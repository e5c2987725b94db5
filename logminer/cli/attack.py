"""`logminer attack`: whether a policy gives people away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from logminer.attack.attacking import AttackResult

__all__ = ["command"]


@click.command("attack")
@click.argument("study", type=click.Path())
@click.option(
    "--targets",
    type=click.IntRange(20, 600),
    default=20,
    show_default=True,
    help="Invented people who are attacked, for each number of the attacker's accounts; 600 are judged by the strict rule.",
)
@click.option(
    "--seed",
    type=int,
    default=0,
    show_default=True,
    help="The same seed makes the same people and the same key.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_context
def command(ctx: click.Context, study: str, targets: int, seed: int, as_json: bool) -> None:
    """Try the release policy of STUDY (a folder or a pipeline file) on invented people whose secrets attackers are after.

    An attacker knows a target's age, sex and complaint, and plants chats that lie with the target's in one cluster and give
    orders to whoever names or judges it. Others stand just below what is told, and look whether one person more tips it;
    compare two releases; hash all ids that there may be. Everything goes the way of the study, under a key of its own.
    The same attackers must succeed where nothing is protected.

    What came of it is kept with the study, and `logminer release` asks for it. Exits with 3 where the policy gives people
    away, or the attack proves nothing.

    \b
    Examples:
        logminer attack studies/quarterly
        logminer attack pipeline.yaml --targets 100 --json
    """
    from pathlib import Path

    from logminer.attack.attacking import attack
    from logminer.cli import render
    from logminer.cli.progress import Bars

    with Bars() as bars:
        result = attack(Path(study), bars, targets=targets, seed=seed)
    if as_json:
        render.print_json(result.as_json())
    else:
        _show(result)
    if not result.passed:
        ctx.exit(3)


def _show(result: AttackResult) -> None:
    from logminer.cli import render
    from logminer.cli.fitting import print_fitted, say

    out = render.console()
    columns = ("attack", "policy", ">accounts", ">targets", ">recovered", ">guessing", ">more")
    rows = [
        (
            one.attack,
            one.policy,
            "" if one.accounts is None else render.count(one.accounts),
            render.count(one.n),
            render.percent(one.recovery),
            render.percent(one.guessing),
            f"{one.excess:+.3f} ({one.low:+.3f} to {one.high:+.3f})",
        )
        for one in result.figures
    ]
    print_fitted(out, columns, rows)
    for one in result.figures:
        if one.note:
            say(out, f"[dim]{one.attack}: {one.note}[/]")
    for why in result.why:
        say(out, f"[bold red]not held[/] {why}")
    if result.passed:
        say(out, "[bold]held[/] the policy gave nobody away, and what is not protected did")
