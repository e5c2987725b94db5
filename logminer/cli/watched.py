"""A round of `logminer run --watch`, told to people or machines."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
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


def tell(one: Round, *, as_json: bool) -> None:
    """A line of JSON; or what the run did, and when the next look is."""
    from logminer.cli import render, summary

    if as_json:
        click.echo(json.dumps(json.loads(render.as_json(one.as_json()))))
        return
    if one.summary:
        summary.show(one.summary, look_next=False)
    told = {"published": "published", "unchanged": "nothing new", "waiting": "waiting"}
    said = [f"{_clock(one.began)} {told.get(one.state, 'failed')}"]
    if one.error:
        said.append(str(one.error))
    said += [f"{left.path}: {left.why}; left for later" for left in one.left if not one.error]
    if one.next_s is not None:
        said.append(
            f"next look at {_clock(datetime.now().astimezone() + timedelta(seconds=one.next_s))}"
        )
    render.console().print(render.line(" · ".join(said)), markup=False, soft_wrap=True)


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone():%H:%M:%S}"
