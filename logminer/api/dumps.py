"""What a dump is, before there is a study, and what a study says, for other tools and as a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logminer.exports.export import StudyExport
    from logminer.planning.starting import Start
    from logminer.release.releasing import ReleaseWritten
    from logminer.report.writing import ReportWritten
    from logminer.sources.peeking import Peek

__all__ = ["export_study", "peek", "write_release", "write_report"]


def export_study(
    study: str | Path,
    to: str,
    out: str | Path,
    *,
    checkpoints: Sequence[str] = (),
    categories: Sequence[str] = (),
    scorers: Sequence[str] = (),
) -> StudyExport:
    """Write what a study says for another tool, restricted as the study is; see `exports.export.export`.

    Args:
        study: its folder.
        to: inspect-scores, scout-validation, scout-transcripts, hf or csv.
        out: a folder that does not exist yet.
        checkpoints: these alone.
        categories: judgements and labels of these alone.
        scorers: judgements of these alone; `human_labels` is what people say.

    Raises:
        ConfigError: no such target, or nothing in the study of such a name.
        StoreError: no study, another run holds it, or the folder cannot be written.
    """
    from logminer.exports.export import export
    from logminer.exports.reading import Choice

    choice = Choice(tuple(checkpoints), tuple(categories), tuple(scorers))
    return export(Path(study), to, Path(out), choice)


def peek(
    path: str | Path,
    *,
    format: str = "auto",
    columns: Mapping[str, str] | None = None,
    group_by: str | None = None,
    order_by: str | None = None,
    roles: Mapping[str, str] | None = None,
    arms: Mapping[str, str] | None = None,
    most: int | None = 20_000,
    write: str | Path | None = None,
    tell: Callable[[int], None] | None = None,
) -> tuple[Peek, Start]:
    """What a dump is, and a pipeline file to start from; no text of the dump is in either.

    As in `found, start = lm.peek("wildchat/")`: then `found.format`, `found.users`, `start.missing`, `print(start.pipeline)`.

    Args:
        path: a file, a folder or a glob.
        format, columns, group_by, order_by, roles: as in `source:`; none needs to be known.
        arms: name → path of answers that were recorded for its prompts.
        most: conversations to look at; None: all.
        write: where the pipeline file is written; it must not exist, its folder is made.
        tell: called with the number of conversations looked at, now and then.

    Raises:
        SourceError, ConfigError: nothing is there, it is a pipeline file or has no known format, an arm's file is not
            there, or `write` exists or cannot be written.
    """
    from logminer.planning.starting import peek_at

    said = {
        "format": format,
        "columns": dict(columns or {}),
        "roles": dict(roles or {}),
        "group_by": group_by,
        "order_by": order_by,
    }
    return peek_at(
        path,
        {name: value for name, value in said.items() if value is not None},
        arms=arms or {},
        most=most,
        write=Path(write) if write is not None else None,
        tell=tell,
    )


def write_report(
    path: str | Path,
    *,
    out: str | Path | None = None,
    with_text: bool = False,
    min_people: int | None = None,
) -> ReportWritten:
    """Write a study or a board as one HTML page, restricted as the study is; see `report.writing.write_report`.

    Args:
        path: a study's folder, a `board.duckdb`, or a pipeline file, whose board is then made anew.
        out: the page; None: `report.html` here. A report that is there is replaced, and nothing else.
        with_text: also anonymised texts of the study.
        min_people: without texts, how many people must be behind all that is shown; None: 5.

    Raises:
        ConfigError: the pipeline file is wrong, or `min_people` is below 1.
        StoreError: no study or board, another run holds it, or `out` cannot be written or is something else.
    """
    from logminer.report.writing import write_report as write

    path = Path(path)
    if path.suffix in (".yaml", ".yml"):
        from logminer.api.pipelines import load_pipeline

        path = load_pipeline(path).board().path
    out = None if out is None else Path(out)
    return write(path, out=out, with_text=with_text, min_people=min_people)


def write_release(
    path: str | Path,
    *,
    to: str | Path,
    parquet: str | Path | None = None,
    report: str | Path | None = None,
    attack: bool = True,
) -> ReleaseWritten:
    """Write what of a study, or of all studies of a pipeline, may be handed on; see `release.releasing.release`.

    Args:
        path: a study's folder, a `board.duckdb`, or a pipeline file, which also says the policy.
        to: the file: new, or a release that is replaced.
        parquet: a folder that gets each table as a file too.
        report: a page that is made of the file alone.
        attack: ask that `logminer attack` tried this policy and found out nothing.

    Raises:
        ReleaseRefused: it would give people away, or nothing says that it would not; nothing is written.
        ConfigError: the pipeline file is wrong.
        StoreError: no study, another run holds it, or a file cannot be written or is something else.
    """
    from logminer.release.releasing import release
    from logminer.report.page import RELEASED
    from logminer.report.writing import refuse_others

    path, file = Path(path), None
    if path.suffix in (".yaml", ".yml"):
        from logminer.api.pipelines import load_pipeline

        file = load_pipeline(path).file
        path = file.study
    if report is not None:  # before anything is in the ledger
        refuse_others(Path(report), RELEASED)
    folder = None if parquet is None else Path(parquet)
    made = release(path, Path(to), file=file, parquet=folder, unattacked=not attack)
    if report is not None:
        write_report(to, out=report)
    return made
