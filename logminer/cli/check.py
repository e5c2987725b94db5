"""`logminer check`: would it work?"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click
from rich.markup import escape

if TYPE_CHECKING:
    from rich.console import Console

    from logminer.files.finding import Skipped
    from logminer.pipeline.checking import Checked

__all__ = ["command"]

MOST_SKIPPED = 40


@click.command("check")
@click.argument("pipeline", type=click.Path(dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(pipeline: str, as_json: bool) -> None:
    """Check a PIPELINE file, its dump, keys, models and checkpoints. Writes no study.

    It also says which columns are read as what, how many users the dump names and how many equally active ones these
    are worth (Kish), the share of each language, of each field the share that is null or that cannot be read and so
    becomes null, and columns that look like a user or another id and are not used.

    \b
    --json: format, files, rows, arms, pairs, warnings, key (where it comes from),
      columns          {format's name: dump's name}
      fields           {field: {column, null, unreadable, n_unreadable}}, shares of the rows; kept ones are keep.NAME
      users, users_effective
      languages        {ISO 639-1 code, other, or null: share of the rows}
      unused           [{column, field, has_field, mend}]
      unreadable       {reason: rows} of the first looked_at rows; roles {role: messages} that are none of ours
      matched          [{checkpoint, matched, prompts, rows, whole, unmatched: {kind: prompts}, shared}], of recorded answers

    \b
    Examples:
        logminer check pipeline.yaml
        logminer check pipeline.yaml --json | jq .warnings
    """
    from logminer.api import load_pipeline
    from logminer.cli import render

    found = load_pipeline(pipeline).check()
    if as_json:
        render.print_json(found.as_json())
        return
    out = render.console()
    out.print(
        f"[bold]{pipeline}[/] is fine: {render.count(found.rows)} rows in {found.files} file{'s' * (found.files != 1)}, format {found.format}"
    )
    out.print(
        f"arms: {', '.join(found.arms)} · pairs: {', '.join(' → '.join(pair) for pair in found.pairs) or 'none'}"
    )
    for one in found.matched:
        out.print(f"{one.checkpoint}: {one.words}", markup=False, soft_wrap=True)
    _show_columns(out, found)
    out.print(f"pseudonym key: {found.key}", markup=False, soft_wrap=True)
    for warning in found.warnings:
        out.print("[yellow]note[/]", escape(warning), soft_wrap=True)
    _print_skipped(out, found.skipped)
    out.print(f"next: logminer run {shlex.quote(pipeline)}", markup=False, soft_wrap=True)


def _show_columns(out: Console, found: Checked) -> None:
    from logminer.cli import render
    from logminer.cli.fitting import print_fitted

    out.print("columns:", escape(render.mapping(found.columns)), soft_wrap=True)
    if found.users is not None:
        effective = f"{found.users_effective or 0:,.1f}"
        out.print(f"users: {render.count(found.users)} (effective: {effective})")
    if found.languages:
        said = (f"{name} {render.percent(share)}" for name, share in found.languages.items())
        out.print("languages:", ", ".join(said), soft_wrap=True)
    gaps = [
        (
            escape(name),
            escape(field.column),
            render.percent(field.null),
            render.percent(field.unreadable),
        )
        for name, field in found.fields.items()
    ]
    columns = ["field", "column", ">null", ">unreadable"]
    print_fitted(out, columns, gaps, wrapped=["field", "column"])
    for one in found.unused:
        out.print(
            "unused:", escape(f"{one.column} looks like {one.field}: {one.mend}"), soft_wrap=True
        )


def _print_skipped(out: Console, skipped: list[Skipped]) -> None:
    if not skipped:
        return
    out.print(f"skipped: {len(skipped):,} files or folders", markup=False)
    for one in skipped[:MOST_SKIPPED]:
        out.print(f"  {one.path}: {one.reason}", markup=False, soft_wrap=True)
    if len(skipped) > MOST_SKIPPED:
        out.print(f"  … and {len(skipped) - MOST_SKIPPED:,} more (--json lists all)", markup=False)
