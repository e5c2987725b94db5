"""`logminer hypothesise`: a model says what differs; what it says is judged and tested on other users."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from logminer.run.hypothesising import Hypothesised

__all__ = ["command"]


@click.command("hypothesise")
@click.argument("pipeline", type=click.Path(dir_okay=False))
@click.option(
    "--analyst",
    metavar="NAME",
    help="A model of the pipeline file.  [default: discover.analyst, else a judge, else a checkpoint]",
)
@click.option(
    "--pair", metavar="BASE,CANDIDATE", help="The arms.  [default: the first pair compared]"
)
@click.option(
    "--pairs",
    type=click.IntRange(1, 10_000),
    default=60,
    show_default=True,
    help="Pairs of answers that are shown; four go into a question.",
)
@click.option(
    "--most",
    type=click.IntRange(1, 50),
    default=12,
    show_default=True,
    help="Behaviours that are proposed at most.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Another one shows others.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False),
    help="The file.  [default: taxonomies/found-HASH.yaml]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(
    pipeline: str,
    analyst: str | None,
    pair: str | None,
    pairs: int,
    most: int,
    seed: int,
    out: str | None,
    as_json: bool,
) -> None:
    """Have a model say what differs between two checkpoints of a published PIPELINE, and write it as a taxonomy.

    The analyst, any generating checkpoint, is shown pairs of answers to the same prompts, drawn by a seed from the discovery
    half of the users; which checkpoint wrote which is hidden and drawn by chance for each pair. It sees anonymised text only.
    What it names are hypotheses. They are judged by scorers as any behaviour, and compared on the other half of the users,
    within a share of alpha of their own. What it said is kept: the same command again asks for nothing.

    \b
    In the pipeline file:
        discover: {analyst: {name: reader, kind: endpoint, url: …, model: …}}
    and then, to judge what was found:
        judge:
          found: taxonomies/found-….yaml
          scorers: [rules, {kind: autorater, judge: …, categories: [found]}]

    \b
    Examples:
        logminer hypothesise pipeline.yaml
        logminer hypothesise pipeline.yaml --analyst prod --pairs 120 --seed 1
    """
    from logminer.api import load_pipeline
    from logminer.cli import render
    from logminer.cli.progress import Bars

    arms = tuple(pair.split(",")) if pair else None
    if arms is not None and len(arms) != 2:
        raise click.BadParameter("name two checkpoints, as in sft,prod", param_hint="--pair")
    with Bars() as bars:
        found = load_pipeline(pipeline).hypothesise(
            analyst,
            pair=(arms[0], arms[1]) if arms else None,
            pairs=pairs,
            seed=seed,
            most=most,
            out=out,
            reporter=bars,
        )
    if as_json:
        render.print_json(found.as_json())
    else:
        _show(found)


def _show(found: Hypothesised) -> None:
    from rich.markup import escape

    from logminer.cli import render
    from logminer.cli.fitting import print_fitted

    out, count = render.console(), render.count
    out.print(
        f"{found.analyst} was shown {count(found.pairs)} pairs of {found.base} and {found.candidate}, of"
        f" {count(found.people)} people of the discovery half, in {count(found.calls)} questions"
        f" ({count(found.asked)} asked now)",
        soft_wrap=True,
    )
    for what, counts in (
        ("brought no answer", found.failed),
        ("could not be read", found.unread),
        ("notes were refused", found.refused),
        ("notes had not the form", {"unfit": found.unfit} if found.unfit else {}),
    ):
        if counts:
            told = ", ".join(f"{reason} {count(n)}" for reason, n in counts.items())
            out.print(f"[yellow]note[/] {what}: {told}", soft_wrap=True)
    if not found.merged:
        out.print(
            "[yellow]note[/] the analyst could not put its notes together: those of one title are one",
            soft_wrap=True,
        )
    for one in found.egress:
        out.print(
            f"[dim]sent to {one.host}: {one.requests:,} requests, {one.sent_bytes:,} bytes[/]"
        )
    if found.taxonomy is None:
        out.print("nothing was proposed that may be kept: no file is written")
        return
    out.print("\n[bold]Hypotheses[/], none of them tested yet")
    rows = [(name, escape(title)) for name, title in found.categories.items()]
    print_fitted(out, ["category", "title"], rows, wrapped=["title"])
    out.print(f"\n{escape(str(found.taxonomy))}: read it, then let it be judged:", soft_wrap=True)
    out.print(
        f"  judge: {{found: {escape(str(found.taxonomy))}, scorers: \\[…, {{kind: autorater, judge: …, categories: \\[found]}}]}}",
        soft_wrap=True,
    )
