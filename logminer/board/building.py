"""The board of a pipeline: every study read once, and what takes all of them said."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from logminer.board.beyond import Beyond, read_beyond
from logminer.board.headline import Headline, Objection, headline
from logminer.board.multiplicity import board_q_values, place_of
from logminer.board.presets import find_preset
from logminer.board.reading import StudyRead, compared_as, read_study
from logminer.board.states import StandingSuite, standing
from logminer.board.studies import PlacedStudy, placed_studies
from logminer.compare.options import CompareOptions
from logminer.errors import QueryError, StoreError
from logminer.pipeline.file import PipelineFile
from logminer.schemas import Table
from logminer.schemas.board import (
    ATTRIBUTION,
    AWARENESS,
    BOARD,
    BOARD_TABLES,
    FAMILIES,
    HEADLINES,
    SUITES,
)
from logminer.store.boardfile import write_board
from logminer.store.session import Session

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Board", "build_board"]

Row = dict[str, Any]


class Board(NamedTuple):
    """What all studies of a pipeline say together; the tables are those of `board.duckdb`.

    Attributes:
        path: of `board.duckdb`.
        title: of the preset; None without one.
        headlines: one for each pair.
        families_said, attribution_said: suite → a paragraph in words, where there is something to say.
    """

    path: Path
    title: str | None
    headlines: tuple[Headline, ...]
    board: pa.Table
    suites: pa.Table
    families: pa.Table
    attribution: pa.Table
    awareness: pa.Table
    families_said: dict[str, str]
    attribution_said: dict[str, str]

    @property
    def rows(self) -> list[Row]:
        """Of the table `board`."""
        return list(self.board.to_pylist())

    @property
    def claimed(self) -> bool:
        """Whether the headline is claimed of every pair there is."""
        return bool(self.headlines) and all(one.claimed for one in self.headlines)

    @property
    def gates(self) -> tuple[str, ...]:
        """Declared gates that the last run of a suite did not meet."""
        return tuple(
            f"{row['suite']}: {gate}"
            for row in self.suites.to_pylist()
            for gate in row["gates"] or ()
        )

    def frame(self, table: str = "board") -> pd.DataFrame:
        """A data frame of one of the tables."""
        found: pa.Table = getattr(self, table)
        return found.to_pandas()

    def as_json(self) -> Row:
        """JSON-ready: headline, and the rows of each table."""
        return {
            "headline": [one.as_json() for one in self.headlines],
            **{
                table.name: getattr(self, table.name).to_pylist()
                for table in (BOARD, SUITES, FAMILIES, ATTRIBUTION, AWARENESS)
            },
            "said": {"families": self.families_said, "attribution": self.attribution_said},
            "path": str(self.path),
        }


def build_board(file: PipelineFile, base: Path, preset: str | None = None) -> Board:
    """Read the pipeline's study and those of its suites, and write `board.duckdb`.

    Args:
        file: the pipeline.
        base: the folder in which it lies.
        preset: the name or the file of a preset; None: every suite.

    Raises:
        ConfigError: the preset, or a suite that the file declares, is not there or wrong.
        StoreError: no suite was run yet, or the file cannot be written.
    """
    asked = find_preset(preset) if preset else None
    shown = placed_studies(file, base, asked)
    names = {placed.name for placed in shown}
    whole = placed_studies(file, base, None)
    beside = [one for one in whole if one.name not in names]
    with contextlib.ExitStack() as stack:

        def opened(placed: PlacedStudy) -> StandingSuite:
            one = standing(placed)
            if one.session:
                stack.callback(one.session.close)
            return one

        suites = [opened(placed) for placed in shown]
        if all(one.session is None for one in suites):
            whys = "; ".join(f"{one.placed.name}: {one.why}" for one in suites)
            raise StoreError(
                f"{file.study}: nothing to put on a board: run the pipeline (logminer run) or a suite of it (logminer suite"
                f" run) first ({whys})"
            )
        built = _Built(file, suites, [opened(placed) for placed in beside])
        found = built.tables()
    rows = found[BOARD.name].to_pylist()
    said = tuple(_headlines(file, rows, built.read, suites, _left_out(whole, shown)))
    written = found | {HEADLINES.name: _table(HEADLINES, [one.as_row() for one in said])}
    path = write_board(
        file.study,
        [(table, written[table.name]) for table in BOARD_TABLES],
        group_readable=file.group_readable,
    )
    return Board(
        path=path,
        title=asked.title if asked else None,
        headlines=said,
        families_said=built.said("families"),
        attribution_said=built.said("attribution"),
        **found,
    )


class _Built:
    """The tables, from suites whose studies are open; those `beside` are not shown, and count among what was tested.

    `read` is what was read of each that is shown, by name.
    """

    def __init__(
        self,
        file: PipelineFile,
        suites: Sequence[StandingSuite],
        beside: Sequence[StandingSuite],
    ) -> None:
        self._file, self._suites = file, suites
        read = {one.placed.name: self._read(one) for one in (*suites, *beside) if one.session}
        self._tested = [row for found in read.values() for row in found.tested]
        names = [one.placed.name for one in suites]
        self.read = {name: read[name] for name in names if name in read}
        own = [one for one in (*suites, *beside) if one.placed.folder.root == file.study]
        self._logs = own[0].session if own else None
        self._beyond = {
            one.placed.name: self._read_beyond(one, one.session) for one in suites if one.session
        }

    def tables(self) -> dict[str, pa.Table]:
        """By name."""
        q = board_q_values(self._tested)
        rows = [
            row | {"q_board": q.get(place_of(row))}
            for found in self.read.values()
            for row in found.rows
        ]
        return {
            BOARD.name: _table(BOARD, rows),
            SUITES.name: _table(SUITES, [one.row for one in self._suites]),
            FAMILIES.name: _table(FAMILIES, self._rows_beyond("families")),
            ATTRIBUTION.name: _table(ATTRIBUTION, self._rows_beyond("attribution")),
            AWARENESS.name: _table(AWARENESS, self._rows_beyond("awareness")),
        }

    def said(self, of: str) -> dict[str, str]:
        """Suite → what there is to say of `families` or `attribution`, in words."""
        told = {name: getattr(one, f"{of}_said") for name, one in self._beyond.items()}
        return {name: text for name, text in told.items() if text}

    def _rows_beyond(self, of: str) -> list[Row]:
        return [row for one in self._beyond.values() for row in getattr(one, of)]

    def _read(self, one: StandingSuite) -> StudyRead:
        assert one.session is not None
        alpha = self._options(one, one.session).alpha
        return read_study(one.session, one.placed.name, one.placed.shows, alpha)

    def _read_beyond(self, one: StandingSuite, session: Session) -> Beyond:
        options = self._options(one, session)
        name, shows = one.placed.name, one.placed.shows
        logs = None if session is self._logs else self._logs
        families, pairs = self._file.families, self.read[name].pairs
        try:
            return read_beyond(session, name, shows, options, families, pairs, logs)
        except QueryError:
            if session.is_current():
                raise
            return Beyond.empty()  # it was published by an earlier version, which its row says

    def _options(self, one: StandingSuite, session: Session) -> CompareOptions:
        return compared_as(session, (one.placed.file or self._file).compare)


def _left_out(whole: Sequence[PlacedStudy], shown: Sequence[PlacedStudy]) -> list[str]:
    """What of the pipeline a preset does not show: names of suites, and of which it shows less than their files say."""
    shows = {one.name: one.shows for one in shown}
    left = []
    for one in whole:
        if one.name not in shows:
            left.append(one.name)
        elif (mine := shows[one.name]) and not (one.shows and {*one.shows} <= {*mine}):
            left.append(f"{one.name} in part")
    return left


def _headlines(
    file: PipelineFile,
    rows: Sequence[Row],
    read: dict[str, StudyRead],
    suites: Sequence[StandingSuite],
    left_out: Sequence[str],
) -> Iterator[Headline]:
    compared = (pair for one in read.values() for pair in one.pairs)
    pairs = dict.fromkeys((*compared, *file.compared(has_log=False)))
    for pair in pairs:
        others = []
        for one in suites:
            name, found = one.placed.name, read.get(one.placed.name)
            if one.state in ("missing", "out_of_date"):
                why = f"{one.state.replace('_', ' ')}: {one.why}"
                others.append(Objection(name, None, None, None, None, "suite", why))
            elif found and pair not in found.pairs and one.state != "undeclared":
                why = "it does not compare this pair"
                others.append(Objection(name, None, None, None, None, "suite", why))
            for of, lacking in found.absent if found else ():
                if of == pair:
                    what = lacking.category, None, lacking.channel, lacking.stratum
                    why = "no judgement of both checkpoints"
                    others.append(Objection(name, *what, "not_compared", why))
        mine = [row for row in rows if (row["base"], row["candidate"]) == pair]
        yield headline(pair, mine, others, file.compare.alpha, left_out)


def _table(table: Table, rows: Sequence[Row]) -> pa.Table:
    names = table.schema.names
    return pa.Table.from_pylist([{n: row.get(n) for n in names} for row in rows], table.schema)
