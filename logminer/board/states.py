"""How a suite stands: run or not, and run as the pipeline is now or as it was."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from logminer.board.studies import PlacedStudy
from logminer.errors import LogminerError
from logminer.pipeline.file import PipelineFile
from logminer.pipeline.journey import settled
from logminer.schemas import COMPARISONS
from logminer.store.records import earlier_runs
from logminer.store.session import Session, open_session
from logminer.study.last_run import last_run

__all__ = ["StandingSuite", "State", "standing"]

State = Literal["there", "out_of_date", "undeclared", "missing"]
Row = dict[str, Any]

# What a suite takes from elsewhere, or what changes no verdict: another one of these is no reason to run again.
ELSEWHERE = {"study", "project", "suites", "families", "gates", "embed", "cluster", "discover"}
LATER = {"chain", "pretraining"}  # inside these: of the board alone
ENDED = {
    "failed": "its last run failed",
    "stopped": "its last run was stopped",
    "running": "a run of it is under way, or was cut off",
}
COUNTS = """
SELECT count(*) AS n_prompts, count(DISTINCT user_id) AS n_users,
    count(*) FILTER (n_redacted > 0) AS n_altered, (SELECT count(*) FROM rejections) AS n_rejected
FROM prompts
"""


class StandingSuite(NamedTuple):
    """A suite and how it stands; `row` is that of `SUITES`. `session` is None where nothing of it can be read."""

    placed: PlacedStudy
    session: Session | None
    row: Row

    @property
    def state(self) -> State:
        """As in `SUITES`."""
        found: State = self.row["state"]
        return found

    @property
    def why(self) -> str | None:
        """As in `SUITES`."""
        found: str | None = self.row["why"]
        return found


def standing(placed: PlacedStudy) -> StandingSuite:
    """How a suite stands, with its study opened where there is one: whoever asks closes it."""
    row: Row = {"suite": placed.name, "title": placed.title, "state": "missing", "why": None}
    try:
        records = earlier_runs(placed.folder)
        ended = ENDED.get(records[-1]["status"]) if records else None
        if not placed.folder.database.is_file():
            return StandingSuite(placed, None, row | {"why": _never(placed, ended)})
        session = open_session(placed.folder.root)
    except LogminerError as error:
        return StandingSuite(placed, None, row | {"why": str(error)})
    try:
        return StandingSuite(placed, session, row | _there(placed, session, ended))
    except LogminerError as error:
        session.close()
        return StandingSuite(placed, None, row | {"why": str(error)})


def _never(placed: PlacedStudy, ended: str | None) -> str:
    """Why there is nothing."""
    if ended:
        return f"{ended}, and nothing was published"
    if placed.trouble:
        return f"never run: {placed.trouble}"
    if placed.file is None:
        return "no such suite"
    return "never run" if placed.declared else "never run, and not declared in `suites`"


def _there(placed: PlacedStudy, session: Session, ended: str | None) -> Row:
    (counts,) = session.columns(COUNTS).to_pylist()
    names = [name for (name,) in session.rows("SELECT checkpoint FROM checkpoints")]
    row: Row = counts | {"checkpoints": names, "state": "there", "gates": []}
    row["n_users"] = row["n_users"] or None
    runs = session.columns(
        "SELECT finished_at, version, summary FROM runs WHERE pipeline IS NOT NULL AND status = 'done'"
        f" ORDER BY {session.runs_in_order}"
    ).to_pylist()
    if runs:
        summary = json.loads(runs[-1]["summary"] or "{}")
        row |= {"last_run": runs[-1]["finished_at"], "version": runs[-1]["version"]}
        row["gates"] = list(summary.get("gates", ()))
    why = [ended] if ended else []
    if lacking := _lacking(session):
        why.append(f"published by an earlier version, without {', '.join(lacking)}: run it again")
    if not placed.declared:
        row["state"] = "undeclared"
        why.append("the pipeline does not declare it")
    elif changed := list(_changed(placed.file, session)):
        row["state"] = "out_of_date"
        why.append(f"run before {', '.join(changed)} changed: run it again")
    elif placed.trouble:
        row["state"] = "out_of_date"
        why.append(f"it cannot be run as it is declared now: {placed.trouble}")
    elif ended:  # what is there is of a run before
        row["state"] = "out_of_date"
    return row | {"why": "; ".join(why) or None}


def _lacking(session: Session) -> list[str]:
    """Columns of `comparisons` that the study does not know."""
    found = session.rows(
        "SELECT column_name FROM duckdb_columns() WHERE table_name = 'comparisons'"
    )
    known = {name for (name,) in found}
    return [name for name in COMPARISONS.schema.names if name not in known]


def _changed(file: PipelineFile | None, session: Session) -> Iterator[str]:
    """Keys of the pipeline file that said something else when the study was last run."""
    ran = last_run(session)
    if file is None or ran is None:
        return
    try:
        options = settled(file).file.options()
    except LogminerError:  # without its data it cannot be run now, and is what it was
        return
    now = json.loads(json.dumps(options, default=str))
    for section, said in now.items():
        before = ran.options.get(section)
        if section in ELSEWHERE or section not in ran.options:
            continue
        if isinstance(said, dict) and isinstance(before, dict):
            names = [name for name in said if name in before and name not in LATER]
            yield from (f"{section}.{name}" for name in names if said[name] != before[name])
        elif said != before:
            yield section
