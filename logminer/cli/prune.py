"""`logminer prune`: take away what the pipeline does not need."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command("prune")
@click.argument("pipeline", type=click.Path(dir_okay=False))
@click.option("--yes", is_flag=True, help="Remove it. Without this it is only told.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(pipeline: str, yes: bool, as_json: bool) -> None:
    """Say what the study of a PIPELINE file holds that a run would not use, and with --yes remove it.

    A run computes what is new and publishes what the dump is now; the parts of a dump as it was before, and of options
    that were changed, stay on disk, so that going back costs nothing. Where people asked for their data to be erased,
    logminer forget takes them out.

    So with the studies of its suites. A suite that the file does not declare is not needed at all: declare what is to stay.

    A database that still holds such parts goes too, and the next run publishes it anew. Kept are labels that people gave,
    the votes of judges (hashes and codes), cluster maps (vectors), and the records of runs.

    \b
    Examples:
        logminer prune pipeline.yaml
        logminer prune pipeline.yaml --yes
    """
    from rich.markup import escape

    from logminer.api import load_pipeline
    from logminer.cli import render
    from logminer.cli.fitting import print_fitted

    pruned = load_pipeline(pipeline).prune(remove=yes)
    if as_json:
        render.print_json(pruned.as_json())
        return
    out = render.console()
    if not pruned.found:
        out.print(f"nothing to remove; {render.count(pruned.kept)} parts are needed")
        return
    rows = [
        (one.where, one.why, render.count(one.files), render.size(one.bytes))
        for one in pruned.found
    ]
    out.print(f"[bold]{escape(str(pruned.study))}[/]", soft_wrap=True)
    print_fitted(out, ["where", "why", ">files", ">size"], rows, wrapped=["where", "why"])
    total = f"{render.count(pruned.files)} files of {render.size(pruned.bytes)}"
    done = f"removed {total}" if yes else f"{total} would be removed: --yes removes them"
    out.print(f"{done}; {render.count(pruned.kept)} parts are needed")
