"""docs/reference/cli.md: every verb, as its `--help` has it."""

from __future__ import annotations

from collections.abc import Iterator

import click

from logminer.cli.main import main

__all__ = ["commands_page"]

WIDTH = 100
INTRODUCTION = """# Commands

Every `--help`. Exit codes: 0 done; 1 a clear error; 2 wrong usage; 3 done, but a declared gate is not met; 130 stopped by ^C. With
`--json` each prints one JSON document.
"""


def commands_page() -> str:
    """The page, as Markdown."""
    told = [f"{'#' * level} {name}\n\n```text\n{said}\n```\n" for level, name, said in _helps()]
    return "\n".join([INTRODUCTION, *told])


def _helps() -> Iterator[tuple[int, str, str]]:
    """(level of the heading, name of the command, what its help says), those of a group below it."""
    with click.Context(main, info_name="logminer", **main.context_settings) as context:
        for verb in main.list_commands(context):
            if command := main.get_command(context, verb):
                yield from _of(command, context, verb, 2)


def _of(
    command: click.Command, parent: click.Context, name: str, level: int
) -> Iterator[tuple[int, str, str]]:
    with click.Context(
        command, parent=parent, info_name=name, terminal_width=WIDTH, max_content_width=WIDTH
    ) as context:
        yield level, context.command_path, _at_fixed_width(command, context)
        if isinstance(command, click.Group):
            for below in command.list_commands(context):
                if found := command.get_command(context, below):
                    yield from _of(found, context, below, level + 1)


def _at_fixed_width(command: click.Command, context: click.Context) -> str:
    """Whatever the terminal is that this runs in."""
    formatter = click.HelpFormatter(width=WIDTH)
    command.format_help(context, formatter)
    return "\n".join(line.rstrip() for line in formatter.getvalue().rstrip().splitlines())
