"""`logminer report`: a study or a board as one page."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command("report")
@click.argument("path", metavar="STUDY|BOARD|RELEASE", type=click.Path())
@click.option(
    "--out",
    type=click.Path(dir_okay=False),
    help="The page.  [default: report.html]",
)
@click.option(
    "--with-text", is_flag=True, help="Also answers to read, anonymised, and single responses."
)
@click.option(
    "--min-people",
    type=click.IntRange(min=1),
    help="Without texts: how many people must be behind what is shown.  [default: 5]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(
    path: str, out: str | None, with_text: bool, min_people: int | None, as_json: bool
) -> None:
    """Write a study, a board of all suites or a release as one HTML page: verdicts, intervals, map, clusters, provenance.

    STUDY is a study's folder. BOARD is a board.duckdb, or the pipeline file whose board is then made anew. RELEASE is a file
    that `logminer release` wrote, of which alone its page is made.

    \b
    Examples:
        logminer report studies/quarterly
        logminer report studies/quarterly --with-text --out read.html
        logminer report pipeline.yaml --out board.html
        logminer report studies/quarterly/board.duckdb --min-people 20
        logminer report release.duckdb --out release.html

    The page asks nothing of any host and opens from a file. Only you can read it. But for a release's it is restricted, as
    the study is: it says "not released", and table `runs` of the study says that it was written. Without --with-text it holds no text, no id and no
    figure that fewer than --min-people people are behind: known users, or distinct prompts where users are unknown. A report
    that is there is replaced; nothing else is.
    """
    from logminer.api import write_report

    made = write_report(path, out=out, with_text=with_text, min_people=min_people)
    from logminer.cli import render

    if as_json:
        render.print_json(made.as_json())
        return
    console = render.console()
    for what, n in made.cut.items():
        console.print(f"left out {render.count(n)}: {what}")
    size = f"{made.size / 1e6:.1f} MB"
    mark = "released" if made.kind == "release" else render.handed_out(made.path)
    console.print(
        f"[bold]{made.out}[/]: {mark}, {size}; open it in a browser",
        soft_wrap=True,
    )
