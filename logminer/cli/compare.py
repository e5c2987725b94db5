"""`logminer compare`: the verdicts, or how earlier ones fared."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from logminer.store.session import Session

__all__ = ["command"]

KINDS = ("phrase", "feature")  # that nobody asked for


@click.command("compare")
@click.argument("study", type=click.Path())
@click.option(
    "--kind",
    type=click.Choice(["category", "cluster", "both", "phrase", "feature", "all"]),
    help="What is compared; both: categories and clusters.  [default: category, and what phrases and features differ]",
)
@click.option(
    "-n",
    "most",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    help="Phrases, and features, of each pair that are printed.",
)
@click.option(
    "--stratum",
    help="One stratum, or '*' for every one.  [default: all, and turn=first where there are later turns]",
)
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="List every row and column: also what is undetermined or was never seen, what secondary scorers say, codes, and"
    " phrases and features that do not differ.",
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
    kind: str | None,
    most: int,
    stratum: str | None,
    everything: bool,
    fail_on: str | None,
    against: str | None,
    observed: str | None,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Print the comparisons of a published STUDY, verdict first. Sign: candidate minus base.

    A behaviour has one row, by the scorer that has its verdict (the primary one): rates in %, the difference and its interval
    in points. `equivalent` is said only where a margin was declared in the pipeline file, the equivalence test passes, and
    a judge card shows that the scorer sees the behaviour. What is undetermined is counted in one line, with the smallest
    difference that could have been found: it is not "no difference". Flags say what speaks against a row; those shown are
    spelt out below the table. On a terminal what has no room in a row stands in a line beneath it.

    Below the verdicts stand the phrases and features that differ and that no category asks about, the most certain first.

    With --against, compare instead the rates that STUDY predicted for its candidates with those observed in LATER.

    \b
    Examples:
        logminer compare studies/quarterly
        logminer compare studies/quarterly --kind both --stratum '*'
        logminer compare studies/quarterly --kind phrase -n 40
        logminer compare studies/quarterly --kind all --json
        logminer compare studies/quarterly --fail-on worse
        logminer compare studies/quarterly --against studies/next-quarter
    """
    if against is None:
        if observed is not None:
            raise click.UsageError("--observed goes with --against")
        given = _compare(study, kind, most, stratum, everything, as_json, as_csv)
        bad = {"worse": {"worse"}, "different": {"worse", "better", "different"}}
        if fail_on and given & bad[fail_on]:
            ctx.exit(3)
    elif fail_on is not None:
        raise click.UsageError("--fail-on goes by the verdicts: not with --against")
    else:
        _backtest(study, against, observed, everything, as_json, as_csv)


def _compare(
    study: str,
    kind: str | None,
    most: int,
    stratum: str | None,
    everything: bool,
    as_json: bool,
    as_csv: bool,
) -> set[str]:
    """Print the comparisons and what else was found; the verdicts given on what was asked for."""
    from pathlib import Path

    from logminer.cli import found, render, verdicts
    from logminer.store.session import open_session
    from logminer.study.last_run import refuse_unfinished
    from logminer.study.verdicts import comparisons, missing_states

    if as_csv and kind == "all":
        raise click.UsageError("--csv prints one table: name the kind")
    if stratum is not None and kind in KINDS:
        raise click.UsageError("--stratum goes with categories and clusters")
    judged = {None: "category", "all": "both"}.get(kind, kind)
    with open_session(Path(study)) as session:
        refuse_unfinished(session, Path(study))
        rows, missing = None, []
        if judged not in KINDS:
            rows, missing = comparisons(session, str(judged), stratum), missing_states(session)
        asked = [one for one in KINDS if kind in (one, "all")]
        machine = as_json or as_csv
        unasked = _found(session, asked if kind or machine else KINDS, strict=kind in KINDS)
    printed = [*(rows or []), *(row for one in asked for row in (unasked or {}).get(one, ()))]
    if as_json:
        parts = {f"{one}s": (unasked or {}).get(one) for one in KINDS}
        render.print_json({"comparisons": rows} | parts if kind == "all" else printed)
    elif as_csv:
        _print_csv(printed, kind)
    else:
        out, quoted = render.console(), shlex.quote(study)
        if rows is not None:
            verdicts.show_comparisons(out, rows, missing, everything=everything, study=quoted)
            for line in found.read_next(rows, quoted):
                out.print(line, soft_wrap=True)
        if unasked is None:
            out.print(f"[dim]{found.EARLIER}[/]", soft_wrap=True)
        else:
            found.show_found(out, unasked, quoted, most=most, everything=everything and bool(asked))
    return {row["verdict"] for row in printed if row["verdict"]}


def _found(
    session: Session, kinds: Iterable[str], *, strict: bool
) -> dict[str, list[dict[str, Any]]] | None:
    """Rows by kind; None where an earlier version published the study, unless `strict`, which then is an error."""
    from logminer.study.found import features, knows_found, phrases

    tables = {"phrase": phrases, "feature": features}
    wanted = [*kinds]
    if wanted and not strict and not knows_found(session):
        return None
    return {kind: tables[kind](session).to_pylist() for kind in wanted}


def _print_csv(rows: list[dict[str, Any]], kind: str | None) -> None:
    from logminer.cli import render
    from logminer.schemas import COMPARISONS, FEATURES, PHRASES

    names = {
        "phrase": PHRASES.schema.names,
        "feature": FEATURES.schema.names,
    }.get(kind or "", [*COMPARISONS.schema.names, "title"])
    for row in rows:
        if "flags" in row:
            row["flags"] = " ".join(row["flags"])
    render.print_csv(names, ([row[name] for name in names] for row in rows))


def _backtest(
    study: str, later: str, observed: str | None, everything: bool, as_json: bool, as_csv: bool
) -> None:
    from pathlib import Path

    from logminer.cli import backtested, render
    from logminer.store.session import open_session
    from logminer.study.backtest import Prediction, backtest
    from logminer.study.verdicts import titles

    with open_session(Path(study)) as earlier, open_session(Path(later)) as newer:
        found = backtest(earlier, newer, observed=observed)
        called = titles(earlier) | titles(newer)
    if as_json:
        render.print_json(found.as_json())
    elif as_csv:
        render.print_csv(Prediction._fields, found.rows)
    else:
        backtested.show_backtest(render.console(), found, called, everything=everything)
