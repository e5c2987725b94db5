"""The studies that a board is made of: the pipeline's own, those of its suites, and what lies beside them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from logminer.board.presets import BoardPreset
from logminer.errors import ConfigError, LogminerError
from logminer.pipeline.file import PipelineFile
from logminer.pipeline.suitefile import (
    LOGS,
    BoardRow,
    Suite,
    declared_suites,
    find_suite,
    suites_there,
)
from logminer.store.layout import StudyFolder
from logminer.suites.making import suite_pipeline

__all__ = ["PlacedStudy", "placed_studies"]


class PlacedStudy(NamedTuple):
    """A suite in its place on the board, whether it was run or not.

    Attributes:
        name: of the suite.
        title: what its file calls it; None: there is no such file.
        folder: where its study is, or would be.
        shows: what the board shows of it; empty: every category.
        file: its pipeline; None: it cannot be made.
        declared: the pipeline names it.
        trouble: why no pipeline can be made of it; None where one can.
    """

    name: str
    title: str | None
    folder: StudyFolder
    shows: tuple[BoardRow, ...]
    file: PipelineFile | None
    declared: bool
    trouble: str | None = None


def placed_studies(file: PipelineFile, base: Path, preset: BoardPreset | None) -> list[PlacedStudy]:
    """The suites of a board, in their order.

    Without a preset the pipeline's own dump, then what the file declares, then what else lies in the study's `suites/`; with
    one what it asks for.

    Raises:
        ConfigError: as `declared_suites`.
    """
    declared = declared_suites(file, base)
    own = [name for name, suite in declared.items() if suite.file.kind == "pipeline"]
    if not own and file.source.path:  # who names no dump runs suites alone
        declared = {LOGS: find_suite(LOGS)} | declared
    placing = _Placing(file, base, declared)
    if preset is None:
        names = [*declared, *placing.others()]
        return [placing.place(name) for name in names]
    placed: dict[str, PlacedStudy] = {}
    for asked in preset.suites:
        for name in placing.called(asked.suite):
            one = placing.place(name)
            shows = asked.shows or one.shows
            if (before := placed.get(name)) is not None:  # everything, where one of them is so
                both = dict.fromkeys((*before.shows, *shows))
                shows = tuple(both) if before.shows and shows else ()
            placed[name] = one._replace(title=one.title or asked.title, shows=shows)
    return list(placed.values())


class _Placing(NamedTuple):
    file: PipelineFile
    base: Path
    declared: dict[str, Suite]

    def others(self) -> Iterator[str]:
        """Studies in the folder that the pipeline does not name."""
        for path in sorted(StudyFolder(self.file.study).suites.glob("[!.]*")):
            if path.name not in self.declared and StudyFolder(path).database.is_file():
                yield path.name

    def called(self, name: str) -> list[str]:
        """The suites of the pipeline that a preset means; that name where there is none."""
        found = [
            given for given, suite in self.declared.items() if name in (given, suite.path.stem)
        ]
        return found or [name]

    def place(self, name: str) -> PlacedStudy:
        suite = self.declared.get(name)
        declared = suite is not None
        folder, trouble = StudyFolder(StudyFolder(self.file.study).suites / name), None
        if suite is None and name in suites_there(self.base):
            try:
                suite = find_suite(name, self.base)
            except ConfigError as error:
                trouble = str(error)
        if suite is None:
            return PlacedStudy(name, None, folder, (), None, declared, trouble)
        said = suite.file
        if said.kind == "pipeline":
            own = StudyFolder(self.file.study)
            return PlacedStudy(name, said.title, own, said.shows, self.file, declared)
        try:
            made = suite_pipeline(self.file, self.base, suite).file
        except LogminerError as error:
            return PlacedStudy(name, said.title, folder, said.shows, None, declared, str(error))
        return PlacedStudy(name, said.title, folder, said.shows, made, declared)
