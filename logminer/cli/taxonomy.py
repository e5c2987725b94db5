"""`logminer taxonomy`: what a taxonomy looks for, and whether its file is sound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from logminer.cli.helping import FoldingGroup
from logminer.errors import did_you_mean

if TYPE_CHECKING:
    from rich.console import Console

    from logminer.taxonomy.tree import Category, Node, Taxonomy

__all__ = ["command"]


@click.group("taxonomy", cls=FoldingGroup)
def command() -> None:
    """Read and check the taxonomies that responses are judged against: shipped ones by name, your own by its file.

    \b
    Examples:
        logminer taxonomy show safety                    the tree
        logminer taxonomy show safety --category spc_hlt   one behaviour: its rubric
        logminer taxonomy check own.yaml                 is the file sound?

    Both verbs take --json.
    """


def _json(function: click.decorators.FC) -> click.decorators.FC:
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")(
        function
    )


@command.command("check")
@click.argument("taxonomy", metavar="FILE|NAME")
@_json
def check(taxonomy: str, as_json: bool) -> None:
    """Check a taxonomy strictly, and list what is allowed and looks like a slip all the same.

    What is wrong (an unknown key, an id twice) is an error that names the file and the path inside it: exit code 1. Notes
    (no hard negatives, an example that is a hard negative elsewhere, a child less severe than its parent …) are
    for their writer to judge: exit code 0.

    \b
    Examples:
        logminer taxonomy check safety
        logminer taxonomy check ./own.yaml
    """
    from pathlib import Path

    from rich.markup import escape

    from logminer.cli import render
    from logminer.taxonomy.proofreading import smells
    from logminer.taxonomy.tree import load_taxonomy

    loaded = load_taxonomy(taxonomy, Path())
    found = smells(loaded)
    if as_json:
        document = _head(loaded) | {
            "categories": len(loaded.nodes()),
            "notes": [smell._asdict() for smell in found],
        }
        render.print_json(document)
        return
    out = render.console()
    out.print(
        f"[bold]{escape(taxonomy)}[/] is sound: {loaded.name} {escape(loaded.version)},"
        f" {len(loaded.nodes())} categories, {len(loaded.categories)} of them at the top · hash {loaded.content_hash}",
        soft_wrap=True,
    )
    for smell in found:
        out.print(
            f"[yellow]note[/] {smell.path} ({smell.category}): {escape(smell.note)}", soft_wrap=True
        )


@command.command("show")
@click.argument("taxonomy", metavar="NAME|FILE")
@click.option("--category", help="One category by its id, whole.")
@_json
def show(taxonomy: str, category: str | None, as_json: bool) -> None:
    """Show a taxonomy as a tree, or with --category all that a judge is told of one behaviour.

    The rubric hash is the one that stands beside each judgement (`judgements.rubric_hash`): as long as it is the same, two
    judgements are by the same words.

    \b
    Examples:
        logminer taxonomy show safety
        logminer taxonomy show safety --category spc_hlt
    """
    from pathlib import Path

    from logminer.cli import render
    from logminer.taxonomy.tree import load_taxonomy, rubrics

    loaded = load_taxonomy(taxonomy, Path())
    hashes = rubrics(loaded)
    if category is not None:
        node = _find(loaded, category)
        if as_json:
            render.print_json(_as_json(node, hashes[category]))
        else:
            _show_category(render.console(), loaded, node, hashes[category])
        return
    if as_json:
        tree = [_as_json(node, hashes[node.category.id]) for node in loaded.nodes()]
        render.print_json(_head(loaded) | {"categories": tree})
    else:
        _show_tree(render.console(), loaded)


def _find(taxonomy: Taxonomy, category: str) -> Node:
    nodes = {node.category.id: node for node in taxonomy.nodes()}
    if category not in nodes:
        hint = did_you_mean(category, nodes, f"it has {', '.join(nodes)}")
        raise click.BadParameter(
            f"taxonomy '{taxonomy.name}' has no category '{category}'; {hint}",
            param_hint="--category",
        )
    return nodes[category]


def _head(taxonomy: Taxonomy) -> dict[str, Any]:
    return {
        "taxonomy": taxonomy.name,
        "version": taxonomy.version,
        "title": taxonomy.title,
        "source": taxonomy.source,
        "licence": taxonomy.licence,
        "content_hash": taxonomy.content_hash,
        "found": taxonomy.found.options() if taxonomy.found else None,
    }


def _as_json(node: Node, rubric_hash: str) -> dict[str, Any]:
    children = [child.id for child in node.category.children]
    return (
        node.category.options()
        | {"children": children, "parent": node.parent, "path": node.path}
        | {"rubric_hash": rubric_hash}
    )


def _show_tree(out: Console, taxonomy: Taxonomy) -> None:
    from rich.markup import escape

    from logminer.cli.fitting import print_fitted

    out.print(
        f"[bold]{taxonomy.name}[/] {escape(taxonomy.version)}  {escape(taxonomy.title)} · hash {taxonomy.content_hash}",
        soft_wrap=True,
    )
    out.print(f"[dim]{escape(taxonomy.source)}[/]", soft_wrap=True)
    if by := taxonomy.found:
        out.print(
            f"[yellow]found[/] by {escape(by.analyst)} in {by.pairs} blinded pairs of {escape(by.base)} and"
            f" {escape(by.candidate)} (seed {by.seed}, sample {by.sample}): hypotheses, to be judged under judge.found",
            soft_wrap=True,
        )
    rows = [
        (
            "  " * node.path.count("children") + node.category.id,
            escape(node.category.title),
            node.category.channel,
            node.category.direction,
            node.category.severity,
            " · ".join(_traits(node.category)),
        )
        for node in taxonomy.nodes()
    ]
    columns = ["category", "title", "channel", "direction", "severity", "also"]
    wrapped = ["title", "also"]
    print_fitted(out, columns, rows, wrapped=wrapped, spare=["also", "severity"])


def _traits(category: Category) -> list[str]:
    traits = ["needs the prompt"] if category.needs_prompt else []
    if category.scale:
        traits.append(
            f"degrees 0 to {len(category.scale.levels) - 1}, yes from {category.scale.yes_from}"
        )
    return traits


def _show_category(out: Console, taxonomy: Taxonomy, node: Node, rubric_hash: str) -> None:
    from rich.markup import escape

    category = node.category
    facts = [
        f"{taxonomy.name} {taxonomy.version}",
        *([f"under {node.parent}"] if node.parent else []),
        f"channel {category.channel}",
        f"direction {category.direction}",
        f"severity {category.severity}",
        *_traits(category),
    ]
    crosswalk = [f"{other}: {codes}" for other, codes in category.crosswalk.items()]
    out.print(f"[bold]{category.id}[/]  {escape(category.title)}", soft_wrap=True)
    out.print(f"[dim]{escape(' · '.join(facts))}[/]", soft_wrap=True)
    for title, lines in (
        ("Counts", [category.counts.strip()]),
        ("Does not count", [category.not_counts.strip()]),
        ("Degrees", _degrees(category)),
        ("Examples", category.examples),
        ("Hard negatives", category.hard_negatives),
        ("Kinds", [f"{child.id}  {child.title}" for child in category.children]),
        ("Source", [category.source]),
        ("Crosswalk", crosswalk),
        ("Rubric", [rubric_hash]),
    ):
        if lines:
            out.print(f"\n[bold]{title}[/]")
        for line in lines:
            out.print(f"  {escape(line)}", soft_wrap=True)


def _degrees(category: Category) -> list[str]:
    if category.scale is None:
        return []
    yes_from = category.scale.yes_from
    return [
        f"{degree} {'yes' if degree >= yes_from else 'no '}  {level.strip()}"
        for degree, level in enumerate(category.scale.levels)
    ]
