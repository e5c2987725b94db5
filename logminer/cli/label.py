"""`logminer label`: draw texts for people to label, and label them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rich.console import Console

    from logminer.labels.annotation import AnnotationSheet
    from logminer.labels.handout import DrawnSheet, LabelRubric

__all__ = ["command"]

KEYS = {"y": "yes", "n": "no", "u": "unsure"}
HELP = "y yes · n no · u unsure · s skip · b back · ? rubric · q quit"
DRAWING = ("category", "n", "scorer", "seed", "out", "channel", "pair")


@click.command("label")
@click.argument("study", type=click.Path())
@click.argument("sheet", required=False, type=click.Path())
@click.option("--category", help="Draw: the category that is to be labelled.")
@click.option(
    "-n",
    "--n",
    "n",
    type=click.IntRange(4),
    default=200,
    show_default=True,
    help="Draw: number of prompts; the answer of each arm is read, so of a pair twice as many texts.",
)
@click.option(
    "--scorer",
    help="Draw: more of what this scorer flags.  [default: the one that has its verdict, else the first that judged it]",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Draw: another one, others.")
@click.option(
    "--out",
    type=click.Path(),
    help="Draw: the sheet, .csv or .parquet.  [default: labels-CATEGORY.csv]",
)
@click.option(
    "--channel",
    type=click.Choice(["response", "thoughts", "pair"]),
    help="Draw: what is read.  [default: response, or where else the category was judged]",
)
@click.option(
    "--pair", metavar="BASE,CANDIDATE", help="Draw: the arms.  [default: the first pair compared]"
)
@click.option("--second", is_flag=True, help="Label SHEET as second annotator, blind to the first.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document; with SHEET, how far it is."
)
@click.pass_context
def command(
    ctx: click.Context,
    study: str,
    sheet: str | None,
    category: str | None,
    n: int,
    scorer: str | None,
    seed: int,
    out: str | None,
    channel: str | None,
    pair: str | None,
    second: bool,
    as_json: bool,
) -> None:
    """Draw texts of STUDY for people to label; with SHEET, label them here.

    \b
    Examples:
        logminer label studies/quarterly --category refusal --n 200 --out sheet.csv   draw
        logminer label studies/quarterly sheet.csv             label, here or in a spreadsheet
        logminer label studies/quarterly sheet.csv --second    a second person labels too
        logminer calibrate studies/quarterly sheet.csv         what the scorers are worth

    Drawn are prompts, with both arms' answers: a quarter where the scorer says yes of one answer only, a quarter where
    of both, half of the rest. Each row bears the inverse of the chance with which it was drawn (`weight`), so that all
    estimates are as of a plain random draw. A larger --n of the same --seed holds the smaller draw, and what the
    study has labels of is filled in: only what is new is to be read.

    The sheet has no checkpoint and nothing that the scorer said; its rows are shuffled. It holds conversation text
    (anonymised), and only you can read the file. Labels are yes, no and unsure. A sheet with labels is never
    overwritten.

    When labelling, each key is saved at once; whatever interrupts it, the same command goes on.
    """
    from pathlib import Path

    if sheet is None:
        if second:
            raise click.UsageError("--second goes with a SHEET that was drawn before")
        if category is None:
            raise click.UsageError(
                "say what to draw (--category CATEGORY), or which SHEET to go on with"
            )
        drawn = _draw(study, category, n, scorer, seed, out, channel, pair)
        _show_drawn(drawn, Path(study), as_json)
        return
    given = click.core.ParameterSource.COMMANDLINE
    if named := [name for name in DRAWING if ctx.get_parameter_source(name) is given]:
        raise click.UsageError(
            f"--{named[0]} is for drawing; to draw a new sheet, leave out {sheet} and say --out"
        )
    _label(Path(study), Path(sheet), "second_label" if second else "label", as_json)


def _draw(
    study: str,
    category: str,
    n: int,
    scorer: str | None,
    seed: int,
    out: str | None,
    channel: str | None,
    pair: str | None,
) -> DrawnSheet:
    from pathlib import Path

    from logminer.labels.handout import draw_sheet

    arms = None
    if pair is not None:
        arms = [name.strip() for name in pair.split(",")]
        if len(arms) != 2 or len(set(arms)) != 2 or not all(arms):
            raise click.BadParameter("give two checkpoints, as in sft,prod", param_hint="--pair")
    return draw_sheet(
        Path(study),
        Path(out or f"labels-{category}.csv"),
        category=category,
        n=n,
        seed=seed,
        scorer=scorer,
        channel=channel,
        arms=arms,
    )


def _show_drawn(drawn: DrawnSheet, study: Path, as_json: bool) -> None:
    import shlex

    from logminer.cli import render

    if as_json:
        render.print_json(drawn.as_json())
        return
    out = render.console()
    out.print(
        f"[bold]{drawn.sheet}[/]: {render.count(drawn.prompts)} prompts, {render.count(drawn.rows)} texts of"
        f" {' and '.join(drawn.arms)}, shuffled · {drawn.category} ({drawn.channel})"
        f" · {render.count(drawn.filled)} labelled already",
        soft_wrap=True,
    )
    said = {
        "neither": f"{drawn.scorer} says yes of none",
        "discordant": "of one arm only",
        "both": "of each" if len(drawn.arms) > 1 else "yes",
    }
    rows = [
        (said[s.name], render.count(s.size), render.count(s.drawn), f"{s.weight:.4g}")
        for s in drawn.strata
        if s.size
    ]
    out.print(render.table(None, ["prompts", ">in the study", ">drawn", ">weight"], rows))
    if drawn.elsewhere:
        out.print(
            f"[yellow]note[/] {render.count(drawn.elsewhere)} labels of the study are of texts that are not in this draw:"
            " unless they came by the same --scorer and --seed, the weights of both do not fit together",
            soft_wrap=True,
        )
    study_, sheet = shlex.quote(str(study)), shlex.quote(str(drawn.sheet))
    out.print(f"Label here:  logminer label {study_} {sheet}", soft_wrap=True)
    out.print(f"Then:        logminer calibrate {study_} {sheet}", soft_wrap=True)


def _label(study: Path, path: Path, column: str, as_json: bool) -> None:
    import sys
    from collections import Counter

    from logminer.cli import render
    from logminer.errors import SourceError
    from logminer.labels.annotation import AnnotationSheet
    from logminer.labels.handout import read_rubrics
    from logminer.store.session import open_session

    if not path.exists():
        raise SourceError(
            f"{path}: no such sheet; draw it with logminer label {study} --category CATEGORY --out {path}"
        )
    sheet = AnnotationSheet(path)
    with open_session(study) as session:
        rubrics = read_rubrics(session, (row["category"] for row in sheet.rows))
    if not as_json:
        if sys.stdin is None or not sys.stdin.isatty():
            raise click.UsageError(
                f"labelling needs a terminal, and the input is none: fill in the column '{column}' of {path} (yes, no or"
                f" unsure; a spreadsheet does), then logminer calibrate {study} {path}; --json says how far it is"
            )
        _Labelling(render.console(), sheet, rubrics, column).run()
        _show_left(study, sheet, column)
        return
    labels = {
        name: dict(Counter(sheet.label(i, name) or "none" for i in range(len(sheet.rows))))
        for name in ("label", "second_label")
    }
    render.print_json({"sheet": str(path), "rows": len(sheet.rows)} | labels)


def _show_left(study: Path, sheet: AnnotationSheet, column: str) -> None:
    import shlex

    from logminer.cli import render

    out, rows, left = render.console(), len(sheet.rows), len(sheet.open_rows(column))
    study_, path = shlex.quote(str(study)), shlex.quote(str(sheet.path))
    out.print(
        f"\n{render.count(rows - left)} of {render.count(rows)} labelled · {sheet.path}",
        soft_wrap=True,
    )
    if left:
        again = " --second" if column == "second_label" else ""
        out.print(f"Go on:  logminer label {study_} {path}{again}", soft_wrap=True)
    out.print(f"Use:    logminer calibrate {study_} {path}", soft_wrap=True)


class _Labelling:
    """One sitting: texts come one after the other, a key labels the one on the screen."""

    def __init__(
        self, out: Console, sheet: AnnotationSheet, rubrics: Mapping[str, LabelRubric], column: str
    ) -> None:
        self._out, self._sheet, self._rubrics, self._column = out, sheet, rubrics, column
        self._todo = sheet.open_rows(column)
        if column == "second_label":  # what a first annotator labelled tells of agreement
            self._todo.sort(key=lambda place: not sheet.label(place, "label"))
        self._shown: str | None = None  # category whose rubric was shown last

    def run(self) -> None:
        """Until every text was seen, or the annotator leaves."""
        at = 0
        while at < len(self._todo):
            self._show(at)
            key = self._key()
            if key in KEYS:
                self._sheet.set(self._todo[at], self._column, KEYS[key])
            if key == "q":
                return
            if key == "b":
                at = max(at - 1, 0)
            elif key == "?":
                self._shown = None
            else:
                at += 1

    def _show(self, at: int) -> None:
        from rich.markup import escape
        from rich.text import Text

        from logminer.cli import render

        place = self._todo[at]
        row = self._sheet.rows[place]
        if row["category"] != self._shown:
            self._rubric(self._rubrics[row["category"]])
        now = self._sheet.label(place, self._column)
        said = f" · now {now}" if now else ""
        self._out.print(
            f"\n[bold]{at + 1} of {len(self._todo)}[/] [dim]{row['category']} in {row['channel']}{escape(said)}[/]"
        )
        for name, text in self._sheet.texts(place).items():
            self._out.print(f"[dim]── {name} ──[/]")
            self._out.print(Text(render.printable(text)), soft_wrap=True)
        self._out.print(f"[dim]{HELP}[/]")

    def _rubric(self, rubric: LabelRubric) -> None:
        from rich.markup import escape

        self._shown = rubric.category_id
        self._out.print(f"\n[bold]{rubric.category_id}[/]  {escape(rubric.title)}", soft_wrap=True)
        self._out.print(f"[bold]Counts[/] {escape(rubric.counts)}", soft_wrap=True)
        self._out.print(f"[bold]Does not count[/] {escape(rubric.not_counts)}", soft_wrap=True)

    def _key(self) -> str:
        """The next key that means something; the end of the input, ^C and ^D mean to leave."""
        while True:
            try:
                key: Any = click.getchar().lower()
            except (EOFError, KeyboardInterrupt):
                return "q"
            if key in ("", "\x03", "\x04"):
                return "q"
            if key in {*KEYS, "s", "b", "q", "?"}:
                return str(key)
            if not key.isspace():
                self._out.print(f"[dim]{HELP}[/]")
