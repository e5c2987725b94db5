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

    Writes a dump of invented conversations with planted personal data, a pipeline file to copy from, a study and its report:
    a real small language model answers every last turn on this machine's CPU, as it is, told to refuse, and rounded
    to 4 bits; these are compared. Then it looks for the planted data in everything that was written.

    \b
    Examples:
        logminer demo
        logminer demo somewhere --conversations 60
    """
    import shlex
    from pathlib import Path

    from logminer.cli import render, summary
    from logminer.cli.fitting import print_fitted, say
    from logminer.cli.inwords import in_words
    from logminer.cli.progress import Bars
    from logminer.demo.run import run_demo
    from logminer.store.session import open_session
    from logminer.study.verdicts import comparisons

    with Bars() as bars:
        result = run_demo(Path(folder), bars, conversations=conversations, seed=seed)
    if as_json:
        render.print_json(result.as_json())
        return
    summary.show(result.summary, look_next=False)
    out = render.console()
    out.print(
        "\n[bold]Planted personal data[/] (the dump's raw values, looked for in every part, table and in the report)"
    )
    rows = [
        (k.kind, render.count(k.planted), render.count(k.left), render.percent(k.found))
        for k in result.leaks
    ]
    print_fitted(out, ["kind", ">planted", ">left", ">found and replaced"], rows)
    out.print("\n[bold]In words[/]")
    with open_session(result.summary.study) as session:
        for sentence in in_words(comparisons(session, "category")):
            say(out, f"  {sentence}", hang=4)
    study, pipeline = (shlex.quote(str(path)) for path in (result.summary.study, result.pipeline))
    summary.show_commands(
        out,
        (
            f"logminer show {study} --changed refusal --pair plain cautious",
            f"logminer run {pipeline}  # once it is edited: your dump, your checkpoints",
        ),
    )
    out.print(f"\n[bold]{result.report}[/] is the report: open it in a browser", soft_wrap=True)
