"""What a person reads of what nobody asked for: phrases and features that differ, a line each, and what to look at next."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape

from logminer.cli.fitting import say
from logminer.cli.render import count
from logminer.cli.rows import digits
from logminer.compare.verdicts import FINDINGS
from logminer.schemas.discovered import OR, UNNAMED

__all__ = ["EARLIER", "feature_line", "phrase_line", "read_next", "show_found", "tell_found"]

Row = dict[str, Any]

MANY = 8  # phrases that stand for each other and are spelt out
EARLIER = (
    "phrases and features: an earlier version published this study; run again to look for them"
)
SAYS = {
    ("response", "opening"): "opens with",
    ("response", "body"): "says",
    ("response", "closing"): "closes with",
    ("response", "anywhere"): "says",
    ("thoughts", "opening"): "thinks first",
    ("thoughts", "body"): "thinks",
    ("thoughts", "closing"): "thinks last",
    ("thoughts", "anywhere"): "thinks",
}
TITLES = {
    "phrase": "Phrases [dim]found on one half of the users, tested on the other[/]",
    "feature": "Features [dim]of how it is said, all of them tested on all users[/]",
}
NEXT = {
    "phrase": "logminer show {study} --phrase {name}",
    "feature": "logminer compare {study} --kind feature --all",
    "cluster": "logminer show {study} --cluster {name}",
    "category": "logminer show {study} --changed {name}",
}
WHY = {
    "phrase": "who says it",
    "feature": "everything that was measured",
    "cluster": "what lies there",
    "category": "both answers where they differ",
}


def show_found(
    out: Console,
    found: Mapping[str, Sequence[Row]],
    study: str,
    *,
    most: int | None = 10,
    everything: bool = False,
) -> None:
    """For each pair and kind what differs, the most certain first.

    Args:
        out: where to.
        found: rows by kind, `phrase` or `feature`, in the order in which they are shown.
        study: as a shell takes it.
        most: of each kind and pair.
        everything: also what does not differ beyond chance.
    """
    for kind, rows in found.items():
        pairs = dict.fromkeys((row["base"], row["candidate"]) for row in rows)
        if not rows:
            say(out, f"\n[bold]{TITLES[kind]}[/]: none was tested")
        for pair in pairs:
            mine = [row for row in rows if (row["base"], row["candidate"]) == pair]
            different = [row for row in mine if row["verdict"] == "different"]
            base, candidate = map(escape, pair)
            say(
                out,
                f"\n[bold]{base} → {candidate}[/]  [bold]{TITLES[kind]}[/]:"
                f" {count(len(different))} of {count(len(mine))} differ",
            )
            listed = mine if everything else different
            for row in listed[:most]:
                line = phrase_line(row) if kind == "phrase" else feature_line(row)
                mark = "" if row["verdict"] == "different" else "[dim]undetermined[/] "
                say(out, f"  {mark}{escape(line)}", hang=4)
            if rest := len(listed[most:]) if most else 0:
                say(out, f"  [dim]… and {count(rest)} more: --kind {kind} -n {len(listed)}[/]")
            if different:
                name = next(iter(_said(different[0]["phrase"])), "") if kind == "phrase" else None
                out.print(_read_next(kind, study, name), soft_wrap=True)


def read_next(rows: Iterable[Row], study: str) -> Iterator[str]:
    """For the first finding among clusters, and among categories, what shows it."""
    for kind in ("category", "cluster"):
        for row in rows:
            if row["kind"] == kind and row["verdict"] in FINDINGS:
                yield _read_next(kind, study, row[f"{kind}_id"])
                break


def _read_next(kind: str, study: str, name: object = None) -> str:
    command = NEXT[kind].format(study=study, name=shlex.quote(str(name)))
    return f"[dim]read next, {WHY[kind]}: {escape(command)}[/]"


def tell_found(out: Console, found: Sequence[Row] | None, study: str) -> None:
    """One line: how much differs that nobody asked about.

    Args:
        out: where to.
        found: `found` of `study.overview`; None where an earlier version published the study.
        study: as a shell takes it.
    """
    if found is None:
        say(out, f"[dim]{EARLIER}[/]")
        return
    differ = {
        kind: sum(row["different"] for row in found if row["kind"] == kind) for kind in TITLES
    }
    if any(row["tested"] for row in found):
        counts = ", ".join(
            f"{count(n)} {kind}{'' if n == 1 else 's'}" for kind, n in differ.items()
        )
        verb = "differs" if sum(differ.values()) == 1 else "differ"
        out.print(
            f"nobody asked for it: {counts} {verb}: logminer compare {escape(study)} --kind all",
            soft_wrap=True,
        )


def phrase_line(row: Row) -> str:
    """As in: says 'in conclusion' on 12.1 → 30.4 % of prompts (+18.3 points, 17.0 to 19.6), 1,204 people."""
    said = _said(row["phrase"])
    spelt = " or ".join(f"'{one}'" for one in said[:MANY])
    if row["phrase"].endswith(f"{OR}{UNNAMED}"):
        spelt += " or more that may not be named"
    elif len(said) > MANY:
        spelt += f" or {len(said) - MANY} more"
    says = SAYS[row["channel"], row["position"]]
    rates = [row[arm] / max(row["n_prompts"], 1) for arm in ("n_base", "n_candidate")]
    people = max(row["people_base"] or 0, row["people_candidate"] or 0)
    scope = "" if row["scope"] == "all" else f", where {row['scope']}"
    return f"{says} {spelt} on {_shares(row, *rates)} of prompts{scope} ({_points(row)}), {count(people)} people"


def _said(phrase: str) -> list[str]:
    """What stands for each other in it and may be named."""
    return [one for one in phrase.split(OR) if one != UNNAMED]


def feature_line(row: Row) -> str:
    """As in: closes with an offer of help: 12.1 → 30.4 % of responses (+18.3 points, 17.0 to 19.6)."""
    unit, means = row["unit"], (row["base_mean"], row["candidate_mean"])
    where = "" if row["channel"] == "response" else f" ({row['channel']})"
    what = f"{row['meaning']}{where}:"
    named = f"[{row['feature']}]"
    if unit.startswith("share "):
        of = unit.removeprefix("share ")
        return f"{what} {_shares(row, *means)} {of} ({_points(row)}) {named}"
    width = row["high"] - row["low"]
    places = 0 if width >= 10 else 1 if width >= 1 else 2
    base, candidate = (f"{mean:,.{places}f}" for mean in means)
    effect, low, high = (row[name] for name in ("difference", "low", "high"))
    of = "a response" if unit == "times" else unit
    return f"{what} {base} → {candidate} {of} ({effect:+,.{places}f}, {low:,.{places}f} to {high:,.{places}f}) {named}"


def _shares(row: Row, base: float, candidate: float) -> str:
    places = digits(row["high"] - row["low"])
    return f"{100 * base:.{places}f} → {100 * candidate:.{places}f} %"


def _points(row: Row) -> str:
    places = digits(row["high"] - row["low"])
    effect, low, high = (100 * row[name] for name in ("difference", "low", "high"))
    return f"{effect:+.{places}f} points, {low:.{places}f} to {high:.{places}f}"
