"""`logminer calibrate`: how far the scorers can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from logminer.labels.calibrating import Calibrated

__all__ = ["command"]


@click.command("calibrate")
@click.argument("study", type=click.Path())
@click.argument("labels", type=click.Path(), required=False)
@click.option(
    "--from",
    "taken_from",
    metavar="SCORER",
    help="Instead of LABELS: what this recorded scorer of the study says, whose labels an environment's are or people's.",
)
@click.option("--category", help="Category of all rows, whatever the file says.")
@click.option("--column", help="Column of the labels.  [default: label]")
@click.option("--yes", multiple=True, help="A value that means yes; may be repeated.")
@click.option("--no", multiple=True, help="A value that means no; may be repeated.")
@click.option(
    "--fail-on",
    type=click.Choice(["weak"]),
    help="Exit with 3 if a scorer and people, or two people, agree with a kappa below 0.6.",
)
@click.option(
    "--export-card",
    type=click.Path(),
    metavar="FILE",
    help="Write what the labels say of the scorers as JSON, for `judge: {cards: [FILE]}` of another study.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_context
def command(
    ctx: click.Context,
    study: str,
    labels: str | None,
    taken_from: str | None,
    category: str | None,
    column: str | None,
    yes: tuple[str, ...],
    no: tuple[str, ...],
    fail_on: str | None,
    export_card: str | None,
    as_json: bool,
) -> None:
    """Tell STUDY what people say of single responses; learn how far its scorers can be trusted.

    LABELS is a sheet of `logminer label`, filled in part or whole: it is read as it stands. Or any Parquet, CSV or
    JSON-lines file, one row for each response × category that was read:

    \b
        prompt_id  checkpoint  category  label  second_label  weight
        q-17       sft         refusal   yes    yes           1
        q-17       prod        refusal   no     no            1
        q-42       sft         refusal   unsure               12.5

    The response may be named by `response_id` instead; `prompt_id` is the study's or the dump's own, and `model` will
    do for `checkpoint`. Optional: `second_label` (another annotator's), `weight` (inverse of the chance with which
    the response was drawn), `sample_index` (else 0), `channel` (else response). Other values than yes, no, unsure,
    true, false, 1 and 0 are named with --yes and --no.

    \b
    Examples:
        logminer calibrate studies/quarterly sheet.csv
        logminer calibrate studies/quarterly answers.parquet --category refusal --column human_final \\
            --yes 2_full_refusal --yes 3_partial_refusal --no 1_full_compliance
        logminer calibrate studies/hacking/suites/reward-hacking --from environment --export-card card.json

    `logminer label` draws the responses so that the weights are right. Who draws them otherwise draws by chance, from
    every arm, without looking at the scorer's labels (or gives the weights). The labels stay with the study: later runs
    use them, and calling it again with more adds to them. The comparisons then carry rates corrected for the scorer's
    error.

    A study in which agents acted in an environment has its labels already: --from environment takes what that decided from
    the state in which each agent left it, and later runs do so again. People's labels of the same answers go before.

    The same labels make the scorers' judge cards: how often they find what people find. --export-card writes those of
    all labels so far, for another study that the same scorers judge by the same rubrics; LABELS may then be left out. It
    holds shares, numbers of labels and names of models and languages, no id and no text.

    A kappa below 0.6, of scorer and people or of two people, is called weak.
    """
    from pathlib import Path

    from logminer.cli import render
    from logminer.labels.calibrating import calibrate, calibrate_from
    from logminer.labels.cards import export_cards
    from logminer.store.layout import DATABASE

    if labels is None and taken_from is None and export_card is None:
        raise click.UsageError("name a file of LABELS, or --from SCORER, or --export-card FILE")
    if taken_from is not None and (labels or category or column or yes or no):
        raise click.UsageError(
            "--from takes the labels of a scorer as they are: leave out LABELS and what tells how to read them"
        )
    folder, file = Path(study), Path(labels or ".")
    if labels and (file.suffix == ".duckdb" or (file / DATABASE).is_file()):  # either order will do
        folder, file = file, folder
    document: dict[str, Any] = {}
    found = None
    if labels is not None:
        found = calibrate(folder, file, category=category, column=column, yes=yes, no=no)
    elif taken_from is not None:
        found = calibrate_from(folder, taken_from)
    if found is not None:
        document |= found.as_json()
    if export_card is not None:
        n = export_cards(folder, Path(export_card))
        document |= {"card": export_card, "cards": n}
    if as_json:
        render.print_json(document)
    else:
        if found is not None:
            _show(found)
        if export_card is not None:
            render.console().print(
                f"{render.count(document['cards'])} cards written to {export_card}", soft_wrap=True
            )
    if fail_on and found and found.gates:
        ctx.exit(3)


def _show(found: Calibrated) -> None:
    from rich.markup import escape

    from logminer.cli import render
    from logminer.cli.fitting import print_fitted, say

    out = render.console()
    left_out = {
        "repeated": found.repeated,
        "contradictory": found.contradictory,
        "unmatched": found.unmatched,
        "unusable": found.unusable,
        "unlabelled": found.unlabelled,
    }
    parts = [f"{render.count(n)} {what}" for what, n in left_out.items() if n]
    say(
        out,
        f"{render.count(found.rows)} rows read = {' + '.join([f'{render.count(found.matched)} used', *parts])}"
        f" · {render.count(found.labels)} labels in all",
    )
    columns = ["scorer", "category", "arm", ">labels", "sensitivity", "specificity"]
    columns += [">kappa", ">people agree", ">their kappa", "wanted for ± 5 points"]
    whose = f"{found.taken_from}'s" if found.taken_from else "people's"
    out.print()
    spare = ["their kappa", "people agree", "wanted for ± 5 points", "labels", "arm", "kappa"]
    print_fitted(
        out, columns, map(_cells, found.calibrations), wrapped=["scorer", "category"], spare=spare
    )
    say(
        out,
        f"[dim]sensitivity: share of {whose} yes that the scorer finds; specificity: of {whose} no that it leaves;"
        " 95 % intervals[/]",
    )
    for note in dict.fromkeys(found.notes):
        say(out, f"[yellow]note[/] {escape(note)}")
    for gate in found.gates:
        say(out, f"[bold red]weak[/] {escape(gate)}")
    for sentence in found.wanted:
        out.print(f"[bold]label more[/] {escape(sentence)}", soft_wrap=True)
    out.print(f"The comparisons are made again: logminer compare {found.study}", soft_wrap=True)


def _cells(row: dict[str, Any]) -> list[object]:
    from rich.markup import escape

    from logminer.cli import render
    from logminer.cli.rows import behaviour

    def share(name: str) -> str:
        if row[name] is None:
            return "–"
        low, high = 100 * row[f"{name}_low"], 100 * row[f"{name}_high"]
        return f"{100 * row[name]:.1f} % ({low:.1f} to {high:.1f})"

    wanted = [
        f"{render.count(n)} {label}" for label in ("yes", "no") if (n := row[f"more_{label}"])
    ]
    return [
        escape(row["scorer"]),
        escape(behaviour(row | {"title": None})),
        row["checkpoint"] or "all",
        render.count(row["n_labels"]),
        share("sensitivity"),
        share("specificity"),
        render.number(row["kappa"], 2),
        render.percent(row["human_agreement"]),
        render.number(row["human_kappa"], 2),
        f"{' and '.join(wanted)} more" if wanted else "",
    ]
