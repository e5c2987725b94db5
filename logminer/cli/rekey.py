"""`logminer rekey`: another key for the files of a study, the first one, or none."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command("rekey")
@click.argument("pipeline", type=click.Path(dir_okay=False))
@click.option(
    "--from-env",
    metavar="NAME",
    help="The environment variable that has the key of before.  [default: the one that the study names]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(pipeline: str, from_env: str | None, as_json: bool) -> None:
    """Write the study of a PIPELINE file under the key that the file names: encrypt it, change its key, or decrypt it.

    All that runs wrote is written anew, in the studies of its suites too. Interrupted, the study cannot be opened until the
    same command was run to its end; it goes on with what is left. A disk that copies on writing, its snapshots and backups
    may keep what was there before.

    \b
    Examples:
        logminer rekey pipeline.yaml                       say `encryption: {key_env: DISK_KEY}` in the file first
        logminer rekey pipeline.yaml --from-env OLD_KEY    DISK_KEY has a new key, OLD_KEY the one of before
    """
    from logminer.api import load_pipeline
    from logminer.cli import render

    done = load_pipeline(pipeline).rekey(from_env)
    if as_json:
        render.print_json(done.as_json())
        return
    out = render.console()
    under = f"encrypted with the key in {done.variable}" if done.variable else "not encrypted"
    written = f"{render.count(done.files)} files of {render.size(done.bytes)} written anew"
    out.print(f"{render.line(str(done.study))}: {under}; {written}", soft_wrap=True)
    if done.variable and done.left:
        named = ", ".join(map(render.line, done.left))
        out.print(f"[bold yellow]not encrypted[/], as no run wrote it: {named}", soft_wrap=True)
    if done.files:
        out.print(
            "snapshots, backups and disks that copy on writing may keep the files as they were"
        )
