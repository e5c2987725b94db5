"""A round of `logminer run --watch`, told to people or machines."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from logminer.run.summary import Summary
    from logminer.run.watching import Round

__all__ = ["EVERY", "tell"]

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class _Duration(click.ParamType[int]):
    """`30s`, `15m`, `2h`, `1d`, as seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Whole seconds, at least one."""
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"(\d{1,6})([smhd])", str(value))
        if not found or not int(found[1]):
            self.fail(f"'{value}' is no time such as 30s, 15m, 2h or 1d", param, ctx)
        return int(found[1]) * _SECONDS[found[2]]


EVERY = _Duration()


def tell(one: Round, before: Summary | None, *, as_json: bool) -> None:
    """Print a line; before that of a first run, what `logminer run` says of one.

    Args:
        one: what is told.
        before: the last run that published; None: this is the first look that found one.
        as_json: print the line for machines, and nothing else.
    """
    from logminer.cli import render, summary

    if as_json:
        click.echo(json.dumps(json.loads(render.as_json(one.as_json()))))
        return
    if one.summary and not before:
        summary.show(one.summary, look_next=False)
    told = {"published": "published", "unchanged": "nothing new", "waiting": "waiting"}
    said = [f"{one.began.astimezone():%Y-%m-%d %H:%M:%S} {told.get(one.state, 'failed')}"]
    if one.summary:
        new = one.summary.rows_in - before.rows_in if before else 0
        change = f"{new:+,}, ".replace("-", "−") if before else ""
        computed = sum(s.rows for s in one.summary.stages if s.stage == "anonymise")
        said.append(f"{one.summary.rows_in:,} rows ({change}{computed:,} computed)")
        said.append(render.seconds(one.summary.seconds))
        said += [f"gate not met: {gate}" for gate in one.summary.gates]
    if one.error:
        said.append(str(one.error))
    said += [f"{left.path}: {left.why}; left for later" for left in one.left if not one.error]
    if one.next_s is not None:
        next_ = datetime.now().astimezone() + timedelta(seconds=one.next_s)
        said.append(f"next look at {next_:%H:%M:%S}")
    render.console().print(render.line(" · ".join(said)), markup=False, soft_wrap=True)
