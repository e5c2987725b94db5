"""A published database is revised whole or not at all."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from logminer.errors import QueryError
from logminer.schemas import RESPONSES
from logminer.store.layout import DATABASE
from logminer.store.publication import publish, revise
from tests.kit.labelled import Small, rows


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return Small(tmp_path)


class TestRevising:
    def test_a_failure_leaves_the_database_as_it_was(self, small: Small) -> None:
        small.add(1, None, "yes").publish()
        with pytest.raises(QueryError), revise(small.folder) as publication:
            publication.replace(RESPONSES, RESPONSES.schema.empty_table()), publication.rows("?")
        assert rows(small.folder, "SELECT count(*) FROM responses") == [(2,)]
        assert [p.name for p in small.folder.iterdir()] == [DATABASE]

    def test_a_database_without_todays_tables_gets_them(self, small: Small) -> None:
        small.add(2, "yes", "yes").publish()
        with revise(small.folder) as publication:
            for name in ("human_labels", "calibrations"):
                publication.rows(f"DROP TABLE {name}")
        assert small.calibrate().labels == 4

    @pytest.mark.parametrize(
        "change",
        [
            "ALTER TABLE comparisons DROP COLUMN correction",
            "ALTER TABLE responses ADD COLUMN mood VARCHAR",
            "DROP TABLE injected_judgements",
        ],
    )
    def test_a_database_of_another_version_is_built_anew(self, change: str, small: Small) -> None:
        small.add(2, "yes", "yes").publish()
        self._change(small.folder, change)
        assert "run the pipeline again" in small.refusal(small.said)
        assert not (small.folder / "human_labels.parquet").exists()
        with publish(small.folder, []):
            pass
        assert rows(small.folder, "SELECT count(*) FROM responses") == [(0,)]

    @staticmethod
    def _change(folder: Path, statements: str) -> None:
        with duckdb.connect(str(folder / DATABASE)) as connection:
            connection.execute("DROP VIEW category_shifts; DROP VIEW cluster_shifts")
            connection.execute(statements)
