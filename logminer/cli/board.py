"""`logminer board`: what all studies of a pipeline say together."""

from __future__ import annotations

import click

__all__ = ["command"]

BAD = {"worse": {"worse"}, "different": {"worse", "better", "different"}, "unclaimed": set[str]()}


@click.command("board")
@click.argument("pipeline", type=click.Path(dir_okay=False))
@click.option(
    "--preset",
    metavar="NAME",
    help="Which suites, in which order: sft-vs-production, or a file.  [default: all]",
)
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="List every row and column: also what is undetermined or was never seen, and what secondary scorers say.",
)
@click.option(
    "--fail-on",
    type=click.Choice(list(BAD)),
    help="Exit with 3 if such a verdict is given; unclaimed: if the headline is not claimed of every pair.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option(
    "--csv", "as_csv", is_flag=True, help="Print the board as comma-separated values, every column."
)
@click.pass_context
def command(
    ctx: click.Context,
    pipeline: str,
    preset: str | None,
    everything: bool,
    fail_on: str | None,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Put the study of PIPELINE and those of its suites on one board, written as board.duckdb beside its study.duckdb.

    The headline of each pair is a test: that no behaviour differs by more than its margin is claimed only where every
    behaviour on the board passes its own test of equivalence, every suite is there and nothing lacks a margin. Else it
    says what differs by more, and of what nobody can tell.

    q is adjusted over its study, q board over all suites and pairs. "showable" is the smallest margin within which
    equivalence would be shown at this size. A gate of the pipeline that a suite's run did not meet ends in 3.

    \b
    Examples:
        logminer board pipeline.yaml
        logminer board pipeline.yaml --preset sft-vs-production
        logminer board pipeline.yaml --fail-on unclaimed --json
        logminer sql studies/quarterly/board.duckdb "from board"
    """
    from logminer.api import load_pipeline
    from logminer.cli import boardview, render

    if as_json and as_csv:
        raise click.UsageError("--json or --csv: not both")
    board = load_pipeline(pipeline).board(preset)
    rows = board.rows
    if as_json:
        render.print_json(board.as_json())
    elif as_csv:
        names = board.board.column_names
        told = (row | {"flags": " ".join(row["flags"] or ())} for row in rows)
        render.print_csv(names, ([row[name] for name in names] for row in told))
    else:
        boardview.show_board(render.console(), board, everything=everything)
    given = {row["verdict"] for row in rows if row["role"] == "primary"}
    unmet = fail_on == "unclaimed" and not board.claimed
    if unmet or board.gates or (fail_on and given & BAD[fail_on]):
        ctx.exit(3)
