"""`logminer show`: what is in a study, and examples to read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from logminer.study.changed import Direction

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
    "--changed",
    metavar="CATEGORY",
    help="Prompts on which the arms differ in this category, with both answers.",
)
@click.option(
    "--pair",
    nargs=2,
    metavar="BASE CANDIDATE",
    help="With --changed: of this pair.  [default: each that was compared]",
)
@click.option(
    "--direction",
    type=click.Choice(["gained", "lost"]),
    help="With --changed: the candidate shows it and the base does not, or the other way round.",
)
@click.option("--channel", type=click.Choice(["response", "thoughts", "pair"]), help="The same.")
@click.option(
    "-n",
    "n",
    type=click.IntRange(1),
    default=5,
    show_default=True,
    help="Number of examples, with --changed of each pair.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(
    study: str,
    cluster: int | None,
    category: str | None,
    checkpoint: str | None,
    scorer: str | None,
    phrase: str | None,
    changed: str | None,
    pair: tuple[str, str] | None,
    direction: Direction | None,
    channel: str | None,
    n: int,
    as_json: bool,
) -> None:
    """Show what a published STUDY holds; with an option, examples (anonymised).

    \b
    Examples:
        logminer show studies/quarterly
        logminer show studies/quarterly --cluster 3 -n 10
        logminer show studies/quarterly --category refusal --checkpoint prod --json
        logminer show studies/quarterly --changed refusal --direction gained
        logminer show studies/quarterly --phrase "in conclusion"
    """
    from pathlib import Path

    from logminer.cli import render, sidebyside, summary
    from logminer.store.session import open_session
    from logminer.study.changed import changed_pairs, why_unchanged
    from logminer.study.examples import Wanted, examples, why_none
    from logminer.study.overview import overview
    from logminer.study.saying import saying

    wanted = Wanted(cluster, category, checkpoint, scorer)
    if phrase is not None and (changed, wanted) != (None, Wanted(checkpoint=checkpoint)):
        raise click.UsageError("--phrase goes with --checkpoint and -n alone")
    if changed is not None and wanted != Wanted(scorer=scorer):
        raise click.UsageError(
            "--changed goes with --pair, --direction, --channel, --scorer and -n"
        )
    if changed is None and (pair or direction or channel):
        raise click.UsageError("--pair, --direction and --channel go with --changed")
    show: Callable[[Any, Any], None]
    found: Any
    nothing = "nothing found"
    with open_session(Path(study)) as session:
        if phrase is not None:
            found, show = saying(session, phrase, checkpoint=checkpoint, n=n), summary.show_sayings
        elif changed is not None:
            where: dict[str, Any] = {"pair": pair or None, "channel": channel, "scorer": scorer}
            rows = changed_pairs(session, changed, direction=direction, n=n, **where)
            found, show = rows.to_pylist(), sidebyside.show_pairs
            nothing = nothing if found else why_unchanged(session, changed, **where)
        elif wanted != Wanted():
            found, show = examples(session, wanted, n).to_pylist(), summary.show_examples
            nothing = nothing if found or category is None else why_none(session, wanted)
        else:
            found, show = overview(session), summary.show_overview
    if as_json:
        render.print_json(found)
    elif found:
        show(render.console(), found)
    else:
        render.console().print(nothing, markup=False, soft_wrap=True)
