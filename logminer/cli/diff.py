"""`logminer diff`: two studies side by side."""

from __future__ import annotations

from typing import Any

import click

__all__ = ["command"]


@click.command("diff")
@click.argument("a", metavar="STUDY_A", type=click.Path())
@click.argument("b", metavar="STUDY_B", type=click.Path())
@click.option("--all", "everything", is_flag=True, help="Every row.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(a: str, b: str, everything: bool, as_json: bool) -> None:
    """Put two published studies side by side: verdicts, rates and clusters, and what of them cannot be compared.

    What has the same name stands in one row. Nothing is tested: whether B bears out what A foretold is for
    `logminer compare STUDY_A --against STUDY_B`.

    \b
    Examples:
        logminer diff studies/october studies/november
        logminer diff studies/october studies/november --all
    """
    from pathlib import Path

    from logminer.cli import render
    from logminer.cli.diffview import show_diff
    from logminer.store.session import open_session
    from logminer.study.diff import diff_studies

    with open_session(Path(a)) as one, open_session(Path(b)) as other:
        found = diff_studies(one, other)
    if as_json:
        render.print_json(_plain(found))
        return
    show_diff(render.console(), found, (a, b), everything=everything)


def _plain(value: Any) -> Any:
    """Named tuples as objects."""
    if hasattr(value, "_asdict"):
        return {name: _plain(one) for name, one in value._asdict().items()}
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
