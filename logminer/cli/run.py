"""`logminer run`: do what is not done yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from logminer.pipeline.runner import RunnerKind

__all__ = ["command", "run_options"]

F = TypeVar("F", bound=Callable[..., Any])

_RUN_OPTIONS = (
    click.option(
        "--workers",
        type=click.IntRange(0),
        help="Processes; 0 computes in this one. Default: one a core.",
    ),
    click.option(
        "--runner",
        type=click.Choice(["local", "ray"]),
        help="Where the processes are: on this machine, or on a Ray cluster. Default: as the file says.",
    ),
    click.option(
        "--refit-clusters",
        is_flag=True,
        help="Find clusters anew instead of placing on the existing map.",
    ),
    click.option(
        "--retry-failed",
        is_flag=True,
        help="Ask again for the answers that failed, and for nothing else.",
    ),
)


def run_options(command: F) -> F:
    """What whoever runs a pipeline may say: `workers`, `runner`, `refit_clusters`, `retry_failed`."""
    for option in reversed(_RUN_OPTIONS):
        command = option(command)
    return command


@click.command("run")
@click.argument("pipeline", type=click.Path(dir_okay=False))
@run_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_context
def command(
    ctx: click.Context,
    pipeline: str,
    workers: int | None,
    runner: RunnerKind | None,
    refit_clusters: bool,
    retry_failed: bool,
    as_json: bool,
) -> None:
    """Run a PIPELINE file: anonymise, replay, judge, embed, cluster, compare; publish study.duckdb.

    What was finished before is not computed again, so the same command resumes after a crash, and computes only
    what is new when the dump has grown or an option has changed. The study can be queried while it runs.

    \b
    Examples:
        logminer run pipeline.yaml
        logminer run pipeline.yaml --workers 4
        RAY_ADDRESS=head:6379 logminer run pipeline.yaml --runner ray
        logminer run pipeline.yaml --retry-failed --json > summary.json
    """
    from logminer.api import load_pipeline
    from logminer.cli import render, summary
    from logminer.cli.progress import Bars

    loaded = load_pipeline(pipeline)
    with Bars() as bars:
        result = loaded.run(
            bars,
            refit=refit_clusters,
            retry_failed=retry_failed,
            workers=workers,
            runner=runner,
        )
    if as_json:
        render.print_json(result.as_json())
    else:
        summary.show(result)
    if result.gates:
        ctx.exit(3)
