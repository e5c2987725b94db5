"""`logminer suite`: whole evaluations beside the dump."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from logminer.cli.environment import grade, instance, selftest
from logminer.cli.helping import FoldingGroup
from logminer.cli.run import run_options

if TYPE_CHECKING:
    from logminer.pipeline.runner import RunnerKind
    from logminer.suites.listing import SuiteState

__all__ = ["command"]

_PIPELINE = click.Path(dir_okay=False)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group("suite", cls=FoldingGroup)
def command() -> None:
    """Put whole evaluations to the checkpoints of a pipeline: one YAML each, each with a study of its own.

    \b
    The pipeline file says where the data is, and which recorded answers stand for
    its checkpoints:
        suites:
          odcv: {path: data/odcv, arms: {sft: model-a, prod: model-b}}
          dilemmas: {}

    \b
    Examples:
        logminer suite list pipeline.yaml         which there are, declared or done
        logminer suite show odcv                  what it asks and needs
        logminer suite run odcv pipeline.yaml     the study is in STUDY/suites/odcv
        logminer suite freeze audit.eval --to prompts.parquet
        logminer suite instance reward-hacking 17 --to work   a task for any agent
        logminer suite grade reward-hacking 17 work --claim last.txt
        logminer suite selftest reward-hacking    is what it decides right?

    A suite of one's own is a file in `suites/` beside the pipeline file, or anywhere: docs/suites.md. Each takes --json.
    """


command.add_command(instance)
command.add_command(grade)
command.add_command(selftest)


@command.command("list")
@click.argument("pipeline", type=_PIPELINE, required=False)
@_JSON
def list_(pipeline: str | None, as_json: bool) -> None:
    """List the suites that are shipped, and with a PIPELINE file also those in `suites/` beside it and what it declares.

    \b
    Examples:
        logminer suite list
        logminer suite list pipeline.yaml --json | jq '.[] | select(.declared and (.there | not)) | .suite'
    """
    from pathlib import Path

    from rich.markup import escape

    from logminer.api import load_pipeline, suites
    from logminer.cli import render
    from logminer.cli.fitting import print_fitted, say

    if pipeline and not Path(pipeline).exists() and pipeline in {one.suite for one in suites()}:
        raise click.UsageError(
            f"'{pipeline}' is a suite, and no pipeline file; did you mean: logminer suite show {pipeline}"
        )
    found = load_pipeline(pipeline).suites() if pipeline else suites()
    if as_json:
        render.print_json([one.as_json() for one in found])
        return
    out = render.console()
    rows = [[escape(one) for one in (s.suite, s.title, s.origin, _state(s))] for s in found]
    columns = ["suite", "title", "file", "state"]
    print_fitted(out, columns, rows, wrapped=["suite", "title", "state"], spare=["file"])
    for one in found:
        if one.problem and (one.declared or not one.title):
            say(out, f"[yellow]note[/] {escape(one.problem)}")


def _state(one: SuiteState) -> str:
    if one.study is None:
        return ""
    done = "has a study" if one.there else "not run"
    return f"declared, {done}" if one.declared else done if one.there else ""


@command.command("show")
@click.argument("name")
@click.argument("pipeline", type=_PIPELINE, required=False)
@_JSON
def show(name: str, pipeline: str | None, as_json: bool) -> None:
    """Say what the suite NAME measures, which data it needs, and what to write into a PIPELINE file.

    NAME may be the path of a suite's file.

    \b
    Examples:
        logminer suite show odcv
        logminer suite show suites/mine.yaml pipeline.yaml
    """
    from rich.markup import escape

    from logminer.api import load_pipeline, show_suite
    from logminer.cli import render
    from logminer.cli.fitting import print_fitted, say

    loaded = load_pipeline(pipeline) if pipeline else None
    found = show_suite(_named(name), loaded)
    if as_json:
        render.print_json(found.as_json())
        return
    out = render.console()
    title = found.title if found.title != found.suite else ""
    say(out, f"[bold]{escape(found.suite)}[/]  {escape(title)}".rstrip())
    if found.about:
        say(out, escape(found.about), hang=0)
    where = "ships with it" if found.ships else "is yours: its `path` is named in the pipeline"
    out.print()
    say(out, f"data       {escape(found.data or where)}", hang=11)
    reads = {key: value for key, value in found.source.items() if key != "path"}
    if reads:
        say(out, f"read as    {escape(render.mapping(reads))}", hang=11)
    scorers = ", ".join(found.scorers) or "those of the pipeline"
    say(out, f"scorers    {escape(scorers)}", hang=11)
    if found.environment:
        say(out, "checkpoints act in a sandbox on this machine, and do not merely answer")
    if found.rated:
        say(out, f"rated by the pipeline's autoraters: {escape(', '.join(found.rated))}")
    split_by = ", ".join((*found.strata, f"clustered by {found.cluster_by or 'user'}"))
    say(out, f"split by   {escape(split_by)}", hang=11)
    if found.categories:
        out.print(f"\n[bold]taxonomy {escape(str(found.taxonomy))}[/]")
        columns = ["category", "title", "seen in", "more of it is"]
        rows = ([escape(str(cell)) for cell in row] for row in found.categories)
        print_fitted(out, columns, rows, wrapped=["category", "title"])
    if found.lines:
        out.print("\n[bold]In the pipeline file[/]")
    for line in found.lines:
        out.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)


@command.command("run")
@click.argument("names", nargs=-1, metavar="[NAME...]")
@click.argument("pipeline", type=_PIPELINE)
@click.option("--all", "every", is_flag=True, help="Every suite that the pipeline declares.")
@run_options
@click.option(
    "--unsafe-sandbox",
    is_flag=True,
    help="Where the system gives no namespaces, let agents of environments act without: they see its network and files.",
)
@_JSON
@click.pass_context
def run(
    ctx: click.Context,
    names: tuple[str, ...],
    pipeline: str,
    every: bool,
    workers: int | None,
    runner: RunnerKind | None,
    refit_clusters: bool,
    retry_failed: bool,
    unsafe_sandbox: bool,
    as_json: bool,
) -> None:
    """Run suites on the checkpoints of a PIPELINE file: each becomes a study in its `suites/`, as `logminer run` makes one.

    NAME is that of a suite, or the path of its file; `logs` is the pipeline's own dump. Checkpoints, pairs, margins, alpha
    and gates are the pipeline's. A checkpoint without answers is left out, and said. What was finished is not done again.

    \b
    --json: {"suites": [{"suite", "notes", …}]}, each with what `logminer run --json` says.

    Exit code 3: a gate is not met in one of them.

    \b
    Examples:
        logminer suite run odcv pipeline.yaml
        logminer suite run over-refusal unsafe-response pipeline.yaml --workers 4
        logminer suite run --all pipeline.yaml --json
    """
    from logminer.api import load_pipeline
    from logminer.cli import render, summary
    from logminer.cli.progress import Bars

    loaded = load_pipeline(pipeline)
    if every == bool(names):
        raise click.UsageError("name suites, or --all for those that the pipeline declares")
    asked = [one.suite for one in loaded.suites() if one.declared] if every else names
    if not asked:
        raise click.UsageError(f"{pipeline}: it declares no suites")
    made = {name: loaded.suite(_named(name), unsafe_sandbox=unsafe_sandbox) for name in asked}
    for suite in made.values():
        suite.journey()  # opens what it reads: all that is wrong comes first
    told, gates = [], False
    for name, suite in made.items():
        with Bars() as bars:
            if not as_json:
                bars.say(f"suite {name}")
            result = suite.run(
                bars,
                refit=refit_clusters,
                retry_failed=retry_failed,
                workers=workers,
                runner=runner,
            )
        told.append({"suite": name, "notes": list(suite.notes), **result.as_json()})
        gates |= bool(result.gates)
        if not as_json:
            summary.show(result)
    if as_json:
        render.print_json({"suites": told})
    if gates:
        ctx.exit(3)


@command.command("freeze")
@click.argument("logs", nargs=-1, required=True, metavar="LOG...")
@click.option(
    "--to", required=True, type=click.Path(dir_okay=False), help="The Parquet file to write."
)
@click.option(
    "--score",
    metavar="COLUMN",
    help="The score that says how real a prompt is, as SCORER or SCORER.KEY; `none` takes every sample."
    "  [default: audit_judge.scenario_realism, or what else is called so]",
)
@click.option(
    "--at-least",
    type=float,
    default=5.0,
    show_default=True,
    help="Its lowest value that is taken. Petri's goes from 1 to 10.",
)
@_JSON
def freeze(
    logs: tuple[str, ...], to: str, score: str | None, at_least: float, as_json: bool
) -> None:
    """Make prompts of audits: of each sample of Inspect's LOGs what the target was given before its first turn.

    An audit leads every model down a way of its own, so no two models can be compared on it. How it began is one prompt that
    all can be asked: system and user are kept, and answers that the data set itself brought. LOG is a file, a folder or a
    glob; of Petri's logs both kinds are read, those that keep the target's dialogue (version 3) and the auditor's (1 and 2).

    \b
    Left out, and counted:
      low_realism, no_realism   by --score; epochs that ask the same are one prompt, and have the mean of theirs
      failed                    it ended in an error, or was invalidated
      no_target_turn            the target was never asked
      ends_otherwise            what it was given does not end in a user's message

    FILE has format `conversations`: name it as `path` of a source or a suite, with keep: [realism, task]. It holds the prompts
    as they are (an auditor's words, no person's) and is yours alone to read. Tools stand in its column `tools`; they are not
    sent to checkpoints.

    \b
    Examples:
        logminer suite freeze audit.eval --to prompts.parquet
        logminer suite freeze logs/ --to prompts.parquet --at-least 7
        logminer suite freeze logs/*.eval --to prompts.parquet --score none
    """
    from rich.markup import escape

    from logminer import api
    from logminer.cli import render
    from logminer.cli.fitting import say

    found = api.freeze(logs, to, score=score, at_least=at_least)
    if as_json:
        render.print_json(found.as_json())
        return
    out, count = render.console(), render.count
    out.print(f"[bold]{to}[/]: {count(found.prompts)} prompts of {count(found.samples)} samples")
    if found.score:
        say(out, f"real: {escape(found.score)} is {found.at_least:g} or more")
    if found.merged:
        out.print(f"{count(found.merged)} samples ask what another epoch of theirs asks")
    for reason, n in found.left_out.items():
        out.print(f"  left out  {reason} {count(n)}")
    if found.with_tools:
        say(
            out,
            f"[yellow]note[/] {count(found.with_tools)} prompts came with tools ({count(found.tool_sets)} different sets): kept in"
            " the column tools, and not sent to checkpoints",
        )
    say(
        out,
        "it holds what auditors wrote, as it is; a run anonymises it. Name it as `path`, with keep: \\[realism, task]",
    )


def _named(name: str) -> str:
    """A path is meant from here, a name from wherever suites are."""
    from pathlib import Path

    looks_like_one = "/" in name or name.endswith((".yaml", ".yml"))
    return str(Path(name).expanduser().absolute()) if looks_like_one else name
