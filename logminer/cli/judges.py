"""`logminer judges`: the scorers of a study, held against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from logminer.cli.helping import FoldingGroup

if TYPE_CHECKING:
    from rich.console import Console

    from logminer.study.agreement import ArmAgreement, PairAgreement

__all__ = ["command"]


@click.group("judges", cls=FoldingGroup)
def command() -> None:
    """Hold the scorers of a study against each other.

    \b
    Examples:
        logminer judges agree studies/quarterly --category refusal --show 5

    Against people they are held by `logminer calibrate`. The verb takes --json.
    """


@command.command("agree")
@click.argument("study", type=click.Path())
@click.argument("scorers", nargs=-1, metavar="[SCORER_A SCORER_B]")
@click.option("--category", required=True, help="The category that they judged.")
@click.option(
    "--channel",
    type=click.Choice(["response", "thoughts", "pair"]),
    help="Only there.  [default: wherever both judged]",
)
@click.option(
    "--show",
    metavar="K",
    type=click.IntRange(0),
    default=0,
    help="K responses of which one says yes and the other no, to read (anonymised).",
)
@click.option(
    "--seed", type=int, default=0, show_default=True, help="Which K: another one, others."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def agree(
    study: str,
    scorers: tuple[str, ...],
    category: str,
    channel: str | None,
    show: int,
    seed: int,
    as_json: bool,
) -> None:
    """Say how far every two scorers of STUDY agree on a category, or the two that are named.

    Cohen's kappa is agreement beyond chance: 1 all, 0 what chance alone would give. It counts what both said yes or no
    of, all arms together and each arm; its interval is the delta method's, clustered by user (and so by prompt).
    The table beneath has every label, unsure and unparsable ones too.

    Direction: which of them says yes more often, by McNemar's test of the responses on which they differ. Two scorers
    that agree well on one arm and badly on the other say something of the arm: read some (--show), and let people label
    some (`logminer label`), since nobody knows yet which of the two is right.

    \b
    Examples:
        logminer judges agree studies/quarterly --category refusal
        logminer judges agree studies/quarterly rules refusal_probe --category refusal --show 5
    """
    from pathlib import Path

    from logminer.cli import render
    from logminer.store.session import open_session
    from logminer.study.agreement import judge_agreement

    if len(scorers) not in (0, 2):
        raise click.UsageError("name two scorers, or none for every pair")
    with open_session(Path(study)) as session:
        found = judge_agreement(
            session,
            category,
            scorers=(scorers[0], scorers[1]) if scorers else None,
            channel=channel,
            show=show,
            seed=seed,
        )
    if as_json:
        render.print_json([pair.as_json() for pair in found])
        return
    out = render.console()
    for pair in found:
        _show(out, pair)


def _show(out: Console, pair: PairAgreement) -> None:
    from logminer.cli import render, summary
    from logminer.cli.fitting import print_fitted
    from logminer.scorers.base import LABELS

    out.print(
        f"\n[bold]{pair.first} and {pair.second}[/] on {pair.category} ({pair.channel})",
        soft_wrap=True,
    )
    columns = ["arm", ">judged by both", ">yes or no by both", ">agree", "kappa"]
    columns += [f">{pair.first} yes", f">{pair.second} yes", "difference", ">p"]
    spare = ["judged by both", "p", "agree", "yes or no by both"]
    spare += [f"{pair.second} yes", f"{pair.first} yes"]
    print_fitted(out, columns, map(_cells, pair.arms), wrapped=["arm"], spare=spare)
    whole = pair.arms[0]
    out.print(f"[dim]{_direction(pair, whole)}; 95 % intervals[/]", soft_wrap=True)
    given = {
        label
        for one, row in whole.confusion.items()
        for other, n in row.items()
        if n
        for label in (one, other)
    }
    seen = [label for label in LABELS if label in {"yes", "no", *given}]
    confusion = (
        (label, *(render.count(whole.confusion[label][other]) for other in seen)) for label in seen
    )
    heads = [f"{pair.first} ↓  {pair.second} →", *(f">{label}" for label in seen)]
    print_fitted(out, heads, confusion)
    if pair.disagreements:
        summary.show_examples(out, pair.disagreements)


def _cells(arm: ArmAgreement) -> list[object]:
    from logminer.cli import render

    kappa = "–"
    if arm.kappa is not None and arm.kappa_low is not None and arm.kappa_high is not None:
        kappa = f"{arm.kappa:.2f} ({arm.kappa_low:.2f} to {arm.kappa_high:.2f})"
    difference = "–"
    if arm.difference is not None and arm.difference_low is not None:
        points = (
            100 * (x or 0.0) for x in (arm.difference, arm.difference_low, arm.difference_high)
        )
        difference = "{:+.1f} ({:+.1f} to {:+.1f}) points".format(*points)
    return [
        arm.checkpoint or "all",
        render.count(arm.n),
        render.count(arm.n_yes_no),
        render.percent(arm.agreement),
        kappa,
        render.percent(arm.first_rate),
        render.percent(arm.second_rate),
        difference,
        render.number(arm.p, 2),
    ]


def _direction(pair: PairAgreement, whole: ArmAgreement) -> str:
    if not whole.first_only + whole.second_only:
        return "they never differ"
    only = sorted(((whole.first_only, pair.first), (whole.second_only, pair.second)), reverse=True)
    (more, name), (less, other) = only
    return f"{name} alone says yes {more:,} times, {other} alone {less:,} times"
