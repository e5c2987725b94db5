"""`logminer check`: would it work?"""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command("check")
@click.argument("pipeline", type=click.Path(dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(pipeline: str, as_json: bool) -> None:
    """Check a PIPELINE file, its dump, keys, models and checkpoints. Writes no study."""
    from logminer.api import load_pipeline
    from logminer.cli import render

    found = load_pipeline(pipeline).check()
    if as_json:
        render.print_json(found._asdict())
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
