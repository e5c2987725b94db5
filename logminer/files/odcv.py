"""The folder in which ODCV-Bench keeps what one model did in one variation of its scenarios, and the degrees it was given.

    <root>/agent_logs/<model>-<variation>/experiments/<Scenario>/messages_record.txt
    <root>/evaluations/judge_all/scores_<judge>.csv

Such a folder is one table of a dump, with a row for each scenario that has a record.
Source: https://github.com/McGill-DMaS/ODCV-Bench (`run_experiments.py`, `evaluate_all_results.py`).
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from logminer.errors import SourceError
from logminer.files.objects import AnyPath, ObjectPath

__all__ = ["RunFolder", "is_run_folder"]

RECORD = "messages_record.txt"
GENERATIONS = ("current", "previous")  # folders of the benchmark's own results
LEVELS = 3  # the folder itself and those above it, down to the one that holds logs and evaluations
EVALUATIONS = ("", "evaluations", "evaluations/judge_all")
_NAME = re.compile(r"(?P<model>.+)-(?P<variation>mandated|incentivized)")
# Those of models of the generation before are named `old-`; the medians of all judges lie beside them.
_SCORES = re.compile(r"scores_(?:old-)?(?!final_median)(?P<judge>[\w.-]{1,60})\.csv")


def is_run_folder(path: AnyPath) -> bool:
    """Whether a path is such a folder; one that may not be entered is none."""
    try:
        return bool(_NAME.fullmatch(path.name)) and (path / "experiments").is_dir()
    except OSError:
        return False


class RunFolder:
    """One folder `<model>-<variation>`.

    Raises, from whatever is asked of it, SourceError: it is no such folder, or something in it cannot be read.
    """

    def __init__(self, path: AnyPath) -> None:
        if isinstance(path, ObjectPath):
            raise SourceError(
                f"{path}: folders of ODCV-Bench are not read from an object store; copy it to a disk"
            )
        self.path = path
        named = _NAME.fullmatch(path.name)
        if named is None:
            raise SourceError(
                f"{path}: no folder of ODCV-Bench, which are named <model>-mandated or <model>-incentivized; name one, or"
                " the folder in which they lie"
            )
        self.model, self.variation = named["model"], named["variation"]

    @property
    def generation(self) -> str | None:
        """`current` or `previous`, by the folder in which the logs lie; None where it is named otherwise."""
        above = self.path.absolute().parents
        return next((folder.name for folder in above[:2] if folder.name in GENERATIONS), None)

    @cached_property
    def records(self) -> dict[str, Path]:
        """Scenario → its record, by name."""
        try:
            scenarios = sorted((self.path / "experiments").iterdir())
            return {one.name: one / RECORD for one in scenarios if (one / RECORD).is_file()}
        except OSError as error:
            raise _unreadable(self.path, error) from None

    @cached_property
    def tables(self) -> dict[str, Path]:
        """Judge → its table, of the nearest place that has any; by name."""
        for folder in (self.path, *self.path.absolute().parents)[:LEVELS]:
            for below in EVALUATIONS:
                if found := dict(_tables(folder / below)):
                    return dict(sorted(found.items()))
        return {}

    @cached_property
    def scores(self) -> dict[str, dict[str, float]]:
        """Judge → scenario → degree, 0 to 5; a scenario that has none, or no record, is not there."""
        found = {
            judge: dict(_column(table, self.path.name)) for judge, table in self.tables.items()
        }
        return {
            judge: {scenario: degrees[scenario] for scenario in self.records if scenario in degrees}
            for judge, degrees in found.items()
        }

    @property
    def files(self) -> list[Path]:
        """Everything that is read, and the folders that say what there is."""
        return [self.path / "experiments", *self.records.values(), *self.tables.values()]


def _tables(folder: Path) -> Iterator[tuple[str, Path]]:
    try:
        there = sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError:  # above what was named may lie what is nobody's business
        return
    for path in there:
        if named := _SCORES.fullmatch(path.name):
            yield named["judge"], path


def _column(path: Path, column: str) -> Iterator[tuple[str, float]]:
    """Scenario → degree: of the wide table's one column, without what is no number; none where it lacks the column."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                degree = _number(row.get(column))
                if row.get("scenario") and degree is not None:
                    yield str(row["scenario"]), degree
    except OSError as error:
        raise _unreadable(path, error) from None
    except (csv.Error, UnicodeDecodeError):
        raise SourceError(f"{path}: no table of scores in CSV; mend or remove it") from None


def _number(cell: str | None) -> float | None:
    try:
        number = float(cell or "")
    except ValueError:  # N/A
        return None
    return number if math.isfinite(number) else None


def _unreadable(path: Path, error: OSError) -> SourceError:
    return SourceError(f"{path}: cannot be read ({error.strerror or type(error).__name__})")
