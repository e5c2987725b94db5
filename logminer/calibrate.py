"""`logminer calibrate`: people's labels come to a study, and its comparisons are made again in their light."""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from logminer.calibration import REACH, calibrations, more_labels
from logminer.compare import CompareOptions, compare
from logminer.compare.pairs import compared_pairs
from logminer.errors import StoreError
from logminer.human_labels import (
    add_labels,
    kept_labels,
    match_labels,
    read_labels,
    stored_labels,
)
from logminer.schemas import CALIBRATIONS, COMPARISONS, HUMAN_LABELS, MISSINGNESS
from logminer.spec import parse
from logminer.store import DATABASE, Publication, lock_study, open_session, revise

__all__ = ["GOOD_KAPPA", "Calibrated", "calibrate", "restore"]

# Below it a scorer does not carry a verdict alone, nor do people whose labels are no firmer: "substantial" agreement
# begins here (Landis & Koch 1977, Biometrics 33:159).
GOOD_KAPPA = 0.6
ALPHA = 0.05  # of the test whether a scorer errs differently on the arms

Row = dict[str, Any]


class Calibrated(NamedTuple):
    """What came of a file of labels.

    `rows` = matched + repeated + contradictory + unmatched + unusable + unlabelled, always.
    """

    study: Path
    labels_file: Path
    rows: int
    matched: int
    repeated: int  # say again what another row says
    contradictory: int  # contradict another row
    unmatched: int  # of no response of the study
    unusable: int  # no label, weight, … that can be read
    unlabelled: int  # not labelled yet
    labels: int  # of all files so far, of answers that the study has now
    outdated: int  # kept too, of answers that it had before
    calibrations: list[
        Row
    ]  # `schemas.CALIBRATIONS`, and the labels still wanted: more_yes, more_no
    gates: tuple[
        str, ...
    ]  # weak: scorers that do not carry a verdict alone, labels that people disagree on
    wanted: tuple[str, ...]  # how many more labels would do, and the command that draws them
    notes: tuple[str, ...]

    def as_json(self) -> Row:
        """JSON-ready."""
        return self._asdict() | {"study": str(self.study), "labels_file": str(self.labels_file)}


def calibrate(
    study: Path,
    file: Path,
    *,
    category: str | None = None,
    column: str | None = None,
    yes: Sequence[str] = (),
    no: Sequence[str] = (),
) -> Calibrated:
    """Keep the labels of `file` with the study, calibrate its scorers against all labels, and compare again.

    Args:
        study: its folder, or its `study.duckdb`.
        file: see `human_labels.read_labels`, as for all other arguments.

    Raises:
        SourceError: the file cannot be read, or has no label of this study.
        ConfigError: `yes` without `no`, or one value in both.
        StoreError: no study, one that another version made, or one that a run is writing.
    """
    folder = study.parent if study.name == DATABASE else study
    if folder.suffix == ".duckdb":
        raise StoreError(f"{study}: a copy is not calibrated; name the study's folder")
    open_session(folder).close()  # where there is no study, its lock must not make a folder
    sheet = read_labels(file, category=category, column=column, yes=yes, no=no)
    with lock_study(folder), revise(folder) as publication:
        found = match_labels(sheet, folder, publication)
        add_labels(folder, found.labels)
        restore(publication, folder)
        _compare_again(publication)
        labels = publication.rows("SELECT count(*) FROM human_labels")[0][0]
        rows = publication.columns("FROM calibrations").to_pylist()
        calibrated = [row | _wanted(row) for row in rows]
        wanted = _commands(publication, folder, calibrated)
        notes = [*found.notes, *_unjudged(publication)]
    unusable = sum(sheet.unusable.values())
    if unusable:
        each = ", ".join(f"{what} {n}" for what, n in sheet.unusable.items())
        notes.append(f"unusable {unusable}, by the value that cannot be read: {each}")
    outdated = stored_labels(folder).num_rows - labels
    if outdated:
        notes.append(f"outdated {outdated}: kept, but of answers that have been replayed since")
    return Calibrated(
        study=folder,
        labels_file=file,
        rows=len(sheet.rows) + sheet.unlabelled + unusable,
        matched=len(found.labels),
        repeated=found.repeated,
        contradictory=found.contradictory,
        unmatched=found.unmatched,
        unusable=unusable,
        unlabelled=sheet.unlabelled,
        labels=labels,
        outdated=outdated,
        calibrations=calibrated,
        gates=tuple(_gates(rows)),
        wanted=tuple(wanted),
        notes=(*notes, *_differing(rows), *_once(rows, folder, file)),
    )


def restore(publication: Publication, study: Path) -> None:
    """Fill `human_labels` from what is kept with the study, and `calibrations` from that; empty where nothing is.

    Raises:
        StoreError: the labels kept are damaged.
    """
    publication.replace(HUMAN_LABELS, kept_labels(study, publication))
    publication.replace(CALIBRATIONS, calibrations(publication))


def _compare_again(publication: Publication) -> None:
    """The pairs that were compared, with the options of the last run."""
    options = CompareOptions()
    for (text,) in publication.rows("SELECT pipeline FROM runs ORDER BY run_id DESC LIMIT 1"):
        options = parse(
            CompareOptions, json.loads(text)["compare"], "the study's last run: compare"
        )
    compared = compare(publication, options, compared_pairs(publication))
    publication.replace(COMPARISONS, compared.comparisons)
    publication.replace(MISSINGNESS, compared.missingness)


def _wanted(row: Row) -> Row:
    return {
        more: more_labels(row[f"{share}_low"], row[f"{share}_high"], row[f"{share}_n"], row[kind])
        for more, share, kind in (
            ("more_yes", "sensitivity", "positives"),
            ("more_no", "specificity", "negatives"),
        )
    }


def _unjudged(publication: Publication) -> list[str]:
    rows = publication.rows(
        "SELECT category_id, channel, count(*) FROM human_labels ANTI JOIN calibrations USING (category_id, channel)"
        " GROUP BY ALL ORDER BY ALL"
    )
    return [
        f"without a judgement {n}: no scorer says yes or no of {category} ({channel}) in these responses"
        for category, channel, n in rows
    ]


def _commands(publication: Publication, study: Path, rows: Sequence[Row]) -> list[str]:
    """For each category and channel, what to draw so that even the scorer that needs most is known well enough."""
    needs: dict[tuple[str, str], tuple[int, Row]] = {}
    for row in rows:
        more, key = _more_texts(row), (row["category_id"], row["channel"])
        if row["checkpoint"] is None and more > needs.get(key, (0,))[0]:
            needs[key] = more, row
    found = []
    for (category, channel), (more, row) in needs.items():
        arms, prompts = _judged(publication, row)
        n = min(math.ceil((row["n_labels"] + more) / arms), prompts)
        command = ["logminer", "label", str(study), "--category", category]
        command += ["--channel", channel] if channel != "response" else []
        command += ["--n", str(n), "--out", "more.csv"]
        if n * arms > row["n_labels"]:
            reach = "bring" if n < prompts else "are all there are, and bring"
            nearer = "to" if n < prompts else "nearer to"
            found.append(
                f"{_what(row)}: about {n * arms - row['n_labels']} more labels {reach} both shares {nearer}"
                f" ± {100 * REACH:g} points: {shlex.join(command)} ({n} prompts, of each {arms} texts; with the --scorer"
                " and --seed of the first draw it holds that draw, and what is labelled is filled in)"
            )
    return found


def _more_texts(row: Row) -> int:
    """Texts to label until enough yes and no are among them, if they come as frequently as so far."""
    n = row["n_labels"]
    kinds = [("more_yes", "positives"), ("more_no", "negatives")]
    wanted = [(row[more], row[kind]) for more, kind in kinds if row[more]]
    return max((math.ceil(more * n / seen) if seen else n for more, seen in wanted), default=0)


def _judged(publication: Publication, row: Row) -> tuple[int, int]:
    """Texts of a prompt that a sheet asks for, and prompts for which all of them are there."""
    each = publication.rows(
        "SELECT count(DISTINCT r.prompt_id) FROM judgements AS j JOIN responses AS r USING (response_id)"
        " WHERE j.scorer = ? AND j.category_id = ? AND j.channel = ? GROUP BY r.checkpoint",
        [row["scorer"], row["category_id"], row["channel"]],
    )
    return min(len(each), 2), min(n for (n,) in each)


def _gates(rows: Sequence[Row]) -> list[str]:
    whole = [row for row in rows if row["checkpoint"] is None]
    scorers = [
        f"{_what(row)}: kappa {row['kappa']:.2f} is below {GOOD_KAPPA:g}: not good enough to carry a verdict alone"
        for row in whole
        if row["kappa"] is not None and row["kappa"] < GOOD_KAPPA
    ]
    people = [
        f"people on {row['category_id']} ({row['channel']}): kappa {row['human_kappa']:.2f} of two annotators is below"
        f" {GOOD_KAPPA:g}: the rubric leaves too much open for their labels to be the truth"
        for row in whole
        if row["human_kappa"] is not None and row["human_kappa"] < GOOD_KAPPA
    ]
    return [*scorers, *dict.fromkeys(people)]


def _once(rows: Sequence[Row], study: Path, file: Path) -> list[str]:
    """Categories of which nobody knows how far people agree."""
    whole = [row for row in rows if row["checkpoint"] is None]
    keys = dict.fromkeys((row["category_id"], row["channel"]) for row in whole)
    twice = {(r["category_id"], r["channel"]) for r in whole if r["human_agreement"] is not None}
    command = shlex.join(["logminer", "label", str(study), str(file), "--second"])
    return [
        f"{category} ({channel}) is labelled by one person: let a second one label some of it, blind: {command}"
        for category, channel in keys
        if (category, channel) not in twice
    ]


def _differing(rows: Sequence[Row]) -> list[str]:
    return [
        f"{_what(row)}: the judge errs differently on the arms (p {row['p_error_differs']:.2g})"
        for row in rows
        if row["p_error_differs"] is not None and row["p_error_differs"] < ALPHA
    ]


def _what(row: Row) -> str:
    return f"{row['scorer']} on {row['category_id']} ({row['channel']})"
