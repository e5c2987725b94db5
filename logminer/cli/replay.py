"""`logminer replay`: a checkpoint's prompts as a batch, and its answers taken in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from logminer.cli.helping import FoldingGroup

if TYPE_CHECKING:
    from logminer.run.batch import Exported, Imported

__all__ = ["command"]


@click.group("replay", cls=FoldingGroup)
def command() -> None:
    """Ask a checkpoint of kind endpoint in batches instead of one by one.

    \b
    Examples:
        logminer replay export pipeline.yaml --checkpoint prod --out batch.jsonl
        (have it answered: a batch API, or a batch runner beside the model)
        logminer replay import pipeline.yaml --checkpoint prod output.jsonl errors.jsonl
        logminer run pipeline.yaml

    The files are those of OpenAI's Batch API. The run asks the server only for what the batch left open, and for nothing
    if that is nothing. Both verbs take --json.
    """


def _checkpoint(function: click.decorators.FC) -> click.decorators.FC:
    return click.option("--checkpoint", required=True, help="Its name in the pipeline.")(function)


def _json(function: click.decorators.FC) -> click.decorators.FC:
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")(
        function
    )


@command.command("export")
@click.argument("pipeline", type=click.Path(dir_okay=False))
@_checkpoint
@click.option("--out", type=click.Path(dir_okay=False), default="batch.jsonl", show_default=True)
@_json
def export(pipeline: str, checkpoint: str, out: str, as_json: bool) -> None:
    """Write a request for each answer of a PIPELINE's checkpoint that is not there yet; nothing is sent.

    Prompts are anonymised first, and only anonymised text is written; the file's mode is 0600. More than 50,000 requests
    or 200 MB go to several files, batch-001.jsonl and so on. What an earlier export left under these names is replaced.

    \b
    Examples:
        logminer replay export pipeline.yaml --checkpoint prod --out batch.jsonl
    """
    from logminer.api import load_pipeline
    from logminer.cli import render
    from logminer.cli.progress import Bars

    with Bars() as bars:
        found = load_pipeline(pipeline).export_requests(checkpoint, out, bars)
    if as_json:
        render.print_json(found.as_json())
    else:
        _show_exported(found, pipeline)


@command.command("import")
@click.argument("pipeline", type=click.Path(dir_okay=False))
@click.argument("files", nargs=-1, required=True, type=click.Path(dir_okay=False))
@_checkpoint
@_json
def import_(pipeline: str, files: tuple[str, ...], checkpoint: str, as_json: bool) -> None:
    """Take in the results of a batch: its output and error FILES, in any order, as often as you like.

    Answers are anonymised before they are written. What failed for good (context too long, content filter) becomes a row
    with an error code; what may pass (429, 5xx, expired) is left for the run, or the next export, to ask again.

    \b
    Examples:
        logminer replay import pipeline.yaml --checkpoint prod output.jsonl errors.jsonl
    """
    from logminer.api import load_pipeline
    from logminer.cli import render
    from logminer.cli.progress import Bars

    with Bars() as bars:
        found = load_pipeline(pipeline).import_results(checkpoint, files, bars)
    if as_json:
        render.print_json(found.as_json())
    else:
        _show_imported(found, pipeline)


def _show_exported(found: Exported, pipeline: str) -> None:
    from logminer.cli import render

    out = render.console()
    out.print(
        f"{render.count(found.requests)} requests written; {render.count(found.answered)} answers are there already",
        soft_wrap=True,
    )
    for file in found.files:
        out.print(
            f"  {file.path}  {render.count(file.requests)} requests, {render.count(file.size_bytes)} bytes",
            soft_wrap=True,
        )
    if found.files:
        out.print(
            f"When it is answered: logminer replay import {pipeline} --checkpoint {found.checkpoint} FILE …",
            soft_wrap=True,
        )


def _show_imported(found: Imported, pipeline: str) -> None:
    from logminer.cli import render

    out = render.console()
    counts = {
        "answered": found.answered,
        "failed for good": found.failed,
        "left to ask again": found.again,
        "unknown": found.unknown,
        "duplicates": found.duplicates,
        "malformed": found.malformed,
    }
    told = " + ".join(f"{render.count(n)} {what}" for what, n in counts.items())
    out.print(f"{render.count(found.lines)} lines read = {told}", soft_wrap=True)
    if found.errors:
        told = ", ".join(f"{error} {render.count(n)}" for error, n in found.errors.items())
        out.print(f"errors: {told}", soft_wrap=True)
    out.print(
        f"{render.count(found.parts_finished)} parts finished, {render.count(found.parts_open)} still incomplete:"
        f" {render.count(found.missing)} answers are missing",
        soft_wrap=True,
    )
    if found.lines and found.malformed == found.lines:
        out.print("[yellow]note[/] no line is a result: were these the requests?", soft_wrap=True)
    out.print(f"Next: logminer run {pipeline}", soft_wrap=True)
