"""`logminer export`: what a study says, for other tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from logminer.exports.export import StudyExport

__all__ = ["command"]

TARGETS = ("inspect-scores", "scout-validation", "scout-transcripts", "hf", "csv")


@click.command("export")
@click.argument("study", type=click.Path())
@click.option("--to", required=True, type=click.Choice(TARGETS), help="What is written; see above.")
@click.option("--out", type=click.Path(), help="A new folder.  [default: export-TARGET]")
@click.option("--checkpoint", multiple=True, help="Of this one alone; may be repeated.")
@click.option("--category", multiple=True, help="Judgements of this one alone; may be repeated.")
@click.option(
    "--scorer",
    multiple=True,
    help="Judgements of this one alone; may be repeated. `human_labels` is what people say.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(
    study: str,
    to: str,
    out: str | None,
    checkpoint: tuple[str, ...],
    category: tuple[str, ...],
    scorer: tuple[str, ...],
    as_json: bool,
) -> None:
    """Write what STUDY says, answer by answer, in the form of another tool.

    \b
    TARGET
        inspect-scores     scores for each checkpoint, scorer and category, for
                           Inspect's precomputed_scores; the prompts as a dataset
        scout-validation   people's labels as CSV for Scout's validation sets
                           (--scorer NAME: what a scorer says is the truth)
        scout-transcripts  answers with their prompts as Parquet, for Scout
        hf                 the same for Hugging Face's datasets, with a card
        csv                answers, judgements and labels as tables

    \b
    Examples:
        logminer export studies/quarterly --to inspect-scores --scorer rules --out scores
        logminer export studies/quarterly --to scout-transcripts --out transcripts
        logminer export studies/quarterly --to scout-validation --out validation
        logminer export studies/quarterly --to hf --checkpoint prod

    Texts and ids are the study's: anonymised, and pseudonyms. It is restricted all the same, as the study is: only you can
    read it, every file is marked "not released", and table `runs` of the study says what was exported and where to.
    The folder is there whole or not at all, and one that holds something is never overwritten.
    """
    from logminer.api import export_study

    made = export_study(
        study,
        to,
        out or f"export-{to}",
        checkpoints=checkpoint,
        categories=category,
        scorers=scorer,
    )
    if as_json:
        from logminer.cli import render

        render.print_json(made.as_json())
    else:
        _show(made)


def _show(made: StudyExport) -> None:
    from logminer.cli import render

    out = render.console()
    rows = [(name, render.count(n)) for name, n in made.files.items()]
    out.print(render.table(None, ["file", ">rows"], rows))
    for reason, n in made.left_out.items():
        out.print(f"left out {render.count(n)}: {reason}")
    out.print(
        f"[bold]{made.out}[/]: {render.handed_out(made.study)}; its README.md says how it is read",
        soft_wrap=True,
    )
