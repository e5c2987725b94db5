"""The records of runs: which came first is told by their number, whatever the clock said."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from logminer.api import load_pipeline
from logminer.errors import StoreError
from logminer.store.session import open_session
from logminer.study.last_run import last_run
from tests.conftest import Demo
from tests.kit.copies import copy


def ahead(study: Path) -> Path:
    """The one record there is, as of a clock that was years ahead and has been set back since."""
    [file] = (study / "runs").glob("*.json")
    row = json.loads(file.read_text())
    row |= {"run_id": f"2099{row['run_id'][4:]}", "started_at": f"2099{row['started_at'][4:]}"}
    file.unlink()
    moved = file.with_name(f"{row['run_id']}.json")
    moved.write_text(json.dumps(row))
    return moved


class TestClockSetBack:
    @pytest.mark.parametrize("numbered", [True, False])
    def test_a_late_margin_is_late(self, numbered: bool, demo: Demo, tmp_path: Path) -> None:
        file = copy(demo, tmp_path)
        study = file.parent / "study"
        record = ahead(study)
        if not numbered:  # a record of an earlier version
            row = json.loads(record.read_text())
            del row["sequence"]
            record.write_text(json.dumps(row))
        file.write_text(file.read_text().replace("refusal: 0.05", "refusal: 0.2"))
        load_pipeline(file).run()
        with open_session(study) as session:
            runs = session.rows("SELECT run_id, sequence FROM runs")
            last = last_run(session)
            notes = session.rows(
                "SELECT DISTINCT note FROM comparisons WHERE category_id = 'refusal' AND margin IS NOT NULL"
            )
        assert [number for _, number in runs] == ([1, 2] if numbered else [None, 1])
        assert runs[0][0] == record.stem > runs[1][0]
        assert last
        assert last.options["compare"]["margins"]["refusal"]["absolute"] == 0.2
        assert notes
        assert all("declared after judging" in note for (note,) in notes)


def test_each_run_has_its_number(demo: Demo, tmp_path: Path) -> None:
    pipeline = load_pipeline(copy(demo, tmp_path))
    for _ in range(2):
        pipeline.run()
    rows = [json.loads(p.read_text()) for p in sorted((pipeline.study / "runs").glob("*.json"))]
    assert [row["sequence"] for row in rows] == [1, 2, 3]


def test_a_damaged_record_is_named(demo: Demo, tmp_path: Path) -> None:
    pipeline = load_pipeline(copy(demo, tmp_path))
    record = pipeline.study / "runs" / "damaged.json"
    record.write_text("{")
    with pytest.raises(StoreError, match=r"runs/damaged\.json: damaged record"):
        pipeline.run()


def test_a_study_of_before_is_read_in_the_order_of_its_names(demo: Demo, tmp_path: Path) -> None:
    study = copy(demo, tmp_path).parent / "study"
    with duckdb.connect(str(study / "study.duckdb")) as connection:
        connection.execute("ALTER TABLE runs DROP COLUMN sequence")
    with open_session(study) as session:
        assert last_run(session)
