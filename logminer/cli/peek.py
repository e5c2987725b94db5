"""`logminer peek`: what is this dump?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.markup import escape

if TYPE_CHECKING:
    from rich.console import Console

    from logminer.planning.starting import Start
    from logminer.sources.peeking import Peek

__all__ = ["command"]

MOST = 12  # languages, models and the like that are shown


@click.command("peek")
@click.argument("path")
@click.option("--format", "form", default="auto", show_default=True, help="Read it as this format.")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="OURS=THEIRS",
    help="What this dump calls one of the format's columns.",
)
@click.option("--group-by", help="Column of the conversation, where a row is one message.")
@click.option("--order-by", help="Column by which the messages of a conversation are put in order.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    metavar="THEIRS=OURS",
    help="Which role one of this dump's is: user, assistant, system or tool.",
)
@click.option(
    "--arm",
    "arms",
    multiple=True,
    metavar="NAME=PATH",
    help="Answers recorded for these prompts: a checkpoint of the pipeline.",
)
@click.option("--write", type=click.Path(dir_okay=False), help="Write the pipeline file here.")
@click.option(
    "--rows",
    type=click.IntRange(0),
    default=20_000,
    show_default=True,
    help="Conversations to look at; 0: all.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(
    path: str,
    form: str,
    columns: tuple[str, ...],
    group_by: str | None,
    order_by: str | None,
    roles: tuple[str, ...],
    arms: tuple[str, ...],
    write: str | None,
    rows: int,
    as_json: bool,
) -> None:
    """Say what the dump at PATH is (a file, a folder, or a quoted glob), and how to start. Prints no text of it.

    Which format and how sure; what is read as what; conversations, turns, users and effective users, languages, models and
    times; which columns `source.keep` could keep; what is missing, and what that costs; and a pipeline file to start from.

    \b
    --json: format, sure, others, files, rows, looked_at, whole, columns {format's name: dump's}, unread, turns, answers,
      thoughts, unreadable {reason: conversations}, roles, users, users_effective, without_user, languages, models,
      repeated_prompts, first, last, without_time, attributes [{name, values, null}], cluster_by, arms,
      has_answers, missing, skipped, beside, pipeline

    \b
    Examples:
        logminer peek wildchat/
        logminer peek "dumps/*.jsonl.gz" --write pipeline.yaml
        logminer peek wildchat/ --arm sft=sft.jsonl --arm prod=prod.jsonl --write pipeline.yaml
        logminer peek chats.csv --group-by chat_id --order-by sent_at --column role=speaker --column content=text \\
          --role customer=user --role agent=assistant
        logminer peek logs/ --format inspect --json
    """
    import shlex

    from logminer.api import peek
    from logminer.cli import render

    out = render.console()
    with render.console(stderr=True).status("looking") as status:
        found, start = peek(
            path,
            format=form,
            columns=_pairs(columns, "--column"),
            group_by=group_by,
            order_by=order_by,
            roles=_pairs(roles, "--role"),
            arms=_pairs(arms, "--arm"),
            most=rows or None,
            write=write,
            tell=lambda n: status.update(f"looked at {n:,} conversations"),
        )
    if as_json:
        told = found._asdict() | start._asdict()
        told["attributes"] = [one._asdict() for one in found.attributes]
        told["skipped"] = [one._asdict() for one in found.skipped]
        render.print_json(told)
        return
    _show(out, path, found, start)
    if write:
        out.print(
            f"written: {write}; next: logminer check {shlex.quote(write)}",
            markup=False,
            soft_wrap=True,
        )
    else:
        out.print("\na pipeline file to start from (--write FILE writes it):", markup=False)
        out.print(start.pipeline.rstrip(), markup=False, soft_wrap=True)


def _pairs(given: tuple[str, ...], option: str) -> dict[str, str]:
    pairs = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not (name and equals and value):
            raise click.UsageError(f"{option} takes NAME=VALUE, not '{one}'")
        pairs[name] = value
    return pairs


def _show(out: Console, path: str, found: Peek, start: Start) -> None:
    from logminer.cli import render
    from logminer.messages.roles import told_roles

    how = "sure" if found.sure else f"it could also be {', '.join(found.others)}"
    out.print(f"[bold]{escape(path)}[/] is {found.format} ({how})", soft_wrap=True)
    files = f"{render.count(found.rows)} rows in {found.files} file{'s' * (found.files != 1)}"
    part = "" if found.whole else ", the first of them; --rows 0 looks at all"
    out.print(f"{files}; looked at {render.count(found.looked_at)} conversations{part}")
    if beside := [f"{render.count(n)} {what}" for what, n in found.beside.items() if n]:
        out.print("besides:", ", ".join(beside))
    read = render.mapping(found.columns)
    out.print("columns:", escape(read or "its own"), soft_wrap=True)
    if found.unread:
        out.print("other columns:", escape(", ".join(found.unread)), soft_wrap=True)
    turns = found.turns / max(1, found.looked_at - sum(found.unreadable.values()))
    said = f"{render.count(found.turns)} user turns ({turns:.2f} a conversation), "
    if found.has_answers:
        said += f"{render.count(found.answers)} conversations answered, {render.count(found.thoughts)} with thoughts"
    else:
        said += "prompts alone, no logged answers"
    out.print(said, soft_wrap=True)
    if found.arms:
        out.print("answers recorded in each row:", ", ".join(found.arms))
    if found.unreadable:
        out.print("[yellow]cannot be read[/]", escape(_counts(found.unreadable)), soft_wrap=True)
    if found.roles:
        said = told_roles(found.roles, "source: {…} (here --role THEIRS=OURS)")
        out.print("[yellow]unknown roles[/]", escape(said), soft_wrap=True)
    if found.users is None:
        out.print("users: unknown")
    else:
        effective = f"{found.users_effective or 0:,.1f}"
        out.print(f"users: {render.count(found.users)} (effective: {effective})")
    languages = {} if set(start.languages) == {"null"} else start.languages
    out.print("languages:", escape(_counts(languages) or "not said"), soft_wrap=True)
    out.print("models:", escape(_counts(start.models) or "not said"), soft_wrap=True)
    if found.first and found.last:
        out.print(f"times: {found.first:%Y-%m-%d} to {found.last:%Y-%m-%d}")
    if told := [f"{one.name} ({one.values})" for one in found.attributes if one.values > 1]:
        out.print("source.keep could have:", escape(", ".join(told)), soft_wrap=True)
    for one in start.missing:
        out.print("[yellow]missing[/]", escape(one), soft_wrap=True)
    for skipped in found.skipped[:MOST]:
        out.print(f"not read: {skipped.path}: {skipped.reason}", markup=False, soft_wrap=True)


def _counts(counts: dict[str, int]) -> str:
    from logminer.cli import render

    shown = [f"{name} {render.count(n)}" for name, n in list(counts.items())[:MOST]]
    more = [f"{len(counts) - MOST} more"] if len(counts) > MOST else []
    return ", ".join(shown + more)
