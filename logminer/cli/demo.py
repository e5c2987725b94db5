"""`logminer demo`: the whole way on invented people and two real small models."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command("demo")
@click.argument("folder", type=click.Path(file_okay=False), default="demo")
@click.option(
    "--conversations",
    type=click.IntRange(20),
    default=160,
    show_default=True,
    help="Rows of the dump.",
)
@click.option(
    "--seed", type=int, default=7, show_default=True, help="The same seed makes the same dump."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(folder: str, conversations: int, seed: int, as_json: bool) -> None:
    """Try logminer on a generated dump in FOLDER (default: ./demo).

    Writes a dump of invented conversations with planted personal data, a pipeline file to copy from, and a study:
    two real small language models on this machine's CPU answer every last turn, and are compared with each other.
    Then it looks for the planted data in everything that was written.

    \b
    Examples:
        logminer demo
        logminer demo somewhere --conversations 100
    """
    from pathlib import Path

    from logminer.cli import render, summary
    from logminer.cli.progress import Bars
    from logminer.demo.run import run_demo

    with Bars() as bars:
        result = run_demo(Path(folder), bars, conversations=conversations, seed=seed)
    if as_json:
        render.print_json(result.as_json())
        return
    summary.show(result.summary)
    out = render.console()
    out.print(
        "\n[bold]Planted personal data[/] (the dump's raw values, looked for in every column of every part and table)"
    )
    rows = [
        (k.kind, render.count(k.planted), render.count(k.left), render.percent(k.found))
        for k in result.leaks
    ]
    out.print(render.table(None, ["kind", ">planted", ">left", ">found and replaced"], rows))
    out.print(
        f"\n{result.pipeline} is the pipeline file of this study: edit it, then: logminer run {result.pipeline}",
        soft_wrap=True,
    )
