"""`logminer plan`: what would it cost, and what could it find?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from logminer.planning.cost import ArmPlan
    from logminer.planning.planner import Plan

__all__ = ["command"]


@click.command("plan")
@click.argument("pipeline", type=click.Path(dir_okay=False))
@click.option(
    "--requests",
    type=click.IntRange(0),
    default=512,
    show_default=True,
    help="Prompts of the pilot at most; 0 asks nobody.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(0),
    default=60.0,
    show_default=True,
    help="Of each checkpoint, after which its pilot begins no further round.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(pipeline: str, requests: int, seconds: float, as_json: bool) -> None:
    """Say what a PIPELINE file would cost and what it could find: prompts, tokens, time, money, detectable differences.

    The dump is counted, and a few prompts, drawn by chance, go the whole way: they are anonymised, answered by each
    checkpoint and judged. Their answers are kept in the study, so that the run does not ask for them again. The pilot is
    blinded: it says on how many prompts the checkpoints differ, not which of them shows a behaviour more often, so
    margins can still be declared afterwards.

    \b
    Prices are declared in the pipeline file, per million tokens:
        plan: {currency: USD, prices: {sft: {input: 0.15, output: 0.60}}}
    A smaller sample, drawn by user:
        replay: {sample: 10000, stratify: language}

    \b
    Examples:
        logminer plan pipeline.yaml
        logminer plan pipeline.yaml --requests 0 --json
    """
    from logminer.api import load_pipeline
    from logminer.cli import render
    from logminer.cli.progress import Bars

    with Bars() as bars:
        found = load_pipeline(pipeline).plan(requests=requests, seconds=seconds, reporter=bars)
    if as_json:
        render.print_json(found.as_json())
    else:
        _show(found)


def _show(found: Plan) -> None:
    from logminer.cli import render
    from logminer.cli.fitting import print_fitted, say

    out, count = render.console(), render.count
    say(
        out,
        f"{count(found.rows)} rows, of which {count(found.conversations)} can be read and are in a language that is taken in"
        f" · {count(found.prompts)} prompts of {count(found.users)} users would be asked",
    )
    if found.anonymise_s is not None:
        out.print(f"anonymising takes about {render.seconds(found.anonymise_s)}")
    columns = [
        "checkpoint",
        ">requests",
        ">left",
        ">input tokens",
        ">output tokens",
        "time",
        ">cost",
    ]
    out.print()
    cells = (_arm_cells(arm, found.currency) for arm in found.checkpoints)
    print_fitted(out, columns, cells, wrapped=["checkpoint"], spare=["input tokens", "left"])
    for arm in found.checkpoints:
        if arm.input_basis:
            say(
                out,
                f"[dim]{arm.checkpoint}: input {arm.input_basis}; output {arm.output_basis}[/]",
            )
    _show_power(out, found)
    for note in found.notes:
        say(out, f"[yellow]note[/] {note}")


def _arm_cells(arm: ArmPlan, currency: str) -> tuple[object, ...]:
    from logminer.cli import render

    if arm.seconds_high is None or arm.seconds_low is None:
        time = "–"
    else:
        low, high = render.seconds(arm.seconds_low), render.seconds(arm.seconds_high)
        time = high if arm.seconds_low > 0.95 * arm.seconds_high else f"{low} to {high}"
    return (
        arm.checkpoint,
        render.count(arm.requests),
        render.count(arm.left),
        render.count(arm.input_tokens),
        render.count(arm.output_tokens),
        time,
        "–" if arm.cost is None else f"{arm.cost:,.2f} {currency}",
    )


def _show_power(out: Console, found: Plan) -> None:
    from logminer.cli import render
    from logminer.cli.fitting import print_fitted, say

    out.print(
        "\n[bold]What the comparison could find[/] with 80 % power"
        + (f" (from a pilot of {found.pilot_prompts} prompts)" if found.pilot_prompts else "")
    )
    shown = [d for d in found.detectable if d.margin is not None or d.differ or not d.category_id]
    rows = [
        (
            d.category_id or "any",
            d.scorer,
            d.channel,
            f"{d.base} → {d.candidate}" if d.base else "",
            d.basis,
            f"{100 * d.minimum_detectable:.2f}",
            f"{100 * d.smallest_margin:.2f}",
            "" if d.margin is None else f"{100 * d.margin:.2f}{' too narrow' * d.is_too_narrow}",
        )
        for d in sorted(shown, key=lambda d: -d.discordant)
    ]
    columns = [
        "behaviour",
        "scorer",
        "channel",
        "pair",
        "arms differ on",
        ">difference",
        ">margin",
        "declared",
    ]
    spare = ["channel", "scorer", "arms differ on"]
    print_fitted(out, columns, rows, wrapped=["pair", "behaviour"], spare=spare)
    if others := [d for d in found.detectable if d not in shown]:
        worst = max(others, key=lambda d: d.minimum_detectable)
        say(
            out,
            f"{len(others)} more, on which no arms differed in the pilot: difference"
            f" {100 * worst.minimum_detectable:.2f}, margin {100 * worst.smallest_margin:.2f}",
        )
    say(
        out,
        "[dim]difference: the smallest that would be found, in points; margin: the smallest within which equal"
        " checkpoints would be found equivalent by a scorer whose judge card is beyond doubt; both beside everything else that"
        " is looked at[/]",
    )
    cells = [
        (
            render.count(s.prompts),
            render.count(s.input_tokens + s.output_tokens),
            "–" if s.seconds_high is None else render.seconds(s.seconds_high),
            "–" if s.cost is None else f"{s.cost:,.2f} {found.currency}",
            f"{100 * s.minimum_detectable_rare:.2f}",
            f"{100 * s.minimum_detectable_common:.2f}",
        )
        for s in found.smaller
    ]
    columns = [">prompts", ">tokens", ">time", ">cost", ">difference at 2 %", ">at 20 %"]
    out.print("\n[bold]A smaller sample[/] (replay.sample) would find no difference smaller than")
    print_fitted(out, columns, cells, spare=["tokens"])
