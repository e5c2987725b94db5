"""`logminer forget`: take people out of a study, for good."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from logminer.suites.forgetting import Erased

__all__ = ["command"]


class _Age(click.ParamType[datetime]):
    """`180d`, or a day such as `2026-01-01`: the midnight (UTC) before which conversations are too old."""

    name = "age"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """With a time zone."""
        if isinstance(value, datetime):
            return value
        if days := re.fullmatch(r"(\d{1,5})d", str(value)):
            midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
            return midnight - timedelta(days=int(days[1]))
        try:
            return datetime.strptime(str(value), "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            self.fail(f"'{value}' is neither a number of days such as 180d nor a day such as 2026-01-01", param, ctx)  # fmt: skip


@click.command("forget")
@click.argument("pipeline", type=click.Path(dir_okay=False))
@click.option(
    "--user",
    "users",
    multiple=True,
    help="A user's id, as the dump has it. Several: say it several times.",
)
@click.option(
    "--older-than",
    "before",
    type=_Age(),
    help="Conversations that began so long ago, or before a day: 180d, 2026-01-01.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(
    pipeline: str, users: tuple[str, ...], before: datetime | None, dry_run: bool, as_json: bool
) -> None:
    """Take users, or what is too old, out of the study of a PIPELINE file and out of those of its suites; at once, and for good.

    Their rows go out of every part, label and vote; clusters are found anew where they helped to find them, and the database
    is made anew and compares again. No checkpoint and no judge is asked. A keyed hash is kept of each, so that a later run
    rejects them as `forgotten`, though the dump still holds them.

    What was written elsewhere is named and not touched: exports, reports, releases. Without --user and --older-than it takes
    out whom it was told of before: where a call was cut off, or an old copy of the study was put back.

    \b
    Examples:
        logminer forget pipeline.yaml --user 4711 --dry-run
        logminer forget pipeline.yaml --user 4711
        logminer forget pipeline.yaml --older-than 180d
    """
    from logminer.api import load_pipeline
    from logminer.cli import render
    from logminer.cli.progress import Bars

    with Bars() as bars:
        erased = load_pipeline(pipeline).forget(
            *users, older_than=before, remove=not dry_run, reporter=bars
        )
    if as_json:
        render.print_json(erased.as_json())
    else:
        _tell(erased)


def _tell(erased: Erased) -> None:
    from rich.markup import escape

    from logminer.cli import render
    from logminer.cli.fitting import print_fitted

    out = render.console()
    if erased.users:
        out.print(f"{render.count(erased.found)} of {render.count(erased.users)} users are in it")
        if erased.unknown:
            places = ", ".join(f"{place}." for place in erased.unknown)
            out.print(
                f"[bold yellow]nothing is there of[/] the {places} --user: ids are written as in the dump, blanks too"
            )
    rows = [
        (one.where, kind, render.count(n)) for one in erased.studies for kind, n in one.rows.items()
    ]
    if rows:
        print_fitted(out, ["study", "rows of", ">rows"], rows, wrapped=["study"])
    if undated := sum(one.undated for one in erased.studies):
        out.print(
            f"{render.count(undated)} conversations stay, of whom nobody knows how old they are"
        )
    for one in erased.studies:
        if erased.removed and one.rows and not one.published:
            out.print(f"{escape(one.where)}: the next run publishes it anew", soft_wrap=True)
    if not erased.noted:
        out.print("nobody was named, now or before: nothing to take out (--user, --older-than)")
    elif not erased.removed:
        out.print(
            "nothing was changed: without --dry-run it goes" if rows else "nothing to take out"
        )
    elif rows:
        out.print("taken out; a later run rejects them as forgotten")
    else:
        out.print("nothing to take out; a later run rejects them as forgotten")
    copies = sorted({path for one in erased.studies for path in one.copies})
    for path in copies:
        out.print(f"not touched, made of the study: {escape(path)}", soft_wrap=True)
    for release in erased.releases:
        out.print(f"not touched, a release of the project: {escape(release)}", soft_wrap=True)
