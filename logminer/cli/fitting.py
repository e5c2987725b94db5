"""What fits a terminal: tables that give up columns instead of figures, and prose that is wrapped at words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.text import Text

from logminer.messages.printable import printable

__all__ = ["print_fitted", "say"]

GAP = 2  # between columns
EASY, LEAST = (
    26,
    12,
)  # characters of a wrapped column: what others leave it at least, and where there is no room


def say(out: Console, text: str, *, hang: int = 2) -> None:
    """Print prose: wrapped at words on a terminal, further lines `hang` characters in; into a pipe one line.

    For what somebody may copy, a command or a path, print it with `soft_wrap` instead.
    """
    if not out.is_terminal:
        out.print(text, soft_wrap=True)
        return
    if text.startswith("\n"):
        out.print()
    told = out.render_str(printable(text.lstrip("\n")))
    first, *more = told.wrap(out, out.width)
    rest = told[len(first) :]
    first.rstrip()
    out.print(first, soft_wrap=True)
    if more:
        indent = len(rest) - len(rest.plain.lstrip())
        for line in rest[indent:].wrap(out, max(out.width - hang, LEAST)):
            line.rstrip()
            out.print(Text(" " * hang).append_text(line), soft_wrap=True)


def print_fitted(
    out: Console,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    wrapped: Sequence[str] = (),
    spare: Sequence[str] = (),
) -> None:
    """Print a table no wider than the terminal; into a pipe, as wide as it is. What is empty, or unknown, in every row is left out.

    Where there is no room, columns of `spare` leave the table, and stand with their names in a dim line beneath each row;
    then those of `wrapped` get narrower. No cell is ever cut: a table that is too wide even so is broken by the terminal.

    Args:
        out: where to.
        columns: names; one that begins with '>' is set right.
        rows: cells in markup; None is an empty one.
        wrapped: names of columns whose cells may take several lines.
        spare: names of columns that may leave, the first to leave first.
    """
    names = [column.removeprefix(">") for column in columns]
    cells = [[_text(out, cell) for cell in row] for row in rows]
    used = [i for i in range(len(names)) if any(row[i].plain.strip(" –") for row in cells)]
    widths = [max([len(names[i]), *(row[i].cell_len for row in cells)]) for i in range(len(names))]
    soft = {i for i in used if names[i] in wrapped}
    leaving = [i for name in spare for i in used if names[i] == name]
    if out.is_terminal:
        kept = _kept(
            used,
            leaving,
            [min(w, EASY) if i in soft else w for i, w in enumerate(widths)],
            out.width,
        )
        widths = _narrowed(kept, soft, widths, out.width)
    else:
        kept = used
    right = [i for i in kept if columns[i].startswith(">")]

    def line(parts: dict[int, Text]) -> Text:
        made = Text()
        for i in kept:
            pad = " " * (widths[i] - parts[i].cell_len)
            made.append(pad if i in right else "").append_text(parts[i])
            made.append(("" if i in right else pad) + " " * GAP)
        made.rstrip()
        return made

    if cells:
        out.print(line({i: Text(names[i], style="bold dim") for i in kept}), soft_wrap=True)
    for row in cells:
        split = {i: row[i].wrap(out, widths[i]) if i in soft else [row[i]] for i in kept}
        for k in range(max(map(len, split.values()))):
            parts = {i: lines[k] if k < len(lines) else Text() for i, lines in split.items()}
            out.print(line(parts), soft_wrap=True)
        beneath = ((names[i], row[i]) for i in reversed(leaving) if i not in kept)
        for said in _beneath(beneath, out.width):
            out.print(said, soft_wrap=True)


def _text(out: Console, cell: object) -> Text:
    return out.render_str(printable("" if cell is None else str(cell)).replace("\n", " "))


def _total(kept: Sequence[int], widths: Sequence[int]) -> int:
    return sum(widths[i] for i in kept) + GAP * (len(kept) - 1)


def _kept(
    used: Sequence[int], leaving: Sequence[int], widths: Sequence[int], room: int
) -> list[int]:
    """Which columns stay when as many have left as it takes."""
    for n in range(len(leaving) + 1):
        kept = [i for i in used if i not in leaving[:n]]
        if _total(kept, widths) <= room:
            break
    return kept


def _narrowed(kept: Sequence[int], soft: set[int], widths: Sequence[int], room: int) -> list[int]:
    """The widths when the widest of those that may be wrapped give way."""
    made = list(widths)
    while _total(kept, made) > room:
        able = [i for i in kept if i in soft and made[i] > LEAST]
        if not able:
            break
        made[max(able, key=lambda i: made[i])] -= 1
    return made


def _beneath(said: Iterable[tuple[str, Text]], room: int) -> Iterator[Text]:
    """`name value · name value`, in as few lines as it takes, a pair never parted."""
    made = Text()
    for name, value in said:
        if value.plain.strip(" –"):
            part = Text(f"{name} ", style="dim").append_text(value)
            if made and made.cell_len + part.cell_len + 5 > room:
                yield made
                made = Text()
            made.append(" · " if made else " " * GAP, style="dim").append_text(part)
    if made:
        yield made
