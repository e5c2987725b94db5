"""`logminer status`: what is done, what a run would still do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

__all__ = ["command"]


if TYPE_CHECKING:
    from logminer.run.status import StageStatus


@click.command("status")
@click.argument("pipeline", type=click.Path(dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(pipeline: str, as_json: bool) -> None:
    """Show for each stage of a PIPELINE file how many parts are done and how many a run would compute; then what is published.

    After an option has changed, exactly the stages that depend on it are to do again. The last line, `publish`, is of
    study.duckdb: parts that are in it, and those that a run would bring in or take out. Declared suites that have a study are
    shown, too.

    \b
    Examples:
        logminer status pipeline.yaml
    """
    from rich.markup import escape

    from logminer.api import load_pipeline
    from logminer.cli import render
    from logminer.cli.fitting import print_fitted, say

    loaded = load_pipeline(pipeline)
    stages = loaded.status()
    if as_json:
        render.print_json([stage._asdict() for stage in stages])
        return
    rows = [
        (
            f"{s.suite}: {s.stage}" if s.suite else s.stage,
            s.fingerprint,
            s.done,
            s.to_do,
            _state(s),
        )
        for s in stages
    ]
    out = render.console()
    out.print(f"[bold]{escape(str(loaded.study))}[/]", soft_wrap=True)
    columns = ["stage", "fingerprint", ">parts done", ">to do", "state"]
    print_fitted(out, columns, rows, wrapped=["stage"], spare=["fingerprint"])
    for stage in stages:
        if stage.to_do and stage.published_at:
            of = f" of {escape(stage.suite)}" if stage.suite else ""
            when = f"{stage.published_at:%Y-%m-%d %H:%M} UTC"
            say(
                out,
                f"published{of}: dump and options as they were at {when}; logminer run publishes anew",
            )


def _state(stage: StageStatus) -> str:
    if stage.answers:
        what = "episodes" if stage.stage.startswith("act.") else "answers"
        return f"{stage.answers:,} of {stage.of_answers:,} {what} there"
    return "done" if not stage.to_do else "in part" if stage.done else "to do"
