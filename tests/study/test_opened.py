"""The Python door for notebooks."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import numpy as np
import pytest
from click.testing import CliRunner
from threadpoolctl import threadpool_limits

import logminer as lm
from logminer.cli.main import main
from logminer.errors import QueryError, StoreError
from tests.conftest import Demo


def test_a_study_opens_into_data_frames(demo: Demo) -> None:
    study = lm.open_study(demo.study)
    assert "sft" in repr(study)
    assert set(study.checkpoints()) == {"logged", "sft", "prod"}
    assert set(study.compare("sft", "prod").verdicts["kind"]) == {"category", "cluster"}
    shares = study.clusters()
    assert np.allclose(shares[["logged", "sft", "prod"]].fillna(0).sum(), 1)
    examples = study.examples(category="refusal", checkpoint="sft", n=3)
    assert list(examples["checkpoint"]) == ["sft"] * 3
    assert study.sql("SELECT count(*) FROM prompts").fetchall()[0][0] == demo.summary.prompts
    study.close()


def test_a_study_of_before_there_were_judges_has_an_overview(demo: Demo, tmp_path: Path) -> None:
    shutil.copy(demo.study / "study.duckdb", tmp_path)
    with duckdb.connect(str(tmp_path / "study.duckdb")) as connection:
        connection.execute("DROP VIEW judged_by")
    with lm.open_study(demo.study) as now, lm.open_study(tmp_path) as earlier:
        assert earlier.overview() == now.overview()


def test_the_map_is_a_picture_and_a_table_and_the_same_each_time(demo: Demo) -> None:
    with lm.open_study(demo.study) as study:
        drawn, rough = study.map(), study.map(layout="pca")
        with threadpool_limits(2):
            assert study.map().table == drawn.table
        assert drawn.columns == ["response_id", "checkpoint", "cluster_id", "name", "x", "y"]
        assert set(drawn["checkpoint"]) == {"logged", "sft", "prod"}
        assert len(study.map(n=7)) == 7
        ((in_clusters,),) = study.sql("SELECT count(*) FROM assignments").fetchall()
        assert len(drawn) == drawn.points.total == in_clusters
    assert (drawn.points.purity or 0) > (rough.points.purity or 0)
    assert rough["x"].var() >= rough["y"].var() > 0
    html = drawn._repr_html_()
    assert html.startswith("<svg")
    assert f"{drawn.points.purity:.0%} are of the same cluster" in html


def test_what_was_not_compared_says_what_was(demo: Demo) -> None:
    with pytest.raises(QueryError, match="sft → prod"):
        lm.open_study(demo.study).compare("prod", "sft")
    with pytest.raises(StoreError, match="no such study"):
        lm.open_study(demo.folder / "nowhere")


@pytest.mark.parametrize("stratum", [None, "*"])
def test_what_the_verbs_print_as_json_is_had_from_python(demo: Demo, stratum: str | None) -> None:
    def printed(*arguments: str) -> object:
        ran = CliRunner().invoke(main, [*arguments, "--json"])
        assert ran.exit_code == 0, ran.output
        return json.loads(ran.output)

    def plain(found: object) -> object:
        return json.loads(json.dumps(found, default=str))

    asked = ["--stratum", stratum] if stratum else []
    with lm.open_study(demo.study) as study:
        rows = study.comparisons("both", stratum)
        assert rows
        assert printed("compare", str(demo.study), "--kind", "both", *asked) == plain(rows)
        assert printed("show", str(demo.study)) == plain(study.overview())
