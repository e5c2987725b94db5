"""Command line. Each verb is a few lines over one function of the Python API and imports it only when called."""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any, NoReturn

import click

from logminer import __version__
from logminer.cli.helping import FoldingGroup, folding
from logminer.errors import LogminerError, did_you_mean, where_failed

__all__ = ["main"]

VERBS = (
    "demo",
    "peek",
    "check",
    "taxonomy",
    "plan",
    "run",
    "replay",
    "suite",
    "status",
    "prune",
    "rekey",
    "forget",
    "compare",
    "board",
    "report",
    "attack",
    "release",
    "hypothesise",
    "label",
    "calibrate",
    "judges",
    "audit",
    "show",
    "diff",
    "sql",
    "export",
    "schema",
    "evaluate-pii",
)


# Verbs whose work is kept as it is done.
RESUMED = ("demo", "plan", "run", "replay", "rekey", "suite", "hypothesise")
AS_JSON = f"{__name__}.as_json"


class _Verbs(FoldingGroup):
    """Loads a verb when it is asked for, and turns errors into one line, with `--json` also into one JSON object."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in VERBS:
            return None
        module = importlib.import_module(f"logminer.cli.{name.replace('-', '_')}")
        command: click.Command = module.command
        return folding(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in VERBS and not name.startswith("-") and not ctx.resilient_parsing:
            hint = did_you_mean(name, VERBS, f"there are: {', '.join(VERBS)}")
            ctx.fail(f"No such command '{name}'; {hint}")
        return super().resolve_command(ctx, args)

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        as_json = "--json" in args  # told before the options are, which may be what is wrong
        try:
            ctx = super().make_context(info_name, args, parent, **extra)
        except click.ClickException as error:
            _tell_machines(as_json, "UsageError", error.format_message(), error.exit_code)
            raise
        ctx.meta[AS_JSON] = as_json
        return ctx

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except LogminerError as error:
            _fail(ctx, type(error).__name__, str(error), error.exit_code)
        except KeyboardInterrupt:
            kept = "finished parts are kept; the same command resumes"
            _fail(ctx, "Interrupted", kept if ctx.invoked_subcommand in RESUMED else "by ^C", 130)
        except click.ClickException as error:  # click says the rest
            _tell_machines(ctx.meta[AS_JSON], "UsageError", error.format_message(), error.exit_code)
            raise
        except (click.exceptions.Exit, click.Abort):
            raise
        except BrokenPipeError:
            sys.stderr.close()
            ctx.exit(1)
        except Exception as error:
            if os.environ.get("LOGMINER_DEBUG"):
                raise
            what = (
                f"{type(error).__name__} at {where_failed(error)}, a bug in logminer"
                " (its message is withheld: it may quote a conversation; LOGMINER_DEBUG=1 shows it)"
            )
            _fail(ctx, "InternalError", what, 1)


def _fail(ctx: click.Context, kind: str, message: str, exit_code: int) -> NoReturn:
    """Say what went wrong, and exit."""
    from logminer.cli.render import line

    message = line(message)
    click.echo(f"{'stopped' if kind == 'Interrupted' else 'error'}: {message}", err=True)
    _tell_machines(ctx.meta[AS_JSON], kind, message, exit_code)
    ctx.exit(exit_code)


def _tell_machines(as_json: bool, kind: str, message: str, exit_code: int) -> None:
    """With `--json`: the one document that standard output then holds."""
    if as_json:
        click.echo(json.dumps({"error": {"kind": kind, "message": message, "exit": exit_code}}))


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="logminer")
def main() -> None:
    """Find out whether two model checkpoints behave differently on what real users really ask.

    \b
    A pipeline file says which dump, which checkpoints, which taxonomy:
        study: studies/quarterly
        source: {path: dumps/*.parquet}
        checkpoints:
          - {name: sft, kind: endpoint, url: "http://gpu:8000/v1", model: my-sft}
          - {name: prod, kind: recorded, path: answers.parquet, model: my-prod}

    \b
    Then:
        logminer peek dumps/ --write pipeline.yaml   what is this dump?
        logminer check pipeline.yaml                 would it work?
        logminer plan pipeline.yaml                  what would it cost, and find?
        logminer run pipeline.yaml                   do it; resumes by itself
        logminer compare studies/quarterly           the verdicts
        logminer report studies/quarterly            one page to look at
        logminer show studies/quarterly --changed refusal   both answers
        logminer sql studies/quarterly "from category_shifts"

    STUDY is everywhere the folder that `study:` names, PIPELINE the file. Conversation text is anonymised in memory before
    anything is written.

    Exit codes: 0 done; 1 a clear error; 2 wrong usage; 3 done, but a declared gate is not met; 130 stopped by ^C: what was
    finished is kept, and the same command resumes.

    With --json an error is one object, too: {"error": {"kind": …, "message": …, "exit": …}}.

    \b
    Shell completion, for bash (zsh and fish likewise): put this into ~/.bashrc
        eval "$(_LOGMINER_COMPLETE=bash_source logminer)"
    """
