"""What a person reads of a back-test: whether it came as predicted."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.markup import escape

from logminer.cli.fitting import print_fitted, say
from logminer.cli.render import count, percent
from logminer.cli.rows import behaviour
from logminer.study.backtest import Backtest, Prediction

__all__ = ["show_backtest"]

COLUMNS = (
    *("behaviour", "scorer", ">before", ">predicted", ">observed"),
    *(">error", "direction", "inside", ">answers"),
)


def show_backtest(
    out: Console, found: Backtest, titles: Mapping[str, str], *, everything: bool = False
) -> None:
    """For each pair how far the predictions were right, and each of them, the least accurate first.

    Args:
        out: where to.
        found: the predictions and what came.
        titles: of the behaviours.
        everything: also what was seen neither before nor after, else counted in one line.
    """
    if not found.rows:
        out.print(
            "\nnothing to test: no behaviour that one study predicted was judged in the other"
        )
    for pair in found.pairs():
        base, candidate, arm = map(escape, pair.rows[0][:3])
        error = pair.median_multiplicative_error
        factor = "unknown" if error is None else f"× {error:.2f}"
        beyond = _hits(pair.direction_right_beyond_chance, pair.n_beyond_chance)
        for line in (
            f"\n[bold]{base} → {candidate}[/]  {candidate} predicted, {arm} observed in the later study",
            f"median error      {factor}, of {pair.n_seen} behaviours seen ({pair.n} judged in both studies)",
            f"direction right   {_hits(pair.direction_right, pair.n_direction)};"
            f" where the observed change is beyond chance {beyond}",
            f"inside interval   {_hits(pair.within_interval, pair.n)}  [dim]95 %, of prediction and observation[/]",
        ):
            say(out, line, hang=18)
        listed = [row for row in pair.rows if everything or row.seen or row.base_rate]
        if listed:
            out.print()
            cells = (_prediction(row, titles) for row in listed)
            spare = ("answers", "scorer", "inside", "direction", "error")
            print_fitted(out, COLUMNS, cells, wrapped=["behaviour"], spare=spare)
        if unseen := pair.n - len(listed):
            say(out, f"never seen, before or after: {unseen} [dim]· --all lists them[/]")
    for warning in found.warnings:
        say(out, f"[yellow]warning[/] {escape(warning)}")


def _hits(share: float | None, n: int) -> str:
    return (
        "none to judge by" if share is None else f"{round(share * n)} of {n} ({percent(share, 0)})"
    )


def _prediction(row: Prediction, titles: Mapping[str, str]) -> list[object]:
    direction = {True: "right", False: "[bold red]wrong[/]", None: "–"}[row.direction_right]
    return [
        escape(behaviour(row._asdict() | {"title": titles.get(row.category_id)})),
        escape(row.scorer),
        percent(row.base_rate),
        percent(row.predicted),
        percent(row.observed),
        f"× {row.multiplicative_error:.2f}" if row.seen else "–",
        direction,
        "yes" if row.within_interval else "[bold red]no[/]",
        f"{count(row.predicted_n)} → {count(row.observed_n)}",
    ]
