"""`logminer release`: what may be handed on."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command("release")
@click.argument("path", metavar="STUDY|BOARD", type=click.Path())
@click.option(
    "--to",
    "out",
    required=True,
    type=click.Path(dir_okay=False),
    help="The file: a DuckDB database.",
)
@click.option(
    "--parquet", type=click.Path(file_okay=False), help="Also each table as a file in this folder."
)
@click.option(
    "--report", type=click.Path(dir_okay=False), help="Also a page, made of the file alone."
)
@click.option(
    "--no-attack",
    is_flag=True,
    help="Release though `logminer attack` did not try this policy, or broke it; the release says so.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(
    path: str,
    out: str,
    parquet: str | None,
    report: str | None,
    no_attack: bool,
    as_json: bool,
) -> None:
    """Write what of a study, or of all studies of a pipeline, may leave the building: counts of many people.

    STUDY is a study's folder. BOARD is a board.duckdb, or the pipeline file, which also says the policy; else the policy is
    that of the study's last run.

    \b
    Examples:
        logminer release studies/quarterly --to release.duckdb
        logminer release pipeline.yaml --to release.duckdb --report release.html
        logminer sql release.duckdb "from verdicts"

    Of each known user `release.contribution` prompts count, drawn by the key. A count that fewer than `release.min_users`
    people are behind is not told, nor what would tell it: by subtraction, by rounding, or beside an earlier release. Counts
    are rounded to fives, and every figure is made of them. With `privacy:` they are noisy instead, and the project's ledger,
    in `~/.config/logminer/ledgers`, says what is spent.

    Exit code 3: it is refused, and why; nothing is written then.
    """
    from logminer.api import write_release

    made = write_release(path, to=out, parquet=parquet, report=report, attack=not no_attack)
    from logminer.cli import render

    if as_json:
        render.print_json(made.as_json())
        return
    console = render.console()

    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    for sentence in made.headlines:
        say(sentence)
    for suite, why in made.left_out.items():
        say(f"left out {suite}: {why}")
    for note in made.notes:
        say(f"note: {note}")
    if made.suppressed is not None:
        say(f"{render.count(made.suppressed)} counts are not told")
    targets = (
        "" if made.attack_targets is None else f" at {render.count(made.attack_targets)} targets"
    )
    tried = {
        "passed": f"withstood `logminer attack`{targets}",
        "failed": "gave people away when it was attacked",
    }.get(made.attack, "was not attacked")
    say(
        f"{made.out}: release {made.release_id}, {made.mode}; its policy {tried}. Only you can read it."
    )
