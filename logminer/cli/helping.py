"""`--help` in the width of a terminal: tables and examples are folded, too, and a command is listed with its whole first sentence."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

import click

__all__ = ["FoldingGroup", "folding"]

FAR = 32  # a second column that begins later than here goes below the first one
LONGEST = 1000  # characters of a first sentence: all of them


class _Formatter(click.HelpFormatter):
    def write_text(self, text: str) -> None:
        room = self.width - self.current_indent
        told = []
        for paragraph in text.split("\n\n"):
            if paragraph.lstrip("\n").startswith("\b"):  # shown as it stands
                lines = (part for line in paragraph.splitlines() for part in _folded(line, room))
                paragraph = "\n".join(lines)
            told.append(paragraph)
        super().write_text("\n\n".join(told))


class _HelpContext(click.Context):
    formatter_class = _Formatter


class FoldingGroup(click.Group):
    """A group whose commands, and it itself, are told so."""

    context_class = _HelpContext

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command of that name."""
        found = super().get_command(ctx, name)
        return found and folding(found)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Each with its first sentence."""
        found = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        rows = [(name, one.get_short_help_str(LONGEST)) for name, one in found if one]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def folding(command: click.Command) -> click.Command:
    """The command, whose help is folded."""
    command.context_class = _HelpContext
    return command


def _folded(line: str, room: int) -> Iterator[str]:
    """A line of such a paragraph: a command with what it does, a term with its meaning, or prose."""
    if len(line) <= room:
        yield line
        return
    indent = len(line) - len(line.lstrip())
    term, gap, meaning = _split(line)
    if gap and len(term) + len(gap) <= FAR:
        yield from _wrapped(meaning, term + gap, len(term) + len(gap), room)
    elif term.lstrip().startswith(("logminer ", "echo ")):
        yield from _broken(term, indent + 4, room)
        if meaning:
            yield from _wrapped(meaning, " " * (indent + 4), indent + 4, room)
    else:
        hang = indent if indent > 12 else indent + 2  # in a second column already
        yield from _wrapped(line.strip(), " " * indent, hang, room)


def _split(line: str) -> tuple[str, str, str]:
    """What stands in the first column, what is between, and what in the last one."""
    found = re.fullmatch(r"( *\S.*?)( {2,})(\S.*)", line)
    return (found[1], found[2], found[3]) if found else (line, "", "")


def _wrapped(text: str, lead: str, hang: int, room: int) -> list[str]:
    return textwrap.wrap(
        text,
        room,
        initial_indent=lead,
        subsequent_indent=" " * hang,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _broken(command: str, hang: int, room: int) -> Iterator[str]:
    """A command in lines that a shell takes for one: an option stays with its value, and what is quoted whole."""
    made = ""
    for word in re.findall(r" *(?:--|\| )?(?:'[^']*'|\"[^\"]*\"|(?! --| \| ).)+", command):
        if made and len(made) + len(word) + 3 > room:
            yield f"{made} \\"
            made = " " * hang + word.lstrip()
        else:
            made += word
    yield made
