"""`logminer run`: do what is not done yet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from logminer.cli.watched import EVERY, tell

if TYPE_CHECKING:
    from logminer.api import Pipeline
    from logminer.pipeline.runner import RunnerKind
    from logminer.run.summary import Summary

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
@click.option(
    "--watch", is_flag=True, help="Go on: follow the dump, and run where something is new."
)
@click.option(
    "--every",
    type=EVERY,
    help="With --watch: how often to look, as in 30s, 2h, 1d. Default: 15m.",
)
@click.option(
    "--rounds",
    type=click.IntRange(1),
    help="With --watch: end after so many looks. Default: never.",
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print one JSON document; with --watch one a line for each look.",
)
@click.pass_context
def command(
    ctx: click.Context,
    pipeline: str,
    workers: int | None,
    runner: RunnerKind | None,
    refit_clusters: bool,
    retry_failed: bool,
    watch: bool,
    every: int | None,
    rounds: int | None,
    as_json: bool,
) -> None:
    """Run a PIPELINE file: anonymise, replay, judge, embed, cluster, compare; publish study.duckdb.

    What was finished before is not computed again, so the same command resumes after a crash, and computes only
    what is new when the dump has grown or an option has changed. The study can be queried while it runs.

    With --watch it does so again and again. A file that is still being written is left for a later look, of lines of JSON the
    last alone, and what went wrong in a run is tried again, later and later; a mistake in the file ends it. ^C ends it in order.

    \b
    Examples:
        logminer run pipeline.yaml
        logminer run pipeline.yaml --workers 4
        RAY_ADDRESS=head:6379 logminer run pipeline.yaml --runner ray
        logminer run pipeline.yaml --retry-failed --json > summary.json
        logminer run pipeline.yaml --watch --every 15m
    """
    from logminer.api import load_pipeline
    from logminer.cli import render, summary
    from logminer.cli.progress import Bars

    if not watch and (every is not None or rounds is not None):
        raise click.UsageError("--every and --rounds say how --watch looks: add --watch")
    if watch and refit_clusters:
        raise click.UsageError("--refit-clusters with --watch: run once with it, then watch")
    loaded = load_pipeline(pipeline)
    if watch:
        how = {"workers": workers, "runner": runner, "retry_failed": retry_failed}
        ctx.exit(_watch(loaded, Path(pipeline), every or 900, rounds, how, as_json=as_json))
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


def _watch(
    loaded: Pipeline,
    path: Path,
    every_s: int,
    rounds: int | None,
    how: dict[str, Any],
    *,
    as_json: bool,
) -> int:
    """Follow the dump; the exit code, which is that of the last run that published."""
    from logminer.cli.progress import Bars

    last: Summary | None = None
    read = path.stat().st_mtime_ns
    for one in loaded.watch(every_s, reporter=Bars, rounds=rounds, **how):
        tell(one, last, as_json=as_json)
        last = one.summary or last
        if path.exists() and path.stat().st_mtime_ns != read:
            read = path.stat().st_mtime_ns
            note = f"note: {path} has changed; it was read when this began: stop and start anew to follow it"
            click.echo(note, err=True)
    return 3 if last and last.gates else 0
