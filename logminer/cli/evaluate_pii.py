"""`logminer evaluate-pii`: what of the labelled personal data goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from logminer.privacy.evaluate import Evaluation, Score

__all__ = ["command"]


@click.command("evaluate-pii")
@click.argument("file", type=click.Path())
@click.option(
    "--profile", type=click.Choice(["strict", "balanced"]), default="strict", show_default=True
)
@click.option(
    "--language",
    "languages",
    multiple=True,
    default=["en"],
    show_default=True,
    help="ISO 639-1 code whose model is loaded; may be given again. The first one counts where the file does not say.",
)
@click.option(
    "--model",
    "models",
    multiple=True,
    metavar="CODE=NAME",
    help="spaCy model of a language, as anonymise.models has it.",
)
@click.option(
    "--patterns-only",
    is_flag=True,
    help="Look at languages without a model with patterns alone, instead of leaving them out.",
)
@click.option(
    "--dataset",
    "datasets",
    multiple=True,
    help="Only documents whose dataset's name begins so; may be given again.",
)
@click.option("--limit", type=click.IntRange(min=1), help="So many documents at most.")
@click.option(
    "--as-shipped",
    is_flag=True,
    help="Beside it, Presidio's AnalyzerEngine as it comes, with the same model.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(
    file: str,
    profile: Any,
    languages: tuple[str, ...],
    models: tuple[str, ...],
    patterns_only: bool,
    datasets: tuple[str, ...],
    limit: int | None,
    as_shipped: bool,
    as_json: bool,
) -> None:
    """Score a profile on FILE, a span-labelled set in Parquet or JSON Lines.

    \b
    Columns:
        text      the document
        spans     list of {start, end, entity_type, text?}: characters, end exclusive
        language  optional: ISO 639-1 code or English name
        dataset   optional (or source): the set it is from

    A labelled span is masked (recall) when at least 90 % of its letters and digits are redacted, under any type; a
    redaction is right (precision) when it overlaps a labelled span. char_precision is the share of the redacted
    letters and digits that lie in labelled spans. The overall recall leaves TITLE out; recall_low is Wilson's lower
    bound at 95 %. A type's precision is of the redactions whose own type is of its family (GPE: LOCATION).

    \b
    Examples:
        logminer evaluate-pii labelled.parquet
        logminer evaluate-pii labelled.jsonl --profile balanced --as-shipped --json
    """
    from logminer.cli import render
    from logminer.privacy.evaluate import evaluate, read_documents

    if wrong := [model for model in models if not all(model.partition("="))]:
        raise click.BadParameter(f"{wrong[0]} is not CODE=NAME", param_hint="--model")
    result = evaluate(
        read_documents(file, datasets, languages[0], limit),
        profile=profile,
        languages=languages,
        models=dict(model.split("=", 1) for model in models),
        patterns_only=patterns_only,
        beside_as_shipped=as_shipped,
    )
    if as_json:
        render.print_json(_document(result))
    else:
        _show(result, profile)


def _document(result: Evaluation) -> dict[str, Any]:
    document = _plain(result.ours)
    if result.as_shipped:
        document["as_shipped"] = _plain(result.as_shipped)
    document["by_dataset"] = {
        name: {
            **ours.overall._asdict(),
            "documents_fully_masked": ours.documents_fully_masked,
            **({"as_shipped": theirs.overall._asdict()} if theirs else {}),
        }
        for name, (ours, theirs) in result.by_dataset.items()
    }
    return {**document, "skipped": result.skipped}


def _plain(score: Score) -> dict[str, Any]:
    return {
        **score._asdict(),
        "overall": score.overall._asdict(),
        "by_entity": {kind: entity._asdict() for kind, entity in score.by_entity.items()},
    }


_COLUMNS = (">recall", ">at least", ">precision")
_OVERALL = (*_COLUMNS, ">F2", ">char. precision", ">char. redacted")


def _show(result: Evaluation, profile: str) -> None:
    from logminer.cli import render
    from logminer.cli.fitting import print_fitted

    out = render.console()
    theirs = result.as_shipped
    beside = tuple(f"{column} as shipped" for column in _COLUMNS) if theirs else ()
    rows = [("all but TITLE", result.ours.overall, theirs and theirs.overall)]
    rows += [
        (name, o.overall, t and t.overall) for name, (o, t) in result.by_dataset.items() if name
    ]
    spare = [column.removeprefix(">") for column in (*reversed(beside), *reversed(_OVERALL[3:]))]
    out.print(f"[bold]{render.count(result.ours.documents)} documents, profile {profile}[/]")
    print_fitted(
        out,
        ("set", ">spans", *_OVERALL, *beside),
        [
            (
                name,
                render.count(ours.n),
                *_cells(ours),
                *map(_share, (ours.f2, ours.char_precision, ours.char_share_redacted)),
                *(_cells(shipped) if shipped else ()),
            )
            for name, ours, shipped in rows
        ],
        wrapped=["set"],
        spare=spare,
    )
    out.print()
    print_fitted(
        out,
        ("labelled type", ">spans", *_COLUMNS, *beside),
        [
            (
                kind,
                render.count(entity.n),
                *_cells(entity),
                *(_cells(theirs.by_entity[kind]) if theirs else ()),
            )
            for kind, entity in result.ours.by_entity.items()
        ],
        spare=spare,
    )
    out.print()
    out.print(
        f"every labelled span masked in {render.percent(result.ours.documents_fully_masked)}"
        f" of {render.count(result.ours.documents_with_spans)} documents that have any"
    )
    for reason, count in result.skipped.items():
        if reason == "masked_script":
            out.print(
                f"[yellow]masked[/] letters that no model here reads, in {render.count(count)} documents; a run rejects them"
                " unless anonymise.unsupported_script is mask",
                soft_wrap=True,
            )
            continue
        out.print(f"[yellow]not scored[/] {reason.replace('_', ' ')}: {render.count(count)}")


def _cells(score: Any) -> tuple[str, ...]:
    return tuple(map(_share, (score.recall, score.recall_low, score.precision)))


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
