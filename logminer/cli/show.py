"""`logminer show`: what is in a study, and examples to read."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command("show")
@click.argument("study", type=click.Path())
@click.option("--cluster", type=int, help="Examples of this cluster (−1 is noise).")
@click.option("--category", help="Examples labelled yes for this category.")
@click.option("--checkpoint", help="Only of this checkpoint.")
@click.option("--scorer", help="Examples labelled yes by this scorer.")
@click.option(
    "--phrase", help="Prompts on which somebody says this phrase, with the answers of both arms."
)
@click.option(
    "-n", "n", type=click.IntRange(1), default=5, show_default=True, help="Number of examples."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(
    study: str,
    cluster: int | None,
    category: str | None,
    checkpoint: str | None,
    scorer: str | None,
    phrase: str | None,
    n: int,
    as_json: bool,
) -> None:
    """Show what a published STUDY holds; with an option, examples (anonymised).

    \b
    Examples:
        logminer show studies/quarterly
        logminer show studies/quarterly --cluster 3 -n 10
        logminer show studies/quarterly --category refusal --checkpoint prod --json
        logminer show studies/quarterly --phrase "in conclusion"
    """
    from pathlib import Path

    from logminer.cli import render, summary
    from logminer.store.session import open_session
    from logminer.study.examples import Wanted, examples
    from logminer.study.overview import overview
    from logminer.study.saying import saying

    wanted = Wanted(cluster, category, checkpoint, scorer)
    if phrase is not None and wanted != Wanted(checkpoint=checkpoint):
        raise click.UsageError("--phrase goes with --checkpoint and -n alone")
    with open_session(Path(study)) as session:
        if phrase is not None:
            said = saying(session, phrase, checkpoint=checkpoint, n=n)
            if as_json:
                render.print_json(said)
            else:
                summary.show_sayings(render.console(), said)
            return
        if wanted == Wanted():
            found = overview(session)
            if as_json:
                render.print_json(found)
            else:
                summary.show_overview(render.console(), found)
            return
        rows = examples(session, wanted, n).to_pylist()
    if as_json:
        render.print_json(rows)
    else:
        summary.show_examples(render.console(), rows)
