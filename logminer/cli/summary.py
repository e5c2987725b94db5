"""What a person reads at the end of a run, and when asking what a study holds."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from logminer.cli.fitting import print_fitted, say
from logminer.cli.found import tell_found
from logminer.cli.render import console, count, percent, printable, rate, seconds, size
from logminer.cli.rows import behaviour
from logminer.cli.verdicts import show_comparisons
from logminer.pipeline.matched import FEW
from logminer.privacy.languages.language import how_to_bring
from logminer.run.summary import Summary
from logminer.store.session import Session, open_session
from logminer.study.overview import found_counts
from logminer.study.verdicts import comparisons, missing_states

__all__ = ["show", "show_commands", "show_examples", "show_overview", "show_sayings"]

Row = dict[str, Any]
# Errors that another try may mend.
PASSING = (
    "timeout",
    "connection",
    "rate_limited",
    "server_error",
    "malformed_answer",
    "empty_answer",
    "finish_reason",
)


def show(summary: Summary, *, look_next: bool = True) -> None:
    """The closing page of a run, with commands to go on with."""
    out = console()
    _show_rows(out, summary)
    _show_asked(out, summary)
    _show_ratings(out, summary)
    _show_stages(out, summary)
    study = shlex.quote(str(summary.study))
    with open_session(summary.study) as session:
        rows, missing = comparisons(session, "category"), missing_states(session)
        show_comparisons(out, rows, missing, most=12, study=study)
        tell_found(out, found_counts(session), study)
        _show_clusters(out, session)
        _show_map(out, session)
        if look_next:
            show_commands(out, _look_next(session, study))
    for gate in summary.gates:
        out.print(f"[bold red]gate not met[/] {gate}")


def show_commands(out: Console, commands: Iterable[str]) -> None:
    """What to type next, each on a line of its own, to be copied."""
    out.print("\n[bold]Look next[/]")
    for command in commands:
        out.print(f"  {command}", markup=False, soft_wrap=True)


def _look_next(session: Session, study: str) -> Iterator[str]:
    """Commands that have something to show here."""
    if session.rows("SELECT 1 FROM comparisons LIMIT 1"):
        yield f"logminer compare {study} --kind both --stratum '*'"
        yield f"logminer report {study}"
    largest = session.rows(
        "SELECT cluster_id FROM cluster_shares WHERE cluster_id >= 0 GROUP BY cluster_id"
        " ORDER BY sum(n_responses) DESC, cluster_id LIMIT 1"
    )
    yield f"logminer show {study}" + "".join(f" --cluster {cluster}" for (cluster,) in largest)
    for view in ("category_rates", "response_states", "rejections"):
        if session.rows(f"SELECT 1 FROM {view} LIMIT 1"):
            yield f'logminer sql {study} "from {view}"'
            return


def _show_rows(out: Console, summary: Summary) -> None:
    rejected = sum(summary.rejected.values())
    out.print(f"\n[bold]{escape(str(summary.study))}[/]", soft_wrap=True)
    say(
        out,
        f"{count(summary.rows_in)} rows in = {count(summary.conversations)} conversations"
        f" + {count(rejected)} rejected · {count(summary.prompts)} prompts",
    )
    if summary.prompts:
        share = percent(summary.altered / summary.prompts)
        say(
            out,
            f"{count(summary.altered)} of {count(summary.prompts)} prompts were altered by anonymisation ({share})",
        )
    if summary.masked:
        say(
            out,
            f"{count(summary.masked)} conversations hold letters of scripts that no model here reads: masked",
        )
    for reason, n in summary.rejected.items():
        text = f"  rejected  {reason} {count(n)}{escape(_mend(reason, summary))}"
        say(out, text, hang=12)
    if summary.earlier_parts:
        say(
            out,
            f"  [dim]{count(summary.earlier_parts)} parts of the dump as it was before lie in parts/; none of them is published[/]",
        )
    for checkpoint, n in summary.responses.items():
        failed = {f.error: f.n for f in summary.failures if f.checkpoint == checkpoint}
        codes = ", ".join(f"{error} {count(k)}" for error, k in failed.items())
        say(
            out,
            f"  responses  {checkpoint} {count(n)}"
            + (f", of which failed: {codes}" if codes else ""),
        )
    for checkpoint, matched, prompts in summary.matched:
        few = " (few: logminer check says of the others what they are)" * (matched < FEW * prompts)
        say(
            out,
            f"  recorded   {checkpoint} matched {count(matched)} of {count(prompts)} prompts{few}",
        )


def _show_asked(out: Console, summary: Summary) -> None:
    """What was asked of whom, and what could be mended."""
    for checkpoint, n in summary.sampled.items():
        say(out, f"  sample     {checkpoint} {count(n)} of {count(summary.prompts)} prompts")
    for checkpoint in summary.changed:
        by = [(a.answered_by, a.n) for a in summary.answered_by if a.checkpoint == checkpoint]
        _show_change(out, checkpoint, by)
    for judge in summary.changed_judges:
        by = [(j.answered_by, j.n) for j in summary.judged_by if (j.scorer, j.judge) == judge]
        _show_change(out, f"judge {judge[1]} of {judge[0]}", by)
    for host, requests, sent, received in summary.egress:
        say(
            out,
            f"  sent       {host} {count(requests)} requests, {size(sent)} out, {size(received)} in",
        )
    codes = [failure.error for failure in summary.failures]
    codes += [error for rating in summary.ratings for error in rating.errors]
    if any(code.split(":")[0] in PASSING for code in codes):
        say(out, "  [dim]answers that failed are asked for again with --retry-failed[/]")


def _show_change(out: Console, who: str, answered_by: Sequence[tuple[str, int]]) -> None:
    models = ", ".join(f"{escape(model)} {count(n)}" for model, n in answered_by)
    say(out, f"[bold red]changed[/]  {who} was not the same model throughout: {models}")


def _show_ratings(out: Console, summary: Summary) -> None:
    for rating in summary.ratings:
        codes = ", ".join(f"{error} {count(n)}" for error, n in rating.errors.items())
        say(
            out,
            f"  judgements  {rating.scorer} {count(rating.judgements)}"
            + (f", of which unparsable: {codes}" if codes else ""),
        )
        if rating.moved_share is not None and rating.moved_low is not None:
            share, low, high = (
                f"{100 * (part or 0):.1f}"
                for part in (rating.moved_share, rating.moved_low, rating.moved_high)
            )
            say(
                out,
                f"  injected    {rating.scorer}: orders in the text moved {count(rating.moved)} of"
                f" {count(rating.canaries)} labels, {share} % ({low} to {high})",
            )


def _mend(reason: str, summary: Summary) -> str:
    if reason == "unknown_role":
        return " (logminer check names the roles; say what they are under source.roles)"
    if reason == "unsupported_script":
        return " (letters that no model here reads; anonymise.unsupported_script: mask takes the rest in)"
    if reason != "unsupported_language" or not summary.languages:
        return ""
    found = [f"{language} {count(n)}" for language, n in list(summary.languages.items())[:6]]
    known = ((c, summary.missing_models.get(c)) for c in summary.languages)
    models = dict(islice(((code, model) for code, model in known if model), 3))
    bring = (
        f"; to bring them in: {how_to_bring(models)}, and name the languages in anonymise.languages where they are not;"
        " or anonymise.unsupported_language: patterns_only takes them in without looking for names by a model"
        if models
        else ""
    )
    return f" ({', '.join(found)}{bring})"


def _show_stages(out: Console, summary: Summary) -> None:
    rows = [
        (
            s.stage,
            s.parts,
            s.reused,
            count(s.rows_in),
            count(s.rows_out),
            rate(s.rows_per_s),
            seconds(s.busy_s),
        )
        for s in summary.stages
    ]
    columns = ["stage", ">parts", ">reused", ">rows in", ">rows out", ">rows/s a worker", ">busy"]
    out.print()
    print_fitted(out, columns, rows, spare=("rows/s a worker", "reused", "rows in"))
    say(
        out,
        f"{seconds(summary.seconds)} in all · peak memory {size(summary.peak_bytes)} over all processes"
        f" · {count(summary.clusters)} clusters",
    )
    if not summary.clusters:
        say(
            out,
            "[dim]no clusters: too few discovery users' responses are alike;"
            " a smaller cluster.min_cluster_size (and --refit-clusters) finds smaller groups[/]",
        )


def _show_map(out: Console, session: Session) -> None:
    """What the map is worth, and what it has no place for."""
    for n, unstable, stability, noise in session.rows(
        "SELECT n_clusters, n_unstable, median_stability, fit_noise FROM cluster_maps WHERE n_clusters > 0"
    ):
        doubt = "" if unstable is None else f" · {count(unstable)} of {count(n)} unstable"
        median = "" if stability is None else f" (median stability {stability:.2f})"
        say(out, f"[dim]{percent(noise)} of the fit lie in no cluster{doubt}{median}[/]")
    found = session.rows(
        "SELECT emerging_id, any_value(name), any_value(fit_size), any_value(fit_users),"
        " list(candidate ORDER BY candidate) FILTER (alarm) FROM emerging GROUP BY emerging_id ORDER BY emerging_id"
    )
    for _, name, size_, people, alarms in found:
        alarm = f" · more or less in {', '.join(alarms)}" if alarms else ""
        say(
            out,
            f"[yellow]new[/] {count(size_)} responses to {count(people)} people lie in no cluster and are alike:"
            f" {escape(name)}{alarm}",
        )


def _show_clusters(out: Console, session: Session, top: int = 8) -> None:
    rows = session.rows(
        "SELECT cluster_id, any_value(name), sum(n_responses)::BIGINT, list(checkpoint || ' ' || round(100 * share, 1)"
        " || ' %' ORDER BY checkpoint) FROM cluster_shares WHERE cluster_id >= 0 GROUP BY cluster_id"
        " ORDER BY 3 DESC, 1 LIMIT ?",
        [top],
    )
    if rows:
        out.print("\n[bold]Largest clusters[/]")
        cells = [
            (i, escape(name or "–"), count(n), ", ".join(shares)) for i, name, n, shares in rows
        ]
        columns = [">cluster", "terms", ">responses", "share of each checkpoint"]
        print_fitted(out, columns, cells, wrapped=("terms",), spare=("share of each checkpoint",))


def show_overview(out: Console, found: Row) -> None:
    """`logminer show` without a question: the verdicts, then what is in it."""
    if found["verdicts"]:
        show_comparisons(out, found["verdicts"], brief=True)
        out.print("[dim]every verdict, and what qualifies it: logminer compare STUDY[/]")
    tell_found(out, found["found"], "STUDY")
    conversations = found["conversations"]
    known = (
        f"{count(conversations['users'])} known users"
        if conversations["users"]
        else "unknown users"
    )
    say(
        out,
        f"\n[bold]In it[/]  {count(conversations['n'])} conversations of {known}",
    )
    if found["rejected"]:
        say(out, f"rejected  {_counts(found['rejected'], 'reason')}", hang=10)
    columns = ["checkpoint", "kind", "model", ">responses", ">failed"]
    cells = (
        [escape(str(row[c.lstrip(">")] or "")) for c in columns] for row in found["checkpoints"]
    )
    print_fitted(out, columns, cells, wrapped=("checkpoint", "model"), spare=("kind",))
    for row in found["changed"]:
        text = f"{row['kind']} {row['name']}: {row['answered_by']} {count(row['n'])}"
        say(out, f"[bold red]changed[/]  not the same model throughout: {escape(text)}")
    _show_shares(out, found["behaviours"])
    out.print("\n[bold]Redactions[/]" + ("" if found["redactions"] else ": none"))
    for origin, rows in groupby(found["redactions"], key=lambda row: row["origin"]):
        counted = [{"type": row["entity_type"], "n": row["n_redactions"]} for row in rows]
        say(out, f"{escape(origin)}  {_counts(counted, 'type')}", hang=4)


def _show_shares(out: Console, rows: Sequence[Row], top: int = 10) -> None:
    """How often each checkpoint shows what is shown most."""
    out.print(
        "\n[bold]Behaviours that were seen[/]" + ("  [dim]in % of answers[/]" if rows else ": none")
    )
    arms = list(dict.fromkeys(one["checkpoint"] for row in rows for one in row["checkpoints"]))
    cells = []
    for row in rows[:top]:
        rates = {one["checkpoint"]: one["rate"] for one in row["checkpoints"]}
        shares = (percent(rates.get(arm)).removesuffix(" %") for arm in arms)
        cells.append([escape(behaviour(row)), *shares, escape(row["scorer"])])
    columns = ["behaviour", *(f">{escape(arm)}" for arm in arms), "scorer"]
    spare = ["scorer", *reversed(arms)]
    print_fitted(out, columns, cells, wrapped=["behaviour"], spare=spare)
    if rest := len(rows[top:]):
        out.print(f"[dim]… and {rest} more, seen less: logminer sql STUDY 'from category_rates'[/]")


def _counts(rows: Sequence[Row], name: str) -> str:
    return ", ".join(f"{escape(str(row[name]))} {count(row['n'])}" for row in rows)


def show_examples(out: Console, rows: Sequence[Row]) -> None:
    """Prompts and responses, each whole; what scorers say of them (`labels`) where it is given."""
    for row in rows:
        said = "".join(f" · {who} {label}" for who, label in row.get("labels", {}).items())
        out.print(f"\n[bold]{row['checkpoint']}[/] [dim]{row['response_id']}[/]{said}")
        out.print("[dim]prompt[/]", _text(row["prompt"]))
        if row["thoughts"]:
            out.print("[dim]thoughts[/]", _text(row["thoughts"]))
        out.print("[dim]response[/]", _text(row["response"]))
    if not rows:
        out.print("nothing found")


def show_sayings(out: Console, rows: Sequence[Row]) -> None:
    """Prompts, each with all answers to it, and who says what was asked for."""
    for _, together in groupby(rows, key=lambda row: row["prompt_id"]):
        answers = list(together)
        out.print("\n[dim]prompt[/]", _text(answers[0]["prompt"]))
        for row in answers:
            says = "[bold yellow]says it[/]" if row["says"] else "[dim]does not[/]"
            out.print(f"[bold]{escape(row['checkpoint'])}[/] {says} [dim]{row['response_id']}[/]")
            if row["thoughts"]:
                out.print("[dim]thoughts[/]", _text(row["thoughts"]))
            out.print("[dim]response[/]", _text(row["response"]))
    if not rows:
        out.print("nothing found")


def _text(text: str | None) -> Text:
    return Text(printable(text or ""))
