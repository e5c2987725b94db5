"""`logminer compare`: the verdicts, or how earlier ones fared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    pass

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
    "--stratum",
    help="One stratum, or '*' for every one.  [default: all, and turn=first where there are later turns]",
)
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="List also what was never seen, and what secondary scorers say.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["worse", "different"]),
    help="Exit with 3 if such a verdict is given.",
)
@click.option(
    "--against",
    metavar="LATER",
    type=click.Path(),
    help="Back-test: the study of a newer dump (folder or .duckdb file).",
)
@click.option(
    "--observed",
    metavar="ARM",
    help="With --against: the arm of LATER that shows what came.  [default: the candidate's name, else logged]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values, every column.")
@click.pass_context
def command(
    ctx: click.Context,
    study: str,
    kind: str,
    stratum: str | None,
    everything: bool,
    fail_on: str | None,
    against: str | None,
    observed: str | None,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Print the comparisons of a published STUDY, verdict first. Sign: candidate minus base.

    Of each category one scorer, the primary one, has the verdict. `equivalent` is said only where a margin was declared
    in the pipeline file, the equivalence test passes, and a judge card shows that the scorer sees the behaviour;
    `undetermined` is not "no difference": `detectable` is the difference that would have been found. Flags say what
    speaks against a row; those shown are spelt out below the table.

    With --against, compare instead the rates that STUDY predicted for its candidates with those observed in LATER.

    \b
    Examples:
        logminer compare studies/quarterly
        logminer compare studies/quarterly --kind both --stratum '*'
        logminer compare studies/quarterly --fail-on worse
        logminer compare studies/quarterly --against studies/next-quarter
    """
    if against is None:
        if observed is not None:
            raise click.UsageError("--observed goes with --against")
        given = _compare(study, kind, stratum, everything, as_json, as_csv)
        bad = {"worse": {"worse"}, "different": {"worse", "better", "different"}}
        if fail_on and given & bad[fail_on]:
            ctx.exit(3)
    elif fail_on is not None:
        raise click.UsageError("--fail-on goes by the verdicts: not with --against")
    else:
        _backtest(study, against, observed, everything, as_json, as_csv)


def _compare(
    study: str, kind: str, stratum: str | None, everything: bool, as_json: bool, as_csv: bool
) -> set[str]:
    """Print the comparisons; the verdicts given."""
    from pathlib import Path

    from logminer.cli import render, verdicts
    from logminer.schemas import COMPARISONS
    from logminer.store.session import open_session
    from logminer.study.verdicts import comparisons, missing_states

    with open_session(Path(study)) as session:
        rows = comparisons(session, kind, stratum)
        missing = missing_states(session)
    if as_json:
        render.print_json(rows)
    elif as_csv:
        names = [*COMPARISONS.schema.names, "title"]
        for row in rows:
            row["flags"] = " ".join(row["flags"])
        render.print_csv(names, ([row[name] for name in names] for row in rows))
    else:
        verdicts.show_comparisons(render.console(), rows, missing, everything=everything)
    return {row["verdict"] for row in rows if row["verdict"]}


def _backtest(
    study: str, later: str, observed: str | None, everything: bool, as_json: bool, as_csv: bool
) -> None:
    from pathlib import Path

    from logminer.cli import render, verdicts
    from logminer.store.session import open_session
    from logminer.study.backtest import Prediction, backtest

    with open_session(Path(study)) as earlier, open_session(Path(later)) as newer:
        found = backtest(earlier, newer, observed=observed)
    if as_json:
        render.print_json(found.as_json())
    elif as_csv:
        render.print_csv(Prediction._fields, found.rows)
    else:
        verdicts.show_backtest(render.console(), found, everything=everything)
