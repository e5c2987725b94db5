"""Command line. Each verb is a few lines over one function of the Python API and imports it only when called."""

from __future__ import annotations

import importlib
import os
import sys

import click

from logminer import __version__
from logminer.errors import LogminerError, where_failed

__all__ = ["main"]

VERBS = (
    "demo",
    "check",
    "taxonomy",
    "plan",
    "run",
    "replay",
    "status",
    "prune",
    "compare",
    "label",
    "calibrate",
    "judges",
    "audit",
    "show",
    "sql",
    "schema",
    "evaluate-pii",
)


class _Verbs(click.Group):
    """Loads a verb when it is asked for, and turns errors into one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in VERBS:
            return None
        module = importlib.import_module(f"logminer.cli.{name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except LogminerError as error:
            from logminer.cli.render import line

            click.echo(f"error: {line(str(error))}", err=True)
            ctx.exit(1)
        except KeyboardInterrupt:
            click.echo("stopped: finished parts are kept; the same command resumes", err=True)
            ctx.exit(130)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except BrokenPipeError:
            sys.stderr.close()
            ctx.exit(1)
        except Exception as error:
            if os.environ.get("LOGMINER_DEBUG"):
                raise
            click.echo(
                f"error: {type(error).__name__} at {where_failed(error)}, a bug in logminer"
                " (its message is withheld: it may quote a conversation; LOGMINER_DEBUG=1 shows it)",
                err=True,
            )
            ctx.exit(1)


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="logminer")
def main() -> None:
    """Find out whether two model checkpoints behave differently on what real users really ask.

    \b
    A pipeline file says which dump, which checkpoints, which taxonomy:
        study: studies/quarterly
        source: {path: dumps/*.parquet}
        checkpoints:
          - {name: sft,  kind: endpoint, url: "http://localhost:8000/v1", model: my-sft}
          - {name: prod, kind: recorded, path: answers.parquet, model: my-prod}

    \b
    Then:
        logminer check   pipeline.yaml     would it work? nothing is written
        logminer plan    pipeline.yaml     what would it cost, and what could it find?
        logminer run     pipeline.yaml     do what is not done yet, and publish the study
        logminer prune   pipeline.yaml     remove what it does not need, as after an erasure
        logminer compare studies/quarterly the verdicts
        logminer label   studies/quarterly --category refusal    draw texts for people to label
        logminer calibrate studies/quarterly labels.csv   tell it what people say of single responses
        logminer judges agree studies/quarterly --category refusal   do its scorers agree?
        logminer show    studies/quarterly what is in it, and examples to read
        logminer sql     studies/quarterly "from category_shifts"

    Conversation text is anonymised in memory before anything is written. Exit codes: 0 done, 1 a clear error,
    2 wrong usage, 3 done but a declared gate is not met.
    """
