"""`logminer calibrate`: labels come to a study, and its comparisons are made again in their light."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from logminer.compare.comparing import compare
from logminer.compare.options import CompareOptions
from logminer.errors import ConfigError, SourceError, StoreError, did_you_mean
from logminer.labels.advice import differing, label_commands, labelled_once, wanted, weak
from logminer.labels.cards import judge_cards, named_cards
from logminer.labels.keeping import add_labels, kept_labels, stored_labels, take_from
from logminer.labels.matching import match_labels
from logminer.labels.reading import read_labels
from logminer.labels.recorded import require_true
from logminer.labels.trust import calibrations
from logminer.schemas import CALIBRATIONS, COMPARISONS, HUMAN_LABELS, JUDGE_CARDS, MISSINGNESS
from logminer.scorers.cards.file import CardFile
from logminer.spec import parse
from logminer.store.layout import StudyFolder
from logminer.store.lock import lock_study
from logminer.store.publication import Publication, revise
from logminer.store.session import open_session
from logminer.study.last_run import last_run
from logminer.study.pairs import compared_pairs

__all__ = ["Calibrated", "calibrate", "calibrate_from", "restore"]

Row = dict[str, Any]


class Calibrated(NamedTuple):
    """What came of a file of labels, or of those of a scorer.

    `rows` = matched + repeated + contradictory + unmatched + unusable + unlabelled, always.
    """

    study: Path
    labels_file: Path | None
    taken_from: str | None  # the scorer
    rows: int
    matched: int
    repeated: int  # say again what another row says
    contradictory: int  # contradict another row
    unmatched: int  # of no response of the study
    unusable: int  # no label, weight, … that can be read
    unlabelled: int  # not labelled yet
    labels: int  # of people in all files so far, and taken from scorers; of answers that the study has now
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
        file = str(self.labels_file) if self.labels_file else None
        return self._asdict() | {"study": str(self.study), "labels_file": file}


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
        file: see `reading.read_labels`, as for all other arguments.

    Raises:
        SourceError: the file cannot be read, or has no label of this study.
        ConfigError: `yes` without `no`, one value in both, or a category that the study does not have.
        StoreError: no study, one that another version made, or one that a run is writing.
    """
    folder = _folder(study)
    if category is not None:
        _require_category(folder, category)
    sheet = read_labels(file, category=category, column=column, yes=yes, no=no)
    with lock_study(folder), revise(folder) as publication:
        found = match_labels(sheet, folder, publication)
        add_labels(folder, found.labels)
        learnt = _learn(publication, folder)
    notes = [*found.notes, *learnt.notes]
    unusable = sum(sheet.unusable.values())
    if unusable:
        each = ", ".join(f"{what} {n}" for what, n in sheet.unusable.items())
        notes.append(f"unusable {unusable}, by the value that cannot be read: {each}")
    outdated = stored_labels(folder).num_rows - learnt.peoples
    if outdated:
        notes.append(f"outdated {outdated}: kept, but of answers that have been replayed since")
    return Calibrated(
        study=folder,
        labels_file=file,
        taken_from=None,
        rows=len(sheet.rows) + sheet.unlabelled + unusable,
        matched=len(found.labels),
        repeated=found.repeated,
        contradictory=found.contradictory,
        unmatched=found.unmatched,
        unusable=unusable,
        unlabelled=sheet.unlabelled,
        labels=learnt.labels,
        outdated=outdated,
        calibrations=learnt.calibrations,
        gates=learnt.gates,
        wanted=learnt.wanted,
        notes=(*notes, *learnt.differing, *labelled_once(learnt.by_people, folder, file)),
    )


def calibrate_from(study: Path, scorer: str) -> Calibrated:
    """Take what a recorded scorer says for the truth, from now on, calibrate the others against it, and compare again.

    Args:
        study: its folder, or its `study.duckdb`.
        scorer: one whose labels an environment decided, or people gave. People's labels of the same answers go before.

    Raises:
        ConfigError: the study has no such scorer, or its labels are a judge's.
        SourceError: it says yes or no of nothing.
        StoreError: no study, one that another version made, or one that a run is writing.
    """
    folder = _folder(study)
    with lock_study(folder), revise(folder) as publication:
        require_true(publication, scorer)
        ((rows, usable),) = publication.rows(
            "SELECT count(*), count(*) FILTER (label IN ('yes', 'no')) FROM judgements WHERE scorer = ?",
            [scorer],
        )
        if not usable:
            raise SourceError(f"{study}: '{scorer}' says yes or no of no answer; see logminer run")
        take_from(folder, scorer)
        learnt = _learn(publication, folder)
    return Calibrated(
        study=folder,
        labels_file=None,
        taken_from=scorer,
        rows=rows,
        matched=usable,
        repeated=0,
        contradictory=0,
        unmatched=0,
        unusable=rows - usable,
        unlabelled=0,
        labels=learnt.labels,
        outdated=stored_labels(folder).num_rows - learnt.peoples,
        calibrations=learnt.calibrations,
        gates=learnt.gates,
        wanted=learnt.wanted,
        notes=(*learnt.notes, *learnt.differing),
    )


class _Learnt(NamedTuple):
    """What all labels of a study together say; see `Calibrated`. `by_people`: rows of what people labelled any of."""

    labels: int
    peoples: int
    calibrations: list[Row]
    by_people: list[Row]
    gates: tuple[str, ...]
    wanted: tuple[str, ...]
    notes: tuple[str, ...]
    differing: tuple[str, ...]


def _learn(publication: Publication, folder: Path) -> _Learnt:
    restore(publication, folder)
    _compare_again(publication)
    ((labels, peoples),) = publication.rows(
        "SELECT count(*), count(*) FILTER (taken_from IS NULL) FROM human_labels"
    )
    rows = publication.columns("FROM calibrations").to_pylist()
    calibrated = [row | wanted(row) for row in rows]
    by_people = _of_people(publication, calibrated)
    return _Learnt(
        labels,
        peoples,
        calibrated,
        by_people,
        tuple(weak(rows)),
        tuple(label_commands(publication, folder, by_people)),
        tuple(_unjudged(publication)),
        tuple(differing(rows)),
    )


def _of_people(publication: Publication, rows: Iterable[Row]) -> list[Row]:
    keys = publication.rows(
        "SELECT DISTINCT category_id, channel FROM human_labels WHERE taken_from IS NULL"
    )
    return [row for row in rows if (row["category_id"], row["channel"]) in keys]


def _folder(study: Path) -> Path:
    folder = StudyFolder.of(study).root
    if folder.suffix == ".duckdb":
        raise StoreError(f"{study}: a copy is not calibrated; name the study's folder")
    open_session(folder).close()  # where there is no study, its lock must not make a folder
    return folder


def _require_category(folder: Path, category: str) -> None:
    with open_session(folder) as session:
        known = [c for (c,) in session.rows("SELECT category_id FROM categories ORDER BY 1")]
    if category not in known:
        hint = did_you_mean(category, known, f"it has {', '.join(known) or 'none'}")
        raise ConfigError(f"--category: the study has no category '{category}'; {hint}")


def restore(publication: Publication, study: Path, cards: Sequence[CardFile] | None = None) -> None:
    """Fill `human_labels` from what is kept with the study, `calibrations` from that, and `judge_cards`.

    Args:
        publication: of the study.
        study: its folder.
        cards: what the pipeline names; None: what it named when the study was last run.

    Raises:
        StoreError: the labels kept are damaged.
    """
    publication.replace(HUMAN_LABELS, kept_labels(study, publication))
    publication.replace(CALIBRATIONS, calibrations(publication))
    if cards is None:
        named = publication.columns("FROM judge_cards WHERE source = 'named'").to_pylist()
    else:
        named = named_cards(publication, cards)
    publication.replace(JUDGE_CARDS, judge_cards(publication, named))


def _compare_again(publication: Publication) -> None:
    """The pairs that were compared, with the options of the last run."""
    options, last = CompareOptions(), last_run(publication)
    if last:
        options = parse(CompareOptions, last.options["compare"], "the study's last run: compare")
    compared = compare(publication, options, compared_pairs(publication))
    publication.replace(COMPARISONS, compared.comparisons)
    publication.replace(MISSINGNESS, compared.missingness)


def _unjudged(publication: Publication) -> list[str]:
    rows = publication.rows(
        "SELECT category_id, channel, count(*) FROM human_labels ANTI JOIN calibrations USING (category_id, channel)"
        " GROUP BY ALL ORDER BY ALL"
    )
    return [
        f"without a judgement {n}: no scorer says yes or no of {category} ({channel}) in these responses"
        for category, channel, n in rows
    ]
