"""`logminer compare`: the verdicts."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command("compare")
@click.argument("study", type=click.Path())
@click.option(
    "--kind",
    type=click.Choice(["category", "cluster", "both"]),
    default="category",
    show_default=True,
)
@click.option(
    "--stratum", default="all", show_default=True, help="One stratum, or '*' for every one."
)
@click.option(
    "--fail-on",
    type=click.Choice(["worse", "different"]),
    help="Exit with 3 if such a verdict is given.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_context
def command(
    ctx: click.Context, study: str, kind: str, stratum: str, fail_on: str | None, as_json: bool
) -> None:
    """Print the comparisons of a published STUDY, verdict first. Sign: candidate minus base.

    `equivalent` is said only where a margin was declared in the pipeline file and the equivalence test passes;
    `undetermined` is not "no difference": the table says what difference would have been found.
    """
    from pathlib import Path

    from logminer.cli import render, summary
    from logminer.store import open_session

    with open_session(Path(study)) as session:
        rows = summary.comparisons(session, kind, stratum)
    if as_json:
        render.print_json(rows)
    else:
        summary.show_comparisons(render.console(), rows)
    bad = {"worse": {"worse"}, "different": {"worse", "better", "different"}}.get(
        fail_on or "", set()
    )
    if any(row["verdict"] in bad for row in rows):
        ctx.exit(3)
