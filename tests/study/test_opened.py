"""The Python door for notebooks."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import numpy as np
import pytest
from click.testing import CliRunner

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


def test_map_lays_responses_out_the_same_way_each_time(demo: Demo) -> None:
    study = lm.open_study(demo.study)
    one, two = study.map(), study.map()
    assert one.equals(two)
    assert set(one["checkpoint"]) == {"logged", "sft", "prod"}
    assert one["x"].var() >= one["y"].var() > 0
    assert len(study.map(n=7)) == 7
    # Equal answers lie in the same place: one checkpoint says the same to many.
    refusals = one.merge(study.sql("SELECT response_id, response FROM responses").df())
    same = refusals[
        refusals["response"].str.startswith("I'm sorry") & (refusals["checkpoint"] == "sft")
    ]
    assert len(same) > 1
    assert np.ptp(same["x"]) < 1e-6


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
