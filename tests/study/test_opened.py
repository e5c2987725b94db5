"""The Python door for notebooks."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from urllib.parse import unquote

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner
from threadpoolctl import threadpool_limits

import logminer as lm
from logminer.charts.words import percent
from logminer.cli.main import main
from logminer.errors import QueryError, StoreError
from logminer.study.opened import Comparison
from logminer.study.shares import shares
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
    svg = drawn.picture().svg
    assert svg.startswith("<svg")
    assert f"{len(drawn):,} responses" in svg
    assert drawn._repr_html_().startswith("<img")
    assert f"{percent(drawn.points.purity or 0)} are of the same cluster" in repr(drawn)


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


def test_what_a_scorer_of_topics_says_is_flagged(demo: Demo) -> None:
    with lm.open_study(demo.study) as study:
        rows = study.sql(
            "SELECT scorer, bool_and(list_contains(flags, 'topic_only')), bool_or(list_contains(flags,"
            " 'topic_only')) FROM comparisons WHERE kind = 'category' GROUP BY scorer ORDER BY scorer"
        ).fetchall()
    assert rows == [("hazard_prototypes", True, True), ("rules", False, False)]


def test_a_study_and_a_comparison_show_themselves(demo: Demo, tmp_path: Path) -> None:
    with lm.open_study(demo.study) as study:
        shown, compared = study._repr_html_(), study.compare("sft", "prod")
        asked = study.sql("SELECT count(*) FROM prompts").fetchall()[0][0]
        assert f"{asked:,} prompts" in shown
        assert "study.compare(&#x27;sft&#x27;, &#x27;prod&#x27;)" in shown
        assert 'src="data:image/svg+xml,' in shown
        for html in (shown, compared._repr_html_()):
            assert "<script" not in html
            assert str(demo.folder) not in html
        picture = compared.forest(everything=True)
        refusal = compared.verdicts.query(
            "category_id == 'refusal' and role == 'primary' and stratum == 'all' and channel == 'response'"
        ).iloc[0]
        assert (
            f"{100 * refusal['difference']:+.1f}".replace("-", "−")
            in compared.forest(stratum="all").svg
        )
        assert all(name in picture.svg for name in ("Refusal (any)", "sft → prod"))
        assert picture._repr_svg_() == picture.svg
        assert picture.save(tmp_path / "forest.svg").stat().st_mode & 0o777 == 0o600
        assert "candidate" in compared.forest("cluster", stratum="all").svg
        with pytest.raises(QueryError, match="did you mean 'ask=harmful'"):
            compared.forest(stratum="ask=harmfull")


def test_nothing_of_a_name_is_markup_in_a_notebook(demo: Demo) -> None:
    hostile = '</title><script>alert(1)</script>" onerror="x \x1b[31m'
    with lm.open_study(demo.study) as study:
        compared = study.compare("sft", "prod", to="arrow")
    titles = pa.array([hostile] * len(compared.verdicts))
    verdicts = compared.verdicts.drop_columns("title").append_column("title", titles)
    named = Comparison(hostile, hostile, verdicts, compared.phrases, compared.features)
    for shown in (named._repr_html_(), unquote(named._repr_html_()), named.forest().svg):
        assert "<script" not in shown
        assert "\x1b" not in shown
    assert 'onerror="' not in named._repr_html_()


def test_a_clusters_share_has_an_interval_around_it(demo: Demo) -> None:
    with lm.open_study(demo.study) as study:
        told = shares(study._session).to_pylist()
        by_sql = study.sql("SELECT checkpoint, cluster_id, share FROM cluster_shares").fetchall()
        assert {(r["checkpoint"], r["cluster_id"]): r["share"] for r in told if r["share"]} == {
            (checkpoint, cluster): share for checkpoint, cluster, share in by_sql
        }
        assert all(0 <= r["low"] <= r["share"] <= r["high"] <= 1 for r in told)
        assert all(r["low"] < r["high"] for r in told)
        svg = study.clusters_chart(n=1).svg
        assert "in no cluster" in svg
        assert "the largest 1 clusters of" in svg


def test_rates_are_parted_by_what_prompts_have(demo: Demo) -> None:
    with lm.open_study(demo.study) as study:
        whole = study.rates(category="refusal")
        assert set(whole["stratum"]) == {"all"}
        assert set(whole["checkpoint"]) == {"logged", "sft", "prod"}
        parted = study.rates(by="ask", category="refusal")
        assert set(parted["stratum"]) == {"ask=benign", "ask=borderline", "ask=harmful"}
        assert (
            parted.groupby(["scorer", "channel"])["n"]
            .sum()
            .equals(whole.groupby(["scorer", "channel"])["n"].sum())
        )
        with pytest.raises(QueryError, match="did you mean 'language'"):
            study.rates(by="languag")


def test_pairs_are_both_answers_to_one_prompt(demo: Demo) -> None:
    with lm.open_study(demo.study) as study:
        changed = study.pairs("refusal", n=3)
        assert set(changed["direction"]) <= {"gained", "lost"}
        assert (changed["base_rate"] != changed["candidate_rate"]).all()
        assert set(study.pairs(n=1)["category_id"]) >= {"refusal"}


def test_frames_are_those_of_whoever_asks(demo: Demo) -> None:
    with lm.open_study(demo.study) as study:
        assert isinstance(study.clusters(to="arrow"), pa.Table)
        compared = study.compare("sft", "prod", to="arrow")
        assert compared.forest().svg == study.compare("sft", "prod").forest().svg
        assert study.compare("sft", "prod").verdicts["cluster_id"].dtype == "Int32"
        columns = study.schema("comparisons", to="arrow")["column"].to_pylist()
        assert columns[:2] == ["base", "candidate"]
        assert "rates_by_stratum" in set(study.schema()["name"])
        with pytest.raises(
            QueryError, match="no table or view 'comparison'; did you mean 'comparisons'"
        ):
            study.schema("comparison")
        with pytest.raises(QueryError, match="no data frames of 'numpy'"):
            study.clusters(to="numpy")  # type: ignore[arg-type]
        polars = pytest.importorskip("polars", reason="the extra [notebook] is not installed")
        assert isinstance(study.features(to="polars"), polars.DataFrame)
        assert study.compare("sft", "prod", to="polars").forest().svg == compared.forest().svg
