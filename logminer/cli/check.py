"""`logminer check`: would it work?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from logminer.files.finding import Skipped

__all__ = ["command"]

MOST_SKIPPED = 40


@click.command("check")
@click.argument("pipeline", type=click.Path(dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(pipeline: str, as_json: bool) -> None:
    """Check a PIPELINE file, its dump, keys, models and checkpoints. Writes no study."""
    from logminer.api import load_pipeline
    from logminer.cli import render

    found = load_pipeline(pipeline).check()
    if as_json:
        render.print_json(found._asdict() | {"skipped": [s._asdict() for s in found.skipped]})
        return
    out = render.console()
    out.print(
        f"[bold]{pipeline}[/] is fine: {render.count(found.rows)} rows in {found.files} files, format {found.format}"
    )
    out.print(
        f"arms: {', '.join(found.arms)} · pairs: {', '.join(' → '.join(pair) for pair in found.pairs) or 'none'}"
    )
    for warning in found.warnings:
        out.print(f"[yellow]note[/] {warning}")
    _print_skipped(out, found.skipped)


def _print_skipped(out: Console, skipped: list[Skipped]) -> None:
    if not skipped:
        return
    out.print(f"skipped: {len(skipped):,} files or folders", markup=False)
    for one in skipped[:MOST_SKIPPED]:
        out.print(f"  {one.path}: {one.reason}", markup=False, soft_wrap=True)
    if len(skipped) > MOST_SKIPPED:
        out.print(f"  … and {len(skipped) - MOST_SKIPPED:,} more (--json lists all)", markup=False)
